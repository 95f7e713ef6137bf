"""Surfaces of revolution, cut into charts of even texel density."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numba import njit

from .curves import Profile
from .part import Part, Sheet, grid_faces, part_from_sheets
from .typing import BoolArray, FloatArray, IntArray

SEGMENTS = 96
STRIP, DISC = 0, 1
BAND_COST = 0.02
WASTE_COST = 0.12
STEEPEST = np.log(1.7)


@njit(cache=True)
def _bands(radius: FloatArray, length: FloatArray, pole: BoolArray) -> tuple[IntArray, IntArray]:
    """Where to cut a profile into bands, and what each becomes, by dynamic programming.

    radius, length: (n,) mean radius and length of each segment. pole: (n,) whether it ends on the axis. A band
    becomes a strip of even width (good where the radius hardly changes) or a disc (good where it changes as fast as the
    length). The cost is the area-weighted squared log of the stretch, plus a little for each band and for atlas area
    that a disc leaves empty.
    """
    n = len(radius)
    area = radius * length
    total = area.sum()
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    came = np.zeros(n + 1, dtype=np.int32)
    kind = np.zeros(n + 1, dtype=np.int32)
    for a in range(n):
        band_area = 0.0
        band_length = 0.0
        for b in range(a, n):
            band_area += area[b]
            band_length += length[b]
            mean = band_area / band_length
            strip = 0.0
            for k in range(a, b + 1):
                off = abs(np.log(radius[k] / mean))
                strip += area[k] * off * off * (30.0 if off > STEEPEST else 1.0)
                if pole[k]:
                    strip = np.inf
            outward = radius[b] >= radius[a]
            inner = radius[a] if outward else radius[b]
            first = length[a] if outward else length[b]
            inner = 0.0 if inner < first else inner
            rho2 = inner * inner
            disc = 0.0
            for step in range(b - a + 1):
                k = a + step if outward else b - step
                rho = np.sqrt(rho2 + area[k])
                off = np.log(radius[k] / rho)
                disc += 2.0 * area[k] * off * off
                rho2 += 2.0 * area[k]
            disc += WASTE_COST * (rho2 * 4.0 / (2.0 * np.pi) - band_area)
            cost = min(strip, disc) / total + BAND_COST + best[a]
            if cost < best[b + 1]:
                best[b + 1] = cost
                came[b + 1] = a
                kind[b + 1] = 0 if strip <= disc else 1
    cuts = [n]
    while cuts[-1] > 0:
        cuts.append(came[cuts[-1]])
    ends = np.array(cuts[::-1], dtype=np.int32)
    return ends, kind[ends[1:]]


def lathe(
    profile: Profile,
    *,
    segments: int = SEGMENTS,
    radius_factor: Callable[[FloatArray, FloatArray], FloatArray] | None = None,
    density: float = 1.0,
    crease_degrees: float = 38.0,
) -> Part:
    """The closed part that a profile sweeps out about the z axis.

    The profile runs from axis to axis, or ends where it begins. radius_factor(angle, height) -> factor, both (rows,
    columns), makes it not quite round (flutes, lobes).
    """
    points = profile.points
    steps = np.diff(points, axis=0)
    length = np.maximum(np.hypot(steps[:, 0], steps[:, 1]), 1e-9)
    radius = np.maximum(0.5 * (points[1:, 0] + points[:-1, 0]), 1e-9)
    ends, kinds = _bands(radius, length, (points[1:, 0] == 0.0) | (points[:-1, 0] == 0.0))
    widest = 1.1 * np.sqrt(2.0 * np.pi * float(radius @ length))
    angle = 2.0 * np.pi * (np.arange(segments + 1) % segments) / segments
    sheets: list[Sheet] = []
    for a, b, kind in zip(ends[:-1], ends[1:], kinds, strict=True):
        rows = points[a : b + 1]
        factor = np.ones((len(rows), segments + 1))
        if radius_factor is not None:
            factor = radius_factor(np.broadcast_to(angle, factor.shape), np.broadcast_to(rows[:, 1:], factor.shape))
        space = _revolved(rows, angle, factor)
        region = np.repeat(profile.region[a:b], 2 * segments)
        if kind == DISC:
            uv = _disc_uv(rows, radius[a:b], length[a:b], segments)
            sheets.append(
                Sheet(space.reshape(-1, 3), uv.reshape(-1, 2), grid_faces(len(rows), segments + 1), region, density)
            )
        else:
            sheets += _strips(space, radius[a:b], length[a:b], profile.region[a:b], widest, density)
    return part_from_sheets(sheets, profile.regions, crease_degrees)


def _revolved(rows: FloatArray, angle: FloatArray, factor: FloatArray) -> FloatArray:
    """(rows, columns, 3) points."""
    radial = rows[:, :1] * factor
    return np.stack(
        [radial * np.cos(angle), radial * np.sin(angle), np.broadcast_to(rows[:, 1:], radial.shape)], axis=2
    )


def _disc_uv(rows: FloatArray, radius: FloatArray, length: FloatArray, segments: int) -> FloatArray:
    """(rows, columns, 2): an azimuthal map that keeps areas."""
    outward = rows[-1, 0] >= rows[0, 0]
    ring = 2.0 * radius * length
    inner = min(rows[0, 0], rows[-1, 0])
    squared = inner**2 + np.concatenate([[0.0], np.cumsum(ring if outward else ring[::-1])])
    rho = np.sqrt(squared if outward else squared[::-1])[:, None]
    turn = 2.0 * np.pi * np.arange(segments + 1) / segments * (-1.0 if outward else 1.0)
    return np.stack([rho * np.cos(turn), rho * np.sin(turn)], axis=2)


def _strips(
    space: FloatArray, radius: FloatArray, length: FloatArray, region: IntArray, widest: float, density: float
) -> list[Sheet]:
    """A band as one strip, or as several where it is too long for the atlas."""
    segments = space.shape[1] - 1
    width = 2.0 * np.pi * float(radius @ length) / float(length.sum())
    passed = np.concatenate([[0.0], np.cumsum(length)])
    columns = _borders(np.linspace(0.0, width, segments + 1), widest)
    sheets = []
    for low, high in pairwise(_borders(passed, widest)):
        for a, b in pairwise(columns):
            u = np.linspace(0.0, width * (b - a) / segments, b - a + 1)
            uv = np.stack(np.meshgrid(u, passed[low : high + 1]), axis=2).reshape(-1, 2)
            faces = grid_faces(high - low + 1, b - a + 1)
            points = space[low : high + 1, a : b + 1].reshape(-1, 3)
            sheets.append(Sheet(points, uv, faces, np.repeat(region[low:high], 2 * (b - a)), density))
    return sheets


def _borders(passed: FloatArray, longest: float) -> IntArray:
    """Which of the samples of a line to cut at, so that no piece is much longer than ``longest``."""
    pieces = max(1, int(np.ceil(passed[-1] / longest - 1e-9)))
    wanted = np.linspace(0.0, passed[-1], pieces + 1)
    return np.unique(np.abs(passed[None] - wanted[:, None]).argmin(axis=1))
