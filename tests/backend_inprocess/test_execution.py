"""Running one engine: what it writes is checked, what it says becomes a valid record."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from backend.engines import catalogue
from backend.engines.base import Availability, EngineInfo, EngineResult, InputSpec, Params, ProducedFile
from backend.errors import BackendError, BadInput, Cancelled, NotFound, TooLarge, Unavailable
from backend.jobs.execution import execute
from backend.paradata import build_paradata, input_facts

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "museum_addon" / "core" / "paradata.schema.json").read_text(encoding="utf-8"))


class Listener:
    """Notes what a job says; asks it to stop after some progress."""

    def __init__(self, stop_after=None):
        self.said = []
        self.stop_after = stop_after

    def progress(self, fraction, message):
        self.said.append((fraction, message))

    def log(self, text):
        self.said.append(text)

    def preview(self, png):
        self.said.append(png)

    def cancelled(self):
        return self.stop_after is not None and len(self.said) >= self.stop_after


class PromptParams(Params):
    prompt: str = ""
    record: dict[str, str] | None = None


def write_small(context, params):
    (context.out_dir / "model.glb").write_bytes(b"glTF")
    (context.out_dir / "scratch.tmp").write_bytes(b"not a result")
    return EngineResult((ProducedFile("model.glb", "model", "model/gltf-binary"),), data={"type": "bowl"})


def write_nothing(context, params):
    return EngineResult((ProducedFile("model.glb", "model", "model/gltf-binary"),))


def write_empty(context, params):
    (context.out_dir / "model.glb").touch()
    return write_nothing(context, params)


def write_elsewhere(context, params):
    (context.out_dir.parent / "outside.glb").write_bytes(b"glTF")
    return EngineResult((ProducedFile("../outside.glb", "model", "model/gltf-binary"),))


def describe_nonsense(context, params):
    return EngineResult((), data={"size": float("nan")})


def engine(function, **members):
    return EngineInfo(
        "test", "engine", "1.0", "Test", "Test", PromptParams, f"{__name__}:{function.__name__}", **members
    )


def test_a_result_is_described_by_a_valid_record(tmp_path):
    record = {"id": "1985.12", "url": "https://example.org/1985.12", "credit": "Gift", "licence": "CC0"}
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"abc")
    out = tmp_path / "out"
    out.mkdir()
    info = engine(write_small, inputs=(InputSpec("image", ("image/png",), True, "a photo"),))
    outcome = execute(info, {"prompt": "a bowl", "seed": 3, "record": record}, {"image": photo}, out, Listener(), 10**6)
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(result["paradata"])
    assert [file.name for file in outcome.files] == ["model.glb", "result.json"]
    assert [file["name"] for file in result["files"]] == ["model.glb"]
    paradata = result["paradata"]
    assert (paradata["prompt"], paradata["seed"]) == ("a bowl", 3)
    assert paradata["sources"] == [
        {"record_id": "1985.12", "url": "https://example.org/1985.12", "credit": "Gift", "licence": "CC0"}
    ]
    # SHA-256 of "abc": FIPS 180-2, appendix B.1.
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert paradata["inputs"] == [{"name": "photo.png", "sha256": digest, "role": "image"}]


def test_embedded_paradata_are_valid_and_the_same_each_time():
    info = catalogue.find("diagnostic", "noop")
    made = [build_paradata(info, info.params(), input_facts({}), EngineResult(()), None, None) for _ in range(2)]
    jsonschema.Draft202012Validator(SCHEMA).validate(made[0])
    assert made[0] == made[1]
    assert made[0]["created"] is made[0]["duration_s"] is None


@pytest.mark.parametrize("faulty", [write_nothing, write_empty, write_elsewhere, describe_nonsense])
def test_an_engine_that_does_not_keep_its_word_is_found_out(tmp_path, faulty):
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(BackendError, match="engine"):
        execute(engine(faulty), {}, {}, out, Listener(), 10**6)
    assert not (out / "result.json").exists()


def test_a_result_that_is_too_large_is_refused(tmp_path):
    with pytest.raises(TooLarge):
        execute(engine(write_small), {}, {}, tmp_path, Listener(), 3)


def test_a_job_stops_when_it_is_asked_to(tmp_path):
    info = catalogue.find("diagnostic")
    listener = Listener(stop_after=3)
    with pytest.raises(Cancelled):
        execute(info, {"seconds": 3600, "steps": 10_000}, {}, tmp_path, listener, 10**6)
    assert len(listener.said) == 3


def test_inputs_have_to_be_those_the_engine_takes(tmp_path):
    info = engine(write_small, inputs=(InputSpec("image", ("image/png",), True, "a photo"),))
    with pytest.raises(BadInput, match="needs the input"):
        execute(info, {}, {}, tmp_path, Listener(), 10)
    with pytest.raises(BadInput, match='no input "mask"'):
        execute(info, {}, {"mask": tmp_path}, tmp_path, Listener(), 10)


def test_every_engine_has_a_name_of_its_own_and_a_schema():
    infos = catalogue.engines()
    assert len({(info.task, info.name) for info in infos}) == len(infos)
    for info in infos:
        assert info.params.model_json_schema()["properties"]["seed"]
        assert callable(info.load())


def test_an_engine_that_cannot_run_says_why():
    info = engine(write_small, availability=lambda: Availability(False, "there is no GPU.", "Use another machine."))
    with pytest.raises(Unavailable, match="no GPU"):
        catalogue.runnable(info)
    with pytest.raises(NotFound):
        catalogue.find("text_to_4d")


def test_the_server_starts_without_what_only_engines_need():
    heavy = ("numpy", "scipy", "trimesh", "numba", "PIL", "cv2", "torch")
    listing = "import backend.api.server; from backend.api.routes import list_engines; assert list_engines()['engines']"
    code = f"{listing}; import sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
