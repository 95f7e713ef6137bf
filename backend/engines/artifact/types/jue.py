"""Jue: a spouted wine cup on three blade legs, with two capped posts on its rim."""

from __future__ import annotations

import numpy as np

from ....geometry.curves import CORNER, profile
from ....geometry.lathe import lathe
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.shell import inset, shell
from ....geometry.solid import assemble
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.169, 0.087, 0.205)
COLUMNS = 72
WALL = 0.3
SHOULDER = 13.0
NARROWEST = 0.05
"""Half of the hollow where it ends in the tail."""


def _mouth() -> FloatArray:
    """(COLUMNS, 3) the rim in centimetres: the trough's edges run out towards +x, the tail's towards -x, both rise."""
    spout = [(9.4, 0.0, 18.4), (9.2, 0.75, 18.4), (8.2, 1.25, 18.1), (6.2, 1.5, 17.2), (4.3, 1.85, 16.4)]
    sides = [(3.0, 2.6, 15.9), (0.6, 3.45, 15.8), (-2.0, 2.9, 16.0)]
    tail = [(-4.0, 1.8, 16.7), (-6.0, 0.75, 17.6), (-7.35, 0.14, 18.1), (-7.5, 0.0, 18.1)]
    half = np.array(spout + sides + tail)
    passed = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(half, axis=0), axis=1))])
    at = np.linspace(0.0, passed[-1], COLUMNS // 2 + 1)
    left = np.stack([np.interp(at, passed, half[:, k]) for k in range(3)], axis=1)
    kernel = np.array([0.25, 0.5, 0.25])
    for _ in range(2):
        left[1:-1] = np.stack([np.convolve(left[:, k], kernel, mode="valid") for k in range(3)], axis=1)
    return np.concatenate([left, (left * (1.0, -1.0, 1.0))[-2:0:-1]])


def _rows(belly: float) -> FloatArray:
    """(rows, COLUMNS, 3) metres: a round-bottomed cup that opens into the mouth."""
    mouth = _mouth()
    spread = 2.0 * np.pi * np.arange(COLUMNS) / COLUMNS
    course = np.arctan2(mouth[:, 1] / 3.4, mouth[:, 0] / 4.4) % (2.0 * np.pi)
    angle = 0.5 * (spread + course)
    circle = np.stack([1.06 * np.cos(angle), 0.94 * np.sin(angle)], axis=1)
    cup = [(0.5, 7.4), (1.2, 7.5), (2.0, 7.85), (2.7, 8.5), (belly, 9.6), (belly + 0.05, 10.8), (belly - 0.1, 12.0)]
    rows = [np.column_stack([r * circle, np.full(COLUMNS, z)]) for r, z in [*cup, (belly - 0.1, SHOULDER)]]
    low = rows[-1]
    for share in np.linspace(0.0, 1.0, 9)[1:]:
        # Outwards first and upwards late, so that the spout's underside is a trough and not a wedge.
        out, up = np.sin(0.5 * np.pi * share) ** 1.2, share**1.15
        rows.append(np.column_stack([low[:, :2] + out * (mouth - low)[:, :2], low[:, 2] + up * (mouth - low)[:, 2]]))
    return np.array(rows) * CM


def _leg(side: float, spread: float) -> Part:
    """A blade with sharp edges, deep towards the axis, splayed outwards to a point."""
    path = [(1.7, 0, 9.0), (2.5, 0, 6.6), (3.3, 0, 3.2), (spread, 0, 0.0)]
    section = [(1.9, 2.4), (1.6, 2.2), (1.15, 1.6), (0.5, 0.7)]
    return sweep(path, section, region="leg", squareness=1.25, sides=16, max_step=0.01).turned("z", side)


def _post(x: float, y: float, top: float) -> Part:
    """A post with a cap like a mushroom."""
    cap = profile(
        "post", (0, 14.8), (0.36, 14.8, CORNER), (0.33, top - 1.9, CORNER), (1.02, top - 1.7, CORNER),
        (1.0, top - 1.2), (0.62, top - 0.4), (0, top),
        max_step=0.6 * CM,
    )  # fmt: skip
    return lathe(cap, segments=28).moved((x * CM, y * CM, 0.0))


def _within(outer: FloatArray, inner: FloatArray) -> FloatArray:
    """The inside (rows, COLUMNS, 3) ended where its two sides would cross: the tail is narrower than two walls."""
    half, inner = COLUMNS // 2, inner.copy()
    for out, row in zip(outer, inner, strict=True):
        side = row[: half + 1]
        apart = np.flatnonzero(side[:, 1] >= NARROWEST * CM)
        for last, tip, way in ((apart[0], 0, -1), (apart[-1], half, 1)):
            if abs(tip - last) > 1:
                end = side[last] + (out[tip] - out[last]) * (side[last, 1] / out[last, 1])
                share = np.linspace(0.0, 1.0, abs(tip - last) + 1)[:, None]
                side[last::way][: len(share)] = side[last] * (1.0 - share) + end * share
        side[[0, half], 1] = 0.0
        row[half + 1 :] = (side * (1.0, -1.0, 1.0))[-2:0:-1]
    return inner


def build(rng: np.random.Generator) -> UVMesh:
    """Spout to the right, pointed tail to the left, the handle to the front above one leg."""
    belly, spread = about(rng, 3.3, 0.02), about(rng, 3.9, 0.03)
    outer = _rows(belly)
    inner = _within(outer, inset(outer, WALL * CM))
    inner[-1, :, 2] = outer[-1, :, 2]
    cup = shell(outer, ["body"] * 9 + ["neck"] * (len(outer) - 10), inner, borders=(0, 12, 24, 36, 48, 60))
    legs = [_leg(side, spread) for side in (-90.0, 30.0, 150.0)]
    posts = [_post(3.0, y, 20.5) for y in (-2.45, 2.45)]
    path = [(3.0, 0, 9.6), (4.5, 0, 10.0), (4.9, 0, 11.8), (4.5, 0, 13.4), (3.0, 0, 13.9)]
    strap = [(1.3, 0.7), (1.1, 0.6), (1.0, 0.6), (1.2, 0.7), (1.4, 0.8)]
    handle = sweep(path, strap, squareness=3.0).turned("z", -90.0)
    return assemble([cup.body], attached=[*legs, *posts, handle], plug=cup.plug, size_m=SIZE)


TYPE = ArtifactType(
    "jue",
    "Jue (wine cup)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Chinese",
    round=False,
    zones=(
        Zone("frieze", "band", (0.47, 0.63), regions=("body", "neck")),
        Zone("neck", "band", (0.66, 0.76), regions=("neck",)),
    ),
)
