"""Masks of layers at the places of texels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..geometry.typing import Float32Array, IntArray
from .drivers import KINDS, MeasuredValues
from .kernels import threshold
from .material import Layer, Mask
from .noise import Permutation, cells, fractal, permutation
from .ornament import Coverages, evaluate_ornament, ornament_height

RINGS_PER_FEATURE = 6.0
_UNMOVED = np.zeros(3, dtype=np.float32)
_EVERYWHERE = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True)
class Surface:
    """Where the texels of an object lie. position, normal: (n, 3); region: (n,) index into regions; all lengths metres.

    largest: the object's largest side. height: its height. spacing: the typical distance of neighbouring texels.
    round: whether it was made on a wheel or a lathe. grain: (n, 3) where noise is evaluated, if not at the positions.
    drivers: what was measured on the mesh, at the texels, when it was. complete: the whole object, of which this is a
    part: what a mask wants to know of all texels it must ask there, for surfaces are evaluated in parts. chosen: which
    of its texels these are.
    """

    position: Float32Array
    normal: Float32Array
    region: IntArray
    regions: tuple[str, ...]
    largest: float
    height: float
    spacing: float
    round: bool
    grain: Float32Array | None = None
    drivers: MeasuredValues | None = None
    complete: Surface | None = None
    chosen: slice | None = None

    def __len__(self) -> int:
        return len(self.position)

    @property
    def noise_position(self) -> Float32Array:
        """(n, 3) where noise is evaluated."""
        return self.position if self.grain is None else self.grain

    def part(self, chosen: slice) -> Surface:
        """Some of the texels."""
        return replace(
            self,
            position=self.position[chosen],
            normal=self.normal[chosen],
            region=self.region[chosen],
            grain=None if self.grain is None else self.grain[chosen],
            drivers=None if self.drivers is None else self.drivers.part(chosen),
            complete=self.complete or self,
            chosen=chosen,
        )

    @cached_property
    def ornaments(self) -> Coverages:
        """What the drawings cover, as far as it was asked for."""
        return Coverages()

    @cached_property
    def widest(self) -> Float32Array:
        """(96,) the largest distance from the axis in each of as many steps of the height."""
        radius = np.hypot(self.position[:, 0], self.position[:, 1])
        widest = np.zeros(96, dtype=np.float32)
        np.maximum.at(widest, _steps(self), radius)
        return np.maximum(widest, np.float32(1e-6))


def _steps(surface: Surface) -> IntArray:
    return np.clip((surface.position[:, 2] / np.float32(surface.height) * 96.0).astype(np.int32), 0, 95)


def feature_size(mask: Mask, surface: Surface) -> float:
    """The feature size of a mask on this object, metres; never finer than the atlas can show."""
    if mask.ornament is not None:
        return ornament_height(mask.ornament, surface)
    share, least, most = mask.size
    return max(min(max(share * surface.largest, least / 1000.0), most / 1000.0), 2.5 * surface.spacing)


def evaluate_mask(mask: Mask, surface: Surface, rng: np.random.Generator) -> Float32Array:
    """(n,) in 0..1. The factors of a product come first: where they are 0 nothing more is computed."""
    perm = permutation(rng)
    shift = rng.uniform(-20.0, 20.0, 3).astype(np.float32)
    wanted = _EVERYWHERE
    for other in mask.also:
        factor = evaluate_mask(other, surface, rng)
        wanted = factor if wanted is _EVERYWHERE else wanted * factor
    values = _raw(mask, surface, perm, shift, wanted)
    if mask.jitter > 0.0:
        wobble = fractal(
            surface.position, _scale(mask, surface), _UNMOVED, 4, mask.gain, False, 0.0, 0.0, 1.0, wanted, perm
        )
        values = values + np.float32(2.0 * mask.jitter) * (wobble - np.float32(0.5))
    if mask.low is not None:
        values = np.ascontiguousarray(values, dtype=np.float32)
        threshold(values, mask.low, mask.high, mask.invert)
    elif mask.invert:
        values = np.float32(1.0) - values
    if wanted is not _EVERYWHERE:
        values = values * wanted
    return np.ascontiguousarray(values, dtype=np.float32)


def asked_kinds(layers: Iterable[Layer]) -> frozenset[str]:
    """What the masks of layers ask of a mesh: kinds of KINDS, and "hollow"."""
    found: set[str] = set()
    left = [layer.mask for layer in layers]
    while left:
        mask = left.pop()
        left += mask.also
        found.add(mask.kind)
    return frozenset(found) & {*KINDS, "hollow"}


def _scale(mask: Mask, surface: Surface) -> Float32Array:
    size = feature_size(mask, surface)
    return np.array([1.0 / (size * s) for s in mask.stretch], dtype=np.float32)


def _octaves(mask: Mask, surface: Surface) -> int:
    """As many octaves as the atlas can show: finer ones would only alias."""
    visible = 1 + int(math.log2(max(feature_size(mask, surface) / (2.0 * surface.spacing), 1.0)))
    return max(1, min(mask.octaves, visible))


def _raw(mask: Mask, surface: Surface, perm: Permutation, shift: Float32Array, wanted: Float32Array) -> Float32Array:
    kind = mask.kind
    if kind in ("noise", "ridge"):
        scale = _scale(mask, surface)
        floor, ceiling = (0.0, 1.0) if mask.low is None else sorted((mask.low, mask.high))
        octaves = _octaves(mask, surface)
        ridged = kind == "ridge"
        return fractal(
            surface.noise_position, scale, shift, octaves, mask.gain, ridged, mask.warp, floor, ceiling, wanted, perm
        )
    if kind in ("cells", "crackle", "patches"):
        first, gap, label = cells(surface.noise_position, _scale(mask, surface), _is_close(mask), wanted, perm)
        return {"cells": first, "crackle": gap, "patches": label}[kind]
    if kind == "rings":
        return _rings(mask, surface, perm)
    if mask.ornament is not None:
        return evaluate_ornament(mask.ornament, surface)
    return _place(mask, surface)


def _is_close(mask: Mask) -> bool:
    """Whether only short distances to feature points matter."""
    return mask.kind == "cells" and mask.low is not None and max(mask.low, mask.high) <= 0.5


def _place(mask: Mask, surface: Surface) -> Float32Array:
    """Masks that only depend on where a point lies on the object."""
    if mask.kind == "level":
        return surface.position[:, 2] / np.float32(surface.height)
    if mask.kind == "upward":
        return np.float32(0.5) + np.float32(0.5) * surface.normal[:, 2]
    if mask.kind == "hollow":
        return _hollow(surface)
    if mask.kind in KINDS:
        return _measured(mask.kind, surface)
    if mask.kind == "regions":
        wanted = np.array([name in mask.regions for name in surface.regions], dtype=np.float32)
        return wanted[surface.region]
    return np.ones(len(surface), dtype=np.float32)


def _hollow(surface: Surface) -> Float32Array:
    """How far inside the silhouette a point lies: 1 - distance from the axis / the largest one at its height. Where it
    was measured, how closed in the point is: a bust has no axis.
    """
    if surface.drivers is not None and surface.drivers.knows("occlusion"):
        return surface.drivers.value("occlusion")
    radius = np.hypot(surface.position[:, 0], surface.position[:, 1])
    facing_in = (surface.position[:, 0] * surface.normal[:, 0] + surface.position[:, 1] * surface.normal[:, 1]) < 0.0
    depth = np.float32(1.0) - radius / (surface.complete or surface).widest[_steps(surface)]
    return np.where(facing_in, np.float32(0.5) + np.float32(0.5) * depth, depth).astype(np.float32)


def _measured(kind: str, surface: Surface) -> Float32Array:
    """A driver; without measurements what comes nearest to it."""
    if surface.drivers is not None and surface.drivers.knows(kind):
        return surface.drivers.value(kind)
    if kind == "occlusion":
        return _hollow(surface)
    if kind == "settle":
        return np.square(np.clip(surface.normal[:, 2], 0.0, 1.0))
    return np.zeros(len(surface), dtype=np.float32)


def _rings(mask: Mask, surface: Surface, perm: Permutation) -> Float32Array:
    """Growth rings: distance from a heart that lies beside the object, bent by noise; saw-shaped, dark at the end of a
    year.
    """
    size = feature_size(mask, surface)
    bend = fractal(
        surface.noise_position,
        np.array([0.8, 0.8, 0.12], dtype=np.float32) / np.float32(size * RINGS_PER_FEATURE),
        _UNMOVED,
        3,
        0.5,
        False,
        0.0,
        0.0,
        1.0,
        _EVERYWHERE,
        perm,
    )
    x = (
        surface.noise_position[:, 0]
        + np.float32(0.35 * surface.largest)
        + surface.noise_position[:, 2] * np.float32(0.04)
    )
    y = surface.noise_position[:, 1] + np.float32(0.22 * surface.largest)
    year = np.hypot(x, y) / np.float32(size) + bend * np.float32(RINGS_PER_FEATURE * max(mask.warp, 0.05))
    return (year - np.floor(year)).astype(np.float32)
