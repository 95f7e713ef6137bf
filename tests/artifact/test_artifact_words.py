"""From words to a specification: types, materials, sizes, and words that nothing can be made of."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from backend.engines.artifact import types
from backend.engines.artifact.info import ParametricParams
from backend.engines.artifact.spec import resolve
from backend.errors import BadInput
from backend.surface.material import load_finish, load_material
from backend.words.lexicon import fold, lexicon
from backend.words.names import material_names, type_names

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("MUSEUM_TEST_DATA", HERE.parents[2] / "shared" / "data"))
SAMPLE = HERE.parents[1] / "museum_addon" / "exhibition" / "data" / "sample_records.json"
CARNEGIE = SHARED / "collections" / "cmoa_art_before_1300.json"


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def spec_of(prompt: str, **params):
    return resolve(ParametricParams(prompt=prompt, **params))


def record_params(record: dict) -> ParametricParams:
    """A record as the extension sends it: its fields joined by semicolons, and the fields themselves."""
    culture = (record.get("creator") or [{}])[0].get("nationality") or ""
    fields = [record["title"], record["classification"], record["medium"], culture, record["creation_date"]]
    return ParametricParams(
        prompt="; ".join(f for f in fields if f),
        record={
            "id": record["accession_number"],
            "title": record["title"],
            "classification": record["classification"] or "",
            "medium": record["medium"] or "",
            "culture": culture,
        },
        fallback="volume",
    )


@pytest.mark.parametrize("row", table("prompts.csv"), ids=lambda row: row["prompt"])
def test_a_prompt_is_read_as_a_person_would(row):
    spec = spec_of(row["prompt"])
    assert (spec.type, spec.material) == (row["type"], row["material"])
    if row["axis"]:
        assert spec.sizes.by_axis[row["axis"]] == pytest.approx(float(row["metres"]), rel=1e-9)
    else:
        assert not spec.sizes.by_axis


@pytest.mark.parametrize(
    ("prompt", "unread"),
    [
        ("amphora 45", "45"),
        ("amphora 45 tall", "45 tall"),
        ("amphora 30 furlongs tall", "30 furlongs tall"),
        ("amphora 30furlongs", "30furlongs"),
        ("amphora 6ft2 tall", "6ft2"),
        ("18 in bronze ding", "18"),
        ("高三十的鼎", "高三十"),
    ],
)
def test_a_size_that_cannot_be_read_is_never_passed_over_in_silence(prompt, unread):
    spec = spec_of(prompt)
    assert unread in spec.not_understood and not spec.sizes.by_axis
    assert any(f"“{unread}” could not be read" in warning for warning in spec.warnings)


@pytest.mark.parametrize(
    "prompt",
    [
        "vase c. 1750",
        "Tang (618-907) jar",
        "a 3-legged ding",
        "stele, 12th century",
        "bowl from 1450",
        "北宋1100年的瓶",
    ],
)
def test_a_date_is_no_size(prompt):
    spec = spec_of(prompt)
    assert not spec.sizes.by_axis and not spec.warnings


def test_the_first_of_two_sizes_of_one_side_is_taken_with_a_warning():
    spec = spec_of("amphora 30 cm tall and 60 cm tall")
    assert spec.sizes.by_axis == {"height": 0.3}
    assert spec.warnings == ("The height was given twice; “60 cm tall” was left out.",)


def test_chinese_measures_are_todays_and_say_so():
    spec = spec_of("高一尺的青铜鼎")
    assert spec.sizes.by_axis["height"] == pytest.approx(1 / 3) and "historical" in spec.warnings[0]


def test_words_that_are_not_known_are_listed_and_the_others_with_their_meaning():
    spec = spec_of("a zorbulated bronze ding 30 cm tall")
    assert spec.not_understood == ("zorbulated",)
    assert "ding → type ding" in spec.understood
    assert any("30 cm tall" in word for word in spec.understood)
    assert spec_of("奇妙的青铜鼎").not_understood == ("奇妙",)


def test_period_gives_culture_and_years():
    spec = spec_of("Tang dynasty jar")
    assert (spec.culture, spec.period, spec.years) == ("Chinese", "Tang dynasty", (618, 907))
    assert spec_of("唐代罐").years == (618, 907)
    assert spec_of("Eighteenth Dynasty jar").years == (-1549, -1069)


def test_the_first_of_two_materials_is_taken_with_a_warning():
    spec = spec_of("bronze marble bowl")
    assert spec.material == "bronze" and spec.secondary == ("marble",)
    assert spec.warnings == ("Several materials were named; bronze was taken.",)


def test_a_decoration_that_the_material_cannot_carry_is_left_out_with_a_warning():
    spec = spec_of("blue-and-white marble vase")
    assert spec.material == "marble" and spec.finish == "" and "marble" in spec.warnings[0]


def test_parameters_override_the_words():
    spec = spec_of("bronze ding", type="bowl", material="gold")
    assert (spec.type, spec.material) == ("bowl", "gold")


@pytest.mark.parametrize("words", ["a laser printer", "激光打印机", "xyzzy", "zorb", "camel", "🏺🏺"])
def test_an_object_of_no_type_names_types_that_are_supported(words):
    with pytest.raises(BadInput) as caught:
        spec_of(words)
    assert words in caught.value.message
    named = [name for name in type_names() if name in caught.value.fix]
    assert len(named) >= 3


@pytest.mark.parametrize(
    "size",
    [
        "0 cm",
        "-3 cm",
        "−3 cm",
        "4 km",
        "NaN cm",
        "inf m",
        "1/0 m",
        "0厘米",
        "9" * 400 + " m",
        "0.0001 mm",
        "1e9 m",
        "1e999 m",
    ],
)
def test_a_size_that_cannot_be_made_is_refused_with_a_fix(size):
    with pytest.raises(BadInput) as caught:
        spec_of(f"bowl {size}")
    assert "cannot be made" in caught.value.message and "30 cm tall" in caught.value.fix


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"prompt": ""}, "at least 1 character"),
        ({"prompt": "   \n "}, "the prompt is empty"),
        ({"prompt": "x" * 10_000}, "at most 2000 characters"),
        ({"prompt": "bronze\x00ding"}, "control characters"),
        ({"prompt": "bowl", "type": "amfora"}, "amphora"),
        ({"prompt": "bowl", "material": "bronse"}, "bronze"),
        ({"prompt": "bowl", "height_m": -0.03}, "greater than or equal to 0.001"),
        ({"prompt": "bowl", "height_m": 4000}, "less than or equal to 50"),
        ({"prompt": "bowl", "height_m": float("nan")}, "finite"),
        ({"prompt": "bowl", "texture_size": 300}, "512, 1024 or 2048"),
        ({"prompt": "bowl", "seed": -1}, "greater than or equal to 0"),
        ({"prompt": "bowl", "colour": "red"}, "not permitted"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_says_why(params, says):
    with pytest.raises(ValidationError) as caught:
        ParametricParams(**params)
    assert says in str(caught.value)


def test_zero_lengths_of_forms_mean_not_known():
    assert ParametricParams(prompt="bowl", width_m=0.0).width_m is None


def test_the_schema_lists_types_and_materials():
    properties = ParametricParams.model_json_schema()["properties"]
    assert properties["type"]["enum"] == [*type_names(), None]
    assert properties["material"]["enum"] == [*material_names(), None]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_fix(text):
    try:
        params = ParametricParams(prompt=text)
    except ValidationError:
        return
    try:
        spec = resolve(params)
    except BadInput as refused:
        assert refused.message and refused.fix
    else:
        assert spec.type in type_names()


WORDS = sorted(
    {form for facet in ("type", "material", "finish", "other", "colour") for form, _ in lexicon().forms(facet)}
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(WORDS),
            st.sampled_from([";", ",", "with", "of", "30 cm", "x", "-5", '7 1/8"', "高", "青铜", "梅瓶", "米"]),
        ),
        max_size=12,
    )
)
def test_any_mixture_of_known_words_is_read_or_refused_with_a_fix(words):
    if not (text := " ".join(words).strip()):
        return
    try:
        spec = resolve(ParametricParams(prompt=text, fallback="volume"))
    except BadInput as refused:
        assert refused.message and refused.fix
    else:
        assert spec.material in (*material_names(), "")


def test_the_vocabulary_names_only_what_exists():
    assert type_names() == types.names()
    for concept in lexicon().concepts:
        if concept.facet == "type":
            targets = {concept.details.get("type", concept.name), *concept.details.get("by_material", {}).values()}
            assert targets <= set(types.names()), concept
        elif concept.facet == "material":
            assert concept.details.get("material", concept.name) in material_names(), concept
        elif concept.facet == "finish":
            load_finish(concept.name)
            assert set(concept.details.get("only_on", ())) <= set(material_names()), concept


def test_every_type_has_words_in_both_languages_and_a_usual_material_that_exists():
    chinese = {concept.name for concepts in lexicon().chinese.values() for concept in concepts}
    for kind in types.all_types():
        assert kind.material in material_names()
        assert kind.name in chinese
        assert resolve(ParametricParams(prompt=kind.name.replace("_", " "), fallback="volume")).type == kind.name


@pytest.mark.parametrize("name", material_names())
def test_a_material_is_physically_plausible(name):
    material = load_material(name)
    assert material.source
    for entry in (material.base, *material.layers):
        metallic = entry.metallic if entry.metallic is not None else material.base.metallic
        if entry.colour is not None and metallic < 0.3 and not getattr(entry, "multiply", False):
            assert all(0.0 <= channel <= 0.9 for channel in entry.colour), entry


def test_folding_makes_spellings_equal():
    assert fold("KÝLIX") == fold("kylix") == fold("ｋｙｌｉｘ")


def test_traditional_chinese_is_the_same_as_simplified():
    traditional, simplified = spec_of("清代乾隆年製的漢白玉碑 高一米"), spec_of("清代乾隆年制的汉白玉碑 高一米")
    assert traditional == simplified and traditional.material == "marble"
    assert traditional.period.startswith("Qing dynasty")


def test_the_sample_records_of_the_repository_become_what_a_curator_expects():
    rows = table("carnegie_expected.csv") + table("sample_expected.csv")
    expected = {row["accession"]: (row["type"], row["material"]) for row in rows}
    records = json.loads(SAMPLE.read_text(encoding="utf-8"))
    assert len(records) >= 12
    for record in records:
        spec = resolve(record_params(record))
        assert (spec.type, spec.material) == expected[record["accession_number"]], record


@pytest.mark.skipif(not CARNEGIE.is_file(), reason="the shared collection file is not on this machine")
def test_records_of_a_real_gallery_become_what_a_curator_expects():
    records = json.loads(CARNEGIE.read_text(encoding="utf-8"))
    expected = {row["accession"]: (row["type"], row["material"]) for row in table("carnegie_expected.csv")}
    found = {}
    for record in records:
        spec = resolve(record_params(record))
        found[record["accession_number"]] = (spec.type, spec.material)
        assert spec.neutral == (spec.type == "volume")
        assert not spec.neutral or "neutral volume" in spec.warnings[0]
    assert len(records) == 54
    assert found == expected


@pytest.mark.parametrize("classification", ["paintings", "prints", "photographs", "textiles", "drawings"])
def test_flat_works_are_panels_whatever_they_show(classification):
    spec = spec_of(f"Vase of Flowers with a Horse; {classification}; oil on canvas", fallback="volume")
    assert spec.type == "panel"


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Cake basket; containers; silver", "volume"),
        ("Pitcher and tray; Ceramics; porcelain and glass", "jug"),
        ("Cup and saucer; Ceramics; porcelain", "bowl"),
        ("Untitled; mirrors; bronze", "mirror"),
        ("Teapot; Ceramics; porcelain", "teapot"),
    ],
)
def test_the_title_of_a_record_decides_and_a_class_of_things_does_not(prompt, name):
    assert spec_of(prompt, fallback="volume").type == name


def test_the_title_of_a_record_does_not_colour_it_or_say_where_it_is_from():
    spec = spec_of("China table jug (Green Tomato); Ceramics; porcelain; British; c. 1770", fallback="volume")
    assert spec.colour == "" and spec.culture == "European"
    assert spec_of("Stele; sculpture; pink sandstone; Khmer").colour != ""


def test_a_painting_of_a_figure_is_a_panel_and_a_figure_is_not():
    assert spec_of("Head of a Woman; paintings; oil on canvas", fallback="volume").material == "canvas"
    assert spec_of("Head of a Woman; sculpture; marble", fallback="volume").type == "head"


@pytest.mark.parametrize(
    ("words", "sides", "name"),
    [
        ("Figure; Ceramics; terracotta", (0.127, 0.387, 0.387), "volume"),
        ("Striding man figure; Wood; wood", (0.067, 0.076, 0.362), "standing_figure"),
        ("Horse; Ceramics; earthenware", (0.813, None, 0.762), "horse"),
        ("Stele; sculpture; stone", (0.1, 0.5, 0.9), "stele"),
    ],
)
def test_measurements_that_would_distort_a_body_make_a_neutral_volume(words, sides, name):
    wide, deep, high = sides
    spec = spec_of(words, fallback="volume", width_m=wide, depth_m=deep, height_m=high)
    assert (spec.type, spec.neutral) == (name, name == "volume")
    assert any("do not fit" in warning for warning in spec.warnings) == spec.neutral
    asked = spec_of(words, width_m=wide, depth_m=deep, height_m=high)
    assert asked.type != "volume"
