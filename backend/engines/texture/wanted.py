"""Which texels are to be painted, which are kept, and what they show already."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...errors import BadInput
from ...geometry.surface_texels import SurfaceTexels
from ...geometry.typing import BoolArray, ByteImage, Float32Array, IntArray
from .contract import OBSERVED, TextureOptions

HALF = 128
"""Alpha below which a texel of a picture with an alpha channel counts as missing."""


@dataclass(frozen=True)
class Task:
    """What is to be done with the texels, (k,) each.

    given: (k, 3) float32 in 0..1 what they show, or None. wanted: to be painted. locked: never altered. kept: shown to
    painters as it is and, unless wanted too (the mode "refine"), left as it is. evidence: (k, 3) uint8 of what is
    given, or None. gone: (T, R, R) what a mask or an alpha channel says is missing, beside charts too, or None.
    """

    given: Float32Array | None
    wanted: BoolArray
    locked: BoolArray
    evidence: ByteImage | None
    gone: BoolArray | None
    nearest: IntArray | None
    """For texels of the margin the nearest in a chart, for others their own number; None where nothing was given."""

    @property
    def known(self) -> BoolArray:
        """(k,) what shows something that painters may look at before any view is painted."""
        return np.zeros(len(self.wanted), dtype=bool) if self.given is None else ~self.wanted


def task_of(texels: SurfaceTexels, options: TextureOptions) -> Task:
    """Read the mode, the mask and the evidence. Raises BadInput where the mode lacks what it needs."""
    count = len(texels.row)
    at = (texels.tile, texels.row, texels.col)
    albedo = _tiles(options.albedo, len(texels.tiles), 4, "texture")
    evidence_map = _tiles(options.evidence, len(texels.tiles), 4, "evidence map")
    evidence = None if evidence_map is None else evidence_map[at]
    nearest = None if albedo is None else _nearest_inside(texels)
    observed = np.zeros(count, dtype=bool)
    if evidence is not None:
        observed = evidence[:, 0] == OBSERVED
        # The map calls the margin gutter, but what lies beside observed texels belongs to them.
        observed = observed if nearest is None else observed[nearest]
    given = None if albedo is None else albedo[..., :3][at].astype(np.float32) / np.float32(255.0)
    if options.mode in ("generate", "project"):
        kept = given is not None and (options.mode == "project" or bool(observed.any()))
        locked = observed if kept else np.zeros(count, dtype=bool)
        return Task(given if kept else None, ~locked, locked, evidence if kept else None, None, nearest)
    if albedo is None or nearest is None:
        raise BadInput(
            f"There is no texture to {options.mode}.", "Give the mesh's texture, or choose the mode “generate”."
        )
    gone = _gone(options, albedo)
    missing = _missing(gone, evidence, at)[nearest]
    if gone is not None and given is not None:
        # Beside a chart a mask may run over the margin of what is kept.
        strayed = gone[at] & ~missing
        given[strayed] = given[nearest[strayed]]
    if not missing[texels.inside].any():
        raise BadInput(
            "Nothing is marked as missing.", "Paint over what is missing in the mask, or choose another mask source."
        )
    wanted = missing & ~observed
    if not wanted[texels.inside].any():
        raise BadInput("The region was observed, and what was observed stays.", "Choose a region that was generated.")
    if options.mode == "restore" and wanted.all():
        raise BadInput(
            "All of the surface is marked as missing: nothing tells what belongs there.",
            "Mark less, or choose the mode “generate”.",
        )
    return Task(given, wanted, ~wanted, evidence, gone, nearest)


def _gone(options: TextureOptions, albedo: ByteImage) -> BoolArray | None:
    """(T, R, R) from the mask; without one from the texture's alpha; None where that tells nothing."""
    if options.missing is not None:
        return (options.missing if options.missing.ndim == 3 else options.missing[None]).astype(bool)
    if albedo.shape[-1] == 4 and bool((albedo[..., 3] < HALF).any()):
        return np.asarray(albedo[..., 3] < HALF)
    return None


def _missing(gone: BoolArray | None, evidence: ByteImage | None, at: tuple[np.ndarray, ...]) -> BoolArray:
    """(k,) from what is known to be gone, otherwise from the evidence."""
    if gone is not None:
        found: BoolArray = gone[at]
        return found
    if evidence is not None:
        return np.asarray(evidence[:, 0] != OBSERVED)
    raise BadInput(
        "Nothing says which part is meant.", "Give a mask, a texture with an alpha channel, or an evidence map."
    )


def _nearest_inside(texels: SurfaceTexels) -> IntArray:
    """(k,) for texels of the margin the number of the nearest in a chart, for others their own: masks say nothing of
    the gutter.
    """
    out = np.arange(len(texels), dtype=np.int32)
    for number in range(len(texels.tiles)):
        mine = texels.tile == number
        inside, beside = np.flatnonzero(mine & texels.inside), np.flatnonzero(mine & ~texels.inside)
        if not len(inside) or not len(beside):
            continue
        away = np.ones((texels.resolution, texels.resolution), dtype=np.uint8)
        away[texels.row[inside], texels.col[inside]] = 0
        _, labels = cv2.distanceTransformWithLabels(
            away, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
        )
        of_label = np.zeros(int(labels.max()) + 1, dtype=np.int32)
        of_label[labels[texels.row[inside], texels.col[inside]]] = inside
        out[beside] = of_label[labels[texels.row[beside], texels.col[beside]]]
    return out


def _tiles(picture: ByteImage | None, count: int, dimensions: int, name: str) -> ByteImage | None:
    """(T, R, R, C). Raises BadInput when there are fewer tiles than the mesh uses."""
    if picture is None:
        return None
    tiled = picture if picture.ndim == dimensions else picture[None]
    if len(tiled) != count:
        raise BadInput(
            f"The {name} has {len(tiled)} tiles, the mesh's texture coordinates use {count}.",
            "Give one picture for each UDIM tile that the mesh uses.",
        )
    if tiled.dtype != np.uint8:
        raise BadInput(f"The {name} is not of 8 bits a channel.", "Give it as uint8.")
    return tiled
