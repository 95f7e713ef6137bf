"""An engine's JSON Schema as the fields of a form, and values of a form as the engine's parameters. No Blender here."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import InvalidRequest

INT_LOW, INT_HIGH = -(2**31), 2**31 - 1
FLOAT_LIMIT = 1e6
DIGITS = 6
"""Significant digits of a number in a form: it is kept with 24 bits, and 0.1 must come back as 0.1."""
MAX_DEPTH = 6
MAX_LORAS = 8
RESET = "Change it, or press the arrow beside it for the engine's own value."
LORA_INPUT = "lora"
NULL = re.compile(r"\bnull:", re.IGNORECASE)
FORM_FIELDS: Mapping[str, frozenset[str]] = {
    "text_to_3d": frozenset((
        "prompt", "seed", "texture_size", "width_m", "depth_m", "height_m", "record", "fallback", "type", "material",
        "finish", "ornament", "colours", "culture", "period", "condition", "damages",
    )),
    "image_to_3d": frozenset((
        "prompt", "seed", "texture_size", "width_m", "depth_m", "height_m", "record", "fallback",
    )),
    "texture": frozenset((
        "prompt", "seed", "mode", "painter", "texture_size", "view_size", "cameras", "schedule", "view_count",
        "missing", "strength", "feather", "unwrap", "unit", "up", "ageing",
    )),
    "text_to_image": frozenset(("prompt", "seed", "width", "height", "surround")),
}  # fmt: skip
"""By task the parameters that its panel has fields of its own for, or that are gathered from the scene."""


@dataclass(frozen=True)
class Choice:
    """One of the values that a field may have. name: the value as text."""

    name: str
    value: str | int | float
    title: str


@dataclass(frozen=True)
class Field:
    """One parameter. kind: "bool", "int", "float", "string", "enum" or "loras" (a list of files with weights).

    optional: null is a value, which stands for "not decided". minimum, maximum: inclusive; None where none is given.
    step: of whole numbers, 1 where none is given. length: most characters, or most entries of a list; 0 where no most
    is given. covered: the panel has a field of its own for it, or it is gathered from the scene.
    """

    name: str
    kind: str
    title: str
    description: str = ""
    default: Any = None
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: int = 1
    length: int = 0
    pattern: str = ""
    choices: tuple[Choice, ...] = ()
    covered: bool = False


def fields_of(schema: Any, task: str = "") -> tuple[Field, ...]:
    """The fields of an engine's schema in its order.

    What a form cannot show (nested objects, other lists) is left out; so is everything in a schema of another shape.
    """
    root = _mapping(schema)
    definitions = _mapping(root.get("$defs"))
    covered = FORM_FIELDS.get(task, frozenset())
    made = (_field(str(name), entry, definitions) for name, entry in _mapping(root.get("properties")).items())
    return tuple(_covered(field) if field.name in covered else field for field in made if field is not None)


def names_of(schema: Any) -> frozenset[str]:
    """The names of all parameters of a schema, also of those that are no fields."""
    return frozenset(map(str, _mapping(_mapping(schema).get("properties"))))


def params_of(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that differ from the engine's own, of values by field. Raises InvalidRequest.

    Values of names that are no fields are left out; a list of LoRA files is answered as it is given.
    """
    found: dict[str, Any] = {}
    for field in fields:
        if field.name in values:
            value = checked(field, values[field.name])
            if value != field.default:
                found[field.name] = value
    return found


def checked(field: Field, value: Any) -> Any:
    """A value as the engine takes it; numbers are rounded to what a form can hold. Raises InvalidRequest."""
    if value is None:
        if field.optional:
            return None
        raise _wrong(field, "it has no value")
    match field.kind:
        case "bool":
            if isinstance(value, bool):
                return value
        case "int" | "float":
            return _number(field, value)
        case "enum":
            return _choice(field, value)
        case "string":
            return _string(field, value)
        case "loras":
            return _loras(field, value)
    raise _wrong(field, f"it cannot be {value!r}")


