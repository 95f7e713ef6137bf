"""Objects in rows for one photograph: small ones in front on steps, large ones behind on the floor, each row by date.

Pure geometry in metres: x to the right, y away from the viewer, z up. The rows fan out with the distance, as the
field of view does, and each row's base is seen over the tops of the row before it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

EYE_HEIGHT_M = 2.15  # a camera a little above the eyes of a standing adult
NEAREST_M = 4.4  # from the camera to the first row
HALF_FIELD = 0.335  # usable half-width of the picture over the distance: a 50 mm lens on 36 mm, with margins
SMALL_M = 0.27  # largest side of what stands in the front rows
MEDIUM_M = 0.55
FIRST_STEP_M = (0.45, 0.30, 0.06)  # height of the first step, by tier: small, medium, large
WALKWAY_M = (0.04, 0.20, 0.75)  # how far a row may move back, by tier, before it is raised instead
HIDDEN_PART = 0.45  # how much of a row's lower part may be covered by the one before
GAP_M = 0.035  # smallest gap between neighbours
USUAL_FRONT_M = 3.4  # side of a square as large as the objects' fronts together
USUAL_WIDTH_M = 2.4  # the widest object
SCALES = (0.01, 4.0)
GAP_SHARE = 0.16  # gap as a share of the neighbours' mean width


@dataclass(frozen=True)
class Footprint:
    """One object: width (x), depth (y), height (z) in metres, and what its row is sorted by."""

    width: float
    depth: float
    height: float
    date_key: tuple[int, float, int] = (1, 0.0, 0)

    @property
    def largest(self) -> float:
        """The largest side, metres."""
        return max(self.width, self.depth, self.height)


@dataclass(frozen=True)
class Spot:
    """Where the centre of an object's base stands."""

    x: float
    y: float
    z: float
    row: int


@dataclass(frozen=True)
class Block:
    """A step or plinth from the floor: (x, y) of its centre, its width, depth and height."""

    x: float
    y: float
    width: float
    depth: float
    height: float


@dataclass(frozen=True)
class RowLayout:
    """spots: in the order of the footprints. viewer: where the camera stands, (3,) metres."""

    spots: tuple[Spot, ...]
    blocks: tuple[Block, ...]
    viewer: tuple[float, float, float]


def arranged(footprints: Sequence[Footprint], eye_height: float = EYE_HEIGHT_M) -> RowLayout:
    """A place for each object; the camera stands at x = 0, y = 0.

    The lengths above hold for a gallery of objects whose fronts cover USUAL_FRONT_M squared; for a tray of coins or a
    hall of colossi everything is laid out at that scale and then brought to size.
    """
    front = math.sqrt(sum(item.width * item.height for item in footprints))
    widest = max((item.width for item in footprints), default=0.0)
    scale = min(max(front / USUAL_FRONT_M, widest / USUAL_WIDTH_M, SCALES[0]), SCALES[1])
    unit = [Footprint(f.width / scale, f.depth / scale, f.height / scale, f.date_key) for f in footprints]
    builder = _Builder(unit, eye_height)
    tiers: list[list[int]] = [[], [], []]
    for index, item in enumerate(unit):
        tiers[0 if item.largest <= SMALL_M else 1 if item.largest <= MEDIUM_M else 2].append(index)
    for tier, members in enumerate(tiers):
        waiting = sorted(members, key=lambda i: unit[i].height)
        while waiting:
            waiting = builder.add_row(waiting, tier)
    spots = (builder.spots[index] for index in range(len(unit)))
    return RowLayout(
        tuple(Spot(s.x * scale, s.y * scale, s.z * scale, s.row) for s in spots),
        tuple(Block(*(side * scale for side in (b.x, b.y, b.width, b.depth, b.height))) for b in builder.blocks),
        (0.0, 0.0, eye_height * scale),
    )


def gap(left: Footprint, right: Footprint) -> float:
    """The free width between two neighbours, metres."""
    return max(GAP_M, GAP_SHARE * (left.width + right.width) / 2)


