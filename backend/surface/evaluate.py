"""From a material, a finish and the texels of an object to its maps."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..geometry.mesh import UVMesh
from ..geometry.texels import TexelMap, in_chunks
from ..geometry.typing import ByteImage, Float32Array
from .drivers import TexelDrivers
from .kernels import colour_bytes, lay, normal_bytes, spread, texel_index, tilt
from .masks import Surface, evaluate_mask, feature_size
from .material import Base, Finish, Layer, Linear, Material

LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
STEEPEST = 0.9
SAMPLE = 16384
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


def surface_of(mesh: UVMesh, texels: TexelMap, is_round: bool, drivers: TexelDrivers | None = None) -> Surface:
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
        spacing=float(np.sqrt(area / max(int(texels.inside.sum()), 1))),
        round=is_round,
        drivers=drivers,
    )


def evaluate(
    surface: Surface,
    texels: TexelMap,
    material: Material,
    finish: Finish | None,
    tint: Linear | None,
    seed: int,
    tick: Callable[[float], None],
    further: Sequence[tuple[str, Sequence[Layer]]] = (),
) -> SurfaceMaps:
    """Lay all layers and read the maps off. seed: of the object; tick: called with the share that is done.

    further: layers that come after those of the finish, each group with a name: what they look like depends on the
    seed, their group and their place in it, not on other groups.
    """
    if material.grain == "longest" and len(surface):
        surface = _along_longest(surface)
    plan = _plan(material, finish, tint, seed, further)
    if tint is not None and len(surface):
        plan = replace(plan, mean_light=_mean_light(surface, plan))
    count = len(surface)
    height, codes = np.zeros(count, dtype=np.float32), np.empty((count, 8), dtype=np.uint8)

    def paint(start: int, stop: int) -> None:
        part = slice(start, stop)
        state = _laid(surface.part(part), plan)
        height[part] = state.height
        colour_bytes(state.rgb, state.rough, state.metal, srgb_table(), codes[part])

    in_chunks(count, paint, lambda share: tick(0.8 * share))
    maps = _maps(height, codes, surface, texels)
    tick(1.0)
    return maps


def colours_at(
    points: Surface,
    whole: Surface,
    material: Material,
    finish: Finish | None,
    tint: Linear | None,
    seed: int,
    further: Sequence[tuple[str, Sequence[Layer]]] = (),
) -> Float32Array:
    """(n, 3) float32, sRGB-encoded, 0..1: the colour at any points of an object; the same point has the same colour in
    whichever company it is asked for, and ``evaluate`` gives it to its texel where ``spacing`` is the same.

    whole: points from all over the object: what is the same for all of it is taken from there.
    """
    if material.grain == "longest" and len(whole):
        order = _longest_last(whole)
        points, whole = _reordered(points, order), _reordered(whole, order)
    plan = _plan(material, finish, tint, seed, further)
    if tint is not None and len(whole):
        plan = replace(plan, mean_light=_mean_light(whole, plan))
    out = np.empty((len(points), 3), dtype=np.float32)

    def paint(start: int, stop: int) -> None:
        rgb = np.clip(_laid(points.part(slice(start, stop)), plan).rgb, 0.0, 1.0)
        out[start:stop] = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * rgb ** (1.0 / 2.4) - 0.055)

    in_chunks(len(points), paint)
    return out


@dataclass(frozen=True)
class _Plan:
    """Every layer in order, with its group and the seeds of its noise. mean_light: of the material, where a tint needs
    it.
    """

    base: Base
    layers: tuple[tuple[str, Layer, tuple[int, ...]], ...]
    tint: Linear | None
    tint_amount: float
    mean_light: float = 1.0

    @property
    def own(self) -> int:
        """How many layers are the material's."""
        return sum(group == "material" for group, _, _ in self.layers)