def _number(field: Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(field, f"{value!r} is not a number")
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    if field.kind == "int":
        if value != int(value):
            raise _wrong(field, f"{value:g} is not a whole number")
        number: int | float = int(value)
    elif isinstance(field.default, float) and math.isclose(value, field.default, rel_tol=1e-6):
        number = field.default
    else:
        number = float(f"{value:.{DIGITS}g}")
    # What a form rounded down below a bound is meant to be the bound.
    if field.kind == "float" and not low <= number <= high:
        nearest = min(max(number, low), high)
        number = nearest if math.isclose(nearest, number, rel_tol=1e-5, abs_tol=1e-9) else number
    if not low <= number <= high:
        raise _wrong(field, f"{number:g} is outside of {low:g} to {high:g}")
    if field.kind == "int" and number % field.step:
        raise _wrong(field, f"{number:g} is not a multiple of {field.step}")
    return number


def _choice(field: Field, value: Any) -> str | int | float:
    for choice in field.choices:
        if choice.name == value or (choice.value == value and not isinstance(value, bool)):
            return choice.value
    raise _wrong(field, f"“{value}” is not offered")


def _string(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(field, f"{value!r} is not a text")
    if field.length and len(value) > field.length:
        raise _wrong(field, f"it has {len(value)} characters; at most {field.length} are read")
    if field.pattern and value != field.default and not re.search(field.pattern, value):
        raise _wrong(field, f"“{value}” is not of the form {field.pattern}")
    return value


def _loras(field: Field, value: Any) -> list[dict[str, Any]]:
    entries = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else None
    if entries is None or len(entries) > (field.length or MAX_LORAS):
        raise _wrong(field, f"at most {field.length or MAX_LORAS} files are used")
    for entry in entries:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"]:
            raise _wrong(field, "an entry names no file")
        if set(entry) - {"name", "weight"}:
            raise _wrong(field, "an entry is more than a file and a weight")
    weight = Field("weight", "float", field.title, default=1.0, minimum=field.minimum, maximum=field.maximum)
    return [{"name": entry["name"], "weight": _number(weight, entry.get("weight", 1.0))} for entry in entries]


def _wrong(field: Field, why: str) -> InvalidRequest:
    return InvalidRequest(f"{field.title}: {why}.", RESET)


def _covered(field: Field) -> Field:
    return Field(**{**vars(field), "covered": True})


def _field(name: str, entry: Any, definitions: Mapping[str, Any]) -> Field | None:
    """One property as a field; None for what is none."""
    outer = _mapping(entry)
    inner, optional = _resolved(outer, definitions)
    optional = optional or ("default" in outer and outer["default"] is None)
    made = _typed(name, {**inner, **{key: value for key, value in outer.items() if key.startswith("x-")}}, definitions)
    if made is None:
        return None
    title = _text(outer.get("title")) or _text(inner.get("title")) or _title(name)
    description = _text(outer.get("description")) or _text(inner.get("description"))
    default = outer.get("default", inner.get("default"))
    made = {**made, "default": _default(made, default, optional)}
    description = NULL.sub(_automatic, " ".join(description.split()))
    return Field(name=name, title=title, description=description, optional=optional, **made)


def _automatic(found: re.Match[str]) -> str:
    """A form has no null: it says "Automatic" beside what is not decided."""
    return "automatic:" if found[0].islower() else "Automatic:"


def _typed(name: str, inner: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any] | None:
    """What depends on the type: kind, bounds, choices."""
    if "enum" in inner or "const" in inner:
        choices = _choices(inner)
        return {"kind": "enum", "choices": choices} if choices else None
    match inner.get("type"):
        case "boolean":
            return {"kind": "bool"}
        case "integer":
            return {"kind": "int", **_bounds(inner, 1), "step": int(_number_of(inner.get("multipleOf")) or 1) or 1}
        case "number":
            return {"kind": "float", **_bounds(inner, 0)}
        case "string" if inner.get("format") not in ("binary", "base64"):
            length = _number_of(inner.get("maxLength"))
            return {"kind": "string", "length": int(length or 0), "pattern": _text(inner.get("pattern"))}
        case "array":
            return _list_of_loras(inner, definitions)
    return None


def _list_of_loras(inner: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any] | None:
    item, _ = _resolved(_mapping(inner.get("items")), definitions)
    members = _mapping(item.get("properties"))
    if set(members) != {"name", "weight"}:
        return None
    weight, _ = _resolved(_mapping(members["weight"]), definitions)
    return {"kind": "loras", **_bounds(weight, 0), "length": int(_number_of(inner.get("maxItems")) or MAX_LORAS)}


def _bounds(inner: Mapping[str, Any], gap: int) -> dict[str, float | None]:
    """Inclusive bounds. gap: what lies between an excluded bound and the next value; 0 for real numbers."""
    low, high = _number_of(inner.get("minimum")), _number_of(inner.get("maximum"))
    above, below = _number_of(inner.get("exclusiveMinimum")), _number_of(inner.get("exclusiveMaximum"))
    if above is not None:
        inside = above + (gap or 1e-6 * max(1.0, abs(above)))
        low = inside if low is None else max(low, inside)
    if below is not None:
        inside = below - (gap or 1e-6 * max(1.0, abs(below)))
        high = inside if high is None else min(high, inside)
    return {"minimum": low, "maximum": high}


def _choices(inner: Mapping[str, Any]) -> tuple[Choice, ...]:
    values = inner["enum"] if isinstance(inner.get("enum"), list) else [inner.get("const")]
    titles = _mapping(inner.get("x-titles"))
    return tuple(
        Choice(str(value), value, _text(titles.get(str(value))) or _title(str(value)))
        for value in values
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    )


def _default(made: Mapping[str, Any], default: Any, optional: bool) -> Any:
    """The default, made to fit its kind; what the schema leaves open is None."""
    kind = made["kind"]
    if kind == "loras":
        return []
    if default is None and not optional and kind == "string":
        return ""
    if kind == "float" and isinstance(default, int) and not isinstance(default, bool):
        return float(default)
    return default


def _resolved(entry: Mapping[str, Any], definitions: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The schema behind references and "this or null", and whether it may be null."""
    optional = False
    for _ in range(MAX_DEPTH):
        reference = entry.get("$ref")
        if isinstance(reference, str):
            beside = {key: value for key, value in entry.items() if key != "$ref"}
            entry = {**_mapping(definitions.get(reference.rpartition("/")[2])), **beside}
            continue
        kinds = entry.get("type")
        if isinstance(kinds, list):
            rest = [kind for kind in kinds if kind != "null"]
            optional = optional or "null" in kinds
            entry = {**entry, "type": rest[0] if len(rest) == 1 else None}
            continue
        several = entry.get("anyOf") or entry.get("oneOf") or entry.get("allOf")
        if not isinstance(several, list):
            break
        rest = [one for one in several if _mapping(one).get("type") != "null"]
        optional = optional or len(rest) < len(several)
        if len(rest) != 1:
            return {}, optional
        beside = {key: value for key, value in entry.items() if key not in ("anyOf", "oneOf", "allOf")}
        entry = {**beside, **_mapping(rest[0])}
    return entry, optional


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number_of(value: Any) -> float | None:
    """A finite number, or None."""
    plain = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if plain else None


def _title(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
