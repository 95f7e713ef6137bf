"""Parts of a pipeline that are published as one file of weights without a configuration.

What the configuration is stands in a data file, with its source. Whether a file is what it is taken for is told by the
names and shapes of its tensors before any is loaded; opens no connection, reads safetensors alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .faults import ModelUnusable
from .weights import PULL, check_weights

DATA = Path(__file__).with_name("data") / "single_files.json"
Shapes = Mapping[str, tuple[int, ...]]
"""Name -> shape of every tensor of a file."""


@cache
def _known() -> dict[str, Any]:
    return dict(json.loads(DATA.read_text(encoding="utf-8")))


def class_of_file(path: Path) -> str:
    """The class whose weights a file holds, told by the names of its tensors; "" for none that is known.

    Raises DamagedModel for a file that is missing or cut off, UnsafeModel for a pickled one.
    """
    check_weights(path)
    names = _shapes(path)
    return next((name for name, entry in _known().items() if entry["marked_by"] in names), "")


def configuration(class_name: str, shapes: Shapes, path: Path) -> dict[str, Any]:
    """The bundled configuration, with the widths of this file. Raises ModelUnusable when it has none of the kind."""
    entry = _known()[class_name]
    sizes = {}
    for name in ("dim", "head"):
        tensor, axis = entry["width"][name]["tensor"], entry["width"][name]["axis"]
        if len(shapes.get(tensor, ())) <= axis:
            raise _other(path, entry, f"{tensor} is missing")
        sizes[name] = shapes[tensor][axis]
    if not sizes["head"] or sizes["dim"] % sizes["head"]:
        raise _other(path, entry, f"its width {sizes['dim']} is no multiple of {sizes['head']}")
    heads = dict.fromkeys(entry["width"]["heads"], sizes["dim"] // sizes["head"])
    return {**entry["config"], "dim": sizes["dim"], **heads}


def load_single_file(kind: Any, path: Path, dtype: Any) -> Any:
    """A model from its one file, in evaluation mode, on the processor; every weight came from the file.

    kind: the diffusers class; dtype: of PyTorch. Raises ModelUnusable for weights of another model or version.
    """
    from accelerate import init_empty_weights
    from safetensors import safe_open

    entry, shapes = _known()[kind.__name__], _shapes(path)
    config = configuration(kind.__name__, shapes, path)
    with init_empty_weights():
        model = kind.from_config(config)
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    wrong = sorted(name for name, shape in wanted.items() if shapes.get(name) != shape)
    if wrong:
        raise _other(path, entry, f"{len(wrong)} tensors are missing or of another size ({wrong[0]})")
    with safe_open(os.fspath(path), framework="pt", device="cpu") as file:
        mark = entry["zero_in_others"]["tensor"]
        if not file.get_tensor(mark).any():
            raise _other(path, entry, f"{mark} was never trained")
        model.load_state_dict({name: file.get_tensor(name).to(dtype) for name in wanted}, strict=True, assign=True)
    model.register_to_config(_name_or_path=os.fspath(path))
    return model.requires_grad_(False).eval()


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    from safetensors import safe_open

    with safe_open(os.fspath(path), framework="pt", device="cpu") as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118  (no mapping)


def _other(path: Path, entry: Mapping[str, Any], why: str) -> ModelUnusable:
    return ModelUnusable(
        f"{path.name} holds the weights of another model or version: {why}.", str(entry.get("fix") or PULL)
    )