def _plan(
    material: Material,
    finish: Finish | None,
    tint: Linear | None,
    seed: int,
    further: Sequence[tuple[str, Sequence[Layer]]],
) -> _Plan:
    def seeds(group: str, index: int, share: str = "") -> tuple[int, ...]:
        return (seed, zlib.crc32(share.encode())) if share else (seed, zlib.crc32(group.encode()), index)

    layers = [("material", layer, seeds("material", k)) for k, layer in enumerate(material.layers)]
    split = len(layers)
    layers += [("finish", layer, seeds("finish", split + k)) for k, layer in enumerate(finish.layers if finish else ())]
    for group, found in further:
        layers += [(group, layer, seeds(group, k, layer.share)) for k, layer in enumerate(found)]
    base = finish.base if finish is not None and finish.base is not None else material.base
    return _Plan(base, tuple(layers), tint, material.tint)


def _along_longest(surface: Surface) -> Surface:
    """The surface with x, y, z exchanged for noise, so that its z runs along the longest side."""
    return _reordered(surface, _longest_last(surface)) if len(surface) else surface


def _longest_last(surface: Surface) -> list[int]:
    longest = int(np.argmax(np.ptp(surface.position, axis=0)))
    return [(longest + 1) % 3, (longest + 2) % 3, longest]


def _reordered(surface: Surface, order: list[int]) -> Surface:
    return replace(surface, grain=np.ascontiguousarray(surface.position[:, order]))


def _mean_light(surface: Surface, plan: _Plan) -> float:
    """The mean luminance of the material, from some thousand texels all over the object."""
    some = surface.part(slice(None, None, max(len(surface) // SAMPLE, 1)))
    own = replace(plan, layers=plan.layers[: plan.own], tint=None)
    return max(float((_laid(some, own).rgb @ LUMA).mean()), 1e-4)


def _laid(surface: Surface, plan: _Plan) -> _State:
    """The state of some texels after all layers."""
    state = _ground(len(surface), plan.base)
    plain = replace(surface, grain=None)
    for number, (group, layer, seeds) in enumerate(plan.layers):
        if number == plan.own and plan.tint is not None:
            _tint(state.rgb, plan.tint, plan.tint_amount, plan.mean_light)
        _lay(state, layer, surface if group == "material" else plain, np.random.default_rng(seeds))
    if plan.own == len(plan.layers) and plan.tint is not None:
        _tint(state.rgb, plan.tint, plan.tint_amount, plan.mean_light)
    return state


def _ground(count: int, base: Base) -> _State:
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


def _tint(rgb: Float32Array, tint: Linear, amount: float, mean: float) -> None:
    """Turn the surface to another colour and keep its lights and darks. In place. mean: of the light everywhere."""
    if amount <= 0.0:
        return
    target = np.array(tint, dtype=np.float32) * (rgb @ LUMA / np.float32(mean))[:, None]
    rgb += np.float32(amount) * (np.minimum(target, np.float32(1.0)) - rgb)


def _maps(height: Float32Array, codes: ByteImage, surface: Surface, texels: TexelMap) -> SurfaceMaps:
    size = texels.resolution
    tangent = np.ascontiguousarray(texels.tangent, dtype=np.float32)
    bitangent = np.ascontiguousarray(texels.bitangent, dtype=np.float32)
    index = texel_index(texels.rows, texels.cols, size)
    bent = np.empty_like(surface.normal)
    reach = 6.0 * surface.spacing

    def bend(start: int, stop: int) -> None:
        slope = tilt(
            index,
            texels.rows,
            texels.cols,
            surface.position,
            tangent,
            bitangent,
            height,
            reach,
            STEEPEST,
            start,
            stop,
        )
        part = slice(start, stop)
        normal_bytes(slope, surface.normal[part], tangent[part], bitangent[part], codes[part], bent[part])

    in_chunks(len(surface), bend)
    base, normal = (np.full((size, size, 3), colour, dtype=np.uint8) for colour in (0, NOTHING[5:8]))
    rough, metal = (np.full((size, size), value, dtype=np.uint8) for value in NOTHING[3:5])

    def fill(start: int, stop: int) -> None:
        part = slice(start, stop)
        spread(texels.nearest[part], codes, base[part], rough[part], metal[part], normal[part])

    in_chunks(size, fill, size=128)
    return SurfaceMaps(base, rough, metal, normal, bent)


@cache
def srgb_table() -> ByteImage:
    """(16384,) the sRGB byte of linear values 0..1 (IEC 61966-2-1)."""
    linear = np.linspace(0.0, 1.0, 16384)
    curved = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return (curved * 255.0 + 0.5).astype(np.uint8)
