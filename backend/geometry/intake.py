"""Taking in meshes that others made: read without trust, checked, and mended where that changes no face's place."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ..errors import GeometryError, TooLarge
from .atlas_faults import atlas_faults
from .halfedges import face_frames
from .normals import weld
from .read_glb import read_glb
from .read_obj import RawMesh, read_obj
from .surface_texels import FIRST_TILE
from .typing import Faces, FloatArray, IntArray, Points

NEAR = 1e-6
"""Share of the size within which loose ends count as one place."""
CHECKED_AT = 1024
MUCH = 0.03
"""Share of the atlas from which on faces that share places in it are a fault."""
Reader = Callable[[Path, int], RawMesh]


@dataclass(frozen=True)
class Limits:
    """What is taken in at most."""

    max_bytes: int = 1 << 30
    max_faces: int = 2_000_000


@dataclass(frozen=True)
class LoadedMesh:
    """vertices: (n, 3) in the file's unit and axes; those at one place have equal coordinates, also when the file's
    were a hair apart. faces: (m, 3), all of the file's, in its order. uv: (k, 2), v = 0 at the bottom, with uv_faces
    (m, 3). normals: (n, 3). groups: (m,) the polygon that each face is a part of. repairs: what was done, and what is
    odd about the mesh, in sentences.
    """

    vertices: Points
    faces: Faces
    uv: FloatArray | None
    uv_faces: Faces | None
    normals: FloatArray | None
    groups: IntArray | None
    repairs: tuple[str, ...] = ()


def load_mesh(path: Path, limits: Limits | None = None) -> LoadedMesh:
    """Read GLB, OBJ, PLY or STL; the kind is told by the content. Nothing that the file refers to is opened.

    Raises GeometryError for a mesh that cannot be used and TooLarge for one beyond the limits.
    """
    limits = limits or Limits()
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise TooLarge(
            f"The file has {size / 2**20:,.0f} MiB; at most {limits.max_bytes / 2**20:,.0f} MiB are taken.",
            f"Decimate the mesh to {limits.max_faces:,} faces or fewer, or send it as GLB, which is smaller.",
        )
    raw = reader_of(path)(path, limits.max_faces)
    _refuse(raw, limits)
    return _mended(raw)


def reader_of(path: Path) -> Reader:
    """What reads a file, told by its content."""
    with path.open("rb") as file:
        head = file.read(84)
    if head.startswith(b"glTF"):
        return read_glb
    if head.startswith((b"ply\n", b"ply\r")):
        return _read_ply
    if len(head) == 84 and path.stat().st_size == 84 + 50 * struct.unpack_from("<I", head, 80)[0]:
        return _read_stl
    if head.lstrip().startswith(b"solid"):
        return _read_stl
    if b"\0" in head or not head.strip():
        raise GeometryError("The file is no GLB, OBJ, PLY or STL.", "Export the mesh as GLB.")
    return read_obj


def _read_ply(path: Path, max_faces: int) -> RawMesh:
    """Through trimesh, without a resolver and without textures. The header says beforehand how much there is."""
    with path.open("rb") as file:
        header = file.read(1 << 16).split(b"end_header", 1)[0]
    for line in header.splitlines():
        words = line.split()
        if words[:2] == [b"element", b"face"] and len(words) == 3 and words[2].isdigit() and int(words[2]) > max_faces:
            _too_many(int(words[2]), max_faces)
    with path.open("rb") as file:
        return _through_trimesh("PLY", lambda: trimesh.exchange.ply.load_ply(file, skip_materials=True))


def _read_stl(path: Path, max_faces: int) -> RawMesh:
    """Through trimesh; triangles without common vertices."""
    if path.stat().st_size // 50 > 8 * max_faces:
        _too_many(path.stat().st_size // 50, max_faces)
    with path.open("rb") as file:
        return _through_trimesh("STL", lambda: trimesh.exchange.stl.load_stl(file))


def _through_trimesh(kind: str, load: Callable[[], dict[str, object]]) -> RawMesh:
    fix = "Export the mesh again, best as GLB."
    try:
        found = load()
        vertices = np.asarray(found["vertices"], dtype=np.float64).reshape(-1, 3)
        faces = np.asarray(found.get("faces", ()), dtype=np.int64).reshape(-1, 3)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error) as error:
        raise GeometryError(f"The {kind} file cannot be read ({type(error).__name__}).", fix) from error
    return RawMesh(vertices, faces.astype(np.int32))


def _too_many(faces: int, limit: int) -> None:
    raise TooLarge(
        f"The mesh has {faces:,} faces or more; at most {limit:,} can be worked on.",
        f"Decimate it to {limit:,} faces or fewer (in Blender: modifier Decimate, ratio {limit / faces:.2g}).",
    )


def _refuse(raw: RawMesh, limits: Limits) -> None:
    """Raise for what cannot be mended."""
    if len(raw.faces) > limits.max_faces:
        _too_many(len(raw.faces), limits.max_faces)
    if len(raw.faces) == 0 or len(raw.vertices) == 0:
        what = "only points" if len(raw.vertices) else "nothing"
        raise GeometryError(f"The mesh has no faces: the file holds {what}.", "Give a mesh with faces.")
    if raw.faces.min() < 0 or raw.faces.max() >= len(raw.vertices):
        raise GeometryError("Some faces name vertices that are not there.", "Export the mesh again.")
    finite = np.isfinite(raw.vertices).all(axis=1)
    broken = int((~finite[raw.faces]).any(axis=1).sum())
    if broken:
        raise GeometryError(
            f"{broken:,} of {len(raw.faces):,} faces have vertices that are no numbers (NaN or infinite).",
            "Delete those vertices (in Blender: Mesh, Clean Up) and export the mesh again.",
        )
    span = np.ptp(raw.vertices[raw.faces.ravel()], axis=0).max()
    if not np.isfinite(span) or span <= 0.0:
        raise GeometryError("The mesh has no extent.", "Give a mesh whose vertices lie apart.")


def _mended(raw: RawMesh) -> LoadedMesh:
    notes = list(raw.notes)
    used = np.zeros(len(raw.vertices), dtype=bool)
    used[raw.faces.ravel()] = True
    vertices = np.ascontiguousarray(np.where(used[:, None], raw.vertices, 0.0), dtype=np.float64)
    faces = np.ascontiguousarray(raw.faces, dtype=np.int32)
    vertices = _closed(vertices, faces, notes)
    _describe(vertices, faces, notes)
    uv, uv_faces = _coordinates(raw, notes)
    normals = raw.normals
    if normals is not None and not (np.isfinite(normals).all() and np.linalg.norm(normals, axis=1)[used].all()):
        normals = None
        notes.append("The normals are no numbers or have no length: made anew.")
    return LoadedMesh(vertices, faces, uv, uv_faces, normals, raw.groups, tuple(notes))


def _edges(corners: Faces) -> tuple[IntArray, IntArray, IntArray]:
    """(e,) first and second vertex of each edge, and (e,) how many faces meet there."""
    ends = np.sort(np.concatenate([corners[:, (0, 1)], corners[:, (1, 2)], corners[:, (2, 0)]]).astype(np.int64))
    keys, count = np.unique(ends[:, 0] * (int(corners.max()) + 1) + ends[:, 1], return_counts=True)
    return keys // (int(corners.max()) + 1), keys % (int(corners.max()) + 1), count


def _closed(vertices: Points, faces: Faces, notes: list[str]) -> Points:
    """The vertices, with loose ends that all but touch put at one place."""
    first = weld(vertices)
    one, other, count = _edges(first[faces])
    loose = np.unique(np.concatenate([one[count == 1], other[count == 1]]))
    span = float(np.ptp(vertices[faces.ravel()], axis=0).max())
    pairs = cKDTree(vertices[loose]).query_pairs(NEAR * span, output_type="ndarray") if len(loose) else np.zeros((0, 2))
    if len(pairs) == 0:
        return vertices
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(loose), len(loose)))
    cluster = connected_components(graph, directed=False)[1]
    chosen = np.full(int(cluster.max()) + 1, len(vertices))
    np.minimum.at(chosen, cluster, loose)
    target = np.arange(len(vertices))
    target[loose] = chosen[cluster]
    moved = int((target[loose] != loose).sum())
    notes.append(f"{moved:,} loose vertices that all but touched others were joined to them.")
    return np.ascontiguousarray(vertices[target[first]])


def _describe(vertices: Points, faces: Faces, notes: list[str]) -> None:
    """Say what is odd but can be worked with. Faces are never dropped: their order is the caller's."""
    corners = weld(vertices)[faces]
    _, areas = face_frames(vertices, corners)
    span = float(np.ptp(vertices[faces.ravel()], axis=0).max())
    if not (areas > 0.0).any():
        raise GeometryError("No face of the mesh has an area.", "Give a mesh whose faces are not lines or points.")
    flat = int((areas <= 1e-14 * span * span).sum())
    if flat:
        notes.append(f"{_faces(flat)} without area: kept, but nothing is painted on them.")
    ordered = np.sort(corners, axis=1)
    apart = ordered[(np.diff(ordered, axis=1) != 0).all(axis=1)]
    double = len(apart) - len(np.unique(apart, axis=0))
    if double:
        notes.append(f"{_faces(double)} at the place of another: kept, each with a place of its own in the atlas.")
    many = int((_edges(apart)[2] > 2).sum()) if len(apart) else 0
    if many:
        notes.append(f"At {many:,} edges more than two faces meet (not a manifold): the surface is cut apart there.")


