"""Materials and finishes as data: what stands in ``data/materials`` and ``data/finishes``, read and checked."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from .place import Ornament

DATA = Path(__file__).parent / "data"
Linear = tuple[float, float, float]
Unit = Annotated[float, Field(ge=0.0, le=1.0)]
_HEX = re.compile(r"#[0-9a-f]{6}")


def linear_of(value: Any) -> Any:
    """A colour of the data files as linear RGB: "#rrggbb" is sRGB (IEC 61966-2-1), a list is linear already."""
    if not isinstance(value, str):
        return value
    if not _HEX.fullmatch(value):
        raise ValueError(f"{value!r} is not a colour such as #a0522d")
    channels = (int(value[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


Colour = Annotated[Linear, BeforeValidator(linear_of)]


class Entry(BaseModel):
    """What stands in a data file: nothing unknown, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mask(Entry):
    """Where a layer lies, 0..1 at each point.

    kind: noise, ridge (creases of noise), cells (distance to feature points), crackle (lines between cells), patches
    (cells, one value each), rings (growth rings about a tilted axis), level (height / total height), upward (how far
    the surface faces up), hollow (how far inside the silhouette of the object a point lies), regions (named parts),
    ornament (a drawing in a place), all. Measured on the mesh (drivers.py): occlusion (how closed in, 0 open),
    cavity and edge (how far the surface turns inwards or outwards), drip (where water runs down), settle (where dust
    comes to lie).
    size: feature size as (share of the object's largest side, at least mm, at most mm). stretch: along x, y, z.
    low, high: a smoothstep between these values; low > high falls. also: masks to multiply with.
    """

    kind: Literal[
        "noise",
        "ridge",
        "cells",
        "crackle",
        "patches",
        "rings",
        "level",
        "upward",
        "hollow",
        "regions",
        "ornament",
        "all",
        "occlusion",
        "cavity",
        "edge",
        "drip",
        "settle",
    ]
    size: tuple[float, float, float] = (0.1, 1.0, 100.0)
    stretch: Linear = (1.0, 1.0, 1.0)
    octaves: int = Field(3, ge=1, le=8)
    gain: Unit = 0.5
    warp: float = 0.0
    low: float | None = None
    high: float = 1.0
    invert: bool = False
    jitter: float = 0.0
    regions: tuple[str, ...] = ()
    ornament: Ornament | None = None
    also: tuple[Mask, ...] = ()


class Layer(Entry):
    """One layer: what changes where its mask is 1. relief: height as a share of the feature size, or of relief_mm when
    given. share: layers with the same name here see the same noise, such as joins and the pieces between them.
    """

    note: str = ""
    mask: Mask
    colour: Colour | None = None
    multiply: bool = False
    opacity: Unit = 1.0
    roughness: Unit | None = None
    metallic: Unit | None = None
    relief: float = 0.0
    relief_mm: float = 0.0
    types: Literal["all", "round"] = "all"
    share: str = ""


class Base(Entry):
    """What lies below all layers."""

    colour: Colour
    roughness: Unit
    metallic: Unit = 0.0


class Material(Entry):
    """A material. tint: how far a colour word changes it. grain: whether what the data call z
    runs along the object's longest side, as in wood. worn: what shows where the surface was rubbed off; null for the
    base, a little lighter. layers: from the ground up.
    """

    title: str
    source: str
    notes: str = ""
    base: Base
    ior: float = Field(1.5, ge=1.0, le=3.0)
    transmission: Unit = 0.0
    tint: Unit = 0.0
    grain: Literal["upright", "longest"] = "upright"
    worn: Base | None = None
    layers: tuple[Layer, ...] = ()


class Finish(Entry):
    """A decoration laid over a material. over: layers above the drawn ornament, such as wear."""

    title: str
    source: str
    notes: str = ""
    base: Base | None = None
    layers: tuple[Layer, ...]
    over: tuple[Layer, ...] = ()


@cache
def load_material(name: str) -> Material:
    """The material of this name. Raises KeyError when there is none."""
    return Material.model_validate(read_entry("materials", name))


def material_names() -> tuple[str, ...]:
    """Every material that has a data file, sorted."""
    return tuple(sorted(path.stem for path in (DATA / "materials").glob("*.json")))


@cache
def load_finish(name: str) -> Finish:
    """The finish of this name. Raises KeyError when there is none."""
    return Finish.model_validate(read_entry("finishes", name))


def read_entry(folder: str, name: str) -> Any:
    """The JSON of a data file. Raises KeyError when there is none."""
    path = DATA / folder / f"{name}.json"
    if not path.is_file():
        raise KeyError(name)
    return json.loads(path.read_text(encoding="utf-8"))
