"""Objects made of several materials: which material each region has, and the layers that show it there."""

from __future__ import annotations

from collections.abc import Sequence

from ...surface.material import Layer, Mask, Material, load_material
from .types.base import ArtifactType

Group = tuple[str, Sequence[Layer]]


def materials_of(kind: ArtifactType, material: str) -> dict[str, str]:
    """Regions of an object that are of another material than the object, and which. material: the object's.

    A codex of leather has pages of paper; one that is said to be of bronze is of bronze throughout.
    """
    if material != kind.material and material not in kind.supports:
        return {}
    return {region: name for region, name in kind.materials.items() if name != material}


def composed(material: Material, others: dict[str, str]) -> tuple[Material, tuple[Group, ...]]:
    """The object's material kept out of the other regions, and a group of layers for each other material."""
    if not others:
        return material, ()
    elsewhere = Mask(kind="regions", regions=tuple(sorted(others)), invert=True)
    own = material.model_copy(update={"layers": tuple(_limited(layer, elsewhere) for layer in material.layers)})
    return own, tuple(_group(name, others) for name in sorted(set(others.values())))


def _group(name: str, others: dict[str, str]) -> Group:
    """Base and layers of a material within its regions."""
    there = Mask(kind="regions", regions=tuple(sorted(region for region, m in others.items() if m == name)))
    material = load_material(name)
    base = material.base
    ground = Layer(mask=there, colour=base.colour, roughness=base.roughness, metallic=base.metallic)
    return f"material {name}", (ground, *(_limited(layer, there) for layer in material.layers))


def _limited(layer: Layer, where: Mask) -> Layer:
    mask = layer.mask.model_copy(update={"also": (*layer.mask.also, where)})
    return layer.model_copy(update={"mask": mask})
