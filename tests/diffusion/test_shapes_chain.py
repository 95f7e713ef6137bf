"""What an attempt leaves for the next, what is missing of two halves, and shapes that are none; in this process."""

import json

import pytest
import serving
import tiny_shapes

from backend.engines import catalogue
from backend.engines.diffusion.residents import Residents
from backend.engines.shapes.embedding import with_extras
from backend.engines.shapes.info import ShapEImageParams, ShapETextParams
from backend.engines.shapes.sizing import read_size, wanted_size, without_sizes
from backend.engines.shapes.wording import one_object
from backend.errors import BackendError, Cancelled, GeometryError, Unavailable
from backend.jobs.execution import execute

CHAIN = {
    "prompt": "a bead, 45 cm tall", "picture_size": 64, "picture_steps": 2, "shape_steps": 2, "resolution": 32,
    "texture_size": 512, "max_triangles": 2000,
}  # fmt: skip


class Listener:
    """stop: cancelled once a message begins so."""

    def __init__(self, stop=None):
        self.told, self.logged, self.shown, self._stop, self._over = [], [], [], stop, False

    def progress(self, fraction, message):
        self.told.append((fraction, message))
        self._over = self._over or (self._stop is not None and message.startswith(self._stop))

    def log(self, text):
        self.logged.append(text)

    def preview(self, png):
        self.shown.append(png)

    def cancelled(self):
        return self._over


@pytest.fixture
def models(tmp_path, monkeypatch):
    """Models of the test's own, in the place of this machine's."""
    made = serving.TinyModels(tmp_path / "own")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def ran(task, engine, params, folder, listener, keep=None, inputs=None):
    folder.mkdir()
    info = catalogue.runnable(catalogue.find(task, engine))
    return execute(info, params, inputs or {}, folder, listener, 1 << 30, keep, Residents())


def test_the_next_attempt_begins_with_the_picture_of_the_last(models, tmp_path):
    models.need("image-sdxl", "image-to-3d-shap-e")
    first = Listener(stop="Shape: step")
    with pytest.raises(Cancelled):
        ran("text_to_3d", "via-image", CHAIN, tmp_path / "one", first, tmp_path / "kept")
    assert any(message.startswith("Picture: step") for _, message in first.told)
    second = Listener()
    outcome = ran("text_to_3d", "via-image", CHAIN, tmp_path / "two", second, tmp_path / "kept")
    assert not any(message.startswith("Picture") for _, message in second.told)
    assert "The picture was made by an attempt before." in second.logged
    assert (tmp_path / "two" / "picture.png").read_bytes() == (tmp_path / "one" / "picture.png").read_bytes()
    report = json.loads((tmp_path / "two" / "result.json").read_text(encoding="utf-8"))
    assert "tiny/sdxl" in [model["id"] for model in report["paradata"]["models"]]
    assert outcome.data["picture_engine"] == "sdxl"
    # Another order is another picture.
    third = Listener(stop="Picture: step")
    with pytest.raises(Cancelled):
        ran("text_to_3d", "via-image", {**CHAIN, "seed": 1}, tmp_path / "three", third, tmp_path / "kept")


def test_what_is_missing_of_each_half_is_named(models):
    state = catalogue.find("text_to_3d", "via-image").availability()
    assert not state.available and "pictures from words" in state.reason and "shapes from a picture" in state.reason
    models.need("image-sdxl")
    state = catalogue.find("text_to_3d", "via-image").availability()
    assert "pictures from words" not in state.reason and "image-to-3d-shap-e" in state.fix
    with pytest.raises(Unavailable):
        catalogue.runnable(catalogue.find("text_to_3d", "via-image"))
    models.need("image-to-3d-shap-e")
    assert catalogue.find("text_to_3d", "via-image").availability().available


def test_a_server_that_is_never_chosen_by_itself_is_no_half(models, tmp_path, monkeypatch):
    models.need("image-sdxl")
    server = {"kind": "image", "name": "box", "url": "http://127.0.0.1:9/shape"}
    (tmp_path / "servers.json").write_text(json.dumps({"servers": [server]}), encoding="utf-8")
    monkeypatch.setenv("MUSEUM_SERVERS", str(tmp_path / "servers.json"))
    monkeypatch.delenv("MUSEUM_MODELS_OFFLINE")
    assert catalogue.find("image_to_3d", "box").availability().available
    state = catalogue.find("text_to_3d", "via-image").availability()
    assert not state.available and "shapes from a picture" in state.reason and "image-to-3d-shap-e" in state.fix


def test_the_embedded_engine_stays_the_one_that_is_taken_when_none_is_named(models):
    models.need("text-to-3d-shap-e", "image-to-3d-shap-e")
    assert catalogue.find("text_to_3d").name == "parametric"
    assert catalogue.find("image_to_3d").name == "shap-e"


def test_an_empty_shape_is_told_with_what_helps(models, tmp_path):
    tiny_shapes.save_text(models.path("shap-e"), empty=True)
    with pytest.raises(GeometryError) as caught:
        ran("text_to_3d", "shap-e", {"prompt": "a bead", "steps": 2, "resolution": 32}, tmp_path / "out", Listener())
    assert "empty shape" in caught.value.message and "seed" in caught.value.fix


def sized(prompt, built=(2.0, 1.0, 4.0), **params):
    given = ShapEImageParams(prompt=prompt, **params)
    return wanted_size(built, read_size(prompt, given), given.record is not None)


@pytest.mark.parametrize(
    ("prompt", "size"),
    [
        ("a thing, 45 cm tall", (None, None, 0.45)),
        ("a thing 45 cm", (None, None, 0.45)),
        ("a thing 20 cm wide and 10 cm deep", (0.2, 0.1, None)),
        ("a thing, 30 cm in diameter", (0.3, 0.3, None)),
        ("铜铃，高一米二", (None, None, 1.2)),
        ("", (None, None, 0.3)),
    ],
)
def test_the_size_is_that_of_the_words(prompt, size):
    assert sized(prompt).size_m == pytest.approx(size) if None not in size else sized(prompt).size_m == size


def test_a_plain_length_is_the_main_side_of_the_shape():
    assert sized("a thing 45 cm", built=(4.0, 1.0, 0.5)).size_m == (0.45, None, None)


def test_numbers_come_before_words_and_a_record_is_named_as_the_source():
    wanted = sized("a thing 45 cm tall", width_m=0.2)
    assert wanted.size_m == (0.2, None, None) and "as asked" in wanted.note and "was left out" in wanted.warnings[0]
    record = {"id": "x", "title": "Bell"}
    assert "the record's" in sized("a thing", height_m=0.2, record=record).note


def test_without_a_size_it_is_that_of_the_type_that_the_words_name():
    wanted = sized("a Greek amphora")
    assert 0.3 < wanted.size_m[2] < 1.0 and not wanted.known and "usual for the type" in wanted.warnings[0]


def test_models_are_given_the_words_without_sizes_and_pictures_the_words_for_one_object():
    said = read_size("a bronze bell, 45 cm tall", ShapETextParams(prompt="x"))
    assert without_sizes("a bronze bell, 45 cm tall", said.sizes) == "a bronze bell"
    assert one_object("a bronze bell").startswith("a bronze bell. A single object")
    assert "单个物体" in one_object("青铜铃")


def test_what_is_no_model_gets_no_paradata():
    with pytest.raises(BackendError) as caught:
        with_extras(b"no model", {})
    assert caught.value.fix
