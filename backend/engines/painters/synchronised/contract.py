"""What denoises one view, as the joint denoising of all views needs it, and how views are brought to agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from ....geometry.typing import Float32Array
from ...texture.contract import PaintRequest

T = TypeVar("T")
Array = Any
"""(C, h, w) floating, numpy or torch."""
Warp = Callable[[Sequence[Array]], list[Array]]
"""Has noise that was drawn for each view on its own agree between them."""


class Denoiser(Protocol):
    """Denoises views step by step. All views have one size; sides are multiples of ``multiple``.

    factor: pixels along a side of a sample of the latents, 1 where they are colours. steps: how many. ``multiple``
    is a multiple of ``factor``. All methods give the same for the same views and seed. Arrays are numpy's or torch's.
    """

    @property
    def factor(self) -> int:
        """Pixels along a side of a sample of the latents."""

    @property
    def multiple(self) -> int:
        """Of what the sides of views are multiples, pixels."""

    @property
    def steps(self) -> int:
        """Steps of denoising."""

    def start(self, views: Sequence[PaintRequest], seed: int, warp: Warp | None) -> list[Array]:
        """Get ready, and the latents of each view before the first step.

        warp: to be applied to noise drawn for each view on its own; None: the same noise for all views.
        """

    def predict_clean(self, latents: Array, step: int, view: int) -> Array:
        """What the latents of a view would be without noise; what is not to be painted is as it was."""

    def advance(self, latents: Array, clean: Array, step: int, view: int) -> Array:
        """The latents of the next step, if ``clean`` is what they would be without noise. After the last step they are
        without noise themselves.
        """

    def decode(self, clean: Array, view: int) -> Array:
        """(3, H, W) in 0..1: the picture."""

    def encode(self, picture: Array, view: int) -> Array:
        """The latents of a picture."""

    def glimpse(self, clean: Array, view: int) -> Float32Array:
        """(h, w, 3) float32 in 0..1 of any size: about how the picture looks, at little cost."""


Lend = Callable[[Callable[[Denoiser], T]], T]
"""Calls what it is given with a denoiser, again with another one when the first ran out of memory."""


@dataclass(frozen=True)
class Agreeing:
    """How views are brought to agree.

    latents: the share of the steps, from the first on, at which their latents are; 0: never. pictures: the share, to
    the last, at which their decoded pictures are instead, the last one at the end; 0: never. Each of these steps
    decodes each view once and encodes it twice, apart from the last, which only decodes. power: of the weights, at the
    first and the last step: a mean of all views early, when they have only coarse things to agree on, and the best view
    late, so that detail is not lost in a mean (as SyncMVD does, section 4.3). noise: "surface" starts views with noise
    that agrees on the surface, "shared" with the same noise for all.
    """

    latents: float = 1.0
    pictures: float = 0.15
    power: tuple[float, float] = (1.0, 6.0)
    noise: Literal["surface", "shared"] = "surface"

    def in_pictures(self, step: int, steps: int) -> bool:
        """Whether pictures, not latents, are to agree at a step."""
        return self.pictures > 0.0 and step >= steps - max(1, round(self.pictures * steps))

    def in_latents(self, step: int, steps: int) -> bool:
        """Whether latents are to agree at a step."""
        return not self.in_pictures(step, steps) and step < round(self.latents * steps)

    def power_at(self, step: int, steps: int) -> float:
        """Of the weights."""
        first, last = self.power
        return first + (last - first) * step / max(steps - 1, 1)


ALONE = Agreeing(latents=0.0, pictures=0.0, noise="shared")
"""Every view for itself, as an ordinary painter would start it."""
