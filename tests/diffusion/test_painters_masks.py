"""One view under a mask: what is outside stays, at every step and in the picture; what is inside is the model's."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from painter_requests import ball_request

from backend.engines.diffusion.faults import ModelUnusable
from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.memory import fetch_whole
from backend.engines.diffusion.recipes import Recipe
from backend.engines.diffusion.sampling import sampler, samplers, set_sampler
from backend.engines.painters import denoising
from backend.engines.painters.denoising import drawn_like, encoded, joins
from backend.engines.painters.painter import DiffusionPainter, Settings, composed, free
from backend.engines.painters.sd15 import Sd15
from backend.engines.painters.sdxl import Sdxl
from backend.errors import BadInput, Cancelled

FAMILIES = {"sdxl": Sdxl, "sd15": Sd15}
QUICK = Settings(steps=3, guidance=2.0, normal_strength=0.5)


KINDS = {
    "sdxl": ("StableDiffusionXLControlNetUnionInpaintPipeline", "union"),
    "sd15": ("StableDiffusionControlNetInpaintPipeline", "depth"),
}


def recipe(models, name):
    """What to load for a family."""
    kind, net = KINDS[name]
    return Recipe(kind, models / name, {"controlnet": models / net})


@pytest.fixture(scope="module")
def pipelines(models):
    """Both kinds, loaded once by the product's own path."""
    return {name: load_pipeline(recipe(models, name), "float32") for name in KINDS}


def nothing(*_):
    """Listens to nobody."""


def painter(pipelines, name, settings=QUICK, check=nothing, show=nothing):
    return DiffusionPainter(FAMILIES[name](), pipelines[name], settings, name, check, show)


class Watched:
    """A painter's model, of which every call is remembered: what it was given, and at which time step."""

    def __init__(self, monkeypatch, pipelines, name):
        self.given, unet = [], pipelines[name].unet
        forward = unet.forward

        def watched(latents, timestep, **more):
            self.given.append((latents.clone(), timestep))
            return forward(latents, timestep, **more)

        monkeypatch.setattr(unet, "forward", watched)


