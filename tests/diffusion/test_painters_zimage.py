"""Views painted by Z-Image: a tiny real pipeline with its ControlNet from one file, through the texturing."""

import threading

import meshes
import numpy as np
import pytest
import tiny_generators
import torch

from backend.engines.diffusion.devices import best, survey
from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.memory import arrange
from backend.engines.diffusion.recipes import Recipe
from backend.engines.painters.denoising import encoded
from backend.engines.painters.painter import DiffusionPainter, Settings
from backend.engines.painters.zimage import Locked, Zimage
from backend.engines.texture import TextureOptions, texture_mesh
from backend.errors import Cancelled

SETTINGS = Settings(steps=3, guidance=0.0, depth_strength=0.75, preview_every=1)
OPTIONS = TextureOptions(
    resolution=128, view_size=64, schedule="published", view_count=4, refinement_views=0, prompt="a b c", seed=5
)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zimage")
    tiny_generators.save_zimage(folder / "zimage")
    net = next(tiny_generators.save_zimage_control(folder / "control").glob("*.safetensors"))
    recipe = Recipe("ZImageControlNetInpaintPipeline", folder / "zimage", {"controlnet": net})
    return load_pipeline(recipe, "float32")


class Watched(DiffusionPainter):
    """The painter, with what it was asked and what it answered."""

    def __init__(self, pipeline, settings=SETTINGS, check=lambda: None):
        self.seen, self.shown = [], []
        super().__init__(Zimage(), pipeline, settings, "tiny", check, self.shown.append)

    def paint(self, request):
        picture = super().paint(request)
        self.seen.append((request, picture))
        return picture


@pytest.fixture(scope="module")
def painted(pipeline):
    told, painter = [], Watched(pipeline)
    result = texture_mesh(meshes.sphere(), painter, OPTIONS, lambda share, what: told.append((share, what)))
    return result, painter, told


def test_four_views_give_a_texture_and_every_step_is_told(painted):
    result, painter, told = painted
    shares, words = zip(*told, strict=True)
    assert len(result.views) == len(painter.seen) == 4 and result.coverage["painted"] > 0.4
    assert result.albedo.std() > 2.0 and (result.evidence[..., 0] == 128).any()
    assert list(shares) == sorted(shares) and sum("step" in text for text in words) == 4 * SETTINGS.steps
    assert len(painter.shown) == 4 * (SETTINGS.steps - 1)
    assert all(png.startswith(b"\x89PNG") for png in painter.shown)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(pipeline, painted):
    again = texture_mesh(meshes.sphere(), Watched(pipeline), OPTIONS)
    other = texture_mesh(meshes.sphere(), Watched(pipeline), TextureOptions(**{**vars(OPTIONS), "seed": 6}))
    assert np.array_equal(again.albedo, painted[0].albedo) and np.array_equal(again.evidence, painted[0].evidence)
    assert not np.array_equal(other.albedo, painted[0].albedo)


def test_what_is_known_stays_to_the_bit_also_what_could_be_better(painted):
    updates = 0
    for request, picture in painted[1].seen:
        updates += int(request.mask_update.sum())
        kept = request.mask_keep | request.mask_update | ~request.object_mask
        assert np.array_equal(picture[kept], request.rgb[kept])
        assert np.abs(picture - request.rgb)[request.mask_new].mean() > 0.01
    assert updates > 50


def test_views_with_nothing_new_are_left_out(pipeline, painted):
    request = next(request for request, _ in painted[1].seen if request.mask_update.any())
    nothing = np.zeros_like(request.mask_new)
    painter = Watched(pipeline)
    assert painter.can_paint(request)
    assert not painter.can_paint(type(request)(**{**vars(request), "mask_new": nothing}))


def job_of(request, pipeline, settings=SETTINGS):
    painter = DiffusionPainter(Zimage(), pipeline, settings, "tiny", lambda: None, lambda png: None)
    return painter.job(request)


