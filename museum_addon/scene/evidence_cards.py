"""What the graphics card was given of objects and evidence maps, and how it draws them. For drawing alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gpu
import numpy as np
from mathutils import Matrix

from ..core import evidence
from . import evidence_legend, evidence_shaders
from .evidence_surface import Drawable, Part

if TYPE_CHECKING:
    import bpy

    from .evidence_overlay import Map, Read

FORMAT = (("position", 3), ("normal", 3), ("uv", 2))


@dataclass(frozen=True)
class Card:
    """A part of an object, ready to be drawn."""

    part: Part
    batch: gpu.types.GPUBatch


class Cards:
    """Batches by object and textures by map; made when they are first drawn, from what was read before."""

    def __init__(self) -> None:
        self._objects: dict[str, list[Card]] = {}
        self._maps: dict[str, dict[int, gpu.types.GPUTexture]] = {}
        self._legend = evidence_legend.Painter()
        self._shader: gpu.types.GPUShader | None = None
        self._colours: gpu.types.GPUTexture | None = None
        self._style = (1.0, 1.0, 0.0)

    def forget(self) -> None:
        """Give the memory of everything back."""
        self._objects.clear()
        self._maps.clear()

    def drop_object(self, name: str) -> None:
        """The object was read anew."""
        self._objects.pop(name, None)

    def drop_map(self, name: str) -> None:
        """The map was read anew."""
        self._maps.pop(name, None)

    def begin(self, chosen: bpy.types.PropertyGroup, unit: float) -> None:
        """Before objects are drawn. chosen: the settings. unit: pixels of a line at a scale of 1."""
        if self._shader is None:
            self._shader = evidence_shaders.surface_shader()
        self._style = (chosen.opacity, unit, float(evidence.SHOWN[chosen.what]))
        shader = self._shader
        shader.bind()
        shader.uniform_sampler("colours", self.colours())
        gpu.state.blend_set("ALPHA")
        gpu.state.depth_test_set("LESS_EQUAL")
        gpu.state.depth_mask_set(False)

    def end(self) -> None:
        """After objects were drawn: leave Blender's state as it was."""
        gpu.state.blend_set("NONE")
        gpu.state.depth_test_set("NONE")

    def colours(self) -> gpu.types.GPUTexture:
        """The table of colours."""
        if self._colours is None:
            table = evidence.lookup()
            self._colours = _texture(table.ravel(), table.shape[1], table.shape[0])
        return self._colours

    def draw_object(self, name: str, read: Read, matrix: Matrix, maps: Mapping[str, Map]) -> None:
        """Between ``begin`` and ``end``. What the card was given of ``read`` and ``maps`` is dropped there."""
        shader = self._shader
        if shader is None:
            return
        if read.drawable is not None:
            self._objects[name] = _cards(read.drawable)
            read.drawable = None
        model_view, projection = gpu.matrix.get_model_view_matrix() @ matrix, gpu.matrix.get_projection_matrix()
        shader.uniform_float("to_screen", projection @ model_view)
        shader.uniform_float("facing", evidence_shaders.facing_of(model_view, projection))
        for card in self._objects.get(name, ()):
            texture = self._map(card.part, maps)
            if texture is None:
                continue
            shader.uniform_sampler("evidence", texture)
            shader.uniform_float("style", (*self._style, float(card.part.offset is None)))
            shader.uniform_float("offset", card.part.offset or (0.0, 0.0))
            card.batch.draw(shader)

    def draw_legend(self, shown: evidence_legend.Legend, context: bpy.types.Context) -> None:
        """Into the region that is being drawn."""
        self._legend.draw(shown, context, self.colours())

    def _map(self, part: Part, maps: Mapping[str, Map]) -> gpu.types.GPUTexture | None:
        """The texture of a part's tile; None where it was not read, or cannot be."""
        name = part.sheet.image
        read = maps.get(name)
        if read is None or read.uid != part.sheet.uid:
            return None
        made = self._maps.setdefault(name, {})
        pixels = read.tiles.get(part.tile)
        if pixels is not None:
            made[part.tile] = _texture(pixels.values, pixels.width, pixels.height)
            read.tiles[part.tile] = None
        return made.get(part.tile)


def _texture(values: np.ndarray, width: int, height: int) -> gpu.types.GPUTexture:
    """Bytes as they are: never mixed with their neighbours, never taken for colours."""
    return gpu.types.GPUTexture((width, height), format="RGBA8", data=gpu.types.Buffer("FLOAT", values.size, values))


def _cards(drawable: Drawable) -> list[Card]:
    """One vertex buffer for each UV map, one list of triangles for each part."""
    layout = gpu.types.GPUVertFormat()
    places = {name: layout.attr_add(id=name, comp_type="F32", len=size, fetch_mode="FLOAT") for name, size in FORMAT}
    found = []
    for uv_name, uv in drawable.uv.items():
        buffer = gpu.types.GPUVertBuf(layout, len(drawable.places))
        for name, values in (("position", drawable.places), ("normal", drawable.normals), ("uv", uv)):
            buffer.attr_fill(places[name], values)
        for part in drawable.parts:
            if part.sheet.uv == uv_name:
                triangles = np.ascontiguousarray(part.triangles, dtype=np.int32)
                elements = gpu.types.GPUIndexBuf(type="TRIS", seq=triangles)
                found.append(Card(part, gpu.types.GPUBatch(type="TRIS", buf=buffer, elem=elements)))
    return found
