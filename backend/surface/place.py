"""Ornament as layers name it: where on an object which drawing lies. Data only; ``ornament`` evaluates it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Facing = Literal["front", "back", "left", "right", "top", "bottom"]


class Place(BaseModel):
    """A place on an object. Angles are degrees about z: -90 is the front.

    "band": all around the z axis; extent (low, high), shares of the height. "window": a part of a band; (low, high,
    middle angle, width of the angle). "field": a rectangle on the side that looks ``facing``; (left, bottom, right,
    top), shares of the bounding box as someone sees it who faces that side. "ring": around the middle of that side;
    (inner, outer), shares of half its smaller extent. regions: names it is limited to; empty: all but "interior",
    "handle" and "base".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["band", "window", "field", "ring"]
    extent: tuple[float, ...]
    facing: Facing = "front"
    regions: tuple[str, ...] = ()


class Ornament(BaseModel):
    """A drawing laid into a place.

    motif: its name; "" fills the place. rows: stripes of the place's height, 0 below (ring: inside) to 1, measured
    along the surface; a motif lies in the first, a fill in all. repeats: how many times around or across; None keeps
    the motif's proportions. multiple: the number of repeats is a multiple of this. count: rows of a texture above one
    another. size: share of its cell that a single motif fills. stagger: every other row is moved by half a repeat.
    alternate: every other repeat is mirrored. frame: > 0 runs along the inside of a field's or window's edge, this
    share of its smaller side wide. bevel: as relief, the share of the motif's height over which edges rise; 0: upright.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: Place
    motif: str = ""
    rows: tuple[tuple[float, float], ...] = Field(((0.0, 1.0),), min_length=1)
    repeats: int | None = Field(None, ge=1)
    multiple: int = Field(1, ge=1)
    count: int = Field(1, ge=1)
    size: float = Field(1.0, gt=0.0, le=1.0)
    stagger: bool = False
    alternate: bool = False
    frame: float = Field(0.0, ge=0.0, le=0.5)
    bevel: Share = 0.0