def test_latents_outside_of_the_mask_are_the_pictures_own_at_every_step(pipeline, painted, monkeypatch):
    """With the noise of the step, as the straight line from noise to picture has it; at the end without any."""
    request = painted[1].seen[1][0]
    job, kept = job_of(request, pipeline), []
    after = Locked.after

    def spy(self, pipe, step, time, tensors):
        answer = after(self, pipe, step, time, tensors)
        kept.append((float(pipe.scheduler.sigmas[step + 1]), answer["latents"].clone(), self.noise))
        return answer

    monkeypatch.setattr(Locked, "after", spy)
    Zimage().denoise(pipeline, job)
    clean = encoded(pipeline, job.picture, "cpu", torch.float32)
    scale = job.grade.shape[0] // clean.shape[-2]
    touched = job.grade.reshape(clean.shape[-2], scale, clean.shape[-1], scale).max(axis=(1, 3)) > 0.0
    outside = torch.from_numpy(~touched)
    assert len(kept) == SETTINGS.steps and kept[-1][0] == 0.0
    assert 0.1 < outside.float().mean() < 0.95
    for sigma, latents, noise in kept:
        expected = sigma * noise + (1.0 - sigma) * clean
        assert (latents - expected)[..., outside].abs().max() < 1e-6
        assert (latents - expected)[..., ~outside].abs().mean() > 1e-2


def test_depth_and_words_count(pipeline, painted):
    request = painted[1].seen[0][0]
    plain = Zimage().denoise(pipeline, job_of(request, pipeline))
    without = Zimage().denoise(pipeline, job_of(request, pipeline, Settings(steps=3, guidance=0.0, depth_strength=0.0)))
    words = type(request)(**{**vars(request), "prompt": "quite other words"})
    assert np.abs(plain - without).mean() > 1e-3
    assert np.abs(plain - Zimage().denoise(pipeline, job_of(words, pipeline))).mean() > 1e-4


def test_a_negative_prompt_counts_where_it_is_pressed(pipeline, painted):
    request = painted[1].seen[0][0]
    pictures = [
        Zimage().denoise(pipeline, job_of(request, pipeline, Settings(word, 3, 2.0, depth_strength=0.5)))
        for word in ("bad", "worse and worse")
    ]
    assert np.abs(pictures[0] - pictures[1]).mean() > 1e-5


def test_sides_need_not_be_multiples_of_what_the_model_takes(pipeline):
    options = TextureOptions(**{**vars(OPTIONS), "view_size": 72, "view_count": 1})
    assert len(texture_mesh(meshes.sphere(), Watched(pipeline), options).views) == 1


def test_a_cancelled_job_stops_within_a_step(pipeline):
    """Layers listen: what was computed after the cancel is a part of one step."""
    wanted, computed = threading.Event(), []
    handle = pipeline.transformer.layers[-1].register_forward_hook(lambda *_: computed.append(1))

    def check():
        if wanted.is_set():
            raise Cancelled

    def tell(share, what):
        if "step 1" in what:
            wanted.set()

    try:
        with pytest.raises(Cancelled):
            texture_mesh(meshes.sphere(), Watched(pipeline, check=check), OPTIONS, tell)
    finally:
        handle.remove()
    assert len(computed) == 1
    assert len(texture_mesh(meshes.sphere(), Watched(pipeline), OPTIONS).views) == 4


def test_layers_that_two_models_share_can_be_kept_off_the_device_one_by_one(pipeline, painted, monkeypatch):
    """By accelerate's own hooks, here with the processor as the device that layers are moved to."""
    from accelerate import cpu_offload

    def hooked(**_):
        for part in pipeline.components.values():
            if isinstance(part, torch.nn.Module):
                cpu_offload(part, torch.device("cpu"), offload_buffers=bool(part._parameters))

    job = job_of(painted[1].seen[0][0], pipeline)
    plain, device = Zimage().denoise(pipeline, job), best(survey()[-1:])
    monkeypatch.setattr(pipeline, "enable_sequential_cpu_offload", hooked)
    try:
        arrange(pipeline, "sequential_offload", device)
        for part in (pipeline.transformer, pipeline.controlnet):
            assert {parameter.device.type for parameter in part.parameters()} == {"meta"}
        assert pipeline.controlnet.t_embedder is pipeline.transformer.t_embedder
        pipeline.vae.disable_tiling()  # tiles of 32 pixels would show
        assert np.abs(Zimage().denoise(pipeline, job) - plain).max() < 1e-4
    finally:
        arrange(pipeline, "full", device)
    assert np.abs(Zimage().denoise(pipeline, job) - plain).max() < 1e-4
