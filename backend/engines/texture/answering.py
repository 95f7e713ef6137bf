"""What the engines that paint views say of a texture: the data of their result, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..base import EngineResult
from .contract import TextureResult
from .results import files_of
from .sources import Sources

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MOSTLY = 0.5


def answered(
    mode: str, painter: str | None, sources: Sources, result: TextureResult, more: Mapping[str, Any] | None = None
) -> EngineResult:
    """The result of a texturing without trained models. more: data of the painter."""
    data: dict[str, Any] = {
        "mode": mode,
        "painter": painter,
        "resolution": int(result.albedo.shape[-2]),
        "tiles": list(result.tiles),
        "views": [
            {
                "name": view.name,
                "kind": view.kind,
                # As cameras are given: in the axes and the unit of the mesh's file.
                "camera": sources.stands.camera_of_file(view.camera).to_json(),
                "share_new": round(view.share_new, 4),
                "share_update": round(view.share_update, 4),
                "texels": view.texels,
                "gain": [round(float(gain), 4) for gain in view.gain],
                "shift": [round(float(pixels), 3) for pixels in view.shift],
            }
            for view in result.views
        ],
        "coverage": {name: round(float(share), 6) for name, share in result.coverage.items()},
        "notes": list(dict.fromkeys((*sources.notes, *result.notes))),
        "timings": {name: round(float(seconds), 4) for name, seconds in result.timings.items()},
        "unwrapped": result.unwrapped,
        "metres_per_unit": sources.stands.factor,
        "up": sources.stands.up,
        "size_m": [round(float(side), 6) for side in np.ptp(sources.mesh.vertices[sources.mesh.faces.ravel()], axis=0)],
        "triangles": len(sources.mesh.faces),
        "material": None,
        "material_title": None,
        "understood": [],
        "not_understood": [],
        "warnings": [],
        **(more or {}),
    }
    term = "compositeCapture" if mode == "project" else "compositeSynthetic"
    return EngineResult(files_of(result), data, certainty(mode, result), TERMS + term)


def by_models(
    answer: EngineResult, result: TextureResult, models: tuple[Mapping[str, Any], ...], sampling: Mapping[str, Any]
) -> EngineResult:
    """The same for trained models, which paradata name (docs/paradata.md)."""
    whole = not result.coverage.get("observed")
    term = "trainedAlgorithmicMedia" if whole else "compositeWithTrainedAlgorithmicMedia"
    return replace(answer, digital_source_type=TERMS + term, models=models, sampling=sampling)


def certainty(mode: str, result: TextureResult) -> tuple[int, str]:
    """Level and note (docs/paradata.md)."""
    named = ("painted", "interpolated", "observed")
    shares = {name: f"{100.0 * result.coverage.get(name, 0.0):.1f} %" for name in named}
    if mode == "generate" and not result.coverage.get("observed"):
        return 1, "The form is that of the given mesh; its surface is imagined."
    if mode == "project":
        return 4, (
            f"The form is that of the given mesh; {shares['painted']} of its surface shows photographs, "
            f"{shares['interpolated']} is interpolated from beside it."
        )
    observed = result.coverage.get("observed", 0.0) >= MOSTLY
    return (4 if observed else 1), (
        f"The form is that of the given mesh; {shares['observed']} of its surface is as it was given, "
        f"{shares['painted']} is imagined after what surrounds it, {shares['interpolated']} is interpolated."
    )
