"""What Stable Diffusion XL and 1.5 want to be told and shown at a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .denoising import Sampling

DEPTH, NORMAL = 1, 4
"""Numbers of the kinds of control of ControlNet-Union (xinsir/controlnet-union-sdxl-1.0, its model card)."""
AESTHETIC, NOT_AESTHETIC = 6.0, 2.5
"""As the inpainting pipeline of diffusers has them."""


class Sdxl:
    """Stable Diffusion XL with ControlNet-Union. Controls: depth, then normals."""

    def __init__(self, kinds: Sequence[int] = (DEPTH, NORMAL)) -> None:
        """kinds: of the controls, in the order in which they are shown."""
        self._kinds = list(kinds)

    def conditions(self, pipeline: Any, prompt: str, sampling: Sampling, size: tuple[int, int]) -> Mapping[str, Any]:
        """Both text models' words, and the size that the picture is meant to have."""
        import torch

        guided, device = sampling.guidance > 1.0, pipeline._execution_device
        words, unwanted, pooled, unwanted_pooled = pipeline.encode_prompt(
            prompt=prompt, device=device, num_images_per_prompt=1, do_classifier_free_guidance=guided,
            negative_prompt=sampling.negative or None, clip_skip=sampling.clip_skip,
        )  # fmt: skip
        projection = pooled.shape[-1] if pipeline.text_encoder_2 is None else (
            pipeline.text_encoder_2.config.projection_dim
        )  # fmt: skip
        ids, unwanted_ids = pipeline._get_add_time_ids(
            size, (0, 0), size, AESTHETIC, NOT_AESTHETIC, dtype=words.dtype, text_encoder_projection_dim=projection
        )
        if guided:
            words = torch.cat([unwanted, words])
            pooled, ids = torch.cat([unwanted_pooled, pooled]), torch.cat([unwanted_ids, ids])
        added = {"text_embeds": pooled.to(device), "time_ids": ids.to(device)}
        return {"words": words.to(device), "added": added, **_reference(pipeline, sampling)}

    def answer(
        self, pipeline: Any, sample: Any, time: Any, conditions: Mapping[str, Any], controls: Sequence[Any],
        strength: float,
    ) -> Any:  # fmt: skip
        """One call of the control net and of the model."""
        kinds = sample.new_zeros(len(sample), pipeline.controlnet.config.num_control_type)
        kinds[:, self._kinds] = 1.0
        down, middle = pipeline.controlnet(
            sample, time, encoder_hidden_states=conditions["words"], controlnet_cond=list(controls),
            control_type=kinds, control_type_idx=self._kinds, conditioning_scale=strength,
            added_cond_kwargs=conditions["added"], return_dict=False,
        )  # fmt: skip
        added = {**conditions["added"], **conditions["reference"]}
        return pipeline.unet(
            sample, time, encoder_hidden_states=conditions["words"], down_block_additional_residuals=down,
            mid_block_additional_residual=middle, added_cond_kwargs=added, return_dict=False,
        )[0]  # fmt: skip


class Sd15:
    """Stable Diffusion 1.5 with a control net for depth. Controls: depth."""

    def conditions(self, pipeline: Any, prompt: str, sampling: Sampling, size: tuple[int, int]) -> Mapping[str, Any]:
        """The text model's words."""
        import torch

        guided, device = sampling.guidance > 1.0, pipeline._execution_device
        words, unwanted = pipeline.encode_prompt(
            prompt, device, 1, guided, sampling.negative or None, clip_skip=sampling.clip_skip
        )
        words = torch.cat([unwanted, words]) if guided else words
        return {"words": words.to(device), **_reference(pipeline, sampling)}

    def answer(
        self, pipeline: Any, sample: Any, time: Any, conditions: Mapping[str, Any], controls: Sequence[Any],
        strength: float,
    ) -> Any:  # fmt: skip
        """One call of the control net and of the model."""
        down, middle = pipeline.controlnet(
            sample, time, encoder_hidden_states=conditions["words"], controlnet_cond=controls[0],
            conditioning_scale=strength, return_dict=False,
        )  # fmt: skip
        return pipeline.unet(
            sample, time, encoder_hidden_states=conditions["words"], down_block_additional_residuals=down,
            mid_block_additional_residual=middle, added_cond_kwargs=conditions["reference"] or None, return_dict=False,
        )[0]  # fmt: skip


def _reference(pipeline: Any, sampling: Sampling) -> Mapping[str, Any]:
    """The reference picture for the image prompt adapter, in the form in which the model takes it."""
    if sampling.reference is None:
        return {"reference": {}}
    found = pipeline.prepare_ip_adapter_image_embeds(
        sampling.reference, None, pipeline._execution_device, 1, sampling.guidance > 1.0
    )
    return {"reference": {"image_embeds": found}}
