"""The mesh that was given, made ready for its maps: in metres, upright, with texture coordinates that can be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import BadInput
from ...geometry.intake import LoadedMesh, uv_faults
from ...geometry.joining import joined_mesh
from ...geometry.mesh import UVMesh
from ...geometry.stretch import measured
from ...geometry.typing import Faces, FloatArray, Points, TexCoords
from ...geometry.unwrap import Unwrapped, unwrap
from ...limits import MAX_SIZE_M, MIN_SIZE_M
from .info import MaterialParams

UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254}
FOOT = 4.0
"""How many times larger the foot on y must be for a file that does not say which axis points up."""


@dataclass(frozen=True)
class Prepared:
    """A mesh ready for its maps. mesh: metres, z up, standing on 0 about the axis, for evaluation. given: the same
    where it was given, for the model. uv, uv_faces: of the new atlas, in the order of the input, or None when the
    mesh's own coordinates were kept. stretch, charts: of the new atlas. repairs: sentences.
    """

    mesh: UVMesh
    given: UVMesh
    uv: TexCoords | None
    uv_faces: Faces | None
    stretch: dict[str, float] | None
    charts: int | None
    repairs: tuple[str, ...]


def prepare(
    loaded: LoadedMesh, glb: bool, params: MaterialParams, say: Callable[[float, str], None]
) -> Prepared:
    """Scale, turn and unwrap a mesh. glb: whether it comes from a GLB. Raises BadInput or GeometryError with a fix."""
    repairs = list(loaded.repairs)
    turned = loaded.vertices @ _upright(loaded, glb, params.up).T
    vertices = turned * _metres(turned, glb, params.unit, repairs)
    uv, uv_faces, new = _coordinates(loaded, vertices, params, repairs, say)
    normals = None if loaded.normals is None else loaded.normals @ _upright(loaded, glb, params.up).T
    given = joined_mesh(vertices, loaded.faces, uv, uv_faces, normals)
    low, high = given.vertices.min(axis=0), given.vertices.max(axis=0)
    base = np.array([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    mesh = UVMesh(given.vertices - base, given.faces, given.uv, given.normals, given.face_region, given.regions)
    if new is None:
        return Prepared(mesh, given, None, None, None, None, tuple(repairs))
    figures = {"mean": round(new.stretch.mean, 4), "angular": round(new.stretch.angular, 4)}
    return Prepared(mesh, given, new.uv, new.faces, figures, new.stretch.charts, tuple(repairs))


def _upright(loaded: LoadedMesh, glb: bool, up: str) -> FloatArray:
    """(3, 3) the turn that brings the axis that points up to z."""
    if up == "z" or (up == "auto" and not glb and FOOT * _foot(loaded, 2) >= _foot(loaded, 1)):
        return np.eye(3)
    return np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def _foot(loaded: LoadedMesh, axis: int) -> float:
    """The area that the mesh would stand on were this axis up: of faces that face down at the lower end."""
    corners = loaded.vertices[loaded.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    low, size = corners[..., axis].min(), np.ptp(corners[..., axis])
    lowest = corners[..., axis].max(axis=1) < low + 0.02 * size
    down = lowest & (cross[:, axis] < -0.95 * np.linalg.norm(cross, axis=1))
    return float(np.linalg.norm(cross[down], axis=1).sum())


def _metres(vertices: Points, glb: bool, unit: str, repairs: list[str]) -> float:
    """The factor to metres. Without a unit a mesh larger than a building is taken as millimetres."""
    largest = float(np.ptp(vertices, axis=0).max())
    factor = UNITS.get(unit, 1.0)
    if unit == "auto" and not glb and largest > MAX_SIZE_M:
        factor = UNITS["mm"]
        repairs.append(
            f"The mesh is {largest:.4g} units large and names no unit: taken as millimetres, {largest / 1000:.3g} m."
        )
    if not MIN_SIZE_M <= largest * factor <= MAX_SIZE_M:
        raise BadInput(
            f"The mesh is {largest * factor:.3g} m large.", "Give its unit, or scale it to between 1 mm and 50 m."
        )
    return factor


def _coordinates(
    loaded: LoadedMesh, vertices: Points, params: MaterialParams, repairs: list[str], say: Callable[[float, str], None]
) -> tuple[TexCoords, Faces, Unwrapped | None]:
    """The mesh's own coordinates where they are wanted and can be used; otherwise new ones."""
    if loaded.uv is not None and loaded.uv_faces is not None and params.unwrap != "new":
        fault = ", and ".join(uv_faults(loaded))
        if not fault:
            return loaded.uv, loaded.uv_faces, None
        if params.unwrap == "keep":
            repairs.append(f"The mesh's texture coordinates were kept although {fault}.")
            return loaded.uv, loaded.uv_faces, None
        repairs.append(f"The mesh was unwrapped anew because {fault}.")
    elif params.unwrap == "keep":
        raise BadInput("The mesh has no texture coordinates to keep.", "Choose unwrap “auto” or “new”.")
    new = unwrap(
        vertices, loaded.faces, groups=loaded.groups, resolution=params.texture_size, gutter=16, progress=say
    )
    return new.uv, new.faces, new


def figures_of(mesh: UVMesh) -> dict[str, float]:
    """Stretch of the atlas that a mesh has."""
    report = measured(mesh.vertices, mesh.faces, mesh.uv, mesh.faces)
    return {"mean": round(report.mean, 4), "angular": round(report.angular, 4)}
