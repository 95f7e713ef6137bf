"""Textures a mesh by views that a diffusion model paints: files and parameters in, files and a report out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from ...errors import BadInput, Unavailable
from ...geometry.typing import ByteImage
from ...models.store import ModelStore
from ...paradata import build_paradata, input_facts
from ..base import EngineInfo, EngineResult, JobContext
from ..diffusion.adapters import REFERENCE_ROLE, lora_files, lora_models
from ..diffusion.devices import best, survey
from ..diffusion.residents import Work, with_pipeline
from ..diffusion.sampling import sampler, set_sampler
from ..diffusion.uses import Prepared, prepared
from ..pictures.words import unread
from ..texture.answering import answered, by_models
from ..texture.contract import Painter, TextureResult
from ..texture.images import read_picture
from ..texture.pipeline import texture_mesh
from ..texture.results import write_results
from ..texture.showing import ShownPainter
from ..texture.sources import Sources, gather_sources
from .fast import fast_lora
from .info import ENGINES
from .materials import USE as MATERIALS
from .materials import Materials, materials_of, refuse_materials
from .painter import DiffusionPainter, Family, Settings
from .params import PaintedParams, Sd15Params, SdxlParams, ZimageParams
from .prompts import is_chinese
from .sd15 import Sd15
from .sdxl import Sdxl
from .synchronised import SynchronisedPainter
from .synchronised.denoising import LatentFamily, PipelineDenoiser
from .synchronised.schedules import usable
from .zimage import GUIDANCE, STEPS, Zimage

READ, LOADED, WITHOUT_MATERIALS, PAINTED = 0.04, 0.15, 0.7, 0.92
"""Shares of the work after reading, loading and painting, the latter with and without materials to be found."""
ENGLISH_ONLY = "This model reads English; Chinese words mean little to it."
NOT_PRESSED = "Without guidance above 1 the negative prompt has no effect."
LONGEST_WORDS = "front right view from above"
"""What is said of a view at most, after the prompt."""
CLIP_TOKENS = 75
"""Radford et al. 2021, section 2.4: 77 with the beginning and the end."""


@dataclass(frozen=True)
class Defaults:
    """Where neither the request nor the sampler says. tokens: how much of a prompt a model of CLIP reads, which is
    English; None for those that read more, and Chinese.
    """

    steps: int
    guidance: float
    tokens: int | None


def run_sdxl(context: JobContext, params: SdxlParams) -> EngineResult:
    """Texture the mesh with Stable Diffusion XL; guidance as its pipelines in diffusers have it."""
    return Texturing(context, params, Sdxl(), Defaults(20, 5.0, CLIP_TOKENS)).run()


def run_sd15(context: JobContext, params: Sd15Params) -> EngineResult:
    """Texture the mesh with Stable Diffusion 1.5; guidance as its pipelines in diffusers have it."""
    return Texturing(context, params, Sd15(), Defaults(20, 7.5, CLIP_TOKENS)).run()


def run_zimage(context: JobContext, params: ZimageParams) -> EngineResult:
    """Texture the mesh with Z-Image Turbo."""
    return Texturing(context, params, Zimage(), Defaults(STEPS, GUIDANCE, None)).run()


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

    def __init__(self, context: JobContext, params: PaintedParams, family: Family, defaults: Defaults) -> None:
        self._context, self._params, self._family, self._defaults = context, params, family, defaults
        self._told = 0.0
        self._scheduler, self._unread = "", ""

    def run(self) -> EngineResult:
        """Texture the mesh. Raises what reading, loading and painting raise: each with a sentence and a fix."""
        context, params = self._context, self._params
        self._tell(0.01, "Looking for the models")
        self._refuse()
        models = self._models()
        settings = settings_of(params, self._defaults, models.reference)
        sources = gather_sources(context.inputs, params, context.out_dir, lambda text: self._tell(0.03, text))
        result = self._painted(sources, models, settings)
        found = self._materials(sources, result)
        result = result if found is None else found.result
        self._tell(PAINTED, "Writing the texture")
        answer = self._answer(sources, result, models, settings, found)
        info, facts = _info(self._family.name), input_facts(context.inputs)
        write_results(context.out_dir, sources, result, build_paradata(info, params, facts, answer, None, None))
        self._tell(1.0, "Done")
        return answer

    def _refuse(self) -> None:
        """What cannot be done, before anything is."""
        params = self._params
        if params.materials:
            refuse_materials(params.mode)
            prepared(MATERIALS, ModelStore())
        if params.synchronised and not hasattr(self._family, "condition"):
            raise BadInput(
                "Views of this model are painted one after the other alone.",
                "Leave “synchronised” out, or choose the engine sdxl or sd15.",
            )

    def _materials(self, sources: Sources, result: TextureResult) -> Materials | None:
        if not self._params.materials:
            return None
        told = self._part(WITHOUT_MATERIALS, PAINTED)
        return materials_of(self._context, sources.mesh, sources.options, result, told)

    def _answer(
        self, sources: Sources, result: TextureResult, models: Models, settings: Settings, found: Materials | None
    ) -> EngineResult:
        named = (*models.named, *(() if found is None else found.models))
        sampling = {**self._sampling(settings), **({} if found is None else {"materials": found.sampling})}
        data = {"warnings": self._warnings(settings)}
        answer = answered(self._params.mode, self._family.name, sources, result, data)
        return by_models(answer, result, named, sampling)

    def _warnings(self, settings: Settings) -> list[str]:
        """Words that had no effect."""
        chinese = self._defaults.tokens is not None and is_chinese(self._params.prompt)
        return [
            *([ENGLISH_ONLY] if chinese else []),
            *([f"The model did not read the end of the prompt: “{self._unread}”."] if self._unread else []),
            *([NOT_PRESSED] if settings.negative_prompt and not settings.guided else []),
        ]

    def _end_unread(self, pipeline: Any) -> str:
        """What is lost of the prompt when a view is named after it."""
        if self._defaults.tokens is None:
            return ""
        params = self._params
        words = f"{params.prompt}, {LONGEST_WORDS}" if params.view_words else params.prompt
        return unread(pipeline.tokenizer, words, self._defaults.tokens)

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
        quick = fast_lora(chosen, self._family.use_id, store, asked)
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
            self._unread = self._end_unread(pipeline)
            painter = ShownPainter(self._painter(pipeline, models, settings), context)
            options = replace(sources.options, checkpoint=context.keep_dir / "views")
            if self._params.materials:
                options = replace(options, forget_views=False)  # a retry finds them, whatever befalls the materials
            last = WITHOUT_MATERIALS if self._params.materials else PAINTED
            result = texture_mesh(sources.mesh, painter, options, self._part(LOADED, last))
            if painter.painted < len(result.views):
                context.log(f"{len(result.views) - painter.painted} views were painted by an attempt before.")
            return result

        return with_pipeline(context.residents, models.ready.recipe, work, use)

    def _painter(self, pipeline: Any, models: Models, settings: Settings) -> Painter:
        context, family = self._context, self._family
        alone = DiffusionPainter(
            family, pipeline, settings, models.depends_on, context.check_cancelled, context.preview
        )
        if not self._params.synchronised:
            return alone
        denoiser = PipelineDenoiser(pipeline, cast(LatentFamily, family), alone.job)
        self._scheduler = str(type(usable(pipeline.scheduler)).__name__)
        # Memory that does not suffice is the whole work's matter, which begins again with another plan.
        return SynchronisedPainter(
            lambda use: use(denoiser), alone, preview=context.preview, preview_every=settings.preview_every
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


def settings_of(params: PaintedParams, defaults: Defaults, reference: ByteImage | None) -> Settings:
    """How views are denoised: what the request says, else the sampler, else the model."""
    chosen = sampler(params.sampler)
    guidance = next(value for value in (params.guidance, chosen.guidance, defaults.guidance) if value is not None)
    return Settings(
        negative_prompt=params.negative_prompt,
        steps=params.steps or chosen.steps or defaults.steps,
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
