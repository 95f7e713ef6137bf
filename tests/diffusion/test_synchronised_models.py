"""Views denoised together by real, tiny models with random weights."""

import numpy as np
import pytest

from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.recipes import Recipe
from backend.engines.diffusion.sampling import set_sampler
from backend.engines.painters.painter import DiffusionPainter, Settings, composed
from backend.engines.painters.sd15 import Sd15
from backend.engines.painters.sdxl import Sdxl
from backend.engines.painters.synchronised import ALONE, Agreeing, SynchronisedPainter
from backend.engines.painters.synchronised.denoising import PipelineDenoiser
from backend.engines.painters.synchronised.joint import Joint
from backend.engines.painters.synchronised.schedules import Course, usable
from backend.engines.texture import TextureOptions, texture_mesh
from tests.texture.oracle_denoisers import Overlap
from tests.texture.proof_scenes import around, bumpy

SIZE = 64
TOWARDS = ((0, -1, 0.2), (0.6, -0.8, 0.2), (-0.4, -0.8, 0.5))
OPTIONS = TextureOptions(
    resolution=64, view_size=SIZE, schedule="cameras", cameras=around(SIZE, TOWARDS), refinement_views=0, seed=3,
    prompt="abc", match_exposure=False, register=False,
)  # fmt: skip
KINDS = {
    "sdxl": ("StableDiffusionXLControlNetUnionInpaintPipeline", "union", Sdxl),
    "sd15": ("StableDiffusionControlNetInpaintPipeline", "depth", Sd15),
}


@pytest.fixture(scope="module")
def mesh():
    return bumpy()


class Noise:
    """Paints anything, and keeps what it was told of the views."""

    name = "noise"

    def prepare(self, requests):
        self.requests = list(requests)

    def paint(self, request):
        return np.random.default_rng(0).random(request.rgb.shape).astype(np.float32)


@pytest.fixture(scope="module")
def requests(mesh):
    painter = Noise()
    texture_mesh(mesh, painter, OPTIONS)
    return painter.requests


@pytest.fixture(scope="module", params=KINDS)
def family(request, models):
    """A loaded pipeline and how it is asked."""
    kind, control, make = KINDS[request.param]
    recipe = Recipe(kind, models / request.param, {"controlnet": models / control})
    return load_pipeline(recipe, "float32"), make()


def parts(family, sampler="ddim", steps=3):
    """The ordinary painter, and a denoiser that asks as it does."""
    pipeline, kind = family
    settings = Settings(steps=steps, guidance=3.0, sampler=sampler, normal_strength=0.5)
    painter = DiffusionPainter(kind, pipeline, settings, None, lambda: None, lambda png: None)
    return painter, PipelineDenoiser(pipeline, kind, painter.job)


def painted(denoiser, requests, agreeing, seed=3):
    return Joint(denoiser, requests, agreeing, lambda share, text: None).paint(seed)


def test_views_agree_at_least_three_times_better_than_each_alone(family, mesh, requests):
    _, denoiser = parts(family)
    overlap = Overlap(mesh, requests)
    alone, together = (painted(denoiser, requests, one) for one in (ALONE, Agreeing()))
    assert min(picture[view.object_mask].std() for picture, view in zip(together, requests, strict=True)) > 0.01
    assert overlap.disagreement(alone) >= 3.0 * overlap.disagreement(together)


def test_a_view_that_overlaps_with_none_is_as_the_ordinary_painter_has_it(family, requests):
    for sampler in {"sdxl": ("ddim", "lcm"), "sd15": ("euler", "dpm++")}[family[1].name]:
        ordinary, denoiser = parts(family, sampler, 2)
        (picture,) = painted(denoiser, requests[:1], Agreeing())
        assert np.abs(composed(requests[0], picture) - ordinary.paint(requests[0])).max() < 1e-4


def test_the_same_seed_gives_the_same_bytes_and_what_is_kept_stays(family, mesh, requests):
    """The second time in the mode that keeps a part."""
    missing = np.zeros((64, 64), dtype=bool)
    missing[:, 16:48] = True
    albedo = np.full((64, 64, 3), 90, dtype=np.uint8)
    options = TextureOptions(**{**vars(OPTIONS), "mode": "restore", "albedo": albedo, "missing": missing})
    results = []
    for _ in range(2):
        ordinary, denoiser = parts(family, "euler", 2)
        painter = SynchronisedPainter(lambda use, denoiser=denoiser: use(denoiser), ordinary)
        results.append(texture_mesh(mesh, painter, options))
    assert (results[0].albedo == results[1].albedo).all()
    assert (results[0].albedo[~missing & (results[0].evidence[..., 0] == 0)] == 90).all()
    assert results[0].coverage["painted"] > 0.05


SCHEDULERS = {
    "DDIMScheduler": {}, "EulerDiscreteScheduler": {}, "EulerAncestralDiscreteScheduler": {},
    "DPMSolverMultistepScheduler": {}, "UniPCMultistepScheduler": {}, "LCMScheduler": {}, "TCDScheduler": {},
    "DDPMScheduler": {}, "PNDMScheduler": {"skip_prk_steps": True},
}  # fmt: skip


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_scheduler_led_by_a_clean_image_arrives_at_it(name, prediction):
    """Whatever the model would have said; and an answer that is left as it is comes back as it was."""
    import diffusers
    import torch

    scheduler = usable(
        getattr(diffusers, name)(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction,
            **SCHEDULERS[name],
        )
    )  # fmt: skip
    if hasattr(scheduler.config, "clip_sample"):
        scheduler.register_to_config(clip_sample=False)
    scheduler.set_timesteps(6)
    source = torch.Generator("cpu").manual_seed(1)
    course = Course(scheduler, source)
    target = torch.rand((1, 4, 8, 8), generator=source) * 2.0 - 1.0
    sample = course.started(torch.randn(target.shape, generator=source))
    for step in range(len(course.timesteps)):
        said = torch.randn(target.shape, generator=source)
        back = course.answer(sample, course.clean(sample, said, step), step)
        assert torch.allclose(back, said, atol=2e-3)
        sample = course.advanced(sample, course.answer(sample, target, step), step)
    # Some end a little before no noise is left.
    assert float((sample - target).abs().max()) < 0.15
    assert float((sample - target).abs().mean()) < 0.04


def test_a_scheduler_that_says_its_clean_image_says_the_same():
    """Of diffusers itself, for the ones that tell."""
    import diffusers
    import torch

    for name in ("DDIMScheduler", "EulerDiscreteScheduler", "DDPMScheduler"):
        for prediction in ("epsilon", "v_prediction"):
            scheduler = getattr(diffusers, name)(prediction_type=prediction)
            if hasattr(scheduler.config, "clip_sample"):
                scheduler.register_to_config(clip_sample=False)
            scheduler.set_timesteps(5)
            course = Course(scheduler, None)
            sample, said = torch.randn((2, 1, 4, 8, 8), generator=torch.Generator().manual_seed(2))
            sample = sample * scheduler.init_noise_sigma
            ours = course.clean(sample, said, 0)
            theirs = scheduler.step(said, scheduler.timesteps[0], sample).pred_original_sample
            assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_the_models_own_scheduler_is_replaced_where_it_cannot_be_led(family):
    pipeline, _ = family
    set_sampler(pipeline, "auto")
    assert type(usable(pipeline.scheduler)) is type(pipeline.scheduler)
