"""A painter that has a diffusion model paint views: what the model is shown, and what of its picture counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...geometry.typing import BoolArray, ByteImage, Float32Array
from ..diffusion.memory import is_out_of_memory
from ..diffusion.previews import small_png
from ..texture.contract import PaintRequest, Progress
from .controls import depth_picture, grades, normal_picture, padded, start_picture
from .prompts import view_prompt

GREY = 0.5


@dataclass(frozen=True)
class Settings:
    """How views are denoised, the same for all of one work.

    steps: from noise to picture. guidance: above 1 the prompt is pressed against the negative one. sampler: of
    ``diffusion.sampling``. reference: (h, w, 3) uint8, a picture to follow, for pipelines with an image prompt adapter.
    """

    negative_prompt: str = ""
    steps: int = 20
    guidance: float = 5.0
    sampler: str = "auto"
    depth_strength: float = 1.0
    normal_strength: float = 0.0
    view_words: bool = True
    preview_every: int = 4
    reference: ByteImage | None = None

    @property
    def guided(self) -> bool:
        """Whether every step is computed twice, with the prompt and with the negative one."""
        return self.guidance > 1.0


@dataclass(frozen=True)
class Job:
    """One view for a model. All pictures have one size, sides multiples of the family's.

    picture: (H, W, 3) float32 in 0..1, what is there. grade: (H, W) float32, which part of the way from noise a pixel
    goes: 0 stays, 1 is painted from nothing. depth, normal: (H, W, 3) uint8. tell: the share of the view that is done,
    and what is being done; raises Cancelled. check: raises Cancelled. show: (h, w, 3) uint8, how it looks so far.
    """

    picture: Float32Array
    grade: Float32Array
    depth: ByteImage
    normal: ByteImage
    prompt: str
    seed: int
    settings: Settings
    tell: Progress
    check: Callable[[], None]
    show: Callable[[ByteImage], None]


class Family(Protocol):
    """Models of one kind. name: of the engine. use_id: in the catalogue of models. multiple: of the sides, pixels.

    updates: whether it can go on from what is there (``grade`` between 0 and 1).
    """

    name: str
    use_id: str
    multiple: int
    updates: bool

    def denoise(self, pipeline: Any, job: Job) -> Float32Array:
        """(H, W, 3) float32 in 0..1, the whole picture as the model has it."""


class DiffusionPainter:
    """Paints one view after the other. name: holds a digest of all that the pictures depend on beside the request."""

    def __init__(
        self,
        family: Family,
        pipeline: Any,
        settings: Settings,
        depends_on: object,
        check: Callable[[], None],
        show: Callable[[bytes], None],
    ) -> None:
        """depends_on: what tells models and adapters apart (its ``repr`` counts). show: sends a PNG."""
        self._family, self._pipeline, self._settings = family, pipeline, settings
        self._check, self._show = check, show
        self._progress: Progress = _nobody
        self.name = f"{family.name} {_digest(settings, depends_on)}"

    def prepare(self, requests: object) -> None:
        """Views are painted one by one, as they are by then: nothing to look at before."""

    def listen(self, progress: Progress) -> None:
        """Remember whom to tell of the next view."""
        self._progress = progress

    def can_paint(self, request: PaintRequest) -> bool:
        """Families that cannot go on from what is there take views with something new alone."""
        return self._family.updates or bool(request.mask_new.any())

    def paint(self, request: PaintRequest) -> Float32Array:
        """(H, W, 3) float32: the model's picture where the surface is free, ``request.rgb`` to the bit elsewhere."""
        job = self.job(request)
        try:
            picture = self._family.denoise(self._pipeline, job)
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise MemoryError(str(error)) from error
            raise
        self._check()
        return composed(request, picture, self._family.updates)

    def job(self, request: PaintRequest) -> Job:
        """What the model is asked for a view."""
        multiple, settings = self._family.multiple, self._settings
        grade = free_grades(request, self._family.updates)
        return Job(
            picture=padded(start_picture(request), multiple, GREY),
            grade=padded(grade, multiple, 0.0),
            depth=depth_picture(request, multiple),
            normal=normal_picture(request, multiple),
            prompt=view_prompt(request.prompt, request.view_name, settings.view_words),
            seed=request.seed,
            settings=settings,
            tell=self._progress,
            check=self._check,
            show=lambda picture: self._show(small_png(picture)),
        )


def free(request: PaintRequest) -> BoolArray:
    """(H, W) where the model's picture counts: what is to be painted, and steep surface beside it that nobody knows.

    The latter counts a little where a painted region goes over into its surroundings; grey would go over into it.
    """
    return request.mask_new | request.mask_update | (request.object_mask & ~request.mask_keep)


def free_grades(request: PaintRequest, updates: bool = True) -> Float32Array:
    """(H, W) float32, ``grades`` with steep unknown surface as new; without ``updates`` what is known stays."""
    grade = np.where(free(request) & ~request.mask_update, np.float32(1.0), grades(request))
    if not updates:
        grade = np.where(request.mask_update, np.float32(0.0), grade)
    return grade.astype(np.float32)


def composed(request: PaintRequest, picture: Float32Array, updates: bool = True) -> Float32Array:
    """The view's own pixels, to the bit, with the model's where it was free to paint. picture: as large or larger."""
    height, width = request.rgb.shape[:2]
    cut = picture[:height, :width].astype(np.float32, copy=False)
    painted = free_grades(request, updates) > 0.0
    return np.where(painted[..., None], cut, request.rgb).astype(np.float32, copy=False)


def _digest(settings: Settings, depends_on: object) -> str:
    digest = hashlib.sha256(repr((vars(settings) | {"reference": None, "preview_every": 0}, depends_on)).encode())
    if settings.reference is not None:
        digest.update(repr(settings.reference.shape).encode() + np.ascontiguousarray(settings.reference).tobytes())
    return digest.hexdigest()[:32]


def _nobody(share: float, what: str) -> None:
    """Tells nobody."""
