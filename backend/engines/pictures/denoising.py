"""From an order to a picture, with a pipeline that is loaded: steps are told, shown, and stopped when asked to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from ...errors import BackendError
from ...geometry.typing import ByteImage
from ..base import JobContext
from ..diffusion.listening import before_each_layer
from ..diffusion.previews import Previews
from ..diffusion.sampling import Report, generator, set_sampler, step_end
from .families import Family, Order
from .surround import joined

SHOWN_EVERY = 2
PIECE = 2
"""Places of latents that a piece of a transformer's picture is wide."""


def denoised(pipeline: Any, family: Family, order: Order, context: JobContext, report: Report) -> ByteImage:
    """The picture, (H, W, 3) uint8. Raises BackendError when the model computed nothing that is a colour."""
    width, height = order.size
    scale = pipeline.vae_scale_factor * PIECE
    grid = (width // scale, height // scale)
    set_sampler(pipeline, order.sampler)
    with ExitStack() as stack:
        stack.enter_context(before_each_layer(_models(pipeline), context.check_cancelled))  # a step may take seconds
        turn = stack.enter_context(joined(pipeline, *grid)) if order.surround else None
        previews = Previews(pipeline)

        def show(latents: Any) -> None:
            context.preview(previews.png(family.decodable(pipeline, latents, grid)))

        answer = pipeline(
            **family.arguments(order),
            width=width,
            height=height,
            num_inference_steps=order.steps,
            generator=generator(order.seed),
            callback_on_step_end=_after_each(step_end(report, context.check_cancelled, show, SHOWN_EVERY), turn),
            output_type="np",
        )
    picture = np.asarray(answer.images[0], dtype=np.float32)
    if not np.isfinite(picture).all():
        raise BackendError(
            "The model computed values that are no colours.",
            "Try another seed or sampler and a lower guidance; if it stays so, verify the model.",
        )
    return np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)


def _after_each(tell: Callable[..., dict[str, Any]], turn: Callable[[int], None] | None) -> Callable[..., Any]:
    def after(pipeline: Any, step: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        told = tell(pipeline, step, time, tensors)
        if turn is not None:
            turn(step)
        return told

    return after


def _models(pipeline: Any) -> list[Any]:
    import torch

    return [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
