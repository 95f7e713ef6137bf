"""Previews: quick, small, and right where the decoder is not asked for each."""

from io import BytesIO
from types import SimpleNamespace

import pytest
import tiny_models
import torch
from PIL import Image

from backend.engines.diffusion.previews import COLOURS, Previews, coloured, colours_of, measured
from backend.engines.pictures.denoising import denoised
from backend.engines.pictures.families import FAMILIES, Order
from backend.errors import BackendError


class Linear(torch.nn.Module):
    """A decoder that gives each latent the colour of a known map, 4 x 4 pixels large."""

    def __init__(self):
        super().__init__()
        self.convert = torch.nn.Conv2d(5, 3, 1)
        self.enlarge = torch.nn.Upsample(scale_factor=4)

    def forward(self, latents):
        return self.enlarge(self.convert(latents))


def test_the_colours_of_a_linear_decoder_are_found_exactly():
    torch.manual_seed(1)
    vae, latents = SimpleNamespace(decoder=Linear()), torch.randn(1, 5, 6, 9)
    with torch.no_grad():
        found = coloured(latents, colours_of(vae, latents, torch.device("cpu")))
        assert torch.allclose(found, vae.decoder.convert(latents), atol=1e-4)


def test_a_sketch_has_a_pixel_for_each_latent_in_the_colours_of_the_pipelines_own_decoder():
    torch.manual_seed(3)
    vae = SimpleNamespace(decoder=Linear(), config=SimpleNamespace(scaling_factor=0.5, shift_factor=None))
    pipeline, wanted = SimpleNamespace(vae=vae, _execution_device=torch.device("cpu")), torch.randn(1, 5, 6, 9)
    with torch.no_grad():
        sketch = Previews(pipeline).sketch(measured(vae, 0.5 * wanted))
        colours = vae.decoder.convert(wanted)[0].movedim(0, -1).numpy()
    learned = getattr(pipeline, COLOURS)
    expected = 255.0 * (colours * 0.5 + 0.5).clip(0.0, 1.0)
    assert sketch.shape == (6, 9, 3) and abs(sketch - expected).max() <= 0.51
    Previews(pipeline).sketch(wanted)
    assert getattr(pipeline, COLOURS) is learned, "the decoder is asked once"


def test_latents_of_a_decoder_that_overflows_are_sketched_in_grey():
    vae = SimpleNamespace(decoder=Linear())
    vae.decoder.convert.weight.data.fill_(float("inf"))
    latents = torch.linspace(-1.0, 1.0, 5 * 6).reshape(1, 5, 2, 3)
    with torch.no_grad():
        sketch = Previews(SimpleNamespace(vae=vae, _execution_device=torch.device("cpu"))).sketch(latents)
    assert (sketch == sketch[..., :1]).all() and sketch.std() > 1.0


def test_a_large_picture_is_shown_small():
    torch.manual_seed(2)
    pipeline = SimpleNamespace(vae=tiny_models.vae(), vae_scale_factor=2, _execution_device=torch.device("cpu"))
    with torch.no_grad():
        png = Previews(pipeline).png(torch.randn(1, 4, 300, 600))
    assert Image.open(BytesIO(png)).size == (256, 128) and len(png) <= 256 * 1024


def test_values_that_are_no_colours_are_an_error_in_words(tmp_path):
    from diffusers import StableDiffusionXLPipeline

    pipeline = StableDiffusionXLPipeline.from_pretrained(tiny_models.save_sdxl(tmp_path / "sdxl"))
    pipeline.set_progress_bar_config(disable=True)
    pipeline.unet.conv_out.bias.data.fill_(float("nan"))
    watching = SimpleNamespace(check_cancelled=lambda: None, preview=lambda png: None)
    order = Order("ab", "", (64, 64), 2, 0.0, "auto", 1, False)
    with pytest.raises(BackendError, match="no colours") as caught:
        denoised(pipeline, FAMILIES["sdxl"], order, watching, lambda *_: None)
    assert "another seed" in caught.value.fix
