"""Neutral volume: what stands for an object of which only the size is known. Plainly abstract."""

from __future__ import annotations

import numpy as np

from ....geometry.mesh import UVMesh
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.solid import assemble
from ._forms import about
from .base import ArtifactType

SIZE = (0.24, 0.24, 0.36)


def build(rng: np.random.Generator) -> UVMesh:
    """A softly rounded block on a shallow base."""
    bevel = about(rng, 1.6, 0.1)
    base = slab(rectangle(24.0, 24.0, 0.8), rounded_edge(1.5, 0.25), regions=("base", "foot", "foot"))
    block = slab(rectangle(22.0, 22.0, 2.2), rounded_edge(35.5, bevel, start=0.5), regions=("base", "body", "top"))
    return assemble([base, block], size_m=SIZE)


TYPE = ArtifactType(
    "volume", "Neutral volume", SIZE, "Arbitrary; it takes the object's size", "limestone", build, round=False
)
