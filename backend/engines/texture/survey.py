"""What possible views would see of a surface: sampled points, candidate cameras, and rays between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
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
"""Points of the surface: what is smaller than a six-thousandth of it decides nothing."""
RINGS = ((15.0, 16), (45.0, 12), (70.0, 6), (-20.0, 12), (-55.0, 8))
"""Elevation in degrees and how many candidates stand around the object at it; one more above and one below."""
SCOUTS = 12
"""So many candidates, from all around, tell which sides of the faces lie in the open."""
STRAY = 0.002
"""A side of which no larger share was seen, such as that of a few turned faces, gets no rays of its own."""
LIFT = 2e-4
"""How far above the surface rays begin, of the mesh's longest side."""
OPEN = 1e3
"""Pixels to the next silhouette where none is known."""
SEEDS, NEAREST, CLOSE = 12, 0.04, (0.7, 0.3)
"""How many badly seen places are looked at from near by; the least distance; and the distances where there is room, of
the longest side."""
CLOSE_FIELD = 60.0
"""Degrees: from near by more must fit into the picture."""
PART, ROOM = 0.3, 1.6
"""A wanted region within a ball of this radius is also looked at from near, with so many times its extent in view."""
FREE = 0.06
"""The least share of directions in which a near camera must have no wall of the mesh before it."""
LOOKS, TOUCHING = 96, 0.02
"""So many directions are tried, and nearer than this, of the longest side, nothing may be."""
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

    def look(self, camera: Camera) -> Float32Array:
        """(n,) quality at which a camera sees the points; 0 where it does not."""
        return _look(self, camera, None)[0]

    def with_views(self, views: list[PlannedView], where: BoolArray | None = None) -> Survey:
        """The survey with further candidates. where: (n,) points that matter; the others count as not seen by them."""
        rows = [_look(self, view.camera, where)[0] for view in views]
        return replace(self, views=(*self.views, *views), quality=np.vstack([self.quality, *rows]))

    def with_nearer(self, poor: BoolArray) -> Survey:
        """The survey with cameras close to points that are seen badly: in front of hollows, and in the mouths of cups.

        poor: (n,) those points; the new views count for them alone.
        """
        return self.with_views(_in_the_open(self.scene, _nearer(self, poor)), poor) if poor.any() else self

    @property
    def best(self) -> Float32Array:
        """(n,) the quality at which the candidates see each point at best."""
        return np.asarray(self.quality.max(axis=0, initial=0.0))


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
    views = _candidates(scene, mesh, position, up, size, field_of_view)
    found = Survey(
        scene, up, size, texel, position, normal, area, texels.density[texel].astype(np.float64), (),
        np.zeros((0, len(texel)), dtype=np.float32), np.ones((2, len(texel)), dtype=bool),
    )  # fmt: skip
    return _looked_around(found, views)


def _looked_around(found: Survey, views: list[PlannedView]) -> Survey:
    """The survey with its candidates, and with what they tell of which sides of the faces lie in the open."""
    rows: dict[int, Float32Array] = {}
    seen = np.zeros_like(found.sides)
    few = range(0, len(views), max(len(views) // SCOUTS, 1))
    for k in sorted(range(len(views)), key=lambda k: (k not in few, k)):
        if len(rows) == len(few):
            found = replace(found, sides=_usual_sides(seen))
        rows[k], front = _look(found, views[k].camera, None)
        seen |= (rows[k] > SEEN) & np.stack([front, ~front])
    table = np.stack([rows[k] for k in range(len(views))])
    return replace(found, views=tuple(views), quality=table, sides=_sides(seen))


def _usual_sides(seen: BoolArray) -> BoolArray:
    """(2, n) which sides are worth a ray, from those that some views saw: one for a closed and well made mesh."""
    counts = seen.sum(axis=1)
    return np.broadcast_to((counts > STRAY * counts.sum())[:, None], seen.shape)


def _sides(seen: BoolArray) -> BoolArray:
    """(2, n) which sides of faces lie in the open, from those that were seen. Points seen from nowhere are thought to
    be turned as most others.
    """
    sides = seen.copy()
    hidden = ~sides.any(axis=0)
    sides[int(sides[1].sum() > sides[0].sum()), hidden] = True
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


def _candidates(
    scene: RayScene, mesh: UVMesh, wanted: Points, up: Up, size: tuple[int, int], field_of_view: float
) -> list[PlannedView]:
    """Cameras that show the whole mesh; and, where little of it is wanted, such that show that, and what is around."""
    views = _around(mesh.vertices[np.unique(mesh.faces)], up, size, field_of_view)
    if not len(wanted):
        return views
    low, high = wanted.min(axis=0), wanted.max(axis=0)
    radius = 0.5 * ROOM * float(np.linalg.norm(high - low))
    if radius > PART:
        return views
    box = (low + high) / 2.0 + max(radius, NEAREST) * np.array(list(product((-1.0, 1.0), repeat=3))) / np.sqrt(3.0)
    return views + _in_the_open(scene, _around(box, up, size, field_of_view))


def _in_the_open(scene: RayScene, views: list[PlannedView]) -> list[PlannedView]:
    """Those that stand where part of what is around them is no wall of the mesh: neither inside it nor deep in it."""
    if not views:
        return []
    eyes = np.repeat(np.stack([view.camera.place for view in views]), LOOKS, axis=0)
    hits = scene.cast(eyes, np.tile(sphere(LOOKS), (len(views), 1)))
    free = (hits.solid != 0).reshape(len(views), -1).mean(axis=1) > FREE
    apart = hits.distance.reshape(len(views), -1).min(axis=1) > TOUCHING
    return [view for view, good in zip(views, free & apart, strict=True) if good]


def sphere(count: int) -> Float32Array:
    """(count, 3) unit vectors, evenly spread: a Fibonacci lattice."""
    k = np.arange(count)
    z, turn = 1.0 - (2.0 * k + 1.0) / count, k * np.pi * (3.0 - np.sqrt(5.0))
    flat = np.sqrt(1.0 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1).astype(np.float32)


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
    front = cosine > 0.0
    out[~(inside & np.where(front, *points.sides)) | (out <= SEEN)] = 0.0
    asked = np.flatnonzero(out)
    side = np.sign(cosine[asked])[:, None] * points.normal[asked]
    origin = points.position[asked] + LIFT * side
    hidden = points.scene.blocked(
        origin.astype(np.float32), ray[asked].astype(np.float32), (distance[asked] - LIFT).astype(np.float32)
    )
    out[asked[hidden]] = 0.0
    return out, front


def _nearer(points: Survey, poor: BoolArray) -> list[PlannedView]:
    """Cameras in the open space before badly seen points: along the freest of some directions about their normals."""
    seeds = _spread(points.position, poor, SEEDS)
    views = []
    for seed in seeds:
        for sign, open_side in zip((1.0, -1.0), points.sides[:, seed], strict=True):
            if not open_side or not points.normal[seed].any():  # a face without area
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
