"""Makes a picture from words: parameters and files in, a marked picture out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import BadInput
from ...geometry.typing import ByteImage
from ...models.store import ModelStore
from ...paradata import build_paradata, input_facts
from ..base import EngineResult, JobContext, ProducedFile
from ..diffusion.adapters import REFERENCE_ROLE, lora_files, lora_models
from ..diffusion.devices import Device, best, survey
from ..diffusion.faults import NotEnoughMemory
from ..diffusion.previews import small_png
from ..diffusion.residents import Work, with_pipeline
from ..diffusion.sampling import sampler
from ..diffusion.uses import BASE, Prepared, prepared
from ..painters.fast import fast_lora
from ..texture.images import read_picture
from .denoising import denoised
from .families import FAMILIES, Family, Order
from .info import ENGINES, PictureParams
from .marking import marked_png
from .words import panorama, unread

IMAGE = ProducedFile("image.png", "image", "image/png")
THUMBNAIL = ProducedFile("thumbnail.png", "preview", "image/png")
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
LOADED, DENOISED = 0.3, 0.95
"""Shares of the work after loading and after denoising."""
SMALLEST_REFERENCE, LONGEST_REFERENCE = 64, 8
"""Pixels along a side, and times as long as wide: what FLUX.2's pipeline takes."""


def run(context: JobContext, params: PictureParams) -> EngineResult:
    """Make one picture.

    Raises BadInput, UnsafeModel and DamagedModel for files that cannot be used, ModelUnusable for a LoRA of another
    family, NotEnoughMemory, which names the smallest plan.
    """
    info = next(info for info in ENGINES if isinstance(params, info.params))
    family = FAMILIES[info.name]
    context.progress(0.01, "Reading the prompt")
    order = _order(params, family, context)
    store = ModelStore()
    asked = getattr(params, "loras", ())
    loras = lora_files(asked, context.inputs, store)
    quick = fast_lora(sampler(order.sampler), family.use_id, store, loras)
    added = () if quick is None else (quick.file,)
    strength = None if order.reference is None else order.reference_strength
    ready = prepared(family.use_id, store, (*loras, *added), strength)
    device = best(survey())
    done = _made(context, family, order, ready, device)
    context.progress(DENOISED, "Writing the picture")
    own = () if quick is None else (quick.model,)
    models = (*_roles(ready.models), *own, *lora_models(asked, loras))
    sampling = {"scheduler": done.scheduler, "precision": device.precision, **_sampling(order)}
    answer = _answer(order, done.warnings, models, sampling)
    paradata = build_paradata(info, params, input_facts(context.inputs), answer, None, None)
    (context.out_dir / IMAGE.name).write_bytes(marked_png(done.picture, paradata))
    (context.out_dir / THUMBNAIL.name).write_bytes(small_png(done.picture))
    context.progress(1.0, "Done")
    return answer


@dataclass(frozen=True)
class Made:
    """picture: (H, W, 3) uint8. scheduler: its class. warnings: sentences."""

    picture: ByteImage
    scheduler: str
    warnings: tuple[str, ...]


