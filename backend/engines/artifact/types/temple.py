"""Temple: a model of a Doric peripteral temple of six by thirteen columns, after the Hephaisteion in Athens at 1:50."""

from __future__ import annotations

import numpy as np

from ....geometry.loft import loft, polyhedron
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray
from ._forms import about
from ._stone import block, upright
from .base import ArtifactType, Zone

SIZE = (0.3022, 0.6634, 0.233)
STYLOBATE = (27.42, 63.54)
STEP = 0.7
FLOOR = 3 * STEP
COLUMN = 11.43
BEAM = FLOOR + COLUMN
BAY, END_BAY = 5.17, 4.83
AXIS = (0.5 * (3 * BAY + 2 * END_BAY), 0.5 * (10 * BAY + 2 * END_BAY))
FACE = (AXIS[0] + 0.86, AXIS[1] + 0.86)
FRIEZE, CORNICE = BEAM + 1.67, BEAM + 3.32
EAVES = CORNICE + 0.6
RISE = 3.6
FLUTES = 20


def _places() -> list[tuple[float, float]]:
    """Axes of the 34 outer columns and of the 4 between the antae."""
    across = [-AXIS[0], *((k - 1.5) * BAY for k in range(4)), AXIS[0]]
    along = [(k - 5.0) * BAY for k in range(11)]
    outer = [(x, y) for x in across for y in (-AXIS[1], AXIS[1])]
    outer += [(x, y) for y in along for x in (-AXIS[0], AXIS[0])]
    return [*outer, *((x, y) for x in (-0.5 * BAY, 0.5 * BAY) for y in (-21.6, 21.6))]


def _column(lower: float) -> Part:
    """A fluted shaft, echinus and abacus as one skin, which goes from round to square."""
    count = 2 * FLUTES
    angle = 2.0 * np.pi * np.arange(count) / count
    flute = np.where(np.arange(count) % 2 == 0, 1.0, 0.945)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    square = unit / np.abs(unit).max(axis=1, keepdims=True)
    upper, half = 0.775 * lower, 1.13 * lower
    rows = [
        (unit * flute[:, None] * lower, -0.1), (unit * flute[:, None] * upper, 10.5), (unit * upper, 10.56),
        (unit * half * 0.9, 10.9), (unit * half * 0.96, 11.02), (square * half, 11.04), (square * half, COLUMN + 0.1),
    ]  # fmt: skip
    rings = np.array([np.column_stack([flat, np.full(count, FLOOR + z)]) for flat, z in rows])
    names = ["column"] * 2 + ["capital"] * 4
    return loft(rings * 0.01, names, ends=("joint", "joint"), end_density=0.1, crease_degrees=34.0)


def _frieze() -> Part:
    """Triglyphs over every column and between two, as a plan that goes in and out."""
    deep, half = 0.16, 0.51
    sides = []
    for (length, face), count in zip((FACE, FACE[::-1]), (11, 25), strict=True):
        middles = np.linspace(-length + half, length - half, count)
        points = []
        for middle in middles:
            points += [(middle - half, deep), (middle - half, 0.0), (middle + half, 0.0), (middle + half, deep)]
        sides.append(np.array(points[1:-2]) * (1.0, 1.0) + (0.0, -face))
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    front, right = sides[0], sides[1] @ turn.T
    outline = np.vstack([front, right, -front, -right])
    rings = [(0.0, FRIEZE - 0.05), (0.0, CORNICE + 0.05)]
    return slab(outline, rings, regions=("joint", "frieze", "joint"), densities=(0.1, 1.0, 0.1), max_step=1e6)


def _entablature() -> list[Part]:
    beam = block(
        (-FACE[0], -FACE[1], BEAM), (FACE[0], FACE[1], FRIEZE), ("ceiling", "architrave", "joint"), hidden=(0.6, 0.1)
    )
    taenia = slab(
        rectangle(2 * FACE[0] + 0.3, 2 * FACE[1] + 0.3),
        [(0.0, FRIEZE - 0.22), (0.0, FRIEZE)],
        regions=("taenia", "taenia", "taenia"),
        densities=(0.1, 1.0, 0.55),
        max_step=1e6,
    )
    cornice = slab(
        rectangle(2 * FACE[0] + 1.6, 2 * FACE[1] + 1.6),
        [(0.75, CORNICE), (0.75, CORNICE + 0.12), (0.05, CORNICE + 0.2), (0.0, CORNICE + 0.5), (0.15, EAVES)],
        regions=("joint", "cornice", "cornice"),
        densities=(0.1, 1.0, 0.55),
        max_step=1e6,
    )
    return [beam, taenia, _frieze(), cornice]


