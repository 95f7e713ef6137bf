"""What time does to a surface, as data: the layers in ``data/ageing``, each from a trace (amount 0) to all over (1)."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field

from .material import DATA, Base, Colour, Entry, Layer, Linear, Material, Unit, read_entry

Range = tuple[float, float]


class AgeingLayer(Layer):
    """A layer that grows. reach: (low, high) of its mask at amount 0 and at amount 1. faint: the share of opacity and
    relief that is there at amount 0. colour_from: "worn", what shows where the material is rubbed off; "asked", the
    colour that was asked for.
    """

    reach: tuple[Range, Range] | None = None
    faint: Unit = 0.5
    colour_from: Literal["", "worn", "asked"] = ""


class Ageing(Entry):
    """One way of ageing. implies: the material, where none is named. colour: where one can be asked for, the usual
    one. layers: from the ground up.
    """

    title: str
    title_zh: str
    source: str
    implies: str = ""
    colour: Colour | None = None
    layers: tuple[AgeingLayer, ...] = Field(min_length=1)


@cache
def load_ageing(name: str) -> Ageing:
    """The ageing of this name. Raises KeyError when there is none."""
    return Ageing.model_validate(read_entry("ageing", name))


def ageing_names() -> tuple[str, ...]:
    """Every ageing that has a data file, sorted."""
    return tuple(sorted(path.stem for path in (DATA / "ageing").glob("*.json")))


def worn(material: Material) -> Base:
    """What shows where this material is rubbed off."""
    if material.worn is not None:
        return material.worn
    base = material.base
    if base.metallic > 0.5:
        return Base(colour=base.colour, roughness=max(0.7 * base.roughness, 0.12), metallic=1.0)
    lighter = tuple(c + 0.3 * (0.8 - c) if c < 0.8 else c for c in base.colour)
    return Base(colour=lighter, roughness=min(base.roughness + 0.1, 1.0), metallic=base.metallic)


def aged(ageing: Ageing, amount: float, material: Material, colour: Linear | None) -> tuple[Layer, ...]:
    """The layers of an ageing that is there to an amount in 0..1; none at 0."""
    if amount <= 0.0:
        return ()
    return tuple(_grown(layer, amount, worn(material), colour or ageing.colour) for layer in ageing.layers)


def _grown(layer: AgeingLayer, amount: float, bare: Base, asked: Linear | None) -> Layer:
    values = {name: getattr(layer, name) for name in Layer.model_fields}
    share = layer.faint + (1.0 - layer.faint) * amount
    values |= {"opacity": layer.opacity * share, "relief": layer.relief * share, "relief_mm": layer.relief_mm * share}
    if layer.reach is not None:
        (low0, high0), (low1, high1) = layer.reach
        step = {"low": low0 + amount * (low1 - low0), "high": high0 + amount * (high1 - high0)}
        values["mask"] = layer.mask.model_copy(update=step)
    if layer.colour_from == "worn":
        values["colour"] = bare.colour
        values["roughness"] = bare.roughness if layer.roughness is None else layer.roughness
        values["metallic"] = bare.metallic if layer.metallic is None else layer.metallic
    if layer.colour_from == "asked" and asked is not None:
        values["colour"] = asked
    return Layer.model_construct(**values)
