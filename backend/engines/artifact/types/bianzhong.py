"""Bianzhong: a bell of a chime (yongzhong), almond-shaped in section, with a shank and 36 bosses. It stands."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.shell import almond_ring, skin
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.219, 0.165, 0.44)
TOP = 29.0
STEPS = 28
WALL = 0.9
ARCH = 4.4
ROWS_OF_BOSSES = (18.0, 21.4, 24.8)
ACROSS = (0.42, 0.62, 0.82)


def _size(height: float) -> tuple[float, float]:
    """Width and depth of the bell at a height: it widens evenly from the top to the mouth."""
    down = 1.0 - height / TOP
    return 18.0 + 4.2 * down, 13.4 + 3.0 * down


def _ring(height: float, wall: float, share: float) -> FloatArray:
    """(2 STEPS, 3) the section at a height, drawn in by ``wall``, lifted between its points by a share of the arch."""
    width, depth = _size(height)
    flat = almond_ring(width - 2.6 * wall, depth - 2.0 * wall, steps=STEPS)
    lift = ARCH * (1.0 - (flat[:, 0] / (0.5 * (width - 2.6 * wall))) ** 2)
    return np.column_stack([flat, height + share * lift])


def _bell() -> Part:
    inside = [(TOP - 1.2, 0.0), (22.0, 0.1), (14.0, 0.4), (6.0, 0.8), (0.15, 1.0)]
    outside = [(0.0, 1.0), (3.0, 0.8), (8.0, 0.55), (14.0, 0.2), (20.0, 0.05), (25.0, 0.0), (TOP - 0.15, 0.0)]
    rows = [_ring(z, WALL, share) for z, share in inside] + [_ring(z, 0.12 if z == 0.0 else 0.0, s) for z, s in outside]
    rows.append(_ring(TOP, 0.15, 0.0))
    names = ["interior"] * 4 + ["rim"] + ["body"] * 6 + ["top"]
    return skin(np.array(rows) * CM, names, caps=("interior", "top"), borders=(0, STEPS))


def _wall(height: float, across: float) -> tuple[float, float, float]:
    """(x, y, degrees): the front's surface at a share of the half width, and where it looks, from -y."""
    width, depth = _size(height)
    half, sagitta = 0.5 * width, 0.5 * depth
    radius = (half**2 + sagitta**2) / (2.0 * sagitta)
    x = across * half
    return x, -(np.sqrt(radius**2 - x**2) - (radius - sagitta)), float(np.degrees(np.arcsin(x / radius)))


def _boss(height: float, across: float, back: bool) -> Part:
    """A stud of two steps with a rounded tip, square on the wall."""
    stud = profile(
        "boss", (0, -0.5), (0.95, -0.5, CORNER), (0.95, 0.35), (0.72, 0.6, CORNER), (0.58, 1.5), (0.3, 1.85), (0, 1.95),
        max_step=1.6 * CM,
    )  # fmt: skip
    x, y, turn = _wall(height, across)
    made = lathe(stud, segments=12).turned("x", 90.0).turned("z", turn).moved((x * CM, y * CM, height * CM))
    return made.turned("z", 180.0) if back else made


def _frame(height: float, low: float, high: float, back: bool) -> Part:
    """A thin raised rib along the wall at one height, between two shares of the half width."""
    share = np.linspace(low, high, 5)
    path = [(*_wall(height, float(s))[:2], height) for s in share]
    rib = sweep(path, [(0.4, 0.5)], up=(0, 0, 1), region="body", sides=6, max_step=0.02)
    return rib.turned("z", 180.0) if back else rib


def _upright(across: float, back: bool) -> Part:
    path = [(*_wall(z, across)[:2], z) for z in (16.2, 21.4, 26.6)]
    rib = sweep(path, [(0.4, 0.5)], up=(1, 0, 0), region="body", sides=6, max_step=0.03)
    return rib.turned("z", 180.0) if back else rib


def _shank(girth: float) -> Part:
    """The yong, a tapering post, with the xuan, its raised ring."""
    post = profile(
        "shank", (0, 28.4), (girth + 0.5, 28.4, CORNER), (girth + 0.3, 32.2, CORNER), (girth + 1.0, 32.5),
        (girth + 1.0, 33.4), (girth + 0.3, 33.8, CORNER), (girth - 0.4, 43.9, CORNER),
        (girth - 0.6, 44.0, CORNER), (0, 44.0),
        max_step=1.6 * CM,
    )  # fmt: skip
    return lathe(post, segments=36)


def _loop() -> Part:
    """The gan, from which the bell hangs, on the shank's front."""
    hook = [(0, -2.6, 31.4), (0, -4.6, 31.2), (0, -5.2, 32.9), (0, -4.6, 34.6), (0, -2.6, 34.6)]
    return sweep(hook, [(1.5, 0.9)], up=(1, 0, 0), region="shank", sides=14, squareness=3.0)


def build(rng: np.random.Generator) -> UVMesh:
    """Two arcs in section, arched mouth between two points, three rows of three bosses on each of four panels."""
    girth = about(rng, 2.9, 0.04)
    parts = [_shank(girth), _loop()]
    for back in (False, True):
        for side in (-1.0, 1.0):
            parts += [_boss(z, side * s, back) for z in ROWS_OF_BOSSES for s in ACROSS]
            low, high = min(side * 0.27, side * 0.97), max(side * 0.27, side * 0.97)
            parts += [_frame(z, low, high, back) for z in (16.2, 19.7, 23.1, 26.6)]
            parts.append(_upright(side * 0.27, back))
    return assemble([_bell()], attached=parts, size_m=SIZE)


SHELL = ("body",)
TYPE = ArtifactType(
    "bianzhong",
    "Bianzhong bell (yongzhong)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("field", "field", (0.2, 0.13, 0.8, 0.345), "front", SHELL),
        Zone("field", "field", (0.2, 0.13, 0.8, 0.345), "back", SHELL),
        Zone("centre", "field", (0.405, 0.37, 0.595, 0.605), "front", SHELL),
        Zone("centre", "field", (0.405, 0.37, 0.595, 0.605), "back", SHELL),
        Zone("border", "band", (0.62, 0.655), regions=SHELL),
        Zone("neck", "band", (0.77, 0.97), regions=("shank",)),
    ),
)
