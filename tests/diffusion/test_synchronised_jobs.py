"""Views painted together, as a job of a real server with tiny models."""

import base64
import io
import re

import meshes
import pytest
import serving
from PIL import Image

PARAMS = {
    "prompt": "a b c", "texture_size": 512, "view_size": 64, "refinement_views": 1, "up": "z", "schedule": "published",
    "view_count": 3, "steps": 3, "preview_every": 1, "synchronised": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def mesh(neural_server, tiny):
    tiny.need("texture-sdxl", "texture-sd15")
    return serving.upload(neural_server, meshes.ball())


def ordered(server, mesh, engine, **changes):
    return serving.order(server, "texture", engine, {"mesh": mesh}, **PARAMS | changes)


@pytest.mark.parametrize("engine", ["sdxl", "sd15"])
def test_a_job_paints_all_views_together_and_shows_them(neural_server, mesh, engine):
    events = serving.finished(neural_server, ordered(neural_server, mesh, engine))
    report = serving.report(neural_server, events)
    assert [view["kind"] for view in report["data"]["views"]][:3] == ["schedule"] * 3
    assert report["paradata"]["sampling"]["synchronised"] is True
    told = [(e["data"]["progress"], e["data"]["message"]) for e in events if e["event"] == "progress"]
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    steps = [re.search(r"step (\d) of 3, view (\d) of 3$", words) for _, words in told]
    assert [(found[1], found[2]) for found in steps if found]
    shown = [Image.open(io.BytesIO(base64.b64decode(e["data"]["png"]))) for e in events if e["event"] == "preview"]
    assert any(picture.size == (384, 384) for picture in shown)


def test_the_same_job_gives_the_same_bytes_and_views_alone_give_others(neural_server, mesh):
    found = [
        serving.digests(serving.finished(neural_server, ordered(neural_server, mesh, "sd15", **changes)))
        for changes in ({"steps": 2}, {"steps": 2}, {"steps": 2, "synchronised": False})
    ]
    assert found[0]["base_color.png"] == found[1]["base_color.png"] != found[2]["base_color.png"]
