"""Pictures on their way to the backend: what kind a file is, and PNG files written without Blender."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, RGBA = 1, 3, 4
COLOUR_TYPES = {GREY: 0, RGB: 2, RGBA: 6}
UP_FILTER = 2
LEVEL = 3
"""Of compression: a third of the time of zlib's usual level, a twentieth more bytes."""
ORIENTATION = 0x0112
HEAD_BYTES = 1 << 16
LINEAR_END = 0.0031308
"""Where the straight part of the sRGB curve ends (IEC 61966-2-1:1999, section 5.2)."""


def suffix_of(head: bytes) -> str:
    """The suffix of the format that a picture's first 12 bytes show; empty for none that backends read."""
    if head.startswith(PNG_SIGNATURE):
        return ".png"
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return ".tif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    return ""


def sendable_suffix(head: bytes) -> str:
    """The suffix for a picture that is sent as it is; empty for one that others would show turned.

    head: the beginning of the file. Blender pays no heed to how a camera was held; most other programs do.
    """
    return "" if _is_turned(head) else suffix_of(head)


def sendable_file(path: Path) -> str:
    """The same of a file; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return sendable_suffix(file.read(HEAD_BYTES))
    except OSError:
        return ""


def _is_turned(head: bytes) -> bool:
    """Whether the EXIF data of a JPEG name another orientation than upright (CIPA DC-008, section 4.6.5)."""
    start = head.find(b"Exif\0\0") + 6
    if not head.startswith(b"\xff\xd8\xff") or start < 6 or head[start : start + 2] not in (b"II", b"MM"):
        return False
    order = "<" if head[start : start + 2] == b"II" else ">"
    try:
        (place,) = struct.unpack_from(f"{order}I", head, start + 4)
        (count,) = struct.unpack_from(f"{order}H", head, start + place)
        entries = [struct.unpack_from(f"{order}2HIH", head, start + place + 2 + 12 * k) for k in range(count)]
    except struct.error:
        return False
    return any(tag == ORIENTATION and value > 1 for tag, _, _, value in entries)


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write (H, W) or (H, W, 1, 3 or 4) uint8 values; row 0 is the top. Raises OSError."""
    height, width = picture.shape[:2]
    rows = np.ascontiguousarray(picture).reshape(height, -1)
    channels = rows.shape[1] // width
    lines = np.empty((height, rows.shape[1] + 1), dtype=np.uint8)
    lines[:, 0] = UP_FILTER
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    header = struct.pack(">2I5B", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    with path.open("wb") as file:
        file.write(PNG_SIGNATURE)
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), LEVEL)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def bytes_of(
    values: NDArray[np.float32], width: int, height: int, *, linear: bool
) -> NDArray[np.uint8]:
    """(H, W, 3 or 4) uint8, sRGB-encoded, row 0 the top, of Blender's pixels.

    values: (H * W * C,) float32 from the lowest row up. linear: scene-referred, premultiplied with alpha, as Blender
    keeps float pictures; otherwise the values of a byte picture. The alpha channel is kept where it is not opaque.
    """
    channels = values.size // (width * height)
    pixels = values.reshape(height, width, channels)[::-1]
    colour = np.repeat(pixels[..., :1], 3, axis=2) if channels < RGB else pixels[..., :3]
    if linear:
        if channels == RGBA:
            colour = colour / np.maximum(pixels[..., 3:], 1e-6)
        clipped = np.clip(np.nan_to_num(colour), 0.0, 1.0)
        colour = np.where(clipped <= LINEAR_END, 12.92 * clipped, 1.055 * clipped ** (1.0 / 2.4) - 0.055)
    see_through = channels == RGBA and bool((pixels[..., 3] < 1.0).any())
    joined = np.concatenate([colour, pixels[..., 3:]], axis=2) if see_through else colour
    return np.rint(np.clip(np.nan_to_num(joined), 0.0, 1.0) * 255.0).astype(np.uint8)
