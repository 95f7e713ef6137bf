"""Views painted by diffusion models, as jobs of a real server: tiny models of the real classes.

Jobs take seconds, so that several tests look at the same ones (``Jobs``).
"""

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import meshes
import numpy as np
import pytest
import serving
import tiny_adapters
from PIL import Image

from devtools.server_process import backend_environment

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "museum_addon/core/paradata.schema.json").read_text("utf-8"))
ENGINES = {"sdxl": "DDIMScheduler", "sd15": "DDIMScheduler"}
VIEWS = {
    "prompt": "a b c", "texture_size": 512, "view_size": 64, "view_count": 4, "refinement_views": 0, "up": "z",
    "schedule": "published", "steps": 3, "preview_every": 1,
}  # fmt: skip
ONE = {"view_count": 1, "steps": 2}
"""For what one view shows."""


class Jobs:
    """Jobs of one server, each made once. ``jobs(engine, **changes)`` gives the events of one that succeeded."""

    def __init__(self, server, mesh):
        self.server, self.mesh, self._done = server, mesh, {}

    def order(self, engine, inputs=None, **changes):
        """A job with the usual parameters, not waited for."""
        return serving.order(self.server, "texture", engine, {"mesh": self.mesh, **(inputs or {})}, **VIEWS | changes)

    def __call__(self, engine, inputs=None, again="", **changes):
        key = json.dumps([engine, inputs, again, changes], sort_keys=True)
        if key not in self._done:
            self._done[key] = serving.finished(self.server, self.order(engine, inputs, **changes))
        return self._done[key]


@pytest.fixture(scope="module")
def jobs(neural_server, tiny):
    """Jobs of the shared server, which has the models of these engines."""
    tiny.need("texture-sdxl", "texture-sd15", "ip-adapter-sd15", "lcm-lora-sd15")
    return Jobs(neural_server, serving.upload(neural_server, meshes.ball()))


def told(events):
    """(share, words) of all reports of progress."""
    return [(e["data"]["progress"], e["data"]["message"]) for e in events if e["event"] == "progress"]


def base_color(jobs, events):
    return np.asarray(Image.open(io.BytesIO(serving.result(jobs.server, events, "base_color.png"))).convert("RGB"))


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mesh_is_painted_from_four_sides(jobs, engine):
    events = jobs(engine)
    report = serving.report(jobs.server, events)
    assert [view["name"] for view in report["data"]["views"]] == ["front", "front right", "front left", "right"]
    assert report["data"]["painter"] == engine and report["data"]["coverage"]["painted"] > 0.3
    names = {file["name"] for file in report["files"]}
    assert {"model.glb", "base_color.png", "evidence.png", "thumbnail.png", "views.jpg"} <= names
    assert base_color(jobs, events).std() > 2.0
    assert serving.result(jobs.server, events, "model.glb")[:4] == b"glTF"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_with_coordinates_of_its_own_is_painted_on_them(jobs, engine):
    path = Path(os.environ.get("MUSEUM_TEST_DATA") or ROOT.parent / "shared" / "data") / "meshes" / "spot.obj"
    if not path.is_file():
        pytest.skip("spot.obj is not among the shared data")
    events = jobs(engine, {"mesh": serving.upload(jobs.server, path)}, up="y", unwrap="keep")
    data = serving.report(jobs.server, events)["data"]
    assert len(data["views"]) == 4 and all(view["texels"] > 0 for view in data["views"])
    assert (data["unwrapped"], data["triangles"]) == (False, 5856)
    shares = data["coverage"]
    assert shares["painted"] > 0.3 and shares["filled"] > 0.99
    pixels = base_color(jobs, events)
    assert pixels.shape == (512, 512, 3) and pixels.std() > 2.0


