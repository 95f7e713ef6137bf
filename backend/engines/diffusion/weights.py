"""Weight files as they lie on the disk: whole, of the right kind, and not code. Imports no PyTorch."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .faults import ModelUnusable

LENGTH_BYTES = 8
MAX_HEADER_BYTES = 100_000_000
"""As in the format's own library (safetensors, tensor.rs)."""
PULL = "Pull the model again; what has arrived whole is kept."
SAFETENSORS_ONLY = "Use a version of the model in the safetensors format."


@dataclass(frozen=True)
class Weights:
    """The weight files of one part of a model. variant: the word in their names ("fp16"), or empty. size: bytes."""

    files: tuple[Path, ...]
    variant: str
    size: int


def weights_of(folder: Path, pickled: tuple[str, ...]) -> Weights:
    """The files that a part of a model is loaded from; the plain ones where there are several variants.

    pickled: endings of files that may hold code. Raises ModelUnusable when a file is missing, cut off or pickled.
    """
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        dangerous = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in pickled)
        if dangerous:
            raise ModelUnusable(
                f"{folder} holds pickled weights only ({dangerous[0]}), which can run code when they are opened.",
                SAFETENSORS_ONLY,
            )
        raise ModelUnusable(f"There are no weights in {folder}.", PULL)
    variants = {path: _variant(path) for path in found}
    variant = "" if "" in variants.values() else sorted(variants.values())[0]
    files = tuple(path for path in found if variants[path] == variant)
    _check_index(folder, variant, files)
    for path in files:
        checked_weights(path)
    return Weights(files, variant, sum(path.stat().st_size for path in files))


def checked_weights(path: Path) -> dict[str, object]:
    """The header of a safetensors file, when the file is as long as it says. Raises ModelUnusable.

    Format: 8 bytes little-endian length, a JSON object of that length, the bytes of the tensors (safetensors README).
    """
    if not path.is_file():
        raise ModelUnusable(f"The file {path} is missing.", PULL)
    try:
        with path.open("rb") as file:
            start = file.read(LENGTH_BYTES)
            length = struct.unpack("<Q", start)[0] if len(start) == LENGTH_BYTES else MAX_HEADER_BYTES + 1
            text = file.read(length) if length <= MAX_HEADER_BYTES else b""
        header = json.loads(text)
        end = (
            LENGTH_BYTES
            + length
            + max(
                (int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"), default=0
            )
        )
    except OSError as error:
        raise ModelUnusable(f"The file {path} cannot be read ({error.strerror}).", "Check who may read it.") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ModelUnusable(f"{path} is no safetensors file, whatever its name says.", SAFETENSORS_ONLY) from error
    size = path.stat().st_size
    if size < end:
        raise ModelUnusable(f"{path} is cut off: {size:,} of {end:,} bytes are there.", PULL)
    if size > end:
        raise ModelUnusable(f"{path} is longer than it says of itself: {size:,} bytes, not {end:,}.", PULL)
    return dict(header)


def check_hashes(folder: Path, expected: Mapping[str, str]) -> None:
    """Hold files against their SHA-256. expected: path below the folder -> digest. Raises ModelUnusable."""
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file():
            raise ModelUnusable(f"The file {path} is missing.", PULL)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != digest.lower():
            raise ModelUnusable(
                f"{path} is not the file that it should be: its SHA-256 begins {found[:12]}, not {digest[:12]}.", PULL
            )


def _variant(path: Path) -> str:
    """``fp16`` of ``diffusion_pytorch_model.fp16-00001-of-00002.safetensors`` and of ``model.fp16.safetensors``."""
    word = path.stem.split("-")[0].rpartition(".")
    return word[2] if word[0] else ""


def _check_index(folder: Path, variant: str, files: tuple[Path, ...]) -> None:
    """Where the weights are in several files, all that the list of them names are there."""
    ending = f".index.{variant}.json" if variant else ".index.json"
    for index in folder.glob(f"*.safetensors{ending}"):
        try:
            named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelUnusable(f"The list of files {index} is damaged.", PULL) from error
        missing = sorted(map(str, named - {path.name for path in files}))
        if missing:
            raise ModelUnusable(f"{len(missing)} of {len(named)} files are missing in {folder} ({missing[0]}).", PULL)
