"""Masks of ornament: where the texels lie in a place, in metres, and what its drawing shows there.

Everything is a function of the point in space, so nothing breaks at the seams of an atlas. Around the axis a whole
number of repeats closes; heights run along the wall, so that motifs keep their proportions on a sloping shoulder.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ..geometry.typing import Float32Array, IntArray
from .motifs import load_motif, motif_at
from .place import Ornament, Place

if TYPE_CHECKING:
    from .masks import Surface

FRONT = -math.pi / 2.0
NOT_ORNAMENTED = ("interior", "handle", "base")
SAMPLES_PER_TEXEL = 1.25
# A motif may be stretched or squeezed by this factor so that a whole number of repeats closes; beyond it gets smaller.
MOST_STRETCH = 1.2
PROFILE_STEPS = 48
TURN_STEPS = 360
LEAST_FACING = 0.25
# Where each side looks, what lies to the right of someone who faces it, and what is up: (column of a position, sign).
AXES = {
    "front": ((1, -1.0), (0, 1.0), (2, 1.0)),
    "back": ((1, 1.0), (0, -1.0), (2, 1.0)),
    "left": ((0, -1.0), (1, -1.0), (2, 1.0)),
    "right": ((0, 1.0), (1, 1.0), (2, 1.0)),
    "top": ((2, 1.0), (0, 1.0), (1, 1.0)),
    "bottom": ((2, -1.0), (0, 1.0), (1, -1.0)),
}


@dataclass(frozen=True)
class Placed:
    """The texels of a place. index: (k,) into the surface's; x: (k,) metres along it from its middle; y: (k,) metres up
    from its lower (inner) edge. width, height: of the place, metres. closed: x goes on from one end to the other.
    disc: the place is a full circle, x and y its plane.
    """

    index: IntArray
    x: Float32Array
    y: Float32Array
    width: float
    height: float
    closed: bool
    disc: bool = False


class Coverages:
    """Where drawings lie on one object and what they cover: found once, for its texels are evaluated in parts by
    several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[Place, Placed] = {}
        self._covers: dict[Ornament, Float32Array] = {}

    def place(self, place: Place, surface: Surface) -> Placed:
        """The texels of a place and their coordinates in it. surface: the whole object."""
        with self._lock:
            return self._found(place, surface)

    def cover(self, ornament: Ornament, surface: Surface) -> tuple[IntArray, Float32Array]:
        """(k,) the texels of the ornament's place, rising, and (k,) what the drawing covers of each, 0..1."""
        with self._lock:
            placed = self._found(ornament.place, surface)
            if ornament not in self._covers:
                self._covers[ornament] = _covered(placed, ornament, surface.spacing)
            return placed.index, self._covers[ornament]

    def _found(self, place: Place, surface: Surface) -> Placed:
        if place not in self._places:
            self._places[place] = _around(place, surface) if place.kind in ("band", "window") else _flat(place, surface)
        return self._places[place]


def place_on(place: Place, surface: Surface) -> Placed:
    """Find the texels of a place and their coordinates in it, on the whole object of which the surface is a part."""
    whole = surface.complete or surface
    return whole.ornaments.place(place, whole)


def ornament_height(ornament: Ornament, surface: Surface) -> float:
    """Height of the stripe that the drawing lies in, metres."""
    low, high = ornament.rows[0]
    placed = place_on(ornament.place, surface)
    return (high - low) * (ornament.frame * min(placed.width, placed.height) if ornament.frame else placed.height)


def evaluate_ornament(ornament: Ornament, surface: Surface) -> Float32Array:
    """(n,) coverage in 0..1, 0 outside the place."""
    whole = surface.complete or surface
    index, values = whole.ornaments.cover(ornament, whole)
    start, stop, step = (surface.chosen or slice(None)).indices(len(whole))
    first, last = np.searchsorted(index, (start, stop))
    out = np.zeros(stop - start, dtype=np.float32)
    out[index[first:last] - start] = values[first:last]
    return np.ascontiguousarray(out[::step])


def _covered(placed: Placed, ornament: Ornament, spacing: float) -> Float32Array:
    if len(placed.index) == 0 or placed.height <= 0.0 or placed.width <= 0.0:
        return np.zeros(len(placed.index), dtype=np.float32)
    return _frame(placed, ornament, spacing) if ornament.frame > 0.0 else _stripes(placed, ornament, spacing)


