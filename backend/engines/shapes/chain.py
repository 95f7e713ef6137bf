"""Words to a picture, the picture's object off its background, and that to a shape, by whichever engines can run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...errors import BackendError
from ...geometry.glb import png_bytes
from ...paradata import build_paradata
from ..base import EngineInfo, EngineResult, JobContext, ProducedFile
from ..catalogue import find, runnable
from . import info
from .cutout import CutOut, cut_out, read_picture
from .embedding import with_extras
from .info import ChainParams
from .parts import PICTURE, SHAPE
from .progress import Stages
from .sizing import read_size, without_sizes
from .within import PartContext, fitting, run_within
from .wording import one_object, unwanted

IMAGINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
KEPT = "picture"
PICTURE_FILE, CUTOUT_FILE = "picture.png", "cutout.png"
FACTS = "facts.json"
SHOWN = 320
PICTURE_ENDS, CUTOUT_ENDS = 0.4, 0.45
"""Shares of the whole."""


@dataclass(frozen=True)
class _Pictured:
    """A picture that is there. facts: models and sampling of the engine that made it, and its words."""

    path: Path
    facts: Mapping[str, Any]


def run(context: JobContext, params: ChainParams) -> EngineResult:
    """A shape from words by way of a picture.

    Raises Unavailable when one half cannot run, and what the engines of both halves raise.
    """
    stages = Stages(context)
    stages.part(0.0, 0.01)(0.0, "Reading the prompt")
    painter, sculptor = _chosen(PICTURE, params.picture_engine), _chosen(SHAPE, params.shape_engine)
    pictured = _picture(context, params, painter, stages)
    context.preview(_small(read_picture(pictured.path).colour))
    cut = _cut(context, params, pictured, stages)
    shape = _shape(context, params, sculptor, stages)
    return _answer(context, params, (painter, sculptor), pictured, cut, shape)


def _chosen(task: str, name: str) -> EngineInfo:
    return runnable(find(task, None if name in ("", "auto") else name))


def _picture(context: JobContext, params: ChainParams, painter: EngineInfo, stages: Stages) -> _Pictured:
    """The picture: of a former attempt at this job, or a new one, which is kept for the next."""
    words = one_object(without_sizes(params.prompt, read_size(params.prompt, params).sizes))
    values = fitting(painter, _picture_values(params, words, painter))
    folder = context.keep_dir / KEPT
    former = _former(folder, _key(painter, values))
    if former is not None:
        context.log("The picture was made by an attempt before.")
        return _Pictured(_copied(former.path, context.out_dir / PICTURE_FILE), former.facts)
    part = PartContext(
        context, stages.part(0.01, PICTURE_ENDS), "Picture", folder / "made", {}, context.keep_dir / "for-picture"
    )
    made = run_within(painter, part, values)
    file = next((file for file in made.files if file.media_type.startswith("image/")), None)
    if file is None:
        raise BackendError(f"The engine {painter.name} left no picture behind.", "Choose another engine of pictures.")
    facts: dict[str, Any] = {
        "models": [dict(model) for model in made.models],
        "sampling": dict(made.sampling),
        "words": words,
    }
    facts["warnings"] = list(made.data.get("warnings", ()))
    known = {"key": _key(painter, values), "file": file.name, **facts}
    # Written last: a picture without it is none.
    (folder / FACTS).write_text(json.dumps(known), encoding="utf-8")
    return _Pictured(_copied(part.out_dir / file.name, context.out_dir / PICTURE_FILE), facts)


def _picture_values(params: ChainParams, words: str, painter: EngineInfo) -> dict[str, Any]:
    guidance = painter.params.model_fields.get("guidance")
    # A model that is made for no guidance pays no heed to what is not wanted.
    heeds = guidance is None or guidance.default != 0.0
    return {
        "prompt": words,
        "negative_prompt": unwanted(words) if heeds else None,
        "seed": params.seed,
        "width": params.picture_size,
        "height": params.picture_size,
        "steps": params.picture_steps,
    }


def _key(painter: EngineInfo, values: Mapping[str, Any]) -> str:
    said = json.dumps([painter.name, painter.version, dict(values)], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _former(folder: Path, key: str) -> _Pictured | None:
    """What an attempt before left, if it is whole and of the same order."""
    try:
        known = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(known, dict) or known.get("key") != key:
        return None
    path = folder / "made" / Path(str(known.get("file"))).name
    return _Pictured(path, known) if path.is_file() else None


def _copied(source: Path, target: Path) -> Path:
    """The same picture as PNG."""
    target.write_bytes(source.read_bytes() if source.suffix == ".png" else png_bytes(read_picture(source).colour))
    return target


def _cut(context: JobContext, params: ChainParams, pictured: _Pictured, stages: Stages) -> CutOut:
    say = stages.part(PICTURE_ENDS, CUTOUT_ENDS)
    say(0.0, "Taking the object off its background")
    cut = cut_out(read_picture(pictured.path), params.remove_background)
    (context.out_dir / CUTOUT_FILE).write_bytes(png_bytes(cut.rgba))
    context.preview(cut.preview())
    say(1.0, "Taking the object off its background")
    return cut


def _shape(context: JobContext, params: ChainParams, sculptor: EngineInfo, stages: Stages) -> EngineResult:
    image = next(spec.role for spec in sculptor.inputs if spec.required)
    part = PartContext(
        context,
        stages.part(CUTOUT_ENDS, 0.99),
        "Shape",
        context.out_dir,
        {image: context.out_dir / CUTOUT_FILE},
        context.keep_dir / "for-shape",
    )
    wanted = params.model_dump(include={*info.SizedParams.model_fields, "prompt", "seed", "resolution"})
    # The object is off its background by now.
    values = {**wanted, "steps": params.shape_steps, "remove_background": False}
    return run_within(sculptor, part, fitting(sculptor, values))


def _answer(
    context: JobContext,
    params: ChainParams,
    engines: tuple[EngineInfo, EngineInfo],
    pictured: _Pictured,
    cut: CutOut,
    shape: EngineResult,
) -> EngineResult:
    painter, sculptor = engines
    data = {
        **shape.data,
        "picture_engine": painter.name,
        "shape_engine": sculptor.name,
        "picture_words": pictured.facts["words"],
        "cutout": {"method": cut.method, "confidence": round(cut.confidence, 3), "share": round(cut.share, 4)},
        "warnings": list(dict.fromkeys((*pictured.facts["warnings"], *cut.warnings, *shape.data.get("warnings", ())))),
    }
    sampling = {
        "shape": {"engine": sculptor.name, **shape.sampling},
        "picture": {"engine": painter.name, **pictured.facts["sampling"]},
    }
    models = (*_parts("shape", shape.models), *_parts("picture", pictured.facts["models"]))
    note = f"A picture was imagined from the words, and form and surface after that; {_size_note(shape)}"
    files = (*shape.files, _file(PICTURE_FILE, "picture"), _file(CUTOUT_FILE, "cutout"))
    result = EngineResult(files, data, (0, note), IMAGINED, shape.sources, models, sampling)
    chain = next(one for one in info.ENGINES if one.params is ChainParams)
    paradata = build_paradata(chain, params, [], result, None, None)
    model = context.out_dir / next(file.name for file in shape.files if file.role == "model")
    model.write_bytes(with_extras(model.read_bytes(), {"museum_paradata": paradata}))
    context.progress(1.0, "Done")
    return result


def _parts(whose: str, models: Any) -> list[dict[str, Any]]:
    """The models of one half, with whose they are in their roles."""
    return [{**model, "role": f"{whose}: {model['role']}" if model.get("role") else whose} for model in models]


def _size_note(shape: EngineResult) -> str:
    note = shape.certainty[1].rpartition(";")[2].strip()
    return note or "the size follows the shape."


def _file(name: str, role: str) -> ProducedFile:
    return ProducedFile(name, role, "image/png")


def _small(colour: np.ndarray) -> bytes:
    height, width = colour.shape[:2]
    scale = min(1.0, SHOWN / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return png_bytes(cv2.resize(colour, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
