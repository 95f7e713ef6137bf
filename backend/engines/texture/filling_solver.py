"""Laplace's equation on a graph: conjugate gradients, preconditioned by multigrid over aggregates of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from ...geometry.typing import Float32Array, IntArray
from .filling_multigrid import (
    aggregates,
    apply,
    backward,
    carry_down,
    coarser_links,
    dots,
    forward,
    gathered,
    interpolated,
    largest,
    relax,
    spread,
    step,
    turned,
)

COARSE = 0.5
"""Galerkin's sum over blocks of 2 x 2 makes the links between them twice as stiff as the grid of blocks is
(Braess 1995, Towards algebraic multigrid for elliptic problems of second order)."""
FIRMEST = 4.0
"""Contact of a block, at most: a link to a known place at its side can be no firmer than the way there from its middle.
Soft contacts (membranes, screens) add up whole. Found by trial: 5 to 9 steps where halves need up to 40."""
FEW = 24
"""So few nodes are solved by relaxing."""
RELAXATIONS = 40
NOTHING = np.zeros((0, 3), dtype=np.float32)


@dataclass(frozen=True)
class Links:
    """A graph of n nodes with weighted links, as compressed rows. start: (n + 1,) int32. other: (l,) int32. weight:
    (l,) float32 > 0, the same both ways. contact: (n,) float32, the sum of a node's links to places of known value.
    """

    start: IntArray
    other: IntArray
    weight: Float32Array
    contact: Float32Array


@dataclass(frozen=True)
class Level:
    """links: of this level. diagonal: (n,) sum of all weights of a node. block: (n,) its node on the next level.
    held: (n,) the share of its contact that counts.
    """

    links: Links
    diagonal: Float32Array
    block: IntArray | None
    held: Float32Array


def hierarchy(links: Links) -> list[Level]:
    """The graph and ever smaller ones of it, down to at most one node for each component or ``FEW`` nodes."""
    levels: list[Level] = []
    held = np.ones(len(links.contact), dtype=np.float32)
    while True:
        diagonal = gathered(links.start, links.weight, links.contact)
        size = len(diagonal)
        if size <= FEW or not len(links.other):
            levels.append(Level(links, diagonal, None, held))
            return levels
        block, count = aggregates(links.start, links.other, links.weight)
        levels.append(Level(links, diagonal, block, held))
        *parts, held = coarser_links(
            block, count, links.start, links.other, links.weight, links.contact, COARSE, FIRMEST
        )
        links = Links(*parts)


def solve(levels: list[Level], right: Float32Array, tolerance: float, most: int = 60) -> Float32Array:
    """Solve (diagonal - links) x = right; (n, 3) float32.

    Ends when the error, as a V-cycle estimates it, is nowhere above ``tolerance``, or after ``most`` steps. A component
    without contact has to be kept out: it has no solution.
    """
    x = _first_guess(levels, right)
    top = levels[0]
    rest = np.empty_like(x)
    apply(*_rows(top), x, right, rest)
    direction = _cycle(levels, 0, rest)
    product = np.empty_like(x)
    energy = dots(rest, direction)
    error = largest(direction)
    for _ in range(most):
        if error <= tolerance:
            break
        apply(*_rows(top), direction, NOTHING, product)
        along = dots(direction, product)
        step(x, rest, direction, product, np.divide(energy, along, out=np.zeros(3), where=along > 0.0))
        better = _cycle(levels, 0, rest)
        error = largest(better)
        fresh = dots(rest, better)
        turned(direction, better, np.divide(fresh, energy, out=np.zeros(3), where=energy > 0.0))
        energy = fresh
    return x


def _rows(level: Level) -> tuple[IntArray, IntArray, Float32Array, Float32Array]:
    return level.links.start, level.links.other, level.links.weight, level.diagonal


def _first_guess(levels: list[Level], right: Float32Array) -> Float32Array:
    """Solved on the coarsest graph and carried up, relaxed a little on each."""
    rights = [right]
    for level, coarser in pairwise(levels):
        rights.append(carry_down(level.block, rights[-1], len(coarser.diagonal)) * coarser.held[:, None])
    x = np.zeros_like(rights[-1])
    relax(*_rows(levels[-1]), rights[-1], x, RELAXATIONS)
    for number in range(len(levels) - 2, -1, -1):
        level = levels[number]
        x = interpolated(*_rows(level), level.block, rights[number], x)
        relax(*_rows(level), rights[number], x, 1)
    return x


def _cycle(levels: list[Level], number: int, right: Float32Array) -> Float32Array:
    """One symmetric V-cycle from zero."""
    level = levels[number]
    x = np.zeros_like(right)
    if level.block is None:
        relax(*_rows(level), right, x, RELAXATIONS)
        return x
    rest = forward(*_rows(level), right, x)
    below = _cycle(levels, number + 1, carry_down(level.block, rest, len(levels[number + 1].diagonal)))
    spread(level.block, below, x)
    backward(*_rows(level), right, x)
    return x


def components_without_contact(levels: list[Level]) -> IntArray:
    """(n,) the number of each node's component where that touches nothing known, -1 elsewhere."""
    last = levels[-1].links
    size = len(last.contact)
    matrix = csr_matrix((np.ones(len(last.other), dtype=np.int8), last.other, last.start), shape=(size, size))
    count, label = connected_components(matrix, directed=False)
    touched = np.zeros(count, dtype=bool)
    touched[label[last.contact > 0.0]] = True
    found = np.where(touched[label], -1, label).astype(np.int32)
    for level in reversed(levels[:-1]):
        found = found[level.block]
    return found
