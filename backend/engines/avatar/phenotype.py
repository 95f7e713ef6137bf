"""Who a MakeHuman body is, in words that people use, and what that weighs for each macro target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from ...errors import BadInput

NEWBORN_YEARS, OLDEST_YEARS = 0.0, 90.0
AGES = {"newborn": 0.0, "baby": 1.0, "child": 10.0, "young": 25.0, "old": 90.0}
"""Years of the five ages that have targets: MakeHuman's own (1, 10, 25, 90), and a newborn below them."""
SHARES = (
    *("gender", "muscle", "weight", "height", "proportions", "cup_size", "firmness"),
    *("african", "asian", "caucasian"),
)


@dataclass(frozen=True)
class Phenotype:
    """A body in MakeHuman's terms. Everything but ``age_years``, ``details`` and ``scale`` runs from 0 to 1.

    gender: 0 female, 1 male, as MakeHuman and MPFB2 have it. age_years: 0 to 90; beyond 25 only skin and posture age.
    height: between the shortest and the tallest of that build, not metres (``MakeHumanBody.with_height`` solves it).
    proportions: 0 uncommon, 1 ideal. african, asian, caucasian: parts of the ancestry, made to sum to 1.
    details: local changes by name (``MakeHumanBody.details``), -1 to 1. scale: multiplies the finished body.
    """

    gender: float = 0.5
    age_years: float = 25.0
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.5
    cup_size: float = 0.5
    firmness: float = 0.5
    african: float = 1 / 3
    asian: float = 1 / 3
    caucasian: float = 1 / 3
    details: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0

    def check(self) -> None:
        """Raise BadInput for a number outside its range."""
        ranges = {**dict.fromkeys(SHARES, (0.0, 1.0)), "age_years": (NEWBORN_YEARS, OLDEST_YEARS), "scale": (0.2, 5.0)}
        for one in fields(self):
            low, high = ranges.get(one.name, (0.0, 0.0))
            value = getattr(self, one.name)
            if one.name != "details" and not (np.isfinite(value) and low <= value <= high):
                raise BadInput(f"The body's {one.name} is {value}.", f"Give a number from {low:g} to {high:g}.")
        for name, value in self.details.items():
            if not (np.isfinite(value) and -1 <= value <= 1):
                raise BadInput(f"The body's detail {name} is {value}.", "Give a number from -1 to 1.")

    def traits(self) -> dict[str, float]:
        """What each trait weighs: interpolated between the two nearest anchors of each phenotype."""
        ancestry = np.array([self.african, self.asian, self.caucasian])
        ancestry = ancestry / ancestry.sum() if ancestry.sum() > 0 else np.full(3, 1 / 3)
        return {
            **dict(zip(("african", "asian", "caucasian"), ancestry.tolist(), strict=True)),
            **_between(self.age_years, tuple(AGES.values()), tuple(AGES)),
            **_between(self.gender, (0, 1), ("female", "male")),
            **_between(self.muscle, (0, 0.5, 1), ("minmuscle", "averagemuscle", "maxmuscle")),
            **_between(self.weight, (0, 0.5, 1), ("minweight", "averageweight", "maxweight")),
            **_between(self.height, (0, 1), ("minheight", "maxheight")),
            **_between(self.proportions, (0, 1), ("uncommonproportions", "idealproportions")),
            **_between(self.cup_size, (0, 0.5, 1), ("mincup", "averagecup", "maxcup")),
            **_between(self.firmness, (0, 0.5, 1), ("minfirmness", "averagefirmness", "maxfirmness")),
        }


def _between(value: float, anchors: tuple[float, ...], names: tuple[str, ...]) -> dict[str, float]:
    """Hat functions: 1 at the own anchor, 0 at the neighbours'."""
    eye = np.eye(len(names))
    return {name: float(np.interp(value, anchors, eye[row])) for row, name in enumerate(names)}
