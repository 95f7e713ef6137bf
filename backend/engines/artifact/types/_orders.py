"""The three orders: capitals and column shafts. Lengths in centimetres; capitals stand on z = 0 about the z axis.

Ionic and Corinthian follow Vitruvius, De architectura III.5 and IV.1; the Doric the Parthenon's outer columns (lower
diameter 1.90 m, height 10.43 m, twenty flutes).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....geometry.curves import CORNER, ControlPoint, profile, spline
from ....geometry.lathe import lathe
from ....geometry.loft import faint, loft
from ....geometry.part import Part
from ....geometry.slab import rectangle, rounded_edge, slab
from ....geometry.sweep import sweep
from ....geometry.typing import FloatArray
from ._stone import block, moulding, spiral

DIAMETER = 50.0
"""Lower diameter of the Ionic and Corinthian shafts that are made here."""
UPPER = DIAMETER * 5.0 / 6.0
"""Upper diameter: Vitruvius III.3.12 gives 5/6 for columns up to fifteen feet."""
FILLETED_FLUTES = 24
IONIC_HEIGHT = 20.0
CORINTHIAN_HEIGHT = DIAMETER
BASE_HEIGHT = 0.5 * DIAMETER
Factor = Callable[[FloatArray, FloatArray], FloatArray]


def arrised(flutes: int, depth: float, top: float, bottom: float = -1.0) -> Factor:
    """Doric flutes between two heights (metres): shallow hollows that meet in sharp edges."""

    def factor(angle: FloatArray, height: FloatArray) -> FloatArray:
        across = (angle * flutes / (2.0 * np.pi)) % 1.0 * 2.0 - 1.0
        inside = (height <= top + 1e-6) & (height >= bottom - 1e-6)
        return np.where(inside, 1.0 - depth * (1.0 - across**2), 1.0)

    return factor


def filleted(bottom: float, top: float, depth: float = 0.075) -> Factor:
    """Ionic flutes between two heights (metres): half round, a quarter of their pitch apart, ending in half circles."""
    pitch = 2.0 * np.pi / FILLETED_FLUTES
    reach = 0.011 * DIAMETER * 0.5 * pitch * 0.4

    def factor(angle: FloatArray, height: FloatArray) -> FloatArray:
        across = np.abs(angle / pitch % 1.0 * 2.0 - 1.0) / 0.78
        beyond = np.maximum(np.maximum(bottom + reach - height, height - (top - reach)), 0.0) / reach
        hollow = np.sqrt(np.clip(1.0 - across**2 - beyond**2, 0.0, 1.0))
        return 1.0 - depth * np.where((height > bottom) & (height < top), hollow, 0.0)

    return factor


def filleted_shaft(bottom: float, top: float, swell: float = 0.5) -> Part:
    """The shaft of an Ionic or Corinthian column between two heights, with apophyges, 24 flutes and entasis.

    swell: how far its middle stands out from a straight taper.
    """
    low, high = 0.5 * DIAMETER, 0.5 * UPPER
    span = top - bottom
    ends = [bottom + k for k in (3.2, 3.6, 4.2, 5.0, 6.0)]
    tops = [top - k for k in (6.0, 5.0, 4.2, 3.6, 3.2)]
    share = [(z - bottom) / span for z in ends]
    # Entasis: the middle of the shaft stands out a little from the straight taper.
    taper = [(low - 0.02 * s, z) for s, z in zip(share, ends, strict=True)]
    middle = [(low + (high - low) * s + swell * 4.0 * s * (1.0 - s), bottom + s * span) for s in (0.25, 0.5, 0.75)]
    outline = profile(
        "joint", (0, bottom - 1.0), (low + 1.6, bottom - 1.0, CORNER),
        "shaft", (low + 1.6, bottom, CORNER), (low + 0.5, bottom + 0.9), (low, bottom + 2.6, CORNER),
        *((r, z, CORNER) for r, z in taper), *((r, z, CORNER) for r, z in middle),
        *((high, z, CORNER) for z in tops),
        (high, top - 2.6, CORNER), (high + 0.4, top - 1.0), (high + 1.2, top - 0.4, CORNER),
        (high + 1.2, top + 0.4, CORNER),
        "joint", (0, top + 0.4),
        max_step=2.0,
    )  # fmt: skip
    factor = filleted(0.01 * (bottom + 3.0), 0.01 * (top - 3.0))
    return faint(lathe(outline, segments=FILLETED_FLUTES * 6, radius_factor=factor), "joint")


def attic_base() -> list[Part]:
    """Plinth, torus, scotia and torus: half a diameter high, a third of it the plinth (Vitruvius III.5.2)."""
    plinth = BASE_HEIGHT / 3.0
    side = 1.38 * DIAMETER
    low = 0.5 * DIAMETER
    outline = profile(
        "joint", (0, plinth - 1.0), (low + 4.0, plinth - 1.0, CORNER),
        "base", (low + 4.0, plinth, CORNER), (low + 8.0, plinth + 0.5), (low + 9.3, plinth + 3.2),
        (low + 8.0, plinth + 6.0), (low + 5.6, plinth + 6.5, CORNER), (low + 5.6, plinth + 7.2, CORNER),
        (low + 3.6, plinth + 8.4), (low + 3.0, plinth + 9.9), (low + 3.8, plinth + 11.4, CORNER),
        (low + 3.8, plinth + 12.0, CORNER), (low + 5.2, plinth + 12.3), (low + 6.0, plinth + 14.2),
        (low + 5.2, plinth + 16.2), (low + 3.0, BASE_HEIGHT, CORNER),
        "joint", (0, BASE_HEIGHT),
        max_step=1.2,
    )  # fmt: skip
    square = slab(
        rectangle(side, side), rounded_edge(plinth, 0.3, 2), regions=("joint", "plinth", "plinth"), max_step=1e6
    )
    return [square, faint(lathe(outline, segments=48), "joint")]


def doric_capital(neck: float, side: float, height: float, *, segments: int = 160, sunk: float = 1.0) -> list[Part]:
    """Annulets, echinus and abacus above a neck of this radius. sunk: how deep its foot lies in the shaft."""
    wide = 0.5 * side * 0.965
    step = height / 25.0
    points: list[ControlPoint] = []
    for k in range(4):
        z = (0.3 + 0.55 * k) * step
        out, back, top = neck + (0.1 + 0.38 * k) * step, neck + (-0.15 + 0.38 * k) * step, z + 0.33 * step
        points += [(out, z, CORNER), (out, top, CORNER), (back, top, CORNER)]
    outline = profile(
        "joint", (0, -sunk), (neck - 0.6, -sunk, CORNER),
        "echinus", (neck - 0.6, 0.0, CORNER), *points[:-1],
        (neck + 0.36 * (wide - neck), 5.2 * step), (neck + 0.74 * (wide - neck), 9.3 * step),
        (wide - 0.15 * step, 12.6 * step), (wide, 13.7 * step), (wide - 0.55 * step, 14.9 * step, CORNER),
        "joint", (0, 15.0 * step),
        max_step=1.5,
    )  # fmt: skip
    half = 0.5 * side
    abacus = block(
        (-half, -half, 14.6 * step), (half, half, height), ("abacus", "abacus", "top"), bevel=0.25, hidden=(0.6, 1.0)
    )
    return [faint(lathe(outline, segments=segments), "joint"), abacus]


def ionic_capital() -> list[Part]:
    """Astragal, echinus with eggs, two bolsters ending in volutes, canalis and abacus."""
    high, eye = 0.5 * UPPER, 0.445 * DIAMETER
    front, outer = 22.5, 12.0
    centre = (eye, 17.0 - outer)
    parts = [_echinus(high), *(_bolster(side * (eye + 0.9), centre[1] + 0.9, front) for side in (-1.0, 1.0))]
    # The channel between the volutes is hollowed a little, front and back.
    bend = [(-front + 0.9 * np.sin(t), 8.5 + 8.5 * t / np.pi) for t in np.linspace(0.0, np.pi, 9)]
    section = [*((-y, z) for y, z in bend), *reversed(bend)]
    parts.append(moulding(section, 2.0 * eye, ("joint", "channel", "joint"), end_density=0.6))
    for face in (-1.0, 1.0):
        for side in (-1.0, 1.0):
            parts.append(_ionic_scroll(centre, outer, side, face * front))
            parts.append(_eye(side * eye, centre[1], face * front, face))
        lower = [(x, face * front, 8.6) for x in (-eye + 4.0, 0.0, eye - 4.0)]
        parts.append(sweep(lower, [(1.8, 1.1)], region="volute", sides=8, max_step=0.2))
    half = 0.5 * DIAMETER * 19.0 / 18.0
    abacus = slab(
        rectangle(2.0 * half, 2.0 * half),
        [(2.0, 16.6), (1.7, 17.3), (1.0, 18.1), (0.35, 18.5), (0.0, 18.7), (0.0, IONIC_HEIGHT)],
        regions=("joint", "abacus", "top"),
        densities=(0.6, 1.0, 1.0),
        max_step=1e6,
    )
    return [*parts, abacus]


def _echinus(neck: float) -> Part:
    """The turned part of an Ionic capital: an astragal and a quarter round with twenty-four eggs."""

    def eggs(angle: FloatArray, height: FloatArray) -> FloatArray:
        up = np.clip((height * 100.0 - 3.0) / 5.6, 0.0, 1.0)
        across = np.abs(angle * 24.0 / (2.0 * np.pi) % 1.0 * 2.0 - 1.0)
        wide = 0.74 * np.sqrt(np.clip(1.0 - (1.0 - up) ** 2.2, 0.0, 1.0)) + 0.02
        egg = np.sqrt(np.clip(1.0 - (across / wide) ** 2, 0.0, 1.0))
        dart = np.clip(1.0 - np.abs(across - 1.0) / 0.12, 0.0, 1.0)
        return 1.0 - 0.075 * np.sin(np.pi * np.clip(up, 0.0, 0.93) / 0.93) * (1.0 - np.maximum(egg, dart * up))

    outline = profile(
        "joint", (0, -1.0), (neck + 0.2, -1.0, CORNER),
        "echinus", (neck + 0.2, 0.0, CORNER), (neck + 1.3, 0.25), (neck + 1.9, 1.1), (neck + 1.3, 2.0),
        (neck + 0.3, 2.2, CORNER), (neck + 0.3, 2.9, CORNER), (neck + 2.2, 3.4), (neck + 4.6, 5.0), (neck + 5.8, 7.0),
        (neck + 5.9, 8.6, CORNER),
        "joint", (0, 9.5),
        max_step=0.8,
    )  # fmt: skip
    return faint(lathe(outline, segments=24 * 6, radius_factor=eggs), "joint")


def _bolster(x: float, z: float, front: float) -> Part:
    """The roll from one volute to the other, waisted and girt by a belt, along y."""
    half = [(9.4, 2.3), (8.9, 0.0), (8.6, 5.0), (9.2, 12.0), (9.9, 19.0)]
    sections: list[ControlPoint] = [
        (0, -front, CORNER), (half[4][0], -front, CORNER), (half[4][0], -19.0, CORNER), (half[3][0], -12.0),
        (half[2][0], -5.0), (8.7, -2.4, CORNER), (9.6, -2.2), (9.9, 0.0), (9.6, 2.2), (8.7, 2.4, CORNER),
        (half[2][0], 5.0), (half[3][0], 12.0), (half[4][0], 19.0, CORNER), (half[4][0], front, CORNER), (0, front),
    ]  # fmt: skip
    outline = profile("bolster", *sections, max_step=1.2)
    return lathe(outline, segments=48).turned("x", -90.0).moved((0.01 * x, 0.0, 0.01 * z))


def _ionic_scroll(centre: tuple[float, float], outer: float, side: float, front: float) -> Part:
    """The raised edge that runs from the middle of the channel into one volute."""
    coil = spiral(centre, outer - 0.7, 2.1, 2.75, 90.0, even=0.65)
    flat = np.vstack([[(0.0, coil[0, 1]), (0.5 * centre[0], coil[0, 1])], coil])
    away = np.linalg.norm(flat - centre, axis=1).clip(0.0, outer)
    path = np.stack([side * flat[:, 0], np.full(len(flat), front), flat[:, 1]], axis=1)
    return sweep(path, [(2.6, 0.5 + 0.10 * r) for r in away], region="volute", sides=8, max_step=0.2, squareness=2.6)


def _eye(x: float, z: float, front: float, face: float) -> Part:
    outline = profile("eye", (0, -1.0), (1.5, -1.0, CORNER), (1.5, 0.4), (1.1, 1.1), (0, 1.5), max_step=0.6)
    turned = lathe(outline, segments=20).turned("x", 90.0 if face < 0.0 else -90.0)
    return turned.moved((0.01 * x, 0.01 * front, 0.01 * z))


def corinthian_capital(width: float = 1.0, rows: int = 25) -> list[Part]:
    """Bell, two tiers of eight acanthus leaves, corner volutes, helices, concave abacus with flowers.

    width: of the leaves, relative. rows: spans along each leaf, fewer where the capital is a part of something larger.
    """
    high = 0.5 * UPPER
    lip = CORINTHIAN_HEIGHT * 6.0 / 7.0
    outline = profile(
        "base", (0, -1.0), (high + 0.2, -1.0, CORNER),
        "bell", (high + 0.2, 0.0, CORNER), (high + 1.1, 0.2), (high + 1.5, 0.9), (high + 1.1, 1.6),
        (high + 0.1, 1.8, CORNER), (high, 14.0), (high + 1.0, 27.0), (high + 3.5, 36.0), (high + 6.3, lip - 1.8),
        (high + 6.4, lip - 0.9, CORNER),
        "joint", (0, lip + 0.5),
        max_step=3.0,
    )  # fmt: skip
    parts = [faint(lathe(outline, segments=48), "joint")]
    for k in range(8):
        parts.append(acanthus(_UPPER_LEAF, 14.0 * width, rows).turned("z", 45.0 * k))
        parts.append(acanthus(_LOWER_LEAF, 16.0 * width, rows).turned("z", 45.0 * k + 22.5))
    for k in range(4):
        parts.append(_corner_volute().turned("z", 90.0 * k + 45.0))
        parts += [_helix(side).turned("z", 90.0 * k) for side in (-1.0, 1.0)]
        parts.append(_flower().turned("z", 90.0 * k))
    return [*parts, _concave_abacus(lip)]


_LOWER_LEAF = [(21.4, 1.2), (22.6, 5.0), (23.6, 9.5), (25.4, 13.6), (28.0, 15.6), (30.6, 14.8), (31.2, 12.4)]
_UPPER_LEAF = [(21.4, 6.0), (22.6, 14.0), (23.8, 21.5), (25.8, 27.4), (29.0, 30.4), (32.6, 29.4), (33.4, 26.4)]


def acanthus(path: list[tuple[float, float]], width: float, rows: int, *, lobes: float = 5.5) -> Part:
    """A leaf that looks towards +x along a path (distance from the axis, height), its edge lobed and its lobes folded.

    The leaf bends round the axis; its tip turns over.
    """
    dense = spline(np.asarray(path))
    passed = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
    share = np.linspace(0.0, 1.0, rows)
    line = np.stack([np.interp(share * passed[-1], passed, dense[:, k]) for k in (0, 1)], axis=1)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    normal = np.stack([along[:, 1], -along[:, 0]], axis=1)
    notch = np.abs(np.sin(np.pi * lobes * share**0.9))
    half = 0.5 * width * (0.94 + 0.2 * share - 0.16 * share**2) * np.sqrt(np.clip(1.0 - share**4, 0.0, 1.0))
    half = np.maximum(half * (0.80 + 0.26 * notch), 0.4)
    u = np.linspace(-1.0, 1.0, rows // 2 + 1)
    fold = np.cos(2.0 * np.pi * (lobes * (share[:, None] ** 0.9 - 0.1 * np.abs(u)) + 0.5))
    relief = 0.8 * np.exp(-((u / 0.15) ** 2)) + np.abs(u) ** 0.8 * (0.5 * fold + 0.25)
    relief = relief * np.minimum(1.0, 4.0 * (1.0 - share[:, None])) + 0.6
    across = np.concatenate([u, [0.96, 0.4, -0.4, -0.96]])
    depth = np.concatenate([relief, np.full((rows, 4), -0.75)], axis=1)
    place = line[:, None] + depth[..., None] * normal[:, None]
    angle = across * half[:, None] / line[:, :1]
    # The edges stay a little behind the middle, as on a leaf that is pressed against the bell.
    radius = place[..., 0] - 0.5 * across**2 * (1.0 - share[:, None])
    rings = np.stack([radius * np.cos(angle), radius * np.sin(angle), place[..., 1]], axis=2) * 0.01
    return loft(rings, "leaf", crease_degrees=50.0, end_density=0.3)


def _corner_volute() -> Part:
    """A ribbon that rises to the corner of the abacus and rolls up under it, in the x-z plane."""
    coil = spiral((39.6, 36.2), 5.9, 1.3, 1.5, 90.0)
    flat = np.vstack([[(21.5, 14.0), (23.5, 22.0), (26.5, 30.0), (30.0, 36.5), (34.5, 40.6)], coil])
    path = np.stack([flat[:, 0], np.zeros(len(flat)), flat[:, 1]], axis=1)
    widths = np.linspace(4.6, 5.6, len(flat))
    return sweep(path, [(w, 2.1) for w in widths], region="volute", sides=8, max_step=0.2, squareness=3.0)


def _helix(side: float) -> Part:
    """A tendril that rises from beside to the middle of a face and rolls up there; the face looks towards +x."""
    coil = spiral((4.6, 36.0), 3.7, 0.8, 1.25, 70.0)
    coil[:, 0] = 9.2 - coil[:, 0]
    flat = np.vstack([[(11.0, 15.0), (11.2, 22.0), (10.6, 29.0), (9.6, 35.0), (7.6, 39.0)], coil[1:]])
    bell = np.interp(flat[:, 1], [15.0, 30.0, 36.0, 40.0], [21.6, 23.0, 25.6, 28.2])
    lean = np.sqrt(bell**2 - flat[:, 0] ** 2) + np.interp(flat[:, 1], [15.0, 36.0], [0.4, 0.9])
    path = np.stack([lean, side * flat[:, 0], flat[:, 1]], axis=1)
    # It thins as it rolls up, so that its coils stay clear of each other.
    section = [(4.8, thickness) for thickness in np.linspace(1.5, 1.15, len(path))]
    return sweep(path, section, up=(1.0, 0.0, 0.0), region="volute", sides=6, max_step=0.2, squareness=3.0)


def _flower() -> Part:
    """The flower in the middle of a side of the abacus."""

    def petals(angle: FloatArray, height: FloatArray) -> FloatArray:
        return 1.0 - 0.18 * np.cos(3.0 * angle) ** 2 * (height > 1e-4)

    outline = profile("flower", (0, -4.0), (3.0, -4.0, CORNER), (3.9, 1.2, CORNER), (3.7, 2.2, CORNER),
                      (1.6, 2.0, CORNER), (1.3, 2.9, CORNER), (0, 3.3), max_step=0.8)  # fmt: skip
    return lathe(outline, segments=36, radius_factor=petals).turned("y", 90.0).moved((0.28, 0.0, 0.457))


def _concave_abacus(low: float) -> Part:
    """Diagonal twice the capital's height, sides hollowed by a ninth of their length, corners cut off."""
    half = CORINTHIAN_HEIGHT / np.sqrt(2.0)
    hollow = 2.0 * half / 9.0
    cut = 3.2
    x = np.linspace(-half + cut, half - cut, 15)
    side = np.stack([x, -half + hollow * (1.0 - (x / (half - cut)) ** 2)], axis=1)
    turns = [np.array([[0.0, -1.0], [1.0, 0.0]]), -np.eye(2), np.array([[0.0, 1.0], [-1.0, 0.0]])]
    outline = np.vstack([side, *(side @ turn.T for turn in turns)])
    top = CORINTHIAN_HEIGHT
    rings = [
        (2.2, low - 0.2), (2.1, low + 1.2), (1.3, low + 2.8), (0.9, low + 3.4), (0.9, low + 4.0),
        (0.2, low + 4.6), (0.0, low + 5.6), (0.0, top),
    ]  # fmt: skip
    return slab(outline, rings, regions=("abacus", "abacus", "top"), densities=(0.8, 1.0, 1.0), max_step=8.0)
