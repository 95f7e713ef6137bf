"""From the catalogue of models to what is loaded, with tiny models in the place of the real ones."""

import json

import pytest

from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.uses import availability_of, prepared
from backend.errors import Unavailable
from backend.models.places import Places
from backend.models.store import ModelStore

NET = [{"path": "config.json"}, {"path": "*.safetensors"}]
BASE = [{"path": "model_index.json"}, {"path": "unet/config.json"}, {"path": "unet/*.safetensors"}]


def entry(name, folder, files):
    return {
        "id": name, "title": name.title(), "hub": f"tiny/{folder}", "revision": "main", "pinned": False,
        "missing": "the commit", "files": files, "size_bytes": 1_000_000_000, "licence": "mit", "source": "made up",
    }  # fmt: skip


@pytest.fixture
def store(models, tmp_path):
    """A museum's own catalogue that names the tiny models; they lie in a further folder."""
    use = {
        "id": "tiny-sd15", "title": "Tiny", "task": "texture", "engine": "tiny", "models": {
            "base": "tiny-base", "controlnet": "tiny-depth"
        }, "pipeline": "StableDiffusionControlNetInpaintPipeline", "memory": {
            "full": 6.0, "model_offload": 4.0, "sequential_offload": 2.0, "source": "made up"
        },
    }  # fmt: skip
    absent = {**use, "id": "absent", "models": {"base": "tiny-base", "controlnet": "nowhere"}}
    catalogue = {
        "models": [
            entry("tiny-base", "sd15", BASE), entry("tiny-depth", "depth", NET), entry("nowhere", "not-there", NET)
        ],
        "uses": [use, absent],
    }  # fmt: skip
    (tmp_path / "catalogue.json").write_text(json.dumps(catalogue))
    return ModelStore(Places(tmp_path, more=(models,), offline=True))


def test_a_use_of_the_catalogue_is_loaded_from_where_its_models_lie(store, models, no_network):
    ready = prepared("tiny-sd15", store)
    assert ready.recipe.folder == models / "sd15" and ready.recipe.parts == {"controlnet": models / "depth"}
    assert (ready.needs.full, ready.needs.smallest) == (6 * 10**9, "sequential_offload")
    assert ready.models["base"]["licence"] == "mit" and ready.models["base"]["id"] == "tiny/sd15"
    assert type(load_pipeline(ready.recipe, "float32")).__name__ == ready.recipe.pipeline
    assert availability_of("tiny-sd15", store).available


def test_what_is_not_here_is_named_with_its_size_and_how_to_get_it(store):
    state = availability_of("absent", store)
    assert not state.available and "Nowhere is not on this machine (1.0 GB)" in state.reason
    assert "backend models pull absent" in state.fix
    with pytest.raises(Unavailable):
        prepared("absent", store)


def test_every_use_of_the_catalogue_names_a_pipeline_that_is_on_the_list():
    from backend.engines.diffusion.recipes import rule
    from backend.models.catalogue import built_in

    for use in built_in().uses:
        chosen = rule(use.pipeline)
        assert set(chosen.added) <= set(use.models), use.id
        assert use.memory.full >= (use.memory.model_offload or 0)
