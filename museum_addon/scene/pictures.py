"""Blender's images as files to send, and files of a result as Blender's images."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import bpy
import numpy as np

from ..core.errors import InvalidRequest
from ..core.pictures import HEAD_BYTES, bytes_of, sendable_file, sendable_suffix, write_png

STILL = ("FILE", "GENERATED", "TILED")
FIRST_TILE = 1001
NAME_CHARACTERS = 60
Write = Callable[[Path], None]


@dataclass(frozen=True)
class Picture:
    """A picture on its way. It lies at ``path``, or ``write`` writes it; that may happen on any thread."""

    suffix: str
    path: Path | None = None
    write: Write | None = None


@dataclass(frozen=True)
class Pictures:
    """All tiles of an image: UDIM number -> picture; 1001 alone for one without tiles. size: pixels of a side."""

    tiles: Mapping[int, Picture] = field(default_factory=dict)
    size: int = 0
    tiled: bool = False


def pictures_of(image: bpy.types.Image, spool: Path, *, square: bool = True) -> Pictures:
    """An image as it is now, painted or not, saved, packed or neither.

    spool: an empty folder for tiles that were painted and not saved; Blender alone can write those. Raises
    InvalidRequest for what is no still picture, and unless ``square`` is False for one that is not square.
    """
    if image.source not in STILL or not image.size[0]:
        raise InvalidRequest(
            f"The image “{image.name}” cannot be used: it is empty, missing, or a film.",
            "Choose a still image, or find its file with File > External Data > Find Missing Files.",
        )
    width, height = image.size
    if square and width != height:
        raise InvalidRequest(
            f"The image “{image.name}” is {width} × {height}; it must be square.",
            "Scale it to a square in the Image Editor (Image > Resize), for example 2048 × 2048.",
        )
    if image.source == "TILED":
        return Pictures(_tiles(image, spool), width, True)
    return Pictures({FIRST_TILE: _still(image)}, width)


def _still(image: bpy.types.Image) -> Picture:
    """The file as it is where it is what the user sees; otherwise the pixels."""
    if image.source == "FILE" and not image.is_dirty:
        if image.packed_file is not None:
            data = image.packed_file.data
            suffix = sendable_suffix(data[:HEAD_BYTES])
            if suffix:
                return Picture(suffix, write=partial(_write_bytes, data))
        else:
            path = Path(bpy.path.abspath(image.filepath, library=image.library))
            suffix = sendable_file(path)
            if suffix:
                return Picture(suffix, path)
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    width, height = image.size
    return Picture(".png", write=partial(_write_pixels, values, width, height, image.is_float))


def _tiles(image: bpy.types.Image, spool: Path) -> dict[int, Picture]:
    numbers = [tile.number for tile in image.tiles]
    if image.is_dirty:
        return _spooled(image, numbers, spool)
    packed = {entry.tile_number: entry.packed_file for entry in image.packed_files if entry.packed_file is not None}
    found = {}
    for number in numbers:
        if number in packed:
            data = packed[number].data
            found[number] = Picture(sendable_suffix(data[:HEAD_BYTES]), write=partial(_write_bytes, data))
        else:
            path = Path(bpy.path.abspath(tile_path(image.filepath, number), library=image.library))
            found[number] = Picture(sendable_file(path), path)
    unreadable = [number for number, picture in found.items() if not picture.suffix]
    if unreadable:
        raise _not_saved(image, unreadable)
    return found


def _spooled(image: bpy.types.Image, numbers: list[int], spool: Path) -> dict[int, Picture]:
    """Have Blender write the tiles: their pixels are not to be had otherwise. The image stays as it is."""
    spool.mkdir(parents=True, exist_ok=True)
    path, kind = image.filepath_raw, image.file_format
    if not all(tile.size[0] for tile in image.tiles):  # asking has Blender load the tiles; it saves loaded ones alone
        raise _not_saved(image, [tile.number for tile in image.tiles if not tile.size[0]])
    try:
        image.filepath_raw = str(spool / "tile.<UDIM>.png")
        image.file_format = "PNG"
        image.save(save_copy=True)
    except RuntimeError as error:
        raise _not_saved(image, numbers) from error
    finally:
        image.filepath_raw, image.file_format = path, kind
    found = {number: spool / f"tile.{number}.png" for number in numbers}
    lost = [number for number, written in found.items() if not written.is_file()]
    if lost:
        raise _not_saved(image, lost)
    return {number: Picture(".png", written) for number, written in found.items()}


def _not_saved(image: bpy.types.Image, tiles: list[int]) -> InvalidRequest:
    return InvalidRequest(
        f"Tiles of the image “{image.name}” cannot be read: {', '.join(map(str, tiles))}.",
        "Save them as PNG with Image > Save As in the Image Editor.",
    )


def tile_path(path: str, number: int) -> str:
    """The file of one tile. path: with Blender's place for the number."""
    number_from_zero = number - FIRST_TILE
    row, column = divmod(number_from_zero, 10)
    return path.replace("<UDIM>", str(number)).replace("<UVTILE>", f"u{column + 1}_v{row + 1}")


def _write_bytes(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def _write_pixels(values: np.ndarray, width: int, height: int, linear: bool, path: Path) -> None:
    write_png(path, bytes_of(values, width, height, linear=linear))


def load(files: Mapping[int, Path], name: str, space: str, folder: Path | None) -> bpy.types.Image:
    """An image of a result's files, one for each tile, kept in the .blend or in a folder.

    space: colour space. folder: an absolute path beside the .blend to keep the files in; packed when None. Raises
    OSError and RuntimeError.
    """
    tiled = len(files) > 1 or FIRST_TILE not in files
    paths = dict(files)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        stem = free_stem(folder, name)
        paths = {n: folder / (f"{stem}.{n}.png" if tiled else f"{stem}.png") for n in files}
        for number, path in files.items():
            shutil.copyfile(path, paths[number])
    first = min(paths)
    image = bpy.data.images.load(str(paths[first]))
    image.name = name
    if tiled:
        image.source = "TILED"
        known = str(paths[first])
        cut = known.rindex(str(first))
        image.filepath = f"{known[:cut]}<UDIM>{known[cut + len(str(first)) :]}"
        image.tiles[0].number = first
        for number in sorted(paths):
            if number not in {tile.number for tile in image.tiles}:
                image.tiles.new(number)
        image.reload()
    image.colorspace_settings.name = space
    if folder is None:
        image.pack()
    else:
        image.filepath = bpy.path.relpath(image.filepath)
    return image


def free_stem(folder: Path, name: str) -> str:
    """A file's name without suffix that nothing in the folder begins with. name: of the image."""
    plain = re.sub(r"[^\w\- ]+", "_", name).strip(" _")[:NAME_CHARACTERS] or "texture"
    taken = {path.name.split(".")[0].casefold() for path in folder.iterdir()}
    number = 1
    stem = plain
    while stem.casefold() in taken:
        number += 1
        stem = f"{plain} {number}"
    return stem
