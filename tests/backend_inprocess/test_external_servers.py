"""Engines on servers of others, against a real server on loopback that behaves, and that does not."""

from __future__ import annotations

import argparse
import base64
import contextlib
import io
import json
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import trimesh
from jsonschema import Draft202012Validator
from PIL import Image, ImageDraw

from backend.engines.catalogue import checked_params, engines, find
from backend.engines.diffusion.residents import Residents
from backend.engines.external.info import TERRITORY
from backend.engines.external.servers import file_of_servers, schema
from backend.errors import BackendError, Cancelled, NotFound, Unavailable
from backend.models_options import add_servers, use_places
from devtools.mesh_server import MeshServer

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-token-of-forty-characters-or-so-12345"
QUICK = {"texture_size": 512, "max_triangles": 2000}


def model() -> bytes:
    """An egg of many triangles, with a hole and a floater, as GLB."""
    egg = trimesh.creation.icosphere(subdivisions=4).apply_scale((0.6, 1.0, 0.6))
    egg = trimesh.Trimesh(egg.vertices, egg.faces[60:], process=False)
    bit = trimesh.creation.icosphere(subdivisions=1, radius=0.01).apply_translation((2, 0, 0))
    return trimesh.util.concatenate([egg, bit]).export(file_type="glb")


MODEL = model()


class Context:
    """What runs the engine here."""

    def __init__(self, folder: Path) -> None:
        self.out_dir, self.keep_dir = folder / "out", folder / "keep"
        self.out_dir.mkdir(parents=True)
        picture = Image.new("RGB", (96, 96), "white")
        ImageDraw.Draw(picture).ellipse((24, 12, 72, 84), fill=(150, 60, 30))
        picture.save(folder / "egg.png")
        self.inputs = {"image": folder / "egg.png"}
        self.residents = Residents()
        self.said: list[tuple[float, str]] = []
        self.cancelled = threading.Event()

    def progress(self, fraction: float, message: str) -> None:
        self.check_cancelled()
        self.said.append((fraction, message))

    def log(self, text: str) -> None:
        pass

    def preview(self, png: bytes) -> None:
        assert len(png) <= 256 << 10

    def check_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled


