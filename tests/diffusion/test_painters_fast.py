"""The LoRA that a sampler of few steps needs: the catalogue's, beside what the user brings."""

import hashlib
import shutil

import pytest
import serving
import tiny_adapters

from backend.engines.diffusion.recipes import LoraFile
from backend.engines.diffusion.sampling import sampler
from backend.engines.painters.fast import fast_lora
from backend.errors import BadInput, Unavailable
from backend.models.places import Places
from backend.models.store import ModelStore

USE, MODEL = "texture-sd15", "lcm-lora-sd15"


@pytest.fixture
def models(tmp_path):
    return serving.TinyModels(tmp_path / "served")


@pytest.fixture
def store(models):
    return ModelStore(Places(models.folder, more=(models.more,), offline=True))


@pytest.fixture
def style(tmp_path):
    path = tiny_adapters.save_lora(tiny_adapters.sd15_unet(), tmp_path / "style.safetensors")
    return LoraFile(path, 0.7, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_style_of_the_user_does_not_take_the_place_of_the_samplers_own(models, store, style):
    models.need(MODEL)
    found = fast_lora(sampler("lcm"), USE, store, (style,))
    assert found is not None and found.file.path.parent == models.path(MODEL) and found.model["id"] == "tiny/lcm-sd15"


def test_without_the_catalogues_a_lora_of_the_user_has_to_do(store, style):
    assert fast_lora(sampler("lcm"), USE, store, (style,)) is None
    assert fast_lora(sampler("tcd"), USE, store, (style,)) is None


def test_without_any_it_is_said_what_to_do(store):
    with pytest.raises(Unavailable) as caught:
        fast_lora(sampler("lcm"), USE, store, ())
    assert f"backend models pull {MODEL}" in caught.value.fix
    with pytest.raises(BadInput, match="needs a LoRA"):
        fast_lora(sampler("tcd"), USE, store, ())


def test_samplers_that_need_none_get_none(models, store):
    models.need(MODEL)
    assert fast_lora(sampler("euler"), USE, store, ()) is None


def test_the_same_file_is_not_added_twice(models, store, tmp_path):
    models.need(MODEL)
    theirs = fast_lora(sampler("lcm"), USE, store, ()).file
    copy = shutil.copy(theirs.path, tmp_path / "mine.safetensors")
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    assert fast_lora(sampler("lcm"), USE, store, (LoraFile(copy, 0.8, digest),)) is None
