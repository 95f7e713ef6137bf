"""Materials of painted meshes by a tiny real Marigold: from a picture, and as part of a job of a server."""

import io
import json
import struct

import meshes
import numpy as np
import pytest
import serving
import tiny_generators
import torch
from PIL import Image

from backend.engines.diffusion.faults import ModelUnusable
from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.recipes import Recipe
from backend.engines.painters.intrinsics import intrinsics_of
from backend.errors import Cancelled

SIZE = 64


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    folder = tiny_generators.save_marigold(tmp_path_factory.mktemp("marigold") / "marigold")
    return load_pipeline(Recipe("MarigoldIntrinsicsPipeline", folder), "float32")


def picture(seed=3, size=SIZE):
    return np.random.default_rng(seed).random((size, size, 3), dtype=np.float32)


def taken_apart(pipeline, given=None, told=lambda share: None, **more):
    return intrinsics_of(pipeline, picture() if given is None else given, **{"seed": 1, "tell": told, **more})


def test_a_picture_is_taken_apart_into_maps_of_its_size(pipeline):
    found = taken_apart(pipeline, picture(size=72))
    assert found.albedo.shape == (72, 72, 3) and found.roughness.shape == found.metallic.shape == (72, 72)
    for one in (found.albedo, found.roughness, found.metallic):
        assert one.dtype == np.float32 and one.min() >= 0.0 and one.max() <= 1.0 and one.std() > 0.001
    assert np.abs(found.roughness - found.metallic).mean() > 0.001


def test_maps_are_the_channels_that_the_model_names(pipeline):
    """Held against what the pipeline itself answers."""
    given = torch.from_numpy(picture().transpose(2, 0, 1)[None].copy())
    plain = pipeline(given, num_inference_steps=2, generator=torch.Generator().manual_seed(1)).prediction
    found = taken_apart(pipeline)
    assert np.allclose(found.albedo, plain[0], atol=1e-6)
    assert np.allclose(found.roughness, plain[1][..., 0], atol=1e-6)
    assert np.allclose(found.metallic, plain[1][..., 1], atol=1e-6)


def test_a_linear_albedo_is_encoded(pipeline, monkeypatch):
    plain = taken_apart(pipeline).albedo.astype(np.float64)
    properties = {**pipeline.target_properties, "albedo": {"prediction_space": "linear"}}
    monkeypatch.setattr(pipeline, "target_properties", properties)
    # IEC 61966-2-1, back to linear: what comes out is what went in.
    encoded = taken_apart(pipeline).albedo.astype(np.float64)
    back = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    assert np.allclose(back, plain, atol=1e-6)


def test_the_same_seed_gives_the_same_maps(pipeline):
    first, again, other = taken_apart(pipeline), taken_apart(pipeline), taken_apart(pipeline, seed=2)
    assert np.array_equal(first.albedo, again.albedo) and np.array_equal(first.metallic, again.metallic)
    assert not np.array_equal(first.albedo, other.albedo)


def test_several_predictions_are_told_as_one_work(pipeline):
    told = []
    taken_apart(pipeline, told=told.append, steps=3, ensemble=3)
    assert told == sorted(told) and told[0] == 0.0 and told[-1] == 1.0
    assert len({round(share, 6) for share in told}) == 3 * 3 + 1


def test_a_cancelled_job_stops_before_the_next_layer_and_the_model_can_be_used_again(pipeline):
    computed = []
    handle = pipeline.unet.register_forward_hook(lambda *_: computed.append(1))

    def cancel(share):
        if share > 0.4:
            raise Cancelled

    try:
        with pytest.raises(Cancelled):
            taken_apart(pipeline, told=cancel, steps=5)
    finally:
        handle.remove()
    assert len(computed) == 3
    assert not pipeline.unet._forward_pre_hooks
    assert np.isfinite(taken_apart(pipeline).albedo).all()


@pytest.mark.parametrize(
    "properties",
    [
        None,
        {"target_names": ["albedo", "shading", "residual"]},
        {"target_names": ["albedo", "material"], "material": {"sub_target_names": ["roughness", None, None]}},
    ],
)
def test_a_model_of_something_else_is_refused(pipeline, monkeypatch, properties):
    monkeypatch.setattr(pipeline, "target_properties", properties)
    with pytest.raises(ModelUnusable) as caught:
        taken_apart(pipeline)
    assert "materials-marigold" in caught.value.fix


