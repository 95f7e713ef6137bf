"""Which side of a closed surface is the outside, and places that must not fall together."""

from __future__ import annotations

import numpy as np

from ..normals import weld
from ..typing import BoolArray, Faces, FloatArray, IntArray, Points
from .cleaning import areas_of, volumes_of
from .pairing_kernels import inside_parity

SKEW: FloatArray = np.array([0.5773, 0.2113, 0.7887])
"""A direction in which no edge of a modelled thing runs."""
MOST_NESTED = 64
APART = 1e-5
"""Share of the size by which vertices are moved that share a place without sharing a surface."""
ROUNDS = 6


def inward_faces(points: Points, faces: Faces, part: IntArray) -> BoolArray:
    """(m,) faces to turn over: parts whose volume is negative, and those inside of another, which bound a hollow.

    part: (m,) connected part of each face, closed or all but closed.
    """
    count = int(part.max()) + 1
    area = areas_of(points, faces)
    # Open parts enclose what their volume about their own middle says.
    weight = np.maximum(np.bincount(part, area, count), 1e-300)
    centre = np.stack(
        [np.bincount(part, area * points[faces, k].mean(axis=1), count) / weight for k in range(3)], axis=1
    )
    local = points[faces] - centre[part][:, None]
    volume = np.bincount(part, volumes_of(local.reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3)), count)
    hollow = _nested(points, faces, part, count)
    return np.where(hollow, volume > 0.0, volume < 0.0)[part]


def _nested(points: Points, faces: Faces, part: IntArray, count: int) -> BoolArray:
    """(count,) parts that lie inside an odd number of others."""
    out = np.zeros(count, dtype=bool)
    if not 1 < count <= MOST_NESTED:
        return out
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    corners, owner = faces.ravel(), np.repeat(part, 3)
    np.minimum.at(low, owner, points[corners])
    np.maximum.at(high, owner, points[corners])
    first = np.full(count, len(faces))
    np.minimum.at(first, part, np.arange(len(faces)))
    for number in range(count):
        around = (low < low[number]).all(axis=1) & (high > high[number]).all(axis=1)
        if around.any():
            place = points[faces[first[number]]].mean(axis=0)
            out[number] = inside_parity(points, faces, part, number, place, SKEW) % 2 == 1
    return out


def parted(points: Points, faces: Faces, size: float) -> Points:
    """The vertices rounded to 32 bits, with those that would share a place moved apart, towards their neighbours.

    Readers join what lies at one place; two surfaces that touch would become one that is not closed.
    """
    out = _rounded(points)
    for attempt in range(ROUNDS):
        same = weld(out)
        crowd = np.flatnonzero(same != np.arange(len(out)))
        if len(crowd) == 0:
            break
        rank = _ranks(same[crowd])
        middle = _around(out, faces, crowd)
        way = middle - out[crowd]
        length = np.linalg.norm(way, axis=1, keepdims=True)
        # Those at the middle of their neighbours, and those that meet again, go a way of their own.
        own = np.random.default_rng(attempt).normal(size=way.shape)
        own /= np.linalg.norm(own, axis=1, keepdims=True)
        way = np.where(length > 0.0, way / np.maximum(length, 1e-300), own) + (0.0 if attempt == 0 else 0.5) * own
        out[crowd] += APART * size * (1.0 + 0.37 * rank[:, None]) * way
        out = _rounded(out)
    return out


def _rounded(points: Points) -> Points:
    return points.astype(np.float32).astype(np.float64) + 0.0


def _ranks(group: IntArray) -> FloatArray:
    """(n,) 0, 1, 2, ... within each group of equal numbers."""
    order = np.argsort(group, kind="stable")
    begins = np.concatenate([[True], np.diff(group[order]) != 0])
    start = np.maximum.accumulate(np.where(begins, np.arange(len(group)), 0))
    out = np.empty(len(group))
    out[order] = np.arange(len(group)) - start
    return out


def _around(points: Points, faces: Faces, chosen: IntArray) -> Points:
    """(k, 3) the mean of the neighbours of vertices."""
    number = np.full(len(points), -1)
    number[chosen] = np.arange(len(chosen))
    total, count = np.zeros((len(chosen), 3)), np.zeros(len(chosen))
    for k in range(3):
        here = number[faces[:, k]]
        rows = np.flatnonzero(here >= 0)
        for other in (1, 2):
            np.add.at(total, here[rows], points[faces[rows, (k + other) % 3]])
            np.add.at(count, here[rows], 1.0)
    return total / np.maximum(count, 1.0)[:, None]
