"""From where an object is painted: the published views, the fewest that see everything, and what still pays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...geometry.cameras import Camera
from ...geometry.typing import Float32Array, FloatArray, Points
from .framing import FIELD_OF_VIEW, framed, outline
from .survey import SEEN, PlannedView, Survey
from .view_names import Up, direction, view_name

PUBLISHED = Path(__file__).parent / "data" / "published_schedule.json"
GOOD, BEST = 0.5, 0.9
"""A quality counts as good, and more wins little, from this share of what this quantile of the surface can have."""
TO_BE_SEEN, STILL_BETTER = 0.6, 0.05
"""What it is worth that a place is seen at all, and what is left for a quality beyond good; the rest is for good."""
POOR = 0.12
"""Places of less quality are looked at from near by."""
WORTH_A_VIEW = 0.006
"""The least share of the wanted surface that a further view must win. What is smaller is filled from around it."""
WORTH_A_REFINEMENT = 0.006
FAMILIAR = 1.0
"""By how much of its win a first view from the front is preferred: it decides what the object looks like."""
ROUNDS = 3
ALIKE = 0.0005
"""Wins that differ by less are the same: otherwise rounding would choose among the views of what is symmetric."""


def published(points: Points, up: Up, size: tuple[int, int], field_of_view: float = FIELD_OF_VIEW) -> list[PlannedView]:
    """The ten views of Text2Tex in their order, framed. points: (n, 3) the mesh's vertices, local frame."""
    hull = outline(points)
    views = json.loads(PUBLISHED.read_text(encoding="utf-8"))["views"]
    towards = [direction(view["azimuth"], view["elevation"], up) for view in views]
    return [PlannedView(framed(hull, d, up, size, field_of_view), view_name(d, up)) for d in towards]


def automatic(survey: Survey, most: int, painted: Float32Array | None = None) -> list[PlannedView]:
    """The fewest views, at most ``most``, that see what can be seen, and see it well; those that win most come first.

    painted: (k,) quality at the texels that is there already and need not be won.
    """
    already = np.zeros(len(survey.area), dtype=np.float32) if painted is None else painted[survey.texel]
    table, have = _worths(survey, already)
    chosen = greedy(table, have, survey.area, most)
    poor = np.maximum(already, survey.quality[chosen].max(axis=0, initial=0.0)) < POOR
    if survey.area[poor].sum() > WORTH_A_VIEW:
        survey = survey.with_nearer(poor)
        table, have = _worths(survey, already)
    chosen = fewest(table, have, survey.area, most)
    return [survey.views[k] for k in _in_order(survey, table, have, chosen)]


def next_refinement(survey: Survey, painted: Float32Array, taken: Sequence[Camera]) -> PlannedView | None:
    """The view that would improve most what was really painted; None where no view is worth it.

    painted: (k,) quality, 0..1, at the texels, 0 where nothing was painted. taken: cameras that painted already and
    would do no better again.
    """
    survey = survey.with_nearer(painted[survey.texel] < POOR)
    table, have = _worths(survey, painted[survey.texel])
    heat = _wins(table, have, survey.area)
    heat[[any(_alike(view.camera, other) for other in taken) for view in survey.views]] = 0.0
    best = int(np.argmax(heat))
    return survey.views[best] if heat[best] > WORTH_A_REFINEMENT else None


def worth(quality: Float32Array, good: float) -> FloatArray:
    """What a quality is worth to the schedule, 0..1. good: from where on more wins little."""
    well = (1.0 - TO_BE_SEEN - STILL_BETTER) * np.sqrt(np.clip(quality / good, 0.0, 1.0)) + STILL_BETTER * quality
    return np.asarray(np.where(quality > SEEN, TO_BE_SEEN + well, 0.0), dtype=np.float64)


def _worths(survey: Survey, painted: Float32Array) -> tuple[FloatArray, FloatArray]:
    """(c, n) what the candidates are worth, (n,) what is there."""
    seen = survey.best[survey.best > SEEN]
    good = GOOD * float(np.quantile(seen, BEST)) if len(seen) else GOOD
    return worth(survey.quality, good), worth(painted, good)


