"""What possible views would see of a surface: sampled points, candidate cameras, and rays between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ...geometry.cameras import Camera
from ...geometry.mesh import UVMesh
from ...geometry.raycasting import RayScene
from ...geometry.surface_texels import SurfaceTexels
from ...geometry.typing import BoolArray, Float32Array, FloatArray, IntArray, Points, Vectors
from .framing import FIELD_OF_VIEW, framed, outline
from .quality import quality
from .view_names import Up, direction, upright, view_name

SAMPLES = 6144
RINGS = ((15.0, 16), (50.0, 8), (-20.0, 8), (-55.0, 6))
"""Elevation in degrees and how many candidates stand around the object at it; one more above and one below."""
LIFT = 2e-4
"""How far above the surface rays begin, of the mesh's longest side."""
OPEN = 1e3
"""Pixels to the next silhouette where none is known."""
SEEDS, NEAREST, CLOSE = 12, 0.04, (0.7, 0.3)
CLOSE_FIELD = 60.0
SEEN = 0.05
"""The least quality that counts as seen."""


class PlannedView(NamedTuple):
    """A camera (local frame) and what the view is called."""

    camera: Camera
    name: str


@dataclass(frozen=True)
class Survey:
    """Points of the wanted surface and how well each candidate sees them. Local frame.

    texel: (n,) of the texels. position, normal: (n, 3), of the faces, not smooth. area: (n,) shares of the wanted
    surface, sum 1. density: (n,) texels per unit. quality: (c, n) at which each view sees each point, 0: not.
    sides: (2, n) bool: whether the front and the back of the face lie in the open; nothing shows the inside of a solid.
    """

    scene: RayScene
    up: Up
    size: tuple[int, int]
    texel: IntArray
    position: Points
    normal: Vectors
    area: FloatArray
    density: FloatArray
    views: tuple[PlannedView, ...]
    quality: Float32Array
    sides: BoolArray

    def look(self, camera: Camera) -> tuple[Float32Array, BoolArray]:
        """(n,) quality at which a camera sees the points, and (n,) whether it sees the fronts of their faces."""
        return _look(self, camera, None)

    def with_views(self, views: list[PlannedView], where: BoolArray | None = None) -> Survey:
        """The survey with further candidates. where: (n,) points that matter; the others count as not seen by them."""
        rows = [_look(self, view.camera, where) for view in views]
        if not rows:
            return self
        found = np.stack([np.where(np.where(front, *self.sides), q, 0.0) for q, front in rows]).astype(np.float32)
        return replace(self, views=(*self.views, *views), quality=np.concatenate([self.quality, found]))

    def with_nearer(self, poor: BoolArray) -> Survey:
        """The survey with cameras close to points that are seen badly: in front of hollows, and inside of vessels."""
        return self.with_views(_nearer(self, poor), poor) if poor.any() else self


