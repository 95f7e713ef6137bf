"""Solids and hollow vessels through level rings that need not be round: square vessels, bells, spouted cups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import manifold3d
import numpy as np

from .part import Part, Sheet, grid_faces, part_from_sheets
from .typing import BoolArray, Faces, FloatArray, IntArray

LIP_STEPS = 4
GIRTH_RATIO = 1.35
FLATTEST = 0.9


@dataclass(frozen=True)
class Shell:
    """body: the hollow part. plug: its inside up to the middle of the wall, to keep what is joined to it out."""

    body: Part
    plug: Part


def rectangle_ring(width: float, depth: float, radius: float, *, side: int = 6, corner: int = 4) -> FloatArray:
    """(4 (side + corner), 2) rectangle with rounded corners about the origin, counter-clockwise from the lower left.

    The first point of each corner is at k (side + corner). Rings of equal ``side`` and ``corner`` correspond point by
    point, whatever their sizes.
    """
    corners = []
    for k, (sx, sy) in enumerate([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]):
        angle = np.radians(180.0 + 90.0 * k) + np.linspace(0.0, 0.5 * np.pi, corner + 1)
        centre = np.array([sx * (0.5 * width - radius), sy * (0.5 * depth - radius)])
        corners.append(centre + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    points = []
    share = (np.arange(1, side) / side)[:, None]
    for here, after in zip(corners, [*corners[1:], corners[0]], strict=True):
        points += [here, here[-1] + share * (after[0] - here[-1])]
    return np.concatenate(points)


def almond_ring(width: float, depth: float, *, steps: int = 32) -> FloatArray:
    """(2 steps, 2) two equal arcs that meet in points at x = +-width / 2, counter-clockwise from the right."""
    half, sagitta = 0.5 * width, 0.5 * depth
    radius = (half**2 + sagitta**2) / (2.0 * sagitta)
    reach = float(np.arcsin(min(half / radius, 1.0)))
    angle = np.linspace(reach, -reach, steps, endpoint=False)
    back = np.stack([radius * np.sin(angle), radius * np.cos(angle) - (radius - sagitta)], axis=1)
    return np.concatenate([back, -back])


def rings(loops: Sequence[FloatArray], heights: Sequence[float], unit: float = 0.01) -> FloatArray:
    """(rows, k, 3) in metres, of loops (k, 2) at heights, both in ``unit`` metres."""
    flat = np.asarray(loops, dtype=np.float64)
    height = np.broadcast_to(np.asarray(heights, dtype=np.float64)[:, None, None], (*flat.shape[:2], 1))
    return np.concatenate([flat, height], axis=2) * unit


def inset(rows: FloatArray, distance: float) -> FloatArray:
    """Rings (n, k, 3) moved inwards along the surface's normals, metres; less than the radius of any curve."""
    around = np.roll(rows, -1, axis=1) - np.roll(rows, 1, axis=1)
    normal = np.cross(around, np.gradient(rows, axis=0))
    return rows - distance * normal / np.linalg.norm(normal, axis=2, keepdims=True)


def skin(
    rows: FloatArray,
    regions: Sequence[str],
    *,
    caps: tuple[str, str] = ("base", "top"),
    borders: Sequence[int] | None = None,
    crease_degrees: float = 38.0,
) -> Part:
    """The closed part through rings (n, k, 3), metres, counter-clockwise seen from above.

    The rings go upwards on the outside and downwards on an inside; the first is closed by a face that looks down, the
    last by one that looks up. regions: (n - 1) name of each band between two rings. caps: of the two faces. borders:
    columns at which charts end, the same for all bands; by default where charts would become too long.
    """
    names = tuple(dict.fromkeys([*regions, *caps]))
    region = np.array([names.index(name) for name in regions], dtype=np.int32)
    low, high = _flat(rows)
    sheets = [_cap(rows[: low + 1][::-1], region[:low][::-1], names.index(caps[0]), top=False)]
    sheets += _sides(rows[low : high + 1], region[low:high], borders)
    sheets.append(_cap(rows[high:], region[high:], names.index(caps[1]), top=True))
    return part_from_sheets(sheets, names, crease_degrees)


def shell(
    outer: FloatArray,
    regions: Sequence[str],
    inner: FloatArray,
    *,
    base: str = "base",
    lip: float = 0.5,
    borders: Sequence[int] | None = None,
) -> Shell:
    """A hollow vessel between rings outside (n, k, 3) and inside (m, k, 3), both from below to the mouth, metres.

    The inside's rings correspond to the last m outside. regions: (n - 1) names of the outer bands. lip: how high the
    mouth's edge rises over its corners, as a share of the wall (0.5 = half round).
    """
    edge = _lip(outer[-1], inner[-1], lip)
    rows = np.concatenate([outer, edge, inner[::-1]])
    names = [*regions, *["rim"] * (len(edge) + 1), *["interior"] * (len(inner) - 1)]
    body = skin(rows, names, caps=(base, "interior"), borders=borders)
    middle = 0.5 * (outer[-len(inner) :] + inner)
    middle[0, :, 2] = 0.5 * (outer[0, :, 2].min() + inner[0, :, 2])
    return Shell(body, skin(middle, ["interior"] * (len(middle) - 1), caps=("interior", "interior"), borders=borders))