def repeats_of(width: float, height: float, aspect: float, multiple: int = 1) -> tuple[int, float]:
    """How often a motif goes into a width, and the height it gets (<= height) so that it stays within MOST_STRETCH."""
    best = (1, 0.0)
    for shrink in (1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.76, 0.72, 0.68, 0.64, 0.6, 0.55, 0.5, 0.45, 0.4):
        fitting = width / (aspect * height * shrink * multiple)
        count = max(round(fitting), 1)
        best = (count * multiple, height * shrink)
        if max(fitting / count, count / fitting) <= MOST_STRETCH:
            break
    return best


def _allowed(place: Place, surface: Surface, index: IntArray) -> IntArray:
    """Those of the texels that lie in the place's regions."""
    regions = surface.regions
    wanted = [(r in place.regions) if place.regions else (r not in NOT_ORNAMENTED) for r in regions]
    return index[np.array(wanted, dtype=bool)[surface.region[index]]]


def _around(place: Place, surface: Surface) -> Placed:
    """A band, or a window of one."""
    low, high = place.extent[0] * surface.height, place.extent[1] * surface.height
    z = surface.position[:, 2]
    index = _allowed(place, surface, np.flatnonzero((z >= low) & (z <= high)))
    x, y, normal = surface.position[index, 0], surface.position[index, 1], surface.normal[index]
    if not place.regions:
        outward = normal[:, 0] * x + normal[:, 1] * y >= -0.2 * np.hypot(x, y)
        index, x, y, normal = index[outward], x[outward], y[outward], normal[outward]
    if len(index) == 0 or high <= low:
        return Placed(index, x, y, 0.0, 0.0, place.kind == "band")
    up, tall = _along_wall(z[index], normal[:, 2], low, high)
    turn = _wrapped(np.arctan2(y, x) - np.float32(FRONT))
    radius = np.hypot(x, y)
    if place.kind == "window":
        middle, width = math.radians(place.extent[2]) - FRONT, math.radians(place.extent[3])
        turn = _wrapped(turn - np.float32(middle))
        within = np.abs(turn) <= width / 2.0
        mean = float(np.median(radius[within])) if within.any() else 0.0
        return Placed(index[within], turn[within] * np.float32(mean), up[within], width * mean, tall, False)
    if surface.round:
        girth = 2.0 * math.pi * float(np.median(radius))
        return Placed(index, turn * np.float32(girth / (2.0 * math.pi)), up, girth, tall, True)
    along, girth = _along_girth(turn, radius)
    return Placed(index, along, up, girth, tall, True)


def _wrapped(turn: Float32Array) -> Float32Array:
    """Angles in -pi..pi."""
    full = np.float32(2.0 * math.pi)
    return (turn - full * np.round(turn / full)).astype(np.float32)


def _along_wall(z: Float32Array, up: Float32Array, low: float, high: float) -> tuple[Float32Array, float]:
    """Distance along the wall from the lower edge, and the whole. From the slopes: the area of a strip over its height
    is the length of the wall in it, and the area projected on the upright is that height.
    """
    step = (high - low) / PROFILE_STEPS
    bins = np.clip(((z - low) / step).astype(np.int32), 0, PROFILE_STEPS - 1)
    upright = np.sqrt(np.maximum(1.0 - up.astype(np.float64) ** 2, 0.0))
    count = np.bincount(bins, minlength=PROFILE_STEPS)
    level = np.bincount(bins, weights=upright, minlength=PROFILE_STEPS)
    seen = count > 0
    known = np.minimum(count[seen] / np.maximum(level[seen], 1e-6), 12.0)
    ratio = np.interp(np.arange(PROFILE_STEPS), np.flatnonzero(seen), known)
    length = np.concatenate([[0.0], np.cumsum(ratio * step)])
    grid = low + step * np.arange(PROFILE_STEPS + 1)
    return np.interp(z, grid, length).astype(np.float32), float(length[-1])


def _along_girth(turn: Float32Array, radius: Float32Array) -> tuple[Float32Array, float]:
    """Distance around a body that is not round, from the front, and the whole girth."""
    bins = np.clip(((turn + math.pi) / (2.0 * math.pi) * TURN_STEPS).astype(np.int32), 0, TURN_STEPS - 1)
    count = np.bincount(bins, minlength=TURN_STEPS)
    total = np.bincount(bins, weights=radius, minlength=TURN_STEPS)
    seen = np.flatnonzero(count)
    middle = np.interp(np.arange(TURN_STEPS), seen, total[seen] / count[seen], period=TURN_STEPS)
    edge = 0.5 * (middle + np.roll(middle, 1))
    edge = np.append(edge, edge[0])
    angle = np.linspace(-math.pi, math.pi, TURN_STEPS + 1)
    points = np.column_stack([edge * np.cos(angle), edge * np.sin(angle)])
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    start = float(np.interp(0.0, angle, length))
    return (np.interp(turn, angle, length) - start).astype(np.float32), float(length[-1])


