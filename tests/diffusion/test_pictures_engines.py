"""Pictures from words over the HTTP API, by tiny models of each family."""

import gc
import json
import re
import sys
import weakref
from io import BytesIO
from pathlib import Path

import jsonschema
import numpy as np
import psutil
import pytest
import serving
import tiny_adapters
import torch
from PIL import Image
from safetensors.torch import save_file

from backend.engines import catalogue
from backend.engines.diffusion.faults import NotEnoughMemory
from backend.engines.diffusion.residents import Residents
from backend.errors import Unavailable
from backend.jobs.execution import RunningJob

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "museum_addon" / "core" / "paradata.schema.json").read_text(encoding="utf-8"))
STEPS = {"flux2-klein": 4, "zimage": 4, "sdxl": 4}
TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PROMPT = "a bead, c"


@pytest.fixture(scope="module")
def server(tiny, neural_server):
    tiny.need("image-flux2-klein", "image-zimage", "image-sdxl", "ip-adapter-sdxl")
    save_loras(tiny)
    return neural_server


def save_loras(tiny):
    """One of each kind of network."""
    loras = tiny.folder / "loras"
    tiny_adapters.save_lora(tiny_adapters.unet_of(tiny.path("sdxl-base")), loras / "pictures-sdxl.safetensors")
    generator = torch.Generator().manual_seed(5)
    layer = "transformer.layers.0.attention.to_q"
    tensors = {
        f"{layer}.lora_A.weight": torch.randn(4, 32, generator=generator),
        f"{layer}.lora_B.weight": torch.randn(32, 4, generator=generator),
    }
    save_file(tensors, loras / "pictures-zimage.safetensors", metadata={"format": "pt"})
    layer = "transformer.transformer_blocks.0.attn.to_q"
    tensors = {key.replace("transformer.layers.0.attention.to_q", layer): value for key, value in tensors.items()}
    save_file(tensors, loras / "pictures-flux.safetensors", metadata={"format": "pt"})


def ask(server, engine, inputs=None, **params):
    given = {"prompt": PROMPT, "seed": 7, "width": 64, "steps": STEPS[engine], **params}
    return serving.order(server, "text_to_image", engine, inputs, **given)


def made(server, engine, inputs=None, **params):
    return serving.finished(server, ask(server, engine, inputs, **params))


def picture(server, events):
    return np.asarray(Image.open(BytesIO(serving.result(server, events, "image.png"))))


@pytest.fixture(scope="module")
def plain(server):
    """What an engine makes with nothing added: digests of its files, and the picture."""
    known = {}

    def of(engine):
        if engine not in known:
            events = made(server, engine)
            known[engine] = serving.digests(events), picture(server, events), serving.report(server, events), events
        return known[engine]

    return of


