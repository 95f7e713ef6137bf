"""Parameters of every engine that is given a mesh."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Params


class MeshParams(Params):
    """How the mesh's coordinates are to be taken."""

    unwrap: Literal["auto", "keep", "new"] = Field(
        "auto",
        description="Texture coordinates: keep those of the mesh when they can be used, keep them in any case, or new.",
    )
    unit: Literal["auto", "m", "cm", "mm", "in"] = Field(
        "auto", description="The mesh's unit; auto: metres, or millimetres where metres would be more than a building."
    )
    up: Literal["auto", "y", "z"] = Field(
        "auto", description="Which axis points up; auto: y in GLB, otherwise the one on which the mesh stands."
    )
