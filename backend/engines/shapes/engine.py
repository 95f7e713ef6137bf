"""Shap-E from end to end: words or a picture in, a textured model of true size out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...geometry.repair.contract import RawShape, RepairedShape, RepairWish
from ...geometry.repair.line import repaired
from ...models.store import ModelStore
from ...paradata import build_paradata, input_facts
from ..base import EngineInfo, EngineResult, JobContext
from ..diffusion.devices import best, survey
from ..diffusion.residents import Work, with_pipeline
from ..diffusion.uses import Prepared, prepared
from . import info
from .cutout import CutOut, cut_out, read_picture
from .decoding import raw_shape
from .finishing import FILES, repairs, write_shape
from .info import ShapEImageParams, ShapETextParams
from .progress import Stages
from .shap_e import Ask, Watching, places_at_once, sample
from .sizing import Said, Wanted, read_size, wanted_size, without_sizes

IMAGINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SCHEDULER = "HeunDiscreteScheduler"
PICTURE_SIDE = 512
"""Pixels along a side of the picture that the image encoder is given; it looks at 224 of them."""
MARGIN = 0.12
"""Share of a side that is left free around an object."""
ENGLISH_ONLY = "Shap-E knows English words only; the prompt holds others, which it cannot follow."

Params = ShapETextParams | ShapEImageParams


@dataclass(frozen=True)
class _Made:
    """A repaired shape and what is to be said of it."""

    shape: RepairedShape
    wanted: Wanted
    models: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]


def run_text(context: JobContext, params: ShapETextParams) -> EngineResult:
    """A shape from words. Raises BadInput for words, GeometryError for an empty shape, and what loading raises."""
    stages = Stages(context)
    stages.part(0.0, 0.02)(0.5, "Reading the prompt")
    said = read_size(params.prompt, params)
    words = without_sizes(params.prompt, said.sizes)
    warnings = () if words.isascii() or not _other_script(words) else (ENGLISH_ONLY,)
    made = _made(context, params, stages, info.TEXT_USE, {"prompt": words}, said, warnings)
    return _finished(context, params, stages, _engine("text_to_3d"), made, {})


def run_image(context: JobContext, params: ShapEImageParams) -> EngineResult:
    """A shape from a picture. Raises BadInput for a file that is no picture, and what ``run_text`` raises."""
    stages = Stages(context)
    stages.part(0.0, 0.02)(0.5, "Looking at the picture")
    said = read_size(params.prompt, params)
    cut = cut_out(read_picture(context.inputs["image"]), params.remove_background)
    context.preview(cut.preview())
    picture = cut.centred(PICTURE_SIDE, MARGIN)
    made = _made(context, params, stages, info.IMAGE_USE, {"image": picture}, said, cut.warnings)
    return _finished(context, params, stages, _engine("image_to_3d"), made, _cut_facts(cut))


def _engine(task: str) -> EngineInfo:
    return next(one for one in info.ENGINES if (one.task, one.name) == (task, "shap-e"))


def _other_script(words: str) -> bool:
    return any(ord(character) > 0x24F and character.isalpha() for character in words)


def _made(
    context: JobContext,
    params: Params,
    stages: Stages,
    use: str,
    given: Mapping[str, Any],
    said: Said,
    warnings: tuple[str, ...],
) -> _Made:
    ready = prepared(use, ModelStore())
    raw = _imagined(context, params, stages, ready, given)
    built = np.ptp(raw.vertices, axis=0)
    wanted = wanted_size((float(built[0]), float(built[1]), float(built[2])), said, params.record is not None)
    wish = RepairWish(params.max_triangles, params.texture_size, wanted.size_m)
    shape = repaired(raw, wish, stages.part(0.75, 0.95))
    models = tuple({"role": role, **model} for role, model in ready.models.items())
    return _Made(shape, wanted, models, (*warnings, *wanted.warnings))


def _imagined(
    context: JobContext, params: Params, stages: Stages, ready: Prepared, given: Mapping[str, Any]
) -> RawShape:
    # Single precision everywhere: the model is small, and its field is made of waves that half precision cannot tell.
    work = Work(best(survey()), "float32", ready.needs, stages.part(0.02, 0.1), context.log)
    watching = Watching(stages.part(0.1, 0.6), context.check_cancelled, context.preview)
    ask = Ask(given, params.steps, params.guidance, params.seed)

    def use(pipeline: Any) -> RawShape:
        answer, device = sample(pipeline, ask, watching)
        return raw_shape(answer, params.resolution, places_at_once(device), stages.part(0.6, 0.75))

    return with_pipeline(context.residents, ready.recipe, work, use)


def _finished(
    context: JobContext,
    params: Params,
    stages: Stages,
    engine: EngineInfo,
    made: _Made,
    more: Mapping[str, Any],
) -> EngineResult:
    say = stages.part(0.95, 1.0)
    say(0.0, "Writing the model")
    report = made.shape.report
    data = {
        "size_m": [round(side, 6) for side in report.size_m],
        "known": list(made.wanted.known),
        "triangles": len(made.shape.mesh.faces),
        "texture_size": params.texture_size,
        "repairs": repairs(report),
        "warnings": list(dict.fromkeys(made.warnings)),
        **more,
    }
    sampling = {"scheduler": SCHEDULER, "steps": params.steps, "guidance": params.guidance}
    result = EngineResult(FILES, data, _certainty(made.wanted, engine.task), IMAGINED, (), made.models, sampling)
    paradata = build_paradata(engine, params, input_facts(context.inputs), result, None, None)
    write_shape(context.out_dir, made.shape, _name(params), paradata)
    say(1.0, "Done")
    return result


def _certainty(wanted: Wanted, task: str) -> tuple[int, str]:
    """Nothing was observed but, at most, one side in a picture."""
    if task == "image_to_3d":
        return 1, f"Form and surface are imagined after one picture; what it does not show is made up; {wanted.note}."
    return 0, f"Form and surface are imagined by a trained model from words; {wanted.note}."


def _cut_facts(cut: CutOut) -> dict[str, Any]:
    return {"cutout": {"method": cut.method, "confidence": round(cut.confidence, 3), "share": round(cut.share, 4)}}


def _name(params: Params) -> str:
    """What the object is called in a scene: the record's title, or the words."""
    if params.record is not None and params.record.title:
        return params.record.title[:60]
    return params.prompt[:60] or "Shape from a picture"
