"""The surface points that the pixels of a view show, and what the view is worth at each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ....geometry.cameras import Camera
from ....geometry.typing import BoolArray, Float32Array, FloatArray
from ...texture.contract import PaintRequest
from ...texture.quality import ENOUGH, quality

GREY = 0.5
STEEP = 0.1
"""Surfaces steeper than this cosine count as no steeper when a jump in depth is told from a slope."""
JUMP = 2.0
"""A jump in depth is more than so many times the step that the slope explains, and one pixel's width more."""
WORTHLESS = 0.02
"""A view that is worth less at a point has no say there."""
BLOCK_EDGE, BLOCK_FADE = 0.6, 0.25
"""Pixels of latents from which a silhouette is so far away that none of it is mixed in, and by which its say grows."""


@dataclass(frozen=True)
class ViewSurface:
    """What the samples of a view show; a sample is a pixel, or the pixel in the middle of a block of a latent.

    camera: in units of samples; its place is counted from ``origin`` of ``surfaces_of``. position: (h, w, 3) float32
    from there. normal: (h, w, 3) float32 unit, world. shown: (h, w) bool, the sample shows the mesh and nothing but it.
    worth: (h, w) float32 0..1, how well; 0 where it has no say. spread: (h, w) float32 the side of a sample that is
    seen square on, in the unit of length.
    """

    camera: Camera
    position: Float32Array
    normal: Float32Array
    shown: BoolArray
    worth: Float32Array
    spread: Float32Array


def padded(requests: Sequence[PaintRequest], multiple: int) -> list[PaintRequest]:
    """The same views in pictures of one size, sides multiples of ``multiple``: nothing is seen below and to the right.

    Their ``position`` is not kept, it follows from camera and depth; all views are held at once.
    """
    height = _up(max(r.depth.shape[0] for r in requests), multiple)
    width = _up(max(r.depth.shape[1] for r in requests), multiple)
    return [_padded(request, height, width) for request in requests]


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple


def _padded(request: PaintRequest, height: int, width: int) -> PaintRequest:
    high, wide = request.depth.shape
    beyond = ((0, height - high), (0, width - wide))

    def plane(array: np.ndarray, value: float = 0.0) -> np.ndarray:
        if not beyond[0][1] and not beyond[1][1]:
            return array
        return np.pad(array, beyond + ((0, 0),) * (array.ndim - 2), constant_values=value)

    return replace(
        request,
        camera=replace(request.camera, width=width, height=height),
        depth=plane(request.depth, np.inf),
        normal=plane(request.normal),
        position=np.broadcast_to(np.float32(0.0), (height, width, 3)),
        rgb=plane(request.rgb, GREY),
        mask_new=plane(request.mask_new),
        mask_update=plane(request.mask_update),
        mask_keep=plane(request.mask_keep),
        object_mask=plane(request.object_mask),
        mask_observed=None,
        guess=None if request.guess is None else plane(request.guess),
        mask_guess=None if request.mask_guess is None else plane(request.mask_guess),
    )


def surfaces_of(requests: Sequence[PaintRequest], factor: int) -> list[ViewSurface]:
    """The surfaces of views of one size. factor: pixels along a side of a sample, 1 for pixels, 8 for most latents.

    All of them count from one origin near the mesh, so that single precision does for places far from the world's own.
    """
    origin = _middle(requests)
    finest = max((_density(request) for request in requests), default=1.0)
    return [_surface(request, factor, origin, finest) for request in requests]


def _middle(requests: Sequence[PaintRequest]) -> FloatArray:
    """(3,) a place near what the first view shows."""
    request = requests[0]
    seen = request.depth[request.object_mask]
    far = float(np.median(seen)) if len(seen) else 0.0
    return np.asarray(request.camera.place + far * request.camera.forward)


def _density(request: PaintRequest) -> float:
    """Pixels to a unit of length where most of the mesh is."""
    seen = request.depth[request.object_mask]
    focal = float(np.sqrt(request.camera.focal[0] * request.camera.focal[1]))
    return focal if request.camera.orthographic or not len(seen) else focal / float(np.median(seen))


