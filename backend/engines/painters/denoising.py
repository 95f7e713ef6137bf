"""The denoising of one view by a latent diffusion model with a U-Net, under masks that open step by step.

As the inpainting pipelines of diffusers do it, whose parts are used, with three differences: the picture is encoded
once instead of twice; a latent belongs to the mask when any of its pixels does; and latents join when their grade says
so, not all at once (Levin and Fried 2023, Differential Diffusion, section 4). What has not joined is set back to the
picture with the noise of the step, at every step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from ...geometry.typing import ByteImage, Float32Array
from ..diffusion.faults import ModelUnusable
from ..diffusion.listening import before_each_layer
from ..diffusion.previews import Previews, measured
from ..diffusion.sampling import generator, set_sampler
from .painter import Job

STEPS_FROM, STEPS_TO = 0.05, 0.95
"""Shares of the view's work before the first and after the last step."""
Tensor = Any


@dataclass(frozen=True)
class Condition:
    """What a model is told beside the latents. predict: (latents, scaled and doubled where guided; timestep) -> noise,
    of the same shape.
    """

    predict: Callable[[Tensor, Tensor], Tensor]
    guidance: float

    def noise(self, scheduler: Any, latents: Tensor, timestep: Tensor) -> Tensor:
        """(1, C, h, w) what the model takes for noise in the latents, the prompt pressed by the guidance."""
        import torch

        if self.guidance <= 1.0:
            return self.predict(scheduler.scale_model_input(latents, timestep), timestep)
        doubled = scheduler.scale_model_input(torch.cat([latents, latents]), timestep)
        against, towards = self.predict(doubled, timestep).chunk(2)
        return against + self.guidance * (towards - against)


def denoise(pipeline: Any, job: Job, condition: Callable[[Any], Condition]) -> Float32Array:
    """(H, W, 3) float32 in 0..1: the view as the model has it.

    condition: what the model is told, on the device that it is given. Raises what torch raises, Cancelled, and
    ModelUnusable for a U-Net that takes something else than latents.
    """
    import torch

    check_latent_unet(pipeline)
    parts = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    with torch.no_grad(), before_each_layer(parts, job.check):
        device, dtype = pipeline._execution_device, pipeline.unet.dtype
        set_sampler(pipeline, job.settings.sampler)
        pipeline.scheduler.set_timesteps(job.settings.steps, device=device)
        job.tell(0.0, "reading the prompt")
        told = condition(device)
        job.check()
        job.tell(STEPS_FROM / 2.0, "encoding what is there")
        image = encoded(pipeline, job.picture, device, dtype)
        job.check()
        latents = _Loop(pipeline, job, told, image).run()
        job.tell(STEPS_TO, "decoding")
        return decoded(pipeline, latents)


class _Loop:
    """From noise to latents of a picture."""

    def __init__(self, pipeline: Any, job: Job, told: Condition, image: Tensor) -> None:
        self._pipeline, self._scheduler, self._job, self._told = pipeline, pipeline.scheduler, job, told
        self._image = image
        self._random = generator(job.seed)
        self._noise = drawn_like(image, self._random)
        self._timesteps = self._scheduler.timesteps
        self._joins = _latent_joins(job.grade, image, len(self._timesteps))
        self._more = _step_options(self._scheduler, self._random)

    def run(self) -> Tensor:
        """All steps."""
        job, count = self._job, len(self._timesteps)
        latents = self._locked(self._noise * self._scheduler.init_noise_sigma, 0)
        for step, timestep in enumerate(self._timesteps):
            noise = self._told.noise(self._scheduler, latents, timestep)
            done = self._scheduler.step(noise, timestep, latents, **self._more)
            latents = self._locked(done.prev_sample.to(self._image.dtype), step + 1)
            job.check()
            share = STEPS_FROM + (STEPS_TO - STEPS_FROM) * (step + 1) / count
            job.tell(min(share, STEPS_TO), f"step {step + 1} of {count}")
            if job.settings.preview_every and (step + 1) % job.settings.preview_every == 0 and step + 1 < count:
                clean = measured(self._pipeline.vae, clean_estimate(self._scheduler, done))
                job.show(Previews(self._pipeline).sketch(clean))
        return latents

    def _locked(self, latents: Tensor, step: int) -> Tensor:
        """Latents before a step (after the last one, where ``step`` counts all), those that wait set back."""
        import torch

        # What joins before the first step begins as noise alone; what joins later, as the picture with noise.
        waits = self._joins >= max(step, 1)
        there = self._image
        if step < len(self._timesteps):
            there = self._scheduler.add_noise(self._image, self._noise, self._timesteps[step : step + 1])
        return torch.where(waits, there.to(latents.dtype), latents)