def _faces(count: int) -> str:
    return "1 face lies" if count == 1 else f"{count:,} faces lie"


def _coordinates(raw: RawMesh, notes: list[str]) -> tuple[FloatArray | None, Faces | None]:
    """Texture coordinates that can be worked with: finite, moved into 0..1 when all of them lie in one other tile."""
    if raw.uv is None or raw.uv_faces is None:
        return None, None
    uv = raw.uv
    faces = np.ascontiguousarray(raw.uv_faces, dtype=np.int32)
    if faces.min() < 0 or faces.max() >= len(uv):
        notes.append("Some texture coordinates are missing: left out.")
        return None, None
    if not np.isfinite(uv[faces.ravel()]).all():
        notes.append("Some texture coordinates are no numbers: left out.")
        return None, None
    shift = np.floor(uv[faces.ravel()].min(axis=0) + 1e-6)
    if shift.any() and (uv[faces.ravel()].max(axis=0) - shift <= 1.0 + 1e-6).all():
        notes.append(f"The texture coordinates lay in the tile ({shift[0]:.0f}, {shift[1]:.0f}): moved into 0..1.")
        uv = uv - shift
    return np.ascontiguousarray(uv, dtype=np.float64), faces


def uv_faults(loaded: LoadedMesh) -> tuple[str, ...]:
    """What keeps a mesh's own coordinates from being an atlas: a clause each, as in "unwrapped anew because ...".

    Empty when they can be used, mirrored or beyond 0..1 too; also when there are none.
    """
    if loaded.uv is None or loaded.uv_faces is None:
        return ()
    # Beyond 0..1 a picture repeats; that is no fault as long as no two faces meet in one place of it.
    faults = atlas_faults(loaded.uv, loaded.uv_faces, CHECKED_AT, (FIRST_TILE,))
    if faults.area < 1e-6:
        return ("its texture coordinates have no area",)
    _, areas = face_frames(loaded.vertices, loaded.faces)
    found = []
    if areas[faults.flat].sum() > 0.02 * float(areas.sum()):
        found.append("part of its surface has no area in the atlas")
    if faults.overlap > MUCH:
        found.append("parts of its surface share one place in the atlas")
    return tuple(found)
