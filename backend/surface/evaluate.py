"""From a material, a finish and the texels of an object to its maps."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..geometry.mesh import UVMesh
from ..geometry.texels import TexelMap
from ..geometry.typing import ByteImage, Float32Array
from .kernels import lay, spread, texel_index, tilt, to_bytes
from .masks import Surface, evaluate_mask, feature_size
from .material import Finish, Layer, Linear, Material

LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
STEEPEST = 0.9
# Colour, roughness, metallic and normal of an atlas without any chart.
NOTHING = np.array([0, 0, 0, 255, 0, 128, 128, 255], dtype=np.uint8)
_UNTOUCHED = np.full(3, -1.0, dtype=np.float32)


@dataclass(frozen=True)
class SurfaceMaps:
    """Maps of an atlas, R x R, row 0 at v = 1. base_color: sRGB. normal: tangent space. bent: (k, 3) object-space
    normals of the texels with the relief in them, for pictures.
    """

    base_color: ByteImage
    roughness: ByteImage
    metallic: ByteImage
    normal: ByteImage
    bent: Float32Array


@dataclass
class _State:
    """The surface while layers are laid on it. height: metres."""

    rgb: Float32Array
    rough: Float32Array
    metal: Float32Array
    height: Float32Array


def surface_of(mesh: UVMesh, texels: TexelMap, is_round: bool) -> Surface:
    """The texels as masks see them. Lengths in metres, heights from 0."""
    corners = mesh.vertices[mesh.faces]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
    size = mesh.size
    return Surface(
        position=np.ascontiguousarray(texels.position, dtype=np.float32),
        normal=np.ascontiguousarray(texels.normal, dtype=np.float32),
        region=mesh.face_region[texels.face],
        regions=mesh.regions,
        largest=max(size),
        height=max(size[2], 1e-6),
        spacing=float(np.sqrt(area / max(len(texels.rows), 1))),
        round=is_round,
    )


def evaluate(
    surface: Surface,
    texels: TexelMap,
    material: Material,
    finish: Finish | None,
    tint: Linear | None,
    seed: int,
    tick: Callable[[float], None],
) -> SurfaceMaps:
    """Lay all layers and read the maps off. seed: of the object; tick: called with the share that is done."""
    state = _ground(len(surface), material, finish)
    grained = _along_longest(surface) if material.grain == "longest" else surface
    layers = [("material", layer) for layer in material.layers]
    split = len(layers)
    layers += [("finish", layer) for layer in (finish.layers if finish else ())]
    if tint is not None and split == 0:
        _tint(state.rgb, tint, material.tint)
    for index, (source, layer) in enumerate(layers):
        rng = np.random.default_rng([seed, zlib.crc32(source.encode()), index])
        _lay(state, layer, grained if source == "material" else surface, rng)
        if tint is not None and index + 1 == split:
            _tint(state.rgb, tint, material.tint)
        tick((index + 1) / (len(layers) + 2))
    maps = _maps(state, surface, texels)
    tick(1.0)
    return maps


def _along_longest(surface: Surface) -> Surface:
    """The surface with x, y, z exchanged for noise, so that its z runs along the longest side."""
    longest = int(np.argmax(np.ptp(surface.position, axis=0))) if len(surface) else 2
    order = [(longest + 1) % 3, (longest + 2) % 3, longest]
    return replace(surface, grain=np.ascontiguousarray(surface.position[:, order]))


def _ground(count: int, material: Material, finish: Finish | None) -> _State:
    base = finish.base if finish is not None and finish.base is not None else material.base
    return _State(
        np.tile(np.array(base.colour, dtype=np.float32), (count, 1)),
        np.full(count, base.roughness, dtype=np.float32),
        np.full(count, base.metallic, dtype=np.float32),
        np.zeros(count, dtype=np.float32),
    )


def _lay(state: _State, layer: Layer, surface: Surface, rng: np.random.Generator) -> None:
    if layer.types == "round" and not surface.round:
        return
    mask = evaluate_mask(layer.mask, surface, rng)
    if layer.relief or layer.relief_mm:
        amount = layer.relief * feature_size(layer.mask, surface) + layer.relief_mm / 1000.0
        state.height += np.float32(amount) * mask
    if layer.colour is None and layer.roughness is None and layer.metallic is None:
        return
    colour = _UNTOUCHED if layer.colour is None else np.array(layer.colour, dtype=np.float32)
    if layer.opacity < 1.0:
        mask = mask * np.float32(layer.opacity)
    rough = -1.0 if layer.roughness is None else layer.roughness
    metal = -1.0 if layer.metallic is None else layer.metallic
    lay(state.rgb, state.rough, state.metal, mask, colour, rough, metal, layer.multiply)


def _tint(rgb: Float32Array, tint: Linear, amount: float) -> None:
    """Turn the surface to another colour and keep its lights and darks. In place."""
    if amount <= 0.0:
        return
    light = rgb @ LUMA
    mean = max(float(light.mean()), 1e-4)
    target = np.array(tint, dtype=np.float32) * (light / np.float32(mean))[:, None]
    rgb += np.float32(amount) * (np.minimum(target, np.float32(1.0)) - rgb)


def _maps(state: _State, surface: Surface, texels: TexelMap) -> SurfaceMaps:
    size = texels.resolution
    tangent = np.ascontiguousarray(texels.tangent, dtype=np.float32)
    bitangent = np.ascontiguousarray(texels.bitangent, dtype=np.float32)
    index = texel_index(texels.rows, texels.cols, texels.inside)
    slope = tilt(
        index,
        texels.rows,
        texels.cols,
        surface.position,
        tangent,
        bitangent,
        state.height,
        6.0 * surface.spacing,
        STEEPEST,
    )
    bent = surface.normal.copy()
    codes = to_bytes(state.rgb, state.rough, state.metal, slope, srgb_table(), bent, tangent, bitangent)
    image = np.zeros((size, size, 8), dtype=np.uint8)
    image[...] = NOTHING
    spread(texels.nearest, codes, image)
    parts = (image[..., 0:3], image[..., 3], image[..., 4], image[..., 5:8])
    base, rough, metal, normal = (np.ascontiguousarray(part) for part in parts)
    return SurfaceMaps(base, rough, metal, normal, bent)


@cache
def srgb_table() -> ByteImage:
    """(16384,) the sRGB byte of linear values 0..1 (IEC 61966-2-1)."""
    linear = np.linspace(0.0, 1.0, 16384)
    curved = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return (curved * 255.0 + 0.5).astype(np.uint8)
