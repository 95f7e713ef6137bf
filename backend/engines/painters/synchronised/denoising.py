"""Views denoised by the parts of a pipeline of diffusers, one step of one view at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ....geometry.typing import Float32Array
from ...diffusion.memory import is_out_of_memory
from ...diffusion.previews import Previews, measured
from ...diffusion.sampling import generator, set_sampler
from ...texture.contract import PaintRequest
from ..denoising import Condition, check_latent_unet, decoded, drawn_like, encoded, joins
from ..painter import Job
from .contract import Array, Warp
from .schedules import Course, usable

ROOM = 6 << 30
"""Bytes of a device's free memory from which pictures of all views are brought to agree on it."""


class LatentFamily(Protocol):
    """A family of models with a U-Net over latents; see ``painters.painter.Family``."""

    multiple: int

    def condition(self, pipeline: Any, job: Job, device: Any) -> Condition:
        """What the model is told of a view."""


@dataclass
class _View:
    """One view under way. image: its known latents, noise: of the same shape, (1, C, h, w). joins: before which step a
    latent is painted, (1, 1, h, w). answer, clean: of the model, last.
    """

    told: Condition
    course: Course
    image: Any
    noise: Any
    joins: Any
    answer: Any = None
    clean: Any = None


class PipelineDenoiser:
    """A ``Denoiser`` of a pipeline for inpainting with control nets. With one view, or with views that show nothing in
    common, it does what ``painters.denoising`` does. scheduler: the name of the class, once it has started.
    """

    def __init__(self, pipeline: Any, family: LatentFamily, job_of: Callable[[PaintRequest], Job]) -> None:
        """pipeline: arranged on its device. job_of: what the models are to be asked for a view."""
        self._pipeline, self._family, self._job_of = pipeline, family, job_of
        self._device, self._dtype = pipeline._execution_device, pipeline.unet.dtype
        self._views: list[_View] = []
        self.factor = int(pipeline.vae_scale_factor)
        self.multiple = int(np.lcm(family.multiple, self.factor))
        self.steps = 0
        self.scheduler = ""
        self._place: Any = "cpu"

    def start(self, views: Sequence[PaintRequest], seed: int, warp: Warp | None) -> list[Array]:
        """Encode prompts, pictures and controls, and draw the noise."""
        with _Guarded():
            check_latent_unet(self._pipeline)
            jobs = [self._job_of(view) for view in views]
            set_sampler(self._pipeline, jobs[0].settings.sampler)
            scheduler = usable(self._pipeline.scheduler)
            self.scheduler = str(type(scheduler).__name__)
            scheduler.set_timesteps(jobs[0].settings.steps, device=self._device)
            self.steps = len(scheduler.timesteps)
            self._place = self._picture_place()
            # What differs between views is the noise that is made to agree where they show the same.
            sources = [generator(seed if warp is None else _seed_of(seed, view)) for view in range(len(views))]
            self._views = [
                self._view(job, Course(scheduler, source), source) for job, source in zip(jobs, sources, strict=True)
            ]
            if warp is not None:
                for view, noise in zip(self._views, warp([view.noise[0] for view in self._views]), strict=True):
                    view.noise = noise[None]
            return [self._locked(view, view.course.started(view.noise), 0)[0] for view in self._views]

    def predict_clean(self, latents: Array, step: int, view: int) -> Array:
        """One call of the model, pressed by the guidance."""
        import torch

        chosen = self._views[view]
        with _Guarded():
            shown_to = latents[None].to(self._dtype)
            told = chosen.told.noise(chosen.course.scheduler, shown_to, chosen.course.timesteps[step])
            chosen.answer = told.float()
            clean = chosen.course.clean(latents[None], chosen.answer, step)
            chosen.clean = torch.where(chosen.joins > step, chosen.image, clean)
            return chosen.clean[0]

    def advance(self, latents: Array, clean: Array, step: int, view: int) -> Array:
        """The scheduler's step. What the views did not change is as the model answered, to the last bit."""
        import torch

        chosen = self._views[view]
        with _Guarded():
            sample = latents[None]
            meant = chosen.course.answer(sample, clean[None], step)
            answer = torch.where(clean[None] == chosen.clean, chosen.answer, meant)
            return self._locked(chosen, chosen.course.advanced(sample, answer, step), step + 1)[0]

    def decode(self, clean: Array, view: int) -> Array:
        """(3, H, W) in 0..1, float32."""
        import torch

        with _Guarded():
            picture = torch.from_numpy(decoded(self._pipeline, clean[None].to(self._dtype)))
            return picture.permute(2, 0, 1).to(self._place)

    def encode(self, picture: Array, view: int) -> Array:
        """The likeliest latents, float32."""
        with _Guarded():
            plain = np.ascontiguousarray(picture.permute(1, 2, 0).cpu().numpy())
            return encoded(self._pipeline, plain, self._device, self._dtype)[0].float()

    def glimpse(self, clean: Array, view: int) -> Float32Array:
        """(h, w, 3) in 0..1, a pixel for each latent."""
        with _Guarded():
            shown = Previews(self._pipeline).sketch(measured(self._pipeline.vae, clean[None]))
        return shown.astype(np.float32) / np.float32(255.0)

    def _view(self, job: Job, course: Course, source: Any) -> _View:
        image = encoded(self._pipeline, job.picture, self._device, self._dtype).float()
        return _View(
            told=self._family.condition(self._pipeline, job, self._device),
            course=course,
            image=image,
            noise=drawn_like(image, source),
            joins=self._joins(job, image),
        )

    def _joins(self, job: Job, image: Any) -> Any:
        """The earliest of the pixels of each latent."""
        import torch

        height, width = image.shape[-2:]
        first = joins(job.grade, self.steps)
        blocks = first.reshape(height, first.shape[0] // height, width, first.shape[1] // width).min(axis=(1, 3))
        return torch.from_numpy(blocks)[None, None].to(self._device)

    def _locked(self, view: _View, latents: Any, step: int) -> Any:
        """Latents before a step, those that wait set back to what is known with the noise of the step."""
        import torch

        # What joins before the first step begins as noise alone; what joins later, as the picture with noise.
        waits = view.joins >= max(step, 1)
        return torch.where(waits, view.course.noised(view.image, view.noise, step), latents)

    def _picture_place(self) -> Any:
        """Where pictures of all views and what links them have room."""
        import torch

        if self._device.type != "cuda":
            return "cpu"
        free, _ = torch.cuda.mem_get_info(self._device)
        unused = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return self._device if free + unused > ROOM else "cpu"


class _Guarded:
    """Without gradients; a device that has no more memory becomes MemoryError, which the plans of memory understand."""

    def __enter__(self) -> None:
        import torch

        self._quiet = torch.no_grad()
        self._quiet.__enter__()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._quiet.__exit__(kind, error, trace)
        if isinstance(error, RuntimeError) and is_out_of_memory(error):
            raise MemoryError(str(error)) from error


def _seed_of(seed: int, view: int) -> int:
    """Of a view's own noise; that of the first is the work's, as for a picture painted alone."""
    return seed if view == 0 else int(np.random.SeedSequence((seed, view)).generate_state(1)[0])