def fewest(table: FloatArray, have: FloatArray, area: FloatArray, most: int) -> list[int]:
    """Few rows of ``table`` that together win nearly all that can be won, as for ``greedy``.

    Greedy, which is within a logarithm of the fewest (Chvátal 1979, A greedy heuristic for the set-covering problem);
    then each row is exchanged while that wins something, and what others make superfluous is dropped.
    """
    chosen = greedy(table, have, area, most)
    for _ in range(ROUNDS):
        before = chosen
        chosen = _without_superfluous(table, have, area, _exchanged(table, have, area, chosen))
        if chosen == before:
            break
    return chosen


def greedy(
    table: FloatArray,
    have: FloatArray,
    area: FloatArray,
    most: int,
) -> list[int]:
    """Rows of ``table`` (c, n), one after the other that which wins most over all before it.

    have: (n,) what is there already. area: (n,) weights. Ends when the best row wins no more than is worth a view; but
    there is one in any case, if it wins anything.
    """
    have, chosen = have.copy(), list[int]()
    while len(chosen) < min(most, len(table)):
        wins = _wins(table, have, area)
        wins[chosen] = -1.0
        best = _first_best(wins)
        if wins[best] <= (WORTH_A_VIEW if chosen else 0.0):
            break
        chosen.append(best)
        have = np.maximum(have, table[best])
    return chosen


def _wins(table: FloatArray, have: FloatArray, area: FloatArray) -> FloatArray:
    """(c,) by how much each row would raise what is there."""
    return np.asarray(np.maximum(table - have, 0.0) @ area)


def _first_best(wins: FloatArray) -> int:
    return int(np.argmax(wins >= wins.max() - ALIKE))


def _reached(table: FloatArray, have: FloatArray, chosen: Sequence[int]) -> FloatArray:
    """(n,) the best of what is there and the chosen rows."""
    return np.maximum(have, table[list(chosen)].max(axis=0, initial=0.0))


def _exchanged(table: FloatArray, have: FloatArray, area: FloatArray, chosen: list[int]) -> list[int]:
    """Each row in turn replaced by the one that, with the others, wins most."""
    chosen = list(chosen)
    for place in range(len(chosen)):
        others = chosen[:place] + chosen[place + 1 :]
        wins = _wins(table, _reached(table, have, others), area)
        wins[others] = -1.0
        best = _first_best(wins)
        if wins[best] > wins[chosen[place]] + ALIKE:
            chosen[place] = best
    return chosen


def _without_superfluous(table: FloatArray, have: FloatArray, area: FloatArray, chosen: list[int]) -> list[int]:
    """Without rows that win too little beside the others, the least of them first."""
    chosen = list(chosen)
    while len(chosen) > 1:
        losses = [
            float(_wins(table[[k]], _reached(table, have, [c for c in chosen if c != k]), area)[0]) for k in chosen
        ]
        least = int(np.argmin(losses))
        if losses[least] > WORTH_A_VIEW:
            break
        del chosen[least]
    return chosen


def _in_order(survey: Survey, table: FloatArray, have: FloatArray, chosen: list[int]) -> list[int]:
    """The front first; then those that win much and see much of what was painted before, so that they continue it."""
    usual = direction(0.0, 15.0, survey.up)
    wins = _wins(table, have, survey.area)
    front = [max(-float(survey.views[k].camera.forward @ usual), 0.0) ** 8 for k in chosen]
    left = [k for _, k in sorted(zip(-wins[chosen] * (1.0 + FAMILIAR * np.array(front)), chosen, strict=True))]
    ordered: list[int] = []
    while left:
        there = _reached(table, have, ordered)
        wins = _wins(table[left], there, survey.area)
        context = np.minimum(table[left], there) @ survey.area / np.maximum(table[left] @ survey.area, 1e-12)
        ordered.append(left.pop(int(np.argmax(wins * (0.05 + context))) if ordered or there.any() else 0))
    return ordered


def _alike(one: Camera, other: Camera) -> bool:
    """Whether two cameras stand and look nearly the same."""
    return float(np.linalg.norm(one.place - other.place)) < 0.05 and float(one.forward @ other.forward) > 0.995
