"""What a type of artifact is: one small module with a ``TYPE`` of this class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ....geometry.mesh import UVMesh


@dataclass(frozen=True)
class ArtifactType:
    """A type that the parametric engine can make.

    name: identifier, e.g. "kylix". title: for people. size_m: typical (width, depth, height) including handles, of the
    mesh that build() makes. material: the usual one. size_source: where the typical size comes from. build(rng): the
    mesh at typical size; rng varies proportions slightly, the same state gives the same mesh. round: made on a wheel or
    lathe, so that width and depth go together. flat: flat work, whose front is the picture.
    """

    name: str
    title: str
    size_m: tuple[float, float, float]
    size_source: str
    material: str
    build: Callable[[np.random.Generator], UVMesh]
    culture: str = ""
    round: bool = True
    flat: bool = False
