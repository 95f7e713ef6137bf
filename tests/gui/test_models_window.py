"""The Models panel in a real Blender with a window, a real backend, and a hub on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devtools.hub_server import COMMIT, Fault, HubServer, Repository, safetensors

from .test_window import HERE, archive, pytestmark, run  # noqa: F401 - a fixture, and when to skip

WEIGHTS = "model.safetensors"
SIZE = 4_000_000
DATA = {"config.json": b"{}", WEIGHTS: safetensors(SIZE)}


def model(name: str, title: str, licence: str) -> dict[str, Any]:
    files = [{"path": path} for path in DATA]
    return {
        "id": name, "title": title, "hub": f"potter/{name}", "revision": COMMIT, "pinned": True, "licence": licence,
        "files": files, "size_bytes": SIZE, "source": "made up", "notes": "Not to be used north of the river.",
    }  # fmt: skip


OWN = {
    "licences": [
        {"id": "kiln", "title": "Kiln Licence", "terms": "not for firing at night", "url": "https://kiln.invalid/terms",
         "accept": True}
    ],
    "models": [model("vase", "Vase", "kiln"), model("lid", "Lid", "mit"), {**model("bowl", "Bowl", "mit"), "gated": 1}],
    "uses": [
        {"id": "shards", "title": "Texturing with shards", "task": "texture", "engine": "tiny", "pipeline": "Tiny",
         "models": {"base": "vase", "other": "lid"}, "memory": {"full": 12.0, "source": "made up"}},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def pulled(backend_python: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:  # noqa: F811
    """What was seen of a download that was stopped and gone on with, and of one that was refused."""
    work = tmp_path_factory.mktemp("pulling")
    (work / "models").mkdir()
    (work / "models" / "catalogue.json").write_text(json.dumps(OWN), encoding="utf-8")
    vase = Repository(DATA, faults={WEIGHTS: Fault(stall_after=1_500_000, times=1)})
    bowl = Repository(DATA, token="nobody has it", gated=True)
    with HubServer({"potter/vase": vase, "potter/lid": Repository(DATA), "potter/bowl": bowl}) as hub:
        script = ["--python", str(HERE / "pulling.py"), "--", str(archive), str(work), hub.address]
        seen = run(work, "pulling.json", *script, screen="1200x1400")
        seen["ranges"] = [one.headers.get("Range") for one in hub.asked_for(WEIGHTS) if "vase" in one.path]
    return seen


def test_a_download_is_stopped_and_goes_on_where_it_stopped(pulled: dict[str, Any]) -> None:
    assert 0.0 < pulled["progress"] < 0.5 and pulled["accepted"]
    assert pulled["ranges"][0] is None and pulled["ranges"][1].startswith("bytes=")
    assert pulled["jobs"] == 0, "downloads are not jobs of the file"


def test_what_is_given_on_request_alone_says_so_in_plain_words(pulled: dict[str, Any]) -> None:
    message, fix = pulled["refused"]
    assert "agreed to its terms" in message and "/potter/bowl" in fix


def test_the_panel_was_photographed(pulled: dict[str, Any]) -> None:
    assert len(pulled["photographs"]) == 7
