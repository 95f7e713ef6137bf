"""Denoising all views together, step by step, so that they agree before any of them is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ....geometry.typing import Float32Array
from ...texture.contract import PaintRequest, Progress
from .agreement import Agreement, agreement_of
from .contract import Agreeing, Array, Denoiser
from .noise import on_surface
from .surfaces import padded, surfaces_of

Watch = Callable[[Sequence[Float32Array]], None]
"""Shown all views as they are so far, (h, w, 3) float32 in 0..1 of any size."""
EVERY = 4
LAST_WORK = 0.03
"""What decoding at the end counts of the whole."""


class Joint:
    """The views of one texturing, denoised together by one denoiser."""

    def __init__(
        self,
        denoiser: Denoiser,
        requests: Sequence[PaintRequest],
        agreeing: Agreeing,
        progress: Progress,
        watch: Watch | None = None,
        every: int = EVERY,
    ) -> None:
        """requests: as painters get them, of any sizes. progress: told after each step of each view; may raise.
        watch: shown the views after each ``every`` steps; 0: at the end alone.
        """
        self._denoiser, self._agreeing, self._progress = denoiser, agreeing, progress
        self._watch, self._every = watch, every
        self._sizes = [request.depth.shape for request in requests]
        self._views = padded(requests, denoiser.multiple)

    def paint(self, seed: int) -> list[Float32Array]:
        """(H, W, 3) float32 in 0..1 of each view. Raises what ``progress`` and the denoiser raise."""
        if not self._views:
            return []
        warp = (lambda noise: on_surface(noise, self._coarse)) if self._agreeing.noise == "surface" else None
        latents = self._denoiser.start(self._views, seed, warp)
        steps = self._denoiser.steps
        for step in range(steps):
            clean = [self._predicted(latents[view], step, view) for view in range(len(latents))]
            clean = self._agreed(clean, step)
            latents = [self._denoiser.advance(latents[view], clean[view], step, view) for view in range(len(latents))]
        return self._shown([self._decoded(latents[view], view) for view in range(len(latents))], self._at_end())

    @cached_property
    def _coarse(self) -> Agreement:
        """Of latents."""
        factor = self._denoiser.factor
        return agreement_of(surfaces_of(self._views, factor), nearest=factor > 1)

    @cached_property
    def _fine(self) -> Agreement:
        """Of pictures."""
        return self._coarse if self._denoiser.factor == 1 else agreement_of(surfaces_of(self._views, 1), nearest=False)

    def _predicted(self, latents: Array, step: int, view: int) -> Array:
        count, steps = len(self._views), self._denoiser.steps
        clean = self._denoiser.predict_clean(latents, step, view)
        done = (step * count + view + 1) / (steps * count)
        self._progress((1.0 - LAST_WORK) * done, f"step {step + 1} of {steps}, view {view + 1} of {count}")
        return clean

    def _agreed(self, clean: list[Array], step: int) -> list[Array]:
        steps, agreeing = self._denoiser.steps, self._agreeing
        last = step == steps - 1
        if agreeing.in_latents(step, steps):
            clean = self._coarse.mean(clean, agreeing.power_at(step, steps))
        elif agreeing.in_pictures(step, steps) and not last:
            clean = self._agreed_pictures(clean, step)
        if self._watch is not None and not last and self._every > 0 and (step + 1) % self._every == 0:
            self._watch([self._denoiser.glimpse(one, view) for view, one in enumerate(clean)])
        return clean

    def _agreed_pictures(self, clean: list[Array], step: int) -> list[Array]:
        """Latents changed by as much as the latents of their pictures change when these are brought to agree.

        What encoding itself changes is taken off; latents of a view that overlaps with no other stay as they are.
        """
        denoiser, power = self._denoiser, self._agreeing.power_at(step, self._denoiser.steps)
        pictures = [denoiser.decode(one, view) for view, one in enumerate(clean)]
        agreed = self._fine.mean(pictures, power)
        out = []
        for view, one in enumerate(clean):
            if self._fine.links[view]:
                one = one + (denoiser.encode(agreed[view], view) - denoiser.encode(pictures[view], view))
            out.append(one)
        return out

    def _at_end(self) -> float | None:
        """The power by which pictures are to agree at the end, if they are."""
        steps = self._denoiser.steps
        return self._agreeing.power_at(steps - 1, steps) if self._agreeing.in_pictures(steps - 1, steps) else None

    def _decoded(self, latents: Array, view: int) -> Array:
        picture = self._denoiser.decode(latents, view)
        share = 1.0 - LAST_WORK + LAST_WORK * (view + 1) / len(self._views)
        self._progress(min(share, 1.0), f"decoding view {view + 1} of {len(self._views)}")
        return picture

    def _shown(self, pictures: list[Array], power: float | None = None) -> list[Float32Array]:
        """The pictures as they are answered, and shown to whoever watches."""
        agreed = pictures if power is None else self._fine.mean(pictures, power)
        out = [_picture(one)[:height, :width] for one, (height, width) in zip(agreed, self._sizes, strict=True)]
        if self._watch is not None:
            self._watch(out)
        return out


def _picture(array: Any) -> Float32Array:
    """(H, W, 3) float32 in 0..1, numpy's."""
    plain = array if isinstance(array, np.ndarray) else array.detach().float().cpu().numpy()
    return np.ascontiguousarray(np.clip(plain.astype(np.float32, copy=False), 0.0, 1.0).transpose(1, 2, 0))
