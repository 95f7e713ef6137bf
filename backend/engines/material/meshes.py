"""The mesh that was given, made ready for its maps: in metres, upright, with texture coordinates that can be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import BadInput
from ...geometry.intake import LoadedMesh, uv_faults
from ...geometry.joining import joined_mesh
from ...geometry.mesh import UVMesh
from ...geometry.standing import standing
from ...geometry.stretch import measured
from ...geometry.typing import Faces, Points, TexCoords
from ...geometry.unwrap import Unwrapped, unwrap
from .info import MaterialParams


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
    stands = standing(loaded, glb, params.unit, params.up)
    repairs += stands.notes
    vertices = stands.points(loaded.vertices)
    uv, uv_faces, new = _coordinates(loaded, vertices, params, repairs, say)
    normals = None if loaded.normals is None else stands.normals(loaded.normals)
    given = joined_mesh(vertices, loaded.faces, uv, uv_faces, normals)
    low, high = given.vertices.min(axis=0), given.vertices.max(axis=0)
    base = np.array([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    mesh = UVMesh(given.vertices - base, given.faces, given.uv, given.normals, given.face_region, given.regions)
    if new is None:
        return Prepared(mesh, given, None, None, None, None, tuple(repairs))
    figures = {"mean": round(new.stretch.mean, 4), "angular": round(new.stretch.angular, 4)}
    return Prepared(mesh, given, new.uv, new.faces, figures, new.stretch.charts, tuple(repairs))


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
