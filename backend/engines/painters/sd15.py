"""Views painted by Stable Diffusion 1.5, held to depth by a ControlNet."""

from __future__ import annotations

from typing import Any

from ...geometry.typing import Float32Array
from .denoising import Condition, array_condition, denoise, remembered
from .painter import Job, Settings
from .references import image_prompt


class Sd15:
    """``Family`` of StableDiffusionControlNetInpaintPipeline."""

    name, use_id, multiple, updates = "sd15", "texture-sd15", 8, True

    def __init__(self) -> None:
        self._texts: dict[Any, Any] = {}

    def denoise(self, pipeline: Any, job: Job) -> Float32Array:
        """(H, W, 3) float32 in 0..1: the whole picture."""
        return denoise(pipeline, job, lambda device: self.condition(pipeline, job, device))

    def condition(self, pipeline: Any, job: Job, device: Any) -> Condition:
        """What the model is told of this view."""
        settings, times = job.settings, 2 if job.settings.guided else 1
        text = remembered(
            self._texts,
            (job.prompt, settings.negative_prompt, times),
            lambda: _text(pipeline, job.prompt, settings, device),
        )
        reference = remembered(self._texts, "reference", lambda: image_prompt(pipeline, settings, device))
        depth = array_condition(job.depth, device, pipeline.controlnet.dtype, times)

        def predict(latents: Any, timestep: Any) -> Any:
            down, middle = None, None
            if settings.depth_strength > 0.0:
                down, middle = pipeline.controlnet(
                    latents, timestep, encoder_hidden_states=text, controlnet_cond=depth,
                    conditioning_scale=settings.depth_strength, return_dict=False,
                )  # fmt: skip
            job.check()
            return pipeline.unet(
                latents, timestep, encoder_hidden_states=text, down_block_additional_residuals=down,
                mid_block_additional_residual=middle, added_cond_kwargs=reference or None, return_dict=False,
            )[0]  # fmt: skip

        return Condition(predict, settings.guidance)


def _text(pipeline: Any, prompt: str, settings: Settings, device: Any) -> Any:
    """The prompt as the text model reads it, after the negative one where guided."""
    import torch

    towards, against = pipeline.encode_prompt(
        prompt, device, 1, settings.guided, negative_prompt=settings.negative_prompt
    )
    return torch.cat([against, towards]) if settings.guided else towards
