"""Pictures that others made: read without trust, and brought to 8 bits, three channels and an opacity."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps

from ...errors import BadInput, TooLarge
from ...geometry.typing import ByteImage
from .info import MAX_IMAGE_SIDE

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
MAX_BYTES = 1 << 29
EXPORT = "Save it again as 8-bit PNG or JPEG."
_TURN_TAG = 0x0112
"""Of EXIF (CIPA DC-008, section 4.6.5): how the camera was held."""


@dataclass(frozen=True)
class Picture:
    """colour: (H, W, 3) uint8, row 0 is the top. alpha: (H, W) uint8, None when all of it is opaque. turned: whether
    it was turned as its EXIF data say. notes: sentences on what was lost.
    """

    colour: ByteImage
    alpha: ByteImage | None = None
    turned: bool = False
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width, height."""
        return self.colour.shape[1], self.colour.shape[0]


def read_picture(path: Path, name: str, *, photograph: bool = False, turn: bool = True) -> Picture:
    """Read PNG, JPEG, TIFF or WebP; the kind is told by the content. name: for messages, as in "The mask".

    photograph: also bring the colours of its profile to sRGB; data and textures stay as they are. turn: as EXIF says.
    Raises BadInput for what is no picture and TooLarge for one beyond the limits, before it is decoded.
    """
    if path.stat().st_size > MAX_BYTES:
        raise TooLarge(f"{name} has more than {MAX_BYTES >> 20} MiB.", EXPORT)
    try:
        return _read(path, name, photograph, turn)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name, "more pixels than any picture needs") from error
    except Image.UnidentifiedImageError as error:
        raise BadInput(f"{name} is no PNG, JPEG, TIFF or WebP.", EXPORT) from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, cv2.error, ImageCms.PyCMSError) as error:
        raise BadInput(f"{name} cannot be read ({error}).".replace("\n", " ")[:300], EXPORT) from error


def _read(path: Path, name: str, photograph: bool, turn: bool) -> Picture:
    try:
        with Image.open(path, formats=FORMATS) as image:
            _refuse_size(image.size, name)
            many_bits = ";16" in str(image.tile)
            image.load()
            return _taken(image, name, photograph, turn, many_bits)
    except Image.UnidentifiedImageError:
        deep = _deep_tiff(path, name)
        if deep is None:
            raise
        return deep


def _refuse_size(size: tuple[int, int], name: str) -> None:
    if max(size) > MAX_IMAGE_SIDE:
        raise _too_large(name, f"{size[0]} x {size[1]} pixels")


def _too_large(name: str, what: str) -> TooLarge:
    limit = f"{MAX_IMAGE_SIDE} x {MAX_IMAGE_SIDE}"
    return TooLarge(f"{name} has {what}; at most {limit} are taken.", f"Scale it to {limit} pixels or fewer.")


def _taken(image: Image.Image, name: str, photograph: bool, turn: bool, deep: bool) -> Picture:
    deep = deep or image.mode in ("I", "F") or image.mode.startswith("I;16")
    notes = (f"{name} has more than 8 bits a channel; 8 are kept.",) if deep else ()
    turned = turn and image.getexif().get(_TURN_TAG, 1) != 1
    upright = ImageOps.exif_transpose(image) if turned else image
    profile = image.info.get("icc_profile") if photograph else None
    if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
        grey = _eight_bits(np.asarray(upright))
        return Picture(np.repeat(grey[..., None], 3, axis=2), None, turned, notes)
    see_through = upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info
    if profile:
        upright = _in_srgb(upright, profile, see_through)
    pixels = np.asarray(upright.convert("RGBA" if see_through else "RGB"))
    alpha = np.ascontiguousarray(pixels[..., 3]) if see_through and int(pixels[..., 3].min()) < 255 else None
    return Picture(np.ascontiguousarray(pixels[..., :3]), alpha, turned, notes)


def _eight_bits(values: np.ndarray) -> ByteImage:
    """(H, W) 0..255 of 16-bit, 32-bit or floating values (0..1)."""
    if values.dtype.kind == "f":
        return np.asarray(np.rint(np.clip(np.nan_to_num(values), 0.0, 1.0) * 255.0), dtype=np.uint8)
    most = 65535 if int(values.max(initial=0)) > 255 or values.dtype.itemsize == 2 else 255
    return np.asarray(np.rint(np.clip(values, 0, most) * (255.0 / most)), dtype=np.uint8)


def _in_srgb(image: Image.Image, profile: bytes, see_through: bool) -> Image.Image:
    """The picture with its profile's colours in sRGB; one of a kind that has no colours stays as it is."""
    mode = "RGBA" if see_through else "RGB"
    if image.mode in ("P", "PA", "1"):
        image = image.convert(mode)
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if image.mode not in ("RGB", "RGBA", "CMYK", "L") or "sRGB" in ImageCms.getProfileDescription(source):
        return image
    if image.mode == "RGBA":
        colour = ImageCms.profileToProfile(image.convert("RGB"), source, ImageCms.createProfile("sRGB"))
        assert colour is not None
        colour.putalpha(image.getchannel("A"))
        return colour
    converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image if converted is None else converted


def _deep_tiff(path: Path, name: str) -> Picture | None:
    """A TIFF with 16 or 32 bits in several channels, which Pillow does not read; None for anything else."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head not in (b"II*\0", b"MM\0*"):
        return None
    _refuse_size(_tiff_size(path), name)
    pixels = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.dtype.kind not in "uf":
        return None
    order = [2, 1, 0, 3][: pixels.shape[2]]
    eight = _eight_bits(pixels[..., order]) if pixels.dtype != np.uint8 else pixels[..., order]
    alpha = np.ascontiguousarray(eight[..., 3]) if eight.shape[2] == 4 and int(eight[..., 3].min()) < 255 else None
    note = f"{name} has more than 8 bits a channel; 8 are kept."
    return Picture(np.ascontiguousarray(eight[..., :3]), alpha, False, (note,))


def _tiff_size(path: Path) -> tuple[int, int]:
    """Width and height in the first directory (TIFF 6.0, section 2), read without decoding; 0 for what is not there."""
    found = {256: 0, 257: 0}
    with path.open("rb") as stream:
        head = stream.read(8)
        order = "<" if head.startswith(b"II") else ">"
        stream.seek(*struct.unpack(order + "I", head[4:8]))
        for _ in range(*struct.unpack(order + "H", stream.read(2))):
            tag, kind, _, value = struct.unpack(order + "HHI4s", stream.read(12))
            if tag in found:
                short = kind == 3
                (found[tag],) = struct.unpack(order + ("H" if short else "I"), value[:2] if short else value)
    return found[256], found[257]
