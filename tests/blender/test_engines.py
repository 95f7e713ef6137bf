"""Engines in the forms: which is chosen, what stands in its way, its settings from its schema, and presets."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")

Pump = Callable[[Callable[[], bool]], None]


def part(museum: SimpleNamespace, name: str) -> Any:
    return import_module(f"{museum.package}.museum_addon.{name}")


@pytest.fixture
def known(museum: SimpleNamespace, pump: Pump) -> SimpleNamespace:
    """The extension once the backend has said which engines there are. The neural ones cannot run with it."""
    museum.actions.start_backend(bpy.context)
    pump(lambda: museum.runtime.current().backend_answered)
    return museum


def scene() -> Any:
    return bpy.context.scene.museum


def test_engines_are_offered_before_the_backend_was_asked(museum: SimpleNamespace) -> None:
    engines = part(museum, "engines")
    assert (scene().create.engine, scene().texture.engine, scene().picture.engine) == ("parametric", "text2tex", "auto")
    assert engines.chosen(bpy.context.scene, "texture").available
    scene().picture.prompt = "a lamp"
    assert "Start the backend" in part(museum, "picture_actions").obstacle(bpy.context.scene)
    assert not bpy.ops.museum.picture.poll()


def test_an_engine_that_cannot_run_can_be_chosen_and_says_why(known: SimpleNamespace) -> None:
    texture_actions, engines = part(known, "texture_actions"), part(known, "engines")
    bpy.ops.mesh.primitive_cube_add()
    form = scene().texture
    form.mode, form.prompt, form.engine = "generate", "bronze", "sdxl"
    chosen = engines.chosen(bpy.context.scene, "texture")
    assert (chosen.name, chosen.available) == ("sdxl", False) and chosen.reason[0].isupper() and chosen.fix
    assert "`" not in chosen.fix  # a panel has no command line
    assert chosen.reason in texture_actions.obstacle(bpy.context) and not bpy.ops.museum.texture.poll()
    with pytest.raises(known.errors.InvalidRequest) as caught:
        texture_actions.texture_from_form(bpy.context)
    assert (caught.value.message, caught.value.fix) == (chosen.reason, chosen.fix)
    form.mode = "project"  # photographs are laid on by the embedded one
    assert texture_actions.engine_of(form).name == "text2tex"
    assert [item[3] for item in engines.items("texture")][:2] == ["NONE", "ERROR"]


def test_settings_have_the_schema_s_bounds_and_tooltips_and_only_changes_are_kept(known: SimpleNamespace) -> None:
    actions = part(known, "engine_actions")
    scene().picture.engine = "sdxl"
    group = scene().engines.text_to_image_sdxl
    about = group.bl_rna.properties["reference_strength"]
    assert about.description and (about.hard_min, about.hard_max) == (0.0, 1.0)
    assert about.default == pytest.approx(0.6)
    assert actions.settings_of(bpy.context, "text_to_image") == {}
    group.use_steps, group.steps, group.reference_strength, group.sampler = True, 4, 0.3, "lcm"
    actions.add_lora(bpy.context, "text_to_image", "bronze.safetensors", 0.7)
    changed = {"steps": 4, "reference_strength": 0.3, "sampler": "lcm",
               "loras": [{"name": "bronze.safetensors", "weight": 0.7}]}  # fmt: skip
    assert actions.settings_of(bpy.context, "text_to_image") == changed
    assert bpy.ops.museum.engine_reset(task="text_to_image", field="steps") == {"FINISHED"}
    bpy.ops.museum.lora_remove(task="text_to_image", index=0)
    assert actions.settings_of(bpy.context, "text_to_image") == {"reference_strength": 0.3, "sampler": "lcm"}
    bpy.ops.museum.engine_reset(task="text_to_image")
    assert actions.settings_of(bpy.context, "text_to_image") == {} and not group.is_property_set("sampler")


def test_a_wrong_setting_changes_nothing(known: SimpleNamespace) -> None:
    actions = part(known, "engine_actions")
    scene().picture.engine = "sdxl"
    for wrong in ({"steps": 0}, {"steps": 4, "sampler": "best"}, {"nothing": 1}):
        with pytest.raises(known.errors.InvalidRequest):
            actions.change(bpy.context, "text_to_image", wrong)
    assert actions.settings_of(bpy.context, "text_to_image") == {}
    with pytest.raises(known.errors.InvalidRequest, match="LoRA"):
        actions.add_lora(bpy.context, "text_to_image", "/tmp/a.ckpt")


def test_settings_stay_in_the_file_while_no_backend_is_there(known: SimpleNamespace, tmp_path: Path) -> None:
    actions, groups = part(known, "engine_actions"), known.runtime.current().engine_groups
    scene().picture.engine = "sdxl"
    actions.change(bpy.context, "text_to_image", {"steps": 4, "negative_prompt": "people"})
    groups.close()
    assert not hasattr(scene().engines, "text_to_image_sdxl")
    path = str(tmp_path / "kept.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    groups.update(known.runtime.current().engines)
    assert scene().picture.engine == "sdxl"
    assert actions.settings_of(bpy.context, "text_to_image") == {"steps": 4, "negative_prompt": "people"}


def test_settings_of_the_embedded_painter_go_with_its_request(known: SimpleNamespace) -> None:
    """The order is made as the button makes it; what is sent is what the backend's schema takes."""
    orders, actions = part(known, "scene.painting_orders"), part(known, "texture_actions")
    bpy.ops.mesh.primitive_cube_add(size=0.2)
    form = scene().texture
    form.mode, form.prompt = "generate", "bronze"
    part(known, "engine_actions").change(bpy.context, "texture", {"refinement_views": 0, "fill": "none"})
    settings = actions.settings_of(form)
    extra = part(known, "engines").settings_of(bpy.context.scene, actions.engine_of(form))
    settings = type(settings)(**{**vars(settings), "extra": extra})
    params = orders.order_of(bpy.context, bpy.context.active_object, settings, 3).request.params
    assert (params["refinement_views"], params["fill"], params["painter"]) == (0, "none", "auto")
    assert "align_views" not in params