class _Builder:
    def __init__(self, footprints: Sequence[Footprint], eye_height: float) -> None:
        self._all = footprints
        self._eye = eye_height
        self._back = NEAREST_M  # y of the far edge of what stands so far
        self._step = 0.0  # top of the last step
        self._sight = eye_height / NEAREST_M  # slope of the line over the tops of the last row
        self._rows = 0
        self.spots: dict[int, Spot] = {}
        self.blocks: list[Block] = []

    def add_row(self, waiting: list[int], tier: int) -> list[int]:
        """Set the lowest objects that fit into one row; answers those that are left."""
        share = self._fair_share(waiting)
        chosen, width = [waiting[0]], self._all[waiting[0]].width
        for index in waiting[1:]:
            more = self._all[index].width + gap(self._all[chosen[-1]], self._all[index])
            if width + more > share:
                break
            chosen.append(index)
            width += more
        chosen.sort(key=lambda i: (self._all[i].date_key, i))
        self._set(chosen, tier)
        return waiting[len(chosen) :]

    def _fair_share(self, waiting: list[int]) -> float:
        """The width of this row when the tier is split into equally full rows."""
        room = 2 * HALF_FIELD * (self._back + 0.15)
        items = [self._all[i] for i in waiting]
        total = sum(i.width for i in items) + sum(gap(a, b) for a, b in itertools.pairwise(items))
        rows = max(1, -int(-total // room))
        return min(room, total / rows + max(i.width for i in items) / 2)

    def _set(self, chosen: list[int], tier: int) -> None:
        items = [self._all[i] for i in chosen]
        depth = max(max(i.depth for i in items), 0.02)
        clear = max(0.05, 0.35 * depth)
        y, base = self._place(depth, clear, tier)
        width = sum(i.width for i in items) + sum(gap(a, b) for a, b in itertools.pairwise(items))
        # A row that does not fill the field is spread out, but not to the point of looking lost.
        room = 2 * HALF_FIELD * y
        spread = min(max(room - width, 0.0) / max(len(items) - 1, 1), 0.6 * width / len(items))
        x = -(width + spread * (len(items) - 1)) / 2
        for position, (index, item) in enumerate(zip(chosen, items, strict=True)):
            self.spots[index] = Spot(x + item.width / 2, y, base, self._rows)
            if position + 1 < len(items):
                x += item.width + gap(item, items[position + 1]) + spread
        self.blocks.append(Block(0.0, y, max(room, width) * 1.04, depth + 2 * clear, base))
        tops = sorted(base + i.height for i in items)
        visible_over = base + (tops[len(tops) * 3 // 4] - base) * (1 - HIDDEN_PART)
        self._sight = (self._eye - visible_over) / (y + depth / 2)
        self._back = y + depth / 2 + clear
        self._step = base
        self._rows += 1

    def _place(self, depth: float, clear: float, tier: int) -> tuple[float, float]:
        """(y, z) of a row: it moves back a little and is raised for the rest, until its base is seen."""
        y = self._back + clear + depth / 2
        if not self._rows:
            return y, FIRST_STEP_M[tier]
        if self._sight > 0:
            wanted = (self._eye - self._step) / self._sight + depth / 2
            y += min(max(wanted - y, 0.0), WALKWAY_M[tier])
        return y, max(self._step, self._eye - self._sight * (y - depth / 2))


def floor_grid(sizes: Sequence[tuple[float, float]], spacing: float = 0.25) -> list[tuple[float, float]]:
    """(x, y) for objects of the given (width, depth) in rows from (0, 0), none touching another. Metres."""
    columns = max(1, round(len(sizes) ** 0.5 * 1.3))
    places = []
    y = 0.0
    for start in range(0, len(sizes), columns):
        row = sizes[start : start + columns]
        depth = max(item[1] for item in row)
        x = 0.0
        for width, _depth in row:
            places.append((x + width / 2, y + depth / 2))
            x += width + spacing
        y += depth + spacing
    return places
