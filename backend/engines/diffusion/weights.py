"""Weight files as they lie on the disk: whole, of the right kind, and not code. Imports no PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import BackendError, DamagedModel, UnsafeModel
from ...models import safety

PULL = "Download the model again; what has arrived whole is kept."
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
SAFETENSORS_ONLY = "Use a version of the model in the safetensors format."


@dataclass(frozen=True)
class Weights:
    """The weight files of one part of a model. variant: the word in their names ("fp16"), or empty. size: bytes."""

    files: tuple[Path, ...]
    variant: str
    size: int


def weights_of(folder: Path) -> Weights:
    """The files that a part of a model is loaded from; the plain ones where there are several variants.

    Raises DamagedModel when a file is missing or cut off, UnsafeModel when there are pickled ones alone.
    """
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        dangerous = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in PICKLED)
        if dangerous:
            raise UnsafeModel(
                f"{folder} holds pickled weights only ({dangerous[0]}), which can run code when they are opened.",
                SAFETENSORS_ONLY,
            )
        raise DamagedModel(f"There are no weights in {folder}.", PULL)
    variants = {path: _variant(path) for path in found}
    variant = "" if "" in variants.values() else sorted(variants.values())[0]
    files = tuple(path for path in found if variants[path] == variant)
    _check_index(folder, variant, files)
    for path in files:
        check_weights(path)
    return Weights(files, variant, sum(path.stat().st_size for path in files))


def check_weights(path: Path, called: str = "") -> None:
    """Look into the head of a weight file. called: its name, where it lies under another one.

    Raises DamagedModel (missing, cut off), UnsafeModel (a pickle).
    """
    if not path.is_file():
        raise DamagedModel(f"The file {path} is missing.", PULL)
    try:
        safety.check_file(path, called or path.name)
    except BackendError as error:
        raise type(error)(f"In {path.parent}: {error.message}", error.fix) from error
    except OSError as error:
        raise DamagedModel(f"The file {path} cannot be read ({error.strerror}).", "Check who may read it.") from error


def check_hashes(folder: Path, expected: Mapping[str, str]) -> None:
    """Hold files against their SHA-256. expected: path below the folder -> digest. Raises ModelUnusable."""
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file():
            raise DamagedModel(f"The file {path} is missing.", PULL)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != digest.lower():
            raise DamagedModel(
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
            named = safety.shards(index.read_bytes())
        except (OSError, ValueError) as error:
            raise DamagedModel(f"The list of files {index} is damaged.", PULL) from error
        missing = sorted(named - {path.name for path in files})
        if missing:
            raise DamagedModel(f"{len(missing)} of {len(named)} files are missing in {folder} ({missing[0]}).", PULL)
