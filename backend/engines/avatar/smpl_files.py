"""Files of the SMPL family: which arrays they hold, read without trusting them."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput, DamagedModel, TooLarge
from .contract import UvMap
from .pickled_parts import array_of
from .restricted_pickle import PICKLE_FIX, plain_root

REQUIRED = ("v_template", "shapedirs", "posedirs", "weights", "J_regressor", "kintree_table", "f")
OPTIONAL = ("vt", "ft")
MAX_ARRAY_BYTES = 256 << 20
"""SMPL-X's largest array has 122 MB: 10,475 vertices, 3 coordinates, 486 pose features, float64."""
MODEL_FIX = "Choose a model file of SMPL, SMPL-H or SMPL-X as it was downloaded (.pkl or .npz)."
_GENDERS = {"f": "female", "female": "female", "m": "male", "male": "male", "n": "neutral", "neutral": "neutral"}
Arrays = dict[str, NDArray[Any]]


def read_arrays(path: Path) -> Arrays:
    """The arrays of a model file by their names, in native byte order.

    Raises BadInput for files of other kinds or without one of the arrays, DamagedModel, UnsafeModel or TooLarge.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path.name}.", MODEL_FIX)
    kind = path.suffix.lower()
    if kind == ".npz":
        arrays = _npz_arrays(path)
    elif kind == ".pkl":
        arrays = _pickle_arrays(path)
    else:
        raise BadInput(f"{path.name} is neither a .pkl nor a .npz file.", MODEL_FIX)
    missing = [key for key in REQUIRED if key not in arrays]
    if missing:
        raise BadInput(f"{path.name} is not a model of the SMPL family: it has no {', '.join(missing)}.", MODEL_FIX)
    odd = [key for key, array in arrays.items() if array.dtype.kind not in "fiu"]
    if odd:
        raise BadInput(f"{path.name}: {', '.join(odd)} holds no numbers.", MODEL_FIX)
    return arrays


def _pickle_arrays(path: Path) -> Arrays:
    root = plain_root(path)
    found: Arrays = {}
    for key in REQUIRED + OPTIONAL:
        try:
            array = array_of(root.get(key))
        except ValueError as error:
            raise DamagedModel(f"{path.name}: {key} contradicts itself ({error}).", PICKLE_FIX) from error
        if array is not None:
            found[key] = array
    return found


def _npz_arrays(path: Path) -> Arrays:
    found: Arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            for key in REQUIRED + OPTIONAL:
                if f"{key}.npy" in names:
                    found[key] = _npy(archive, archive.getinfo(f"{key}.npy"), path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as error:
        raise DamagedModel(f"{path.name} is not a whole .npz file ({error}).", PICKLE_FIX) from error
    return found


def _npy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    """One array; its header is believed only where it agrees with the bytes that follow."""
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(member)
        promised = math.prod(shape) * dtype.itemsize
        if promised > MAX_ARRAY_BYTES:
            raise TooLarge(f"{name}: {info.filename} would have {promised / 1e6:.0f} MB.", PICKLE_FIX)
        if dtype.hasobject or promised != info.file_size - member.tell():
            raise ValueError(f"{info.filename} does not hold what it says")
    with archive.open(info) as member:
        return np.asarray(np.lib.format.read_array(member, allow_pickle=False))


def gender_told(path: Path) -> str | None:
    """The gender that a file's name, or the name of its folder, tells: "female", "male", "neutral" or None."""
    for text in (path.stem, path.parent.name):
        told = {_GENDERS[word] for word in re.split(r"[^a-z]+", text.lower()) if word in _GENDERS}
        if len(told) == 1:
            return told.pop()
    return None


def read_uv_obj(path: Path, faces: NDArray[np.int32]) -> UvMap:
    """Texture coordinates of an OBJ that has the body's faces, in the body's order of faces.

    Raises BadInput for an OBJ of another mesh.
    """
    coordinates: list[tuple[float, float]] = []
    rows: dict[tuple[int, ...], tuple[int, ...]] = {}
    try:
        for line in path.read_text("utf-8", errors="replace").splitlines():
            words = line.split()
            if words[:1] == ["vt"]:
                coordinates.append((float(words[1]), float(words[2])))
            elif words[:1] == ["f"]:
                corners = [word.split("/") for word in words[1:]]
                rows[_turned(tuple(int(corner[0]) - 1 for corner in corners))] = tuple(
                    int(corner[1]) - 1 for corner in _from_lowest(corners)
                )
        placed = [rows[_turned(tuple(face))] for face in faces.tolist()]
        uv_faces = np.array([_back(uv, face) for uv, face in zip(placed, faces.tolist(), strict=True)], np.int32)
        if not (uv_faces.min() >= 0 and uv_faces.max() < len(coordinates)):
            raise ValueError
    except (KeyError, ValueError, IndexError) as error:
        fix = f"Put the {path.name} of the model's own site beside it, or none."
        raise BadInput(f"{path.name} is not the UV map of this body.", fix) from error
    return UvMap(np.array(coordinates, np.float32), uv_faces)


def _turned(face: tuple[int, ...]) -> tuple[int, ...]:
    """The face begun at its lowest vertex."""
    start = face.index(min(face))
    return face[start:] + face[:start]


def _from_lowest(corners: list[list[str]]) -> list[list[str]]:
    numbers = [int(corner[0]) for corner in corners]
    start = numbers.index(min(numbers))
    return corners[start:] + corners[:start]


def _back(uv: tuple[int, ...], face: list[int]) -> tuple[int, ...]:
    """The texture rows of a face begun at its lowest vertex, for the face as it begins in the body."""
    start = face.index(min(face))
    return uv[len(uv) - start :] + uv[: len(uv) - start]
