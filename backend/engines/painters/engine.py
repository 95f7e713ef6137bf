"""Textures a mesh by views that a diffusion model paints: files and parameters in, files and a report out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...errors import Unavailable
from ...geometry.typing import ByteImage
from ...models.store import ModelStore
from ...paradata import build_paradata, input_facts
from ..base import EngineInfo, EngineResult, JobContext
from ..diffusion.adapters import REFERENCE_ROLE, lora_files, lora_models
from ..diffusion.devices import best, survey
from ..diffusion.residents import Work, with_pipeline
from ..diffusion.sampling import sampler, set_sampler
from ..diffusion.uses import Prepared, prepared
from ..texture.answering import answered, by_models
from ..texture.contract import Painter, TextureResult
from ..texture.images import read_picture
from ..texture.pipeline import texture_mesh
from ..texture.results import write_results
from ..texture.showing import ShownPainter
from ..texture.sources import Sources, gather_sources
from .fast import fast_lora
from .info import ENGINES
from .painter import DiffusionPainter, Family, Settings
from .params import PaintedParams, Sd15Params, SdxlParams
from .prompts import is_chinese
from .sd15 import Sd15
from .sdxl import Sdxl

READ, LOADED, PAINTED = 0.04, 0.15, 0.92
"""Shares of the work after reading, loading and painting."""
STEPS = {"sdxl": 20, "sd15": 20}
GUIDANCE = {"sdxl": 5.0, "sd15": 7.5}
"""Where neither the request nor the sampler says: the defaults of these pipelines in diffusers."""
ENGLISH_ONLY = "This model reads English; Chinese words mean little to it."


def run_sdxl(context: JobContext, params: SdxlParams) -> EngineResult:
    """Texture the mesh with Stable Diffusion XL."""
    return Texturing(context, params, Sdxl()).run()


def run_sd15(context: JobContext, params: Sd15Params) -> EngineResult:
    """Texture the mesh with Stable Diffusion 1.5."""
    return Texturing(context, params, Sd15()).run()


@dataclass(frozen=True)
class Models:
    """What a work is painted with. asked: LoRAs, those of the request first."""

    ready: Prepared
    named: tuple[Mapping[str, Any], ...]
    reference: ByteImage | None

    @property
    def depends_on(self) -> object:
        """What tells these models from others."""
        adapter = self.ready.recipe.ip_adapter
        loras = [(lora.sha256, lora.weight) for lora in self.ready.recipe.loras]
        known = [(role, model["id"], model["revision"], sorted(model["sha256"].items()))
                 for role, model in sorted(self.ready.models.items())]  # fmt: skip
        return known, loras, None if adapter is None else adapter.scale


class Texturing:
    """One job."""

    def __init__(self, context: JobContext, params: PaintedParams, family: Family) -> None:
        self._context, self._params, self._family = context, params, family
        self._told = 0.0
        self._scheduler = ""

    def run(self) -> EngineResult:
        """Texture the mesh. Raises what reading, loading and painting raise: each with a sentence and a fix."""
        context, params = self._context, self._params
        self._tell(0.01, "Looking for the models")
        models = self._models()
        settings = settings_of(params, self._family.name, models.reference)
        sources = gather_sources(context.inputs, params, context.out_dir, lambda text: self._tell(0.03, text))
        result = self._painted(sources, models, settings)
        self._tell(PAINTED, "Writing the texture")
        info, facts = _info(self._family.name), input_facts(context.inputs)
        answer = by_models(
            answered(params.mode, self._family.name, sources, result, {"warnings": self._warnings()}),
            result, models.named, self._sampling(settings),
        )  # fmt: skip
        write_results(context.out_dir, sources, result, build_paradata(info, params, facts, answer, None, None))
        self._tell(1.0, "Done")
        return answer

    def _tell(self, share: float, what: str) -> None:
        """Progress never goes back, also where less memory has to do and the work begins again."""
        self._told = max(self._told, share)
        self._context.progress(self._told, what)

    def _part(self, first: float, last: float) -> Callable[[float, str], None]:
        return lambda share, what: self._tell(min(first + (last - first) * share, last), what)

    def _models(self) -> Models:
        """Everything that has to be there, looked at before anything is loaded."""
        params, store = self._params, ModelStore()
        asked = lora_files(params.loras, self._context.inputs, store)
        named = lora_models(params.loras, asked)
        chosen = sampler(params.sampler)
        quick = fast_lora(chosen, self._family.use_id, store, bool(asked))
        reference = self._reference()
        ready = prepared(
            self._family.use_id, store, (*asked, *(() if quick is None else (quick.file,))),
            None if reference is None else params.reference_strength,
        )  # fmt: skip
        if reference is not None and ready.recipe.ip_adapter is None:
            raise Unavailable("This engine follows no reference picture.", "Leave the picture out, or use another.")
        own = [{**model, "role": role} for role, model in ready.models.items()]
        return Models(ready, (*own, *(() if quick is None else (quick.model,)), *named), reference)

    def _reference(self) -> ByteImage | None:
        path = self._context.inputs.get(REFERENCE_ROLE)
        return None if path is None else read_picture(path, "The reference picture", photograph=True).colour

    def _painted(self, sources: Sources, models: Models, settings: Settings) -> TextureResult:
        """By the models, loaded or resident, within the memory that there is."""
        context = self._context
        self._tell(READ, "Looking for a graphics card")
        device = best(survey())
        work = Work(device, device.precision, models.ready.needs, self._part(READ, LOADED), context.log)

        def use(pipeline: Any) -> TextureResult:
            self._scheduler = set_sampler(pipeline, settings.sampler)
            painter = ShownPainter(self._painter(pipeline, models, settings), context)
            options = replace(sources.options, checkpoint=context.keep_dir / "views")
            result = texture_mesh(sources.mesh, painter, options, self._part(LOADED, PAINTED))
            if painter.painted < len(result.views):
                context.log(f"{len(result.views) - painter.painted} views were painted by an attempt before.")
            return result

        return with_pipeline(context.residents, models.ready.recipe, work, use)

    def _painter(self, pipeline: Any, models: Models, settings: Settings) -> Painter:
        context = self._context
        return DiffusionPainter(
            self._family, pipeline, settings, models.depends_on, context.check_cancelled, context.preview
        )

    def _sampling(self, settings: Settings) -> dict[str, Any]:
        """For the paradata."""
        told: dict[str, Any] = {
            "scheduler": self._scheduler, "sampler": settings.sampler, "steps": settings.steps,
            "guidance": settings.guidance, "strength": self._params.strength,
            "depth_strength": settings.depth_strength, "synchronised": self._params.synchronised,
        }  # fmt: skip
        if settings.normal_strength:
            told["normal_strength"] = settings.normal_strength
        if settings.reference is not None:
            told["reference_strength"] = self._params.reference_strength
        return told

    def _warnings(self) -> list[str]:
        return [ENGLISH_ONLY] if is_chinese(self._params.prompt) and self._family.name in GUIDANCE else []


def settings_of(params: PaintedParams, family: str, reference: ByteImage | None) -> Settings:
    """How views are denoised: what the request says, else the sampler, else the model."""
    chosen = sampler(params.sampler)
    guidance = next(
        value for value in (params.guidance, chosen.guidance, GUIDANCE.get(family, 0.0)) if value is not None
    )
    return Settings(
        negative_prompt=params.negative_prompt,
        steps=params.steps or chosen.steps or STEPS.get(family, 8),
        guidance=guidance,
        sampler=params.sampler,
        depth_strength=params.depth_strength,
        normal_strength=float(getattr(params, "normal_strength", 0.0)),
        view_words=params.view_words,
        preview_every=params.preview_every,
        reference=reference,
    )


def _info(name: str) -> EngineInfo:
    return next(info for info in ENGINES if info.name == name)
