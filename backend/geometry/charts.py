"""Charts for free-form solids without unwrapping: faces grouped by the direction they look, each group projected flat.

An axis of the six lies within 55 degrees of any normal, so a projection shortens lengths to 0.58 at worst; most of that
is made good by giving each chart the scale that restores its area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .folds import folds
from .part import Part
from .typing import BoolArray, Faces, FloatArray, IntArray, Points, Vectors

AXES: Vectors = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], dtype=np.float64)
"""(6, 3) the default directions: right, left, back, front, top, bottom."""

STEEPEST = 0.34
"""Least cosine between a face's normal and the direction of its chart."""
SMOOTHING = 0.22
ROUNDS = 8
SMALL_SHARE = 0.012
UNFOLDINGS = 12
HANDINGS_OVER = 2
"""The first rounds of unfolding try to join what they take out to the chart beside it; later ones do not."""


def charted(
    points: Points,
    faces: Faces,
    region: IntArray,
    regions: tuple[str, ...],
    *,
    directions: FloatArray = AXES,
    favour: FloatArray | None = None,
    densities: dict[str, float] | None = None,
    upright: tuple[int, ...] = (),
    crease_degrees: float = 60.0,
) -> Part:
    """A part from a closed welded mesh: points (n, 3) metres, faces (m, 3) outward, region (m,) index into ``regions``.

    directions: (k, 3) unit vectors that faces are projected along; at least one must lie within 70 degrees of every
    normal. favour: (k,) added to the cosine with each, so that a main view stays whole. densities: texels per metre of
    charts by their main region, 1 where absent. upright: numbers of the directions whose charts keep "up" up.
    """
    normal, area = _normals(points, faces)
    facing = normal @ np.asarray(directions, dtype=np.float64).T
    beside = _neighbours(faces, len(points))
    label = _labels(facing, beside, np.zeros(len(directions)) if favour is None else favour)
    label = _absorbed(label, facing, area, beside)
    chart = _unfolded(points, faces, label, beside, np.asarray(directions, dtype=np.float64))
    vertex_key = chart[:, None].astype(np.int64) * len(points) + faces
    key, corner = np.unique(vertex_key.ravel(), return_inverse=True)
    split, owner = points[key % len(points)], (key // len(points)).astype(np.int32)
    split_faces = corner.reshape(-1, 3).astype(np.int32)
    count = int(chart.max()) + 1
    chart_label = np.zeros(count, dtype=np.int32)
    chart_label[chart] = label
    chart_region = np.zeros(count, dtype=np.int32)
    chart_region[chart] = region
    uv = _projected(split, owner, directions, chart_label, upright)
    flat = np.bincount(chart, _uv_areas(uv, split_faces), count)
    uv *= np.sqrt(np.bincount(chart, area, count) / np.maximum(flat, 1e-30))[owner][:, None]
    wanted = densities or {}
    density = np.array([wanted.get(regions[r], 1.0) for r in chart_region])
    stands = np.isin(chart_label, upright)
    crease = float(np.radians(crease_degrees))
    return Part(split, split_faces, uv, chart, region.astype(np.int32), regions, density, stands, crease)


def _normals(points: Points, faces: Faces) -> tuple[Vectors, FloatArray]:
    a, b, c = (points[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    size = np.linalg.norm(cross, axis=1)
    return cross / np.maximum(size, 1e-300)[:, None], 0.5 * size


def _uv_areas(uv: FloatArray, faces: Faces) -> FloatArray:
    a, b, c = (uv[faces[:, k]] for k in range(3))
    ab, ac = b - a, c - a
    return 0.5 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])


def _neighbours(faces: Faces, count: int) -> IntArray:
    """(m, 3) the face across each edge, itself at a border."""
    edges = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2).astype(np.int64)
    key = edges.min(axis=1) * count + edges.max(axis=1)
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order][1:] == key[order][:-1])
    beside = np.repeat(np.arange(len(faces)), 3)
    one, other = order[same], order[same + 1]
    beside[one], beside[other] = other // 3, one // 3
    return beside.reshape(-1, 3).astype(np.int32)


def _labels(facing: FloatArray, beside: IntArray, favour: FloatArray) -> IntArray:
    """(m,) the direction of each face, smoothed over its neighbours."""
    allowed = facing > STEEPEST
    own = np.where(allowed, facing + favour, -np.inf)
    label = own.argmax(axis=1)
    for _ in range(ROUNDS):
        votes = np.zeros(facing.shape)
        for k in range(3):
            votes[np.arange(len(label)), label[beside[:, k]]] += SMOOTHING
        label = (own + votes).argmax(axis=1)
    return label.astype(np.int32)


