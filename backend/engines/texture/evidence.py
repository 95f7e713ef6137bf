"""How each texel came to be, and how sure that is: the evidence map of a texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...geometry.surface_texels import SurfaceTexels
from ...geometry.typing import BoolArray, ByteImage, Float32Array, IntArray
from .contract import GENERATED, INTERPOLATED, NO_VIEW, OBSERVED, Mode

SURENESS = {"generate": 0.35, "restore": 0.5, "refine": 0.35, "project": 1.0}
"""Confidence of a texel that was painted as well as a view can: a photograph shows what is there; a painter that sees
what surrounds a gap knows more than one that was given words alone. Estimates, to be compared with each other only.
"""
INTERPOLATED_SURENESS = 0.3
UNSEEN_SURENESS = 0.1


@dataclass(frozen=True)
class Origins:
    """What happened to the texels, (k,) each. kept: given and untouched. painted: by a view. view: its index, -1 none.
    confidence: of the view, 0..1. filled: from around, seen by no view.
    """

    kept: BoolArray
    painted: BoolArray
    view: IntArray
    confidence: Float32Array
    filled: BoolArray


def evidence_of(
    texels: SurfaceTexels, origins: Origins, mode: Mode, given: ByteImage | None, observed: bool
) -> ByteImage:
    """(k, 3) uint8, the evidence of each texel.

    given: (k, 3) what was known of the texels before: kept ones keep it. observed: whether what is kept without such a
    statement counts as observed.
    """
    count = len(texels.row)
    out = np.zeros((count, 3), dtype=np.uint8)
    out[:, 1] = NO_VIEW
    painted = origins.painted
    out[painted, 0] = OBSERVED if mode == "project" else GENERATED
    out[painted, 1] = origins.view[painted]
    out[painted, 2] = np.round(255.0 * SURENESS[mode] * np.clip(origins.confidence[painted], 0.0, 1.0))
    known_around = mode in ("restore", "project")
    out[origins.filled, 0] = INTERPOLATED if known_around else GENERATED
    out[origins.filled, 2] = round(255.0 * (INTERPOLATED_SURENESS if known_around else UNSEEN_SURENESS))
    if given is not None:
        out[origins.kept] = given[origins.kept]
    elif observed:
        out[origins.kept] = (OBSERVED, NO_VIEW, 255)
    return out