def _flat(place: Place, surface: Surface) -> Placed:
    """A field, or a ring, on one side of the bounding box."""
    towards, right, up = AXES[place.facing]
    faces = surface.normal[:, towards[0]] * np.float32(towards[1]) > LEAST_FACING
    index = _allowed(place, surface, np.flatnonzero(faces))
    (a, wide), (b, tall) = (_from_middle(surface.position[:, axis], sign, index) for axis, sign in (right, up))
    if place.kind == "ring":
        return _ring(place, index, a, b, min(wide, tall) / 2.0)
    left, bottom, end, top = (share - 0.5 for share in place.extent)
    within = (a >= left * wide) & (a <= end * wide) & (b >= bottom * tall) & (b <= top * tall)
    x = a[within] - np.float32((left + end) / 2.0 * wide)
    y = b[within] - np.float32(bottom * tall)
    return Placed(index[within], x, y, (end - left) * wide, (top - bottom) * tall, False)


def _from_middle(side: Float32Array, sign: float, index: IntArray) -> tuple[Float32Array, float]:
    """Metres from the middle of the object along one axis, for some texels, and its whole extent."""
    low, high = float(side.min()), float(side.max())
    return (side[index] - np.float32((low + high) / 2.0)) * np.float32(sign), high - low


def _ring(place: Place, index: IntArray, a: Float32Array, b: Float32Array, half: float) -> Placed:
    inner, outer = place.extent[0] * half, place.extent[1] * half
    radius = np.hypot(a, b)
    within = (radius >= inner) & (radius <= outer)
    index, a, b, radius = index[within], a[within], b[within], radius[within]
    if inner <= 0.0:
        return Placed(index, a, b + np.float32(outer), 2.0 * outer, 2.0 * outer, False, disc=True)
    girth = math.pi * (inner + outer)
    # Heights go outwards; x clockwise from the top, so that a motif at the top stands upright.
    turn = _wrapped(np.arctan2(b, a).astype(np.float32) - np.float32(math.pi / 2.0))
    along = -turn * np.float32(girth / (2.0 * math.pi))
    return Placed(index, along, radius - np.float32(inner), girth, outer - inner, True)


def _stripes(placed: Placed, ornament: Ornament, spacing: float) -> Float32Array:
    """A fill in all rows, or a motif in the first."""
    if not ornament.motif:
        values = np.zeros(len(placed.index), dtype=np.float32)
        for low, high in ornament.rows:
            stripe = _between(_height_of(placed), low * placed.height, high * placed.height, spacing)
            values = np.maximum(values, stripe)
        return values
    low, high = ornament.rows[0]
    tall = (high - low) * placed.height
    drawn = load_motif(ornament.motif)
    if placed.disc:
        # The square in the circle would leave the corners of textures out; single drawings are round themselves.
        box = placed.width * (high - low)
        y = placed.y - np.float32(placed.height / 2.0 - box / 2.0)
        values = _cells(placed.x, y, (box, box, False), ornament, drawn.kind, spacing)
        # What stands alone has no neighbours in the rest of the circle.
        return values if drawn.kind != "single" else values * (np.abs(placed.x) <= np.float32(box / 2.0))
    return _cells(placed.x, placed.y - np.float32(low * placed.height), (placed.width, tall, placed.closed), ornament,
                  drawn.kind, spacing)  # fmt: skip


def _height_of(placed: Placed) -> Float32Array:
    """Metres from the lower edge; in a full circle, twice the distance from its middle."""
    if not placed.disc:
        return placed.y
    return np.float32(2.0) * np.hypot(placed.x, placed.y - np.float32(placed.height / 2.0))


def _between(value: Float32Array, low: float, high: float, spacing: float) -> Float32Array:
    """Coverage of a stripe, softened over a texel at its edges."""
    edge = np.minimum(value - np.float32(low), np.float32(high) - value)
    return np.clip(edge / np.float32(spacing) + np.float32(0.5), 0.0, 1.0).astype(np.float32)


