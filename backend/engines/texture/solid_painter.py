"""The painter ``material``: a procedural material that fills space, seen in each view. Views agree by construction."""

from __future__ import annotations

import numpy as np
import trimesh

from ...geometry.joining import joined_mesh
from ...geometry.mesh import UVMesh
from ...geometry.normals import weld
from ...geometry.standing import Y_TO_Z
from ...geometry.typing import Faces, Float32Array, FloatArray, Points
from ...surface.anywhere import DriverField
from ...surface.evaluate import colours_at
from ...surface.masks import Surface, asked_kinds
from ...surface.material import linear_of, load_finish, load_material
from ..material.engine import layers_of
from ..material.info import MaterialParams
from ..material.reading import Look, read
from .contract import PaintRequest
from .view_names import Up

SAMPLES = 8192
ACROSS = 1400.0
"""Details of the material are no finer than this part of the object's longest side, in whatever view."""
AROUND = 0.5


class SolidPainter:
    """Paints what a material looks like, without light, at the points that a view shows.

    The relief of a material, its roughness and its metal have no place in a picture of colour; the engine ``material``
    makes them.
    """

    name = "material"

    def __init__(self, mesh: trimesh.Trimesh, look: Look, up: Up = "z", resolution: int = 1024) -> None:
        """mesh: the one that is textured, metres. look: see ``look_of``. resolution: of the texture."""
        self._look, self._material = look, load_material(look.material)
        self._finish = load_finish(look.finish) if look.finish else None
        self._further = layers_of(look, self._material)
        self._turn = Y_TO_Z if up == "y" else np.eye(3)
        points = np.asarray(mesh.vertices, dtype=np.float64) @ self._turn.T
        faces = np.asarray(mesh.faces, dtype=np.int32)
        used = points[faces.ravel()]
        low, high = used.min(axis=0), used.max(axis=0)
        self._base = np.array([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
        self._solid = _upright_solid(points - self._base, faces)
        laid = [*self._material.layers, *(self._finish.layers if self._finish else ())]
        asked = asked_kinds([*laid, *(layer for _, group in self._further for layer in group)])
        self._field = DriverField(self._solid, asked | {"occlusion"} if "hollow" in asked else asked, resolution)
        self._whole = self._surface(*_spread(self._solid, SAMPLES))

    def paint(self, request: PaintRequest) -> Float32Array:
        """(H, W, 3) float32 in 0..1, sRGB-encoded: the whole object in its material, grey around it."""
        shown = request.object_mask
        picture = np.full(request.rgb.shape, AROUND, dtype=np.float32)
        turn = self._turn @ request.camera.to_world[:3, :3]
        position = request.position[shown].astype(np.float64) @ self._turn.T - self._base
        surface = self._surface(position, request.normal[shown].astype(np.float64) @ turn.T)
        tint = linear_of(self._look.colour) if self._look.colour else None
        picture[shown] = colours_at(
            surface, self._whole, self._material, self._finish, tint, request.seed, self._further
        )
        return picture

    def _surface(self, position: FloatArray, normal: FloatArray) -> Surface:
        """Points in the solid's frame, (n, 3) each, as masks see them."""
        place = np.ascontiguousarray(position, dtype=np.float32)
        unit = np.ascontiguousarray(normal, dtype=np.float32)
        largest = max(self._solid.size)
        return Surface(
            position=place,
            normal=unit,
            region=np.zeros(len(place), dtype=np.int32),
            regions=self._solid.regions,
            largest=largest,
            height=max(self._solid.size[2], 1e-6),
            spacing=largest / ACROSS,
            round=False,
            drivers=self._field.at(place, unit),
        )


def look_of(prompt: str) -> Look:
    """The material that words name. Raises BadInput, which names the nearest materials, when they name none."""
    return read(MaterialParams(prompt=prompt))


def _upright_solid(points: Points, faces: Faces) -> UVMesh:
    """The mesh with its smooth normals, z up, standing on 0 about the axis; its coordinates tell nothing."""
    welded = points[weld(points)]
    return joined_mesh(welded, faces, np.zeros((1, 2)), np.zeros_like(faces), None)


def _spread(mesh: UVMesh, count: int) -> tuple[Points, FloatArray]:
    """Points all over a mesh, at even steps of area, and their normals."""
    corners = mesh.vertices[mesh.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1)
    run = np.cumsum(area)
    steps = (np.arange(count) + 0.5) / count
    face = np.minimum(np.searchsorted(run, steps * run[-1]), len(area) - 1)
    # Two irrational steps spread points evenly within the faces (Roberts 2018, R2 sequence).
    s, t = (np.arange(count) * 0.7548776662466927) % 1.0, (np.arange(count) * 0.5698402909980532) % 1.0
    fold = s + t > 1.0
    s, t = np.where(fold, 1.0 - s, s), np.where(fold, 1.0 - t, t)
    weights = np.stack([1.0 - s - t, s, t], axis=1)[..., None]
    normal = (weights * mesh.normals[mesh.faces[face]]).sum(axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    return (weights * corners[face]).sum(axis=1), normal
