"""A control net that is published as one file of weights, and which configuration belongs to it."""

import json
from pathlib import Path

import pytest
import tiny_generators
import torch
from safetensors.torch import load_file, save_file

from backend.engines.diffusion.faults import ModelUnusable
from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.recipes import Recipe
from backend.engines.diffusion.single_file import class_of_file, configuration
from backend.engines.diffusion.uses import prepared
from backend.errors import BackendError, DamagedModel, UnsafeModel
from backend.models.catalogue import built_in
from backend.models.places import Places
from backend.models.store import ModelStore

NET = "ZImageControlNetModel"
EMBEDDER = "control_all_x_embedder.2-1.weight"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zimage")
    tiny_generators.save_zimage(folder / "zimage")
    tiny_generators.save_zimage_control(folder / "control")
    return folder


def the_file(folder):
    return next(folder.glob("*.safetensors"))


def recipe(saved, file=None):
    return Recipe(
        "ZImageControlNetInpaintPipeline", saved / "zimage", {"controlnet": file or the_file(saved / "control")}
    )


def test_every_weight_comes_from_the_file_and_the_network_is_not_asked(saved, no_network):
    pipeline = load_pipeline(recipe(saved), "float32")
    kept, held = load_file(the_file(saved / "control")), pipeline.controlnet.state_dict()
    assert type(pipeline.controlnet).__name__ == NET and not pipeline.controlnet.training
    assert all(torch.equal(kept[name], held[name]) for name in kept)
    assert pipeline.controlnet.t_embedder is pipeline.transformer.t_embedder
    assert pipeline.controlnet.config.control_layers_places == list(range(0, 30, 2))


def test_precision_is_the_one_that_was_asked_for(saved):
    net = load_pipeline(recipe(saved), "bfloat16").controlnet
    assert {parameter.dtype for parameter in net.parameters()} == {torch.bfloat16}


def test_the_bundled_configuration_has_the_tensors_and_bytes_of_the_published_file():
    """295 tensors are what public readers of its header count; its size is that of the catalogue."""
    from accelerate import init_empty_weights
    from diffusers import ZImageControlNetModel

    published = next(model for model in built_in().models if model.id == "z-image-controlnet-union")
    shapes = {EMBEDDER: (3840, 132), "control_layers.0.attention.norm_q.weight": (128,)}
    with init_empty_weights():
        net = ZImageControlNetModel.from_config(configuration(NET, shapes, Path("published.safetensors")))
    tensors = net.state_dict()
    assert len(tensors) == 295
    header = published.files[0].size - 2 * sum(tensor.numel() for tensor in tensors.values())
    # Each entry of the header takes a name, a type, a shape and two offsets.
    assert 90 * len(tensors) < header < 150 * len(tensors)


def test_the_catalogue_leads_to_the_file_itself(saved, tmp_path):
    entry = {
        "title": "Tiny", "revision": "main", "pinned": False, "missing": "the commit", "size_bytes": 1,
        "licence": "mit", "source": "made up",
    }  # fmt: skip
    base = [{"path": "model_index.json"}, {"path": "transformer/*.safetensors"}]
    entries = [
        {**entry, "id": "z-image-turbo", "hub": "tiny/zimage", "files": base},
        {**entry, "id": "z-image-controlnet-union", "hub": "tiny/control", "files": [{"path": "*.safetensors"}]},
    ]
    (tmp_path / "catalogue.json").write_text(json.dumps({"models": entries}))
    ready = prepared("texture-zimage", ModelStore(Places(tmp_path, more=(saved,), offline=True)))
    assert ready.recipe.parts == {"controlnet": the_file(saved / "control")}
    assert type(load_pipeline(ready.recipe, "float32")).__name__ == "ZImageControlNetInpaintPipeline"


def altered(saved, folder, change):
    tensors = dict(load_file(the_file(saved / "control")))
    change(tensors)
    save_file(tensors, folder / "net.safetensors", metadata={"format": "pt"})
    return folder / "net.safetensors"


def lose(name):
    return lambda tensors: tensors.pop(name)


def narrow(tensors):
    name = "control_layers.3.feed_forward.w1.weight"
    tensors[name] = tensors[name][:-1].contiguous()


def untrained(tensors):
    tensors["control_noise_refiner.0.before_proj.weight"].zero_()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lose("control_layers.14.after_proj.bias"), "control_layers.14.after_proj.bias"),
        (lose("control_layers.0.attention.norm_q.weight"), "norm_q"),
        (narrow, "control_layers.3.feed_forward.w1.weight"),
        (untrained, "never trained"),
    ],
)
def test_weights_of_another_version_are_refused_with_the_tensor_that_tells(saved, tmp_path, change, said):
    with pytest.raises(ModelUnusable) as caught:
        load_pipeline(recipe(saved, altered(saved, tmp_path, change)), "float32")
    assert said in caught.value.message and "2.1" in caught.value.fix


def test_more_than_is_needed_does_no_harm(saved, tmp_path):
    def more(tensors):
        tensors["layers.0.attention.to_q.weight"] = torch.zeros(2, 2)

    assert load_pipeline(recipe(saved, altered(saved, tmp_path, more)), "float32").controlnet is not None


def test_a_file_of_something_else_is_named_as_such(saved, tmp_path):
    save_file({"unet.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    assert class_of_file(tmp_path / "other.safetensors") == ""
    with pytest.raises(ModelUnusable, match=r"other\.safetensors"):
        load_pipeline(recipe(saved, tmp_path / "other.safetensors"), "float32")


def test_half_a_file_a_missing_one_and_a_pickle_are_refused(saved, tmp_path):
    half = tmp_path / "half.safetensors"
    half.write_bytes(the_file(saved / "control").read_bytes()[:-100])
    pickled = tmp_path / "pickled.safetensors"
    pickled.write_bytes(b"\x80\x04cposix\nsystem\n.")
    for path, kind in ((half, DamagedModel), (pickled, UnsafeModel), (tmp_path / "none.safetensors", DamagedModel)):
        with pytest.raises(kind) as caught:
            load_pipeline(recipe(saved, path), "float32")
        assert isinstance(caught.value, BackendError) and caught.value.fix


def test_it_counts_in_the_progress_by_its_bytes(saved):
    told = []
    load_pipeline(recipe(saved), "float32", lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and any("controlnet" in what for _, what in told)
