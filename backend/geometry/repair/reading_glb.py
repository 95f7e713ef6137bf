"""Reading a GLB with what its meshes wear: base colour textures, colours of vertices, plain colours."""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...errors import GeometryError
from ..read_glb import EXPORT, TRIANGLES, GlbReader, chunks, instances
from ..typing import ByteImage, Faces, FloatArray, IntArray, Points
from .contract import ByteColours, RawShape

MOST_PIXELS = 1 << 28
"""Of a texture: 16384 x 16384."""
FORMATS = ("PNG", "JPEG", "WEBP")
LEFT_OUT = "A texture of the file cannot be read: left out."


@dataclass(frozen=True)
class _Part:
    """One primitive. vertices: (n, 3), faces: (m, 3), uv: (n, 2), colours: (n, 3) sRGB, texture: index or -1."""

    vertices: Points
    faces: Faces
    uv: FloatArray | None
    colours: ByteColours | None
    texture: int
    plain: ByteColours


def read_dressed_glb(path: Path, max_faces: int) -> RawShape:
    """All triangles of the scene with their colours; stops soon after ``max_faces``.

    Raises GeometryError for files that are damaged, compressed, or keep their data elsewhere.
    """
    document, binary = chunks(path.read_bytes())
    wardrobe = _Wardrobe(document, binary)
    reader = GlbReader(document, binary)
    parts: list[_Part] = []
    try:
        for mesh, matrix in instances(document):
            for primitive in document["meshes"][mesh]["primitives"]:
                if primitive.get("mode", TRIANGLES) == TRIANGLES:
                    parts.append(_part(reader, wardrobe, primitive, matrix))
                if sum(len(part.faces) for part in parts) > max_faces:
                    return _joined(parts, wardrobe)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise GeometryError(f"The GLB file is damaged ({type(error).__name__}: {error}).", EXPORT) from error
    return _joined(parts, wardrobe)


def _part(reader: GlbReader, wardrobe: _Wardrobe, primitive: dict[str, Any], matrix: FloatArray) -> _Part:
    raw = reader.primitive(primitive, matrix)
    look = wardrobe.look(primitive.get("material"))
    attributes = primitive["attributes"]
    uv = None
    if look.texture >= 0 and f"TEXCOORD_{look.coordinates}" in attributes:
        place = reader.accessor(attributes[f"TEXCOORD_{look.coordinates}"]).astype(np.float64)
        if place.shape == (len(raw.vertices), 2) and np.isfinite(place).all():
            # glTF counts v from the top of the image, and moves coordinates before that.
            uv = (place @ look.turn.T + look.offset) * (1.0, -1.0) + (0.0, 1.0)
    colours = None
    if "COLOR_0" in attributes and uv is None:
        linear = reader.accessor(attributes["COLOR_0"])[:, :3].astype(np.float64)
        if len(linear) == len(raw.vertices):
            colours = _srgb(linear * look.factor)
    texture = look.texture if uv is not None else -1
    return _Part(raw.vertices, raw.faces, uv, colours, texture, _srgb(look.factor[None])[0])


@dataclass(frozen=True)
class _Look:
    """What a material says. factor: (3,) linear. texture: index of those read, or -1. coordinates: number of the set.

    turn: (2, 2) and offset: (2,) of KHR_texture_transform.
    """

    factor: FloatArray
    texture: int
    coordinates: int
    turn: FloatArray
    offset: FloatArray


