"""From a field to a coloured surface: against fields whose surface is known in closed form."""

import warnings

import numpy as np
import pytest
import tiny_shapes
import torch
import trimesh
from safetensors.torch import load_file, save_file

from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.recipes import Recipe
from backend.engines.shapes.decoding import raw_shape, sampled, surface
from backend.engines.shapes.shap_e import Ask, Watching, sample
from backend.errors import Cancelled, GeometryError

CENTRE, RADIUS = np.array([0.1, 0.0, -0.05]), 0.6


def quiet(_share, _text):
    return None


def sphere(places):
    away = np.linalg.norm(places - CENTRE, axis=1)
    return np.tanh(RADIUS - away).astype(np.float32), (0.5 + 0.5 * places).astype(np.float32)


def beyond_the_cube(places):
    return np.tanh(1.2 - np.abs(places[:, 0]) - np.abs(places[:, 1])).astype(np.float32), np.abs(places)


def mesh_of(shape):
    return trimesh.Trimesh(shape.vertices, shape.faces, process=False)


@pytest.mark.parametrize(("resolution", "error"), [(32, 1.5e-3), (64, 4e-4)])
def test_a_sphere_comes_out_as_the_sphere_that_it_is(resolution, error):
    shape = raw_shape(sphere, resolution, 4096, quiet)
    mesh = mesh_of(shape)
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert np.abs(np.linalg.norm(shape.vertices - CENTRE, axis=1) - RADIUS).max() < error
    assert mesh.volume == pytest.approx(4.0 / 3.0 * np.pi * RADIUS**3, rel=10.0 / resolution**2)
    expected = 255.0 * (0.5 + 0.5 * shape.vertices)
    assert np.abs(shape.vertex_colours - expected).max() <= 0.51
    assert shape.up == "z"


def test_what_reaches_the_sides_of_the_cube_is_closed_there():
    shape = raw_shape(beyond_the_cube, 40, 4096, quiet)
    step = 2.0 / 39
    assert mesh_of(shape).is_watertight and mesh_of(shape).volume > 0.0
    assert np.abs(shape.vertices).max() <= 1.0 + step


def test_the_field_is_asked_in_the_order_of_its_axes_and_in_bounded_portions():
    asked = []

    def ramp(places):
        asked.append(len(places))
        return (places @ np.array([1.0, 10.0, 100.0])).astype(np.float32), places

    values = sampled(ramp, 9, 100, lambda share: None)
    line = np.linspace(-1.0, 1.0, 9)
    assert np.allclose(values, line[:, None, None] + 10.0 * line[:, None] + 100.0 * line, atol=1e-4)
    assert max(asked) == 100 and sum(asked) == 9**3


@pytest.mark.parametrize("value", [-0.5, 0.5, np.nan])
def test_a_field_without_a_surface_is_told_with_what_helps(value):
    with pytest.raises(GeometryError) as caught:
        surface(np.full((8, 8, 8), value, dtype=np.float32))
    assert caught.value.message.endswith(".") and "seed" in caught.value.fix


def test_decoding_stops_between_two_portions_once_cancelled():
    asked = []

    def counted(places):
        asked.append(len(places))
        return sphere(places)

    def stop(share, _text):
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        raw_shape(counted, 32, 1024, stop)
    assert sum(asked) < 0.5 * 32**3


def test_the_decoder_in_half_precision_is_found_too(tmp_path):
    """As it is published: one file with fp16 in its name."""
    folder = tiny_shapes.save_text(tmp_path / "model")
    weights = folder / "renderer" / "diffusion_pytorch_model.safetensors"
    halves = {name: tensor.half() for name, tensor in load_file(weights).items()}
    weights.unlink()
    save_file(halves, weights.with_name("diffusion_pytorch_model.fp16.safetensors"), {"format": "pt"})
    loaded = load_pipeline(Recipe("ShapEPipeline", folder), "float32").shap_e_renderer
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}
    held = loaded.state_dict()
    assert all(torch.equal(held[name], half.float()) for name, half in halves.items())


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, of their own parts
        folder = tiny_shapes.save_text(tmp_path_factory.mktemp("shap-e") / "model")
        return load_pipeline(Recipe("ShapEPipeline", folder), "float32")


def test_the_published_files_of_the_decoder_are_found_and_every_weight_is_loaded(pipeline, tmp_path):
    """The folder has its former name, and the tables of marching cubes are missing."""
    wanted = tiny_shapes.formed_renderer().state_dict()
    held = pipeline.shap_e_renderer.state_dict()
    crafted = [name for name in wanted if name.startswith("mlp.mlp.") or name.endswith(("norm.weight", "proj.bias"))]
    assert len(crafted) > 15
    assert all(torch.equal(held[name], wanted[name]) for name in crafted)


def test_the_decoder_s_surface_and_colours_are_those_that_its_weights_say(pipeline):
    told, shown = [], []
    watching = Watching(lambda share, text: told.append((share, text)), lambda: None, shown.append)
    answer, device = sample(pipeline, Ask({"prompt": "a b"}, 6, 3.0, 1), watching)
    shape = raw_shape(answer, 48, 8192, quiet)
    assert device == "cpu" and mesh_of(shape).is_watertight
    # The latents sway the form by about a hundredth.
    assert np.abs(tiny_shapes.inside(shape.vertices)).max() < 0.1
    assert np.abs(shape.vertex_colours - 255.0 * tiny_shapes.colour(shape.vertices)).max() < 6.0
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] < 1.0
    assert [text for _, text in told][-1] == "step 6 of 6"
    assert 3 <= len(shown) <= 6 and all(png.startswith(b"\x89PNG") for png in shown)


def test_sampling_stops_between_two_layers_once_cancelled(pipeline):
    checks = []

    def check():
        checks.append(1)
        if len(checks) > 7:
            raise Cancelled

    with pytest.raises(Cancelled):
        sample(pipeline, Ask({"prompt": "a b"}, 30, 3.0, 1), Watching(quiet, check, lambda png: None))
    assert len(checks) == 8
    hooks = [module._forward_pre_hooks for module in pipeline.prior.modules()]
    assert not any(hooks), "what listens must not stay behind"


def test_half_precision_of_the_rest_does_not_touch_the_decoder(pipeline):
    """Waves of 2^14 a unit are noise in bfloat16."""
    pipeline.shap_e_renderer.to(torch.bfloat16)
    answer, _ = sample(pipeline, Ask({"prompt": "a b"}, 2, 3.0, 1), Watching(quiet, lambda: None, lambda png: None))
    places = np.random.default_rng(0).uniform(-1.0, 1.0, (50, 3)).astype(np.float32)
    assert answer(places)[0].dtype == np.float32
    assert {parameter.dtype for parameter in pipeline.shap_e_renderer.parameters()} == {torch.float32}
