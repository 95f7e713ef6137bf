"""One value for each point of the surface out of what all views show there, laid back into all views.

The texture that views agree on lives on the surface itself: each sample of a view is a texel of it, and looks up the
same surface point in every other view that shows it. Weights belong to the point (what each view is worth there, to a
power), so that all views come to the same mean; a point that one view alone shows keeps its value to the last bit.
Nothing is laid out in an atlas in between, which at the size of latents would leave holes to be guessed (the Voronoi
fill of SyncMVD, Liu et al. 2024, Text-Guided Texturing by Synchronized Multi-View Diffusion, section 4.2) and would
mix what lies side by side there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....geometry.texels import in_chunks
from ....geometry.typing import Float32Array, IntArray
from .link_kernels import meet
from .surfaces import ViewSurface

REACH_NEAREST, REACH_BETWEEN = 1.1, 1.8
"""Samples between two points of one surface: the half of a diagonal, or a whole one, and some for perspective."""
LEAST_WORTH = 0.005
"""What a view's own sample counts at least, so that one that no other view shows is divided by something."""


@dataclass(frozen=True)
class Link:
    """Samples of one view whose surface point another view shows.

    source: the other view. rows: (n,) int32 samples, each once. first: (n,) int32 the upper left of four samples of the
    other view; the others are one to the right and one below. shares: (n, 4) float32, sum 1; (n, 1) where it is one
    sample alone. worth: (n,) float32, of the other view there.
    """

    source: int
    rows: Any
    first: Any
    shares: Any
    worth: Any


@dataclass(frozen=True)
class Agreement:
    """Which samples of views show the same surface.

    shape: (h, w) of every view, in samples. links: of each view. own: (h * w,) float32 of each view, what it is worth.
    Arrays are numpy's; ``mean`` takes them to where the values are, and keeps them there.
    """

    shape: tuple[int, int]
    links: tuple[tuple[Link, ...], ...]
    own: tuple[Float32Array, ...]
    _placed: dict[Any, tuple[tuple[tuple[Link, ...], ...], tuple[Any, ...]]] = field(default_factory=dict, repr=False)

    @property
    def overlap(self) -> tuple[float, ...]:
        """Of each view the share of its samples that another view shows too."""
        found = []
        for links in self.links:
            shared = np.zeros(self.shape[0] * self.shape[1], dtype=bool)
            for link in links:
                shared[link.rows] = True
            found.append(float(shared.mean()))
        return tuple(found)

    def mean(self, values: Sequence[Any], power: float) -> list[Any]:
        """What the views agree on, as each of them shows it. values: (C, h, w) of each view, numpy or torch, floating.

        power: of the weights; 1 is a plain mean, a high one takes the best view alone. Where no other view shows a
        sample it comes back as it is.
        """
        if not values:
            return []
        channels = values[0].shape[0]
        flat = [value.reshape(channels, -1) for value in values]
        links, own = self._beside(values[0])
        return [
            self._mixed(flat, view, links[view], own[view], power).reshape(values[view].shape)
            for view in range(len(values))
        ]

    def _mixed(self, flat: Sequence[Any], view: int, links: Sequence[Link], own: Any, power: float) -> Any:
        """(C, h * w)"""
        value, width = flat[view], self.shape[1]
        if not links:
            return value
        weight = own**power
        total = weight + 0.0
        mixed = _single(value) * weight
        for link in links:
            taken: Any = 0.0
            for k in range(link.shares.shape[1]):
                at = link.first + ((k & 1) + (k >> 1) * width)
                taken = taken + link.shares[:, k] * _single(flat[link.source][:, at])
            say = link.worth**power
            mixed[:, link.rows] += say * taken
            total[link.rows] += say
        shared = total > weight
        mixed = mixed / total
        return _chosen(shared, mixed, value)

    def _beside(self, like: Any) -> tuple[tuple[tuple[Link, ...], ...], tuple[Any, ...]]:
        """Links and weights where ``like`` is."""
        if isinstance(like, np.ndarray):
            return self.links, self.own
        import torch

        place = str(like.device)
        if place not in self._placed:

            def put(array: Any) -> Any:
                tensor = torch.as_tensor(array, device=like.device)
                return tensor.long() if tensor.dtype == torch.int32 else tensor

            links = tuple(
                tuple(Link(one.source, *map(put, (one.rows, one.first, one.shares, one.worth))) for one in of_view)
                for of_view in self.links
            )
            self._placed[place] = (links, tuple(put(own) for own in self.own))
        return self._placed[place]


def agreement_of(surfaces: Sequence[ViewSurface], nearest: bool) -> Agreement:
    """Find which samples show the same surface.

    nearest: look up the one sample that a point lies in, for latents, whose spread a mean of neighbours would lessen;
    otherwise what lies between the four around it, for colours.
    """
    shape = (surfaces[0].worth.shape[0], surfaces[0].worth.shape[1])
    links = tuple(
        tuple(
            link
            for source in range(len(surfaces))
            if source != view and (link := _link(surfaces[view], surfaces[source], source, nearest)) is not None
        )
        for view in range(len(surfaces))
    )
    own = tuple(np.maximum(one.worth, np.float32(LEAST_WORTH)).ravel() for one in surfaces)
    return Agreement(shape, links, own)


def _link(target: ViewSurface, other: ViewSurface, source: int, nearest: bool) -> Link | None:
    rows = np.flatnonzero(target.shown).astype(np.int32)
    points, normals = (array.reshape(-1, 3)[rows] for array in (target.position, target.normal))
    first, value = np.zeros(len(rows), dtype=np.int32), np.zeros(len(rows), dtype=np.float32)
    shares = np.zeros((len(rows), 4), dtype=np.float32)
    camera = other.camera
    lens = np.array([*camera.focal, *camera.centre], dtype=np.float64)

    def work(start: int, stop: int) -> None:
        meet(
            start, stop, points, normals, camera.to_world, lens, camera.orthographic, other.position, other.normal,
            other.worth, other.spread, nearest, REACH_NEAREST if nearest else REACH_BETWEEN, first, shares, value,
        )  # fmt: skip

    in_chunks(len(rows), work)
    found = value > 0.0
    if not found.any():
        return None
    first, shares = first[found], shares[found]
    if nearest:
        first, shares = _one_sample(first, shares, target.worth.shape[1])
    return Link(source, rows[found], first, shares, value[found])


def _one_sample(first: IntArray, shares: Float32Array, width: int) -> tuple[IntArray, Float32Array]:
    """The sample with the whole share."""
    best = np.argmax(shares, axis=1).astype(np.int32)
    return first + (best & 1) + (best >> 1) * np.int32(width), np.ones((len(first), 1), dtype=np.float32)


def _single(value: Any) -> Any:
    """In single precision."""
    return value.astype(np.float32, copy=False) if isinstance(value, np.ndarray) else value.float()


def _chosen(where: Any, one: Any, other: Any) -> Any:
    """``one`` where it is meant, otherwise ``other``, in the latter's precision."""
    if isinstance(other, np.ndarray):
        return np.where(where, one, other).astype(other.dtype, copy=False)
    import torch

    return torch.where(where, one.to(other.dtype), other)
