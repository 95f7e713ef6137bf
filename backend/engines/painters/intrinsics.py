"""What a surface is made of, from one picture of it: its own colour without light and shade, roughness, metallic.

By Marigold's decomposition into intrinsics (Ke et al., "Marigold: Affordable Adaptation of Diffusion-Based Image
Generators for Image Analysis", 2025). PyTorch is imported inside functions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...geometry.typing import Float32Array
from ..diffusion.faults import ModelUnusable
from ..diffusion.listening import before_each_layer
from ..diffusion.sampling import generator

ALBEDO, MATERIAL, ROUGHNESS, METALLIC = "albedo", "material", "roughness", "metallicity"
"""Names of what the model predicts, in ``target_properties`` of its model_index.json."""
FIX = "Use the model that the catalogue names: pull materials-marigold."

Tell = Callable[[float], None]
"""Told the share of a picture that is done, 0 to 1. What it raises ends the work."""


@dataclass(frozen=True)
class Intrinsics:
    """albedo: (H, W, 3) float32, sRGB-encoded, without shading. roughness, metallic: (H, W) float32, linear. All of
    them 0..1.
    """

    albedo: Float32Array
    roughness: Float32Array
    metallic: Float32Array


def intrinsics_of(
    pipeline: Any, picture: Float32Array, *, seed: int, steps: int | None = None, ensemble: int = 1, tell: Tell
) -> Intrinsics:
    """Decompose one picture with a ``MarigoldIntrinsicsPipeline``.

    picture: (H, W, 3) float32 in 0..1, sRGB-encoded. steps: None for the model's own number. ensemble: predictions of
    which the median is taken. The same seed gives the same maps. ``tell`` is called before every layer, so that a
    cancelled job stops at once. Raises ModelUnusable for a model that predicts something else, or no numbers.
    """
    import torch

    names, properties = targets_of(pipeline)
    steps = steps or int(pipeline.default_denoising_steps or 4)
    given = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
    with torch.inference_mode(), _told(pipeline, steps * ensemble, tell):
        answer = pipeline(
            given, num_inference_steps=steps, ensemble_size=ensemble, generator=generator(seed), output_type="np"
        )
    found = dict(zip(names, np.asarray(answer.prediction, dtype=np.float32), strict=True))
    if not all(np.isfinite(found[name]).all() for name in (ALBEDO, MATERIAL)):
        raise ModelUnusable("The model computed values that are no numbers.", "Verify it; if it stays so, use the CPU.")
    stack = properties[MATERIAL]["sub_target_names"]
    channels = {name: np.clip(found[MATERIAL][..., stack.index(name)], 0.0, 1.0) for name in (ROUGHNESS, METALLIC)}
    albedo = _encoded(found[ALBEDO], str(properties[ALBEDO].get("prediction_space", "srgb")))
    return Intrinsics(albedo, channels[ROUGHNESS], channels[METALLIC])


def targets_of(pipeline: Any) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """Names of the pictures that a model predicts, in their order, and what it says of them.

    Raises ModelUnusable unless albedo, and roughness and metallic in channels of one picture, are among them.
    """
    properties = pipeline.target_properties or {}
    names = tuple(map(str, properties.get("target_names") or ()))
    stack = (properties.get(MATERIAL) or {}).get("sub_target_names") or ()
    if ALBEDO not in names or MATERIAL not in names or not {ROUGHNESS, METALLIC} <= set(stack):
        held = ", ".join(names) or "nothing that it names"
        raise ModelUnusable(f"The model predicts {held}, not albedo, roughness and metallic.", FIX)
    return names, {ALBEDO: {}, **properties}


def _encoded(albedo: Float32Array, space: str) -> Float32Array:
    """sRGB-encoded, from what the model says its prediction is: "srgb" or "linear" (IEC 61966-2-1)."""
    value = np.clip(albedo, 0.0, 1.0)
    if space != "linear":
        return value
    bright = 1.055 * np.maximum(value, 0.0031308) ** (1.0 / 2.4) - 0.055
    return np.where(value <= 0.0031308, 12.92 * value, bright).astype(np.float32)


@contextmanager
def _told(pipeline: Any, count: int, tell: Tell) -> Iterator[None]:
    """Within the block ``tell`` hears how far the denoising is, before each layer of each of its ``count`` steps.

    The pipeline has no callback of its own; layers can be listened to.
    """
    started = 0

    def step(_model: Any, _given: Any) -> None:
        nonlocal started
        started += 1

    handle = pipeline.unet.register_forward_pre_hook(step)
    try:
        with before_each_layer((pipeline.unet, pipeline.vae), lambda: tell(min(max(started - 1, 0) / count, 1.0))):
            yield
        tell(1.0)
    finally:
        handle.remove()
