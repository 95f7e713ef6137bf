"""How an object has come down to us: what is broken off it, and what time laid on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ...geometry import implicit
from ...geometry.damage import FRACTURE, cut_away
from ...geometry.mesh import UVMesh
from ...geometry.normals import weld
from ...geometry.part import Part
from ...geometry.solid import fitted
from ...geometry.typing import FloatArray, IntArray
from ...surface.ageing import aged, load_ageing, worn
from ...surface.material import Base, Layer, Mask, Material, linear_of
from ...words.aged import Aged

DATA = Path(__file__).parent / "data" / "condition.json"
EDGES = ("rim", "lip", "edge")
CHIP = (0.016, 0.038)
FRAGMENT = (0.16, 0.26)
LEAST_CHIP_M = 0.0008
MOST_CHIP_M = 0.03
SHARP = 0.9
MOST_LOST = 0.08
"""Of any side of the object. What takes more is left out: the size that was asked for is that of what is left."""


@dataclass(frozen=True)
class Condition:
    """ageing: name -> amount in 0..1. chips, fragments: how many are missing. body: where it is broken open.

    named: ageing that the words ask for, instead of what state and damages mean by the same name.
    """

    ageing: Mapping[str, float]
    chips: int
    fragments: int
    body: Base
    named: tuple[Aged, ...] = ()


def condition_of(
    state: str, damages: Sequence[str], material_name: str, material: Material, named: Sequence[Aged] = ()
) -> Condition:
    """What a state (or "") and damages mean for a material, and the ageing that was named besides."""
    table = _table()
    found = [table["states"].get(state, {}), *(table["damages"].get(name, {}) for name in damages)]
    ageing: dict[str, float] = {}
    for entry in found:
        for name, amount in entry.get("ageing", {}).items():
            for layer, share in _for_material(name, material_name).items():
                ageing[layer] = max(ageing.get(layer, 0.0), amount * share)
    firm = material_name in table["unbreakable"]
    chips, fragments = (0 if firm else max((entry.get(key, 0) for entry in found), default=0)
                        for key in ("chips", "fragments"))  # fmt: skip
    for item in named:
        ageing.pop(item.name, None)
    return Condition(ageing, chips, fragments, _body(material_name, material), tuple(named))


def broken(mesh: UVMesh, condition: Condition, rng: np.random.Generator) -> UVMesh:
    """The mesh without the pieces that are missing, at its size."""
    if condition.chips + condition.fragments == 0:
        return mesh
    places, normals, likely = _edges(mesh)
    if not len(places):
        return mesh
    largest = max(mesh.size)
    cutters: list[Part] = []
    for _ in range(condition.fragments):
        cutters += _tried(mesh, places, normals, likely, rng, largest)
    for _ in range(condition.chips):
        index = int(rng.choice(len(places), p=likely))
        radius = float(np.clip(rng.uniform(*CHIP) * largest, LEAST_CHIP_M, MOST_CHIP_M))
        cutters.append(_lump(places[index] + 0.45 * radius * normals[index], radius, rng, facets=6, rough=0.12))
    return fitted(cut_away(mesh, cutters), mesh.size)


def layers(condition: Condition, material: Material) -> list[tuple[str, Sequence[Layer]]]:
    """What is laid on the surface, for ``evaluate``'s ``further``: ageing, and the body where it is broken open."""
    found: list[tuple[str, Sequence[Layer]]] = []
    if condition.chips or condition.fragments:
        inside = Mask(kind="regions", regions=(FRACTURE,))
        grain = Mask(kind="noise", size=(0.02, 0.8, 12.0), octaves=4, also=(inside,))
        body = condition.body
        found.append(("fracture", (
            Layer(mask=inside, colour=body.colour, roughness=body.roughness, metallic=body.metallic),
            Layer(mask=grain, colour=(0.55, 0.52, 0.48), multiply=True, opacity=0.55, relief_mm=0.35),
        )))  # fmt: skip
    for name, amount in condition.ageing.items():
        found.append((name, aged(load_ageing(name), amount, material, None)))
    for item in condition.named:
        colour = linear_of(item.colour) if item.colour else None
        found.append((item.name + item.colour, aged(load_ageing(item.name), item.amount, material, colour)))
    return found


