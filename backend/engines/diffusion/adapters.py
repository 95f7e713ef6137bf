"""Low-rank adaptations (LoRA) and reference pictures that a user brings: where they lie, what paradata say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ...errors import BadInput, DamagedModel, UnsafeModel
from ...models import safety
from ...models.catalogue import nearest
from ...models.store import ModelStore
from ...paradata import sha256_of
from ..base import InputSpec
from .recipes import LoraFile
from .weights import PICKLED, SAFETENSORS_ONLY

FOLDER = "loras"
"""Below the models' folder: where a user's own LoRA files lie."""
LORA_ROLE, MAX_LORAS = "lora", 8
REFERENCE_ROLE = "reference"
LORA_MEDIA = ("application/octet-stream", "application/x-safetensors")
PICTURES = ("image/png", "image/jpeg", "image/tiff", "image/webp")

LORA_INPUTS = InputSpec(
    LORA_ROLE, LORA_MEDIA, False, "LoRA files in the safetensors format, named by this role in “loras”.", (1, MAX_LORAS)
)
REFERENCE_INPUT = InputSpec(REFERENCE_ROLE, PICTURES, False, "A picture whose style and material are to be followed.")


class LoraParams(BaseModel):
    """One LoRA and how strongly it counts."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: str = Field(
        min_length=1,
        max_length=120,
        description="A file in “loras” below the models' folder (“bronze.safetensors”), or an input (“lora.1”).",
    )
    weight: float = Field(1.0, ge=-2.0, le=2.0, description="How strongly it counts; 1 as it was trained.")


def loras_folder(store: ModelStore) -> Path:
    """Where a user's LoRA files are looked for."""
    return store.places.folder / FOLDER


def lora_files(loras: Iterable[LoraParams], inputs: Mapping[str, Path], store: ModelStore) -> tuple[LoraFile, ...]:
    """The files that are meant, looked into and hashed, in their order.

    Raises BadInput for one that is not there or is meant twice, UnsafeModel for pickles, DamagedModel.
    """
    found: list[LoraFile] = []
    for asked in loras:
        path = inputs.get(asked.name) or _own_file(asked.name, loras_folder(store))
        check_lora(path, asked.name)
        digest = sha256_of(path)
        if any(digest == other.sha256 for other in found):
            raise BadInput(f"The LoRA {asked.name} is named twice.", "Name each once, with the weight it shall have.")
        found.append(LoraFile(path, asked.weight, digest, asked.name))
    return tuple(found)


def lora_models(loras: Iterable[LoraParams], files: Iterable[LoraFile]) -> tuple[dict[str, Any], ...]:
    """What paradata say of them: ``EngineResult.models`` takes these after the models themselves."""
    return tuple(
        {"id": asked.name, "revision": "", "licence": "", "role": LORA_ROLE, "weight": file.weight,
         "sha256": {asked.name: file.sha256}}
        for asked, file in zip(loras, files, strict=True)
    )  # fmt: skip


def check_lora(path: Path, name: str) -> None:
    """Look at a LoRA file before anything is loaded. name: what the user called it.

    Raises UnsafeModel for pickles and whatever else could run code, DamagedModel for a file that is cut off.
    """
    if Path(name).suffix.lower() in PICKLED or path.suffix.lower() in PICKLED:
        raise UnsafeModel(f"The LoRA {name} is pickled and can run code when it is opened.", SAFETENSORS_ONLY)
    if not path.is_file():
        raise DamagedModel(f"The LoRA {name} is not there ({path}).", "Send it again.")
    # Files that were sent have no ending: they are called after their bytes.
    called = name if Path(name).suffix == safety.WEIGHTS else f"{Path(name).name}{safety.WEIGHTS}"
    try:
        safety.check_file(path, called)
    except UnsafeModel:
        raise
    except DamagedModel as error:
        raise DamagedModel(f"The LoRA {name} is no safetensors file, or cut off.", "Download it again.") from error


def _own_file(name: str, folder: Path) -> Path:
    """A file of the folder; its name may be written without the ending. Raises BadInput."""
    wanted = folder / _plain(name, folder)
    choices = [wanted, wanted.with_name(f"{wanted.name}{safety.WEIGHTS}")]
    for path in choices:
        if path.is_file():
            return path
    there = sorted(path.name for path in folder.glob(f"*{safety.WEIGHTS}"))
    hint = f" {nearest(name, there)}" if there else ""
    raise BadInput(
        f"There is no LoRA “{name}” in {folder}.",
        f"Put the file there, or send the file itself (the input lora.1).{hint}",
    )


def _plain(name: str, folder: Path) -> Path:
    """Raises BadInput for a name that could lead elsewhere."""
    try:
        path = safety.checked_path(name)
    except UnsafeModel as error:
        raise BadInput(f"“{name}” is no name of a LoRA file.", f"Name a file that lies in {folder}.") from error
    if len(path.parts) != 1:
        raise BadInput(f"“{name}” is no name of a LoRA file.", f"Name a file that lies in {folder}, without folders.")
    return Path(path)
