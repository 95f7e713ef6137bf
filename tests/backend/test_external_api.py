"""A shape by somebody else's server, as a job of a real backend."""

from __future__ import annotations

import io
import json
import struct
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw

from devtools.mesh_server import MeshServer

SECRET = "a-token-of-forty-characters-or-so-98765"


def block() -> bytes:
    """A GLB of a block, 1 x 2 x 1, twice as high as wide."""
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 2) for z in (0, 1)], dtype="<f4")
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([half for a, b, c, d in quads for half in ((a, b, c), (a, c, d))], dtype="<u4")
    places, index = corners.tobytes(), faces.tobytes()
    document = {
        "asset": {"version": "2.0"}, "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
                      {"bufferView": 1, "componentType": 5125, "count": 36, "type": "SCALAR"}],
        "bufferViews": [{"buffer": 0, "byteLength": len(places)},
                        {"buffer": 0, "byteOffset": len(places), "byteLength": len(index)}],
        "buffers": [{"byteLength": len(places) + len(index)}],
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    body += struct.pack("<II", len(places) + len(index), 0x004E4942) + places + index
    return struct.pack("<III", 0x46546C67, 2, 12 + len(body)) + body


def photograph() -> bytes:
    picture, stream = Image.new("RGB", (96, 96), "white"), io.BytesIO()
    ImageDraw.Draw(picture).rectangle((30, 12, 66, 84), fill=(150, 60, 30))
    picture.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def described(start_server, tmp_path):
    """Start a backend whose data file describes servers."""

    def start(*servers):
        (tmp_path / "servers.json").write_text(json.dumps({"servers": servers}), encoding="utf-8")
        environment = {
            "MUSEUM_SERVERS": str(tmp_path / "servers.json"), "MUSEUM_MODELS": str(tmp_path / "models"),
            "BOX_TOKEN": SECRET,
        }  # fmt: skip
        return start_server("--cpu-workers", "1", environment=environment)

    return start


def submit(backend, engine):
    picture = backend.json("POST", "/v1/files", data=photograph())["id"]
    params = {"height_m": 0.2, "texture_size": 512}
    body = {"task": "image_to_3d", "engine": engine, "params": params, "inputs": {"image": picture}}
    return backend.json("POST", "/v1/jobs", json=body)


def test_a_described_server_is_an_engine_whose_jobs_succeed(described):
    with MeshServer(block()) as server:
        entry = {"kind": "image", "name": "museum-box", "title": "The box", "url": server.url + "/glb",
                 "auth": {"variable": "BOX_TOKEN"}}  # fmt: skip
        backend = described(entry)
        listed = backend.request("GET", "/v1/engines").text
        assert '"museum-box"' in listed and "The box" in listed
        done = backend.wait(submit(backend, "museum-box")["id"])
        assert done["state"] == "succeeded", done
        assert server.asked[0][2]["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in json.dumps(done) + listed + backend.log()
    kept = [path for path in backend.data.rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in path.read_bytes() for path in kept)


def test_a_job_that_waits_for_a_server_is_cancelled_within_two_seconds(described):
    with MeshServer(block(), "stuck") as server:
        backend = described({"kind": "hunyuan3d", "url": server.url, "accept_territory": True, "poll_s": 20.0})
        job = submit(backend, "hunyuan3d")["id"]
        assert server.polled.wait(60)
        started = time.monotonic()
        backend.json("DELETE", f"/v1/jobs/{job}")
        assert backend.wait(job)["state"] == "cancelled"
        assert time.monotonic() - started < 2.0


def test_a_server_that_fails_is_told_with_its_words(described):
    with MeshServer(block(), "error") as server:
        backend = described({"kind": "hunyuan3d", "url": server.url, "accept_territory": True})
        error = backend.wait(submit(backend, "hunyuan3d")["id"])["error"]
    assert "out of memory on the card" in error["detail"] and error["fix"]
