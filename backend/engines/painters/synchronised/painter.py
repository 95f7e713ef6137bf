"""The painter that paints all planned views at once, and hands them out one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from ....geometry.cameras import Camera
from ....geometry.typing import Float32Array
from ...texture.contract import Painter, PaintRequest, Progress
from ..painter import composed
from .contract import Agreeing, Denoiser, Lend
from .joint import EVERY, Joint
from .sheet import sheet_png


class SynchronisedPainter:
    """Planned views are denoised together when the first of them is asked for; further ones by another painter.

    Which of the planned views is asked for first makes no difference: a retry that finds some of them kept gets the
    same pictures for the rest.
    """

    first_share = 0.9

    def __init__(
        self,
        lend: Lend[list[Float32Array]],
        ordinary: Painter,
        agreeing: Agreeing | None = None,
        preview: Callable[[bytes], None] | None = None,
        preview_every: int = EVERY,
    ) -> None:
        """lend: calls what it is given with a denoiser. ordinary: for views that were not planned. preview: shown a
        PNG of all views as they are so far, after each ``preview_every`` steps; 0: when they are done.
        """
        self._lend, self._ordinary, self._agreeing = lend, ordinary, agreeing or Agreeing()
        self._preview, self._preview_every = preview, preview_every
        self.name = f"{getattr(ordinary, 'name', type(ordinary).__name__)} synchronised {self._agreeing}"
        self._planned: dict[str, PaintRequest] = {}
        self._pictures: dict[str, Float32Array] = {}
        self._progress: Progress = _nothing

    def prepare(self, requests: Iterable[PaintRequest]) -> None:
        """Remember the planned views that have something to paint.

        Nothing is painted yet: an attempt before may have left all of them.
        """
        self._pictures = {}
        # Where a pixel stands follows from the camera and the depth; a picture of it for each view would be too much.
        self._planned = {
            _place(request.camera): replace(request, position=np.broadcast_to(np.float32(0.0), request.position.shape))
            for request in requests
            if (request.mask_new | request.mask_update).any()
        }

    def listen(self, progress: Progress) -> None:
        """Remember whom to tell of the next view."""
        self._progress = progress
        listen = getattr(self._ordinary, "listen", None)
        if listen is not None:
            listen(progress)

    def can_paint(self, request: PaintRequest) -> bool:
        """Planned views always; for others the other painter is asked."""
        answer = getattr(self._ordinary, "can_paint", None)
        return _place(request.camera) in self._planned or answer is None or bool(answer(request))

    def paint(self, request: PaintRequest) -> Float32Array:
        """(H, W, 3) float32 in 0..1: the view; what is kept of the surface, and around it, is as in ``request.rgb``."""
        place = _place(request.camera)
        if place not in self._planned:
            return self._ordinary.paint(request)
        if not self._pictures:
            self._pictures = self._painted(request.seed)
        return composed(request, self._pictures[place])

    def _painted(self, seed: int) -> dict[str, Float32Array]:
        requests = list(self._planned.values())
        furthest = 0.0

        def progress(share: float, what: str) -> None:
            # A second attempt by another plan of memory starts anew; progress does not go back.
            nonlocal furthest
            furthest = max(furthest, share)
            self._progress(furthest, what)

        def use(denoiser: Denoiser) -> list[Float32Array]:
            watch = None if self._preview is None else self._shown
            return Joint(denoiser, requests, self._agreeing, progress, watch, self._preview_every).paint(seed)

        return dict(zip(self._planned, self._lend(use), strict=True))

    def _shown(self, pictures: Sequence[Float32Array]) -> None:
        if self._preview is not None:
            self._preview(sheet_png(pictures))


def _nothing(share: float, what: str) -> None:
    """Tells nobody."""


def _place(camera: Camera) -> str:
    """What tells one planned view from another: its number changes when a view before it has nothing to paint."""
    numbers = np.array([*camera.to_world.ravel(), *camera.focal, *camera.centre, camera.width, camera.height])
    return hashlib.sha256(numbers.tobytes() + bytes([camera.orthographic])).hexdigest()
