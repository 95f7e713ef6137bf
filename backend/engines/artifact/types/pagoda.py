"""Pagoda: a model of an octagonal Chinese pagoda of seven storeys with curved eaves and a finial."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.loft import faint, loft
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.slab import slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import about
from ._stone import upright
from .base import ArtifactType, Zone

SIZE = (0.24, 0.24, 0.66)
SIDES = 8
STOREYS = 7
POINTS_PER_SIDE = 12
BASE = 4.0


def _octagon(apothem: float, pilaster: float = 0.0) -> FloatArray:
    """(k, 2) plan, a side to the front; pilaster: how far strips beside the corners stand out."""
    half = apothem * np.tan(np.pi / SIDES)
    points = []
    for k in range(SIDES):
        angle = -0.5 * np.pi + 2.0 * np.pi * k / SIDES
        out = np.array([np.cos(angle), np.sin(angle)])
        along = np.array([-out[1], out[0]])
        if pilaster > 0.0:
            wide, edge = half * 0.74, half * (1.0 + pilaster / apothem)
            corners = [(-edge, pilaster), (-wide, pilaster), (-wide, 0.0), (wide, 0.0), (wide, pilaster)]
        else:
            corners = [(-half, 0.0)]
        points += [out * (apothem + rise) + along * s for s, rise in corners]
    return np.array(points)


def _ring(apothem: float, height: float, lift: float, rib: float) -> FloatArray:
    """(n, 3) a ring whose corners rise by ``lift`` and reach out, with ribs of tiles on it."""
    count = SIDES * POINTS_PER_SIDE
    index = np.arange(count)
    side, share = index // POINTS_PER_SIDE, (index % POINTS_PER_SIDE) / POINTS_PER_SIDE * 2.0 - 1.0
    middle = -0.5 * np.pi + 2.0 * np.pi * side / SIDES
    reach = apothem * (1.0 + 0.06 * lift * np.abs(share) ** 6)
    out, along = reach, reach * np.tan(np.pi / SIDES) * share
    x = out * np.cos(middle) - along * np.sin(middle)
    y = out * np.sin(middle) + along * np.cos(middle)
    ridge = np.where(index % POINTS_PER_SIDE == 0, 2.4, np.where(index % 2 == 0, 1.0, 0.0))
    return np.stack([x, y, height + lift * np.abs(share) ** 4 + rib * ridge], axis=1)


def _eaves(body: float, reach: float, low: float, high: float, after: float) -> Part:
    """Brackets stepping out, a curved roof whose corners turn up, and its upper end at the next storey."""
    edge = low + 0.42 * (high - low)
    rows = [(body - 0.4, low, 0.0, 0.0), (body + 0.25, low, 0.0, 0.0), (body + 0.25, low + 0.3, 0.0, 0.0)]
    rows += [(body + 0.7, low + 0.32, 0.05, 0.0), (body + 0.7, low + 0.6, 0.05, 0.0), (reach - 0.1, edge, 0.75, 0.0)]
    slope = [(reach, edge + 0.22, 0.8, 0.03)]
    for share in (0.3, 0.62, 1.0):
        drop = (1.0 - share) ** 1.7
        radius = after + (reach - after) * (1.0 - share)
        slope.append((radius, high - (high - edge - 0.22) * drop, 0.8 * (1.0 - share) ** 2, 0.1))
    rings = np.array([_ring(*row) for row in [*rows, *slope]])
    corners = [k * POINTS_PER_SIDE for k in range(SIDES)]
    names = ["brackets"] * 5 + ["eaves"] + ["roof"] * 3
    return loft(
        rings * 0.01, names, sectors=corners, breaks=(5,), ends=("joint", "joint"), end_density=0.1, crease_degrees=30.0
    )


def _storey(apothem: float, low: float, high: float) -> tuple[list[Part], list[Part]]:
    """Walls with strips at the corners above a parapet, and niches in four sides."""
    walls = slab(
        _octagon(apothem, 0.14),
        [(0.0, low - 0.3), (0.0, high + 0.3)],
        regions=("joint", "wall", "joint"),
        densities=(0.1, 1.0, 0.1),
        max_step=1e6,
    )
    parapet = slab(
        _octagon(apothem + 0.55),
        [(0.0, low - 0.2), (0.0, low + 0.55), (0.08, low + 0.62)],
        regions=("joint", "parapet", "parapet"),
        densities=(0.1, 1.0, 1.0),
        max_step=1e6,
    )
    tall, half = 0.62 * (high - low), 0.2 * apothem
    turn = np.linspace(0.0, np.pi, 11)
    arch = np.stack([half * np.cos(turn), low + tall + half * np.sin(turn)], axis=1)
    outline = np.vstack([[(-half, low + 0.3), (half, low + 0.3)], arch])
    niche = slab(
        outline, [(0.0, 0.0), (0.0, 2.0)], regions=("niche",) * 3, densities=(1.0, 1.0, 0.1), max_step=1e6
    )
    cut = upright(niche).as_cutter().moved((0.0, -0.01 * (apothem - 0.6), 0.0))
    return [walls, parapet], [cut.turned("z", 90.0 * k) for k in range(4)]


def _finial(low: float) -> Part:
    """Inverted bowl, rings of parasols and a jewel."""
    rings = [
        ((0.45, z, CORNER), (1.25 - 0.15 * (z - low - 2.0), z + 0.1), (0.45, z + 0.35, CORNER))
        for z in low + 2.0 + 0.8 * np.arange(6)
    ]
    outline = profile(
        "joint", (0, low - 0.5), (1.7, low - 0.5, CORNER),
        "finial", (1.8, low + 0.2, CORNER), (1.6, low + 1.0), (0.9, low + 1.6), (0.45, low + 1.8, CORNER),
        *(point for ring in rings for point in ring),
        (0.35, low + 7.0, CORNER), (0.8, low + 7.6), (0.55, low + 8.3), (0.12, low + 9.0), (0, low + 9.2),
        max_step=1.0,
    )  # fmt: skip
    return faint(lathe(outline, segments=28), "joint")


def build(rng: np.random.Generator) -> UVMesh:
    """Storeys that grow narrower and lower, on a moulded platform. The front is -y."""
    wide = about(rng, 8.0, 0.03)
    platform = slab(
        _octagon(10.6),
        [(0, 0), (0, 1.1), (0.5, 1.3), (0.8, 1.5), (0.8, 2.6), (0.5, 2.8), (0.1, 3.0), (0.1, BASE)],
        regions=("base", "platform", "platform"),
        max_step=1e6,
    )
    bodies: list[Part] = [platform]
    cuts: list[Part] = []
    low = BASE
    for k in range(STOREYS):
        body, after = wide * (1.0 - 0.075 * k), wide * (1.0 - 0.075 * (k + 1)) - 0.2
        high = low + 4.4 - 0.28 * k
        roof = high + 2.7 - 0.1 * k
        last = k == STOREYS - 1
        walls, niches = _storey(body, low, high)
        top = (roof + 1.6, 1.0) if last else (roof, after)
        bodies += [*walls, _eaves(body, body + 3.4 - 0.12 * k, high, *top)]
        cuts += niches
        low = roof + (1.4 if last else -0.1)
    return assemble([*bodies, _finial(low)], cuts=cuts, size_m=SIZE)


TYPE = ArtifactType(
    "pagoda",
    "Pagoda (model)",
    SIZE,
    "Typical of models of octagonal pagodas of seven storeys, estimate",
    "wood",
    build,
    culture="Chinese",
    round=False,
    zones=(Zone("foot", "band", (0.022, 0.042), regions=("platform",)),),
)
