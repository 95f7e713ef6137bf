"""The mesh that is to be textured, in a frame of its own: about the origin, its longest side 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import trimesh

from ...errors import BadInput, GeometryError
from ...geometry.atlas_faults import atlas_faults
from ...geometry.cameras import Camera
from ...geometry.mesh import UVMesh
from ...geometry.normals import weld
from ...geometry.typing import Faces, FloatArray, Points, TexCoords, Vectors
from ...geometry.unwrap import unwrap
from .contract import TextureOptions

GUTTER_TEXELS = 16
FLAT = 1e-14
"""Twice the area of a face, as a share of the square of the mesh's longest side, that counts as none."""


CHECKED_AT = 1024
NO_AREA = "its texture coordinates have no area"
MUCH_OVERLAP, MUCH_FLAT = 0.03, 0.02
"""Shares of the atlas that lie over others, and of the surface that has no place in it, from which on texture
coordinates are of no use."""


@dataclass(frozen=True)
class Frame:
    """Where the mesh stands in the world: a point p of it stands at (p - centre) / scale in the local frame."""

    centre: FloatArray
    scale: float

    def local(self, points: Points) -> Points:
        """World to local."""
        return (points - self.centre) / self.scale

    def camera(self, camera: Camera) -> Camera:
        """A camera of the world in the local frame."""
        return camera.moved(self.centre, self.scale)

    def world_camera(self, camera: Camera) -> Camera:
        """A camera of the local frame in the world."""
        return camera.moved(-self.centre / self.scale, 1.0 / self.scale)


@dataclass(frozen=True)
class Prepared:
    """mesh: local frame. uv: (n, 2), faces: (F, 3) as in TextureResult. others: what else stands there, local frame."""

    mesh: UVMesh
    frame: Frame
    uv: TexCoords
    faces: Faces
    unwrapped: bool
    others: tuple[tuple[Points, Faces], ...]
    notes: tuple[str, ...]


def prepare(mesh: trimesh.Trimesh, options: TextureOptions) -> Prepared:
    """Check a mesh, give it texture coordinates where it needs them, and move it into its frame.

    Raises GeometryError for a mesh that cannot be textured and BadInput for texture coordinates that cannot.
    """
    vertices, faces = _checked(mesh)
    notes: list[str] = []
    used = vertices[faces.ravel()]
    low, high = used.min(axis=0), used.max(axis=0)
    frame = Frame((low + high) / 2.0, float((high - low).max()))
    if frame.scale <= 0.0:
        raise GeometryError("The mesh has no extent.", "Give a mesh whose vertices lie apart.")
    points = frame.local(np.where(np.isfinite(vertices), vertices, 0.0))
    _tell_of_flat_faces(points, faces, notes)
    uv, rows, unwrapped = _coordinates(mesh, points, faces, options, notes)
    place = np.zeros((len(uv), 3))
    place[rows.ravel()] = points[faces.ravel()]
    atlas = UVMesh(
        place, rows, uv, _smooth_normals(points, faces, rows, len(uv)), np.zeros(len(rows), np.int32), ("body",)
    )
    others = tuple((frame.local(p), f) for p, f in (_checked(other) for other in options.occluders))
    return Prepared(atlas, frame, uv, rows, unwrapped, others, tuple(notes))


def _checked(mesh: trimesh.Trimesh) -> tuple[Points, Faces]:
    vertices = np.ascontiguousarray(mesh.vertices, dtype=np.float64)
    faces = np.ascontiguousarray(mesh.faces, dtype=np.int32)
    if len(faces) == 0:
        raise GeometryError("The mesh has no faces.", "Give a mesh with faces.")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise GeometryError("Some faces name vertices that are not there.", "Export the mesh again.")
    broken = int((~np.isfinite(vertices).all(axis=1))[faces].any(axis=1).sum())
    if broken:
        raise GeometryError(
            f"{broken:,} of {len(faces):,} faces have vertices that are no numbers (NaN or infinite).",
            "Delete those vertices (in Blender: Mesh, Clean Up) and export the mesh again.",
        )
    return vertices, faces


