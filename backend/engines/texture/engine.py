"""Textures a mesh by painted views or by photographs: files and parameters in, files and a report out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...errors import BadInput
from ...paradata import build_paradata, input_facts
from ...surface.material import load_material
from ..base import EngineResult, JobContext
from ..material.reading import Look
from .answering import answered
from .contract import TextureOptions
from .exemplar import ExemplarPainter
from .info import ENGINES, TextureParams, painter_of
from .pipeline import texture_mesh
from .results import write_results
from .showing import ShownPainter
from .solid_painter import SolidPainter, look_of
from .sources import Sources, gather_sources

READ, PAINTED = 0.06, 0.92
"""Shares of the work after reading and after painting."""


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
    painted_by = painter_of(params.mode, params.painter) or None
    answer = answered(params.mode, painted_by, sources, result, _of_look(look))
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


def _of_look(look: Look | None) -> dict[str, Any]:
    """What the answer says of the words."""
    if look is None:
        return {}
    return {
        "material": look.material,
        "material_title": load_material(look.material).title,
        "understood": list(look.understood),
        "not_understood": list(look.not_understood),
        "warnings": list(look.warnings),
    }