def _roof() -> list[Part]:
    """The tympana, and two slopes with the ridges of their cover tiles."""
    half, deep = FACE[0] + 0.3, FACE[1] - 0.1
    gable_end = ((-half, EAVES - 0.2), (half, EAVES - 0.2), (0.0, EAVES + RISE))
    points = [(x, y, z) for y in (-deep, deep) for x, z in gable_end]
    faces = [(0, 1, 2), (4, 3, 5), (0, 3, 4, 1), (1, 4, 5, 2), (3, 0, 2, 5)]
    names = ["tympanum", "tympanum", "joint", "joint", "joint"]
    gable = polyhedron(points, faces, names, densities=[1.0, 1.0, 0.1, 0.1, 0.1])
    wide, long = FACE[0] + 1.1, FACE[1] + 0.95
    slope = RISE / half
    ribs = 44
    rows = [-long]
    for middle in np.linspace(-long + 0.4, long - 0.4, ribs):
        rows += [middle - 0.2, middle - 0.12, middle + 0.12, middle + 0.2]
    rows.append(long)
    rings = []
    for k, y in enumerate(rows):
        lift = 0.16 if k % 4 in (2, 3) else 0.0
        outer = [(-wide, EAVES + 0.32 - slope * (wide - half)), (0.0, EAVES + RISE + 0.42), (wide, 0.0)]
        outer[2] = (wide, outer[0][1])
        inner = [(wide, outer[0][1] - 0.58), (0.0, EAVES + RISE - 0.4), (-wide, outer[0][1] - 0.58)]
        rings.append([(x, y, z + lift) for x, z in outer] + [(x, y, z) for x, z in inner])
    roof = loft(np.array(rings) * 0.01, "roof", sectors=range(6), crease_degrees=30.0)
    return [gable, roof]


def _acroterion(x: float, y: float, z: float, size: float) -> Part:
    """A small palmette that stands on a corner of the gable."""
    angle = np.linspace(-0.15 * np.pi, 1.15 * np.pi, 36)
    reach = size * (0.8 + 0.25 * np.abs(np.sin(4.5 * angle + 0.25 * np.pi)) + 0.25 * np.clip(np.sin(angle), 0.0, 1.0))
    outline: FloatArray = np.stack([reach * np.cos(angle), size + reach * np.sin(angle)], axis=1)
    outline = np.vstack([[(-0.4 * size, -0.4 * size), (0.4 * size, -0.4 * size)], outline])
    plate = slab(outline, [(0.0, 0.0), (0.0, 0.35)], regions=("acroterion",) * 3, max_step=1e6)
    return upright(plate).moved((0.01 * x, 0.01 * (y + 0.17), 0.01 * z))


def _cella() -> list[Part]:
    """Two long walls that end in antae, a wall with a door before the room and a blind one behind it."""
    low, high = FLOOR - 0.2, BEAM + 0.2
    extents = [
        ((-7.2, -22.6, low), (-6.2, 22.6, high)),
        ((6.2, -22.6, low), (7.2, 22.6, high)),
        ((-6.4, 16.0, low), (6.4, 17.0, high)),
        ((-6.4, -17.0, low), (-1.7, -16.0, high)),
        ((1.7, -17.0, low), (6.4, -16.0, high)),
        ((-1.9, -16.95, FLOOR + 7.4), (1.9, -16.05, high)),
    ]
    return [block(start, end, ("joint", "wall", "joint"), hidden=(0.3, 0.1)) for start, end in extents]


def build(rng: np.random.Generator) -> UVMesh:
    """Three steps, 6 x 13 columns, a cella with two porches, entablature, gables, tiled roof. The front is -y."""
    base = slab(
        rectangle(STYLOBATE[0] + 4 * STEP, STYLOBATE[1] + 4 * STEP),
        [(0, 0), (0, STEP), (STEP, STEP), (STEP, 2 * STEP), (2 * STEP, 2 * STEP), (2 * STEP, FLOOR)],
        regions=("base", "steps", "floor"),
        densities=(0.6, 1.0, 1.0),
        max_step=1e6,
    )
    column = _column(about(rng, 1.02, 0.02))
    columns = [column.moved((0.01 * x, 0.01 * y, 0.0)) for x, y in _places()]
    tops = [(0.0, EAVES + RISE + 0.2, 0.9), (FACE[0] + 0.6, EAVES + 0.2, 0.6), (-FACE[0] - 0.6, EAVES + 0.2, 0.6)]
    palmettes = [_acroterion(x, side * (FACE[1] + 0.7), z, s) for x, z, s in tops for side in (-1.0, 1.0)]
    bodies = [base, *_cella(), *columns, *_entablature(), *_roof(), *palmettes]
    return assemble(bodies, size_m=SIZE)


TYPE = ArtifactType(
    "temple",
    "Greek temple (model)",
    SIZE,
    "Hephaisteion, Athens (stylobate 13.71 x 31.77 m, 6 x 13 columns 5.71 m high), at 1:50",
    "marble",
    build,
    culture="Greek",
    round=False,
    zones=(
        Zone("frieze", "band", (0.66, 0.72), regions=("frieze",)),
        Zone("border", "band", (0.58, 0.64), regions=("architrave",)),
        Zone("field", "field", (0.25, 0.77, 0.75, 0.90), regions=("tympanum",)),
        Zone("back", "field", (0.25, 0.77, 0.75, 0.90), "back", regions=("tympanum",)),
    ),
)
