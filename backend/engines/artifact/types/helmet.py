"""Helmet: Corinthian, beaten from one sheet, standing on its cheek pieces and neck guard; the front is -y."""

from __future__ import annotations

import numpy as np

from ....geometry.implicit import Field, chain, organic, union
from ....geometry.mesh import UVMesh
from ....geometry.part import Part
from ....geometry.slab import slab
from ....geometry.solid import assemble
from ....geometry.typing import FloatArray, Points
from ._forms import CM, about
from .base import ArtifactType, Zone

SIZE = (0.2035, 0.2524, 0.284)
HEIGHTS = np.array([-3.0, 0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 26.5, 28.5])
HALF = np.array([8.8, 8.7, 8.5, 8.8, 9.5, 10.2, 10.1, 8.3, 5.6, 0.6])
FRONT = np.array([12.6, 12.5, 12.3, 12.0, 11.6, 11.3, 10.6, 8.2, 5.2, 0.6])
BACK = np.array([14.6, 12.6, 10.3, 10.6, 11.8, 12.8, 12.7, 10.2, 6.8, 0.6])
EYE = [(0.95, 14.2), (1.6, 13.1), (3.2, 12.7), (5.2, 13.1), (6.7, 14.3), (5.4, 15.2), (3.4, 15.7), (1.7, 15.5)]
SLIT = [(0.0, 8.6), (0.75, 8.9), (1.0, 9.6), (1.15, 12.2), (1.6, 13.1)]


def _dome(widen: float, bottom: float) -> Field:
    """Ovals that change with the height, widest at the temples, drawn in over the neck and flaring below."""
    dense = np.linspace(HEIGHTS[0], HEIGHTS[-1], 128)
    smooth = [_smoothed(dense, values) for values in (HALF, FRONT, BACK)]

    def field(p: Points) -> FloatArray:
        z = np.clip(p[:, 2] / CM, dense[0], dense[-1])
        half, front, back = (np.interp(z, dense, line) * CM + widen for line in smooth)
        reach = np.where(p[:, 1] < 0.0, front, back)
        share = np.sqrt((p[:, 0] / half) ** 2 + (p[:, 1] / reach) ** 2 + 1e-9)
        steep = np.hypot(1.0, np.interp(z, dense, np.abs(np.gradient(smooth[0], dense))))
        side = (share - 1.0) * np.minimum(half, reach) / steep
        return np.maximum(side, np.maximum(bottom * CM - p[:, 2], p[:, 2] - 28.4 * CM - widen))

    return field


def _smoothed(dense: FloatArray, values: FloatArray) -> FloatArray:
    """The values as an ellipse-like curve: interpolated in their square at the crown."""
    line = np.sqrt(np.interp(dense, HEIGHTS, values**2))
    kernel = np.ones(9) / 9.0
    padded = np.pad(line, 4, mode="edge")
    return np.convolve(padded, kernel, mode="valid")


def build(rng: np.random.Generator) -> UVMesh:
    """Skull with a ridge above the brow, almond eyes, a long nose guard, cheek pieces apart, a flaring neck guard."""
    brow = about(rng, 17.2, 0.012)
    ridge = [(x * CM, (-11.55 + 0.058 * x * x) * CM, (brow - 0.05 * x * x + 0.1 * abs(x)) * CM)
             for x in (-8.6, -6.0, -3.0, 0.0, 3.0, 6.0, 8.6)]  # fmt: skip
    outer = union(_dome(0.0, 0.0), chain(ridge, [0.55 * CM] * 7), smooth=1.8 * CM)
    low, high = (-0.125, -0.15, -0.03), (0.125, 0.165, 0.3)
    shell = organic(outer, low, high, 0.0062, regions=("body",), symmetric=True)
    hollow = organic(_dome(-0.28 * CM, -1.5), low, high, 0.0078, regions=("inside",), symmetric=True)
    eyes, slit, mouth = _openings()
    throat = _extruded(_throat(), 11.0, -11.0, 0.3, sideways=True)
    cuts = [hollow, *eyes, slit, mouth, throat]
    return assemble([shell], cuts=[part.as_cutter("rim") if part is not hollow else part.as_cutter() for part in cuts],
                    size_m=SIZE)  # fmt: skip


def _openings() -> tuple[list[Part], Part, Part]:
    right = np.array(EYE)
    eyes = [_extruded(right, 14.0, 7.0), _extruded((right * (-1.0, 1.0))[::-1], 14.0, 7.0)]
    half = np.array([(0.62, -4.0), (0.55, 6.0), (0.75, 8.0), (1.25, 9.2), (1.5, 11.0), (1.75, 13.3)])
    inner = np.array([(1.25, 13.7), (0.95, 12.4), (0.85, 10.6), (0.5, 9.6)])
    outline = np.vstack([half, inner, inner[::-1] * (-1.0, 1.0), half[::-1] * (-1.0, 1.0)])
    return eyes, _extruded(outline, 14.0, 7.0), _extruded(np.array([(-0.5, -4.0), (0.5, -4.0), (0.0, 1.0)]), 14.0, 7.0)


def _throat() -> FloatArray:
    """Seen from the side (y, z): what is cut away between the cheek pieces and the neck guard."""
    low = [(-4.6, -5.0), (9.4, -5.0), (9.2, 1.4), (6.4, 2.6)]
    return np.array([*low, (3.6, 5.4), (1.6, 6.2), (-0.6, 5.0), (-2.6, 1.5)])


def _extruded(outline: FloatArray, far: float, near: float, density: float = 0.9, *, sideways: bool = False) -> Part:
    """A cutter: an outline in (x, z) between y = -far and y = -near, or one in (y, z) right through along x."""
    part = slab(outline, [(0.0, near), (0.0, far)], regions=("rim",) * 3, densities=(0.02, density, 0.02), max_step=1.5)
    upright = part.turned("x", 90.0)
    return upright.turned("z", 90.0) if sideways else upright


TYPE = ArtifactType(
    "helmet",
    "Helmet (Corinthian)",
    SIZE,
    "Typical of museum examples, estimate",
    "bronze",
    build,
    culture="Greek",
    round=False,
    zones=(
        Zone("border", "band", (0.56, 0.66), regions=("body",)),
        Zone("field", "field", (0.1, 0.1, 0.9, 0.95), "left", ("body",)),
        Zone("lower", "band", (0.0, 0.05), regions=("body",)),
    ),
)
