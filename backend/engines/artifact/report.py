"""What a result says: the completed specification, warnings, and how sure it all is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...words.names import shown, titles_of
from .fields import ArtifactSpec, Source, SpecField
from .info import ParametricParams
from .scaling import Fitted, unused_lengths
from .types.base import ArtifactType

SIDES = ("width", "depth", "height")
MAX_NOTED_FINDINGS = 3


def report(
    spec: ArtifactSpec, kind: ArtifactType, params: ParametricParams, fitted: Fitted
) -> dict[str, Any]:
    """What ``result.json`` says of the words: spec, chronology, understood, not_understood and warnings."""
    asked = (params.width_m, params.depth_m, params.height_m)
    unused = unused_lengths(spec, asked, kind.size_m, kind.round, kind.flat) if params.record is None else ()
    return {
        "spec": completed(spec, kind, params, fitted),
        "chronology": [asdict(finding) for finding in spec.chronology],
        "understood": list(spec.understood),
        "not_understood": list(spec.not_understood),
        "warnings": [*spec.warnings, *unused, *fitted.warnings],
    }


def completed(
    spec: ArtifactSpec, kind: ArtifactType, params: ParametricParams, fitted: Fitted
) -> dict[str, dict[str, Any]]:
    """Every field of the specification for JSON; what was not said is typical of the type."""
    fields: dict[str, SpecField[Any]] = dict(spec.fields)
    fields["type"] = fields["type"].model_copy(update={"title": kind.title})
    if not spec.material:
        title = titles_of("material").get(kind.material, shown(kind.material))
        fields["material"] = SpecField(value=kind.material, title=title, confidence=0.3)
    if not spec.culture and kind.culture and not spec.neutral:
        fields["culture"] = SpecField(value=kind.culture, title=kind.culture, confidence=0.3)
    for axis, name in enumerate(SIDES):
        fields[f"{name}_m"] = _side(spec, params, fitted, axis)
    return {name: field.model_dump(mode="json") for name, field in fields.items()}


def _side(spec: ArtifactSpec, params: ParametricParams, fitted: Fitted, axis: int) -> SpecField[float]:
    value = round(fitted.size[axis], 6)
    title = f"{value:g} m"
    if not fitted.sides[axis]:
        return SpecField(value=value, title=title, confidence=0.5 if fitted.given else 0.3)
    if any(side is not None for side in (params.width_m, params.depth_m, params.height_m)):
        source: Source = "asked" if params.record is None else "record"
        return SpecField(value=value, title=title, confidence=1.0, source=source)
    texts: Mapping[str, str] = spec.sizes.texts
    names = (SIDES[axis], "diameter", "thickness", "main")
    words = tuple(dict.fromkeys(texts[name] for name in names if name in texts))[:1]
    return SpecField(value=value, title=title, confidence=0.9, source="words", words=words)


def certainty(spec: ArtifactSpec, params: ParametricParams, fitted: Fitted, is_flat: bool) -> tuple[int, str]:
    """Level and note: what is imagined, what was asked for and what comes from the record. Level 2 needs all sides and
    the material of the record; of flat works the thickness does not count.
    """
    whose = "the record's" if params.record is not None else "as asked"
    size = _sizes(fitted, whose, "imagined" if spec.neutral else "typical of the type")
    checked = "".join(f" {finding.sentence}" for finding in spec.chronology[:MAX_NOTED_FINDINGS])
    if spec.neutral:
        return 1, f"A neutral volume stands in for the object: {size}; form and surface say nothing about it."
    if params.record is None:
        return 1, f"Form and surface are imagined from the type and the material; {size}.{checked}"
    from_record = bool(spec.material) and spec.fields.material.source == "record"
    material = "the material is the record's" if from_record else "the material is typical of the type"
    if spec.fields.material.source == "asked":
        material = "the material is as asked"
    wide, deep, high = fitted.sides
    whole = wide and high and (deep or is_flat)
    level = 2 if whole and from_record else 1
    return level, f"The form is imagined from the type; {size}; {material}; the surface is imagined.{checked}"


def _sizes(fitted: Fitted, whose: str, otherwise: str) -> str:
    """Which sides are known and which follow."""
    known = [name for name, side in zip(SIDES, fitted.sides, strict=True) if side]
    follow = [name for name in SIDES if name not in known]
    if not known:
        return f"the size is {otherwise}"
    said = f"{_listed(known)} {'is' if len(known) == 1 else 'are'} {whose}"
    if not follow:
        return said
    rest = "is imagined" if otherwise == "imagined" else "follows the type's proportions"
    if len(follow) > 1:
        rest = rest.replace("is ", "are ").replace("follows", "follow")
    return f"{said}, {_listed(follow)} {rest}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
