"""From where an object is painted: the published views, the fewest that see everything, and what still pays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...geometry.cameras import Camera
from ...geometry.typing import Float32Array, FloatArray, Points
from .framing import FIELD_OF_VIEW, framed, outline
from .survey import PlannedView, Survey
from .view_names import Up, direction, view_name

PUBLISHED = Path(__file__).parent / "data" / "published_schedule.json"
GOOD = 0.5
"""The quality from which a place counts as well seen; more wins nothing."""
POOR = 0.5
"""A place of less than this worth is looked for from near by."""
WORTH_A_VIEW = 0.01
"""The least share of the wanted surface that a further view must win. What is smaller is filled from around it."""
WORTH_A_REFINEMENT = 0.004
FAMILIAR = 0.25
"""By how much of its win a first view from the front is preferred: it decides what the object looks like."""
ROUNDS = 3


def published(points: Points, up: Up, size: tuple[int, int], field_of_view: float = FIELD_OF_VIEW) -> list[PlannedView]:
    """The ten views of Text2Tex in their order, framed. points: (n, 3) the mesh's vertices, local frame."""
    hull = outline(points)
    views = json.loads(PUBLISHED.read_text(encoding="utf-8"))["views"]
    towards = [direction(view["azimuth"], view["elevation"], up) for view in views]
    return [PlannedView(framed(hull, d, up, size, field_of_view), view_name(d, up)) for d in towards]


def automatic(survey: Survey, most: int, painted: Float32Array | None = None) -> list[PlannedView]:
    """The fewest views, at most ``most``, that see what can be seen, and see it well; those that win most come first.

    painted: (k,) quality at the texels that is there already and need not be won. Greedy, which for sets to be covered
    is within a logarithm of the best (Chvátal 1979, A greedy heuristic for the set-covering problem); then each view is
    exchanged while that wins something, and what others make superfluous is dropped.
    """
    have = np.zeros(len(survey.area)) if painted is None else worth(painted[survey.texel])
    chosen = greedy(worth(survey.quality), have, survey.area, most, _familiar(survey))
    reached = _reached(worth(survey.quality), have, chosen)
    if len(chosen) < most and survey.area[reached < POOR].sum() > WORTH_A_VIEW:
        survey = survey.with_nearer(reached < POOR)
        chosen = greedy(worth(survey.quality), have, survey.area, most, _familiar(survey))
    table = worth(survey.quality)
    for _ in range(ROUNDS):
        exchanged = _without_superfluous(table, have, survey.area, _exchanged(table, have, survey.area, chosen))
        if exchanged == chosen:
            break
        chosen = exchanged
    order = greedy(table[chosen], have, survey.area, len(chosen), _familiar(survey)[chosen], 0.0)
    return [survey.views[chosen[k]] for k in order]


def next_refinement(survey: Survey, painted: Float32Array, taken: Sequence[Camera]) -> PlannedView | None:
    """The view that would improve most what was really painted; None where no view is worth it.

    painted: (k,) quality, 0..1, at the texels, 0 where nothing was painted. taken: cameras that painted already and
    would do no better again.
    """
    have = worth(painted[survey.texel])
    survey = survey.with_nearer(have < POOR)
    heat = _wins(worth(survey.quality), have, survey.area)
    heat[[any(_alike(view.camera, other) for other in taken) for view in survey.views]] = 0.0
    best = int(np.argmax(heat))
    return survey.views[best] if heat[best] > WORTH_A_REFINEMENT else None


def worth(quality: Float32Array) -> FloatArray:
    """What a quality is worth to the schedule, 0..1: to be seen at all counts most, and beyond GOOD nothing counts."""
    return np.asarray(np.sqrt(np.clip(quality / GOOD, 0.0, 1.0)), dtype=np.float64)


def greedy(
    table: FloatArray,
    have: FloatArray,
    area: FloatArray,
    most: int,
    bonus: FloatArray | None = None,
    least: float = WORTH_A_VIEW,
) -> list[int]:
    """Rows of ``table`` (c, n), one after the other that which wins most over all before it.

    have: (n,) what is there already. area: (n,) weights. bonus: (c,) factors that count for the first row alone. Ends
    when the best row wins no more than ``least``.
    """
    have, chosen = have.copy(), list[int]()
    while len(chosen) < min(most, len(table)):
        wins = _wins(table, have, area)
        wins[chosen] = -1.0
        wanted = wins if chosen or bonus is None else wins * bonus
        best = int(np.argmax(wanted))
        if wins[best] <= least and (chosen or wins[best] <= 0.0):
            break
        chosen.append(best)
        have = np.maximum(have, table[best])
    return chosen


def _wins(table: FloatArray, have: FloatArray, area: FloatArray) -> FloatArray:
    """(c,) by how much each row would raise what is there."""
    return np.asarray(np.maximum(table - have, 0.0) @ area)


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
        best = int(np.argmax(wins))
        if wins[best] > wins[chosen[place]] + 1e-9:
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


def _familiar(survey: Survey) -> FloatArray:
    """(c,) 1 to 1 + FAMILIAR: how much a view is from the front, a little above."""
    usual = direction(0.0, 15.0, survey.up)
    return np.array([1.0 + FAMILIAR * max(-float(view.camera.forward @ usual), 0.0) ** 4 for view in survey.views])


def _alike(one: Camera, other: Camera) -> bool:
    """Whether two cameras stand and look nearly the same."""
    return float(np.linalg.norm(one.place - other.place)) < 0.05 and float(one.forward @ other.forward) > 0.995
