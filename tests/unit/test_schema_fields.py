"""An engine's schema becomes fields, and values of the fields parameters that the schema takes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from museum_addon.core.errors import InvalidRequest
from museum_addon.core.requests import (
    PICTURE_SHAPES,
    PICTURE_SIZES,
    image_to_3d,
    picture_size,
    text_to_3d,
    text_to_image,
    texture_views,
)
from museum_addon.core.schema_fields import FORM_FIELDS, Field, checked, fields_of, names_of, params_of

LORA = {"type": "object", "properties": {"name": {"type": "string"}, "weight": {"type": "number", "minimum": -2,
        "maximum": 2, "default": 1}}, "required": ["name"], "additionalProperties": False}  # fmt: skip
SCHEMA = {
    "$defs": {"LoraParams": LORA, "Mode": {"enum": ["fast", "fine_grain"], "type": "string"}},
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "prompt": {"type": "string", "maxLength": 20},
        "steps": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"type": "null"}], "default": None,
                  "title": "Steps", "description": "How many\n  steps; null: enough."},
        "guidance": {"type": "number", "exclusiveMinimum": 0, "maximum": 30, "default": 7},
        "mode": {"$ref": "#/$defs/Mode", "default": "fast"},
        "side": {"type": "integer", "minimum": 64, "maximum": 2048, "multipleOf": 16, "default": 1024},
        "tiling": {"type": "boolean", "default": False},
        "colour": {"type": "string", "pattern": "^#[0-9a-f]{6}$", "default": "#ff00ff"},
        "loras": {"type": "array", "items": {"$ref": "#/$defs/LoraParams"}, "maxItems": 2, "default": []},
        "cameras": {"type": "array", "items": {"type": "object"}, "default": []},
        "missing": {"type": "object", "properties": {"source": {"type": "string"}}},
    },
}  # fmt: skip


def field(name: str) -> Field:
    return next(one for one in fields_of(SCHEMA, "text_to_image") if one.name == name)


def test_fields_have_what_the_schema_says() -> None:
    steps, guidance = field("steps"), field("guidance")
    assert (steps.kind, steps.optional, steps.default, steps.minimum, steps.maximum) == ("int", True, None, 1, 100)
    assert (steps.title, steps.description) == ("Steps", "How many steps; automatic: enough.")
    assert (
        guidance.kind == "float" and guidance.minimum > 0 and guidance.default == 7.0 and guidance.title == "Guidance"
    )
    assert [(choice.name, choice.title) for choice in field("mode").choices] == [
        ("fast", "Fast"),
        ("fine_grain", "Fine grain"),
    ]
    assert (field("loras").kind, field("loras").length, field("loras").minimum) == ("loras", 2, -2)
    assert (field("side").step, field("prompt").covered, field("tiling").covered) == (16, True, False)


def test_what_a_form_cannot_show_is_left_out() -> None:
    assert {one.name for one in fields_of(SCHEMA)} == set(SCHEMA["properties"]) - {"cameras", "missing"}
    assert names_of(SCHEMA) == set(SCHEMA["properties"])


ODD = (
    None, 5, [], {}, {"properties": 7}, {"properties": {"a": 3, "b": {}, "c": {"$ref": 1}}},
    {"properties": {"a": {"anyOf": "x"}, "b": {"enum": []}, "c": {"type": "array"}}},
    {"$defs": {"A": {"$ref": "#/$defs/A"}}, "properties": {"a": {"$ref": "#/$defs/A"}}},
)  # fmt: skip
NAMES = st.sampled_from(["properties", "type", "enum", "anyOf", "items", "default", "a", "minimum"])
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20
)


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_schema_has_no_fields(odd: Any) -> None:
    assert fields_of(odd) == ()


@settings(deadline=None)
@given(ANYTHING)
def test_no_schema_raises(odd: Any) -> None:
    for one in (odd, {"properties": odd}, {"properties": {"a": odd}}):
        assert isinstance(fields_of(one), tuple)


def test_only_what_differs_is_sent() -> None:
    fields = fields_of(SCHEMA)
    assert params_of(fields, {"steps": None, "guidance": 7.0, "mode": "fast", "tiling": False, "loras": []}) == {}
    given_ = {"steps": 4, "guidance": 1.0, "mode": "fine_grain", "unknown": 3}
    assert params_of(fields, given_) == {"steps": 4, "guidance": 1.0, "mode": "fine_grain"}


def test_a_number_kept_with_24_bits_comes_back_as_it_was_meant() -> None:
    import numpy as np

    tenth = Field("x", "float", "X", default=0.1, minimum=0.1, maximum=0.3)
    assert checked(tenth, float(np.float32(0.1))) == 0.1 and checked(tenth, float(np.float32(0.3))) == 0.3
    assert checked(tenth, float(np.float32(0.2))) == 0.2


@pytest.mark.parametrize(("name", "value"), [
    ("steps", 0), ("steps", 101), ("steps", 2.5), ("steps", "4"), ("steps", True), ("guidance", 0.0),
    ("guidance", float("nan")), ("guidance", None), ("mode", "best"), ("side", 1000), ("tiling", 1),
    ("prompt", "x" * 21),
    ("colour", "red"), ("loras", [{"name": "a"}] * 3), ("loras", "a"), ("loras", [{"weight": 1}]),
    ("loras", [{"name": "a", "weight": 3}]), ("loras", [{"name": "a", "path": "/x"}]),
])  # fmt: skip
def test_a_wrong_value_is_refused_with_the_name_of_its_field(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest, match=field(name).title) as caught:
        checked(field(name), value)
    assert caught.value.fix


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Anything that a form with this field could hold."""
    match field.kind:
        case "bool":
            made: st.SearchStrategy[Any] = st.booleans()
        case "int":
            low = -(-int(field.minimum if field.minimum is not None else -1000) // field.step)
            made = st.integers(low, int(field.maximum if field.maximum is not None else 10**6) // field.step)
            made = made.map(lambda number: number * field.step)
        case "float":
            low, high = field.minimum or 0.0, field.maximum if field.maximum is not None else 1e6
            made = st.floats(low, high, allow_nan=False)
        case "enum":
            made = st.sampled_from([choice.name for choice in field.choices])
        case "loras":
            entry = st.fixed_dictionaries({"name": st.just("a.safetensors"), "weight": st.floats(-2, 2)})
            made = st.lists(entry, max_size=field.length)
        case _:
            made = st.just(field.default) if field.pattern else st.text("abc 青", max_size=min(field.length or 50, 50))
    return st.none() | made if field.optional else made


def test_whatever_a_form_holds_the_engines_take(engines: list[dict[str, Any]]) -> None:
    """The values of every engine's form against its own schema, which jsonschema knows independently."""
    assert {engine["task"] for engine in engines} >= {"text_to_3d", "texture", "text_to_image"}
    for engine in engines:
        fields = [one for one in fields_of(engine["params"], engine["task"]) if not one.covered]
        # Whatever else the engine wants is the panel's: only what is set here is held against the schema.
        validator = jsonschema.Draft202012Validator({**engine["params"], "required": []})
        strategy = st.fixed_dictionaries({}, optional={one.name: values_of(one) for one in fields})

        @settings(max_examples=40, deadline=None)
        @given(strategy)
        def taken(values: dict[str, Any]) -> None:
            params = params_of(fields, values)  # noqa: B023 (called at once)
            validator.validate(params)  # noqa: B023
            assert all(params[one.name] != one.default for one in fields if one.name in params)  # noqa: B023

        taken()


def test_what_the_panels_have_fields_for_exists_in_an_engine(engines: list[dict[str, Any]]) -> None:
    """A parameter that was renamed would be drawn twice, and sent from the wrong place."""
    for task, names in FORM_FIELDS.items():
        known = set().union(*(names_of(one["params"]) for one in engines if one["task"] == task), frozenset())
        if known:
            assert names - known <= {
                "record",
                "fallback",
                "prompt",
                "texture_size",
                "width_m",
                "depth_m",
                "height_m",
            }, task


def test_requests_fit_the_schemas_of_their_engines(engines: list[dict[str, Any]]) -> None:
    """As ``sending`` has them: without parameters that the engine has not."""
    schemas = {(one["task"], one["name"]): one["params"] for one in engines}
    seen = 0
    for (task, name), schema in schemas.items():
        match task:
            case "texture" if name != "material":
                request = texture_views(
                    "bronze", mode="generate", seed=3, engine=name, settings={"refinement_views": 0}
                )
            case "text_to_image":
                request = text_to_image("a lamp", seed=3, engine=name, size=512, shape="wide", settings={"steps": 2})
            case "text_to_3d":
                request = text_to_3d("a lamp", seed=3, engine=name, height_m=0.3)
            case "image_to_3d":
                request = image_to_3d("", seed=3, engine=name, height_m=0.3)
            case _:
                continue
        seen += 1
        assert (request.task, request.engine) == (task, name)
        params = {key: value for key, value in request.params.items() if key in names_of(schema)}
        assert {"seed", "prompt"} & set(params)
        jsonschema.validate(json.loads(json.dumps(params)), schema)
    assert seen >= 4


@pytest.mark.parametrize("shape", PICTURE_SHAPES)
@pytest.mark.parametrize("size", PICTURE_SIZES)
def test_pictures_have_sides_that_models_take(size: int, shape: str) -> None:
    width, height = picture_size(size, shape)
    wide, high = PICTURE_SHAPES[shape][1]
    assert max(width, height) == size and width % 16 == height % 16 == 0
    assert width / height == pytest.approx(wide / high, rel=0.04)
