"""Objects with evidence maps as arrays to draw: where their surface lies, and which texel of a map each point has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from . import base_colour, evaluated, meshes, painting, pictures

MODES = ("OBJECT", "TEXTURE_PAINT", "VERTEX_PAINT", "WEIGHT_PAINT")
"""While a mesh is edited or sculpted its evaluated mesh is not what is seen."""
TILE_ROW = 10


@dataclass(frozen=True)
class Sheet:
    """An evidence map, by name and session id, and the UV map that it goes by, empty for the one that is rendered."""

    image: str
    uid: int
    uv: str


@dataclass(frozen=True)
class Part:
    """Triangles that show one tile of a map.

    triangles: (m, 3) int32 corners. offset: (u, v) of the tile, None where the map repeats itself.
    """

    sheet: Sheet
    tile: int
    triangles: NDArray[np.int32]
    offset: tuple[float, float] | None = (0.0, 0.0)


@dataclass(frozen=True)
class Drawable:
    """An object's evaluated mesh, in its own space.

    places, normals: (L, 3) float32 of its corners. uv: name of a UV map -> (L, 2) float32.
    """

    places: NDArray[np.float32]
    normals: NDArray[np.float32]
    uv: Mapping[str, NDArray[np.float32]]
    parts: tuple[Part, ...]


def sheets_of(item: bpy.types.Object) -> dict[int, Sheet]:
    """By slot the evidence maps of an object's materials; empty where it has none. Cheap."""
    found = {}
    for index, slot in enumerate(item.material_slots):
        name = slot.material.get(painting.EVIDENCE) if slot.material is not None else None
        image = bpy.data.images.get(name) if isinstance(name, str) else None
        if image is not None:
            colour = base_colour.base_colour(slot.material)
            found[index] = Sheet(image.name, image.session_uid, colour.uv if colour is not None else "")
    return found


def drawable(
    item: bpy.types.Object, depsgraph: bpy.types.Depsgraph, sheets: Mapping[int, Sheet]
) -> Drawable:
    """Read what is drawn of an object. What has no UV map of the name is left out."""
    with evaluated.evaluated_mesh(item, depsgraph) as mesh:
        mesh.calc_loop_triangles()
        triangles = meshes.read(mesh.loop_triangles, "loops", 3, np.int32)
        # As attributes they are read a hundred times as fast as from the mesh's vertices and corners.
        vertex = meshes.read(mesh.attributes[".corner_vert"].data, "value", 1, np.int32).ravel()
        places = meshes.read(mesh.attributes["position"].data, "vector", 3).take(vertex, axis=0)
        normals = meshes.read(mesh.corner_normals, "vector", 3)
        uv: dict[str, NDArray[np.float32]] = {}
        parts: list[Part] = []
        for sheet in dict.fromkeys(sheets.values()):
            layer = _layer(mesh, sheet.uv)
            if layer is None:
                continue
            if sheet.uv not in uv:
                uv[sheet.uv] = meshes.read(layer.uv, "vector", 2)
            slots = [index for index, other in sheets.items() if other == sheet]
            chosen = slice(None)
            if len(slots) < len(item.material_slots):
                chosen = np.isin(meshes.read(mesh.loop_triangles, "material_index", 1, np.int32).ravel(), slots)
            parts += _parts(sheet, triangles[chosen], uv[sheet.uv])
    return Drawable(places, normals, uv, tuple(parts))


def _layer(mesh: bpy.types.Mesh, name: str) -> bpy.types.MeshUVLoopLayer | None:
    if name:
        return mesh.uv_layers.get(name)
    return next((layer for layer in mesh.uv_layers if layer.active_render), None)


def _parts(sheet: Sheet, triangles: NDArray[np.int32], uv: NDArray[np.float32]) -> list[Part]:
    """One part, or one for each UDIM tile that is used."""
    image = bpy.data.images.get(sheet.image)
    if not len(triangles) or image is None:
        return []
    if image.source != "TILED":
        repeats = not (uv.min() >= 0.0 and uv.max() <= 1.0)
        return [Part(sheet, pictures.FIRST_TILE, triangles, None if repeats else (0.0, 0.0))]
    place = np.floor(uv[triangles].mean(axis=1)).astype(np.int32)
    number = pictures.FIRST_TILE + place[:, 0] + TILE_ROW * place[:, 1]
    found = []
    for tile in image.tiles:
        row, column = divmod(tile.number - pictures.FIRST_TILE, TILE_ROW)
        chosen = triangles[(number == tile.number) & (place[:, 0] < TILE_ROW) & (place[:, 0] >= 0)]
        if len(chosen):
            found.append(Part(sheet, tile.number, chosen, (float(column), float(row))))
    return found
