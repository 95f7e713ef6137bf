"""Shap-E over the HTTP API, by tiny models whose decoder knows one form, and the way by a picture."""

import io
import json
import struct
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import serving
import tiny_shapes
import trimesh
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "museum_addon" / "core" / "paradata.schema.json").read_text(encoding="utf-8"))
TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SMALL = {"steps": 6, "resolution": 40, "texture_size": 512, "max_triangles": 4000}
PROMPT = "a bead, 45 cm tall"
NAMES = {"model.glb": "model", "base_color.png": "base_color", "evidence.png": "evidence", "thumbnail.png": "preview"}


@pytest.fixture(scope="module")
def server(tiny, neural_server):
    tiny.need("text-to-3d-shap-e", "image-to-3d-shap-e", "image-sdxl")
    return neural_server


@pytest.fixture(scope="module")
def image(server):
    """A blue drop on light grey."""
    y, x = np.mgrid[0:160, 0:120]
    inside = (((x - 60) / 34.0) ** 2 + ((y - 84) / 58.0) ** 2) < 1.0
    picture = np.where(inside[..., None], (30, 60, 150), (232, 232, 230)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return serving.upload(server, stream.getvalue())


def text_job(server, **params):
    return serving.order(server, "text_to_3d", "shap-e", **{"prompt": PROMPT, "seed": 3, **SMALL, **params})


@pytest.fixture(scope="module")
def made(server):
    """The events of one job from words."""
    return serving.finished(server, text_job(server))


@pytest.fixture(scope="module")
def shaped(server, image):
    """The events of one job from a picture."""
    return serving.finished(server, serving.order(server, "image_to_3d", "shap-e", {"image": image}, seed=3, **SMALL))


def loaded(content):
    """The mesh as another program reads it: metres, y up, one piece with its texture."""
    scene = trimesh.load(io.BytesIO(content), file_type="glb", process=False)
    (mesh,) = scene.geometry.values()
    return mesh


def extras(content):
    size = struct.unpack_from("<I", content, 12)[0]
    return json.loads(content[20 : 20 + size])["asset"]["extras"]["museum_paradata"]


def closed(mesh):
    """Every edge has exactly two faces where vertices at one place are one."""
    places, index = np.unique(np.round(mesh.vertices, 7), axis=0, return_inverse=True)
    return trimesh.Trimesh(places, index.reshape(-1)[mesh.faces], process=False)


def test_words_become_a_closed_model_of_the_size_that_they_say(server, made):
    mesh = loaded(serving.result(server, made, "model.glb"))
    whole = closed(mesh)
    assert whole.is_watertight and whole.is_winding_consistent and whole.volume > 0.0
    low, high = mesh.bounds
    assert high[1] - low[1] == pytest.approx(0.45, abs=1e-4)
    assert low[1] == pytest.approx(0.0, abs=1e-6)
    assert (low + high)[[0, 2]] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert len(mesh.faces) <= 4000
    # Proportions of the form that the decoder's weights say: its half axes solve k x tanh(k x / 2) = 3.
    half = [3.205 / steepness for steepness in tiny_shapes.STEEPNESS]
    expected = 0.45 / half[2] * np.array([half[0], half[2], half[1]])
    assert mesh.extents == pytest.approx(expected, rel=0.04)


def test_the_texture_shows_the_decoder_s_colours(server, made):
    mesh = loaded(serving.result(server, made, "model.glb"))
    texture = np.asarray(Image.open(io.BytesIO(serving.result(server, made, "base_color.png"))).convert("RGB"))
    uv = np.asarray(mesh.visual.uv)
    assert texture.shape == (512, 512, 3) and uv.min() >= 0.0 and uv.max() <= 1.0
    assert np.array_equal(texture, np.asarray(mesh.visual.material.baseColorTexture.convert("RGB")))
    # The middle of each face: back to the decoder's cube by the box of the form, which the latents sway a little.
    middle, coordinate = mesh.vertices[mesh.faces].mean(axis=1), uv[mesh.faces].mean(axis=1)
    row = np.clip(((1.0 - coordinate[:, 1]) * 512).astype(int), 0, 511)
    seen = texture[row, np.clip((coordinate[:, 0] * 512).astype(int), 0, 511)].astype(float)
    scale = 2.0 * 3.205 / tiny_shapes.STEEPNESS[2] / 0.45
    places = np.column_stack([middle[:, 0], -middle[:, 2], middle[:, 1] - 0.225]) * scale
    away = np.abs(seen - 255.0 * tiny_shapes.colour(places)).max(axis=1)
    assert np.percentile(away, 95) < 8.0 and np.median(away) < 5.0


def test_files_and_paradata_are_whole(server, made):
    results = {file["name"]: file["role"] for file in made[-1]["data"]["job"]["results"]}
    assert results == {**NAMES, "result.json": "result"}
    paradata = serving.report(server, made)["paradata"]
    jsonschema.validate(paradata, SCHEMA)
    assert paradata["digital_source_type"] == TERM and paradata["certainty"]["level"] == 0
    assert "height is as the words say" in paradata["certainty"]["note"]
    assert [model["id"] for model in paradata["models"]] == ["tiny/shap-e"]
    assert paradata["sampling"] == {"scheduler": "HeunDiscreteScheduler", "steps": 6, "guidance": 15.0}
    inside = extras(serving.result(server, made, "model.glb"))
    assert {**inside, "created": paradata["created"], "duration_s": paradata["duration_s"]} == paradata
    evidence = np.asarray(Image.open(io.BytesIO(serving.result(server, made, "evidence.png"))))
    assert (evidence[..., 0] == 128).all() and (evidence[..., 1] == 255).all()
    thumbnail = np.asarray(Image.open(io.BytesIO(serving.result(server, made, "thumbnail.png"))))
    assert thumbnail.shape == (256, 256, 4) and 0.05 < (thumbnail[..., 3] > 128).mean() < 0.9


def test_progress_never_goes_back_and_names_each_step_and_previews_arrive(made):
    told = [event["data"] for event in made if event["event"] == "progress"]
    shares = [one["progress"] for one in told]
    assert shares == sorted(shares)
    assert any(one["message"].startswith("step ") and one["message"].endswith(" of 6") for one in told)
    assert any(event["event"] == "preview" for event in made), "five a second are passed on, so one of a quick job"


def test_the_same_seed_gives_the_same_bytes_and_another_another_form(server, made):
    assert serving.digests(serving.finished(server, text_job(server))) == serving.digests(made)
    other = serving.digests(serving.finished(server, text_job(server, seed=4)))
    assert other["model.glb"] != serving.digests(made)["model.glb"]


def test_a_picture_becomes_a_model_too_and_the_cut_out_is_told(server, shaped):
    mesh = loaded(serving.result(server, shaped, "model.glb"))
    assert closed(mesh).is_watertight
    report = serving.report(server, shaped)
    assert report["data"]["cutout"]["method"] == "plain" and report["data"]["cutout"]["confidence"] > 0.5
    assert report["data"]["size_m"][2] == pytest.approx(0.3) and "No size was given" in report["data"]["warnings"][-1]
    paradata = report["paradata"]
    assert paradata["certainty"]["level"] == 1 and paradata["inputs"][0]["role"] == "image"
    assert [model["id"] for model in paradata["models"]] == ["tiny/shap-e-image"]


def test_sides_in_numbers_come_before_those_of_the_words(server):
    events = serving.finished(server, text_job(server, width_m=0.2, height_m=0.1, steps=2))
    size = serving.report(server, events)["data"]["size_m"]
    assert size[0] == pytest.approx(0.2, abs=1e-5) and size[2] == pytest.approx(0.1, abs=1e-5)
    assert "was left out" in " ".join(serving.report(server, events)["data"]["warnings"])


def test_a_job_is_cancelled_in_the_middle_and_the_next_one_is_as_ever(server, made):
    job = text_job(server, steps=250, resolution=256)
    with server.listening(f"/v1/jobs/{job['id']}/events") as events:
        next(event for event in events if event["data"].get("message", "").startswith("step "))
        server.json("DELETE", f"/v1/jobs/{job['id']}")
        rest = list(events)
    assert rest[-1]["data"]["job"]["state"] == "cancelled"
    assert not any("step 250" in event["data"].get("message", "") for event in rest)
    assert serving.digests(serving.finished(server, text_job(server))) == serving.digests(made)


def test_decoding_is_cancelled_in_the_middle(server):
    job = text_job(server, steps=2, resolution=256)
    with server.listening(f"/v1/jobs/{job['id']}/events") as events:
        next(event for event in events if event["data"].get("message") == "Looking for the surface")
        server.json("DELETE", f"/v1/jobs/{job['id']}")
        rest = list(events)
    assert rest[-1]["data"]["job"]["state"] == "cancelled"
    assert not any("Colouring" in event["data"].get("message", "") for event in rest)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"prompt": " "}, "the prompt is empty"),
        ({"prompt": "a bead 900 m tall"}, "cannot be made"),
        ({"resolution": 1000}, "resolution"),
    ],
)
def test_what_cannot_be_made_is_said_with_what_helps(server, params, said):
    response = server.request(
        "POST", "/v1/jobs", json={"task": "text_to_3d", "engine": "shap-e", "params": {"prompt": PROMPT, **params}}
    )
    problem = response.json() if response.status_code != 201 else serving.failure(server, response.json())
    assert said in problem["detail"] and problem["fix"]


