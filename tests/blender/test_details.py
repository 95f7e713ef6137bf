"""How the words of a prompt are understood, shown and overruled in Blender."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

Pump = Callable[[Callable[[], bool]], None]


def form() -> Any:
    return bpy.context.scene.museum.create


def read(museum: SimpleNamespace, pump: Pump, prompt: str) -> dict[str, Any]:
    form().prompt = prompt
    assert bpy.ops.museum.read_prompt() == {"FINISHED"}
    pump(lambda: not museum.runtime.current().readings)
    return json.loads(form().details.reading or "{}")


def make(museum: SimpleNamespace, pump: Pump) -> Any:
    form().texture_size, form().random_seed = "512", False
    assert bpy.ops.museum.create() == {"FINISHED"}
    jobs = bpy.context.scene.museum.jobs
    key = jobs[len(jobs) - 1].name

    def arrived() -> bool:
        assert jobs[key].state != "failed", (jobs[key].error, jobs[key].fix)
        return jobs[key].imported

    pump(arrived)
    return bpy.context.view_layer.objects.active


def test_the_words_are_shown_field_by_field_and_nothing_is_made(museum: SimpleNamespace, pump: Pump) -> None:
    reading = read(museum, pump, "blue-and-white porcelain meiping, Ming, 38 cm, chipped rim, quux")
    spec = reading["spec"]
    assert spec["type"]["value"] == "meiping"
    assert spec["material"]["value"] == "porcelain"
    assert spec["finish"]["value"] == "blue_and_white"
    assert "quux" in reading["not_understood"]
    assert not bpy.context.scene.museum.jobs
    assert not [item for item in bpy.data.objects if item.type == "MESH"]


def test_words_that_cannot_be_read_say_why_and_what_to_do(museum: SimpleNamespace, pump: Pump) -> None:
    read(museum, pump, "a laser printer")
    assert "laser printer" in form().details.problem
    assert form().details.remedy


def test_what_is_chosen_stands_above_the_words(museum: SimpleNamespace, pump: Pump) -> None:
    form().prompt = "terracotta bowl, 12 cm wide"
    assert bpy.ops.museum.choose_detail(field="material", value="bronze") == {"FINISHED"}
    item = make(museum, pump)
    spec = json.loads(item["museum_spec"])
    assert spec["material"]["value"] == "bronze" and spec["material"]["source"] == "asked"
    assert spec["type"]["value"] == "bowl" and spec["type"]["source"] == "words"


def test_an_object_gives_its_fields_back_to_the_form(museum: SimpleNamespace, pump: Pump) -> None:
    form().prompt = "limestone stele, 80 cm tall"
    bpy.ops.museum.choose_detail(field="condition", value="worn")
    item = make(museum, pump)
    seed = form().seed
    bpy.ops.museum.clear_details()
    form().prompt, form().random_seed = "", True
    bpy.context.view_layer.objects.active = item
    assert bpy.ops.museum.edit_object() == {"FINISHED"}
    assert form().prompt == "limestone stele, 80 cm tall"
    assert form().details.condition == "worn"
    assert (form().seed, form().random_seed) == (seed, False)


def test_the_choices_of_every_field_come_from_the_engine(museum: SimpleNamespace, pump: Pump) -> None:
    read(museum, pump, "bronze ding")
    choices = museum.runtime.current().choices
    for field in ("type", "material", "finish", "ornament", "culture", "period", "condition"):
        assert len(choices[field]) > 2, field
    titles = {choice.name: choice.title for choice in choices["type"]}
    assert titles["ding"].startswith("Ding")  # titles begin with a capital


def test_a_choice_that_there_is_not_is_refused(museum: SimpleNamespace, pump: Pump) -> None:
    read(museum, pump, "bronze ding")
    with pytest.raises(RuntimeError, match="There is no type named printer"):
        bpy.ops.museum.choose_detail(field="type", value="printer")


def test_what_was_read_can_be_kept_and_let_go(museum: SimpleNamespace, pump: Pump) -> None:
    read(museum, pump, "terracotta bowl, 12 cm tall, chipped rim")
    details = form().details
    for field in ("material", "damages", "height"):
        bpy.ops.museum.pin_detail(field=field)
    assert (details.material, set(details.damages)) == ("terracotta", {"chip"})
    assert form().height == pytest.approx(0.12)
    for field in ("material", "damages", "height"):
        bpy.ops.museum.pin_detail(field=field)
    assert (details.material, details.use_damages, form().height) == ("", False, 0.0)


def test_no_damage_stands_above_the_words(museum: SimpleNamespace, pump: Pump) -> None:
    form().prompt = "terracotta bowl, cracked, 12 cm wide"
    bpy.ops.museum.choose_damages(decide=True)
    spec = json.loads(make(museum, pump)["museum_spec"])
    assert spec["damages"]["value"] == [] and spec["damages"]["source"] == "asked"


def test_damage_that_is_ticked_is_decided_and_comes_back_from_the_object(museum: SimpleNamespace, pump: Pump) -> None:
    form().prompt = "terracotta bowl, 12 cm wide"
    form().details.damages = {"crack", "joins"}
    assert form().details.use_damages
    item = make(museum, pump)
    bpy.ops.museum.clear_details()
    assert not form().details.use_damages and not form().details.damages
    bpy.context.view_layer.objects.active = item
    bpy.ops.museum.edit_object()
    assert set(form().details.damages) == {"crack", "joins"}


def test_the_extension_offers_every_damage_that_the_engine_knows(museum: SimpleNamespace, pump: Pump) -> None:
    read(museum, pump, "bronze ding")
    offered = form().details.bl_rna.properties["damages"].enum_items.keys()
    assert offered == [choice.name for choice in museum.runtime.current().choices["damages"]]


def test_a_size_that_is_decided_is_read_with_the_others(museum: SimpleNamespace, pump: Pump) -> None:
    form().height = 0.5
    spec = read(museum, pump, "porcelain meiping, 38 cm tall")["spec"]
    assert (spec["height_m"]["value"], spec["height_m"]["source"]) == (0.5, "asked")


@pytest.mark.parametrize(
    "reading",
    [
        "",
        "[]",
        "{",
        '{"spec": {"type": 5, "width_m": {"value": []}}}',
        '{"spec": {"colours": {"value": ["red"], "confidence": "x"}}, "warnings": 7}',
    ],
)
def test_odd_readings_are_shown_and_kept_without_harm(museum: SimpleNamespace, reading: str) -> None:
    texts = import_module(f"{museum.package}.museum_addon.detail_texts")
    form().prompt = form().details.prompt = "bronze ding"
    form().details.reading = reading
    for field in texts.FIELDS:
        found = texts.entry(texts.reading_of(form()), field)
        assert texts.value_text(form(), field, texts.reading_of(form()))
        assert isinstance(texts.origin_text(found), str) and texts.icon(form(), field, found)


def test_choices_have_chinese_titles_too(museum: SimpleNamespace, pump: Pump) -> None:
    """A wheel speaks English only; tests with a window see them shown."""
    read(museum, pump, "bronze ding, Shang dynasty")
    chinese = {
        field: {choice.name: choice.chinese for choice in known}
        for field, known in museum.runtime.current().choices.items()
    }
    assert chinese["type"]["ding"] == "鼎"
    assert chinese["period"]["shang"] == "商代"
    assert chinese["texture_ageing"]["dust"] == "灰尘"