@pytest.mark.parametrize("engine", ENGINES)
def test_paradata_name_the_models_and_how_they_were_sampled(jobs, engine):
    paradata = serving.report(jobs.server, jobs(engine))["paradata"]
    jsonschema.validate(paradata, SCHEMA)
    assert paradata["models"][0]["role"] == "base" and paradata["models"][0]["id"] == f"tiny/{engine}"
    assert {model["role"] for model in paradata["models"]} >= {"base", "controlnet"}
    assert paradata["model"]["licence"].startswith("openrail")
    sampling = paradata["sampling"]
    assert (sampling["scheduler"], sampling["steps"]) == (ENGINES[engine], 3) and sampling["guidance"] > 1.0
    assert paradata["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    assert paradata["certainty"]["level"] == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_progress_never_goes_back_and_names_views_and_steps(jobs, engine):
    reports = told(jobs(engine))
    shares = [share for share, _ in reports]
    assert shares == sorted(shares) and shares[-1] == 1.0
    steps = [re.fullmatch(r"View (\d) of 4: [a-z ]+, step (\d) of 3", words) for _, words in reports]
    named = [(int(found[1]), int(found[2])) for found in steps if found]
    # The server passes ten reports a second on.
    assert len(named) >= 4 and named == sorted(named) and len({view for view, _ in named}) >= 2


@pytest.mark.parametrize("engine", ENGINES)
def test_previews_arrive_while_a_view_is_painted(jobs, engine):
    events = jobs(engine)
    pictures = [base64.b64decode(event["data"]["png"]) for event in events if event["event"] == "preview"]
    assert len(pictures) >= 2 and all(len(picture) <= 256 * 1024 for picture in pictures)
    sizes = {Image.open(io.BytesIO(picture)).size for picture in pictures}
    assert (32, 32) in sizes, "a pixel for each latent, before the view is done"


def test_the_same_seed_gives_the_same_bytes_with_loaded_models_and_with_fresh_ones(jobs):
    jobs("sd15", **ONE)
    fresh = jobs("sd15")
    resident = jobs("sd15", again="resident")
    # A worker hears of it before it hears of the next job, so that one loads everything anew.
    assert jobs.server.request("POST", "/v1/release").status_code == 202
    anew = jobs("sd15", again="anew")
    assert "Loading unet" not in str(told(resident)), "this one found the models loaded"
    assert serving.digests(fresh) == serving.digests(resident) == serving.digests(anew)
    assert "model.glb" in serving.digests(fresh)


def test_sdxl_gives_the_same_bytes_too(jobs):
    first = jobs("sdxl")
    jobs("sd15", **ONE)
    assert serving.digests(first) == serving.digests(jobs("sdxl", again="anew"))


@pytest.mark.parametrize("engine", ENGINES)
def test_another_seed_gives_another_texture(jobs, engine):
    pictures = [base_color(jobs, jobs(engine, **seed)).astype(int) for seed in ({}, {"seed": 8})]
    assert np.abs(pictures[0] - pictures[1]).mean() > 1.0


def test_a_job_cancelled_between_two_steps_ends_and_its_worker_lives(jobs):
    server = jobs.server
    jobs("sdxl", **ONE)
    before = {worker.pid for worker in server.workers()}
    job = jobs.order("sdxl", steps=140)
    seen = []
    with server.listening(f"/v1/jobs/{job['id']}/events") as stream:
        for event in stream:
            seen.append(event)
            if re.search(r"step \d+ of 140", event["data"].get("message", "")):
                break
        server.json("DELETE", f"/v1/jobs/{job['id']}")
        rest = list(stream)
    assert rest[-1]["data"]["job"]["state"] == "cancelled"
    assert before <= {worker.pid for worker in server.workers()}, "nobody had to be ended"
    last = [words for _, words in told(rest)]
    assert not any(words.startswith("View 2") for words in last)


@pytest.mark.parametrize("engine", ENGINES)
def test_restoring_leaves_every_texel_that_stays_as_it_was(jobs, engine):
    size = 512
    rows, cols = np.mgrid[0:size, 0:size]
    texture = np.stack([rows // 2, cols // 2, (rows + cols) // 4], axis=-1).astype(np.uint8)
    mask = np.zeros((size, size), np.uint8)
    mask[200:312, 180:332] = 255
    inputs = {role: serving.upload(jobs.server, png(pixels)) for role, pixels in (("texture", texture), ("mask", mask))}
    events = jobs(engine, inputs, mode="restore", texture_size=None)
    after, report = base_color(jobs, events), serving.report(jobs.server, events)
    stays = mask == 0
    assert np.array_equal(after[stays], texture[stays])
    assert np.abs(after[~stays].astype(int) - texture[~stays]).mean() > 2.0
    assert report["data"]["coverage"]["observed"] > 0.8
    assert report["paradata"]["digital_source_type"].endswith("/compositeWithTrainedAlgorithmicMedia")


def test_a_lora_changes_the_texture_and_stands_in_the_paradata_with_its_hash(jobs, tiny):
    file = tiny_adapters.save_lora(tiny_adapters.sd15_unet(), tiny.folder / "loras" / "bronze.safetensors")
    own = jobs("sd15", **ONE, loras=[{"name": "bronze", "weight": 0.7}])
    sent = serving.upload(jobs.server, file)
    uploaded = jobs("sd15", {"lora.1": sent}, **ONE, loras=[{"name": "lora.1", "weight": 0.7}])
    (model,) = [m for m in serving.report(jobs.server, own)["paradata"]["models"] if m.get("role") == "lora"]
    assert model == {
        "id": "bronze", "revision": "", "licence": "", "sha256": {"bronze": sent}, "role": "lora", "weight": 0.7
    }  # fmt: skip
    plain, changed, other = (base_color(jobs, events) for events in (jobs("sd15", **ONE), own, uploaded))
    assert not np.array_equal(plain, changed)
    assert np.array_equal(changed, other), "wherever the file comes from"


def refused(jobs, engine="sd15", inputs=None, **changes):
    error = serving.failure(jobs.server, jobs.order(engine, inputs, **changes))
    return error["detail"], error["fix"]


def test_a_lora_of_another_family_is_refused(jobs, tiny):
    import tiny_models

    tiny_adapters.save_lora(tiny_models.sdxl_unet(), tiny.folder / "loras" / "large.safetensors")
    detail, fix = refused(jobs, loras=[{"name": "large.safetensors"}])
    assert "large.safetensors does not fit this model" in detail and "family" in fix
    sent = serving.upload(jobs.server, tiny.folder / "loras" / "large.safetensors")
    detail, _ = refused(jobs, inputs={"lora.1": sent}, loras=[{"name": "lora.1"}])
    assert detail == "The LoRA lora.1 does not fit this model.", "neither its hash nor what a library says"


def test_pickled_missing_and_odd_loras_are_refused_before_anything_is_loaded(jobs, tiny):
    (tiny.folder / "loras" / "old.ckpt").write_bytes(b"\x80\x04pickle")
    (tiny.folder / "loras" / "sly.safetensors").write_bytes(b"\x80\x04pickle" * 40)
    detail, fix = refused(jobs, loras=[{"name": "old.ckpt"}])
    assert "pickled" in detail and "safetensors" in fix
    assert "pickle" in refused(jobs, loras=[{"name": "sly.safetensors"}])[0]
    sent = serving.upload(jobs.server, b"\x80\x04pickle" * 50)
    assert "pickle" in refused(jobs, inputs={"lora.1": sent}, loras=[{"name": "lora.1"}])[0]
    detail, fix = refused(jobs, loras=[{"name": "bronce.safetensors"}])
    assert "no LoRA “bronce.safetensors”" in detail and "lora.1" in fix
    assert "no name of a LoRA" in refused(jobs, loras=[{"name": "../sdxl/unet"}])[0]


def test_a_reference_picture_changes_the_texture(jobs):
    pictures = [serving.upload(jobs.server, png(np.full((64, 64, 3), value, np.uint8))) for value in (20, 230)]
    dark, light = (jobs("sd15", {"reference": picture}, **ONE, reference_strength=1.0) for picture in pictures)
    assert not np.array_equal(base_color(jobs, dark), base_color(jobs, light))
    paradata = serving.report(jobs.server, dark)["paradata"]
    assert "ip_adapter" in {model["role"] for model in paradata["models"]}
    assert paradata["sampling"]["reference_strength"] == 1.0
    assert [entry["role"] for entry in paradata["inputs"]] == ["mesh", "reference"]


def test_a_sampler_of_few_steps_brings_its_lora_its_steps_and_its_guidance(jobs):
    events = jobs("sd15", **ONE | {"sampler": "lcm", "steps": None})
    paradata = serving.report(jobs.server, events)["paradata"]
    sampling = paradata["sampling"]
    assert (sampling["scheduler"], sampling["steps"], sampling["guidance"]) == ("LCMScheduler", 4, 1.0)
    assert "tiny/lcm-sd15" in {model["id"] for model in paradata["models"] if model["role"] == "lora"}


def test_a_sampler_without_its_lora_says_what_to_do(jobs):
    detail, fix = refused(jobs, sampler="tcd")
    assert "needs a LoRA" in detail and "loras" in fix
    detail, fix = refused(jobs, "sdxl", sampler="lcm")
    assert "LCM LoRA" in detail and "backend models pull lcm-lora-sdxl" in fix


def test_words_without_effect_are_named(jobs):
    events = jobs("sd15", **ONE | {"prompt": "鼎 " + "a " * 80, "negative_prompt": "d", "guidance": 1.0})
    english, lost, pressed = serving.report(jobs.server, events)["data"]["warnings"]
    assert "English" in english and "did not read the end" in lost and "negative prompt has no effect" in pressed


def test_wrong_parameters_are_refused_with_a_sentence(jobs):
    for changes, word in (
        ({"prompt": " "}, "prompt"), ({"steps": 0}, "steps"), ({"sampler": "best"}, "sampler"),
        ({"loras": [{"name": "a"}, {"name": "a"}]}, "twice"), ({"view_size": 32}, "view_size"),
    ):  # fmt: skip
        body = {"task": "texture", "engine": "sdxl", "params": VIEWS | changes, "inputs": {"mesh": jobs.mesh}}
        answer = jobs.server.request("POST", "/v1/jobs", json=body)
        assert answer.status_code == 422 or answer.status_code == 400
        assert word in answer.json()["detail"] and answer.json()["fix"]


def test_without_their_models_the_engines_say_what_is_missing_and_how_to_get_it(tmp_path):
    empty = serving.TinyModels(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "backend", "engines", "--json"], capture_output=True, text=True, check=True, cwd=ROOT,
        env=backend_environment(empty.environment),
    )  # fmt: skip
    listed = {(e["task"], e["name"]): e for e in json.loads(done.stdout)["engines"]}
    for engine in ENGINES:
        entry = listed["texture", engine]
        assert not entry["available"] and "not on this machine" in entry["reason"]
        assert f"backend models pull texture-{engine}" in entry["fix"]
        assert entry["device"] == "neural" and entry["params"]["properties"]["steps"]["description"]


def test_every_parameter_is_described_and_most_are_bounded(jobs):
    engines = jobs.server.json("GET", "/v1/engines")["engines"]
    for engine in ENGINES:
        (entry,) = [one for one in engines if (one["task"], one["name"]) == ("texture", engine)]
        assert entry["available"], entry["reason"]
        properties = entry["params"]["properties"]
        assert all(value.get("description") or "$ref" in value for value in properties.values()), engine
        assert "prompt" in entry["params"]["required"]
        assert ("normal_strength" in properties) == (engine == "sdxl")
