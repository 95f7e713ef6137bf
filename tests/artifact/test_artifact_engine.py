"""The engine as a whole: files, true sizes, the same bytes for the same seed, paradata, cancellation."""

from __future__ import annotations

import hashlib
import json
import struct

import numpy as np
import pytest
import trimesh
from PIL import Image

from backend.engines.artifact import types
from backend.engines.artifact.info import ParametricParams
from backend.engines.artifact.scaling import Known, fit
from backend.errors import BadInput, Cancelled

RECORD = {
    "id": "73.48.15.A-B", "title": "Hill Jar", "classification": "Ceramics", "medium": "glazed earthenware",
    "url": "https://example.org/73.48.15", "credit": "Gift of a friend", "licence": "CC0",
}  # fmt: skip


def digest(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def gltf(path):
    """The JSON chunk of a GLB, read by its container's definition."""
    content = path.read_bytes()
    magic, version, total = struct.unpack_from("<4sII", content)
    assert magic == b"glTF" and version == 2 and total == len(content)
    length = struct.unpack_from("<I", content, 12)[0]
    return json.loads(content[20 : 20 + length])


def test_a_prompt_becomes_a_model_and_a_picture(make):
    result, folder, context = make("a", prompt="bronze ding tripod, 30 cm tall, zorbulated")
    assert [f.name for f in result.files] == ["model.glb", "thumbnail.png"] == sorted(p.name for p in folder.iterdir())
    assert result.data["type"] == "ding" and result.data["material"] == "bronze"
    assert result.data["not_understood"] == ["zorbulated"] and result.data["neutral"] is False
    shares = [share for share, _ in context.reports]
    assert shares == sorted(shares) and shares[-1] == 1.0
    picture = Image.open(folder / "thumbnail.png")
    assert picture.size == (256, 256) and picture.mode == "RGBA"
    covered = np.asarray(picture)[..., 3] > 128
    assert 0.1 < covered.mean() < 0.95 and not covered[0].any()


@pytest.mark.parametrize(
    ("prompt", "sizes"),
    [
        ("bronze ding", {"height_m": 0.123}),
        ("terracotta kylix", {"width_m": 0.31, "height_m": 0.12}),
        ("limestone relief", {"width_m": 0.927, "depth_m": 0.032, "height_m": 0.318}),
        ("Horse; Ceramics", {"width_m": 0.8128, "height_m": 0.762}),
        ("silver coin", {"width_m": 0.024}),
        ("Tile with Eye of Horus", {"width_m": 0.1524, "depth_m": 0.0127, "height_m": 0.1524}),
        ("brick", {"width_m": 1.2, "height_m": 0.613}),
        ("wooden tray", {"width_m": 0.1365, "depth_m": 0.0445, "height_m": 0.0127}),
        ("glass lekythos", {"width_m": 0.06, "depth_m": 0.08, "height_m": 0.21}),
    ],
)
def test_the_model_in_the_file_has_the_size_that_was_asked_for(make, prompt, sizes):
    _, folder, _ = make("a", prompt=prompt, fallback="volume", **sizes)
    scene = trimesh.load(folder / "model.glb")
    low, high = scene.bounds
    measured = {"width_m": high[0] - low[0], "height_m": high[1] - low[1], "depth_m": high[2] - low[2]}
    for side, metres in sizes.items():
        assert measured[side] == pytest.approx(metres, abs=1e-4)
    assert low[1] == pytest.approx(0.0, abs=1e-6)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_object(make):
    words = {"prompt": "blue-and-white meiping 35 cm tall"}
    first, second, other = (make(name, seed=seed, **words)[1] for name, seed in (("a", 7), ("b", 7), ("c", 8)))
    assert digest(first) == digest(second)
    assert digest(first)["model.glb"] != digest(other)["model.glb"]


def test_paradata_are_in_the_file_without_a_time(make):
    _, folder, _ = make(
        "a", prompt="Hill Jar; Ceramics; glazed earthenware", record=RECORD, width_m=0.2, height_m=0.2921,
        fallback="volume", seed=5
    )
    paradata = gltf(folder / "model.glb")["asset"]["extras"]["museum_paradata"]
    assert paradata["schema"] == "museum-paradata/1" and paradata["seed"] == 5
    assert paradata["created"] is None and paradata["duration_s"] is None
    assert paradata["sources"] == [
        {"record_id": RECORD["id"], "url": RECORD["url"], "credit": RECORD["credit"], "licence": RECORD["licence"]}
    ]
    assert paradata["certainty"]["level"] == 2
    assert "width, depth and height are the record's" in paradata["certainty"]["note"]


def test_an_object_of_no_type_becomes_a_grey_volume_that_says_so(make):
    result, folder, _ = make("a", prompt="Camel; Ceramics; glazed earthenware", record=RECORD | {"title": "Camel"},
                             width_m=0.8128, height_m=0.762, fallback="volume")  # fmt: skip
    assert result.data["neutral"] is True and result.data["material"] == "neutral"
    assert "neutral volume" in result.data["warnings"][0]
    assert result.certainty[0] == 1 and "neutral volume" in result.certainty[1]
    image = next(iter(trimesh.load(folder / "model.glb").geometry.values())).visual.material.baseColorTexture
    spread = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
    assert (spread.max(axis=0) - spread.min(axis=0)).max() == 0


def test_a_cancelled_job_stops(make, tmp_path, context_class):
    from backend.engines.artifact.engine import run

    with pytest.raises(Cancelled):
        run(context_class(tmp_path, cancel_after=3), ParametricParams(prompt="bronze ding", texture_size=512))


def test_a_record_that_stretches_a_type_is_kept_and_noted(make):
    result, _, _ = make("a", prompt="terracotta bowl", width_m=0.1, depth_m=0.1, height_m=0.3)
    assert any("check the measurements" in warning for warning in result.data["warnings"])
    assert result.data["size_m"] == [0.1, 0.1, 0.3]


@pytest.mark.parametrize("name", types.names())
def test_every_type_is_made_in_its_usual_material(make, name):
    result, folder, _ = make("a", prompt="an object", type=name)
    kind = types.load(name)
    assert result.data["type"] == name and result.data["triangles"] > 0
    assert result.data["material"] == ("neutral" if name == "volume" else kind.material)
    assert (folder / "model.glb").stat().st_size > 10_000


def test_a_tile_that_was_measured_standing_is_set_up_with_its_face_to_the_front(make):
    result, folder, _ = make("a", prompt="faience tile", width_m=0.15, height_m=0.15)
    assert result.data["size_m"][1] < 0.05
    assert trimesh.load(folder / "model.glb", force="mesh").volume > 0.0


def test_missing_sides_follow_the_proportions_of_the_type():
    fitted = fit((0.2, 0.2, 0.4), Known(height=0.2), is_round=True, is_flat=False)
    assert fitted.size == pytest.approx((0.1, 0.1, 0.2)) and fitted.given == 1
    fitted = fit((0.3, 0.2, 0.4), Known(width=0.6, height=0.4), is_round=False, is_flat=False)
    assert fitted.size == pytest.approx((0.6, 0.3, 0.4))


def test_a_round_type_of_which_one_diameter_is_known_stays_round():
    fitted = fit((0.2, 0.2, 0.4), Known(width=0.3, height=0.4), is_round=True, is_flat=False)
    assert fitted.size == pytest.approx((0.3, 0.3, 0.4))


def test_a_plain_length_is_the_height_but_for_flat_things_the_width():
    assert fit((0.2, 0.2, 0.4), Known(main=0.8), is_round=True, is_flat=False).size[2] == 0.8
    assert fit((0.24, 0.24, 0.05), Known(main=0.12), is_round=True, is_flat=False).size[0] == 0.12


def test_proportions_that_leave_the_possible_are_refused():
    with pytest.raises(BadInput) as caught:
        fit((0.2, 0.2, 10.0), Known(width=40.0, depth=40.0), is_round=True, is_flat=False)
    assert "height" in caught.value.message
