"""What may lie in a model's folder: plain names, and bytes that cannot run code.

Weights have to be safetensors [1]. Everything else has to be JSON, text or a sentencepiece model; what a file is, is
told by its bytes, whatever its name says. A pickle [2], bare, in a zip [3] or in a tar, runs code when it is loaded.

[1] safetensors, "Format": 8 bytes, the length of the header, little endian; the header, JSON; the tensors.
[2] Python documentation, ``pickle``, "Restricting globals". [3] torch documentation, ``torch.save``.
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path, PurePosixPath

from ..errors import DamagedModel, UnsafeModel

WEIGHTS = ".safetensors"
TEXTS = (".json", ".txt", ".md", ".jinja", ".jsonl")
SENTENCEPIECE = (".model",)
HEAD_BYTES = 512
_MAX_HEADER = 100_000_000  # the format's own limit
_MAX_TEXT = 64 << 20
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._+=@()-]{0,119}")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")  # Windows opens devices under these names


def checked_path(path: str) -> PurePosixPath:
    """A path inside a model's folder, the same on every platform. Raises UnsafeModel for any that could leave it."""
    parts = path.split("/")
    plain = all(
        _NAME.fullmatch(part) and not part.endswith((".", " ")) and not _RESERVED.fullmatch(part) for part in parts
    )
    if not plain or len(path) > 240:
        raise UnsafeModel(f"The model has a file {path[:100]!r}, no name that can be used.", "Choose another model.")
    return PurePosixPath(*parts)


def inside(folder: Path, path: str) -> Path:
    """Where a file of a model lies. Raises UnsafeModel when it is elsewhere, by way of a link for instance."""
    target = folder.joinpath(*checked_path(path).parts)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise UnsafeModel(
            f"{target.parent} lies outside the model's folder.", "Remove the link and pull the model again."
        )
    return target


def check_name(path: str) -> None:
    """Raise UnsafeModel for a file of a kind that is never fetched."""
    suffix = checked_path(path).suffix.lower()
    if suffix not in (WEIGHTS, *TEXTS, *SENTENCEPIECE):
        raise UnsafeModel(
            f"{path} is no safetensors file: files of this kind can run code when they are loaded.",
            "Choose a model, or a revision of it, with safetensors weights.",
        )


def check_head(path: str, head: bytes, size: int) -> None:
    """Raise UnsafeModel or DamagedModel when a file that begins like this, of this size, is not what it is called."""
    check_name(path)
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == WEIGHTS and _begins_as_safetensors(head, size):
        return
    if kind := _runs_code(head):
        raise UnsafeModel(
            f"{path} is {kind}, whatever its name says: it can run code when it is loaded.",
            "Do not load it; choose another source of this model.",
        )
    if suffix == WEIGHTS:
        raise DamagedModel(f"{path} is no safetensors file, or cut off.", "Download the model again.")
    if suffix in TEXTS and b"\0" in head:
        raise UnsafeModel(f"{path} is no text, whatever its name says.", "Do not load it; pull the model again.")
    if suffix in SENTENCEPIECE and head[:1] != b"\n":
        # Field 1 of a ModelProto, of the wire type 2 (sentencepiece_model.proto).
        raise UnsafeModel(f"{path} is no sentencepiece model.", "Do not load it; pull the model again.")


def check_file(file: Path, path: str) -> None:
    """Look into a whole file, without its tensors. Raises UnsafeModel, DamagedModel."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        check_head(path, head, size)
        suffix = PurePosixPath(path).suffix.lower()
        if suffix == WEIGHTS:
            stream.seek(8)
            _check_header(path, stream.read(struct.unpack("<Q", head[:8])[0]), size)
        elif suffix == ".json":
            stream.seek(0)
            _check_json(path, stream.read(_MAX_TEXT + 1))


def shards(index: bytes) -> frozenset[str]:
    """The files that a ``*.safetensors.index.json`` names. Raises ValueError."""
    said = json.loads(index)
    names = said.get("weight_map") if isinstance(said, dict) else None
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ValueError("no weight_map")
    return frozenset(names.values())


def _begins_as_safetensors(head: bytes, size: int) -> bool:
    length = struct.unpack("<Q", head[:8])[0] if len(head) >= 8 else 0
    return 2 <= length <= min(_MAX_HEADER, size - 8) and head[8:9] == b"{"


def _runs_code(head: bytes) -> str:
    """What a file that begins like this is, when that can run code; else nothing."""
    if head[:1] == b"\x80" and head[1:2] and head[1] <= 5:
        return "a pickle"
    if head[:4] == b"PK\x03\x04":
        return "a zip, as torch writes pickles into"
    if head[257:262] == b"ustar" or head[:2] == b"\x1f\x8b":
        return "an archive"
    if head[:2] in (b"#!", b"MZ") or head[:4] == b"\x7fELF":
        return "a program"
    return ""


def _check_header(path: str, header: bytes, size: int) -> None:
    """The tensors that the header lists fill the rest of the file, no more and no less."""
    try:
        said = json.loads(header)
        ends = [int(entry["data_offsets"][1]) for name, entry in said.items() if name != "__metadata__"]
        end = max(ends, default=0)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise DamagedModel(f"The header of {path} cannot be read.", "Download the model again.") from error
    if 8 + len(header) + end != size:
        raise DamagedModel(
            f"{path} has {size:,} bytes, and its header speaks of {8 + len(header) + end:,}.",
            "Download the model again.",
        )


def _check_json(path: str, text: bytes) -> None:
    try:
        if len(text) > _MAX_TEXT:
            raise ValueError
        json.loads(text)
    except ValueError as error:
        raise DamagedModel(f"{path} is not JSON.", "Download the model again.") from error
