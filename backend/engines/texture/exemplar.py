"""The painter that needs no weights: what is missing is made of patches of what was observed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy import ndimage

from ...geometry.cameras import Camera
from ...geometry.typing import BoolArray, Float32Array
from .contract import PainterFailed, PaintRequest
from .patchmatch import fill
from .patchmatch_scales import Sheet

FEW = 400
"""So few observed pixels are no example; what was painted before is taken too."""
ENOUGH = 1.0
"""Sources for each pixel that is to be painted, below which other views lend theirs."""
LENT_VIEWS = 2
MARGIN = 24
"""Pixels around what is to be painted and what it is made of, at least."""
GAP = 4
SMOOTHING = 1 / 200
"""Share of a picture's side over which normals are smoothed, so that pores do not bend the patches."""
STEEPEST = 0.25
"""The least cosine towards the camera that patches are stretched for."""


@dataclass(frozen=True)
class Exemplar:
    """What a view shows of the original. picture: (h, w, 3) float32. source: (h, w) bool. lie: (h, w, 4)."""

    view_index: int
    picture: Float32Array
    source: BoolArray
    lie: Float32Array


class ExemplarPainter:
    """Fills what is missing in a view from what was observed around it, with its structure; the rest stays.

    A view that shows less than it lacks takes patches of the views that ``prepare`` was given. Repainting at a strength
    below 1 keeps to what is there. The same request, seed and prepared views give the same picture.
    """

    name = "exemplar"

    def __init__(self) -> None:
        self._others: tuple[Exemplar, ...] = ()

    def prepare(self, requests: Iterable[PaintRequest]) -> None:
        """Remember what the planned views show of the original before anything is painted."""
        self._others = tuple(
            Exemplar(r.view_index, *_cropped(found, r.rgb, found, lie_of(r)))
            for r, found in ((r, _sources(r)) for r in requests)
            if found.any()
        )

    def can_paint(self, request: PaintRequest) -> bool:
        """Whether the view shows something that its missing parts can be made of, or another lends it."""
        whole = request.mask_new | request.mask_update
        if not (whole & ~_sure(request)).any() or _sources(request).any():
            return True
        return any(other.view_index != request.view_index for other in self._others)

    def paint(self, request: PaintRequest) -> Float32Array:
        """(H, W, 3) float32: ``request.rgb`` with new and update painted. Raises PainterFailed without any example."""
        repaint = request.mask_update & (request.strength > 0.0)
        whole, out = request.mask_new | repaint, request.rgb.astype(np.float32)
        sure = _sure(request) & whole
        if request.guess is not None:
            out[sure] = request.guess[sure]
        hole = whole & ~sure
        if hole.any():
            self._synthesise(request, out, hole, repaint)
        return _continued(out, whole, request) if whole.any() else out

    def _synthesise(self, request: PaintRequest, out: Float32Array, hole: BoolArray, repaint: BoolArray) -> None:
        """Fill the hole of ``out`` with patches."""
        source = _sources(request)
        context = (request.mask_keep | request.mask_update | _sure(request)) & ~hole
        lent = self._lent(request.view_index, int(source.sum()), int(hole.sum()))
        if not source.any() and not lent:
            raise PainterFailed(
                "Nothing of the surface in this view is known, so there is no example to paint it from.",
                "Mark less of the texture as missing, or choose a painter that needs no example.",
                request.view_index,
            )
        hold = np.where(repaint, np.float32(1.0 - min(request.strength, 1.0)), np.float32(0.0))
        lie = lie_of(request)
        area = _box(hole | source, MARGIN)
        own = Sheet(out[area], source[area], context[area], hole[area], hold[area], lie[area])
        unit = np.float32(np.median(np.abs(lie[hole][:, (0, 3)])))
        painted = fill(_beside(own, lent, unit), request.seed * 1009 + request.view_index)
        height, width = own.hole.shape
        out[area] = painted[:height, :width]

    def _lent(self, view_index: int, known: int, missing: int) -> list[Exemplar]:
        """The views that show most, where this one shows too little."""
        if known >= ENOUGH * missing:
            return []
        others = [other for other in self._others if other.view_index != view_index]
        return sorted(others, key=lambda other: (-int(other.source.sum()), other.view_index))[:LENT_VIEWS]