@pytest.fixture
def describe(tmp_path, monkeypatch):
    """Write the data file."""
    monkeypatch.setenv("MUSEUM_SERVERS", str(tmp_path / "servers.json"))
    monkeypatch.setenv("MUSEUM_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("MUSEUM_MODELS_OFFLINE", raising=False)

    def write(*servers: dict) -> None:
        content = {"servers": list(servers)}
        Draft202012Validator(schema()).validate(content)
        (tmp_path / "servers.json").write_text(json.dumps(content), encoding="utf-8")

    return write


def hunyuan(server: MeshServer, **more) -> dict:
    return {"kind": "hunyuan3d", "url": server.url, "accept_territory": True, "poll_s": 0.05, **more}


def plain(server: MeshServer, path: str = "/glb", **more) -> dict:
    return {"kind": "image", "name": "museum-box", "url": server.url + path, **more}


def run(tmp_path: Path, task: str, name: str, context: Context | None = None, **params):
    engine = find(task, name)
    context = context or Context(tmp_path / "job")
    return engine.load()(context, checked_params(engine, {**QUICK, **params})), context


def refused(tmp_path: Path, name: str = "hunyuan3d", **params) -> BackendError:
    with pytest.raises(BackendError) as error:
        run(tmp_path, "image_to_3d", name, **params)
    assert error.value.message and error.value.fix
    return error.value


def test_a_picture_becomes_a_repaired_model_of_true_size(describe, tmp_path):
    with MeshServer(MODEL) as server:
        describe(hunyuan(server))
        result, context = run(
            tmp_path, "image_to_3d", "hunyuan3d", prompt="a clay egg, 12 cm tall", seed=7, steps=5, face_count=2000
        )
        asked = {path: body for _, path, _, body in server.asked}
    mesh = trimesh.load_mesh(context.out_dir / "model.glb", process=False)
    assert mesh.extents[1] == pytest.approx(0.12, rel=1e-6)
    assert mesh.bounds[0, 1] == pytest.approx(0.0, abs=1e-7)
    points, index = np.unique(mesh.vertices, axis=0, return_inverse=True)
    assert trimesh.Trimesh(points, index.ravel()[mesh.faces], process=False).is_watertight
    assert len(mesh.faces) <= 2000
    assert result.data["repairs"]["dropped_components"] >= 1
    assert result.data["repairs"]["holes_filled"] >= 1
    order = json.loads(asked["/send"])
    assert Image.open(io.BytesIO(base64.b64decode(order["image"]))).mode == "RGBA"
    assert (order["seed"], order["num_inference_steps"], order["face_count"], order["type"]) == (7, 5, 2000, "glb")
    shares = [share for share, _ in context.said]
    assert shares == sorted(shares)
    assert any("paints" in text for _, text in context.said)
    assert {file.name for file in result.files} == {path.name for path in context.out_dir.iterdir()}


def test_the_territory_is_told_everywhere_and_has_to_be_accepted(describe, tmp_path):
    with MeshServer(MODEL) as server:
        describe(hunyuan(server, accept_territory=False))
        info = find("image_to_3d", "hunyuan3d")
        assert info.availability().reason == TERRITORY
        assert "accept_territory" in info.availability().fix
        assert isinstance(refused(tmp_path), Unavailable)
        assert server.asked == []
        describe(hunyuan(server))
        result, context = run(tmp_path / "accepted", "image_to_3d", "hunyuan3d", seed=1)
    assert TERRITORY in result.data["warnings"]
    assert TERRITORY in result.certainty[1]
    assert TERRITORY in result.models[0]["licence"]
    assert TERRITORY.encode() in (context.out_dir / "model.glb").read_bytes()


def test_no_server_is_ever_the_default(describe):
    with MeshServer(MODEL) as server:
        describe(plain(server), hunyuan(server, text=True))
        assert {info.name for info in engines() if info.by_name_only} == {"museum-box", "hunyuan3d"}
        assert find("text_to_3d").name != "hunyuan3d"
        with contextlib.suppress(Unavailable):
            assert find("image_to_3d").name not in ("museum-box", "hunyuan3d")


def test_words_go_to_a_server_that_takes_them(describe, tmp_path):
    with MeshServer(MODEL) as server:
        describe(hunyuan(server))
        with pytest.raises(NotFound):
            find("text_to_3d", "hunyuan3d")
        describe(hunyuan(server, text=True))
        result, _ = run(tmp_path, "text_to_3d", "hunyuan3d", prompt="a clay egg, 12 cm tall")
        order = next(json.loads(body) for _, path, _, body in server.asked if path == "/send")
    assert order["text"] == "a clay egg"
    assert "image" not in order
    assert result.data["size_m"][2] == pytest.approx(0.12)


SAID = {
    "garbage": "JSON", "half": "broke off", "error": "out of memory on the card", "refuses": "401",
    "failed": "Failed to read generated file", "elsewhere": "another host", "no-mesh": "model_base64",
    "not-base64": "base64", "huge": "1 MiB",
}  # fmt: skip


@pytest.mark.parametrize("mode", SAID)
def test_whatever_goes_wrong_is_said(describe, tmp_path, mode):
    with MeshServer(MODEL, mode) as server:
        describe(hunyuan(server, max_mb=1.0))
        assert SAID[mode] in refused(tmp_path).message


@pytest.mark.parametrize(("mode", "limits"), [("never", {"silence_s": 0.6}), ("never", {"time_limit_s": 1.2}),
                                              ("stuck", {"time_limit_s": 1.2})])  # fmt: skip
def test_a_server_that_never_answers_is_given_up(describe, tmp_path, mode, limits):
    with MeshServer(MODEL, mode) as server:
        describe(hunyuan(server, **limits))
        assert " s." in refused(tmp_path).message


def test_a_server_that_is_not_there(describe, tmp_path):
    with MeshServer(MODEL) as server:
        describe(hunyuan(server))
    assert "refuses the connection" in refused(tmp_path).message


@pytest.mark.parametrize("content", [b"no mesh", b"glTF\2\0\0\0", MODEL[: len(MODEL) // 2]])
def test_what_is_no_mesh_is_refused(describe, tmp_path, content):
    with MeshServer(content) as server:
        describe(hunyuan(server))
        assert "mesh" in refused(tmp_path).message


@pytest.mark.parametrize("mode", ["stuck", "never"])
def test_cancelling_ends_the_waiting_at_once(describe, tmp_path, mode):
    with MeshServer(MODEL, mode) as server:
        describe(hunyuan(server, poll_s=30.0))
        context, took = Context(tmp_path / "job"), []

        def cancel() -> None:
            server.polled.wait(30)
            took.append(time.monotonic())
            context.cancelled.set()

        thread = threading.Thread(target=cancel)
        thread.start()
        with pytest.raises(Cancelled):
            run(tmp_path, "image_to_3d", "hunyuan3d", context)
        ended = time.monotonic()
        thread.join()
    assert ended - took[0] < 2.0


ANSWERS = {
    "/glb": {}, "/moved": {}, "/base64": {"answer": {"kind": "base64", "path": "data.0.model"}},
    "/link": {"answer": {"kind": "url", "path": "url"}},
}  # fmt: skip


@pytest.mark.parametrize("path", ANSWERS)
def test_every_kind_of_answer_is_understood(describe, tmp_path, path):
    with MeshServer(MODEL) as server:
        describe(plain(server, path, **ANSWERS[path]))
        result, _ = run(tmp_path, "image_to_3d", "museum-box", height_m=0.2)
    assert result.data["size_m"][2] == pytest.approx(0.2)


@pytest.mark.parametrize("send", ["multipart", "raw", "json"])
def test_the_picture_is_sent_as_described(describe, tmp_path, monkeypatch, send):
    monkeypatch.setenv("BOX_TOKEN", SECRET)
    entry = {
        "send": send, "field": "photo", "fields": {"format": "glb", "fine": True}, "seed_field": "seed",
        "auth": {"variable": "BOX_TOKEN"}, "licence": "MIT", "warning": "Pictures are kept for a day.",
    }  # fmt: skip
    with MeshServer(MODEL) as server:
        describe(plain(server, **entry))
        result, context = run(tmp_path, "image_to_3d", "museum-box", seed=5)
        _, _, headers, body = server.asked[0]
    assert headers["Authorization"] == f"Bearer {SECRET}"
    if send == "raw":
        assert body.startswith(b"\x89PNG")
    elif send == "json":
        order = json.loads(body)
        assert base64.b64decode(order["photo"]).startswith(b"\x89PNG")
        assert (order["format"], order["fine"], order["seed"]) == ("glb", True, 5)
    else:
        assert b'name="photo"; filename="image.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in body
        assert b'name="seed"\r\n\r\n5\r\n' in body
    assert "Pictures are kept for a day." in result.data["warnings"]
    assert result.models[0]["licence"] == "MIT"
    told = json.dumps([result.data, result.models, context.said]) + repr(result)
    assert SECRET not in told
    assert not any(SECRET.encode() in path.read_bytes() for path in context.out_dir.iterdir())


def test_a_token_is_neither_missed_silently_nor_told(describe, tmp_path, monkeypatch):
    monkeypatch.delenv("BOX_TOKEN", raising=False)
    with MeshServer(MODEL, "refuses") as server:
        describe(plain(server, auth={"variable": "BOX_TOKEN"}))
        assert "BOX_TOKEN" in refused(tmp_path / "1", "museum-box").message
        assert server.asked == []
        monkeypatch.setenv("BOX_TOKEN", SECRET)
        error = refused(tmp_path / "2", "museum-box")
    assert "token" in error.fix
    assert SECRET not in error.message + error.fix


def test_an_address_elsewhere_is_not_fetched(describe, tmp_path):
    with MeshServer(MODEL) as server:
        describe(plain(server, "/link-away", answer={"kind": "url", "path": "url"}))
        assert "another host" in refused(tmp_path, "museum-box").message


def test_offline_no_server_is_asked(describe, tmp_path, monkeypatch):
    with MeshServer(MODEL) as server:
        describe(plain(server), hunyuan(server))
        monkeypatch.setenv("MUSEUM_MODELS_OFFLINE", "1")
        assert not find("image_to_3d", "museum-box").availability().available
        assert isinstance(refused(tmp_path, "museum-box"), Unavailable)
        assert server.asked == []


WRONG = {
    "no JSON": "{", "unknown member": '{"server": []}', "no address": '{"servers": [{"kind": "hunyuan3d"}]}',
    "a password": '{"servers": [{"kind": "hunyuan3d", "url": "http://me:word@127.0.0.1"}]}',
    "another's name": '{"servers": [{"kind": "image", "name": "shap-e", "url": "http://127.0.0.1"}]}',
    "a token in the open": '{"servers": [{"kind": "image", "name": "a", "url": "http://b.example/", '
    '"auth": {"variable": "T"}}]}',
    "a file": '{"servers": [{"kind": "image", "name": "a", "url": "file:///etc/passwd"}]}',
    "deep": "[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_data_file_is_told_and_stops_nothing_else(describe, tmp_path, what):
    (tmp_path / "servers.json").write_text(WRONG[what], encoding="utf-8")
    found = {(info.task, info.name): info.availability() for info in engines()}
    assert not found["image_to_3d", "hunyuan3d"].available
    assert "servers.json" in found["image_to_3d", "external"].reason + found["image_to_3d", "external"].fix
    assert found["text_to_3d", "parametric"].available


def test_the_schema_in_the_docs_is_that_of_the_file():
    assert json.loads((ROOT / "docs" / "servers.schema.json").read_text(encoding="utf-8")) == schema()


def test_an_option_of_the_command_line_names_the_file(describe, tmp_path, monkeypatch):
    describe()
    parser = argparse.ArgumentParser()
    add_servers(parser)
    monkeypatch.chdir(tmp_path)
    use_places(parser.parse_args(["--servers", "other.json"]))
    assert file_of_servers() == tmp_path / "other.json", "for the workers too, wherever they run"
    use_places(parser.parse_args([]))
    assert file_of_servers() == tmp_path / "other.json"
