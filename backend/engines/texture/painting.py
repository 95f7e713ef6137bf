"""Asking a painter for a view, and making sure that what it answers is a picture of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np

from ...errors import BackendError, Cancelled
from ...geometry.typing import BoolArray, Float32Array
from .checkpoint import Checkpoint
from .contract import Painter, PainterFailed, PaintRequest, Progress

log = logging.getLogger("museum.texture")
CONSTANT = 1e-4
"""A picture whose values spread by less shows nothing."""
ALIKE = 0.02
"""How far from it what is known of a surface of one colour may be."""
REPAIR = "Retry: the views before it are kept. If it fails again, choose another painter or another seed."


def painted(painter: Painter, request: PaintRequest, checkpoint: Checkpoint) -> Float32Array:
    """(H, W, 3) float32 in 0..1: the view, painted now or by an earlier attempt. Raises PainterFailed."""
    kept = checkpoint.load(request.view_index)
    if kept is not None and kept.shape == request.rgb.shape:
        return kept
    with _boundary(f"{_named(request)} could not be painted", request.view_index):
        try:
            picture = painter.paint(request)
        except BackendError as error:
            raise _failed(error, request) from error
    return checkpoint.store(request.view_index, checked(picture, request))


def show_planned(painter: Painter, requests: Iterator[PaintRequest]) -> None:
    """Let a painter that has a method ``prepare`` look at all planned views before it paints the first of them."""
    prepare = getattr(painter, "prepare", None)
    if prepare is None:
        return
    with _boundary("The painter could not look at the planned views", 0):
        prepare(requests)


def listen_to(painter: Painter | None, progress: Progress) -> None:
    """Let a painter that has a method ``listen`` tell how far it is with the next view."""
    listen = getattr(painter, "listen", None)
    if listen is not None:
        listen(progress)


def can_paint(painter: Painter, request: PaintRequest) -> bool:
    """Whether a painter takes a view; one that does not say takes all. Raises PainterFailed."""
    answer = getattr(painter, "can_paint", None)
    if answer is None:
        return True
    with _boundary(f"{_named(request)} could not be looked at", request.view_index):
        return bool(answer(request))


@contextmanager
def _boundary(what: str, view_index: int) -> Iterator[None]:
    """Painters are other people's code: what they raise is logged and becomes PainterFailed. ``what`` went wrong.

    Errors with a fix of their own, a cancelled job and a lack of memory, which the worker knows what to say of, pass.
    """
    try:
        yield
    except (BackendError, Cancelled, MemoryError):
        raise
    except Exception as error:
        log.exception("%s", what)
        raise PainterFailed(f"{what} ({type(error).__name__}: {error}).", REPAIR, view_index) from error


def checked(picture: object, request: PaintRequest) -> Float32Array:
    """The picture as float32. Raises PainterFailed for what is no picture of the view."""
    wanted = request.rgb.shape
    found = np.asarray(picture)
    if found.shape != wanted or found.dtype.kind not in "fui":
        raise _refused(request, f"the painter answered {found.dtype} {found.shape} instead of float {wanted}")
    if found.dtype.kind in "ui":
        raise _refused(request, f"the painter answered whole numbers ({found.dtype}) instead of float in 0..1")
    used: BoolArray = request.mask_new | request.mask_update
    values = found[used] if used.any() else found.reshape(-1, 3)
    if not np.isfinite(values).all():
        raise _refused(request, "the painter answered values that are no numbers (NaN or infinite)")
    out = np.clip(_whole(found.astype(np.float32, copy=False), request, used), 0.0, 1.0)
    if float(np.ptp(out)) < CONSTANT and not _is_flat(request, out[0, 0]):
        raise _refused(request, "the painter answered a picture of one flat colour")
    return out


def _whole(picture: Float32Array, request: PaintRequest, used: BoolArray) -> Float32Array:
    """The picture with numbers all over. Beside what is asked some painters answer none; there what is kept goes on,
    and around it what was painted.
    """
    lost = ~np.isfinite(picture).all(axis=2)
    if not lost.any():
        return picture
    out = np.where(lost[..., None], request.rgb, picture)
    beside = lost & ~request.mask_keep
    if used.any() and beside.any():
        _, labels = cv2.distanceTransformWithLabels(
            (~used).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        colours = np.zeros((int(labels.max()) + 1, 3), dtype=np.float32)
        colours[labels[used]] = picture[used]
        out[beside] = colours[labels[beside]]
    return out


def _failed(error: BackendError, request: PaintRequest) -> PainterFailed:
    message = f"{_named(request)} could not be painted: {error.message}"
    return PainterFailed(message, error.fix, request.view_index)


def _is_flat(request: PaintRequest, colour: Float32Array) -> bool:
    """Whether all that was known of the surface has this one colour, so that it may go on."""
    known = request.rgb[request.mask_keep]
    return len(known) > 0 and float(np.abs(known - colour).max()) < ALIKE


def _refused(request: PaintRequest, why: str) -> PainterFailed:
    return PainterFailed(f"{_named(request)}: {why}.", REPAIR, request.view_index)


def _named(request: PaintRequest) -> str:
    name = f" ({request.view_name})" if request.view_name else ""
    return f"View {request.view_index + 1}{name}"
