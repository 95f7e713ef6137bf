"""Pictures whose edges join: what a network computes turns with its input, and no seam is left in what it decodes."""

import numpy as np
import pytest
import tiny_generators
import tiny_models
import torch
from accelerate import cpu_offload

from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.recipes import Recipe
from backend.engines.pictures.denoising import denoised
from backend.engines.pictures.families import FAMILIES, Order
from backend.engines.pictures.surround import Turning, circular, joined, joined_decoder
from backend.errors import Cancelled

PIPELINES = {
    "sdxl": (tiny_models.save_sdxl, "StableDiffusionXLPipeline"),
    "zimage": (tiny_generators.save_zimage, "ZImagePipeline"),
    "flux2-klein": (tiny_generators.save_flux2_klein, "Flux2KleinPipeline"),
}


class Watching:
    """A job that nobody stops. shown: its previews."""

    def __init__(self):
        self.shown = []

    def check_cancelled(self):
        pass

    def preview(self, png):
        self.shown.append(png)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A tiny pipeline of each family, loaded as jobs load it."""
    folder = tmp_path_factory.mktemp("families")
    made = {}

    def of(name):
        if name not in made:
            save, kind = PIPELINES[name]
            made[name] = load_pipeline(Recipe(kind, save(folder / name)), "float32")
        return made[name]

    return of


def state(network):
    """What a block could leave changed."""
    layers = [layer for layer in network.modules() if isinstance(layer, torch.nn.Conv2d)]
    hooks = sum(len(layer._forward_pre_hooks) + len(layer._forward_hooks) for layer in network.modules())
    return [layer.padding for layer in layers], hooks


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(3))


def predicted(unet, latents):
    words = {"text_embeds": noise(1, 32), "time_ids": torch.tensor([[64.0, 64, 0, 0, 64, 64]])}
    with torch.inference_mode():
        return unet(latents, 500, encoder_hidden_states=noise(1, 77, 64), added_cond_kwargs=words).sample


def test_what_a_circular_network_predicts_turns_with_the_noise(loaded):
    unet, latents = loaded("sdxl").unet, noise(1, 4, 16, 32)
    turned = torch.roll(latents, 6, -1)
    with circular(unet):
        assert torch.allclose(predicted(unet, turned), torch.roll(predicted(unet, latents), 6, -1), atol=2e-5)
    assert not torch.allclose(predicted(unet, turned), torch.roll(predicted(unet, latents), 6, -1), atol=1e-2)


@pytest.mark.parametrize("name", PIPELINES)
def test_what_a_joined_decoder_shows_turns_with_the_latents(loaded, name):
    vae = loaded(name).vae
    latents = noise(1, vae.config.latent_channels, 16, 32)
    scale = loaded(name).vae_scale_factor
    with torch.inference_mode(), joined_decoder(vae):
        once = vae.decode(latents, return_dict=False)[0]
        again = vae.decode(torch.roll(latents, 5, -1), return_dict=False)[0]
    assert torch.allclose(again, torch.roll(once, 5 * scale, -1), atol=1e-4)


def test_a_decoder_that_works_in_tiles_joins_too(loaded):
    vae = loaded("sdxl").vae
    smooth = torch.cos(torch.arange(32) * (2 * torch.pi / 32)).expand(1, 4, 16, 32)
    vae.enable_tiling()
    try:
        with torch.inference_mode(), joined_decoder(vae):
            picture = vae.decode(torch.roll(smooth, 9, -1), return_dict=False)[0]
        with torch.inference_mode():
            apart = vae.decode(torch.roll(smooth, 9, -1), return_dict=False)[0]
    finally:
        vae.disable_tiling()
    assert picture.shape == apart.shape == (1, 3, 32, 64)
    assert seam(picture[0].permute(1, 2, 0).numpy()) < 1.5 < seam(apart[0].permute(1, 2, 0).numpy())
    assert "decode" not in vars(vae)


def test_a_network_is_afterwards_as_it_was_also_when_its_job_was_cancelled(loaded):
    for name in PIPELINES:
        pipeline = loaded(name)
        networks = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
        before = [state(network) for network in networks]
        with pytest.raises(Cancelled), joined(pipeline, 16, 16):
            assert [state(network) for network in networks] != before
            raise Cancelled
        assert [state(network) for network in networks] == before


@pytest.mark.parametrize("name", PIPELINES)
def test_with_one_layer_at_a_time_on_the_device_the_picture_is_the_same(loaded, name):
    """As the smallest plan arranges it; here device and resting place are both the processor."""
    pipeline = loaded(name)
    ordered = Order("ab", "", (64, 64), 4, 0.0, "auto", 1, True)

    def made():
        watching = Watching()
        return denoised(pipeline, FAMILIES[name], ordered, watching, lambda *_: None), watching.shown

    picture, previews = made()
    try:
        for part in pipeline.components.values():
            if isinstance(part, torch.nn.Module):
                cpu_offload(part, torch.device("cpu"), offload_buffers=len(part._parameters) > 0)
        assert next(pipeline.vae.decoder.parameters()).device.type == "meta"
        again, shown = made()
    finally:
        pipeline.remove_all_hooks()
    assert np.array_equal(again, picture)
    assert shown == previews and len(shown) == 1


class Ramp(torch.nn.Module):
    """Paints what a network would that knows nothing but where a column is: darker from left to right."""

    def forward(self, pictures, time):
        ramp = torch.arange(pictures[0].shape[-1], dtype=torch.float32)
        return ([ramp.expand(one.shape) for one in pictures],)


class Packed(torch.nn.Module):
    """The same of pieces in a row: says what it was told of their places."""

    def forward(self, hidden_states, img_ids):
        return (img_ids[..., 2:3].expand(hidden_states.shape).float(),)


def test_what_knows_its_place_alone_still_joins():
    """Sixteen columns and two more: without turning the step from the last column to the first would be 15."""
    ramp, turning = Ramp(), Turning(16, 2)
    picture = [torch.zeros(3, 1, 2, 16)]
    for step in range(6):
        with turning.around(ramp):
            said = ramp(picture, 0)[0][0][0, 0, 0]
        beside = (said - torch.roll(said, 1)).abs()
        assert beside.max() <= 16 / turning.overlap
        assert int(said.argmax()) == (turning.shift - 1) % 16, "the columns are where they belong"
        turning.after(step)


def test_pieces_in_a_row_are_treated_like_pictures():
    turning, ramp, packed = Turning(16, 2), Ramp(), Packed()
    turning.after(0)
    places = torch.cartesian_prod(torch.arange(1), torch.arange(2), torch.arange(16), torch.arange(1))[None]
    reference = torch.cartesian_prod(torch.tensor([10]), torch.arange(1), torch.arange(4), torch.arange(1))[None]
    with turning.around(ramp), turning.around(packed):
        listed = ramp([torch.zeros(3, 1, 2, 16)], 0)[0][0]
        rows = packed(hidden_states=torch.zeros(1, 36, 3), img_ids=torch.cat([places, reference], 1))[0]
    assert rows.shape == (1, 32, 3)
    assert torch.equal(rows[0, :, 0].reshape(2, 16), listed[0, 0])


class Same(torch.nn.Module):
    def forward(self, pictures, time):
        return (pictures,)


def test_turning_there_and_back_is_nothing():
    turning, picture = Turning(16, 4), noise(5, 1, 8, 32)
    for step in range(4):
        turning.after(step)
        with turning.around(same := Same()):
            assert torch.allclose(same([picture], 0)[0][0], picture)


def flattened(network):
    """Kernels that blur, so that neighbours are alike, as they are in pictures of things."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.weight.data = layer.weight.data.mean((2, 3), keepdim=True).expand_as(layer.weight).contiguous()


def seam(picture):
    """The mean difference across the border as a multiple of that between neighbours inside, latents apart as well."""
    inside = np.abs(np.diff(picture.astype(float), axis=1))[:, 1::2].mean()
    return np.abs(picture[:, 0].astype(float) - picture[:, -1]).mean() / inside


@pytest.mark.parametrize("name", PIPELINES)
def test_no_seam_is_left_where_the_edges_meet(loaded, name):
    pipeline, family = loaded(name), FAMILIES[name]
    kept = {key: value.clone() for key, value in pipeline.vae.decoder.state_dict().items()}
    flattened(pipeline.vae.decoder)
    found = {}
    for surround in (False, True):
        pictures = [
            denoised(
                pipeline, family, Order("ab", "", (64, 64), 2, 0.0, "auto", seed, surround), Watching(), lambda *_: None
            )
            for seed in range(6)
        ]
        found[surround] = np.mean([seam(picture) for picture in pictures])
    pipeline.vae.decoder.load_state_dict(kept)
    assert found[True] <= 1.2 and found[False] >= 1.35, found
