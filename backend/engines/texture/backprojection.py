"""Back-projection as a gather: each texel looks into a view and takes its colour from there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...geometry.cameras import Camera
from ...geometry.raycasting import RayScene
from ...geometry.surface_texels import SurfaceTexels
from ...geometry.texels import in_chunks
from ...geometry.typing import BoolArray, Float32Array, FloatArray, IntArray
from .backprojection_kernels import DOUBTFUL, HIDDEN, SEEN, face_normals, fetch, look
from .views import ViewBuffers

Shorts = NDArray[np.uint16]
FULL = np.float32(65535.0)
"""uint16 values of 0..1: a sixteenth of a millionth is kept of half the memory of float32."""
LIFT = 5e-5
"""How far above the surface a ray to the camera starts, in the local frame (the mesh's longest side is 1)."""


@dataclass(frozen=True)
class ViewSamples:
    """What a view shows of the texels, of which it sees m, by rising number.

    texel: (m,) int32. place: (m, 2) uint16, where in the picture, x and y, as shares of its sides. colour: (m, 3)
    uint16 of 0..1, sRGB. quality: (m,) uint16 of 0..1 (see ``quality``). accepted: (m,) uint16 of 0..1, how much the
    picture counts there; where it is 0 it only helps to compare exposures. camera: local frame. picture: (H, W, 3).
    """

    texel: IntArray
    place: Shorts
    colour: Shorts
    quality: Shorts
    accepted: Shorts
    camera: Camera
    picture: Float32Array

    def __len__(self) -> int:
        return len(self.texel)


@dataclass(frozen=True)
class Pose:
    """A camera as the kernels take it."""

    axes: FloatArray  # (4, 3) right, up, backward, place
    lens: FloatArray  # (4,) focal x, y, centre x, y
    orthographic: bool

    @classmethod
    def of(cls, camera: Camera) -> Pose:
        """That of a camera."""
        return cls(
            np.ascontiguousarray(camera.to_world[:3].T), np.array([*camera.focal, *camera.centre]), camera.orthographic
        )


def gather(
    texels: SurfaceTexels, scene: RayScene, buffers: ViewBuffers, picture: Float32Array, accept: Float32Array
) -> ViewSamples:
    """Take the colours of all texels that a view sees.

    picture: (H, W, 3) float32 in 0..1. accept: (H, W) float32 in 0..1, how much of it counts. A texel is seen when the
    pixels around it show its surface; where some do and some do not, a ray to the camera decides. Pixels of other
    surfaces and of the background are never used.
    """
    pose = Pose.of(buffers.camera)
    normals = face_normals(buffers.mesh.vertices, buffers.mesh.faces)
    count = len(texels.row)
    state = np.empty(count, dtype=np.int8)
    x, y, quality = (np.empty(count, dtype=np.float32) for _ in range(3))
    solid = buffers.solid

    def see(start: int, stop: int) -> None:
        part = slice(start, stop)
        look(
            texels.position[part],
            texels.face[part],
            texels.density[part],
            normals,
            pose.axes,
            pose.lens,
            pose.orthographic,
            buffers.depth,
            solid,
            buffers.edge,
            state[part],
            x[part],
            y[part],
            quality[part],
        )
        doubtful = np.flatnonzero(state[part] == DOUBTFUL)
        if len(doubtful):
            seen = ~_blocked(scene, buffers.camera, texels, normals, doubtful + start)
            state[part][doubtful] = np.where(seen, SEEN, HIDDEN)

    in_chunks(count, see)
    texel = np.flatnonzero(state == SEEN).astype(np.int32)
    found = _colours(texels, normals, pose, buffers, picture, accept, solid, texel, x[texel], y[texel])
    colour, accepted, usable = found
    place = np.stack([x[texel] / buffers.camera.width, y[texel] / buffers.camera.height], axis=1)
    whole = (np.clip(place, 0.0, 1.0) * FULL).astype(np.uint16)
    worth = np.maximum(quality[texel] * FULL, 1.0).astype(np.uint16)
    return ViewSamples(
        texel[usable], whole[usable], colour[usable], worth[usable], accepted[usable], buffers.camera, picture
    )


def _colours(
    texels: SurfaceTexels,
    normals: Float32Array,
    pose: Pose,
    buffers: ViewBuffers,
    picture: Float32Array,
    accept: Float32Array,
    solid: NDArray[np.int8],
    texel: IntArray,
    x: Float32Array,
    y: Float32Array,
) -> tuple[Shorts, Shorts, BoolArray]:
    colour, accepted = np.zeros((len(texel), 3), dtype=np.uint16), np.zeros(len(texel), dtype=np.uint16)
    usable = np.zeros(len(texel), dtype=bool)
    height, width = picture.shape[:2]
    full = np.ascontiguousarray(picture, dtype=np.float32)
    half = cv2.resize(full, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA)
    quarter = cv2.resize(full, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA)
    share = np.ascontiguousarray(accept, dtype=np.float32)

    def take(start: int, stop: int) -> None:
        part = slice(start, stop)
        fetch(
            texel[part],
            texels.position,
            texels.face,
            texels.density,
            normals,
            pose.axes,
            pose.lens,
            pose.orthographic,
            x[part],
            y[part],
            buffers.depth,
            solid,
            buffers.edge,
            full,
            half,
            quarter,
            share,
            colour[part],
            accepted[part],
            usable[part],
        )

    in_chunks(len(texel), take)
    return colour, accepted, usable


def _blocked(
    scene: RayScene, camera: Camera, texels: SurfaceTexels, normals: Float32Array, texel: IntArray
) -> BoolArray:
    """Whether something stands between texels and the camera."""
    points, normal = texels.position[texel], normals[texels.face[texel]]
    if camera.orthographic:
        towards = np.broadcast_to(-camera.forward.astype(np.float32), points.shape)
        reach = ((camera.place - points) @ -camera.forward).astype(np.float32)
    else:
        away = camera.place.astype(np.float32) - points
        reach = np.linalg.norm(away, axis=1)
        towards = away / reach[:, None]
    side = np.sign(np.einsum("ij,ij->i", normal, towards))
    origin = points + (LIFT * side)[:, None].astype(np.float32) * normal
    return scene.blocked(np.ascontiguousarray(origin), np.ascontiguousarray(towards), reach)
