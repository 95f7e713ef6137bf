"""Views painted by Stable Diffusion XL, held to depth and normals by a ControlNet-Union."""

from __future__ import annotations

from typing import Any

from ...geometry.typing import Float32Array
from .denoising import Condition, array_condition, denoise, remembered
from .painter import Job, Settings
from .references import image_prompt

DEPTH, NORMAL = 1, 4
"""Numbers of the controls (xinsir/controlnet-union-sdxl-1.0, model card: 0 openpose, 1 depth, 2 soft edges, 3 hard
edges, 4 normal, 5 segments)."""


class Sdxl:
    """``Family`` of StableDiffusionXLControlNetUnionInpaintPipeline."""

    name, use_id, multiple, updates = "sdxl", "texture-sdxl", 8, True

    def __init__(self) -> None:
        self._texts: dict[Any, Any] = {}

    def denoise(self, pipeline: Any, job: Job) -> Float32Array:
        """(H, W, 3) float32 in 0..1: the whole picture."""
        return denoise(pipeline, job, lambda device: self.condition(pipeline, job, device))

    def condition(self, pipeline: Any, job: Job, device: Any) -> Condition:
        """What the model is told of this view."""
        import torch

        settings, dtype, times = job.settings, pipeline.unet.dtype, 2 if job.settings.guided else 1
        text, pooled = remembered(
            self._texts,
            (job.prompt, settings.negative_prompt, times),
            lambda: _text(pipeline, job.prompt, settings, device),
        )
        height, width = job.picture.shape[:2]
        ids = pipeline._get_add_time_ids(
            (height, width), (0, 0), (height, width), 6.0, 2.5, dtype=dtype,
            text_encoder_projection_dim=pipeline.text_encoder_2.config.projection_dim,
        )[0]  # fmt: skip
        added = {"text_embeds": pooled, "time_ids": ids.to(device).repeat(times, 1)}
        reference = remembered(self._texts, "reference", lambda: image_prompt(pipeline, settings, device))
        controls = _controls(job, device, pipeline.controlnet.dtype, times)
        kinds = torch.zeros(pipeline.controlnet.config.num_control_type)
        kinds[[kind for kind, _, _ in controls]] = 1.0
        kinds = kinds.to(device=device, dtype=dtype).repeat(times, 1)

        def predict(latents: Any, timestep: Any) -> Any:
            down, middle = None, None
            if controls:
                down, middle = pipeline.controlnet(
                    latents, timestep, encoder_hidden_states=text, controlnet_cond=[c for _, c, _ in controls],
                    control_type=kinds, control_type_idx=[kind for kind, _, _ in controls],
                    conditioning_scale=[s for _, _, s in controls], added_cond_kwargs=added, return_dict=False,
                )  # fmt: skip
            job.check()
            return pipeline.unet(
                latents, timestep, encoder_hidden_states=text, down_block_additional_residuals=down,
                mid_block_additional_residual=middle, added_cond_kwargs={**added, **reference}, return_dict=False,
            )[0]  # fmt: skip

        return Condition(predict, settings.guidance)


def _text(pipeline: Any, prompt: str, settings: Settings, device: Any) -> tuple[Any, Any]:
    """The prompt as both text models read it, after the negative one where guided."""
    import torch

    towards, against, pooled, pooled_against = pipeline.encode_prompt(
        prompt=prompt, device=device, num_images_per_prompt=1, do_classifier_free_guidance=settings.guided,
        negative_prompt=settings.negative_prompt,
    )  # fmt: skip
    if not settings.guided:
        return towards, pooled
    return torch.cat([against, towards]), torch.cat([pooled_against, pooled])


def _controls(job: Job, device: Any, dtype: Any, times: int) -> list[tuple[int, Any, float]]:
    """Number, picture and strength of each control that counts, the numbers growing."""
    asked = (
        (DEPTH, job.depth, job.settings.depth_strength),
        (NORMAL, job.normal, job.settings.normal_strength),
    )
    return [
        (kind, array_condition(picture, device, dtype, times), strength)
        for kind, picture, strength in asked
        if strength > 0.0
    ]