def test_a_preset_is_saved_applied_shared_and_removed(known: SimpleNamespace, tmp_path: Path) -> None:
    presets, actions = part(known, "preset_actions"), part(known, "engine_actions")
    form = scene().texture
    form.engine, form.view_size = "sdxl", "512"
    actions.change(bpy.context, "texture", {"steps": 4, "sampler": "lcm"})
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "bronze.safetensors").write_bytes(b"x")
    actions.add_lora(bpy.context, "texture", str(tmp_path / "secret" / "bronze.safetensors"), 0.5)
    saved = presets.save(bpy.context, "texture", "Mine", notes="For bowls.")
    assert "secret" not in saved.path.read_text(encoding="utf-8")
    bpy.ops.museum.engine_reset(task="texture")
    form.engine, form.view_size = "text2tex", "768"
    key = presets.key_of(saved)
    assert bpy.ops.museum.preset_apply(key=key) == {"FINISHED"}
    assert (form.engine, form.view_size) == ("sdxl", "512")
    found = actions.settings_of(bpy.context, "texture")
    assert (found["steps"], found["sampler"], found["loras"][0]["name"]) == (4, "lcm", "bronze.safetensors")
    shared = presets.export_file(bpy.context, key, tmp_path / "shared")
    taken = presets.import_file(bpy.context, shared)
    assert shared.suffix == ".json" and taken.title == "Mine 2" and taken.notes == "For bowls."
    assert presets.remove(bpy.context, key) == "Mine" and not saved.path.exists()
    with pytest.raises(known.errors.InvalidRequest):
        presets.remove(bpy.context, key)