def _tell_of_flat_faces(points: Points, faces: Faces, notes: list[str]) -> None:
    corners = points[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = int((np.einsum("ij,ij->i", cross, cross) < FLAT**2).sum())
    if flat == len(faces):
        raise GeometryError("No face of the mesh has an area.", "Give a mesh with a surface.")
    if flat:
        notes.append(f"{flat:,} of {len(faces):,} faces have no area and show nothing.")


def _coordinates(
    mesh: trimesh.Trimesh, points: Points, faces: Faces, options: TextureOptions, notes: list[str]
) -> tuple[TexCoords, Faces, bool]:
    """The mesh's own coordinates where they can be used, else new ones, which cut no polygon (attribute "polygon")."""
    uv = getattr(mesh.visual, "uv", None)
    own = None if uv is None or len(uv) != len(points) else np.ascontiguousarray(uv, dtype=np.float64)
    bound = options.albedo is not None
    if own is not None and not np.isfinite(own[faces.ravel()]).all():
        own, fault = None, "its texture coordinates are no numbers"
    elif own is not None:
        fault = _faults(points, faces, own)
        own = None if fault == NO_AREA else own
    else:
        fault = "it has no texture coordinates"
    keeps = options.unwrap != "new"
    if own is not None and keeps and (not fault or options.unwrap == "keep" or bound):
        if fault:
            notes.append(f"The mesh's texture coordinates were kept although {fault}.")
        return own, faces, False
    if bound or options.unwrap == "keep":
        why = "The mesh's texture cannot be worked on" if bound else "The mesh's texture coordinates cannot be kept"
        raise BadInput(
            f"{why}: {'new coordinates were asked for' if own is not None and not keeps else fault}.",
            "Unwrap the mesh and bake its texture anew." if bound else "Let it be unwrapped (“new” or “auto”).",
        )
    if uv is not None and fault:
        notes.append(f"The mesh was unwrapped anew because {fault}.")
    welded = points[weld(points)]
    polygons = mesh.face_attributes.get("polygon")
    groups = None if polygons is None else np.asarray(polygons, dtype=np.int32)
    new = unwrap(welded, faces, groups=groups, resolution=options.resolution, gutter=GUTTER_TEXELS)
    return new.uv, new.faces, True


def _faults(points: Points, faces: Faces, uv: TexCoords) -> str:
    """What keeps texture coordinates, of one picture or of UDIM tiles, from being an atlas; empty when nothing does."""
    faults = atlas_faults(uv, faces, CHECKED_AT)
    if faults.area < 1e-6:
        return NO_AREA
    corners = points[faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    found = []
    if areas[faults.flat].sum() > MUCH_FLAT * float(areas.sum()):
        found.append("part of its surface has no area in the atlas")
    if faults.overlap > MUCH_OVERLAP:
        found.append("parts of its surface share one place in the atlas")
    return ", and ".join(found)


def _smooth_normals(points: Points, faces: Faces, rows: Faces, count: int) -> Vectors:
    """(count, 3) unit normals of the rows of ``uv``: the mean over the faces around a place, by area."""
    corners = points[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    place = weld(points)[faces].ravel()
    spread = np.repeat(cross, 3, axis=0)
    sums = np.stack([np.bincount(place, spread[:, axis], len(points)) for axis in range(3)], axis=1)
    out = np.zeros((count, 3))
    out[rows.ravel()] = sums[place]
    length = np.linalg.norm(out, axis=1, keepdims=True)
    lost = length[:, 0] < 1e-30
    # Faces that fold back onto each other cancel out: then the last of them speaks.
    face_normals = np.zeros((count, 3))
    face_normals[rows.ravel()] = spread
    out = np.where(lost[:, None], face_normals, out)
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.where(length > 0.0, out / np.maximum(length, 1e-300), np.array([0.0, 0.0, 1.0]))


def resized(camera: Camera, size: int) -> Camera:
    """A camera whose picture has ``size`` pixels along its longer side."""
    longer = max(camera.width, camera.height)
    if longer == size:
        return camera
    return camera.resized(
        max(1, round(camera.width * size / longer)), max(1, round(camera.height * size / longer))
    )