def test_a_file_that_is_no_picture_is_refused(server):
    file = serving.upload(server, b"no picture at all")
    problem = serving.failure(server, serving.order(server, "image_to_3d", "shap-e", {"image": file}, **SMALL))
    assert problem["detail"] == "The picture is no PNG, JPEG, TIFF or WebP."


CHAIN = {
    "prompt": PROMPT, "seed": 3, "picture_size": 64, "picture_steps": 2, "shape_steps": 4, "resolution": 40,
    "texture_size": 512, "max_triangles": 4000, "picture_engine": "sdxl",
}  # fmt: skip


@pytest.fixture(scope="module")
def chained(server):
    return serving.finished(server, serving.order(server, "text_to_3d", "via-image", **CHAIN))


def test_the_way_by_a_picture_leaves_picture_cut_out_and_model(server, chained):
    results = {file["name"]: file["role"] for file in chained[-1]["data"]["job"]["results"]}
    assert results == {**NAMES, "picture.png": "picture", "cutout.png": "cutout", "result.json": "result"}
    picture = Image.open(io.BytesIO(serving.result(server, chained, "picture.png")))
    cutout = Image.open(io.BytesIO(serving.result(server, chained, "cutout.png")))
    assert picture.size == cutout.size == (64, 64) and cutout.mode == "RGBA"
    mesh = loaded(serving.result(server, chained, "model.glb"))
    assert mesh.extents[1] == pytest.approx(0.45, abs=1e-4)


