"""Reading meshes with what they wear: textures of GLB files, colours of vertices. No other file is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import trimesh

from ...errors import GeometryError, TooLarge
from ..intake import Limits, reader_of
from ..standing import is_glb
from .contract import ByteColours, RawShape
from .reading_glb import read_dressed_glb

COLOUR_WORDS = 7
"""Words of an OBJ line that holds a place and a colour."""


def raw_shape_of(path: Path, limits: Limits | None = None) -> RawShape:
    """Read GLB, OBJ, PLY or STL, whatever the name says, with textures and vertex colours.

    A GLB is in metres with y up, as glTF 2.0 (section 3.4) has it; the other kinds say nothing of either. Raises
    GeometryError for what cannot be read and TooLarge for what is beyond the limits.
    """
    limits = limits or Limits()
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise TooLarge(
            f"The file has {size / 2**20:,.0f} MiB; at most {limits.max_bytes / 2**20:,.0f} MiB are taken.",
            f"Decimate the mesh to {limits.max_faces:,} faces or fewer.",
        )
    if size == 0:
        raise GeometryError("The file is empty.", "Export the mesh again, best as GLB.")
    if is_glb(path):
        shape = read_dressed_glb(path, limits.max_faces)
    else:
        raw = reader_of(path)(path, limits.max_faces)
        shape = RawShape(raw.vertices, raw.faces, vertex_colours=_colours(path, len(raw.vertices)), notes=raw.notes)
    if len(shape.faces) > limits.max_faces:
        raise TooLarge(
            f"The mesh has more than {limits.max_faces:,} faces.", f"Decimate it to {limits.max_faces:,} or fewer."
        )
    return shape


def _colours(path: Path, count: int) -> ByteColours | None:
    """(n, 3) sRGB of a PLY's or OBJ's vertices, None when it has none."""
    with path.open("rb") as file:
        head = file.read(4)
    read: Callable[[Path], ByteColours | None] = _ply_colours if head.startswith(b"ply") else _obj_colours
    if b"\0" in head or head.startswith(b"soli"):
        return None
    found = read(path)
    return found if found is not None and len(found) == count else None


def _ply_colours(path: Path) -> ByteColours | None:
    with path.open("rb") as file:
        try:
            found = trimesh.exchange.ply.load_ply(file, skip_materials=True).get("vertex_colors")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            return None
    if found is None or np.ndim(found) != 2 or np.shape(found)[1] < 3:
        return None
    return _bytes(np.asarray(found)[:, :3])


def _obj_colours(path: Path) -> ByteColours | None:
    """Colours behind the places of an OBJ, as many programs write them: three numbers from 0 to 1."""
    rows = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("v "):
                words = line.split()
                if len(words) != COLOUR_WORDS:
                    return None
                try:
                    rows.append([float(word) for word in words[4:7]])
                except ValueError:
                    return None
    return _bytes(np.array(rows)) if rows else None


def _bytes(values: np.ndarray) -> ByteColours:
    if values.dtype.kind == "f":
        values = np.rint(np.clip(np.nan_to_num(values), 0.0, 1.0) * 255.0)
    return np.ascontiguousarray(values, dtype=np.uint8)
