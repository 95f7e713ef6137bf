"""Textures a mesh by painted views or by photographs: files and parameters in, files and a report out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from ...errors import BadInput
from ...geometry.glb import png_bytes
from ...geometry.typing import Float32Array
from ...paradata import build_paradata, input_facts
from ...surface.material import load_material
from ..base import EngineResult, JobContext
from ..material.reading import Look
from .contract import Painter, PaintRequest, TextureOptions, TextureResult
from .exemplar import ExemplarPainter
from .info import ENGINES, TextureParams, painter_of
from .pipeline import texture_mesh
from .results import files_of, write_results
from .solid_painter import SolidPainter, look_of
from .sources import Sources, gather_sources

PREVIEW = 320
"""Pixels along a side of the pictures that are sent while painting."""
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
READ, PAINTED = 0.06, 0.92
"""Shares of the work after reading and after painting."""
MOSTLY = 0.5


def run(context: JobContext, params: TextureParams) -> EngineResult:
    """Texture the mesh. Raises PainterFailed, which names the view, BadInput, GeometryError and TooLarge."""
    context.progress(0.01, "Reading the prompt")
    look = _look(params)
    sources = gather_sources(context.inputs, params, context.out_dir, lambda text: context.progress(0.03, text))
    painter = _painter(params, look, sources, context)
    result = texture_mesh(
        sources.mesh,
        painter,
        _options(sources, look, context),
        lambda share, text: context.progress(min(READ + (PAINTED - READ) * share, PAINTED), text),
    )
    if painter is not None and painter.painted < len(result.views):
        context.log(f"{len(result.views) - painter.painted} views were painted by an attempt before.")
    context.progress(PAINTED, "Writing the texture")
    answer = _answer(params, look, sources, result)
    facts = input_facts(context.inputs)
    write_results(context.out_dir, sources, result, build_paradata(ENGINES[0], params, facts, answer, None, None))
    context.progress(1.0, "Done")
    return answer


def _options(sources: Sources, look: Look | None, context: JobContext) -> TextureOptions:
    options = replace(sources.options, checkpoint=context.keep_dir / "views")
    if look is None:
        return options
    # A material seen in space agrees with itself; brought to the brightness of what it replaces it would be another.
    return replace(options, match_exposure=False, register=False)


class ShownPainter:
    """A painter whose pictures are sent to whoever watches the job. It has the other one's name and abilities.

    painted: how many views it painted.
    """

    def __init__(self, painter: Painter, context: JobContext) -> None:
        self._painter = painter
        self._context = context
        self.name = str(getattr(painter, "name", type(painter).__name__))
        self.painted = 0

    def prepare(self, requests: Iterable[PaintRequest]) -> None:
        """Hand on the planned views, where the painter wants them."""
        prepare = getattr(self._painter, "prepare", None)
        if prepare is not None:
            prepare(requests)

    def paint(self, request: PaintRequest) -> Float32Array:
        """Have it painted, and show it."""
        picture = self._painter.paint(request)
        self._context.check_cancelled()
        self.painted += 1
        if isinstance(picture, np.ndarray) and picture.shape == request.rgb.shape and picture.dtype.kind == "f":
            self._context.preview(_small(picture))
        return picture


def _small(picture: Float32Array) -> bytes:
    height, width = picture.shape[:2]
    scale = PREVIEW / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shown = np.rint(255.0 * np.clip(np.nan_to_num(picture), 0.0, 1.0)).astype(np.uint8)
    return png_bytes(cv2.resize(shown, size, interpolation=cv2.INTER_AREA))


def _look(params: TextureParams) -> Look | None:
    """What the words mean, for the painter that paints from words alone. Raises BadInput when they name no material."""
    if painter_of(params.mode, params.painter) != "material":
        return None
    return look_of(params.prompt)


def _painter(params: TextureParams, look: Look | None, sources: Sources, context: JobContext) -> ShownPainter | None:
    if params.mode == "project":
        return None
    if look is not None:
        return ShownPainter(SolidPainter(sources.mesh, look, "z", sources.options.resolution), context)
    if params.mode == "generate" and sources.options.albedo is None:
        raise BadInput(
            "The painter “exemplar” continues what is there, and nothing is.",
            "Give the mesh's texture and what of it was observed, or choose the painter “material”.",
        )
    return ShownPainter(ExemplarPainter(), context)


def _answer(params: TextureParams, look: Look | None, sources: Sources, result: TextureResult) -> EngineResult:
    data: dict[str, Any] = {
        "mode": params.mode,
        "painter": painter_of(params.mode, params.painter) or None,
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
        "material": None if look is None else look.material,
        "material_title": None if look is None else load_material(look.material).title,
        "understood": [] if look is None else list(look.understood),
        "not_understood": [] if look is None else list(look.not_understood),
        "warnings": [] if look is None else list(look.warnings),
    }
    term = "compositeCapture" if params.mode == "project" else "compositeSynthetic"
    return EngineResult(files_of(result), data, _certainty(params, result), TERMS + term)


def _certainty(params: TextureParams, result: TextureResult) -> tuple[int, str]:
    """Level and note (docs/paradata.md)."""
    named = ("painted", "interpolated", "observed")
    shares = {name: f"{100.0 * result.coverage.get(name, 0.0):.1f} %" for name in named}
    if params.mode == "generate" and not result.coverage.get("observed"):
        return 1, "The form is that of the given mesh; its surface is imagined."
    if params.mode == "project":
        return 4, (
            f"The form is that of the given mesh; {shares['painted']} of its surface shows photographs, "
            f"{shares['interpolated']} is interpolated from beside it."
        )
    observed = result.coverage.get("observed", 0.0) >= MOSTLY
    return (4 if observed else 1), (
        f"The form is that of the given mesh; {shares['observed']} of its surface is as it was given, "
        f"{shares['painted']} is imagined after what surrounds it, {shares['interpolated']} is interpolated."
    )