def _components(label: IntArray, beside: IntArray) -> IntArray:
    """(m,) number of the connected group of faces of one label."""
    face = np.repeat(np.arange(len(label)), 3)
    other = beside.ravel()
    joined = label[face] == label[other]
    graph = coo_array((np.ones(int(joined.sum()), dtype=np.int8), (face[joined], other[joined])), (len(label),) * 2)
    return connected_components(graph, directed=False)[1].astype(np.int32)


def _absorbed(label: IntArray, facing: FloatArray, area: FloatArray, beside: IntArray) -> IntArray:
    """Labels after small groups have taken the label of the neighbours that they border on most, where they may."""
    for _ in range(4):
        group = _components(label, beside)
        share = np.bincount(group, area) / area.sum()
        small = np.flatnonzero(share[group] < SMALL_SHARE)
        if len(small) == 0:
            break
        votes = np.zeros((len(share), facing.shape[1]))
        for k in range(3):
            across = beside[small, k]
            outside = group[across] != group[small]
            np.add.at(votes, (group[small[outside]], label[across[outside]]), 1.0)
        least = np.full(votes.shape, np.inf)
        np.minimum.at(least, group, facing)
        votes[least < 0.8 * STEEPEST] = 0.0
        taken = votes.argmax(axis=1).astype(np.int32)
        moves = (share < SMALL_SHARE) & (votes.max(axis=1) > 0)
        new = np.where(moves[group], taken[group], label).astype(np.int32)
        if np.array_equal(new, label):
            break
        label = new
    return label


def _basis(direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Right and up of a view along -direction; up is z, or y for views from above and below."""
    up = np.array([0.0, 0.0, 1.0]) if abs(direction[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    up = up - direction * (up @ direction)
    up /= np.linalg.norm(up)
    return np.cross(up, direction), up


def _unfolded(points: Points, faces: Faces, label: IntArray, beside: IntArray, directions: FloatArray) -> IntArray:
    """(m,) charts, none of which covers itself when projected: what lies over or under another sheet is taken out.

    Changes ``label`` where faces go to the chart beside them.
    """
    normal, area = _normals(points, faces)
    facing = normal @ directions.T
    chart = _components(label, beside)
    for attempt in range(UNFOLDINGS):
        flat, depth = _seen(points, faces, label, directions)
        pairs = folds(flat, chart)
        if len(pairs) == 0:
            break
        taken = _lesser_sheets(pairs, flat, depth, area)
        piece = _components(np.where(taken, chart, -1 - chart), beside)
        own = np.where(taken, piece + int(chart.max()) + 1, chart)
        chart = _handed_over(own, chart, label, taken, facing, beside) if attempt < HANDINGS_OVER else own
        chart = _components(chart, beside)
    return chart


def _seen(points: Points, faces: Faces, label: IntArray, directions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The corners of faces as their chart's direction sees them: places (m, 3, 2) and depths (m, 3), greater nearer."""
    axes = np.array([(*_basis(direction), direction) for direction in directions])
    seen = np.einsum("fkj,fij->fki", points[faces], axes[label])
    return np.ascontiguousarray(seen[..., :2]), seen[..., 2]


def _lesser_sheets(pairs: IntArray, flat: FloatArray, depth: FloatArray, area: FloatArray) -> BoolArray:
    """(m,) one face of each overlapping pair: of each group of pairs all the upper ones or all the lower ones."""
    one, other = pairs.T
    place = 0.5 * (flat[one].mean(axis=1) + flat[other].mean(axis=1))
    above = _depth_at(place, flat[one], depth[one]) > _depth_at(place, flat[other], depth[other])
    upper, lower = np.where(above, one, other), np.where(above, other, one)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (one, other)), (len(area),) * 2)
    group = connected_components(graph, directed=False)[1]
    is_upper, is_lower = np.zeros(len(area), dtype=bool), np.zeros(len(area), dtype=bool)
    is_upper[upper], is_lower[lower] = True, True
    weight = np.bincount(group, np.where(is_upper, area, 0.0)) - np.bincount(group, np.where(is_lower, area, 0.0))
    return np.where(weight[group] < 0.0, is_upper, is_lower)


def _depth_at(place: FloatArray, flat: FloatArray, depth: FloatArray) -> FloatArray:
    """(k,) depths of the planes of faces over places (k, 2)."""
    edges, rise = flat[:, 1:] - flat[:, :1], depth[:, 1:] - depth[:, :1]
    twice = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    off = place - flat[:, 0]
    first = off[:, 0] * edges[:, 1, 1] - off[:, 1] * edges[:, 1, 0]
    second = edges[:, 0, 0] * off[:, 1] - edges[:, 0, 1] * off[:, 0]
    return depth[:, 0] + (first * rise[:, 0] + second * rise[:, 1]) / twice


