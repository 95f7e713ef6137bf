"""Previews: quick, small, and right where the decoder is not asked for each."""

from io import BytesIO
from types import SimpleNamespace

import pytest
import tiny_models
import torch
from PIL import Image

from backend.engines.pictures.denoising import denoised
from backend.engines.pictures.families import FAMILIES, Order
from backend.engines.pictures.previews import Previews, coloured, colours_of
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