def survey(
    scene: RayScene,
    mesh: UVMesh,
    texels: SurfaceTexels,
    wanted: BoolArray | None,
    up: Up,
    size: tuple[int, int],
    field_of_view: float = FIELD_OF_VIEW,
) -> Survey:
    """Sample the wanted surface and look at it from all around.

    wanted: (k,) which texels are to be painted; None: all. size: (width, height) of the views, pixels.
    """
    texel, area = _sampled(texels, wanted)
    corners = mesh.vertices[mesh.faces[texels.face[texel]]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    position = texels.position[texel].astype(np.float64)
    views = _around(mesh.vertices[np.unique(mesh.faces)], up, size, field_of_view)
    empty = Survey(
        scene, up, size, texel, position, normal, area, texels.density[texel].astype(np.float64), (),
        np.zeros((0, len(texel)), dtype=np.float32), np.ones((2, len(texel)), dtype=bool),
    )  # fmt: skip
    rows = [_look(empty, view.camera, None) for view in views]
    found = np.stack([q for q, _ in rows])
    seen, front = found > SEEN, np.stack([f for _, f in rows])
    return replace(empty, views=tuple(views), quality=found, sides=_sides((seen & front), (seen & ~front)))


def _sides(front: BoolArray, back: BoolArray) -> BoolArray:
    """(2, n) which sides of faces lie in the open, from (c, n) which were seen. Points seen from nowhere are thought to
    be turned as most others.
    """
    sides = np.stack([front.any(axis=0), back.any(axis=0)])
    hidden = ~sides.any(axis=0)
    inverted = int(sides[1].sum()) > int(sides[0].sum())
    sides[int(inverted), hidden] = True
    return sides


def _sampled(texels: SurfaceTexels, wanted: BoolArray | None) -> tuple[IntArray, FloatArray]:
    """Texels in charts at even steps of area, and their shares of the area."""
    chosen = np.flatnonzero(texels.inside if wanted is None else texels.inside & wanted).astype(np.int32)
    area = 1.0 / np.maximum(texels.density[chosen].astype(np.float64), 1e-6) ** 2
    if len(chosen) <= SAMPLES:
        return chosen, area / max(float(area.sum()), 1e-300)
    run = np.cumsum(area)
    steps = (np.arange(SAMPLES) + 0.5) / SAMPLES * run[-1]
    hit, counts = np.unique(np.searchsorted(run, steps), return_counts=True)
    return chosen[np.minimum(hit, len(chosen) - 1)], counts / SAMPLES


def _around(points: Points, up: Up, size: tuple[int, int], field_of_view: float) -> list[PlannedView]:
    """Candidates all around, each as near as it can be while it shows the whole."""
    hull = outline(points)
    turns = [direction(360.0 * k / count, height, up) for height, count in RINGS for k in range(count)]
    turns += [direction(0.0, height, up) for height in (90.0, -90.0)]
    return [PlannedView(framed(hull, d, up, size, field_of_view), view_name(d, up)) for d in turns]


def _look(points: Survey, camera: Camera, where: BoolArray | None) -> tuple[Float32Array, BoolArray]:
    """(n,) quality and (n,) whether the front of the face is seen; quality 0 where the point is not seen."""
    pixel, depth = camera.project(points.position)
    inside = (depth > 1e-6) & (pixel > 0.0).all(axis=1) & (pixel < (camera.width, camera.height)).all(axis=1)
    if where is not None:
        inside &= where
    if camera.orthographic:
        ray, distance = np.broadcast_to(-camera.forward, points.position.shape), np.maximum(depth, 1e-9)
        scale = np.full(len(depth), camera.focal[0])
    else:
        ray = camera.place - points.position
        distance = np.maximum(np.linalg.norm(ray, axis=1), 1e-9)
        ray = ray / distance[:, None]
        scale = camera.focal[0] / np.maximum(depth, 1e-9)
    cosine = np.einsum("ij,ij->i", points.normal, ray)
    sharp = scale / np.maximum(points.density, 1e-9)
    edge = np.full(len(depth), OPEN, dtype=np.float32)
    out = quality(np.abs(cosine).astype(np.float32), sharp.astype(np.float32), edge)
    out = np.where(inside, out, np.float32(0.0)).astype(np.float32)
    asked = np.flatnonzero(out > SEEN)
    side = np.sign(cosine[asked])[:, None] * points.normal[asked]
    origin = points.position[asked] + LIFT * side
    hidden = points.scene.blocked(
        origin.astype(np.float32), ray[asked].astype(np.float32), (distance[asked] - LIFT).astype(np.float32)
    )
    out[asked[hidden]] = 0.0
    return out, cosine > 0.0


def _nearer(points: Survey, poor: BoolArray) -> list[PlannedView]:
    """Cameras in the open space before badly seen points: along the freest of some directions about their normals."""
    seeds = _spread(points.position, poor, SEEDS)
    views = []
    for seed in seeds:
        for sign, open_side in zip((1.0, -1.0), points.sides[:, seed], strict=True):
            if not open_side:
                continue
            normal = sign * points.normal[seed]
            directions = _tilted(normal)
            origin = points.position[seed] + LIFT * normal
            free = points.scene.cast(np.tile(origin, (len(directions), 1)).astype(np.float32), directions).distance
            reach = np.where(np.isfinite(free) & (free > 0.0), free, 4.0)
            best = int(np.argmax(np.minimum(reach, 1.0) * (directions @ normal)))
            views += _along(points, seed, directions[best].astype(np.float64), float(reach[best]))
    return views


def _along(points: Survey, seed: int, towards: FloatArray, free: float) -> list[PlannedView]:
    """Cameras that look at a point from some distances within the free space."""
    distances = [share for share in CLOSE if share < 0.9 * free] or [max(0.8 * free, NEAREST)]
    target = points.position[seed]
    return [
        PlannedView(
            Camera.look_at(
                target + distance * towards,
                target,
                upright(towards, points.up),
                points.size,
                field_of_view=CLOSE_FIELD,
            ),
            f"{view_name(towards, points.up)}, close-up",
        )
        for distance in distances
        if distance < free
    ]


def _tilted(normal: FloatArray) -> Float32Array:
    """(9, 3) unit: the normal, and eight directions 40 degrees off it."""
    across = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    across /= np.linalg.norm(across)
    other = np.cross(normal, across)
    turn = np.arange(8)[:, None] * (np.pi / 4.0)
    tilt = np.radians(40.0)
    ring = np.cos(tilt) * normal + np.sin(tilt) * (np.cos(turn) * across + np.sin(turn) * other)
    return np.vstack([normal, ring]).astype(np.float32)


def _spread(position: Points, chosen: BoolArray, count: int) -> list[int]:
    """Rows of at most ``count`` chosen points, each as far as can be from those before it."""
    rows = np.flatnonzero(chosen)
    middle = position[rows].mean(axis=0)
    distance = np.linalg.norm(position[rows] - middle, axis=1)
    picked = [int(np.argmin(distance))]
    distance = np.linalg.norm(position[rows] - position[rows[picked[0]]], axis=1)
    while len(picked) < min(count, len(rows)):
        picked.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.linalg.norm(position[rows] - position[rows[picked[-1]]], axis=1))
    return [int(rows[k]) for k in picked]
