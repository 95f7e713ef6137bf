"""The one way in which pipelines are loaded: classes by name from a list, local files alone, safetensors alone.

Parts are loaded one by one, so that progress can be told, a cancelled job stops between them, and weights that do not
belong to a part are found out instead of being replaced by random ones.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ...errors import DamagedModel, UnsafeModel
from ...models import safety
from .devices import Precision
from .faults import ModelUnusable
from .memory import is_out_of_memory
from .recipes import IpAdapter, LoraFile, PipelineRule, Recipe, class_of_part, model_index, rule
from .single_file import class_of_file, load_single_file
from .weights import PICKLED, PULL, SAFETENSORS_ONLY, Weights, check_hashes, check_weights, weights_of

Report = Callable[[float, str], None]
"""Told the share that is loaded, 0 to 1, and what comes next. What it raises ends the loading."""

OTHER_LORA = "Use one that was made for this model's family."
LOADING_FAULTS = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError, IndexError)
"""What the libraries raise for files that do not fit together. Running out of memory is told apart."""


def load_pipeline(recipe: Recipe, precision: Precision, report: Report = lambda share, what: None) -> Any:
    """The pipeline, on the processor, ready to be arranged on a device. Opens no connection.

    Raises ModelUnusable for files of another kind of model, DamagedModel for missing, cut off or altered ones,
    UnsafeModel for those that could run code. What is said when memory is short comes through as it is.
    """
    chosen = rule(recipe.pipeline)
    named = model_index(recipe.folder, chosen)
    check_hashes(recipe.folder, recipe.sha256)
    sources = _sources(recipe, chosen, named)
    _check_adapters(recipe)
    _quieten()
    parts = _loaded_parts(sources, precision, report, chosen.made_anew)
    parts.update(dict.fromkeys(chosen.left_out))
    report(1.0, "Putting the parts together")
    with _Explained(f"The parts of {recipe.folder} do not fit together"):
        pipeline = _class("diffusers", recipe.pipeline).from_pretrained(
            os.fspath(recipe.folder),
            local_files_only=True,
            use_safetensors=True,
            dtype=_dtype(precision),
            **chosen.options,
            **parts,
        )
    pipeline.set_progress_bar_config(disable=True)
    if recipe.loras:
        _add_loras(pipeline, recipe.loras)
    if recipe.ip_adapter is not None:
        _add_ip_adapter(pipeline, recipe.ip_adapter, precision)
    return pipeline


def _sources(
    recipe: Recipe, chosen: PipelineRule, named: Mapping[str, tuple[str, str]]
) -> dict[str, tuple[Path, str, str]]:
    """Where each part comes from: name -> (folder or single file, package, class)."""
    for name in recipe.parts:
        if name not in chosen.added and name not in named:
            raise ModelUnusable(f"A {chosen.name} has no part {name}.", f"Its parts are {', '.join(named)}.")
    sources = {name: (chosen.folder_of(recipe.folder, name), *entry) for name, entry in named.items()}
    for name, classes in chosen.added.items():
        if name not in recipe.parts:
            raise ModelUnusable(f"A {chosen.name} needs a {name}, and none was named.", f"Choose a {classes[0]}.")
    for name, folder in recipe.parts.items():
        wanted = chosen.added.get(name) or (named[name][1],)
        found = class_of_file(folder) if folder.is_file() else class_of_part(folder)
        if found not in wanted:
            held = found or "model of no name"
            raise ModelUnusable(f"{folder} holds a {held}, not a {wanted[0]}.", f"Choose a {wanted[0]}.")
        sources[name] = (folder, "diffusers" if name in chosen.added else named[name][0], found)
    return sources


def _loaded_parts(
    sources: Mapping[str, tuple[Path, str, str]],
    precision: Precision,
    report: Report,
    made_anew: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Every part that has weights. All files are looked at before the first is loaded."""
    import torch

    models = {}
    for name, (folder, package, class_name) in sources.items():
        if not folder.exists():
            raise DamagedModel(f"The part {name} is missing: there is no folder {folder}.", PULL)
        kind = _class(package, class_name)
        if folder.is_file():
            models[name] = (folder, kind, Weights((folder,), "", folder.stat().st_size))
        elif isinstance(kind, type) and issubclass(kind, torch.nn.Module):
            models[name] = (folder, kind, weights_of(folder))
    total, done = sum(weights.size for _, _, weights in models.values()) or 1, 0
    loaded = {}
    for name, (folder, kind, weights) in models.items():
        report(done / total, f"Loading {name} ({weights.size / 1e9:.1f} GB)")
        loaded[name] = _model(kind, folder, weights.variant, precision, made_anew.get(name, ()))
        done += weights.size
    return loaded