def _for_material(name: str, material: str) -> Mapping[str, float]:
    """The layers that an ageing stands for on a material, each with its share."""
    choices = _table()["by_material"].get(name)
    if choices is None:
        return {name: 1.0}
    found: Mapping[str, float] = choices.get(material, choices.get("*", {name: 1.0}))
    return found


def _body(name: str, material: Material) -> Base:
    entry = _table()["bodies"].get(name)
    if entry is None:
        return worn(material)
    colour, roughness, metallic = entry
    return Base(colour=linear_of(colour), roughness=roughness, metallic=metallic)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return table


def _edges(mesh: UVMesh) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Places (k, 3) where things get knocked, their outward normals, and how likely each is.

    Rims, and corners that stand out: where the normals of one place differ, and the surface falls away from it.
    """
    first = weld(mesh.vertices)
    places, group = np.unique(first, return_inverse=True)
    normal = np.zeros((len(places), 3))
    count = np.zeros(len(places))
    np.add.at(normal, group, mesh.normals)
    np.add.at(count, group, 1.0)
    length = np.linalg.norm(normal, axis=1)
    sharp = length / count < SHARP
    normal /= np.maximum(length, 1e-12)[:, None]
    points = mesh.vertices[places]
    sharp &= _standing_out(points, normal, group[mesh.faces])
    rim = np.zeros(len(places), dtype=bool)
    named = np.isin(mesh.face_region, [i for i, name in enumerate(mesh.regions) if name in EDGES])
    rim[group[mesh.faces[named]].ravel()] = True
    weight = np.where(rim, 4.0 / max(int(rim.sum()), 1), 0.0) + np.where(sharp, 1.0 / max(int(sharp.sum()), 1), 0.0)
    chosen = weight > 0.0
    return points[chosen], normal[chosen], weight[chosen] / max(float(weight[chosen].sum()), 1e-30)


def _standing_out(points: FloatArray, normal: FloatArray, faces: IntArray) -> FloatArray:
    """(n,) whether the neighbours of a place lie below the plane across its normal."""
    around, count = np.zeros_like(points), np.zeros(len(points))
    for a, b in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)):
        np.add.at(around, faces[:, a], points[faces[:, b]])
        np.add.at(count, faces[:, a], 1.0)
    step = around / np.maximum(count, 1.0)[:, None] - points
    size = np.linalg.norm(step, axis=1)
    return np.einsum("ij,ij->i", step, normal) < -0.15 * np.maximum(size, 1e-12)


def _tried(
    mesh: UVMesh, places: FloatArray, normals: FloatArray, likely: FloatArray, rng: np.random.Generator, largest: float
) -> list[Part]:
    """A large missing piece that leaves the object most of its size; none when three places did not."""
    for _ in range(3):
        index = int(rng.choice(len(places), p=likely))
        radius = float(rng.uniform(*FRAGMENT)) * largest
        part = _lump(places[index] + 0.1 * radius * normals[index], radius, rng, facets=7, rough=0.05)
        left = cut_away(mesh, [part])
        if min(a / b for a, b in zip(left.size, mesh.size, strict=True)) > 1.0 - MOST_LOST:
            return [part]
    return []


def _lump(centre: FloatArray, radius: float, rng: np.random.Generator, facets: int, rough: float) -> Part:
    """An irregular solid with flat, slightly rough sides: what a knock takes away."""
    directions = rng.normal(size=(facets, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    reach = radius * rng.uniform(0.55, 0.95, facets)
    waves, phases = rng.normal(size=(4, 3)) * (5.0 / radius), rng.uniform(0.0, 2.0 * np.pi, 4)

    def field(p: FloatArray) -> FloatArray:
        local = p - centre
        sides = (local @ directions.T - reach).max(axis=1)
        ball = np.sqrt(np.einsum("ij,ij->i", local, local)) - radius
        grain = np.sin(local @ waves.T + phases).sum(axis=1) * (0.25 * rough * radius)
        return np.maximum(sides, ball) + grain

    room = radius * (1.3 + rough)
    low, high = (centre - room).tolist(), (centre + room).tolist()
    return implicit.organic(field, low, high, radius / 7.0, regions=(FRACTURE,), crease_degrees=30.0)
