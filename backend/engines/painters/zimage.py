"""Views painted by Z-Image Turbo, held to depth by its ControlNet-Union.

A model of a flow: noise and picture are mixed in straight lines (Lipman et al. 2023, Flow Matching). It paints what is
new from nothing; going on from what is there it cannot, so pixels that could be better stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...geometry.typing import Float32Array
from ..diffusion.listening import before_each_layer
from ..diffusion.previews import Previews, measured
from ..diffusion.sampling import generator, set_sampler
from .denoising import drawn_like, encoded, remembered
from .painter import Job

STEPS, GUIDANCE = 8, 0.0
"""What Z-Image Turbo and this ControlNet were distilled for (their model cards)."""
STEPS_FROM, STEPS_TO = 0.05, 0.95
"""Shares of the view's work before the first and after the last step."""
Tensor = Any


class Zimage:
    """``Family`` of ZImageControlNetInpaintPipeline."""

    name, use_id, multiple, updates = "zimage", "texture-zimage", 16, False

    def __init__(self) -> None:
        self._texts: dict[Any, Any] = {}

    def denoise(self, pipeline: Any, job: Job) -> Float32Array:
        """(H, W, 3) float32 in 0..1: the whole picture. Raises what torch raises, and Cancelled."""
        import torch

        settings = job.settings
        with torch.no_grad(), before_each_layer((pipeline.transformer, pipeline.controlnet), job.check):
            set_sampler(pipeline, settings.sampler)
            job.tell(0.0, "reading the prompt")
            words = remembered(
                self._texts, (job.prompt, settings.negative_prompt, settings.guided), lambda: _read(pipeline, job)
            )
            job.check()
            job.tell(STEPS_FROM / 2.0, "encoding what is there")
            locked = Locked(pipeline, job)
            answer = pipeline(
                **words,
                **_pictures(job),
                height=job.picture.shape[0],
                width=job.picture.shape[1],
                num_inference_steps=settings.steps,
                guidance_scale=settings.guidance if settings.guided else 0.0,
                controlnet_conditioning_scale=settings.depth_strength,
                latents=locked.noise,
                callback_on_step_end=locked.after,
                output_type="np",
            )
        return np.asarray(answer.images[0], dtype=np.float32)


class Locked:
    """Latents outside of the mask, set back after every step to what is there with the noise of the step.

    noise: (1, C, h, w) float32, what the first step begins with. A latent belongs to the mask when any of its pixels
    does.
    """

    def __init__(self, pipeline: Any, job: Job) -> None:
        import torch

        self._job = job
        self._image = encoded(pipeline, job.picture, pipeline._execution_device, torch.float32)
        self.noise = drawn_like(self._image, generator(job.seed))
        self._before = self.noise
        rows, cols = self._image.shape[-2:]
        height, width = job.grade.shape
        blocks = job.grade.reshape(rows, height // rows, cols, width // cols)
        self._free = torch.from_numpy(blocks.max(axis=(1, 3)) > 0.0)[None, None].to(self._image.device)

    def after(self, pipeline: Any, step: int, _timestep: Any, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """``callback_on_step_end``: the latents as the next step takes them."""
        import torch

        job, sigmas = self._job, pipeline.scheduler.sigmas
        count = len(sigmas) - 1
        sigma, sigma_before = float(sigmas[step + 1]), float(sigmas[step])
        made = tensors["latents"]
        there = sigma * self.noise + (1.0 - sigma) * self._image
        latents = torch.where(self._free, made, there.to(made.dtype))
        job.check()
        job.tell(STEPS_FROM + (STEPS_TO - STEPS_FROM) * (step + 1) / count, f"step {step + 1} of {count}")
        every = job.settings.preview_every
        if every and (step + 1) % every == 0 and step + 1 < count:
            # A straight line through both ends, gone on to where no noise is left.
            velocity = (made - self._before) / (sigma - sigma_before)
            clean = torch.where(self._free, made - sigma * velocity, self._image)
            job.show(Previews(pipeline).sketch(measured(pipeline.vae, clean)))
        self._before = latents
        return {**tensors, "latents": latents}


def _read(pipeline: Any, job: Job) -> dict[str, Any]:
    """The prompt as the text model reads it, and the negative one where guided."""
    settings = job.settings
    towards, against = pipeline.encode_prompt(
        prompt=job.prompt,
        negative_prompt=settings.negative_prompt,
        do_classifier_free_guidance=settings.guided,
        device=pipeline._execution_device,
    )
    return {"prompt_embeds": towards, **({"negative_prompt_embeds": against} if settings.guided else {})}


def _pictures(job: Job) -> dict[str, Tensor]:
    """What is there, where it may be painted, and its depth, as the pipeline takes tensors."""
    import torch

    def tensor(picture: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None].float()

    return {
        "image": tensor(job.picture) * 2.0 - 1.0,
        "mask_image": tensor((job.grade > 0.0).astype(np.float32)[..., None]),
        "control_image": tensor(job.depth) / 127.5 - 1.0,
    }