VIEWS = {
    "prompt": "a b c", "texture_size": 512, "view_size": 64, "view_count": 4, "refinement_views": 0,
    "schedule": "published", "steps": 2, "up": "z",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(neural_server, tiny):
    tiny.need("texture-zimage", "materials-marigold")
    return neural_server


@pytest.fixture(scope="module")
def ball(server):
    return serving.upload(server, meshes.ball())


def textured(server, ball, **more):
    return serving.finished(server, serving.order(server, "texture", "zimage", {"mesh": ball}, **{**VIEWS, **more}))


@pytest.fixture(scope="module")
def plain(server, ball):
    return textured(server, ball)


@pytest.fixture(scope="module")
def full(server, ball):
    return textured(server, ball, materials=True)


def image(server, events, name):
    return np.asarray(Image.open(io.BytesIO(serving.result(server, events, name))))


def test_zimage_paints_four_views_over_the_api(server, plain):
    said = serving.report(server, plain)
    assert len(said["data"]["views"]) == 4 and said["data"]["painter"] == "zimage"
    assert image(server, plain, "base_color.png").std() > 2.0
    shares = [event["data"]["progress"] for event in plain if event["event"] == "progress"]
    assert shares == sorted(shares) and len(shares) > 8
    assert any(event["event"] == "preview" for event in plain)


def test_the_same_seed_gives_the_same_files(server, ball, plain):
    assert serving.digests(textured(server, ball)) == serving.digests(plain)
    assert serving.digests(textured(server, ball, seed=1))["base_color.png"] != serving.digests(plain)["base_color.png"]


def test_a_full_material_comes_with_the_same_evidence(server, plain, full):
    assert np.array_equal(image(server, full, "evidence.png"), image(server, plain, "evidence.png"))
    packed, colour = image(server, full, "metallic_roughness.png"), image(server, full, "base_color.png")
    assert packed.shape == colour.shape == (512, 512, 3) and (packed[..., 0] == 255).all()
    assert packed[..., 1].std() > 0.5 and packed[..., 2].std() > 0.5
    assert not np.array_equal(colour, image(server, plain, "base_color.png"))
    shares = [event["data"]["progress"] for event in full if event["event"] == "progress"]
    words = [event["data"]["message"] for event in full if event["event"] == "progress"]
    assert shares == sorted(shares) and any("Material of view 4 of 4" in text for text in words)


def test_the_glb_holds_both_and_paradata_name_both_models(server, full):
    data = serving.result(server, full, "model.glb")
    document = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    shading = document["materials"][0]["pbrMetallicRoughness"]
    assert set(shading) == {"baseColorTexture", "metallicRoughnessTexture"} and len(document["images"]) == 2
    said = serving.report(server, full)["paradata"]
    text = json.dumps(said)
    assert all(f"tiny/{name}" in text for name in ("z-image", "z-control", "marigold"))
    embedded = document["asset"]["extras"]["museum_paradata"]
    later = ("created", "duration_s")
    assert {**said, **dict.fromkeys(later)} == {**embedded, **dict.fromkeys(later)}
    assert said["sampling"]["materials"]["steps"] == 2


def test_materials_twice_are_the_same_bytes(server, ball, full):
    assert serving.digests(textured(server, ball, materials=True)) == serving.digests(full)


def test_materials_of_a_part_are_refused_before_anything_is_painted(server, ball):
    job = serving.order(server, "texture", "zimage", {"mesh": ball}, **VIEWS, materials=True, mode="restore")
    said = serving.failure(server, job)
    assert "restore" in said["detail"] and "generate" in said["fix"]


@pytest.mark.parametrize("wrong", [{"sampler": "lcm"}, {"mode": "refine"}])
def test_what_the_model_cannot_do_is_refused_with_the_request(server, ball, wrong):
    body = {"task": "texture", "engine": "zimage", "params": {**VIEWS, **wrong}, "inputs": {"mesh": ball}}
    response = server.request("POST", "/v1/jobs", json=body)
    assert response.status_code == 422 and response.json()["detail"]


def test_a_job_is_cancelled_amid_the_steps(server, ball):
    job = serving.order(server, "texture", "zimage", {"mesh": ball}, **{**VIEWS, "steps": 150})
    server.wait_until(job["id"], "preview")
    server.json("DELETE", f"/v1/jobs/{job['id']}")
    ended = server.wait(job["id"])
    assert ended["state"] == "cancelled" and ended["progress"] < 0.6