def check_latent_unet(pipeline: Any) -> None:
    """Raise ModelUnusable for a base model whose network takes more than latents."""
    channels, wanted = int(pipeline.unet.config.in_channels), int(pipeline.vae.config.latent_channels)
    if channels != wanted:
        raise ModelUnusable(
            f"The model's network takes {channels} channels; painting views needs one of {wanted}.",
            "Choose the plain model instead of its inpainting version: masks are held without it.",
        )


def drawn_like(image: Tensor, random: Any) -> Tensor:
    """Noise of the shape and kind of latents: drawn on the processor in single precision, the same on every device."""
    import torch

    noise = torch.randn(image.shape, generator=random, dtype=torch.float32)
    return noise.to(device=image.device, dtype=image.dtype)


def encoded(pipeline: Any, picture: Float32Array, device: Any, dtype: Any) -> Tensor:
    """(1, C, h, w) the latents of a picture, (H, W, 3) float32 in 0..1; the likeliest ones, without chance."""
    import torch

    tensor = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None] * 2.0 - 1.0
    with _Decoder(pipeline) as vae:
        latents = vae.encode(tensor.to(device=device, dtype=vae.dtype)).latent_dist.mode()
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        return ((latents - shift) * vae.config.scaling_factor).to(dtype)


def decoded(pipeline: Any, latents: Tensor) -> Float32Array:
    """(H, W, 3) float32 in 0..1: the picture of latents (1, C, h, w)."""
    if getattr(pipeline, "final_offload_hook", None) is not None:
        # Nobody else takes them from the device, and the decoder needs the room.
        for part in (pipeline.unet, pipeline.controlnet):
            part.to("cpu")
    with _Decoder(pipeline) as vae:
        picture = vae.decode(measured(vae, latents.to(vae.dtype)), return_dict=False)[0]
    picture = (picture.float() / 2.0 + 0.5).clamp(0.0, 1.0)
    return np.asarray(picture[0].permute(1, 2, 0).cpu().numpy(), dtype=np.float32)


class _Decoder:
    """The VAE in a precision in which it does not overflow: some do in float16, and say so in their configuration."""

    def __init__(self, pipeline: Any) -> None:
        import torch

        self._vae, self._dtype = pipeline.vae, pipeline.vae.dtype
        self._wide = self._dtype == torch.float16 and bool(getattr(pipeline.vae.config, "force_upcast", False))
        # Pipelines of Stable Diffusion 1.5 never did, though their configurations do not say no.
        self._wide = self._wide and "XL" in type(pipeline).__name__

    def __enter__(self) -> Any:
        if self._wide:
            self._vae.float()
        return self._vae

    def __exit__(self, *_: object) -> None:
        if self._wide:
            self._vae.to(self._dtype)


def joins(grade: Float32Array, steps: int) -> np.ndarray:
    """(H, W) int64: before which step a pixel joins; ``steps`` where it never does.

    As ``strength`` counts: of ``steps`` steps the last ``strength * steps`` are made.
    """
    return steps - np.rint(np.clip(grade, 0.0, 1.0) * steps).astype(np.int64)


def _latent_joins(grade: Float32Array, image: Tensor, steps: int) -> Tensor:
    """(1, 1, h, w) the earliest join of the pixels of each latent."""
    import torch

    height, width = image.shape[-2:]
    first = joins(grade, steps).reshape(height, grade.shape[0] // height, width, grade.shape[1] // width)
    return torch.from_numpy(first.min(axis=(1, 3)))[None, None].to(image.device)


def _step_options(scheduler: Any, random: Any) -> dict[str, Any]:
    """Samplers that draw noise of their own draw it from the job's."""
    return {"generator": random} if "generator" in signature(scheduler.step).parameters else {}


def clean_estimate(scheduler: Any, done: Any) -> Tensor:
    """(1, C, h, w) the latents without noise, as far as the scheduler says; else as they are."""
    for name in ("pred_original_sample", "denoised"):
        found = getattr(done, name, None)
        if found is not None:
            return found
    outputs = getattr(scheduler, "model_outputs", None) or ()
    held = [output for output in outputs if output is not None]
    return held[-1] if held else done.prev_sample


def array_condition(picture: ByteImage, device: Any, dtype: Any, times: int) -> Tensor:
    """(times, 3, H, W) in 0..1: a control picture as control networks take it."""
    import torch

    tensor = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None].float() / 255.0
    return tensor.to(device=device, dtype=dtype).repeat(times, 1, 1, 1)


def remembered(store: dict[Any, Any], key: Any, made: Callable[[], Any]) -> Any:
    """What has been computed before for the same work."""
    if key not in store:
        store[key] = made()
    return store[key]
