"""The texture as it grows: what views painted, view by view, and all of it blended in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...geometry.surface_texels import SurfaceTexels
from ...geometry.texels import in_chunks
from ...geometry.typing import BoolArray, Float32Array
from . import blending
from .backprojection import ViewSamples, retaken
from .exposure import NODES, Comparison, fields, gains
from .registration import flows

KEPT = 400_000_000
"""Bytes of pictures that are kept for a second look: 30 views of 768 pixels. With more they are not moved."""
DIMMED = 0.99
"""Factor below which a view is made darker: what is cut off in it then counts less."""


@dataclass(frozen=True)
class Blend:
    """(k, ...) of the texels. colour: (k, 3) float32 in 0..1. view: (k,) int16, which view painted it most, -1 none.
    confidence: (k,) its quality there, 0..1. painted: (k,) by any view. gains: (V, 3) by which the views' colours were
    multiplied.
    """

    colour: Float32Array
    view: NDArray[np.int16]
    confidence: Float32Array
    painted: BoolArray
    gains: Float32Array


class Canvas:
    """What views painted on the texels.

    given: (k, 3) float32 what texels show from the start, None for nothing. locked: (k,) those that stay so.
    """

    def __init__(
        self,
        texels: SurfaceTexels,
        given: Float32Array | None = None,
        locked: BoolArray | None = None,
        match_exposure: bool = True,
        match_places: bool = True,
    ) -> None:
        count = len(texels.row)
        self.texels, self.given, self.match_exposure, self.match_places = texels, given, match_exposure, match_places
        self.locked = locked if given is not None and locked is not None and locked.any() else None
        self.views: list[ViewSamples] = []
        self._comparison = Comparison(count, given, self.locked)
        self._colour = np.zeros((count, 3), dtype=np.float32)
        self._weight, self._best = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
        self._view = np.full(count, -1, dtype=np.int16)

    def add(self, number: int, samples: ViewSamples) -> None:
        """Take in what view ``number`` shows: views come in the order of their numbers, from 0."""
        if number != len(self.views):
            raise ValueError(f"View {number} came when {len(self.views)} was due.")
        gain, _ = self._comparison.add(samples)
        used = samples.only(samples.accepted > 0)
        self.views.append(used)
        if sum(view.source.size for view in self.views if view.source is not None) > KEPT:
            self.match_places = False
        if not self.match_places:
            self.views = [replace(view, source=None) for view in self.views]
        factor = (gain if self.match_exposure else np.ones(3)).astype(np.float32)
        _each(used, lambda p: blending.add_running(
            used.texel[p], used.colour[p], used.quality[p], used.accepted[p], factor, number,
            self._colour, self._weight, self._best, self._view,
        ))  # fmt: skip

    def appearance(self) -> tuple[Float32Array, Float32Array]:
        """(k, 3) colours so far, and (k,) the quality at which each texel was painted; 0 where it was not, 1 where it
        is locked.
        """
        if self.given is None or self.locked is None:
            return self._colour, self._best
        lock = self.locked
        return np.where(lock[:, None], self.given, self._colour), np.where(lock, np.float32(1.0), self._best)

    def blended(self) -> Blend:
        """All views together: each texel from the view that sees it best, with a narrow transition to the next."""
        count, views = len(self._weight), self.views
        factors, over = self._exposures()
        if self.match_places:
            sources = [view.source for view in views if view.source is not None]
            lies = flows(self._comparison, sources, over, self.given)
            if lies is not None:
                views = [retaken(self.texels, view, flow) for view, flow in zip(views, lies, strict=True)]
        dimmed = (factors.min(axis=1) < DIMMED) if len(factors) else np.zeros(0, dtype=bool)
        best, view = self._best.copy(), self._view.copy()
        if dimmed.any():
            best[:], view[:] = 0.0, -1
            for number, one in enumerate(views):
                _best_of(one, bool(dimmed[number]), number, best, view)
        total, weight = np.zeros((count, 3), dtype=np.float32), np.zeros(count, dtype=np.float32)
        for number, one in enumerate(views):
            _add_narrow(one, bool(dimmed[number]), over[number], best, total, weight)
        painted = weight > 0.0
        total /= np.maximum(weight, np.float32(1e-12))[:, None]
        np.clip(total, 0.0, 1.0, out=total)
        if self.locked is not None and self.given is not None:
            total[self.locked] = self.given[self.locked]
            painted &= ~self.locked
            view[self.locked] = -1
        return Blend(total, view, best, painted, factors)

    def _exposures(self) -> tuple[Float32Array, Float32Array]:
        """(V, 3) gains and (V, NODES, NODES, 3) factors over the pictures."""
        if not self.match_exposure:
            plain = np.ones((len(self.views), 3), dtype=np.float32)
            return plain, np.ones((len(self.views), NODES, NODES, 3), dtype=np.float32)
        factors = gains(self._comparison)
        return factors.astype(np.float32), fields(self._comparison, factors)


def _best_of(one: ViewSamples, dimmed: bool, number: int, best: Float32Array, view: NDArray[np.int16]) -> None:
    _each(one, lambda p: blending.best_of(
        one.texel[p], one.colour[p], one.quality[p], one.accepted[p], dimmed, number, best, view
    ))  # fmt: skip


def _add_narrow(
    one: ViewSamples, dimmed: bool, field: Float32Array, best: Float32Array, total: Float32Array, weight: Float32Array
) -> None:
    _each(one, lambda p: blending.add_narrow(
        one.texel[p], one.colour[p], one.quality[p], one.accepted[p], dimmed, one.place[p], field, best, total, weight
    ))  # fmt: skip


def _each(view: ViewSamples, work: Callable[[slice], None]) -> None:
    in_chunks(len(view), lambda start, stop: work(slice(start, stop)))