def test_every_bundled_preset_is_used_wholly(known: SimpleNamespace) -> None:
    presets = part(known, "preset_actions")
    bundled = [preset for preset in presets.refresh(bpy.context) if preset.bundled]
    assert len(bundled) >= 8
    for preset in bundled:
        applied = presets.apply(bpy.context, preset)
        assert applied.left == (), (preset.title, applied.left)
        kept = presets.current(bpy.context, preset.task, "Again").params
        assert set(preset.params.items()) <= set(kept.items()), preset.title


def test_a_preset_of_another_backend_says_so(known: SimpleNamespace, tmp_path: Path) -> None:
    presets = part(known, "preset_actions")
    found = {"schema": "museum-preset/1", "title": "Far", "task": "texture", "engine": "far", "params": {"steps": 4}}
    (tmp_path / "far.json").write_text(json.dumps(found), encoding="utf-8")
    taken = presets.import_file(bpy.context, tmp_path / "far.json")
    with pytest.raises(known.errors.InvalidRequest, match="far"):
        presets.apply(bpy.context, taken)
    assert scene().texture.engine == "text2tex"
    presets.remove(bpy.context, presets.key_of(taken))


def test_files_of_this_computer_travel_and_names_of_the_backend_s_stay(known: SimpleNamespace, tmp_path: Path) -> None:
    engines = part(known, "engines")
    parcel = part(known, "client.parcel").Parcel(tmp_path / "parcel")
    own = tmp_path / "own.safetensors"
    own.write_bytes(b"x")
    sdxl = engines.find("text_to_image", "sdxl")
    settings = {"steps": 4, "loras": [{"name": "there.safetensors", "weight": 1.0}, {"name": str(own), "weight": 0.5}]}
    sent = engines.with_files(sdxl, settings, parcel)
    assert sent["loras"] == [{"name": "there.safetensors", "weight": 1.0}, {"name": "lora.1", "weight": 0.5}]
    assert set(parcel.sources) == {"lora.1"} and sent["steps"] == 4
    image = bpy.data.images.new("Drawn", 40, 30)
    engines.add_picture(parcel, "reference", image)
    written = parcel.sources["reference"]()
    assert written.read_bytes().startswith(b"\x89PNG")
    own.unlink()
    with pytest.raises(known.errors.InvalidRequest, match="not there"):
        engines.with_files(sdxl, settings, parcel)


def test_errors_name_a_file_as_the_user_does(museum: SimpleNamespace) -> None:
    called = part(museum, "sending").called
    names = {"lora.1": "//styles/bronze.safetensors", "lora.10": r"C:\loras\jade.safetensors", "reference": "photo"}
    assert called("The LoRA lora.1 is cut off.", names) == "The LoRA bronze.safetensors is cut off."
    assert called("The LoRA lora.10 is cut off.", names) == "The LoRA jade.safetensors is cut off."
    assert called("There is no reference in lora.2.", names) == "There is no reference in lora.2."


def test_a_command_for_whoever_runs_the_backend_is_not_shown(museum: SimpleNamespace) -> None:
    fix = "Download it in the Models panel, or with `backend models pull {}`."
    listed = {"task": "text_to_3d", "name": "x", "fix": f"{fix.format('a')} {fix.format('b')}"}
    (choice,) = part(museum, "engines").choices_of([listed])
    assert choice.fix == "Download it in the Models panel."


def test_what_a_painter_does_is_said_in_chinese(museum: SimpleNamespace) -> None:
    """The most telling sentence is taken, and none that fits whatever has an "of" in it."""
    translations = part(museum, "translations")
    assert not any(one.fullmatch("VAE of Stable Diffusion XL") for one, _ in translations.patterns("zh_HANS"))
    text = "View 1 of 3: front from above, step 12 of 30"
    pattern, word = next(one for one in translations.patterns("zh_HANS") if one[0].fullmatch(text))
    assert word.format(*pattern.fullmatch(text).groups()) == "视图 1/3：正面上方，step 12 of 30"