@pytest.mark.parametrize("name", FAMILIES)
def test_outside_the_mask_the_view_is_as_it_was_to_the_bit(pipelines, name):
    request = ball_request(64)
    picture = painter(pipelines, name).paint(request)
    assert picture.shape == request.rgb.shape and picture.dtype == np.float32
    outside = ~free(request)
    assert np.array_equal(picture[outside], request.rgb[outside])
    assert np.abs(picture - request.rgb)[request.mask_new].mean() > 0.01


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("chosen", ["auto", "euler", "dpm++", "lcm"])
def test_latents_outside_the_mask_are_locked_at_every_step(pipelines, name, chosen, monkeypatch):
    """Before each step they are the picture's, with that step's share of the job's own noise."""
    watched = Watched(monkeypatch, pipelines, name)
    settings = replace(QUICK, sampler=chosen, steps=4, guidance=0.0)
    request = ball_request(64)
    one = painter(pipelines, name, settings)
    one.paint(request)
    pipeline, job = pipelines[name], one.job(request)
    image = encoded(pipeline, job.picture, torch.device("cpu"), torch.float32)
    noise = drawn_like(image, torch.Generator().manual_seed(request.seed))
    locked = torch.from_numpy(job.grade.reshape(32, 2, 32, 2).max(axis=(1, 3)) == 0.0)
    assert locked.sum() > 100 and len(watched.given) == 4
    set_sampler(pipeline, chosen)
    pipeline.scheduler.set_timesteps(4)
    for latents, timestep in watched.given:
        there = pipeline.scheduler.add_noise(image, noise, timestep[None])
        expected = pipeline.scheduler.scale_model_input(there, timestep)
        pipeline.scheduler._step_index = None
        assert torch.allclose(latents[0][:, locked], expected[0][:, locked], atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_update_areas_join_at_the_step_that_their_strength_names(pipelines, name, monkeypatch):
    watched = Watched(monkeypatch, pipelines, name)
    request = ball_request(64)
    update = request.mask_keep & (np.arange(64) > 40)
    keep = request.mask_keep & ~update
    request = replace(request, mask_update=update, mask_keep=keep, strength=0.5)
    one = painter(pipelines, name, replace(QUICK, steps=4, guidance=0.0, sampler="euler"))
    one.paint(request)
    pipeline, job = pipelines[name], one.job(request)
    image = encoded(pipeline, job.picture, torch.device("cpu"), torch.float32)
    noise = drawn_like(image, torch.Generator().manual_seed(request.seed))
    inside = torch.from_numpy(
        (job.grade.reshape(32, 2, 32, 2).max(axis=(1, 3)) == 0.5)
        & (job.grade.reshape(32, 2, 32, 2).min(axis=(1, 3)) > 0)
    )
    held = []
    for latents, timestep in watched.given:
        sigma = pipeline.scheduler.sigmas[pipeline.scheduler.index_for_timestep(timestep)]
        expected = (image + noise * sigma) / (sigma**2 + 1.0) ** 0.5
        held.append(bool(torch.allclose(latents[0][:, inside], expected[0][:, inside], atol=1e-4)))
    assert held == [True, True, True, False], "the third step begins with the picture and noise, and is the first made"


def test_strength_counts_as_in_the_pipelines_of_diffusers():
    """``get_timesteps``: of n steps the last int(n * strength) are made; here rounded."""
    grade = np.array([[0.0, 0.1, 0.4, 0.5, 1.0]], np.float32)
    assert joins(grade, 10).tolist() == [[10, 9, 6, 5, 0]]
    assert joins(grade, 4).tolist() == [[4, 4, 2, 2, 0]]


@pytest.mark.parametrize("name", FAMILIES)
def test_with_no_strength_what_was_painted_stays_all_but_for_the_decoder(pipelines, name):
    request = ball_request(64)
    request = replace(request, mask_update=request.mask_keep, mask_keep=np.zeros_like(request.mask_keep), strength=0.0)
    pipeline = pipelines[name]
    one = painter(pipelines, name)
    picture = one.paint(request)
    job = one.job(request)
    whole = FAMILIES[name]().denoise(pipeline, replace(job, grade=np.zeros_like(job.grade)))
    image = encoded(pipeline, job.picture, torch.device("cpu"), torch.float32)
    with torch.no_grad():
        round_trip = denoising.decoded(pipeline, image)
    assert np.abs(whole - round_trip).max() < 1e-5
    assert np.isfinite(picture).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_half_precision_paints_nearly_the_same(pipelines, models, name):
    """As graphics cards compute: no part is left in another precision."""
    half = load_pipeline(recipe(models, name), "bfloat16")
    request = ball_request(64)
    settings = replace(QUICK, sampler="dpm++")
    coarse = DiffusionPainter(FAMILIES[name](), half, settings, name, nothing, nothing).paint(request)
    fine = painter(pipelines, name, settings).paint(request)
    assert coarse.dtype == np.float32 and np.isfinite(coarse).all()
    assert 0.0 < np.abs(coarse - fine).mean() < 0.05
    assert np.array_equal(coarse[~free(request)], request.rgb[~free(request)])


def layer_by_layer(pipeline):
    """As ``enable_sequential_cpu_offload`` arranges it, with the processor in the place of a graphics card."""
    from accelerate import cpu_offload

    for part in filter(lambda part: isinstance(part, torch.nn.Module), pipeline.components.values()):
        cpu_offload(part, torch.device("cpu"), offload_buffers=len(part._parameters) > 0)
    fetch_whole(pipeline, "cpu")


def part_by_part(pipeline):
    """As ``enable_model_cpu_offload`` arranges it, likewise."""
    from accelerate import cpu_offload_with_hook

    hook = None
    second = getattr(pipeline, "text_encoder_2", None)
    for part in (pipeline.text_encoder, *([second] if second else []), pipeline.unet, pipeline.vae):
        _, hook = cpu_offload_with_hook(part, torch.device("cpu"), prev_module_hook=hook)
    cpu_offload_with_hook(pipeline.controlnet, torch.device("cpu"))
    pipeline.final_offload_hook = hook


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("arranged", [layer_by_layer, part_by_part])
def test_models_that_wait_elsewhere_paint_the_same_one_view_after_the_other(pipelines, models, name, arranged):
    pipeline = load_pipeline(recipe(models, name), "float32")
    arranged(pipeline)
    request, settings = ball_request(64), replace(QUICK, steps=2)
    one = DiffusionPainter(FAMILIES[name](), pipeline, settings, "", nothing, nothing)
    expected = painter(pipelines, name, settings).paint(request)
    assert np.array_equal(one.paint(request), expected) and np.array_equal(one.paint(request), expected)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_seed_paints_the_same_and_another_another(pipelines, name):
    request = ball_request(64)
    first, again = (painter(pipelines, name).paint(request) for _ in range(2))
    other = painter(pipelines, name).paint(replace(request, seed=4))
    assert np.array_equal(first, again)
    assert np.abs(first - other).mean() > 1e-3


@pytest.mark.parametrize("changes", [
    {"steps": 4}, {"guidance": 3.0}, {"sampler": "euler"}, {"depth_strength": 0.2}, {"normal_strength": 0.0},
    {"negative_prompt": "d e"},
])  # fmt: skip
def test_every_setting_counts_in_the_picture_and_in_the_painters_name(pipelines, changes):
    request = ball_request(64)
    plain, changed = painter(pipelines, "sdxl"), painter(pipelines, "sdxl", replace(QUICK, **changes))
    assert plain.name != changed.name, "kept views of one would be taken for the other's"
    assert not np.array_equal(plain.paint(request), changed.paint(request))


def test_names_tell_models_apart_and_do_not_know_of_previews(pipelines):
    def named(settings, depends_on):
        return DiffusionPainter(Sdxl(), None, settings, depends_on, nothing, nothing).name

    grey, light = (np.full((8, 8, 3), value, np.uint8) for value in (90, 91))
    assert named(QUICK, "a") != named(QUICK, "b")
    assert named(QUICK, "a") == named(replace(QUICK, preview_every=1), "a")
    assert len({named(replace(QUICK, reference=one), "a") for one in (None, grey, light)}) == 3


def test_progress_grows_names_the_steps_and_ends_below_the_whole(pipelines):
    told, shown = [], []
    one = painter(pipelines, "sd15", replace(QUICK, steps=5, preview_every=2), show=shown.append)
    one.listen(lambda share, what: told.append((share, what)))
    one.paint(ball_request(64))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] >= 0.0 and shares[-1] <= 1.0
    assert [what for _, what in told if what.startswith("step")] == [f"step {n} of 5" for n in range(1, 6)]
    assert len(shown) == 2 and all(png.startswith(b"\x89PNG") and len(png) < 256 * 1024 for png in shown)