def _lip(outer: FloatArray, inner: FloatArray, rise: float) -> FloatArray:
    """(LIP_STEPS - 1, k, 3) rings over the edge from the outside to the inside."""
    angle = np.pi * np.arange(1, LIP_STEPS)[:, None, None] / LIP_STEPS
    middle, half = 0.5 * (outer + inner), 0.5 * (outer - inner)
    up = 2.0 * rise * np.linalg.norm(half, axis=1)[None, :, None] * np.array([0.0, 0.0, 1.0])
    return middle + np.cos(angle) * half + np.sin(angle) * up


def _flat(rows: FloatArray) -> tuple[int, int]:
    """The rings up to which the surface lies flat enough to belong to the first cap, and from which to the last."""
    centre = rows[:, :, :2].mean(axis=1, keepdims=True)
    wider = np.diff(np.linalg.norm(rows[:, :, :2] - centre, axis=2), axis=0)
    rise = FLATTEST * np.abs(np.diff(rows[:, :, 2], axis=0)).max(axis=1)
    first: BoolArray = np.logical_and.accumulate((wider.min(axis=1) > 0.0) & (wider.min(axis=1) >= rise))
    last: BoolArray = np.logical_and.accumulate(((wider.max(axis=1) < 0.0) & (-wider.max(axis=1) >= rise))[::-1])
    return int(first.sum()), len(rows) - 1 - int(last.sum())


def _cap(rows: FloatArray, region: IntArray, face: int, *, top: bool) -> Sheet:
    """The bands between ``rows``, from the outermost inwards, and the face within the last, seen in the plane."""
    count, around = rows.shape[:2]
    points = rows.reshape(-1, 3)
    inner = np.ascontiguousarray(rows[-1, :, :2])
    faces = manifold3d.triangulate([inner], allow_convex=False).astype(np.int32) + (count - 1) * around
    names = np.full(len(faces), face, dtype=np.int32)
    if count > 1:
        faces = np.vstack([_wrapped(count, around), faces])
        names = np.concatenate([np.repeat(region, 2 * around), names])
    uv = points[:, :2].copy()
    if not top:
        faces = faces[:, ::-1]
        uv[:, 0] *= -1.0
    return Sheet(points, uv, faces, names)


def _wrapped(count: int, around: int) -> Faces:
    """Faces between closed rings of vertices, from the outermost inwards, seen from above."""
    grid = grid_faces(count, around + 1)
    return (grid // (around + 1) * around + grid % (around + 1) % around).astype(np.int32)


def _sides(rows: FloatArray, region: IntArray, borders: Sequence[int] | None) -> list[Sheet]:
    """The bands as strips: cut where the girth changes much and where they become too long for the atlas."""
    around = rows.shape[1]
    across = np.linalg.norm(np.roll(rows, -1, axis=1) - rows, axis=2)
    along = np.linalg.norm(np.diff(rows, axis=0), axis=2)
    longest = 1.1 * float(np.sqrt((0.5 * (across[1:] + across[:-1]) * along).sum()))
    sheets = []
    for low, high in _bands(across.sum(axis=1), along.mean(axis=1), longest):
        width = across[low : high + 1].mean(axis=0)
        columns = _even(width, longest) if borders is None else np.array([*borders, borders[0] + around])
        for a, b in pairwise(columns):
            index = np.arange(a, b + 1) % around
            u = np.concatenate([[0.0], np.cumsum(width[index[:-1]])])
            v = np.concatenate([[0.0], np.cumsum(along[low:high][:, index].mean(axis=1))])
            uv = np.stack(np.meshgrid(u, v), axis=2).reshape(-1, 2)
            points = rows[low : high + 1][:, index].reshape(-1, 3)
            names = np.repeat(region[low:high], 2 * (b - a))
            sheets.append(Sheet(points, uv, grid_faces(high - low + 1, b - a + 1), names))
    return sheets


def _bands(girth: FloatArray, length: FloatArray, longest: float) -> list[tuple[int, int]]:
    """(first, last) ring of each strip."""
    cuts = [0]
    for k in range(1, len(girth)):
        within = girth[cuts[-1] : k + 1]
        if k - cuts[-1] > 1 and (within.max() > GIRTH_RATIO * within.min() or length[cuts[-1] : k].sum() > longest):
            cuts.append(k - 1)
    return list(pairwise([*cuts, len(girth) - 1]))


def _even(width: FloatArray, longest: float) -> IntArray:
    """Columns at which a ring is cut into pieces of about equal length."""
    passed = np.concatenate([[0.0], np.cumsum(width)])
    pieces = max(1, int(np.ceil(passed[-1] / longest - 1e-9)))
    wanted = np.linspace(0.0, passed[-1], pieces + 1)
    return np.unique(np.abs(passed[None] - wanted[:, None]).argmin(axis=1))
