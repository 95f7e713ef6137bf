"""What a camera sees of a mesh, and how the mesh looks from there with what is painted so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import cv2
import numpy as np

from ...errors import GeometryError
from ...geometry.cameras import Camera
from ...geometry.mesh import UVMesh
from ...geometry.raycasting import CHUNK, RayScene
from ...geometry.texels import in_chunks
from ...geometry.typing import BoolArray, ByteImage, Float32Array, FloatArray, IntArray
from ...geometry.visible_faces import visible_faces
from .appearance_kernels import sample
from .view_kernels import NO_TILE, coordinates_of, into_world, meet, smooth_normals, tears

GREY = 0.5
LOOKS = 128
BEHIND = 0.9
"""The share of directions from a camera inside a mesh in which a face is met from behind; a scan may have holes."""
TOUCHING = 1e-3
TOUCHED = 0.02
"""A camera touches the mesh when this share of it is nearer than TOUCHING times the scene's radius."""


class Placing(Protocol):
    """Where the local frame lies in the world: its p stands at p * scale + centre."""

    @property
    def centre(self) -> FloatArray:
        """(3,)."""

    @property
    def scale(self) -> float:
        """The world's units in one of the local frame."""


@dataclass(frozen=True)
class ViewBuffers:
    """What each pixel shows, (H, W, ...), in the frame in which mesh and camera stand. Row 0 is the top.

    depth: float32 along the camera's axis, inf on background. solid: int8, 0 the mesh, 1.. other solids, -1 nothing.
    face: int32 of the mesh, -1 elsewhere. uv: (H, W, 2) float32, 0..1 within the tile. tile: uint8 index among the
    tiles, 255 elsewhere. footprint: (H, W, 2, 2) float32, how u and v change to the next pixel to the right and below.
    position: (H, W, 3) float32. normal: (H, W, 3) float32 unit, smooth, on the side that is seen; of other solids the
    face's own. facing: float32, cosine between the face and the way to the camera, without sign. flipped: the face is
    seen from behind. edge: float32 pixels to the nearest place where the mesh ends, is hidden or jumps in depth (half a
    pixel beside it; the picture's border is none). position, normal, facing and edge are 0 where there is nothing.
    """

    camera: Camera
    mesh: UVMesh
    depth: Float32Array
    solid: IntArray
    face: IntArray
    uv: Float32Array
    tile: IntArray
    footprint: Float32Array
    position: Float32Array
    normal: Float32Array
    facing: Float32Array
    flipped: BoolArray
    edge: Float32Array