def _handed_over(
    own: IntArray, chart: IntArray, label: IntArray, taken: BoolArray, facing: FloatArray, beside: IntArray
) -> IntArray:
    """``own`` with what was taken out joined to the chart that it borders on most, its own excepted, where it may."""
    face = np.repeat(np.flatnonzero(taken), 3)
    across = beside[taken].ravel()
    open_to = ~taken[across] & (chart[across] != chart[face])
    face, across = face[open_to], across[open_to]
    if len(face) == 0:
        return own
    least = np.full((int(own.max()) + 1, facing.shape[1]), np.inf)
    np.minimum.at(least, own, facing)
    fits = least[own[face], label[across]] >= 0.8 * STEEPEST
    link, votes = np.unique(np.stack([own[face], chart[across]], axis=1)[fits], axis=0, return_counts=True)
    best = link[np.argsort(votes, kind="stable")]
    host = np.arange(len(least), dtype=np.int32)
    host[best[:, 0]] = best[:, 1]
    direction = np.zeros(len(least), dtype=np.int32)
    direction[chart] = label
    moves = host[own] != own
    label[moves] = direction[host[own[moves]]]
    return host[own]


def _projected(
    points: Points, owner: IntArray, directions: FloatArray, chart_label: IntArray, upright: tuple[int, ...]
) -> FloatArray:
    """(n, 2) the points in the plane of their chart, turned to fill little room unless it is to stand upright."""
    uv = np.zeros((len(points), 2))
    for number, direction in enumerate(directions):
        right, up = _basis(np.asarray(direction, dtype=np.float64))
        mine = np.flatnonzero(chart_label[owner] == number)
        uv[mine] = np.stack([points[mine] @ right, points[mine] @ up], axis=1)
    angle = np.radians(np.arange(0.0, 90.0, 7.5))
    cosine, sine = np.cos(angle), np.sin(angle)
    room = np.ones((2, len(chart_label), len(angle)))
    for k, (a, b) in enumerate(((cosine, -sine), (sine, cosine))):
        turned = uv[:, :1] * a + uv[:, 1:] * b
        low, high = np.full(room.shape[1:], np.inf), np.full(room.shape[1:], -np.inf)
        np.minimum.at(low, owner, turned)
        np.maximum.at(high, owner, turned)
        room[k] = high - low
    best = np.where(np.isin(chart_label, upright), 0, (room[0] * room[1]).argmin(axis=1))[owner]
    c, s = cosine[best], sine[best]
    return np.stack([uv[:, 0] * c - uv[:, 1] * s, uv[:, 0] * s + uv[:, 1] * c], axis=1)


def shortened(parts: Sequence[Part], share: float = 0.8) -> list[Part]:
    """The parts with their long charts cut across, so that none is longer than ``share`` of the square that holds all.

    Blades, staves and strands would otherwise leave most of the atlas empty.
    """
    area = sum(float(np.abs(_uv_areas(p.uv * p.density[_owners(p)][:, None], p.faces)).sum()) for p in parts)
    return [_cut_across(part, share * float(np.sqrt(area))) for part in parts]


def _owners(part: Part) -> IntArray:
    """(n,) the chart of each point."""
    owner = np.zeros(len(part.points), dtype=np.int32)
    owner[part.faces] = part.chart[:, None]
    return owner


def _cut_across(part: Part, longest: float) -> Part:
    owner = _owners(part)
    count = len(part.density)
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, owner, part.uv)
    np.maximum.at(high, owner, part.uv)
    pieces = np.maximum(np.ceil((high - low) * part.density[:, None] / longest - 0.15), 1.0)
    if (pieces == 1.0).all():
        return part
    middle = part.uv[part.faces].mean(axis=1)
    place = (middle - low[part.chart]) / np.maximum(high - low, 1e-30)[part.chart] * pieces[part.chart]
    cell = np.minimum(place.astype(np.int64), pieces[part.chart].astype(np.int64) - 1)
    key = (part.chart.astype(np.int64) * 1024 + cell[:, 0]) * 1024 + cell[:, 1]
    chart_key, chart = np.unique(key, return_inverse=True)
    vertex_key = chart[:, None].astype(np.int64) * len(part.points) + part.faces
    used, corner = np.unique(vertex_key.ravel(), return_inverse=True)
    old = used % len(part.points)
    was = (chart_key // (1024 * 1024)).astype(np.int64)
    return replace(
        part, points=part.points[old], uv=part.uv[old], faces=corner.reshape(-1, 3).astype(np.int32),
        chart=chart.astype(np.int32), density=part.density[was], upright=part.upright[was],
    )  # fmt: skip