def test_a_cancelled_job_ends_within_a_step(pipelines):
    calls = []

    def check():
        calls.append(1)
        if len(calls) > 40:
            raise Cancelled

    told = []
    one = painter(pipelines, "sdxl", replace(QUICK, steps=90), check=check)
    one.listen(lambda share, what: told.append(what))
    with pytest.raises(Cancelled):
        one.paint(ball_request(64))
    assert len(calls) == 41, "nothing went on after it"
    assert sum(what.startswith("step") for what in told) < 10
    assert not any(module._forward_pre_hooks for module in pipelines["sdxl"].unet.modules())


def test_running_out_of_memory_is_said_in_the_words_that_the_plans_know(pipelines, monkeypatch):
    def full(*_given, **_named):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(pipelines["sdxl"].unet, "forward", full)
    with pytest.raises(MemoryError):
        painter(pipelines, "sdxl").paint(ball_request(64))


def test_a_view_of_an_odd_size_comes_back_in_its_size(pipelines):
    request = ball_request(61)
    picture = painter(pipelines, "sd15").paint(request)
    assert picture.shape == (61, 61, 3)
    assert np.array_equal(picture, composed(request, picture))


def test_the_networks_of_inpainting_models_are_refused_with_what_to_take_instead(pipelines):
    class Config:
        in_channels = 9

    class Pipeline:
        vae = pipelines["sd15"].vae
        unet = type("Unet", (), {"config": Config})

    with pytest.raises(ModelUnusable) as caught:
        denoising.check_latent_unet(Pipeline)
    assert "9" in caught.value.message and "inpainting" in caught.value.fix


@pytest.mark.parametrize("name", sorted(samplers()))
def test_every_sampler_paints(pipelines, name):
    steps = min(sampler(name).steps or 4, 4)
    settings = replace(QUICK, sampler=name, steps=steps, guidance=sampler(name).guidance or 2.0)
    picture = painter(pipelines, "sd15", settings).paint(ball_request(64))
    assert np.isfinite(picture).all() and picture.std() > 0.01


def test_samplers_leave_no_trace_on_a_pipeline(pipelines):
    own = type(pipelines["sdxl"].scheduler).__name__
    assert set_sampler(pipelines["sdxl"], "auto") == "DDIMScheduler"
    assert set_sampler(pipelines["sdxl"], "euler") == "EulerDiscreteScheduler"
    assert set_sampler(pipelines["sdxl"], "auto") == "DDIMScheduler"
    assert own


def test_an_unknown_sampler_is_answered_with_all_of_them_and_the_parameters_list_the_same():
    from typing import get_args

    from backend.engines.diffusion.sampling import SamplerName
    from backend.engines.painters.params import SdxlParams as PaintedSdxl
    from backend.engines.pictures.info import SdxlParams as PicturedSdxl

    assert set(get_args(SamplerName)) == set(samplers())
    for kind in (PaintedSdxl, PicturedSdxl):
        schema = kind.model_json_schema()["properties"]["sampler"]
        assert schema["x-titles"].keys() == set(schema["enum"]) and schema["default"] == "auto"
        assert schema["x-titles"]["dpm++"].startswith("DPM++") and schema["x-titles"]["lcm"].startswith("LCM")
    with pytest.raises(BadInput) as caught:
        sampler("quickest")
    assert "lcm" in caught.value.fix


def test_models_of_flows_refuse_samplers_of_noise_levels(pipelines):
    from diffusers import FlowMatchEulerDiscreteScheduler

    class Flow:
        scheduler = FlowMatchEulerDiscreteScheduler()

    with pytest.raises(BadInput):
        set_sampler(Flow(), "dpm++")
    assert set_sampler(Flow(), "auto") == "FlowMatchEulerDiscreteScheduler"
