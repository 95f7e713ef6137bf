"""Views denoised by the parts of a pipeline of diffusers, one step of one view at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...texture.contract import PaintRequest
from .contract import Array, Warp
from .schedules import Course, usable
from .surfaces import editable

MULTIPLE = 64
"""Sides of views are multiples of this many pixels, as the models' own nets halve them several times."""


@dataclass(frozen=True)
class Sampling:
    """How a view is denoised. guidance: 1 or less does without the negative prompt. control: how strongly the control
    nets count, and from the first on the share of the steps at which they do. negative: words.
    """

    steps: int = 20
    guidance: float = 6.0
    control: float = 1.0
    control_until: float = 1.0
    negative: str = ""
    clip_skip: int | None = None
    reference: Any = None
    """A PIL picture for the image prompt adapter of the pipeline, when it has one."""


class Controls(Protocol):
    """What the nets are shown of a view."""

    def __call__(self, request: PaintRequest) -> Sequence[np.ndarray]:
        """(H, W, 3) uint8 pictures, in the order in which the family's nets expect them."""


class Words(Protocol):
    """What a view is to show."""

    def __call__(self, request: PaintRequest) -> str:
        """The prompt with the view's own words."""


class Family(Protocol):
    """What families of models do differently. Everything is for one view, in a batch of 1 or, with guidance, 2."""

    def conditions(self, pipeline: Any, prompt: str, sampling: Sampling, size: tuple[int, int]) -> Mapping[str, Any]:
        """The prompt in the models' terms, for a picture of (height, width): unguided first."""

    def answer(
        self, pipeline: Any, sample: Any, time: Any, conditions: Mapping[str, Any], controls: Sequence[Any], strength: float
    ) -> Any:
        """What the model answers to a sample (B, C, h, w). controls: (B, 3, H, W) each. strength: of the controls."""


@dataclass
class _View:
    """One view under way. strength: of repainting what was painted."""

    conditions: Mapping[str, Any]
    controls: list[Any]
    course: Course
    known: Any
    noise: Any
    new: Any
    update: Any
    strength: float