def lie_of(request: PaintRequest) -> Float32Array:
    """(H, W, 4) for each pixel the rows of the matrix that turns a step in the picture, (right, down) in pixels, into
    the step on the surface.

    The axes on the surface are those of the picture, turned by the smallest turn that takes the camera's axis to the
    normal; lengths are in the mesh's unit.
    """
    camera, shown = request.camera, request.object_mask & np.isfinite(request.depth)
    normal = _towards(_smoothed(request.normal, shown), camera)
    nx, ny, nz = (normal[..., i] for i in range(3))
    first = np.stack([1.0 - nx * nx / (1.0 + nz), -nx * ny / (1.0 + nz), -nx], axis=-1)
    second = np.stack([nx * ny / (1.0 + nz), ny * ny / (1.0 + nz) - 1.0, ny], axis=-1)
    view = _rays(camera)
    scale = np.ones(shown.shape) if camera.orthographic else np.where(shown, request.depth, 1.0)
    out = np.empty((*shown.shape, 4), dtype=np.float32)
    slope = np.einsum("hwi,hwi->hw", normal, view)
    for column, step in enumerate((np.array([1.0 / camera.focal[0], 0, 0]), np.array([0, -1.0 / camera.focal[1], 0]))):
        along = step - (normal @ step / slope)[..., None] * view
        out[..., column] = np.einsum("hwi,hwi->hw", first, along) * scale
        out[..., 2 + column] = np.einsum("hwi,hwi->hw", second, along) * scale
    size = float(np.sqrt(np.median(np.abs(np.linalg.det(out[shown].reshape(-1, 2, 2)))))) if shown.any() else 1.0
    out[~shown] = np.array([size, 0.0, 0.0, size], dtype=np.float32)
    return out


def _rays(camera: Camera) -> Float32Array:
    """(H, W, 3) the direction of each pixel in the camera's axes, at depth 1."""
    x = (np.arange(camera.width) + 0.5 - camera.centre[0]) / camera.focal[0]
    y = -(np.arange(camera.height) + 0.5 - camera.centre[1]) / camera.focal[1]
    if camera.orthographic:
        x, y = np.zeros(camera.width), np.zeros(camera.height)
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), axis=-1).astype(np.float32)


def _smoothed(normal: Float32Array, shown: BoolArray) -> Float32Array:
    sigma = max(shown.shape) * SMOOTHING
    soft = ndimage.gaussian_filter(np.where(shown[..., None], normal, np.float32(0.0)), (sigma, sigma, 0))
    size = np.linalg.norm(soft, axis=-1, keepdims=True)
    return np.where(size > 1e-6, soft / np.maximum(size, 1e-6), np.array([0.0, 0.0, 1.0], np.float32))


def _towards(normal: Float32Array, camera: Camera) -> Float32Array:
    """Normals turned towards the camera where they show their back or more than the steepest edge."""
    view = -_rays(camera)
    view /= np.linalg.norm(view, axis=-1, keepdims=True)
    cosine = np.einsum("hwi,hwi->hw", normal, view)[..., None]
    normal, cosine = np.where(cosine < 0.0, -normal, normal), np.abs(cosine)
    across = normal - cosine * view
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    kept = np.maximum(cosine, STEEPEST)
    out = kept * view + np.sqrt(np.maximum(1.0 - kept * kept, 0.0)) * across
    return (out / np.linalg.norm(out, axis=-1, keepdims=True)).astype(np.float32)


def _sure(request: PaintRequest) -> BoolArray:
    """(H, W) where plain colours go on along the surface: there the guess is taken, the same in all views."""
    return np.zeros_like(request.mask_new) if request.mask_guess is None else request.mask_guess


def _sources(request: PaintRequest) -> BoolArray:
    observed = request.mask_observed
    if observed is not None and np.count_nonzero(observed) >= FEW:
        return observed & request.mask_keep
    return request.mask_keep


def _box(mask: BoolArray, margin: int) -> tuple[slice, slice]:
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(cols[0]) - margin, 0), int(cols[-1]) + margin + 1),
    )


def _cropped(mask: BoolArray, *arrays: np.ndarray) -> list[np.ndarray]:
    area = _box(mask, 0)
    return [np.ascontiguousarray(a[area]) for a in arrays]


def _beside(own: Sheet, lent: list[Exemplar], unit: np.float32) -> Sheet:
    """The view and, to its right, what the lent ones show: one picture, so that sources may lie in any of them."""
    out = own
    for other in lent:
        none = np.zeros_like(other.source)
        added = Sheet(other.picture, other.source, other.source, none, none.astype(np.float32), other.lie)
        height = max(out.hole.shape[0], none.shape[0])
        out = Sheet(
            *(
                np.concatenate(
                    [_tall(getattr(out, f.name), height, GAP), _tall(getattr(added, f.name), height, 0)], axis=1
                )
                for f in fields(Sheet)
            )
        )
    return replace(out, lie=out.lie / unit)


def _tall(array: np.ndarray, height: int, gap: int) -> np.ndarray:
    return np.pad(array, [(0, height - array.shape[0]), (0, gap), *[(0, 0)] * (array.ndim - 2)])


def _continued(picture: Float32Array, hole: BoolArray, request: PaintRequest) -> Float32Array:
    """What was painted, carried on over what is empty beside it: projection looks between pixels."""
    loose = ~(request.mask_keep | request.mask_update | hole)
    distance, place = ndimage.distance_transform_edt(~hole, return_indices=True)
    near = loose & (distance <= GAP)
    picture[near] = picture[place[0][near], place[1][near]]
    return picture
