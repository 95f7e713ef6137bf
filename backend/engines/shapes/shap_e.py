"""Sampling Shap-E: its latents, told step by step, and shown as what they would decode to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...geometry.glb import png_bytes
from ...geometry.typing import ByteImage
from ..diffusion.sampling import generator
from .decoding import FEW_PLACES, MANY_PLACES, Answer, decoder, sampled

Say = Callable[[float, str], None]
PREVIEWS = 4
"""How often a job shows what it has so far."""
GLANCE, SHOWN = 32, 256
"""Nodes along a side of the field of a preview, and pixels along a side of the picture."""
PAPER = 236


@dataclass(frozen=True)
class Watching:
    """Who is told. say: share and words. check: raises Cancelled. show: takes a PNG."""

    say: Say
    check: Callable[[], None]
    show: Callable[[bytes], None]


@dataclass(frozen=True)
class Ask:
    """What is sampled. given: the pipeline's own arguments, ``prompt`` or ``image``."""

    given: Mapping[str, Any]
    steps: int
    guidance: float
    seed: int


def places_at_once(device: str) -> int:
    """How many places a decoder is asked about in one call."""
    return FEW_PLACES if device.startswith("cpu") else MANY_PLACES


def sample(pipeline: Any, ask: Ask, watching: Watching) -> tuple[Answer, str]:
    """The decoder of what was imagined, and the device that it works on. Raises what telling raises."""
    device = str(pipeline._execution_device)
    with _told(pipeline, ask, watching, device):
        latents = pipeline(
            **ask.given,
            num_inference_steps=ask.steps,
            guidance_scale=ask.guidance,
            generator=generator(ask.seed),
            output_type="latent",
        ).images
    return decoder(pipeline.shap_e_renderer, latents[:1], device), device


@contextmanager
def _told(pipeline: Any, ask: Ask, watching: Watching, device: str) -> Iterator[None]:
    """The pipeline has no callback of its own: its prior is listened to, once a call, and a cancelled job stops
    between two layers.
    """
    calls = 0

    def before(_prior: Any, _given: Any) -> None:
        # Heun's method asks twice a step, but once in the last.
        step = calls // 2 + 1
        watching.say(calls / (2 * ask.steps - 1), f"step {min(step, ask.steps)} of {ask.steps}")

    def after(prior: Any, _given: Any, said: Any) -> None:
        nonlocal calls
        calls += 1
        step, rest = divmod(calls, 2)
        every = max(1, ask.steps // (PREVIEWS + 1))
        if rest == 0 and step % every == 0 and step < ask.steps:
            watching.check()
            latents = _clean(said.predicted_image_embedding, prior.config.embedding_dim, ask.guidance)
            picture = glance(decoder(pipeline.shap_e_renderer, latents, device), places_at_once(device), watching.check)
            if picture is not None:
                watching.show(png_bytes(picture))

    layers = [layer for part in _heavy_parts(pipeline) for layer in part]
    hooks = [layer.register_forward_pre_hook(lambda _layer, _given: watching.check()) for layer in layers]
    hooks += [pipeline.prior.register_forward_pre_hook(before), pipeline.prior.register_forward_hook(after)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _heavy_parts(pipeline: Any) -> Iterator[Any]:
    """Lists of layers, each of which takes a moment on a processor."""
    yield pipeline.prior.transformer_blocks
    encoder: Any = getattr(pipeline, "image_encoder", None) or getattr(pipeline, "text_encoder", None)
    for name, module in encoder.named_modules():
        if name.endswith("encoder.layers"):
            yield module


def _clean(said: Any, width: int, guidance: float) -> Any:
    """The latents (1, d, e) that the prior foresees, without its variance, led by the condition."""
    mean = said[..., :width]
    if guidance <= 1.0:
        return mean[:1]
    without, led = mean.chunk(2)
    return (without + guidance * (led - without))[:1]


def glance(answer: Answer, at_once: int, check: Callable[[], None]) -> ByteImage | None:
    """(SHOWN, SHOWN, 3): the shape from its front, -y, lit from there; None when there is none."""
    values = sampled(answer, GLANCE, at_once, lambda share: check())
    solid = values > 0.0
    seen = solid.any(axis=1)
    if not seen.any():
        return None
    first = solid.argmax(axis=1)
    line = np.linspace(-1.0, 1.0, GLANCE, dtype=np.float32)
    across, up = np.nonzero(seen)
    colours = answer(np.stack([line[across], line[first[across, up]], line[up]], axis=1))[1]
    slope = np.stack(np.gradient(np.where(seen, first, GLANCE).astype(np.float32)), axis=-1)
    light = 1.0 / np.sqrt(1.0 + 0.5 * (slope**2).sum(axis=-1))
    picture = np.full((GLANCE, GLANCE, 3), PAPER, dtype=np.uint8)
    shaded = colours * (0.35 + 0.65 * light[across, up])[:, None]
    picture[GLANCE - 1 - up, across] = np.rint(255.0 * np.clip(shaded, 0.0, 1.0)).astype(np.uint8)
    shown: ByteImage = cv2.resize(picture, (SHOWN, SHOWN), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    return shown
