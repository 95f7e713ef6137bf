"""Residents: a loaded pipeline serves the next job, leaves when idle or asked to, and takes its memory with it."""

import gc
import json
import subprocess
import sys
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from backend.engines.diffusion.devices import best, survey
from backend.engines.diffusion.memory import Needs
from backend.engines.diffusion.recipes import LoraFile, Recipe
from backend.engines.diffusion.residents import Residents, Work, with_pipeline
from backend.errors import Cancelled
from backend.jobs import worker

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def work():
    """How the tests' jobs load: on the processor; what was said is kept in ``work.said``."""
    said = []
    made = Work(best(survey()[-1:]), "float32", Needs(10**9), lambda share, what: said.append(what), said.append)
    return made, said


def sd15(models, **more):
    parts = {"controlnet": models / "depth"}
    return Recipe("StableDiffusionControlNetInpaintPipeline", models / "sd15", parts, title="Tiny", **more)


def test_the_next_job_finds_the_pipeline_loaded(models, work):
    residents, (how, said) = Residents(), work
    first = with_pipeline(residents, sd15(models), how, id)
    loads = len(said)
    assert with_pipeline(residents, sd15(models), how, id) == first
    assert len(said) == loads, "nothing was loaded again"
    (figure,) = residents.figures()
    assert (figure.title, figure.plan, figure.in_use) == ("Tiny", "full", False)


def test_another_recipe_lies_beside_the_last_where_there_is_room(models, work):
    residents, (how, _) = Residents(), work
    how = replace(how, needs=Needs(10**6))
    with_pipeline(residents, sd15(models), how, id)
    with_pipeline(residents, Recipe("StableDiffusionXLPipeline", models / "sdxl", title="Other"), how, id)
    assert {figure.title for figure in residents.figures()} == {"Tiny", "Other"}


def test_another_recipe_takes_the_place_of_the_last_where_there_is_none(models, work):
    residents, (how, _) = Residents(), work
    how = replace(how, needs=Needs(how.device.total_bytes))
    left = weakref.ref(with_pipeline(residents, sd15(models), how, lambda pipeline: pipeline))
    other = Recipe("StableDiffusionXLPipeline", models / "sdxl", title="Other")
    with_pipeline(residents, other, how, lambda pipeline: None)
    assert [figure.title for figure in residents.figures()] == ["Other"]
    gc.collect()
    assert left() is None


def test_a_lora_makes_another_recipe(models):
    assert sd15(models).key == sd15(models).key
    assert sd15(models, loras=(LoraFile(models / "a", 0.5),)).key != sd15(models, loras=(LoraFile(models / "a"),)).key


def test_what_is_idle_leaves_and_what_was_used_lately_stays(models, work):
    clock, (how, _) = Clock(), work
    residents = Residents(clock)
    with_pipeline(residents, sd15(models), how, id)
    clock.now = 599.0
    assert residents.release(idle_s=600.0) == 0
    assert residents.figures()[0].idle_s == 599.0
    clock.now = 601.0
    assert residents.release(idle_s=600.0) == 1
    assert residents.figures() == ()


def test_what_is_in_use_leaves_when_its_job_is_done(models, work):
    residents, (how, _) = Residents(), work

    def use(pipeline):
        assert residents.release() == 0
        assert residents.figures()[0].in_use
        return pipeline.unet is not None

    assert with_pipeline(residents, sd15(models), how, use)
    assert residents.figures() == ()


def test_a_cancelled_job_leaves_its_pipeline_and_a_failed_one_does_not(models, work):
    residents, (how, _) = Residents(), work

    def failing(error):
        def use(_pipeline):
            raise error

        return use

    with pytest.raises(Cancelled):
        with_pipeline(residents, sd15(models), how, failing(Cancelled()))
    assert len(residents.figures()) == 1
    with pytest.raises(RuntimeError, match="shapes"):
        with_pipeline(residents, sd15(models), how, failing(RuntimeError("shapes")))
    assert residents.figures() == ()


def test_running_out_of_memory_in_the_middle_of_a_job_drops_the_pipeline(models, work):
    residents, (how, _) = Residents(), work

    def use(_pipeline):
        torch.empty(2**45, dtype=torch.uint8)

    with pytest.raises(Exception, match="memory") as caught:
        with_pipeline(residents, sd15(models), how, use)
    assert caught.type.__name__ == "NotEnoughMemory" and residents.figures() == ()


MEASURED = """
import gc, json, sys, warnings
warnings.simplefilter("ignore")
sys.path[:0] = [{root!r}, {tests!r}]
import psutil, torch
torch.set_num_threads(1)
from pathlib import Path
from diffusers import UNet2DConditionModel
import tiny_models
from backend.engines.diffusion.devices import best, survey
from backend.engines.diffusion.memory import Needs
from backend.engines.diffusion.recipes import Recipe
from backend.engines.diffusion.residents import Residents, Work, with_pipeline

folder = Path({folder!r})
tiny_models.SD15_NET["block_out_channels"] = (256, 512)
depth = tiny_models.save_control_depth(folder / "depth")
recipes = [Recipe("StableDiffusionControlNetInpaintPipeline", tiny_models.save_sd15(folder / name, seed),
                  {{"controlnet": depth}}) for seed, name in enumerate(("one", "two"))]
residents = Residents()
work = Work(best(survey()[-1:]), "float32", Needs(10**9), lambda share, what: None, lambda text: None)
rss = psutil.Process().memory_info
def touched(pipeline):
    return sum(float(weights.sum()) for part in (pipeline.unet, pipeline.controlnet) for weights in part.parameters())
# What the libraries load on first use is no model.
with_pipeline(residents, recipes[0], work, touched)
residents.release()
empty = rss().rss
figures = []
for recipe in (recipes[0], recipes[1], recipes[0]):
    with_pipeline(residents, recipe, work, touched)
    loaded = rss().rss
    residents.release()
    figures.append((loaded, rss().rss))
print(json.dumps({{"empty": empty, "figures": figures}}))
"""


def test_memory_returns_after_each_model(tmp_path):
    """The process that loads one model, another, and the first again, is as small afterwards as before, within 10 %."""
    code = MEASURED.format(root=str(ROOT), tests=str(Path(__file__).parent), folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    for loaded, released in told["figures"]:
        assert loaded > told["empty"] + 30e6, "the model is large enough to be seen"
        assert released < told["empty"] * 1.1


def test_a_waiting_worker_lets_idle_models_go(models, work, monkeypatch):
    monkeypatch.setattr(worker, "IDLE_CHECK_S", 0.01)
    clock, (how, _) = Clock(), work
    residents = Residents(clock)
    gone = threading.Event()
    with_pipeline(residents, sd15(models), how, lambda pipeline: weakref.finalize(pipeline, gone.set))
    inbox = worker.Inbox(residents)
    waiting = threading.Thread(target=worker.next_job, args=(inbox, residents))
    waiting.start()
    clock.now = worker.IDLE_SECONDS + 1.0
    assert gone.wait(60.0)
    inbox.jobs.put(None)
    waiting.join()
    assert residents.figures() == ()
