"""What to load: a pipeline's class, its folder, and what is put into it. Data; imports no PyTorch."""

from __future__ import annotations

import difflib
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ...errors import DamagedModel, UnsafeModel
from .faults import ModelUnusable
from .weights import PULL

DATA = Path(__file__).with_name("data") / "pipelines.json"
INDEX = "model_index.json"


@dataclass(frozen=True)
class LoraFile:
    """A low-rank adaptation: one safetensors file. weight: how strongly, 1 as it was trained.

    name: what the user called it; a file that was sent lies under the hash of its bytes.
    """

    path: Path
    weight: float = 1.0
    sha256: str = ""
    name: str = field(default="", compare=False)

    @property
    def title(self) -> str:
        """What messages call it."""
        return self.name or self.path.name


@dataclass(frozen=True)
class IpAdapter:
    """An image prompt adapter: its weights, and the folder of the image encoder that it was trained with."""

    path: Path
    image_encoder: Path
    scale: float = 0.6


@dataclass(frozen=True)
class Recipe:
    """A pipeline and its parts. parts: name ("controlnet", "vae") -> folder, instead of or beyond what the pipeline's
    own folder holds; or the one file of a part that is published as such (``single_file``). sha256: path below
    ``folder`` -> digest, for files that are to be held against it first. title: for people.
    """

    pipeline: str
    folder: Path
    parts: Mapping[str, Path] = field(default_factory=dict)
    loras: tuple[LoraFile, ...] = ()
    ip_adapter: IpAdapter | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)
    title: str = ""

    @property
    def key(self) -> Hashable:
        """Equal for recipes that load the same."""
        loras = tuple((lora.sha256 or lora.path, lora.weight) for lora in self.loras)
        return self.pipeline, self.folder, tuple(sorted(self.parts.items())), loras, self.ip_adapter


@dataclass(frozen=True)
class PipelineRule:
    """What may be loaded as a pipeline. folders: classes that its ``model_index.json`` may name. added: parts that
    come from elsewhere -> the classes they may have. modules: of diffusers.pipelines that its parts may come from.
    renamed: folder that a part lay in before -> its name today; used where the folder is there. made_anew: part ->
    tables that older files lack and that nobody reads here.
    """

    name: str
    folders: tuple[str, ...]
    added: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...]
    options: Mapping[str, Any]
    modules: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    made_anew: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def folder_of(self, folder: Path, part: str) -> Path:
        """Where a part lies below the pipeline's folder."""
        former = [old for old, new in self.renamed.items() if new == part and (folder / old).is_dir()]
        return folder / (former[0] if former else part)


@cache
def _data() -> dict[str, Any]:
    return dict(json.loads(DATA.read_text(encoding="utf-8")))


def libraries() -> tuple[str, ...]:
    """The packages whose classes may be made from a model's files."""
    return tuple(_data()["libraries"])


def rule(pipeline: str) -> PipelineRule:
    """What may be loaded under this name. Raises ModelUnusable for any that is not on the list."""
    known = _data()["pipelines"]
    if pipeline not in known:
        near = difflib.get_close_matches(pipeline, known, n=3, cutoff=0.4) or list(known)
        raise ModelUnusable(f'There is no pipeline "{pipeline[:80]}" here.', f"Use one of these: {', '.join(near)}.")
    entry = known[pipeline]
    return PipelineRule(
        pipeline,
        (pipeline, *entry["folders"]),
        {name: tuple(classes) for name, classes in entry.get("added", {}).items()},
        tuple(entry.get("left_out", ())),
        entry.get("options", {}),
        tuple(entry.get("modules", ())),
        entry.get("renamed", {}),
        {part: tuple(names) for part, names in entry.get("made_anew", {}).items()},
    )


def model_index(folder: Path, chosen: PipelineRule) -> dict[str, tuple[str, str]]:
    """The parts that a pipeline's folder names: name -> (package, class).

    Parts that the pipeline leaves out, or that the folder says are not there, are missing in the answer.
    Raises ModelUnusable, DamagedModel, UnsafeModel.
    """
    if not folder.is_dir():
        raise DamagedModel(f"There is no folder {folder}.", PULL)
    index = _object(folder / INDEX)
    kind = index.get("_class_name")
    if kind not in chosen.folders:
        said = kind if isinstance(kind, str) else "a class of its own"
        raise ModelUnusable(
            f"{folder} holds a {said}, which is no {chosen.name}.",
            f"Choose a folder with a {' or a '.join(chosen.folders[:3])}.",
        )
    parts = {}
    for name, entry in index.items():
        if name.startswith("_") or name in chosen.left_out or not isinstance(entry, list) or None in entry:
            continue
        package, class_name = map(str, entry)
        if package not in (*libraries(), *chosen.modules):
            raise UnsafeModel(
                f"The part {name} of {folder} asks for code of its own ({package}.{class_name}).",
                "Use a version of the model that needs no code of its own.",
            )
        parts[chosen.renamed.get(name, name)] = (package, class_name)
    return parts


def class_of_part(folder: Path) -> str:
    """The class that a part's ``config.json`` names. Raises ModelUnusable."""
    if not folder.is_dir():
        raise DamagedModel(f"There is no folder {folder}.", PULL)
    config = _object(folder / "config.json")
    named = config.get("_class_name") or next(iter(config.get("architectures") or ()), "")
    return str(named)


def _object(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DamagedModel(f"The file {path} is missing.", PULL) from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedModel(f"The file {path} is damaged.", PULL) from error
    if not isinstance(read, dict):
        raise DamagedModel(f"The file {path} is damaged.", PULL)
    return read
