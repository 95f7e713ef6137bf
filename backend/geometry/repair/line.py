"""The repair line from end to end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import fast_simplification
import numpy as np

from ...errors import GeometryError
from ...limits import MAX_SIZE_M, MIN_SIZE_M
from ..intake import LoadedMesh
from ..joining import joined_mesh
from ..standing import UNITS, Y_TO_Z, upright
from ..typing import BoolArray, Faces, FloatArray, IntArray, Points
from ..unwrap import unwrap
from .baking import Baked, Source, baked
from .checking import checked
from .cleaning import Clean, chosen, cleaned
from .contract import RawShape, RepairedShape, RepairReport, RepairWish, Say, Up
from .filling import Closed, closed, single_edges
from .outward import inward_faces, parted
from .pairing import Surface, part_areas, surface_of, without_parts
from .telling import sentences

GUTTER_AT = 2048
"""Side of an atlas that has GUTTER texels between its charts; others in proportion."""
GUTTER, LEAST_GUTTER = 16, 4
ROUNDS = 4
"""Of decimation: what closes the mesh again afterwards may cost some triangles more than the budget has."""
FEWEST = 4


@dataclass(frozen=True)
class Body:
    """A surface without holes in the box of size 1. points: (n, 3). faces: (m, 3). part: (m,)."""

    points: Points
    faces: Faces
    part: IntArray


@dataclass(frozen=True)
class _Mended:
    body: Body
    source_face: IntArray
    source_back: BoolArray
    closed: Closed
    surface: Surface
    flipped: int
    dropped: int


def repaired(shape: RawShape, wish: RepairWish, say: Say) -> RepairedShape:
    """The mesh cleaned, closed, decimated, unwrapped, textured, at its true size and on its base.

    The same input gives the same result. say: may raise to stop. Raises GeometryError, with a fix, when nothing is left
    that could be worked on.
    """
    say(0.0, "Cleaning the mesh")
    shape, odd = checked(shape)
    clean = cleaned(shape)
    say(0.05, "Mending the mesh")
    mended = _mended(clean, wish)
    say(0.2, "Decimating")
    body = _decimated(mended.body, wish)
    say(0.35, "Standing it up")
    stand = _Stand(shape, wish, clean, body)
    points = parted(stand.placed(body.points), body.faces, float(np.max(stand.size_m)))
    say(0.4, "Unwrapping")
    gutter = max(LEAST_GUTTER, round(GUTTER * wish.texture_size / GUTTER_AT))
    flat = unwrap(
        points, body.faces, resolution=wish.texture_size, gutter=gutter,
        progress=lambda share, message: say(0.4 + 0.3 * share, message),
    )  # fmt: skip
    mesh = joined_mesh(points, body.faces, flat.uv, flat.faces, None)
    say(0.7, "Baking the texture")
    source = Source(shape, mended.source_face, mended.source_back, stand.placed(clean.vertices))
    bake = baked(mesh, source, wish.texture_size, lambda share: say(0.7 + 0.29 * share, "Baking the texture"))
    report = _report(shape, clean, mended, body, stand, bake, odd)
    say(1.0, "Repaired")
    return RepairedShape(mesh, bake.picture, report)


def _mended(clean: Clean, wish: RepairWish) -> _Mended:
    surface = surface_of(clean.points, clean.faces)
    area = part_areas(surface)
    keep = area >= wish.keep_share * float(area.max())
    if not area.max() > 0.0:
        raise GeometryError("No face of the mesh has an area.", "Give a mesh whose faces are not lines or points.")
    faces_kept = np.flatnonzero(keep[surface.label])
    kept = without_parts(surface, keep)
    shut = closed(kept, wish.watertight)
    inward = inward_faces(shut.points, shut.faces, shut.part)
    faces = np.where(inward[:, None], shut.faces[:, [0, 2, 1]], shut.faces)
    back = np.zeros(len(clean.faces), dtype=bool)
    back[faces_kept] = (kept.turned ^ inward[: len(kept.faces)])[: len(faces_kept)]
    whole = np.zeros(len(clean.faces), dtype=bool)
    whole[faces_kept] = True
    behind = clean.doubles[whole[clean.doubles[:, 1]]]
    return _Mended(
        Body(shut.points, faces.astype(np.int32), shut.part),
        np.concatenate([clean.source[faces_kept], behind[:, 0]]).astype(np.int32),
        np.concatenate([back[faces_kept], back[behind[:, 1]]]),
        shut, kept, int(back.sum()), int((~keep).sum()),
    )  # fmt: skip


def _decimated(body: Body, wish: RepairWish) -> Body:
    """The body within the budget. Taking out edges may open it or have sheets touch, so it is mended once more."""
    target = max(FEWEST, wish.max_triangles)
    if len(body.faces) <= wish.max_triangles:
        return body
    goal = target
    for _ in range(ROUNDS):
        points, faces = fast_simplification.simplify(body.points, body.faces, target_count=goal)
        out = _again(np.asarray(points, dtype=np.float64), np.asarray(faces, dtype=np.int32), wish)
        if len(out.faces) <= target:
            return out
        goal = max(FEWEST, goal - 2 * (len(out.faces) - target))
    return out


def _again(points: Points, faces: Faces, wish: RepairWish) -> Body:
    apart = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    ordered = np.sort(faces, axis=1)
    _, first = np.unique(ordered, axis=0, return_index=True)
    keep = np.zeros(len(faces), dtype=bool)
    keep[first] = True
    points, faces = chosen(points, faces, keep & apart)
    shut = closed(surface_of(points, faces), wish.watertight)
    inward = inward_faces(shut.points, shut.faces, shut.part)
    return Body(
        shut.points, np.where(inward[:, None], shut.faces[:, [0, 2, 1]], shut.faces).astype(np.int32), shut.part
    )


class _Stand:
    """From the box of size 1 to metres, z up, the base centred on the origin."""

    def __init__(self, shape: RawShape, wish: RepairWish, clean: Clean, body: Body) -> None:
        loaded = LoadedMesh(body.points, body.faces, None, None, None, None)
        self.turn = upright(loaded, glb=False, up=shape.up or "auto")
        self.up: Up = "z" if self.turn is not Y_TO_Z else "y"
        self.notes: list[str] = []
        turned = body.points @ self.turn.T
        low, high = turned.min(axis=0), turned.max(axis=0)
        self.shift = np.array([*(0.5 * (low + high))[:2], low[2]])
        extent = (high - low) * clean.size
        self.factor = self._metres(extent, shape.unit, wish) * clean.size
        self.size_m = (high - low) * self.factor
        self.metres_per_unit = float(self.factor[2] / clean.size)

    def _metres(self, extent: FloatArray, unit: float | None, wish: RepairWish) -> FloatArray:
        """(3,) metres a unit of the raw shape along x, y, z."""
        wanted = np.array([np.nan if side is None else side for side in wish.size_m], dtype=np.float64)
        can = np.isfinite(wanted) & (extent > 0.0)
        if np.isfinite(wanted).any() and not can.any():
            self.notes.append("The mesh has no extent along the side whose size was given: the size is not applied.")
        if can.any():
            each = np.where(can, wanted / np.where(extent > 0.0, extent, 1.0), np.nan)
            return np.where(can, each, np.exp(np.nanmean(np.log(each))))
        return np.full(3, self._own(float(extent.max()), unit))

    def _own(self, largest: float, unit: float | None) -> float:
        factor = 1.0 if unit is None else unit
        if unit is None and largest > MAX_SIZE_M:
            factor = UNITS["mm"]
            self.notes.append(f"The mesh is {largest:.4g} units large and names no unit: taken as millimetres.")
        if not MIN_SIZE_M <= largest * factor <= MAX_SIZE_M:
            self.notes.append(f"The mesh would be {largest * factor:.3g} m large, which nothing is: made 1 m large.")
            factor = 1.0 / largest
        return factor

    def placed(self, points: Points) -> Points:
        """Points of the box of size 1 in the world."""
        return (points @ self.turn.T - self.shift) * self.factor


def _report(
    shape: RawShape, clean: Clean, mended: _Mended, body: Body, stand: _Stand, bake: Baked, odd: tuple[str, ...]
) -> RepairReport:
    size = stand.size_m
    report = RepairReport(
        from_triangles=len(shape.faces), to_triangles=len(body.faces), unusable=clean.unusable,
        components=int(body.part.max()) + 1, dropped=mended.dropped, holes=mended.closed.holes,
        edges_split=mended.surface.split, flipped=mended.flipped, sheets=mended.closed.sheets,
        watertight=single_edges(body.faces), size_m=(float(size[0]), float(size[1]), float(size[2])),
        metres_per_unit=stand.metres_per_unit, up=stand.up, coloured=bake.coloured, deviation=bake.deviation,
    )  # fmt: skip
    return replace(report, notes=(*shape.notes, *odd, *sentences(report), *stand.notes))
