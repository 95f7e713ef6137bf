"""Every pipeline of the catalogue: a tiny real one is saved, loaded by the product's own path, and makes something."""

import numpy as np
import PIL.Image
import pytest
import tiny_generators
import torch

from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.memory import needs_of
from backend.engines.diffusion.recipes import Recipe


def generator():
    return torch.Generator().manual_seed(1)


def picture(pipeline, **more):
    return pipeline(
        prompt="a b", num_inference_steps=2, height=32, width=32, generator=generator(), output_type="np", **more
    ).images


def grey():
    return PIL.Image.fromarray(np.full((64, 64, 3), 90, np.uint8))


CASES = {
    "Flux2KleinPipeline": (tiny_generators.save_flux2_klein, picture, (1, 32, 32, 3)),
    "ZImagePipeline": (tiny_generators.save_zimage, lambda made: picture(made, guidance_scale=0.0), (1, 32, 32, 3)),
    "ShapEPipeline": (
        tiny_generators.save_shap_e,
        lambda made: made(prompt="a b", num_inference_steps=2, generator=generator(), output_type="latent").images,
        (1, 32, 16),
    ),
    "MarigoldIntrinsicsPipeline": (
        tiny_generators.save_marigold,
        lambda made: made(grey(), generator=generator(), output_type="np").prediction,
        (2, 64, 64, 3),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_saved_pipeline_comes_back_and_makes_the_same_twice(name, tmp_path, no_network, capfd):
    save, make, shape = CASES[name]
    folder = save(tmp_path / "model")
    capfd.readouterr()
    made = []
    for _ in range(2):
        pipeline = load_pipeline(Recipe(name, folder), "float32")
        made.append(np.asarray(make(pipeline)))
    assert made[0].shape == shape and np.isfinite(made[0]).all() and made[0].std() > 0.01
    assert np.abs(made[0] - made[1]).max() < 1e-4
    assert needs_of(pipeline, 0).smallest == "sequential_offload"
    assert "Loading" not in capfd.readouterr().err, "a server's log is no place for progress bars"


def test_sdxl_makes_a_picture_from_words_alone(models, no_network):
    pipeline = load_pipeline(Recipe("StableDiffusionXLPipeline", models / "sdxl"), "float32")
    assert picture(pipeline).std() > 0.01
