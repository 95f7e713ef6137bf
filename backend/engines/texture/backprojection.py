"""Back-projection as a gather: each texel looks into a view and takes its colour from there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...geometry.cameras import Camera
from ...geometry.mesh import UVMesh
from ...geometry.raycasting import RayScene
from ...geometry.surface_texels import SurfaceTexels
from ...geometry.texels import in_chunks
from ...geometry.typing import BoolArray, Float32Array, FloatArray, IntArray
from .backprojection_kernels import AREA, DOUBTFUL, HIDDEN, SEEN, fetch, look, planes, shares
from .quality import quality
from .views import ViewBuffers

Shorts = NDArray[np.uint16]
FULL = np.float32(65535.0)
"""uint16 values stand for 0..1: exact to a sixteenth of a millionth in half the memory of float32."""
LIFT = 2e-4
"""How far from the surface a ray to the camera starts, in the local frame (the mesh's longest side is 1): at the
flattest angle a hundred times what float32 tells apart."""
SMOOTH = 9
"""Pixels over which the angle to the surface is averaged: a rough surface shall not flicker between two views."""
ROUGH = 0.25
"""What is left to a face that looks at the camera where its surroundings do not."""
STILL = np.zeros((1, 1, 2), dtype=np.float32)


@dataclass(frozen=True)
class Source:
    """A picture and what of the view is needed to take colours from it. picture: (H, W, 3) float32. backs: whether the
    view shows the back of any face. The rest as in ViewBuffers.
    """

    camera: Camera
    mesh: UVMesh
    depth: Float32Array
    solid: IntArray
    edge: Float32Array
    picture: Float32Array
    backs: bool

    @property
    def size(self) -> int:
        """Bytes."""
        return self.depth.nbytes + self.solid.nbytes + self.edge.nbytes + self.picture.nbytes


@dataclass(frozen=True)
class ViewSamples:
    """What a view shows of the texels, of which it sees m, by rising number.

    texel: (m,) int32. place: (m, 2) uint16, where in the picture, x and y, as shares of its sides. colour: (m, 3)
    uint16 of 0..1, sRGB. quality: (m,) uint16 of 0..1 (see ``quality``). accepted: (m,) uint16 of 0..1, how much the
    picture counts there; where it is 0 it only helps to compare views. source: for a second look, None when there is
    to be none.
    """

    texel: IntArray
    place: Shorts
    colour: Shorts
    quality: Shorts
    accepted: Shorts
    source: Source | None

    def __len__(self) -> int:
        return len(self.texel)

    def only(self, chosen: BoolArray) -> ViewSamples:
        """Some of them."""
        if chosen.all():
            return self
        rows = np.flatnonzero(chosen)
        names = ("texel", "place", "colour", "quality", "accepted")
        return replace(self, **{name: getattr(self, name).take(rows, axis=0) for name in names})


class Gathering:
    """Taking colours from one picture onto texels."""

    def __init__(self, texels: SurfaceTexels, source: Source) -> None:
        self.texels, self.source = texels, source
        camera = source.camera
        self.axes: FloatArray = np.ascontiguousarray(camera.to_world[:3].T)
        self.lens: FloatArray = np.array([*camera.focal, *camera.centre])
        mesh = source.mesh
        self.plane = planes(mesh.vertices, mesh.faces, self.axes, self.lens, camera.orthographic, source.backs)
        self.half, self.quarter = self._smaller()

    def _smaller(self) -> tuple[Float32Array, Float32Array]:
        """The picture at a half and a quarter of its size, where texels are large enough to need them."""
        source, picture = self.source, self.source.picture
        nearest = 1.0 if source.camera.orthographic else float(source.depth.min())
        if source.camera.focal[0] < AREA * nearest * float(self.texels.density.min(initial=np.inf)):
            return picture, picture
        height, width = picture.shape[:2]
        half, quarter = (
            cv2.resize(picture, (max(width // n, 1), max(height // n, 1)), interpolation=cv2.INTER_AREA) for n in (2, 4)
        )
        return half, quarter

    def seen(self, scene: RayScene, value: Float32Array, start: int, stop: int) -> tuple[IntArray, Shorts]:
        """Texels from ``start`` to ``stop`` - 1 that the view sees, and what it is worth there. value: (H, W) the
        quality of pixels apart from how fine they are.
        """
        texels, source, part = self.texels, self.source, slice(start, stop)
        state, worth = np.empty(stop - start, dtype=np.uint8), np.empty(stop - start, dtype=np.uint16)
        look(
            texels.position[part], texels.face[part], texels.density[part], self.plane, self.axes, self.lens,
            source.camera.orthographic, source.depth, source.solid, source.edge, value, state, worth,
        )  # fmt: skip
        doubtful = np.flatnonzero(state == DOUBTFUL)
        if len(doubtful):
            state[doubtful] = np.where(self._blocked(scene, doubtful + start), HIDDEN, SEEN)
        found = np.flatnonzero(state == SEEN).astype(np.int32)
        return found + np.int32(start), worth[found]

    def colours(self, texel: IntArray, flow: Float32Array = STILL) -> tuple[Shorts, Shorts, BoolArray]:
        """Colour and place of texels, and whether there are any pixels that show them."""
        texels, source = self.texels, self.source
        colour, place = np.zeros((len(texel), 3), dtype=np.uint16), np.empty((len(texel), 2), dtype=np.uint16)
        usable = np.empty(len(texel), dtype=bool)
        fetch(
            texel, texels.position, texels.face, texels.density, self.plane, self.axes, self.lens,
            source.camera.orthographic, source.depth, source.solid, source.edge, source.picture, self.half,
            self.quarter, flow, colour, place, usable,
        )  # fmt: skip
        return colour, place, usable

    def _blocked(self, scene: RayScene, texel: IntArray) -> BoolArray:
        """Whether something stands between texels and the camera."""
        camera, points = self.source.camera, self.texels.position[texel]
        if camera.orthographic:
            towards = np.broadcast_to(-camera.forward.astype(np.float32), points.shape)
            reach = ((camera.place - points) @ -camera.forward).astype(np.float32)
        else:
            away = camera.place.astype(np.float32) - points
            reach = np.linalg.norm(away, axis=1)
            towards = away / reach[:, None]
        return scene.blocked(points + np.float32(LIFT) * towards, towards, reach - np.float32(LIFT))


def gather(
    texels: SurfaceTexels, scene: RayScene, buffers: ViewBuffers, picture: Float32Array, accept: Float32Array
) -> ViewSamples:
    """Take the colours of all texels that a view sees.

    picture: (H, W, 3) float32 in 0..1. accept: (H, W) float32 in 0..1, how much of it counts. A texel is seen when the
    pixels around it show its surface; where some do and some do not, a ray to the camera decides. Pixels of other
    surfaces and of the background are never used.
    """
    full = np.ascontiguousarray(picture, dtype=np.float32)
    backs = bool(buffers.flipped.any())
    source = Source(buffers.camera, buffers.mesh, buffers.depth, buffers.solid, buffers.edge, full, backs)
    work = Gathering(texels, source)
    value, share = _value(buffers), np.ascontiguousarray(accept, dtype=np.float32)
    parts: dict[int, tuple[NDArray[Any], ...]] = {}

    def take(start: int, stop: int) -> None:
        texel, worth = work.seen(scene, value, start, stop)
        colour, place, usable = work.colours(texel)
        accepted = np.empty(len(texel), dtype=np.uint16)
        shares(share, place, accepted)
        found = (texel, place, colour, worth, accepted)
        parts[start] = found if usable.all() else tuple(one[usable] for one in found)

    in_chunks(len(texels.row), take)
    if not parts:
        take(0, 0)
    texel, place, colour, worth, accepted = (
        np.concatenate(column) for column in zip(*(parts[start] for start in sorted(parts)), strict=True)
    )
    return ViewSamples(texel, place, colour, worth, accepted, source)


def retaken(texels: SurfaceTexels, samples: ViewSamples, flow: Float32Array) -> ViewSamples:
    """The same samples from a picture that lies off by ``flow``, (h, w, 2) pixels over the picture; where that leads
    off the surface the colour stays.
    """
    if samples.source is None:
        return samples
    work = Gathering(texels, samples.source)
    colours = samples.colour.copy()

    def take(start: int, stop: int) -> None:
        colour, _, usable = work.colours(samples.texel[start:stop], flow)
        colours[start:stop][usable] = colour[usable]

    in_chunks(len(samples), take)
    return replace(samples, colour=colours)


def _value(buffers: ViewBuffers) -> Float32Array:
    """(H, W) the quality of a view's pixels, as fine as they need be, with angles that change smoothly."""
    shown = (buffers.solid == 0).astype(np.float32)
    size = (SMOOTH, SMOOTH)
    total = cv2.blur(buffers.facing * shown, size) / np.maximum(cv2.blur(shown, size), np.float32(1e-6))
    height, width = shown.shape
    border = _from_border(width)[None, :], _from_border(height)[:, None]
    edge = np.minimum(buffers.edge, np.minimum(*border))
    smooth, rough = quality(total, 1.0, edge), quality(buffers.facing, 1.0, edge)
    return np.maximum(smooth, np.float32(ROUGH) * rough) * shown


def _from_border(count: int) -> Float32Array:
    """(count,) pixels to the border, half a pixel for the outermost."""
    along = np.arange(count, dtype=np.float32)
    return np.minimum(along, along[::-1]) + np.float32(0.5)
