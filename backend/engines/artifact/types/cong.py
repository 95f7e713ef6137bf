"""Cong: a jade tube, square outside and round inside, its corners carved in registers."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, Profile, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.shell import rectangle_ring, rings, skin
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.075, 0.075, 0.20)
HEIGHT, COLLAR, TIERS = 20.0, 1.5, 5
TIER = (HEIGHT - 2.0 * COLLAR) / TIERS
GROOVE = 0.14
CHANNEL = (1.5, 0.16)
NARROWER = 0.97


def _half(height: float) -> float:
    """Half the width at a height: it narrows slightly downwards."""
    return 3.75 * (NARROWER + (1.0 - NARROWER) * height / HEIGHT)


def _block() -> Part:
    """The square tube's outside between the collars, with a groove around between tiers and two bars on each tier."""
    inset, heights = [], []
    for tier in range(TIERS):
        low = COLLAR + tier * TIER
        face, bars = low + 0.62 * TIER, low + TIER
        steps = [(0.1, low), (0.1, face), (0.02, face + 0.06)]
        bar = (bars - face - 0.3) / 2.0
        steps += [(0.02, face + bar - 0.08), (0.09, face + bar), (0.09, face + bar + 0.1), (0.0, face + bar + 0.18)]
        steps += [(0.0, bars - 0.2), (GROOVE, bars - 0.12)]
        if tier < TIERS - 1:
            steps.append((GROOVE, bars - 0.02))
        inset += [s for s, _ in steps]
        heights += [z for _, z in steps]
    loops = [
        rectangle_ring(2.0 * (_half(z) - s), 2.0 * (_half(z) - s), 0.12, side=3, corner=2)
        for s, z in zip(inset, heights, strict=True)
    ]
    return skin(
        rings(loops, heights), ["body"] * (len(heights) - 1), caps=("body", "body"), borders=(1, 6, 11, 16)
    )


def _collars(radius: float) -> Part:
    """The round collars at both ends, as one cylinder through the block."""
    narrow = radius * NARROWER
    tube = profile(
        "base", (0, 0), (narrow - 0.06, 0, CORNER),
        "foot", (narrow, 0.06, CORNER), (narrow, COLLAR + 0.3, CORNER), (radius, HEIGHT - COLLAR - 0.3, CORNER),
        "rim", (radius, HEIGHT - 0.06, CORNER), (radius - 0.06, HEIGHT, CORNER),
        "top", (0, HEIGHT),
        max_step=2.0 * CM,
    )  # fmt: skip
    return lathe(tube)


def _nose(tier: int, x: float, y: float) -> Part:
    """The short bar across a corner: the nose of the mask."""
    low = COLLAR + tier * TIER + 0.14 * TIER
    half = _half(low) - 0.04
    bar = slab(rectangle(1.0, 1.0), [(0.0, low), (0.0, low + 0.12 * TIER)], regions=("body",) * 3, max_step=2.0)
    return bar.moved((x * (half - 0.5) * CM, y * (half - 0.5) * CM, 0.0))


def _channels() -> list[Part]:
    """Cutters for the flat vertical band down the middle of each side."""
    width, depth = CHANNEL
    made = []
    for turn in (0.0, 90.0, 180.0, 270.0):
        deep = [(_half(COLLAR) - depth, COLLAR - 0.5), (3.95, COLLAR - 0.5), (3.95, 19.0), (_half(18.5) - depth, 19.0)]
        band = [(0.0, -0.5 * width), (0.0, 0.5 * width)]
        bar = slab(np.array(deep), band, regions=("body",) * 3, max_step=20.0)
        made.append(bar.turned("x", 90.0).turned("z", turn).as_cutter())
    return made


def _bore(radius: float) -> Part:
    """The hole, drilled from both ends: a slight ridge remains in the middle."""
    low, high = -0.2, HEIGHT + 0.2
    points = [(0.0, low), (radius, low), (0.94 * radius, 0.5 * HEIGHT), (radius, high), (0.0, high)]
    return lathe(Profile(np.array(points) * CM, np.zeros(4, dtype=np.int32), ("hole",)), segments=72).as_cutter()


def build(rng: np.random.Generator) -> UVMesh:
    """Five tiers of corner registers, each with two bars and a nose, between round collars."""
    hole, collar = about(rng, 2.35, 0.03), about(rng, 3.45, 0.01)
    noses = [_nose(tier, x, y) for tier in range(TIERS) for x in (-1.0, 1.0) for y in (-1.0, 1.0)]
    cuts = [*_channels(), _bore(hole)]
    return assemble([_block(), _collars(collar)], attached=noses, cuts=cuts, size_m=SIZE)


TYPE = ArtifactType(
    "cong",
    "Cong (ritual tube)",
    SIZE,
    "Typical of museum examples, estimate",
    "jade",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("field", "field", (0.06, 0.08, 0.94, 0.92), "front", ("body",)),
        Zone("field", "field", (0.06, 0.08, 0.94, 0.92), "back", ("body",)),
        Zone("field", "field", (0.06, 0.08, 0.94, 0.92), "left", ("body",)),
        Zone("field", "field", (0.06, 0.08, 0.94, 0.92), "right", ("body",)),
    ),
)