def _surface(request: PaintRequest, factor: int, origin: FloatArray, finest: float) -> ViewSurface:
    camera, depth = request.camera, request.depth
    seen = request.object_mask & np.isfinite(depth)
    away, position = _unprojected(camera, np.where(seen, depth, np.float32(0.0)))
    facing = np.clip(-np.einsum("hwk,hwk->hw", request.normal, away), 0.0, 1.0).astype(np.float32)
    focal = np.float32(np.sqrt(camera.focal[0] * camera.focal[1]))
    spread = np.where(seen, np.float32(1.0) if camera.orthographic else depth, np.float32(0.0)) / focal
    edge = _edges(seen, depth, facing, spread)
    if factor > 1:
        edge = np.maximum(edge - np.float32(BLOCK_EDGE * factor), np.float32(0.0)) / np.float32(BLOCK_FADE * factor)
    with np.errstate(divide="ignore"):
        fine = np.where(seen, np.float32(ENOUGH / finest) / spread, np.float32(0.0))
    worth = quality(facing, fine, edge)
    turn = camera.to_world[:3, :3].astype(np.float32)
    rows, cols = slice(factor // 2, None, factor), slice(factor // 2, None, factor)
    height, width = depth.shape[0] // factor, depth.shape[1] // factor
    shift = np.asarray(camera.place - origin)
    matrix = camera.to_world.copy()
    matrix[:3, 3] = shift
    return ViewSurface(
        camera=replace(camera, to_world=matrix).resized(width, height),
        position=np.ascontiguousarray(position[rows, cols] @ turn.T + shift.astype(np.float32)),
        normal=np.ascontiguousarray(request.normal[rows, cols] @ turn.T),
        shown=np.ascontiguousarray((seen & (edge > 0.0))[rows, cols]),
        worth=np.ascontiguousarray(np.where(worth > WORTHLESS, worth, np.float32(0.0))[rows, cols]),
        spread=np.ascontiguousarray(spread[rows, cols] * np.float32(factor)),
    )


def _unprojected(camera: Camera, depth: Float32Array) -> tuple[Float32Array, Float32Array]:
    """(H, W, 3) unit directions away from the camera and places, both in the camera's frame."""
    height, width = depth.shape
    x = ((np.arange(width, dtype=np.float32) + 0.5 - camera.centre[0]) / camera.focal[0]).astype(np.float32)
    y = (-(np.arange(height, dtype=np.float32) + 0.5 - camera.centre[1]) / camera.focal[1]).astype(np.float32)
    plane = np.stack(np.broadcast_arrays(x[None, :], y[:, None], np.float32(-1.0)), axis=-1)
    if camera.orthographic:
        away = np.broadcast_to(np.array([0.0, 0.0, -1.0], dtype=np.float32), plane.shape)
        return away, np.concatenate([plane[..., :2], -depth[..., None]], axis=2)
    return plane / np.linalg.norm(plane, axis=2, keepdims=True), plane * depth[..., None]


def _edges(seen: BoolArray, depth: Float32Array, facing: Float32Array, spread: Float32Array) -> Float32Array:
    """(H, W) pixels to the nearest place where the mesh ends or jumps in depth, and to the picture's border."""
    cosine = np.maximum(facing, np.float32(STEEP))
    step = spread * (1.0 + JUMP * np.sqrt(1.0 - cosine * cosine) / cosine)
    whole = seen.astype(np.uint8)
    with np.errstate(invalid="ignore"):
        for one, other in (((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
                           ((slice(1, None), slice(None)), (slice(None, -1), slice(None)))):  # fmt: skip
            both = seen[one] & seen[other]
            torn = both & (np.abs(depth[one] - depth[other]) > np.maximum(step[one], step[other]))
            whole[one][torn] = 0
            whole[other][torn] = 0
    distance = cv2.distanceTransform(np.pad(whole, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    return np.where(seen, distance - np.float32(0.5), np.float32(0.0)).clip(0.0).astype(np.float32)