class _Wardrobe:
    """The materials of a file; each texture is read once for each colour that it is multiplied with."""

    def __init__(self, document: dict[str, Any], binary: bytes) -> None:
        self.document, self.binary = document, binary
        self.pictures: list[ByteImage] = []
        self.notes: list[str] = []
        self._known: dict[tuple[int, tuple[float, ...]], int] = {}

    def look(self, material: int | None) -> _Look:
        """How a material looks; white when there is none."""
        entry = {} if material is None else self.document["materials"][material]
        surface = entry.get("pbrMetallicRoughness", {})
        factor, wears = surface.get("baseColorFactor"), surface.get("baseColorTexture")
        older = entry.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness")
        if older is not None:
            factor, wears = older.get("diffuseFactor", factor), older.get("diffuseTexture", wears)
        colour = np.array((factor or (1.0, 1.0, 1.0, 1.0))[:3], dtype=np.float64)
        if wears is None:
            return _Look(colour, -1, 0, np.eye(2), np.zeros(2))
        moved = wears.get("extensions", {}).get("KHR_texture_transform", {})
        angle, scale = float(moved.get("rotation", 0.0)), np.array(moved.get("scale", (1.0, 1.0)), dtype=np.float64)
        cosine, sine = np.cos(angle), np.sin(angle)
        turn = np.array([[cosine, sine], [-sine, cosine]]) * scale
        number = int(moved.get("texCoord", wears.get("texCoord", 0)))
        offset = np.array(moved.get("offset", (0.0, 0.0)), dtype=np.float64)
        return _Look(colour, self._picture(int(wears["index"]), colour), number, turn, offset)

    def _picture(self, texture: int, factor: FloatArray) -> int:
        key = (texture, tuple(factor.tolist()))
        if key not in self._known:
            picture = self._read(texture)
            if picture is None:
                self.notes.append(LEFT_OUT)
                self._known[key] = -1
            else:
                if not np.allclose(factor, 1.0):
                    picture = _tinted(picture, factor)
                self._known[key] = len(self.pictures)
                self.pictures.append(picture)
        return self._known[key]

    def _read(self, texture: int) -> ByteImage | None:
        entry = self.document["textures"][texture]
        source = entry.get("extensions", {}).get("EXT_texture_webp", {}).get("source", entry.get("source"))
        if source is None:
            return None
        image = self.document["images"][source]
        try:
            return _decoded(self._content(image))
        except (OSError, SyntaxError, ValueError, EOFError, KeyError, binascii.Error, Image.DecompressionBombError):
            return None

    def _content(self, image: dict[str, Any]) -> bytes:
        if "bufferView" in image:
            view = self.document["bufferViews"][image["bufferView"]]
            start = int(view.get("byteOffset", 0))
            return self.binary[start : start + int(view["byteLength"])]
        head, _, body = str(image["uri"]).partition(";base64,")
        if not head.startswith("data:"):
            raise ValueError("a picture outside of the file, which is not followed")
        return base64.b64decode(body, validate=True)


def _decoded(content: bytes) -> ByteImage:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.size[0] * image.size[1] > MOST_PIXELS:
            raise ValueError("too many pixels")
        return np.ascontiguousarray(np.asarray(image.convert("RGB")))


def _srgb(linear: FloatArray) -> ByteColours:
    """8-bit sRGB of linear values (IEC 61966-2-1, section 5.2)."""
    value = np.clip(np.nan_to_num(linear), 0.0, 1.0)
    coded = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1.0 / 2.4) - 0.055)
    return np.ascontiguousarray(np.rint(255.0 * coded), dtype=np.uint8)


def _tinted(picture: ByteImage, factor: FloatArray) -> ByteImage:
    """A picture multiplied in linear light."""
    code = np.arange(256) / 255.0
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    table = _srgb(linear[:, None] * factor)
    return np.stack([table[picture[..., channel], channel] for channel in range(3)], axis=2)


def _joined(parts: list[_Part], wardrobe: _Wardrobe) -> RawShape:
    """One shape of all. Where only some parts have colours at their vertices the others take their plain colour."""
    notes = tuple(dict.fromkeys(wardrobe.notes))
    if not parts:
        return RawShape(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32), unit=1.0, up="y", notes=notes)
    first = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([p.faces + at for p, at in zip(parts, first, strict=False)]).astype(np.int32)
    wears: IntArray = np.concatenate([np.full(len(p.faces), p.texture, dtype=np.int32) for p in parts])
    uv = np.concatenate([np.zeros((len(p.vertices), 2)) if p.uv is None else p.uv for p in parts])
    some = any(part.colours is not None for part in parts)
    plain = any((part.plain != 255).any() for part in parts)
    colours = [np.tile(p.plain, (len(p.vertices), 1)) if p.colours is None else p.colours for p in parts]
    dressed = bool(wardrobe.pictures)
    return RawShape(
        np.concatenate([part.vertices for part in parts]),
        faces,
        np.concatenate(colours) if some or plain else None,
        uv if dressed else None,
        faces if dressed else None,
        tuple(wardrobe.pictures),
        wears if dressed else None,
        unit=1.0,
        up="y",
        notes=notes,
    )
