"""From what is known of an object's size to the exact size of its mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...errors import BadInput
from ...geometry.mesh import UVMesh
from ...limits import MAX_SIZE_M, MIN_SIZE_M
from .spec import ArtifactSpec

FLAT_SHARE = 0.5
LIKELY_RATIO = 1.6
LYING_SHARE = 0.35
FLAT_DEPTH_M = 0.02
NEUTRAL_SHARE = 0.45
SAME_SHARE = 0.02
"""Two lengths that differ by less are one, said in two units."""
Size = tuple[float, float, float]
Size3 = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Known:
    """Width, depth and height in metres as far as they are known, and a plain length whose direction the type
    decides.
    """

    width: float | None = None
    depth: float | None = None
    height: float | None = None
    main: float | None = None


@dataclass(frozen=True)
class Fitted:
    """size: width, depth, height in metres. given: how many of them were known. sides: which of them are settled by
    what was known (of round things a diameter settles two). warnings: sentences.
    """

    size: Size
    given: int
    warnings: tuple[str, ...]
    sides: tuple[bool, bool, bool] = (False, False, False)


def known_size(
    spec: ArtifactSpec, width: float | None, depth: float | None, height: float | None, is_round: bool
) -> Known:
    """Parameters before words; of the words a named side before a diameter before a thickness."""
    words: Mapping[str, float] = spec.sizes.by_axis
    diameter = words.get("diameter")
    thickness = words.get("thickness")
    if width is not None or depth is not None or height is not None:
        return Known(width, depth, height)
    return Known(
        width=words.get("width", diameter),
        depth=words.get("depth", diameter if diameter is not None else None if is_round else thickness),
        height=words.get("height", thickness if is_round else None),
        main=words.get("main"),
    )


def fit(typical: Size, known: Known, is_round: bool, is_flat: bool, is_neutral: bool = False) -> Fitted:
    """The exact size. typical: the mesh as built, (width, depth, height).

    Unknown sides follow the mean ratio of the known ones to the typical; a round type of which only one of width and
    depth is known gets both. The thickness of flat works does not follow. Raises BadInput when a side leaves the range
    that can be made.
    """
    sides = [known.width, known.depth, known.height]
    if known.main is not None:
        axis = main_axis(typical, is_flat)
        if sides[axis] is None:
            sides[axis] = known.main
    if is_round and (sides[0] is None) != (sides[1] is None):
        if sides[0] is None and sides[1] is not None:
            sides[0] = sides[1] * typical[0] / typical[1]
        elif sides[0] is not None:
            sides[1] = sides[0] * typical[1] / typical[0]
    settled = (sides[0] is not None, sides[1] is not None, sides[2] is not None)
    if is_neutral:
        sides = _neutral_sides(sides)
    ratios = [side / usual for side, usual in zip(sides, typical, strict=True) if side is not None]
    if is_flat and sides[1] is None:
        sides[1] = min(typical[1], FLAT_DEPTH_M)
    mean = sum(ratios) / len(ratios) if ratios else 1.0
    size = tuple(usual * mean if side is None else side for side, usual in zip(sides, typical, strict=True))
    _check(size)
    return Fitted((size[0], size[1], size[2]), sum(settled), _warnings(ratios) if is_round else (), settled)


def _neutral_sides(sides: list[float | None]) -> list[float | None]:
    """What is not known of an object of no type: width and depth are about 0.45 of the height."""
    width, depth, height = sides
    if width is None and depth is None and height is None:
        return sides
    height = height if height is not None else max(side for side in (width, depth) if side is not None) / NEUTRAL_SHARE
    usual = NEUTRAL_SHARE * height
    return [width if width is not None else usual, depth if depth is not None else usual, height]


def unused_lengths(spec: ArtifactSpec, asked: Size3, typical: Size, is_round: bool, is_flat: bool) -> tuple[str, ...]:
    """Sentences on lengths of the prompt that the size does not follow. asked: the parameters, None where not given."""
    words, said = spec.sizes.by_axis, spec.sizes.texts
    if any(side is not None for side in asked):
        named = dict(zip(("width", "depth", "height"), asked, strict=True))
        left = [said[axis] for axis in words if named.get(axis) != words[axis]]
        return tuple(f"“{text}” was left out: the size was given in numbers." for text in dict.fromkeys(left))
    rival: dict[str, tuple[str, ...]] = {"diameter": ("width", "depth")}
    rival["thickness"] = ("height",) if is_round else ("depth",)
    rival["main"] = (("width", "depth", "height")[main_axis(typical, is_flat)],)
    found = []
    for axis, others in rival.items():
        # The side may be named itself, or follow from the diameter.
        taken = [o for o in others if o in words or (axis == "main" and o != "height" and "diameter" in words)]
        if axis in words and len(taken) == len(others):
            source = taken[0] if taken[0] in words else "diameter"
            if abs(words[source] - words[axis]) <= SAME_SHARE * words[source]:
                continue
            found.append(f"“{said[axis]}” was left out: “{said[source]}” says the {source}.")
    return tuple(found)


def stands_upright(typical: Size, known: Known) -> bool:
    """Whether a thing that lies flat as built (a tile, a mirror, a disc) was measured standing: high, but not deep."""
    if typical[2] > LYING_SHARE * min(typical[0], typical[1]) or known.height is None:
        return False
    if known.depth is not None:
        return known.depth < known.height
    return known.width is not None and known.height > 2.0 * known.width * typical[2] / typical[0]


def fit_as_measured(
    built: Size, known: Known, is_round: bool, is_flat: bool, is_neutral: bool = False
) -> tuple[Fitted, Size, bool]:
    """The exact size; the size of the mesh as built; and whether it must then be set up (``raised``)."""
    if not stands_upright(built, known):
        fitted = fit(built, known, is_round, is_flat, is_neutral)
        return fitted, fitted.size, False
    fitted = fit(built, replace(known, depth=known.height, height=known.depth), is_round, is_flat, is_neutral)
    (width, depth, height), (wide, deep, high) = fitted.size, fitted.sides
    return replace(fitted, size=(width, height, depth), sides=(wide, high, deep)), fitted.size, True


def raised(mesh: UVMesh) -> UVMesh:
    """A mesh that lies flat, set up so that its top faces the front (-y) and its base centre is the origin again."""
    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    vertices = mesh.vertices @ turn.T
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices -= np.array([0.0, (low[1] + high[1]) / 2.0, low[2]])
    return replace(mesh, vertices=vertices, normals=mesh.normals @ turn.T)


def main_axis(typical: Size, is_flat: bool) -> int:
    """The side that a plain length means: the height, but for things that lie flat the larger of width and depth."""
    if is_flat or typical[2] >= FLAT_SHARE * max(typical[0], typical[1]):
        return 2
    return 0 if typical[0] >= typical[1] else 1


def _check(size: tuple[float, ...]) -> None:
    for side, name in zip(size, ("width", "depth", "height"), strict=True):
        if not MIN_SIZE_M * 0.05 <= side <= MAX_SIZE_M:
            raise BadInput(
                f"With the proportions of this type the {name} would be {side:g} m.",
                f"Give sizes between {MIN_SIZE_M * 1000:g} mm and {MAX_SIZE_M:g} m, and the {name} as well.",
            )


def _warnings(ratios: list[float]) -> tuple[str, ...]:
    """A true size stays as it is, but far from what a wheel makes it may have been measured or typed wrongly."""
    if len(ratios) < 2 or max(ratios) <= LIKELY_RATIO * min(ratios):
        return ()
    stretch = max(ratios) / min(ratios)
    return (
        f"The given size stretches the usual proportions of this type {stretch:.1f} times; check the measurements.",
    )
