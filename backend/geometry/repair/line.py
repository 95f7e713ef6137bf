"""The repair line from end to end."""

from __future__ import annotations

from .contract import RawShape, RepairedShape, RepairWish, Say


def repaired(shape: RawShape, wish: RepairWish, say: Say) -> RepairedShape:
    """The mesh cleaned, closed, decimated, unwrapped, textured, at its true size and on its base.

    Raises GeometryError, with a fix, when nothing is left that could be worked on.
    """
    raise NotImplementedError