def test_its_paradata_name_the_models_of_both_halves_in_the_file_too(server, chained):
    report = serving.report(server, chained)
    paradata = report["paradata"]
    jsonschema.validate(paradata, SCHEMA)
    models = [(model["id"], model["role"]) for model in paradata["models"]]
    assert models[0] == ("tiny/shap-e-image", "shape: base") and ("tiny/sdxl", "picture: base") in models
    assert paradata["sampling"]["picture"]["engine"] == "sdxl" and paradata["sampling"]["shape"]["steps"] == 4
    assert report["data"]["picture_words"].startswith("a bead. A single object")
    inside = extras(serving.result(server, chained, "model.glb"))
    assert inside["engine"]["name"] == "via-image" and inside["models"] == paradata["models"]
    assert {**inside, "created": paradata["created"], "duration_s": paradata["duration_s"]} == paradata


def test_its_progress_goes_over_both_halves(chained):
    told = [event["data"] for event in chained if event["event"] == "progress"]
    shares = [one["progress"] for one in told]
    assert shares == sorted(shares)
    words = [one["message"] for one in told]
    assert any(word.startswith("Picture: step ") for word in words)
    assert any(word.startswith("Shape: step ") for word in words)


def test_its_same_seed_gives_the_same_bytes(server, chained):
    again = serving.finished(server, serving.order(server, "text_to_3d", "via-image", **CHAIN))
    assert serving.digests(again) == serving.digests(chained)


def test_engines_of_both_halves_can_be_chosen_and_unknown_ones_are_named(server):
    problem = serving.failure(
        server, serving.order(server, "text_to_3d", "via-image", **{**CHAIN, "picture_engine": "oil"})
    )
    assert "oil" in problem["detail"] and "sdxl" in problem["fix"]
