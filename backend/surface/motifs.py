"""Ornament as vector drawings: motifs read from ``data/motifs`` and drawn into small pictures."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..geometry.typing import Float32Array
from .drawing import draw, flatten
from .material import DATA

ROWS = 128
LEAST_ROWS, MOST_ROWS = 64, 1024
OVERSAMPLING = 4


class Title(BaseModel):
    """A name for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    zh: str


class Motif(BaseModel):
    """A drawing. kind: "tile" repeats sideways, "texture" sideways and upwards, "single" stands alone.

    aspect: width / height of one repeat. cultures: where it is at home. illustrative: a sentence for the result when
    the drawing only looks like what it stands for (a script that cannot be read). parts: shapes used by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    source: str
    kind: Literal["tile", "single", "texture"]
    aspect: float = Field(gt=0.0)
    cultures: tuple[str, ...] = ()
    illustrative: str = ""
    parts: dict[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict)
    shapes: tuple[dict[str, Any], ...]

    @property
    def wraps(self) -> tuple[bool, bool]:
        """Whether it goes on sideways, and upwards."""
        return self.kind != "single", self.kind == "texture"


@cache
def motif_names() -> tuple[str, ...]:
    """Every motif that has a data file, sorted."""
    return tuple(sorted(path.stem for path in (DATA / "motifs").glob("*.json")))


@cache
def load_motif(name: str) -> Motif:
    """The motif of this name. Raises KeyError when there is none."""
    path = DATA / "motifs" / f"{name}.json"
    if not path.is_file():
        raise KeyError(name)
    return Motif.model_validate(json.loads(path.read_text(encoding="utf-8")))


def motif(name: str, rows: int = ROWS) -> tuple[Float32Array, float]:
    """One repeat of a motif as coverage (rows, w) in 0..1, row 0 on top, and its width divided by its height."""
    return _drawn(name, rows), load_motif(name).aspect


@cache
def _drawn(name: str, rows: int) -> Float32Array:
    drawing = load_motif(name)
    sideways, upwards = drawing.wraps
    shifts = [
        (dx * drawing.aspect, float(dy))
        for dy in ((0, -1, 1) if upwards else (0,))
        for dx in ((0, -1, 1) if sideways else (0,))
    ]
    wide = max(round(rows * drawing.aspect), 8)
    oversampling = OVERSAMPLING if rows < 512 else 2
    picture = draw(list(flatten(drawing.shapes, drawing.parts)), wide, rows, oversampling, shifts)
    return picture.astype(np.float32) / np.float32(255.0)


@cache
def _embossed(name: str, rows: int, bevel: float) -> Float32Array:
    """The drawing as a height: edges rise smoothly over ``bevel`` motif heights."""
    flat = _drawn(name, rows)
    sideways, upwards = load_motif(name).wraps
    reach = max(round(bevel * rows), 1)
    x, y = (reach if sideways else 0), (reach if upwards else 0)
    wide = np.pad(flat, ((y, y), (x, x)), mode="wrap")
    wide = np.pad(wide, ((reach - y,) * 2, (reach - x,) * 2))
    inside = cv2.distanceTransform((wide > 0.5).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rise = np.clip(inside / np.float32(reach), 0.0, 1.0)
    height = np.sin(rise * np.float32(np.pi / 2.0)) * np.maximum(wide, 0.5)
    return np.ascontiguousarray(height[reach : reach + flat.shape[0], reach : reach + flat.shape[1]], dtype=np.float32)


def motif_at(name: str, wide: float, tall: float, bevel: float = 0.0) -> Float32Array:
    """(h, w) the motif as ``wide`` x ``tall`` samples show it: averaged over each sample when it is drawn finer."""
    rows = LEAST_ROWS
    while rows < min(tall, MOST_ROWS):
        rows *= 2
    picture = _embossed(name, rows, bevel) if bevel > 0.0 else _drawn(name, rows)
    size = (max(round(wide), 4), max(round(tall), 4))
    if size[0] >= picture.shape[1] and size[1] >= picture.shape[0]:
        return picture
    size = (min(size[0], picture.shape[1]), min(size[1], picture.shape[0]))
    return np.ascontiguousarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