class Forward:
    """Progress that never goes back, also where the work begins again within less memory."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._share = 0.0

    def loading(self, share: float, text: str) -> None:
        """Tell how much is loaded."""
        self._tell(0.02 + (LOADED - 0.02) * share, text)

    def denoising(self, share: float, text: str) -> None:
        """Tell how many steps are done."""
        self._tell(LOADED + (DENOISED - LOADED) * share, text)

    def _tell(self, share: float, text: str) -> None:
        self._share = max(self._share, share)
        self._context.progress(self._share, text)


def _made(context: JobContext, family: Family, order: Order, ready: Prepared, device: Device) -> Made:
    told = Forward(context)

    def use(pipeline: Any) -> Made:
        told.denoising(0.0, "Reading the words")
        picture = denoised(pipeline, family, order, context, told.denoising)
        return Made(picture, type(pipeline.scheduler).__name__, _warnings(pipeline, family, order))

    work = Work(device, device.precision, ready.needs, told.loading, context.log)
    try:
        return with_pipeline(context.residents, ready.recipe, work, use)
    except NotEnoughMemory as error:
        width, height = order.size
        raise NotEnoughMemory(error.message, f"Ask for less than {width} x {height} pixels. {error.fix}") from error


def _order(params: PictureParams, family: Family, context: JobContext) -> Order:
    chosen = sampler(getattr(params, "sampler", "auto"))
    steps, guidance = getattr(params, "steps", None), getattr(params, "guidance", None)
    reference = _reference(context.inputs)
    return Order(
        words=panorama(params.prompt) if params.surround and params.panorama_words else params.prompt,
        negative=getattr(params, "negative_prompt", ""),
        size=params.size,
        steps=steps or chosen.steps or family.steps,
        guidance=next(one for one in (guidance, chosen.guidance, family.guidance) if one is not None),
        sampler=chosen.id,
        seed=params.seed,
        surround=params.surround,
        reference=reference,
        reference_strength=getattr(params, "reference_strength", 0.0),
    )


def _reference(inputs: Mapping[str, Any]) -> ByteImage | None:
    """(H, W, 3), on white where it is transparent. Raises BadInput for what is no picture, or a tiny or narrow one."""
    if REFERENCE_ROLE not in inputs:
        return None
    picture = read_picture(inputs[REFERENCE_ROLE], "The reference picture", photograph=True)
    short, long = sorted(picture.size)
    if short < SMALLEST_REFERENCE or long > LONGEST_REFERENCE * short:
        raise BadInput(
            f"The reference picture has {picture.size[0]} x {picture.size[1]} pixels.",
            f"Choose one with at least {SMALLEST_REFERENCE} pixels along each side, and less long than "
            f"{LONGEST_REFERENCE} times its width.",
        )
    if picture.alpha is None:
        return picture.colour
    share = picture.alpha[..., None] / 255.0
    return np.rint(picture.colour * share + 255.0 * (1.0 - share)).astype(np.uint8)


def _sampling(order: Order) -> dict[str, Any]:
    """What paradata say of how it was sampled, beside the scheduler's class."""
    strength = {} if order.reference is None else {"reference_strength": order.reference_strength}
    return {
        "sampler": order.sampler,
        "steps": order.steps,
        "guidance": order.guidance,
        "width": order.size[0],
        "height": order.size[1],
        "surround": order.surround,
        "words": order.words,
        **strength,
    }


def _roles(models: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The chief model first, each with what it was for."""
    return tuple({**model, "role": role} for role, model in sorted(models.items(), key=lambda one: one[0] != BASE))


def _warnings(pipeline: Any, family: Family, order: Order) -> tuple[str, ...]:
    """Sentences on words that had no effect."""
    found = []
    if order.negative and order.guidance <= family.unguided:
        found.append(
            f"The negative prompt had no effect: it counts with a guidance above {family.unguided:g}, and this picture "
            f"was made with {order.guidance:g}."
        )
    for what, words in (("prompt", order.words), ("negative prompt", order.negative)):
        if lost := unread(pipeline.tokenizer, words, family.tokens):
            found.append(f"The {what} is longer than the model reads; this had no effect: “{lost}”.")
    return tuple(found)


def _answer(
    order: Order, warnings: tuple[str, ...], models: tuple[dict[str, Any], ...], sampling: Mapping[str, Any]
) -> EngineResult:
    width, height = order.size
    data = {
        "width": width,
        "height": height,
        "surround": order.surround,
        "words": order.words,
        "warnings": list(warnings),
    }
    note = "A picture that a trained model imagined; nothing in it was observed."
    return EngineResult((IMAGE, THUMBNAIL), data, (0, note), SOURCE_TYPE, models=models, sampling=sampling)
