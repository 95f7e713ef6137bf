"""A guess at what is missing where plain colours meet: their contours go on over the surface, seams included.

Each colour around a hole is a field, 1 where that colour is and 0 elsewhere, continued over the hole as a thin plate
with a little tension (Bredies and Holler 2020, Higher-order total variation approaches and generalisations, on why
second differences continue edges). What leads of them is the colour; how far it leads, measured in texels, makes the
edge. An edge is as sharp as those around near the rim and gets softer inside, where its place is less sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from ...geometry.typing import BoolArray, Float32Array, FloatArray, IntArray
from .filling import TexelGraph, harmonic_fill
from .filling_kernels import around

BAND = 6
"""Texels around a hole that its continuation is fitted to."""
TENSION, FIT, ANCHOR = 0.003, 0.3, 1e-7
MAX_PLATE, MAX_MEMBRANE, MOST_HOLES = 15_000, 100_000, 2_000
"""Texels of a hole and around it up to which its plate is solved, and the membrane that does for larger ones; and how
many holes are, the largest first. Time allows no more."""
EVEN_STEP, EVEN, ROUGH = 0.04, 0.5, 0.0008
"""Colours are plain where more than the second of the texels around a hole differ from those beside them by less than
the first in each channel, and these by less than the third from the mean of those beside them, on average."""
CELLS = 32
"""Along each axis of the cube of colours: what touches in it is one colour and its shades."""
LEAST = 0.004
"""Share of the texels around a hole that a colour must have."""
MAX_COLOURS = 8
MOST_CROSSINGS, EDGE, DENSE = 6, 3, 0.15
"""More contours than the first that run into a hole, and so densely that they cover the third of its surroundings, are
a pattern, which patches continue; texels across an edge."""
SHARPEST, SOFTEST, SOFTER = 1.0, 8.0, 0.4
"""Half the width of an edge in texels: at the rim, at most, and how it grows with each texel from the rim."""
LEAST_SLOPE = 0.01


@dataclass(frozen=True)
class Continuation:
    """colour: (k, 3) float32, given ones and those continued. plain: (k,) bool where they were continued."""

    colour: Float32Array
    plain: BoolArray


def contours_continued(graph: TexelGraph, colours: Float32Array, known: BoolArray) -> Continuation:
    """Continue plain colours into those holes that they surround; other holes stay as they are.

    colours: (k, 3) float32 in 0..1. known: (k,) bool.
    """
    out, plain = np.array(colours, dtype=np.float32), np.zeros(len(known), dtype=bool)
    nodes, links = _linked(graph, known)
    if not len(nodes):
        return Continuation(out, plain)
    held = known[nodes]
    values = out[nodes].astype(np.float64)
    even, rough = _evenness(links, values, held)
    unknown = np.flatnonzero(~held)
    count, part = connected_components(links[unknown][:, unknown], directed=False)
    size = np.bincount(part, minlength=count)
    holes = np.split(unknown[np.argsort(part, kind="stable")], np.cumsum(size)[:-1])
    chosen = np.argsort(-size, kind="stable")
    for members in (holes[i] for i in chosen[size[chosen] <= MAX_MEMBRANE][:MOST_HOLES]):
        area, depth = _area(links, members, held)
        rim = area[held[area]]
        flat = rim[even[rim]]
        uneven = len(rim) - len(flat)
        pattern = uneven > max(MOST_CROSSINGS * BAND * EDGE, DENSE * len(rim))
        if len(flat) <= EVEN * len(rim) or pattern or rough[flat].mean() > ROUGH:
            continue
        centres = _colours(values[flat])
        found = _filled(links[area][:, area], values[area], held[area], depth, centres)
        inner = nodes[area[~held[area]]]
        out[inner] = found
        plain[inner] = True
    return _with_margin(graph, out, known, plain)


def _linked(graph: TexelGraph, known: BoolArray) -> tuple[IntArray, sparse.csr_matrix]:
    """The missing texels in charts and those near them, and (m, m) their links."""
    texels = graph.texels
    places = (
        texels.index, texels.tile, texels.row, texels.col, texels.face, texels.inside, texels.position, texels.density
    )  # fmt: skip
    marked = texels.inside & ~known
    front = np.flatnonzero(marked).astype(np.int32)
    for _ in range(BAND + 1):
        across = np.zeros(len(marked), dtype=bool)
        across[front] = True
        beside = around(front, *places)[0]
        found = np.concatenate([beside[beside >= 0], graph.seam[across[graph.seam[:, 0]], 1]])
        front = np.unique(found[~marked[found]]).astype(np.int32)
        marked[front] = True
    nodes = np.flatnonzero(marked).astype(np.int32)
    number = np.full(len(marked), -1, dtype=np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    beside = around(nodes, *places)[0]
    first, second = np.repeat(np.arange(len(nodes)), 4), np.where(beside >= 0, number[beside], -1).ravel()
    one, other = number[graph.seam[:, 0]], number[graph.seam[:, 1]]
    first, second = np.concatenate([first, one]), np.concatenate([second, other])
    weight = np.concatenate([np.ones(4 * len(nodes)), graph.weight])
    both = (first >= 0) & (second >= 0)
    matrix = sparse.coo_matrix((weight[both], (first[both], second[both])), shape=(len(nodes), len(nodes))).tocsr()
    return nodes, (0.5 * (matrix + matrix.T)).tocsr()


def _evenness(links: sparse.csr_matrix, values: FloatArray, held: BoolArray) -> tuple[BoolArray, FloatArray]:
    """(m,) whether a known texel is much like those beside it, (m,) how far it is from their mean."""
    known = links.tocoo()
    both = held[known.row] & held[known.col]
    row, col, weight = known.row[both], known.col[both], known.data[both]
    step = np.abs(values[row] - values[col]).max(axis=1)
    most = np.zeros(len(values))
    np.maximum.at(most, row, step)
    total = np.maximum(np.bincount(row, weight, len(values)), 1e-9)
    mean = np.stack([np.bincount(row, weight * values[col, c], len(values)) for c in range(3)], axis=1)
    return held & (most < EVEN_STEP), np.abs(mean / total[:, None] - values).max(axis=1)


def _area(links: sparse.csr_matrix, members: IntArray, held: BoolArray) -> tuple[IntArray, IntArray]:
    """The texels of a hole and the known ones around it, and how many steps each is from the rim."""
    parts, front, seen = [members], members, members
    for _ in range(BAND):
        beside = links[front].indices
        front = np.setdiff1d(beside[held[beside]], seen)
        seen = np.union1d(seen, front)
        parts.append(front)
    area = np.concatenate(parts)
    inner = links[members][:, members]
    depth, reached = np.zeros(len(area), dtype=np.int32), np.zeros(len(members), dtype=bool)
    outside = np.asarray(links[members] @ held.astype(np.float64)).ravel() > 0.0
    step = 1
    while outside.any():
        depth[: len(members)][outside] = step
        reached |= outside
        outside = (np.asarray(inner @ outside.astype(np.float64)).ravel() > 0.0) & ~reached
        step += 1
    return area, depth


def _colours(values: FloatArray) -> FloatArray:
    """(n, 3) the colours that (m, 3) values are shades of."""
    cell = np.minimum((values * CELLS).astype(np.int64), CELLS - 1)
    flat = (cell[:, 0] * CELLS + cell[:, 1]) * CELLS + cell[:, 2]
    grid = np.bincount(flat, minlength=CELLS**3).reshape(CELLS, CELLS, CELLS) > 0
    label = ndimage.label(grid, np.ones((3, 3, 3), bool))[0].ravel()[flat] - 1
    count = np.bincount(label)
    kept = np.argsort(-count, kind="stable")[:MAX_COLOURS]
    kept = kept[count[kept] >= max(LEAST * len(values), 3)] if count.max() >= 3 else kept[:1]
    return np.stack([values[label == k].mean(axis=0) for k in kept])


def _filled(
    links: sparse.csr_matrix, values: FloatArray, held: BoolArray, depth: IntArray, centres: FloatArray
) -> Float32Array:
    """(n, 3) colours of those texels that are not held."""
    nearest = ((values[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    share = np.eye(len(centres))[nearest]
    rest = values - centres[nearest]
    if len(centres) > 1:
        rest *= (np.abs(rest) < 0.06).all(axis=1, keepdims=True)
    fields = np.concatenate([share, rest], axis=1) * held[:, None]
    degree = np.asarray(links.sum(axis=1)).ravel()
    plate = sparse.diags(degree) - links
    weight = np.where(held, FIT, ANCHOR)
    energy = (plate @ plate if len(values) <= MAX_PLATE else plate) + TENSION * plate + sparse.diags(weight)
    found = splu(energy.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(
        weight[:, None] * fields
    )
    share, rest = found[:, : len(centres)], found[:, len(centres) :]
    sure = _edges(links, degree, share, depth)
    low, high = values[held].min(axis=0), values[held].max(axis=0)
    return np.clip(sure @ centres + rest, low, high)[~held].astype(np.float32)


def _edges(links: sparse.csr_matrix, degree: FloatArray, share: FloatArray, depth: IntArray) -> FloatArray:
    """(m, n) shares of the colours in which one goes over into the other within the width of an edge."""
    if share.shape[1] == 1:
        return np.ones_like(share)
    half = np.clip(SHARPEST + SOFTER * depth, SHARPEST, SOFTEST)
    out = np.empty_like(share)
    for k in range(share.shape[1]):
        lead = share[:, k] - np.delete(share, k, axis=1).max(axis=1)
        slope = np.sqrt(np.maximum(links @ lead**2 - 2.0 * lead * (links @ lead) + degree * lead**2, 0.0) / 2.0)
        out[:, k] = np.clip(0.5 + lead / np.maximum(slope, LEAST_SLOPE) / (2.0 * half), 0.0, 1.0)
    return out / np.maximum(out.sum(axis=1, keepdims=True), 1e-9)


def _with_margin(graph: TexelGraph, colours: Float32Array, known: BoolArray, plain: BoolArray) -> Continuation:
    """Texels beside charts become what those beside them in the chart are."""
    inside = graph.texels.inside
    if not (plain.any() and (~inside & ~known).any()):
        return Continuation(colours, plain)
    both = np.concatenate([colours, (plain | known)[:, None].astype(np.float32)], axis=1)
    both = harmonic_fill(graph, both, known | inside)
    return Continuation(both[:, :3], ~known & (both[:, 3] > 0.5))
