"""Reads the words of an artifact without making it."""

from __future__ import annotations

from ..base import EngineResult, JobContext
from . import types
from .ageing_words import read_ageing, with_named
from .info import ParametricParams
from .report import certainty, report
from .scaling import fit_as_measured, known_size
from .spec import resolve


def run(context: JobContext, params: ParametricParams) -> EngineResult:
    """The specification of these words, in ``data``; no files. Raises BadInput as making it would."""
    context.progress(0.1, "Reading the prompt")
    spec = resolve(params)
    kind = types.load(spec.type)
    spec = with_named(spec, read_ageing(params, spec, spec.material or kind.material))
    known = known_size(spec, params.width_m, params.depth_m, params.height_m, kind.round)
    fitted, _, _ = fit_as_measured(kind.size_m, known, kind.round, kind.flat, spec.neutral)
    context.progress(1.0, "Done")
    return EngineResult(
        files=(), data=report(spec, kind, params, fitted), certainty=certainty(spec, params, fitted, kind.flat)
    )
