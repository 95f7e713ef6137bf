"""Filling along the surface what no view sees, and making what was painted agree with what was observed around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ...geometry.mesh import UVMesh
from ...geometry.normals import weld
from ...geometry.surface_texels import SurfaceTexels
from ...geometry.typing import BoolArray, Float32Array, IntArray
from .filling_growth_kernels import laid_out
from .filling_kernels import around, assembled, fill_margin
from .filling_patch_kernels import KNOWN
from .filling_patches import ROBUST, synthesised
from .filling_solver import Links, components_without_contact, hierarchy, solve

TOLERANCE = 1e-3
"""A quarter of a step of an 8-bit colour."""
SAMPLE = 20_000
NEAREST = 8
ANCHORS = 4_000
"""A part of the surface that touches nothing known takes the mean of the nearest 8 of so many known texels, at so many
of its own."""
GRIP = 0.1
"""How firmly a membrane holds to the differences at its border: about ten texels share one, so that texture does not
count as a difference of exposure."""
SCREEN = 0.003
"""How firmly filled texels hold to their own colour where they are made to meet: within about twenty texels."""
LEAST_AROUND = 96
"""Texels around what is missing in a tile, at least, in which sources are looked for; else as many as it spans."""
GREY = 0.5


@dataclass(frozen=True)
class TexelGraph:
    """Texels inside charts as nodes, linked to their four neighbours in the chart and across seams.

    Links within charts are made where something is filled. seam: (l, 2) texels on two sides of a seam, both ways,
    rising; weight: (l,) of these links; those within a chart weigh 1 where it is not stretched.
    """

    texels: SurfaceTexels
    seam: IntArray
    weight: Float32Array
    pieces: IntArray | None = None
    """(F,) the connected piece of the mesh that each face is of; None: to be found out from charts and seams."""


def texel_graph(
    texels: SurfaceTexels, seams: IntArray | None = None, pieces: IntArray | None = None
) -> TexelGraph:
    """The graph of an atlas. seams: (p, 2) texels that are neighbours across a seam, from ``seam_pairs``. pieces: (F,)
    from ``pieces_of``, which saves time.
    """
    pairs = np.zeros((0, 2), dtype=np.int32) if seams is None else np.asarray(seams, dtype=np.int32)
    pairs = pairs[texels.inside[pairs].all(axis=1)]
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    pairs = np.ascontiguousarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])
    nodes, place, count = np.unique(pairs[:, 0], return_inverse=True, return_counts=True)
    links, stretch = around(nodes.astype(np.int32), *_places(texels))
    missing = links < 0
    # What a texel lacks in links within its chart, its links across the seam make up for together; but at the corner
    # of a seam and an open border none makes up for two.
    lack = missing[:, (0, 2)].sum(axis=1) * stretch + missing[:, (1, 3)].sum(axis=1) / stretch
    sides = missing.sum(axis=1)
    share = np.where(sides > 0, lack / np.maximum(np.maximum(count, sides), 1), 1.0 / count).astype(np.float32)
    weight = 0.5 * (share[place] + share[np.searchsorted(nodes, pairs[:, 1])])
    return TexelGraph(texels, pairs, weight.astype(np.float32), pieces)


def pieces_of(mesh: UVMesh) -> IntArray:
    """(F,) the number of the connected piece of a mesh that each face is of; vertices at one place are one."""
    corners = weld(mesh.vertices)[mesh.faces]
    ends = np.concatenate([corners[:, :2], corners[:, 1:]])
    count = len(mesh.vertices)
    links = coo_matrix((np.ones(len(ends), dtype=bool), (ends[:, 0], ends[:, 1])), shape=(count, count))
    found = connected_components(links, directed=False)[1][corners[:, 0]]
    return np.unique(found, return_inverse=True)[1].astype(np.int32)


def harmonic_fill(
    graph: TexelGraph, values: Float32Array, known: BoolArray, tolerance: float = TOLERANCE
) -> Float32Array:
    """The smoothest continuation of known colours over the surface: each texel is the mean of its neighbours.

    values: (k, c) float32. known: (k,) bool; other values are not looked at. Returns (k, c) float32, within
    ``tolerance``, known texels as they are. Parts that touch nothing known take up the colours that are nearest in
    space. Where nothing is known at all: grey.
    """
    out = np.array(values, dtype=np.float32)
    texels = graph.texels
    held = known & texels.inside
    if not held.any():
        held = known
    if not held.any():
        out[:] = GREY
        return out
    nodes = np.flatnonzero(texels.inside & ~known).astype(np.int32)
    if len(nodes):
        for first in range(0, out.shape[1], 3):
            part = slice(first, min(first + 3, out.shape[1]))
            out[nodes, part] = _continued(graph, nodes, out[:, part], held, tolerance)
    _carry_outwards(texels, out, known | texels.inside, ~known & ~texels.inside)
    return out


def fill_surface(graph: TexelGraph, colours: Float32Array, known: BoolArray, seed: int = 0) -> Float32Array:
    """Fill what is not known with structure and detail of what is; (k, 3) float32 colours, within 0..1 if these are.

    colours: (k, 3) float32. known: (k,) which of them hold; these stay as they are.
    """
    texels = graph.texels
    out = harmonic_fill(graph, colours, known)
    hole = ~known
    if not hole.any() or not (known & texels.inside).any():
        return out
    right, contact = np.zeros_like(out), np.zeros(len(out), dtype=np.float32)
    for mine in _concerned(graph, hole & texels.inside):
        for tile in range(len(texels.tiles)):
            _synthesise(texels, tile, mine, out, known, seed, right, contact)
    nodes = np.flatnonzero(texels.inside & hole).astype(np.int32)
    if not len(nodes):
        return out
    links, _ = _system(graph, nodes, out, np.zeros_like(known), 1.0, 0.0)
    links.contact[:] = contact[nodes] + np.float32(SCREEN)
    change = solve(hierarchy(links), right[nodes] + _steps_across(graph, nodes, out), TOLERANCE)
    return _changed(texels, out, nodes, hole, change)


def _concerned(graph: TexelGraph, hole: BoolArray) -> Iterator[BoolArray | None]:
    """(k,) the texels of each surface that has a hole; None: all."""
    if graph.pieces is not None and not graph.pieces.any():
        yield None
        return
    surface = surfaces(graph) if graph.pieces is None else graph.pieces[graph.texels.face]
    for one in np.unique(surface[hole]):
        mine = surface == one
        yield None if mine.all() else mine


def surfaces(graph: TexelGraph) -> IntArray:
    """(k,) the number of the connected surface that each texel lies on: charts that seams join are of one."""
    texels = graph.texels
    count, chart = 0, np.zeros(len(texels), dtype=np.int32)
    for tile in range(len(texels.tiles)):
        mine = np.flatnonzero((texels.tile == tile) & texels.inside)
        picture = np.zeros((texels.resolution, texels.resolution), dtype=np.uint8)
        picture[texels.row[mine], texels.col[mine]] = 1
        more, labels = cv2.connectedComponents(picture, connectivity=4)
        chart[mine] = labels[texels.row[mine], texels.col[mine]] - 1 + count
        count += more - 1
    links = coo_matrix((np.ones(len(graph.seam)), chart[graph.seam].T), shape=(count, count))
    joined = connected_components(links, directed=False)[1]
    # What lies beside a chart belongs to the chart of its face, if that has any texels within.
    of_face = np.full(int(texels.face.max(initial=0)) + 1, -1, dtype=np.int32)
    of_face[texels.face[texels.inside]] = joined[chart[texels.inside]]
    return np.asarray(of_face[texels.face])


def _synthesise(
    texels: SurfaceTexels,
    tile: int,
    mine: BoolArray | None,
    values: Float32Array,
    known: BoolArray,
    seed: int,
    right: Float32Array,
    contact: Float32Array,
) -> None:
    """Replace the smooth fill of one tile by copies of what is known there.

    mine: (k,) the texels that are concerned; another object is no example. None: all. right: (k, 3), contact: (k,) get
    what is wanting for the copies to agree with each other and with what is known.
    """
    here = texels.tile == tile
    if mine is not None:
        here &= mine
    empty = np.flatnonzero(here & ~known)
    if not len(empty):
        return
    row, col = texels.row[empty], texels.col[empty]
    beyond = max(LEAST_AROUND, int(max(np.ptp(row), np.ptp(col))))
    top, left = max(0, int(row.min()) - beyond), max(0, int(col.min()) - beyond)
    shape = (
        min(texels.resolution, int(row.max()) + beyond) - top,
        min(texels.resolution, int(col.max()) + beyond) - left,
    )
    part: IntArray | slice = slice(None) if mine is None else np.flatnonzero(here)
    image, state = laid_out(
        tile, (top, left), shape, texels.tile[part], texels.row[part], texels.col[part], values[part], known[part]
    )
    if not (state == KNOWN).any():
        return
    grown = synthesised(image, state, seed)
    number = texels.index[tile, grown.rows + top, grown.cols + left]
    values[number] = image[grown.rows, grown.cols]
    right[number], contact[number] = grown.right, grown.contact


def match_surroundings(
    graph: TexelGraph, colours: Float32Array, generated: BoolArray, observed: BoolArray
) -> Float32Array:
    """Colours in which what was generated goes over into what was observed around it; (k, 3) float32, within 0..1.

    The differences at the border are continued over the generated texels as a membrane and taken off (Perez, Gangnet
    and Blake 2003, Poisson image editing). Differences as large as those of painted things count less. Only
    ``generated`` texels change; parts that touch nothing observed do not.
    """
    texels = graph.texels
    out = np.array(colours, dtype=np.float32)
    changing = generated & ~observed
    nodes = np.flatnonzero(texels.inside & changing).astype(np.int32)
    if not len(nodes):
        return out
    links, right = _system(graph, nodes, out, observed & texels.inside, GRIP, ROBUST)
    right -= links.contact[:, None] * out[nodes]
    levels = hierarchy(links)
    apart = components_without_contact(levels) >= 0
    if apart.any():
        levels = hierarchy(replace(links, contact=links.contact + apart.astype(np.float32)))
    return _changed(texels, out, nodes, changing, solve(levels, right, TOLERANCE))


def _changed(
    texels: SurfaceTexels, values: Float32Array, nodes: IntArray, changing: BoolArray, change: Float32Array
) -> Float32Array:
    """``values`` with a (m, 3) change of nodes, which texels of the margin around them share."""
    whole = np.zeros_like(values)
    whole[nodes] = change
    changed = np.zeros(len(values), dtype=bool)
    changed[nodes] = True
    _carry_outwards(texels, whole, changed, changing & ~texels.inside)
    values[changed] = np.clip(values[changed] + whole[changed], 0.0, 1.0)
    return values


def _steps_across(graph: TexelGraph, nodes: IntArray, values: Float32Array) -> Float32Array:
    """(m, 3) the steps from nodes up to nodes across a seam, times the weights of the links."""
    number = np.full(len(graph.texels), -1, dtype=np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    here, there = graph.seam.T
    both = (number[here] >= 0) & (number[there] >= 0)
    step = graph.weight[both, None] * (values[there[both]] - values[here[both]])
    own = number[here[both]]
    return np.stack([np.bincount(own, step[:, c], minlength=len(nodes)) for c in range(3)], axis=1).astype(np.float32)


def _places(texels: SurfaceTexels) -> tuple[Any, ...]:
    """What the kernels want to know about texels."""
    where = (texels.index, texels.tile, texels.row, texels.col)
    return (*where, texels.face, texels.inside, texels.position, texels.density)


def _continued(
    graph: TexelGraph, nodes: IntArray, values: Float32Array, known: BoolArray, tolerance: float
) -> Float32Array:
    """(m, c) the harmonic continuation of up to three columns at the nodes."""
    columns = values.shape[1]
    if columns < 3:
        values = np.concatenate([values, np.zeros((len(values), 3 - columns), dtype=np.float32)], axis=1)
    links, right = _system(graph, nodes, values, known, 1.0, 0.0)
    levels = hierarchy(links)
    apart = components_without_contact(levels)
    if (apart >= 0).any():
        anchors = _anchors(apart)
        links.contact[anchors] += 1.0
        right[anchors] += _nearby(graph.texels, nodes[anchors], values, known)
        levels = hierarchy(links)
    return solve(levels, right, tolerance)[:, :columns]


def _system(
    graph: TexelGraph, nodes: IntArray, values: Float32Array, known: BoolArray, grip: float, robust: float
) -> tuple[Links, Float32Array]:
    """The links among nodes, with their contact to known texels times ``grip``, and (m, 3) what these contribute.
    robust: see ``assembled``.
    """
    places = _places(graph.texels)
    links, stretch = around(nodes, *places)
    number = np.full(len(graph.texels), -1, dtype=np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    chosen = np.flatnonzero(number[graph.seam[:, 0]] >= 0)
    start = np.zeros(len(nodes) + 1, dtype=np.int32)
    np.cumsum(np.bincount(number[graph.seam[chosen, 0]], minlength=len(nodes)), out=start[1:])
    start, other, weight, contact, right = assembled(
        nodes,
        links,
        stretch,
        number,
        start,
        graph.seam[chosen, 1].copy(),
        graph.weight[chosen],
        np.ascontiguousarray(values),
        known,
        grip,
        robust,
    )
    return Links(start, other, weight, contact), right


def _anchors(apart: IntArray) -> IntArray:
    """Nodes, spread over the parts that touch nothing known, that are given a colour: at least one for each part."""
    alone = np.flatnonzero(apart >= 0)
    _, first = np.unique(apart[alone], return_index=True)
    return np.union1d(alone[first], alone[:: max(1, len(alone) // ANCHORS)])


def _nearby(texels: SurfaceTexels, wanted: IntArray, values: Float32Array, known: BoolArray) -> Float32Array:
    """(n, 3) the mean of the known texels that are nearest in space, the nearer the more."""
    source = np.flatnonzero(known)
    source = source[:: max(1, len(source) // SAMPLE)]
    near = np.arange(1, min(NEAREST, len(source)) + 1)
    distance, found = cKDTree(texels.position[source]).query(texels.position[wanted], k=near)
    weight = 1.0 / np.maximum(distance + distance[:, :1], 1e-9)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkc->nc", weight, values[source[found]]).astype(np.float32)


def _carry_outwards(texels: SurfaceTexels, values: Float32Array, filled: BoolArray, empty: BoolArray) -> None:
    """Give ``empty`` texels the mean of the filled ones beside them, ring by ring; both arrays are worked on."""
    places = _places(texels)
    left = np.flatnonzero(empty).astype(np.int32)
    while len(left):
        if not fill_margin(left, *places, values, filled):
            break
        left = left[~filled[left]]
    if len(left):
        some = np.flatnonzero(filled)
        values[left] = values[some[:: max(1, len(some) // SAMPLE)]].mean(axis=0)
        filled[left] = True
