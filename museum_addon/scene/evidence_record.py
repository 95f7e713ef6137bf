"""What a material keeps of how its texture was made: the views that painted it, and the shares of its evidence map."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import bpy
from mathutils import Matrix

from ..core.errors import MuseumError
from ..core.evidence import Shares
from ..core.view_schedule import View, with_z_up
from . import evidence_pixels

VIEWS = "museum_views"
"""JSON: ``views`` with names and cameras (metres, Z up, about ``frame``); ``frame``, 4 x 4: the object's matrix."""
SHARES = "museum_shares"
"""JSON of ``Shares``."""
MOST_VIEWS = 255


def keep(
    material: bpy.types.Material,
    item: bpy.types.Object,
    origin: Sequence[float],
    evidence: bpy.types.Image | None,
    data: Mapping[str, Any],
) -> None:
    """Write it down once, when a result arrives. data: of the result. origin: (3,) of the frame of its cameras.

    What a faulty result says of its views is left out: the texture itself is good without.
    """
    for name in (VIEWS, SHARES):
        material.pop(name, None)
    if evidence is not None:
        keep_shares(material, evidence)
    views = _views(data.get("views"))
    if views:
        frame = item.matrix_world.copy()
        frame.translation = origin
        kept = {"views": views, "frame": [list(row) for row in frame]}
        material[VIEWS] = json.dumps(kept, ensure_ascii=False)


def keep_shares(material: bpy.types.Material, evidence: bpy.types.Image) -> None:
    """Count how the texels of a texture came to be."""
    try:
        found = evidence_pixels.counted(evidence_pixels.pixels_of(evidence))
    except MuseumError:
        return
    material[SHARES] = json.dumps(asdict(found))


def _views(given: Any) -> list[dict[str, Any]]:
    found = []
    for view in given[:MOST_VIEWS] if isinstance(given, list) else ():
        try:
            found.append({"name": str(view.get("name") or ""), "camera": with_z_up(view["camera"])})
        except (AttributeError, KeyError, TypeError, ValueError, IndexError):
            return []
    return found


def shares(material: bpy.types.Material | None) -> Shares | None:
    """The shares of its texture, if they were counted. Cheap enough for every drawing."""
    text = material.get(SHARES) if material is not None else None
    return _shares(text) if isinstance(text, str) else None


@lru_cache(maxsize=16)
def _shares(text: str) -> Shares | None:
    try:
        return Shares(**json.loads(text))
    except (ValueError, TypeError):
        return None


def views(material: bpy.types.Material | None) -> tuple[View, ...]:
    """The views that painted its texture, in their order. Cheap enough for every drawing."""
    return _kept(material)[0]


def frame(material: bpy.types.Material | None) -> Matrix:
    """The object's matrix when it was painted; the views' cameras stand about its translation."""
    return Matrix(_kept(material)[1])


def _kept(material: bpy.types.Material | None) -> tuple[tuple[View, ...], tuple[tuple[float, ...], ...]]:
    text = material.get(VIEWS) if material is not None else None
    return _read(text if isinstance(text, str) else "")


@lru_cache(maxsize=16)
def _read(text: str) -> tuple[tuple[View, ...], tuple[tuple[float, ...], ...]]:
    try:
        kept = json.loads(text)
        found = tuple(View(str(view["name"]), view["camera"]) for view in kept["views"])
        return found, tuple(tuple(row) for row in Matrix(kept["frame"]))
    except (ValueError, TypeError, KeyError):
        return (), tuple(tuple(row) for row in Matrix.Identity(4))
