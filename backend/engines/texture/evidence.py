"""How each texel came to be, and how sure that is: the codes of an evidence map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...geometry.typing import BoolArray, Float32Array, IntArray
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
    view: NDArray[np.int16]
    confidence: Float32Array
    filled: BoolArray


def codes(mode: Mode) -> IntArray:
    """(4,) the red channel of painted, filled and kept texels, and the green one of texels that no view painted.

    What is kept was given; where nothing tells more of it, it counts as observed.
    """
    painted = OBSERVED if mode == "project" else GENERATED
    filled = INTERPOLATED if mode in ("restore", "project") else GENERATED
    return np.array([painted, filled, OBSERVED, NO_VIEW], dtype=np.int32)


def sureness(mode: Mode) -> Float32Array:
    """(3,) confidence of painted, filled and kept texels, 0..1."""
    filled = INTERPOLATED_SURENESS if mode in ("restore", "project") else UNSEEN_SURENESS
    return np.array([SURENESS[mode], filled, 1.0], dtype=np.float32)