def _model(kind: Any, folder: Path, variant: str, precision: Precision, made_anew: tuple[str, ...] = ()) -> Any:
    """One part with weights, every one of which came from its files. folder: or its single file. made_anew: tables
    that the files may lack.
    """
    with _Explained(f"{folder} cannot be loaded as a {kind.__name__}"):
        if folder.is_file():
            return load_single_file(kind, folder, _dtype(precision))
        model, told = kind.from_pretrained(
            os.fspath(folder),
            local_files_only=True,
            use_safetensors=True,
            variant=variant or None,
            dtype=_dtype(precision),
            output_loading_info=True,
        )
    missing = set(map(str, told["missing_keys"])) - set(made_anew)
    wrong = sorted((*missing, *map(str, told.get("mismatched_keys", ()))))
    if wrong:
        raise ModelUnusable(
            f"The weights in {folder} are those of another model: {len(wrong)} are missing or of another size "
            f"({wrong[0]}).",
            PULL,
        )
    return model.eval()


def _quieten() -> None:
    """Progress goes to the job, not to the log; of what the libraries say, errors alone are kept."""
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()


def _check_adapters(recipe: Recipe) -> None:
    """Files of LoRAs and of the image prompt, before gigabytes are loaded for them."""
    for lora in recipe.loras:
        _check_file(lora.path, f"{lora.path.name}{safety.WEIGHTS}" if not lora.path.suffix else "")
        if lora.sha256:
            check_hashes(lora.path.parent, {lora.path.name: lora.sha256})
    if recipe.ip_adapter is not None:
        _check_file(recipe.ip_adapter.path)
        weights_of(recipe.ip_adapter.image_encoder)


def _check_file(path: Path, called: str = "") -> None:
    """called: as which kind of file it is looked at, for one that was sent and has no ending."""
    if path.suffix.lower() in PICKLED:
        raise UnsafeModel(f"{path} is pickled and can run code when it is opened.", SAFETENSORS_ONLY)
    check_weights(path, called)


def _add_loras(pipeline: Any, loras: tuple[LoraFile, ...]) -> None:
    names = [f"lora{number}" for number in range(len(loras))]
    for name, lora in zip(names, loras, strict=True):
        try:
            _load_lora(pipeline, lora.path, name)
        except LOADING_FAULTS as error:
            if is_out_of_memory(error):
                raise
            # What the libraries say of such files speaks of keys and classes: it stands in the log.
            raise ModelUnusable(f"The LoRA {lora.title} does not fit this model.", OTHER_LORA) from error
        held = {adapter for adapters in pipeline.get_list_adapters().values() for adapter in adapters}
        if name not in held:
            raise ModelUnusable(f"The LoRA {lora.title} does not fit this model.", OTHER_LORA)
    pipeline.set_adapters(names, [lora.weight for lora in loras])


def _load_lora(pipeline: Any, path: Path, name: str) -> None:
    if path.suffix == safety.WEIGHTS:
        pipeline.load_lora_weights(
            os.fspath(path.parent),
            weight_name=path.name,
            adapter_name=name,
            local_files_only=True,
            use_safetensors=True,
        )
        return
    # Files that were sent have no ending, and the libraries take those for pickles.
    with tempfile.TemporaryDirectory() as folder:
        ended = Path(folder) / f"{name}{safety.WEIGHTS}"
        try:
            os.link(path, ended)
        except OSError:
            shutil.copyfile(path, ended)
        _load_lora(pipeline, ended, name)


def _add_ip_adapter(pipeline: Any, adapter: IpAdapter, precision: Precision) -> None:
    if not hasattr(pipeline, "load_ip_adapter"):
        raise ModelUnusable(f"A {type(pipeline).__name__} takes no reference pictures.", "Choose another engine.")
    kind = _class("transformers", "CLIPVisionModelWithProjection")
    encoder = _model(kind, adapter.image_encoder, "", precision)
    with _Explained(f"The image prompt adapter {adapter.path} does not fit this model"):
        pipeline.register_modules(image_encoder=encoder, feature_extractor=_image_processor(encoder))
        pipeline.load_ip_adapter(
            os.fspath(adapter.path.parent),
            subfolder="",
            weight_name=adapter.path.name,
            image_encoder_folder=None,
            local_files_only=True,
        )
        pipeline.set_ip_adapter_scale(adapter.scale)


def _image_processor(encoder: Any) -> Any:
    size = encoder.config.image_size
    return _class("transformers", "CLIPImageProcessor")(size=size, crop_size=size)


def _class(package: str, name: str) -> Any:
    """A class of the libraries. Raises ModelUnusable when this version has none of the name."""
    module = package if package in ("diffusers", "transformers") else f"diffusers.pipelines.{package}"
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ModelUnusable(f"{package} has no {name}.", "Update the neural tier of the backend.") from error


def _dtype(precision: Precision) -> Any:
    import torch

    return {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}[precision]


class _Explained:
    """What a library raises for files that do not fit becomes ModelUnusable, with its first line."""

    def __init__(self, what: str, fix: str = "Verify the model, or choose another.") -> None:
        self._what, self._fix = what, fix

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, LOADING_FAULTS) and not is_out_of_memory(error):
            first = str(error).strip().split("\n")[0][:300]
            raise ModelUnusable(f"{self._what}: {first}", self._fix) from error