def png(picture):
    stream = BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def chequered():
    return png((np.indices((64, 64)).sum(0) // 16 % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2))


@pytest.mark.parametrize("engine", STEPS)
def test_a_picture_comes_with_its_steps_its_previews_and_its_paradata(server, engine):
    events = made(server, engine, height=96, steps=8)
    file = Image.open(BytesIO(serving.result(server, events, "image.png")))
    assert (file.format, file.mode, file.size) == ("PNG", "RGB", (64, 96)) and np.asarray(file).std() > 1.0
    roles = {result["name"]: result["role"] for result in events[-1]["data"]["job"]["results"]}
    assert roles == {"image.png": "image", "thumbnail.png": "preview", "result.json": "result"}
    told = [event["data"] for event in events if event["event"] == "progress"]
    shares = [one["progress"] for one in told]
    assert shares == sorted(shares)
    # The server passes ten reports a second on: of quick steps some are left out.
    steps = [int(found[1]) for one in told if (found := re.fullmatch(r"step (\d) of 8", one["message"]))]
    assert steps and steps == sorted(set(steps))
    assert any(event["event"] == "preview" for event in events)
    report = serving.report(server, events)
    jsonschema.validate(report["paradata"], SCHEMA)
    assert report["data"] == {"width": 64, "height": 96, "surround": False, "words": PROMPT, "warnings": []}


@pytest.mark.parametrize("engine", STEPS)
def test_paradata_name_the_models_and_how_they_were_sampled_in_the_file_too(server, plain, engine):
    _, _, report, events = plain(engine)
    paradata = report["paradata"]
    assert paradata["certainty"]["level"] == 0 and paradata["digital_source_type"] == TERM
    assert paradata["model"]["id"].startswith("tiny/") and paradata["models"][0]["role"] == "base"
    sampling = paradata["sampling"]
    assert sampling["steps"] == 4 and sampling["scheduler"].endswith("Scheduler") and sampling["guidance"] >= 0.0
    within = Image.open(BytesIO(serving.result(server, events, "image.png"))).text
    inside = json.loads(within["museum_paradata"])
    jsonschema.validate(inside, SCHEMA)
    assert {**inside, "created": paradata["created"], "duration_s": paradata["duration_s"]} == paradata
    assert f"<Iptc4xmpExt:DigitalSourceType>{TERM}<" in within["XML:com.adobe.xmp"]


@pytest.mark.parametrize("engine", STEPS)
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(server, plain, engine):
    digests, pixels, *_ = plain(engine)
    assert serving.digests(made(server, engine)) == digests
    assert not np.array_equal(picture(server, made(server, engine, seed=8)), pixels)


@pytest.mark.parametrize(("engine", "lora"), [("sdxl", "sdxl"), ("zimage", "zimage"), ("flux2-klein", "flux")])
def test_a_lora_counts_in_its_own_job_alone(server, plain, engine, lora):
    digests, pixels, *_ = plain(engine)
    name = f"pictures-{lora}.safetensors"
    events = made(server, engine, loras=[{"name": name, "weight": 1.5}])
    assert not np.array_equal(picture(server, events), pixels)
    assert serving.digests(made(server, engine)) == digests
    (used,) = [one for one in serving.report(server, events)["paradata"]["models"] if one.get("role") == "lora"]
    assert used["weight"] == 1.5 and len(used["sha256"][name]) == 64


@pytest.mark.parametrize("engine", ["sdxl", "flux2-klein"])
def test_a_reference_picture_counts_in_its_own_job_alone(server, plain, engine):
    digests, pixels, *_ = plain(engine)
    shown = {"reference": serving.upload(server, chequered())}
    with_it = made(server, engine, shown)
    assert not np.array_equal(picture(server, with_it), pixels)
    assert serving.digests(made(server, engine)) == digests
    assert serving.report(server, with_it)["paradata"]["inputs"][0]["role"] == "reference"


@pytest.mark.parametrize("engine", STEPS)
def test_edges_that_join_leave_no_trace_in_the_next_job(server, plain, engine):
    digests, pixels, *_ = plain(engine)
    joined = made(server, engine, height=64, surround=True)
    assert not np.array_equal(picture(server, joined), pixels)
    assert serving.digests(made(server, engine)) == digests
    assert "panorama" in serving.report(server, joined)["paradata"]["sampling"]["words"]


def test_a_background_all_around_is_twice_as_wide_as_high(server):
    events = made(server, "sdxl", width=128, surround=True, panorama_words=False)
    assert picture(server, events).shape == (64, 128, 3)
    assert serving.report(server, events)["data"]["words"] == PROMPT


@pytest.mark.parametrize(("engine", "count"), [("sdxl", 80), ("flux2-klein", 600)])
def test_words_that_the_model_does_not_read_are_named(server, engine, count):
    long = " ".join(["a"] * count + ["jade"])
    (warning,) = serving.report(server, made(server, engine, prompt=long))["data"]["warnings"]
    assert warning.startswith("The prompt is longer than the model reads") and warning.endswith("e”.")


def test_a_negative_prompt_without_guidance_is_said_to_have_no_effect(server, plain):
    events = made(server, "zimage", negative_prompt="de")
    assert np.array_equal(picture(server, events), plain("zimage")[1])
    (warning,) = serving.report(server, events)["data"]["warnings"]
    assert warning.startswith("The negative prompt had no effect: it counts with a guidance above 0")
    guided = made(server, "zimage", negative_prompt="de", guidance=3.0)
    assert not np.array_equal(picture(server, guided), plain("zimage")[1])
    assert serving.report(server, guided)["data"]["warnings"] == []


def test_a_negative_prompt_and_a_sampler_change_the_picture_and_not_the_next_one(server, plain):
    digests, pixels, *_ = plain("sdxl")
    assert not np.array_equal(picture(server, made(server, "sdxl", negative_prompt="de")), pixels)
    sampled = made(server, "sdxl", sampler="dpm++")
    assert not np.array_equal(picture(server, sampled), pixels)
    assert serving.report(server, sampled)["paradata"]["sampling"]["scheduler"] == "DPMSolverMultistepScheduler"
    assert serving.digests(made(server, "sdxl")) == digests


@pytest.mark.parametrize(("engine", "steps"), [("sdxl", 100), ("zimage", 50), ("flux2-klein", 50)])
def test_a_job_is_cancelled_in_the_middle_and_the_next_one_is_as_ever(server, plain, engine, steps):
    digests = plain(engine)[0]
    job = ask(server, engine, steps=steps, width=128, surround=engine != "zimage")
    with server.listening(f"/v1/jobs/{job['id']}/events") as events:
        next(event for event in events if event["data"].get("message", "").startswith("step "))
        server.json("DELETE", f"/v1/jobs/{job['id']}")
        rest = list(events)
    assert rest[-1]["data"]["job"]["state"] == "cancelled"
    assert not any(event["data"].get("message") == f"step {steps} of {steps}" for event in rest)
    assert serving.digests(made(server, engine)) == digests


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"prompt": "  "}, "there is no prompt"),
        ({"width": 65}, "multiple of 16"),
        ({"width": 4096}, "2048"),
        ({"steps": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_made_is_refused_before_it_waits(server, params, said):
    body = {"task": "text_to_image", "engine": "sdxl", "params": {"prompt": "a", "seed": 1, **params}, "inputs": {}}
    answer = server.request("POST", "/v1/jobs", json=body)
    assert answer.status_code == 422 and said in answer.json()["detail"] and answer.json()["fix"]


@pytest.mark.parametrize(("engine", "lora"), [("sdxl", "zimage"), ("zimage", "flux"), ("flux2-klein", "sdxl")])
def test_a_lora_of_another_family_is_refused_in_words(server, engine, lora):
    problem = serving.failure(server, ask(server, engine, loras=[{"name": f"pictures-{lora}"}]))
    assert problem["type"].endswith("model-unusable") and "does not fit this model" in problem["detail"]


@pytest.mark.parametrize("sampler", ["tcd", "lightning"])
def test_a_sampler_of_few_steps_without_its_lora_is_refused_in_words(server, sampler):
    problem = serving.failure(server, ask(server, "sdxl", sampler=sampler))
    assert "needs a LoRA" in problem["detail"] and "loras" in problem["fix"]


def test_a_sampler_of_few_steps_brings_its_steps_and_guidance(server):
    given = {"sampler": "lcm", "steps": None, "loras": [{"name": "pictures-sdxl"}]}
    sampling = serving.report(server, made(server, "sdxl", **given))["paradata"]["sampling"]
    assert (sampling["scheduler"], sampling["steps"], sampling["guidance"]) == ("LCMScheduler", 4, 1.0)


def test_a_reference_that_is_no_picture_is_refused_in_words(server):
    shown = {"reference": serving.upload(server, b"not a picture at all")}
    problem = serving.failure(server, ask(server, "sdxl", shown))
    assert "The reference picture is no PNG, JPEG, TIFF or WebP" in problem["detail"]


def test_without_its_models_an_engine_says_what_is_missing_and_how_to_get_it(monkeypatch, tmp_path):
    for name in ("MUSEUM_MODELS", "MUSEUM_MODELS_MORE", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    with pytest.raises(Unavailable, match=r"FLUX\.2 klein 4B is not on this machine") as caught:
        catalogue.find("text_to_image")
    assert "backend models pull image-flux2-klein" in caught.value.fix
    for info in catalogue.engines():
        if info.task == "text_to_image":
            assert not info.availability().available


class Here:
    """Who is told of a job in this process. told: called with each message."""

    def __init__(self, told):
        self._told = told

    def progress(self, fraction, message):
        self._told(message)

    def log(self, text): ...
    def preview(self, png): ...
    def cancelled(self):
        return False


@pytest.fixture
def run_here(tiny, server, monkeypatch, tmp_path):
    """Runs an engine in this process, with the tiny models."""
    for name in ("MUSEUM_MODELS", "MUSEUM_MODELS_MORE", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, tiny.environment[name])

    def run(engine, residents, told, **params):
        info = catalogue.find("text_to_image", engine)
        job = RunningJob(tmp_path, {}, tmp_path / "kept", residents, Here(told))
        return info.load()(job, catalogue.checked_params(info, {"prompt": "a", "steps": 2, **params}))

    return run


@pytest.mark.parametrize("engine", STEPS)
def test_nothing_of_a_picture_keeps_its_models(run_here, engine):
    """They are gone once they are released, also after joined edges."""
    residents, seen = Residents(), []

    def told(message):
        if message == "step 2 of 2":
            (held,) = residents._held
            parts = held.pipeline.components.values()
            seen.extend(weakref.ref(part) for part in parts if isinstance(part, torch.nn.Module))

    run_here(engine, residents, told, width=64, height=64, surround=True)
    assert len(seen) >= 3 and all(part() is not None for part in seen)
    assert residents.release() == 1
    gc.collect()
    assert [part() for part in seen if part() is not None] == []


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a process's memory is Linux's")
def test_a_picture_too_large_for_the_memory_is_refused_in_words(run_here):
    import resource

    limits, residents = resource.getrlimit(resource.RLIMIT_AS), Residents()

    def told(message):
        if message == "Reading the words":
            most = psutil.Process().memory_info().vms + (64 << 20)
            resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))

    try:
        with pytest.raises(NotEnoughMemory, match=r"The model needs about 9\.0 GB of memory") as caught:
            run_here("sdxl", residents, told, width=2048)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
    assert caught.value.fix.startswith("Ask for less than 2048 x 2048 pixels.")
    assert residents.figures() == ()
