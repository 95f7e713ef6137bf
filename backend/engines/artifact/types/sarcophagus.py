"""Sarcophagus: a stone coffin with its gabled lid, closed, so it is solid."""

from __future__ import annotations

import numpy as np

from ....geometry.loft import polyhedron
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.slab import rectangle, slab
from ....geometry.solid import assemble
from ._forms import about
from ._stone import block, upright
from .base import ArtifactType, Zone

SIZE = (2.12, 0.78, 0.856)
RIM = 60.0
EAVES = 69.0


def _lid(rise: float) -> list[Part]:
    """A low roof over a moulded edge, with a horn at each corner."""
    edge = slab(
        rectangle(212.0, 78.0),
        [(1.6, RIM - 0.5), (1.6, RIM + 0.8), (0.0, RIM + 2.2), (0.0, EAVES)],
        regions=("joint", "lid", "joint"),
        densities=(0.7, 1.0, 0.6),
        max_step=20.0,
    )
    half, deep, low = 105.5, 38.5, EAVES - 0.5
    points = [(x, y, low) for x, y in ((-half, -deep), (half, -deep), (half, deep), (-half, deep))]
    points += [(-half, 0.0, EAVES + rise), (half, 0.0, EAVES + rise)]
    faces = [(0, 1, 5, 4), (2, 3, 4, 5), (1, 2, 5), (3, 0, 4), (3, 2, 1, 0)]
    roof = polyhedron(points, faces, ["roof", "roof", "gable", "gable", "joint"], densities=[1, 1, 1, 1, 0.1])
    return [edge, roof, *(_horn(x, y) for x in (-1.0, 1.0) for y in (-1.0, 1.0))]


def _horn(x: float, y: float) -> Part:
    """A quarter-round acroterion, lower towards the middle."""
    turn = np.linspace(0.0, 0.5 * np.pi, 9)
    arc = np.stack([13.0 * np.cos(turn), 15.0 * np.sin(turn)], axis=1)
    outline = np.vstack([[(0.0, -2.0), (13.0, -2.0)], arc])
    horn = slab(outline, [(0.3, 0.0), (0.0, 0.3), (0.0, 12.7), (0.3, 13.0)], regions=("horn",) * 3, max_step=1e6)
    raised = upright(horn).moved((-1.06, -0.26, 0.01 * EAVES))
    if x < 0.0:
        return raised if y < 0.0 else raised.moved((0.0, 0.65, 0.0))
    turned = raised.turned("z", 180.0)
    return turned if y > 0.0 else turned.moved((0.0, -0.65, 0.0))


def build(rng: np.random.Generator) -> UVMesh:
    """A chest with a moulded foot and rim and a framed front, under its lid. The front is -y."""
    inset, rise = about(rng, 2.4, 0.08), about(rng, 17.0, 0.05)
    chest = slab(
        rectangle(207.0, 73.0),
        [
            (0.4, 0), (0, 0.4), (0, 5.2), (0.3, 5.8), (inset - 0.4, 7.2), (inset, 8.6),
            (inset, 51.2), (inset - 0.5, 52.4), (0.5, 54.4), (0, 55.2), (0, RIM - 0.6), (0.8, RIM + 0.2),
        ],
        regions=("base", "body", "joint"),
        densities=(0.7, 1.0, 0.1),
        max_step=20.0,
    )  # fmt: skip
    face = -0.5 * 73.0 + inset
    panel = block((-88.0, face - 3.0, 13.5), (88.0, face + 0.5, 47.0), ("field", "field", "field"))
    return assemble([chest, *_lid(rise)], cuts=[panel.as_cutter()], size_m=SIZE)


TYPE = ArtifactType(
    "sarcophagus",
    "Sarcophagus",
    SIZE,
    "Typical of museum examples, estimate",
    "marble",
    build,
    culture="Roman",
    round=False,
    zones=(
        Zone("field", "field", (0.10, 0.17, 0.90, 0.54), regions=("field",)),
        Zone("left", "field", (0.12, 0.12, 0.88, 0.58), "left", regions=("body",)),
        Zone("right", "field", (0.12, 0.12, 0.88, 0.58), "right", regions=("body",)),
        Zone("lip", "band", (0.73, 0.80), regions=("lid",)),
        Zone("border", "band", (0.648, 0.692), regions=("body",)),
        Zone("foot", "band", (0.006, 0.060), regions=("body",)),
    ),
)