class PipelineDenoiser:
    """A Denoiser of a pipeline that was loaded for inpainting with control nets."""

    def __init__(
        self, pipeline: Any, family: Family, controls: Controls, words: Words, sampling: Sampling, multiple: int = MULTIPLE
    ) -> None:
        """pipeline: arranged on its device. controls, words: of a view."""
        self._pipeline, self._family, self._controls, self._words = pipeline, family, controls, words
        self._sampling, self.multiple = sampling, multiple
        self.factor = int(pipeline.vae_scale_factor)
        self._views: list[_View] = []

    @property
    def steps(self) -> int:
        """As many as the scheduler makes of those that were asked for."""
        return len(self._views[0].course.timesteps) if self._views else self._sampling.steps

    @property
    def device(self) -> Any:
        """Where latents are."""
        return self._pipeline._execution_device

    def start(self, views: Sequence[PaintRequest], seed: int, warp: Warp | None) -> list[Array]:
        """Encode prompts, pictures and controls, and draw the noise."""
        import torch

        from ...diffusion.sampling import generator

        scheduler = usable(self._pipeline.scheduler)
        scheduler.set_timesteps(self._sampling.steps, device=self.device)
        height, width = views[0].depth.shape
        shape = (1, int(self._pipeline.vae.config.latent_channels), height // self.factor, width // self.factor)
        # Noise of different views must differ before it is made to agree on the surface.
        sources = [generator(seed if warp is None else _seed_of(seed, number)) for number in range(len(views))]
        noise = [torch.randn(shape, generator=source, dtype=torch.float32)[0] for source in sources]
        noise = [one.to(self.device) for one in (noise if warp is None else warp(noise))]
        with torch.no_grad():
            self._views = [
                self._viewed(view, Course(scheduler, source), one)
                for view, source, one in zip(views, sources, noise, strict=True)
            ]
        return [view.course.started(view.noise) for view in self._views]

    def predict_clean(self, latents: Array, step: int, view: int) -> Array:
        """One call of the model, guided."""
        import torch

        known = self._views[view]
        with torch.no_grad():
            answer = self._answer(latents, step, known)
            clean = known.course.clean(latents, answer, step)
            free = self._free(known, step)
            return torch.where(free, clean, known.known)

    def advance(self, latents: Array, clean: Array, step: int, view: int) -> Array:
        """The scheduler's step; what is not to be painted is what is known, with the noise of the next step."""
        import torch

        known = self._views[view]
        with torch.no_grad():
            following = known.course.advanced(latents[None], clean[None], step)[0]
            locked = known.course.noised(known.known[None], known.noise[None], step + 1)[0]
            return torch.where(self._free(known, step), following, locked.to(following.dtype))

    def decode(self, clean: Array, view: int) -> Array:
        """(3, H, W) in 0..1, float32."""
        import torch

        vae = self._pipeline.vae
        with torch.no_grad(), _Upcast(self._pipeline):
            value = clean[None] / vae.config.scaling_factor + (getattr(vae.config, "shift_factor", None) or 0.0)
            picture = vae.decode(value.to(vae.dtype), return_dict=False)[0][0]
            return (picture.float() * 0.5 + 0.5).clamp(0.0, 1.0)

    def encode(self, picture: Array, view: int) -> Array:
        """The mean of what the encoder finds, without noise of its own."""
        import torch

        vae = self._pipeline.vae
        with torch.no_grad(), _Upcast(self._pipeline):
            found = vae.encode((picture[None] * 2.0 - 1.0).to(vae.dtype)).latent_dist.mode()[0].float()
            return (found - (getattr(vae.config, "shift_factor", None) or 0.0)) * vae.config.scaling_factor

    def _viewed(self, request: PaintRequest, course: Course, noise: Any) -> _View:
        import torch

        sampling, size = self._sampling, request.depth.shape
        batch = 2 if sampling.guidance > 1.0 else 1
        dtype = self._pipeline.unet.dtype
        controls = [
            torch.from_numpy(np.ascontiguousarray(one.transpose(2, 0, 1))).to(self.device, dtype)[None].div(255.0)
            .repeat(batch, 1, 1, 1) for one in self._controls(request)
        ]  # fmt: skip
        known = torch.from_numpy(np.ascontiguousarray(request.rgb.transpose(2, 0, 1))).to(self.device)
        free = editable(request)
        return _View(
            conditions=self._family.conditions(self._pipeline, self._words(request), sampling, size),
            controls=controls,
            course=course,
            known=self.encode(known, 0) if not free.all() else torch.zeros_like(noise),
            noise=noise,
            new=self._blocks(free & ~request.mask_update),
            update=self._blocks(request.mask_update),
            strength=request.strength,
        )

    def _blocks(self, mask: np.ndarray) -> Any:
        """(1, h, w) bool: samples of the latents any pixel of which is in the mask."""
        import torch

        height, width = mask.shape
        blocks = mask.reshape(height // self.factor, self.factor, width // self.factor, self.factor).any(axis=(1, 3))
        return torch.from_numpy(blocks)[None].to(self.device)

    def _free(self, view: _View, step: int) -> Any:
        """(1, h, w) bool: what is painted at a step. What was painted before is let go of later, the less it is to
        change (Levin and Fried 2023, Differential Diffusion).
        """
        return view.new | view.update if step >= round((1.0 - view.strength) * self.steps) else view.new

    def _answer(self, latents: Any, step: int, view: _View) -> Any:
        sampling, dtype = self._sampling, self._pipeline.unet.dtype
        guided = sampling.guidance > 1.0
        shown = view.course.scaled(latents[None], step).to(dtype)
        if guided:
            shown = shown.repeat(2, 1, 1, 1)
        until = (step + 1) / self.steps <= sampling.control_until
        strength = sampling.control if until else 0.0
        time = view.course.timesteps[step]
        found = self._family.answer(self._pipeline, shown, time, view.conditions, view.controls, strength)
        if not guided:
            return found[0]
        without, towards = found[0].float(), found[1].float()
        return without + sampling.guidance * (towards - without)


class _Upcast:
    """The decoder in single precision for a while, where half precision would overflow."""

    def __init__(self, pipeline: Any) -> None:
        import torch

        vae = pipeline.vae
        self._vae = vae if vae.dtype == torch.float16 and getattr(vae.config, "force_upcast", False) else None

    def __enter__(self) -> None:
        if self._vae is not None:
            self._vae.float()

    def __exit__(self, *_: object) -> None:
        if self._vae is not None:
            self._vae.half()


def _seed_of(seed: int, view: int) -> int:
    """Of a view's own noise; that of the first is the work's, as for a picture painted alone."""
    return seed if view == 0 else int(np.random.SeedSequence((seed, view)).generate_state(1)[0])