def _cells(
    x: Float32Array, y: Float32Array, box: tuple[float, float, bool], ornament: Ornament, kind: str, spacing: float
) -> Float32Array:
    """The drawing in the cells of a box (width, height, closed). x from its middle, y from its lower edge."""
    width, height, closed = box
    aspect = load_motif(ornament.motif).aspect
    rows = ornament.count if kind == "texture" else 1
    tall = height / rows
    if kind == "single":
        inside = min(tall, width / aspect) * ornament.size
        count = ornament.repeats or (max(int(width / (1.15 * aspect * inside)), 1) if closed else 1)
        count = max(count // ornament.multiple, 1) * ornament.multiple
        inside = min(inside, width / count / aspect)
        share = (aspect * inside / (width / count), inside / tall)
    elif ornament.repeats:
        count, inside = ornament.repeats, tall
        share = (1.0, 1.0)
    else:
        count, inside = repeats_of(width, tall, aspect, ornament.multiple)
        share = (1.0, 1.0 if kind == "texture" else inside / tall)
    wide = width / count * share[0]
    fine = SAMPLES_PER_TEXEL / spacing
    picture = motif_at(ornament.motif, wide * fine, tall * share[1] * fine, ornament.bevel)
    u, v = x * np.float32(count / width), y * np.float32(1.0 / tall)
    # The middle of a repeat lies at the front; where a row of repeats has ends they lie at the ends of the place.
    u = u + np.float32(0.5 if closed or count % 2 else 0.0)
    turned = (ornament.stagger, ornament.alternate)
    return sample(u, v, picture, share[0], share[1], kind != "single", kind == "texture", *turned, rows)


def _frame(placed: Placed, ornament: Ornament, spacing: float) -> Float32Array:
    """A border along the inside of the edges, mitred at the corners; its foot lies at the edge."""
    thick = ornament.frame * min(placed.width, placed.height)
    x, y = placed.x, placed.y
    half = np.float32(placed.width / 2.0)
    gaps = np.stack([y, half - x, np.float32(placed.height) - y, half + x])
    side = np.argmin(gaps, axis=0)
    near = gaps.min(axis=0)
    low, high = ornament.rows[0]
    if not ornament.motif:
        return np.maximum.reduce([_between(near, a * thick, b * thick, spacing) for a, b in ornament.rows])
    values = np.zeros(len(x), dtype=np.float32)
    middle = y - np.float32(placed.height / 2.0)
    kind = load_motif(ornament.motif).kind
    for number, along in enumerate((x, middle, -x, -middle)):
        mine = np.flatnonzero((side == number) & (near <= thick))
        length = placed.width if number % 2 == 0 else placed.height
        box = (length, (high - low) * thick, False)
        values[mine] = _cells(along[mine], near[mine] - np.float32(low * thick), box, ornament, kind, spacing)
    return values


@njit(cache=True, fastmath=True)
def sample(
    u: Float32Array,
    v: Float32Array,
    picture: Float32Array,
    wide: float,
    tall: float,
    wraps_x: bool,
    wraps_y: bool,
    stagger: bool,
    alternate: bool,
    rows_up: int,
) -> Float32Array:
    """(k,) a picture in the cells of a grid, bilinearly; 0 beyond it.

    u, v: (k,) in cells; wide, tall: the share of a cell that the picture covers, in its middle. wraps_x, wraps_y: it
    goes on into the next cell. stagger: odd rows are moved by half a cell; alternate: odd cells are mirrored. rows_up:
    how many rows there are.
    """
    rows, cols = picture.shape
    out = np.zeros(u.shape[0], dtype=np.float32)
    for i in range(u.shape[0]):
        if v[i] < 0.0 or v[i] > rows_up:
            continue
        row = math.floor(v[i])
        along = u[i] + (0.5 if stagger and int(row) % 2 == 1 else 0.0)
        cell = math.floor(along)
        s = (along - cell - 0.5) / wide + 0.5
        t = (v[i] - row - 0.5) / tall + 0.5
        if alternate and int(cell) % 2 != 0:
            s = 1.0 - s
        x, y = s * cols - 0.5, (1.0 - t) * rows - 0.5
        x0, y0 = math.floor(x), math.floor(y)
        fx, fy = np.float32(x - x0), np.float32(y - y0)
        total = np.float32(0.0)
        for corner in range(4):
            c, r = x0 + (corner & 1), y0 + (corner >> 1)
            if wraps_x:
                c = c % cols
            if wraps_y:
                r = r % rows
            if c < 0 or r < 0 or c >= cols or r >= rows:
                continue
            weight = (fx if corner & 1 else np.float32(1.0) - fx) * (fy if corner >> 1 else np.float32(1.0) - fy)
            total += weight * picture[r, c]
        out[i] = total
    return out
