"""From painted views to a texture: blend, agree with what was observed, fill what no view sees, gutter, evidence."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...geometry.gutter import fill_gutter
from ...geometry.surface_texels import SurfaceTexels
from ...geometry.texels import in_chunks
from ...geometry.typing import BoolArray, ByteImage, Float32Array, IntArray
from .canvas import Blend
from .contours import Continuation
from .contract import GUTTER, NO_VIEW, TextureOptions
from .evidence import Origins, codes, sureness
from .filling import fill_surface, match_surroundings, texel_graph
from .finishing_kernels import write
from .wanted import Task

PORE = 9
"""Texels: what is narrower between painted ones is filled, however it looked before."""


@dataclass(frozen=True)
class Finished:
    """albedo, evidence: (T, R, R, 3) uint8. origins: of the texels."""

    albedo: ByteImage
    evidence: ByteImage
    origins: Origins


def finished(
    texels: SurfaceTexels,
    pairs: IntArray,
    task: Task,
    blend: Blend,
    options: TextureOptions,
    guess: Continuation | None = None,
    pieces: IntArray | None = None,
) -> Finished:
    """The pictures. pairs: (p, 2) texels that show the same place on both sides of a seam. guess: how plain colours go
    on, for what no view sees. pieces: (F,) the connected piece of the mesh that each face is of.
    """
    painted = blend.painted & task.wanted
    if options.mode == "project" and task.nearest is not None:
        # A photograph may see where a chart would go on while the chart itself keeps what it shows.
        painted &= painted[task.nearest]
    colours = blend.colour if task.given is None else np.where(painted[:, None], blend.colour, task.given)
    missing = task.wanted & ~painted
    if options.mode in ("project", "refine") and task.given is not None:
        # What shows something stays where no view looks; but not in the pores between painted texels.
        missing &= _closed(texels, painted) if options.mode == "refine" else False
    filled = np.zeros_like(missing)
    known = ~missing
    if options.mode == "restore" or missing.any():
        graph = texel_graph(texels, pairs, pieces)
        if options.mode == "restore" and painted.any():
            colours = match_surroundings(graph, colours, painted, task.locked)
        if missing.any() and known.any() and options.fill == "surface":
            if guess is not None:
                sure = missing & guess.plain
                colours, known = np.where(sure[:, None], guess.colour, colours), known | sure
            colours = fill_surface(graph, colours, known)
            filled = missing
    if options.mode == "refine" and task.given is not None:
        share = _feathered(texels, painted | filled, options.feather)[:, None]
        colours = task.given + (colours - task.given) * share
    done = painted | filled
    if task.given is None:
        pairs = pairs[done[pairs].all(axis=1)]
    colours = _agreed(colours, pairs, done)
    kept = np.zeros_like(missing)
    if task.given is not None:
        kept = ~(painted | filled) if options.mode in ("project", "refine") else ~task.wanted
    origins = Origins(kept, painted, blend.view, blend.confidence, filled)
    return _pictures(texels, task, colours, origins, options)


def _agreed(colours: Float32Array, pairs: IntArray, free: BoolArray) -> Float32Array:
    """Colours in which texels beside a seam go half the way to those across it; free: (k,) which of them may."""
    one, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    count = np.bincount(one, minlength=len(free))
    beside = np.flatnonzero((count > 0) & free)
    out = colours.copy()
    for axis in range(3):
        across = np.bincount(one, colours[other, axis], len(free))[beside] / count[beside]
        out[beside, axis] = 0.5 * (colours[beside, axis] + across)
    return out


def _closed(texels: SurfaceTexels, painted: BoolArray) -> BoolArray:
    """(k,) the texels that were painted, and what is less than PORE texels wide between them."""
    out = painted.copy()
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (PORE, PORE))
    for number in range(len(texels.tiles)):
        mine = np.flatnonzero(texels.tile == number)
        region = np.zeros((texels.resolution, texels.resolution), dtype=np.uint8)
        region[texels.row[mine], texels.col[mine]] = painted[mine]
        region = cv2.morphologyEx(region, cv2.MORPH_CLOSE, kernel)
        out[mine] = region[texels.row[mine], texels.col[mine]] > 0
    return out


def _feathered(texels: SurfaceTexels, region: BoolArray, feather: int) -> Float32Array:
    """(k,) 0 at the border of the region, 1 ``feather`` texels inside it."""
    out = np.ones(len(region), dtype=np.float32)
    if feather <= 0:
        return out
    for number in range(len(texels.tiles)):
        mine = texels.tile == number
        open_ = np.ones((texels.resolution, texels.resolution), dtype=np.uint8)
        stays = mine & ~region & texels.inside
        open_[texels.row[stays], texels.col[stays]] = 0
        distance = cv2.distanceTransform(open_, cv2.DIST_L2, cv2.DIST_MASK_5)
        out[mine] = np.clip((distance[texels.row[mine], texels.col[mine]] - 0.5) / feather, 0.0, 1.0)
    return out * out * (3.0 - 2.0 * out)


def _pictures(
    texels: SurfaceTexels, task: Task, colours: Float32Array, origins: Origins, options: TextureOptions
) -> Finished:
    """Write the texels into pictures and fill the gutter from those that were written; beside what is kept it stays."""
    size, tiles = texels.resolution, len(texels.tiles)
    albedo, evidence = np.zeros((tiles, size, size, 3), np.uint8), np.zeros((tiles, size, size, 3), np.uint8)
    if (origins.painted | origins.filled | origins.kept).any():
        evidence[...] = (GUTTER, NO_VIEW, 0)
    written = np.zeros((tiles, size, size), dtype=bool)
    before = np.zeros((0, 3), np.uint8) if task.evidence is None else task.evidence

    def work(start: int, stop: int) -> None:
        p = slice(start, stop)
        write(
            texels.tile[p], texels.row[p], texels.col[p], texels.inside[p], colours[p], origins.painted[p],
            origins.filled[p], origins.kept[p], origins.view[p], origins.confidence[p], codes(options.mode),
            sureness(options.mode), before[p], albedo, evidence, written,
        )  # fmt: skip

    in_chunks(len(texels), work)
    if options.albedo is None or task.given is None:
        return Finished(fill_gutter(albedo, written, np.where(written, texels.index, -1)), evidence, origins)
    given = options.albedo.reshape(tiles, size, size, -1)[..., :3]
    kept = np.zeros_like(written)
    kept[texels.tile, texels.row, texels.col] = origins.kept
    stays = _nearer(kept, written)
    if task.gone is not None:
        inside = np.zeros_like(written)
        inside[texels.tile, texels.row, texels.col] = texels.inside
        kept &= inside | ~task.gone
        stays &= inside | ~task.gone
    stays |= kept
    albedo[kept] = given[kept]
    known = written | kept
    albedo = fill_gutter(albedo, known, np.where(known, texels.index, -1))
    albedo[stays] = given[stays]
    return Finished(albedo, evidence, origins)


def _nearer(one: BoolArray, other: BoolArray) -> BoolArray:
    """(T, R, R) where the nearest pixel of ``one`` is not further away than that of ``other``."""
    out = np.empty_like(one)
    for tile in range(len(one)):
        near, far = (_distance(mask[tile]) for mask in (one, other))
        out[tile] = near <= far
    return out


def _distance(mask: BoolArray) -> Float32Array:
    """(R, R) pixels to the nearest that is set; infinite where none is."""
    if not mask.any():
        return np.full(mask.shape, np.inf, dtype=np.float32)
    return np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), dtype=np.float32)