def render_view(scene: RayScene, mesh: UVMesh, camera: Camera, tiles: Sequence[int] = (1001,)) -> ViewBuffers:
    """Look at a scene, of which ``mesh`` is the target, along a ray through the centre of each pixel.

    tiles: UDIM numbers; with 1001 alone coordinates beyond 0..1 repeat the picture.
    """
    buffers = _empty(camera, mesh)
    met = visible_faces(scene.vertices, scene.faces, camera)
    turn, orthographic = camera.to_world, camera.orthographic
    lens = np.array([*camera.focal, *camera.centre], dtype=np.float64)
    numbers = np.asarray(tiles, dtype=np.int32)
    whole = np.ones(met.shape, dtype=np.uint8)

    def work(start: int, stop: int) -> None:
        weights = np.empty((stop - start, camera.width, 2), dtype=np.float32)
        # A row more, for what is torn between this chunk and the next.
        plane = np.empty((stop - start + 1, camera.width, 3))
        meet(
            met, turn, lens, orthographic, scene.vertices, scene.faces, scene.first, start, stop,
            buffers.depth, buffers.solid, buffers.face, weights, buffers.position, buffers.normal, buffers.facing,
            buffers.flipped, plane,
        )  # fmt: skip
        smooth_normals(buffers.face, weights, mesh.faces, mesh.normals, start, stop, buffers.normal)
        coordinates_of(
            buffers.face, weights, plane, turn, lens, orthographic, mesh.vertices, mesh.faces, mesh.uv, numbers,
            start, stop, buffers.uv, buffers.footprint, buffers.tile,
        )  # fmt: skip
        tears(met, int(scene.first[1]), plane, lens, orthographic, start, stop, whole)

    in_chunks(camera.height, work, size=max(1, CHUNK // camera.width))
    _measure_edges(buffers, whole)
    return buffers


def _empty(camera: Camera, mesh: UVMesh) -> ViewBuffers:
    """A view of nothing."""
    shape = (camera.height, camera.width)
    return ViewBuffers(
        camera,
        mesh,
        depth=np.full(shape, np.inf, dtype=np.float32),
        solid=np.full(shape, -1, dtype=np.int8),
        face=np.full(shape, -1, dtype=np.int32),
        uv=np.zeros((*shape, 2), dtype=np.float32),
        tile=np.full(shape, NO_TILE, dtype=np.uint8),
        footprint=np.zeros((*shape, 2, 2), dtype=np.float32),
        position=np.zeros((*shape, 3), dtype=np.float32),
        normal=np.zeros((*shape, 3), dtype=np.float32),
        facing=np.zeros(shape, dtype=np.float32),
        flipped=np.zeros(shape, dtype=bool),
        edge=np.zeros(shape, dtype=np.float32),
    )


def _measure_edges(buffers: ViewBuffers, whole: ByteImage) -> None:
    """Fill in ``edge``. whole: (H, W) uint8, 0 beside the places where the mesh ends or jumps."""
    seen = buffers.solid == 0
    rows, cols = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if len(rows) == 0:
        return
    # A pixel more all around: what lies beyond cannot be nearer than that.
    part = (slice(max(0, rows[0] - 1), rows[-1] + 2), slice(max(0, cols[0] - 1), cols[-1] + 2))
    distance = cv2.distanceTransform(np.ascontiguousarray(whole[part]), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Without a tear OpenCV gives the largest float.
    distance = np.minimum(distance, np.float32(max(seen.shape))) + np.float32(0.5)
    buffers.edge[part] = np.where(seen[part], distance, np.float32(0.0))


def appearance(
    buffers: ViewBuffers, atlas: Float32Array, known: Float32Array, shown: BoolArray | None = None
) -> tuple[Float32Array, Float32Array]:
    """The mesh as an atlas paints it: (H, W, 3) float32 colour and (H, W) float32 quality, from the camera.

    atlas: (T, R, R, 3) float32. known: (T, R, R) float32 0..1, what is painted and how well; 0 takes no part in the
    colour. shown: (T, R, R) bool, the texels that the surface has; the others take no part, whatever their ``known``. A
    pixel is the mean over its footprint. Grey where nothing is known, on other solids and on background.
    """
    index = np.arange(known.size, dtype=np.int32).reshape(known.shape)
    if shown is not None:
        index[~shown] = -1
    return surface_appearance(buffers, index, atlas.reshape(-1, 3), known.ravel())


def surface_appearance(
    buffers: ViewBuffers, index: IntArray, colour: Float32Array, known: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """``appearance`` from lists of texels: colour (k, 3) and known (k,) float32, index (T, R, R) the number of the
    texel at a place, -1 for none, as SurfaceTexels has them. Saves laying the lists out as pictures.
    """
    rgb = np.full((*buffers.face.shape, 3), GREY, dtype=np.float32)
    quality = np.zeros(buffers.face.shape, dtype=np.float32)
    faces, uv = buffers.mesh.faces, buffers.mesh.uv

    def work(start: int, stop: int) -> None:
        sample(
            start, stop, buffers.face, buffers.tile, buffers.uv, buffers.footprint, faces, uv, index, colour, known,
            rgb, quality,
        )  # fmt: skip

    in_chunks(buffers.face.shape[0], work, size=max(1, CHUNK // buffers.face.shape[1]))
    return rgb, quality


def request_arrays(buffers: ViewBuffers, frame: Placing) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Depth (H, W), normal (H, W, 3) in camera space and position (H, W, 3), as a PaintRequest has them: in the
    world's units.
    """
    position, normal = np.zeros_like(buffers.position), np.zeros_like(buffers.normal)
    centre, turn = np.asarray(frame.centre, dtype=np.float64), buffers.camera.to_world

    def work(start: int, stop: int) -> None:
        into_world(
            start, stop, buffers.solid, turn, centre, float(frame.scale), buffers.position, buffers.normal, position,
            normal,
        )  # fmt: skip

    in_chunks(buffers.camera.height, work, size=max(1, CHUNK // buffers.camera.width))
    return buffers.depth * np.float32(frame.scale), normal, position


def inverse_depth(
    depth: Float32Array, mode: Literal["view", "global", "text2tex"], limits: tuple[float, float] | None = None
) -> Float32Array:
    """A depth map as models conditioned on depth want it, (H, W) float32 in 0..1.

    "view": 1/depth from 0 (the furthest of the view) to 1 (the nearest), background 0. "global": the same between
    ``limits``, (near, far) of all views. "text2tex": linear in depth, near 255, far 50, background 10, over 255
    (Chen et al. 2023, Text2Tex, as its published code has it).
    """
    seen = np.isfinite(depth)
    out = np.zeros(depth.shape, dtype=np.float32)
    if mode == "text2tex":
        out[:] = 10.0 / 255.0
    if not seen.any():
        return out
    values = depth[seen].astype(np.float64)
    near, far = (float(values.min()), float(values.max())) if limits is None else limits
    if mode == "text2tex":
        share = (far - values) / (far - near) if far > near else np.ones_like(values)
        out[seen] = (50.0 + 205.0 * np.clip(share, 0.0, 1.0)) / 255.0
        return out
    low, high = 1.0 / max(far, 1e-12), 1.0 / max(near, 1e-12)
    inverse = 1.0 / np.maximum(values, 1e-12)
    out[seen] = np.clip((inverse - low) / (high - low), 0.0, 1.0) if high > low else 1.0
    return out


def is_inside(buffers: ViewBuffers, scene: RayScene) -> bool:
    """Whether the camera stands inside the mesh: wherever it looked, it would see faces from behind.

    A mesh that is wound inside out shows them from outside too, but not in every direction; a room seen from within
    shows their fronts.
    """
    seen = buffers.solid == 0
    if not seen.any() or float(buffers.flipped[seen].mean()) < BEHIND:
        return False
    around = _sphere(LOOKS)
    hits = scene.cast(np.broadcast_to(buffers.camera.place, around.shape), around)
    target = hits.face >= 0
    corners = scene.vertices[scene.faces[hits.face[target]]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    behind = np.einsum("ij,ij->i", normals, around[target]) > 0.0
    return int(behind.sum()) >= BEHIND * LOOKS


def refuse_inside(buffers: ViewBuffers, scene: RayScene, name: str) -> None:
    """Raise GeometryError when the camera stands inside the mesh, or so near that it touches it. name: of the view."""
    called = f"The camera “{name}”" if name else "A camera"
    if is_inside(buffers, scene):
        raise GeometryError(f"{called} stands inside the mesh.", "Move it outside, or leave it out.")
    seen = buffers.solid == 0
    if seen.any() and float((buffers.depth[seen] < TOUCHING * scene.radius).mean()) > TOUCHED:
        raise GeometryError(f"{called} touches the mesh.", "Move it away from the surface, or leave it out.")


def _sphere(count: int) -> FloatArray:
    """(count, 3) unit vectors spread evenly (Fibonacci's lattice; Gonzalez 2010, Measurement of areas on a sphere)."""
    step = np.arange(count) + 0.5
    z = 1.0 - 2.0 * step / count
    angle = step * np.pi * (3.0 - np.sqrt(5.0))
    flat = np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)
