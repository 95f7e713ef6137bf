"""What a type of artifact is: one small module with a ``TYPE`` of this class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ....geometry.mesh import UVMesh


@dataclass(frozen=True)
class Zone:
    """A place on a type where ornament may lie. Angles are degrees about z: -90 is the front, handles stand at 0, 180.

    name: what decorations call it: lip, neck, shoulder, frieze (the main band), lower, foot, lid, handle, field (the
    main picture), border, centre, back.
    kind and extent:
    "band": all around the z axis; (low, high), shares of the height.
    "window": a part of a band; (low, high, middle angle, width of the angle).
    "field": a rectangle on the side that looks ``facing``; (left, bottom, right, top), shares of the bounding box as
    seen by someone who faces that side.
    "ring": around the middle of the side that looks ``facing``; (inner, outer), shares of half the smaller extent.
    regions: names of the mesh's regions that it is limited to; empty: all but "interior", "handle" and "base".
    """

    name: str
    kind: Literal["band", "window", "field", "ring"]
    extent: tuple[float, ...]
    facing: Literal["front", "back", "left", "right", "top", "bottom"] = "front"
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ArtifactType:
    """A type that the parametric engine can make.

    name: identifier, e.g. "kylix". title: for people. size_m: typical (width, depth, height) including handles, of the
    mesh that build() makes. material: the usual one. size_source: where the typical size comes from. build(rng): the
    mesh at typical size; rng varies proportions slightly, the same state gives the same mesh. round: made on a wheel or
    lathe, so that width and depth go together. flat: flat work, whose front is the picture. zones: where ornament lies.
    materials: regions that are of another material than the object, such as a frame or pages, and which; they hold when
    the object is of the usual material or one of ``supports``. stretch: how many times a record's measurements may
    stretch one side against another before a neutral volume says more than a distorted body; None: no limit.
    """

    name: str
    title: str
    size_m: tuple[float, float, float]
    size_source: str
    material: str
    build: Callable[[np.random.Generator], UVMesh]
    culture: str = ""
    round: bool = True
    flat: bool = False
    zones: tuple[Zone, ...] = ()
    materials: Mapping[str, str] = field(default_factory=dict)
    supports: tuple[str, ...] = ()
    stretch: float | None = None
