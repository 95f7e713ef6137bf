"""Models are pulled as jobs: told, cancelled, retried and durable like any other, and no secret is left anywhere."""

from __future__ import annotations

import json
import subprocess

import pytest

from devtools.hub_server import COMMIT, Fault, HubServer, Repository, safetensors
from devtools.server_process import ROOT, backend_environment

SECRET = "hf_never_to_be_told_to_anybody"
WEIGHTS = "model.safetensors"
DATA = {"config.json": b"{}", WEIGHTS: safetensors(400_000)}
OWN = {
    "licences": [
        {"id": "kiln", "title": "Kiln Licence", "terms": "not for firing at night", "url": "https://kiln.invalid/terms",
         "accept": True}
    ],
    "models": [
        {"id": "vase", "title": "Vase", "hub": "potter/vase", "revision": COMMIT, "pinned": True, "licence": "kiln",
         "files": [{"path": path} for path in DATA], "size_bytes": 400_000, "source": "made up"}
    ],
}  # fmt: skip


@pytest.fixture
def repository():
    return Repository(DATA, token=SECRET, gated=True)


@pytest.fixture
def hub(repository):
    with HubServer({"potter/vase": repository}) as running:
        yield running


@pytest.fixture
def environment(tmp_path, hub):
    """What tells a backend to use the test's hub and an empty folder of models."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "catalogue.json").write_text(json.dumps(OWN), encoding="utf-8")
    return {
        "MUSEUM_MODELS": str(folder), "MUSEUM_MODELS_ENDPOINT": hub.address, "HF_TOKEN": SECRET,
        "HF_HOME": str(tmp_path / "hub-home"), "NO_PROXY": "127.0.0.1",
    }  # fmt: skip


@pytest.fixture
def server(start_server, environment):
    return start_server("--cpu-workers", "1", environment=environment)


def pull(server, **params):
    body = {"task": "models", "engine": "pull", "params": {"model": "vase", **params}}
    return server.json("POST", "/v1/jobs", json=body)["id"]


def model_of(server, name="vase"):
    return next(model for model in server.json("GET", "/v1/models")["models"] if model["id"] == name)


def test_a_model_is_pulled_verified_and_removed(server, hub, tmp_path):
    assert (model_of(server)["state"], model_of(server)["licence"]["accepted"]) == ("absent", False)
    job = server.wait(pull(server, accept_licence=True))
    assert job["state"] == "succeeded", job["error"]
    result = server.json("GET", f"/v1/jobs/{job['id']}/files/result.json")
    assert result["data"]["models"][0]["revision"] == COMMIT
    told = model_of(server)
    assert (told["state"], told["origin"], told["licence"]["accepted"]) == ("ready", "pulled", True)
    body = {"task": "models", "engine": "verify", "params": {"model": "vase"}}
    assert server.wait(server.json("POST", "/v1/jobs", json=body)["id"])["state"] == "succeeded"
    weights = tmp_path / "models" / "vase" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    failed = server.wait(server.json("POST", "/v1/jobs", json=body)["id"])
    assert failed["error"]["type"].endswith("damaged-model") and failed["error"]["fix"]
    freed = server.json("DELETE", "/v1/models/vase")
    assert freed["freed_bytes"] >= 400_000 and model_of(server)["state"] == "absent"
    assert server.request("DELETE", "/v1/models/vade").json()["fix"].startswith("Use one of")


def test_the_token_is_left_nowhere(server, hub, tmp_path):
    assert server.json("GET", "/v1/models")["token"] == "HF_TOKEN"
    assert server.wait(pull(server, accept_licence=True))["state"] == "succeeded"
    assert f"Bearer {SECRET}" in [seen.headers.get("Authorization") for seen in hub.seen]
    hub.repositories["potter/vase"].token = "another"
    server.json("DELETE", "/v1/models/vase")
    failed = server.wait(pull(server))
    assert failed["error"]["type"].endswith("hub-refused")
    assert SECRET not in json.dumps(server.json("GET", "/v1/jobs")) + json.dumps(server.events(failed["id"]))
    assert SECRET not in server.log()
    server.terminate()
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert holding == []


def test_a_licence_that_was_not_accepted_is_told_with_its_terms(server, hub):
    error = server.wait(pull(server))["error"]
    assert error["type"].endswith("licence-not-accepted") and error["status"] == 403
    assert "not for firing at night" in error["detail"] and "https://kiln.invalid/terms" in error["fix"]
    assert hub.seen == []


def test_a_silent_download_is_cancelled_within_two_seconds_and_goes_on_when_retried(
    start_server, environment, hub, repository
):
    """A worker that took longer than the grace would have been ended and replaced."""
    server = start_server("--cpu-workers", "1", "--cancel-grace-s", "2.0", environment=environment)
    repository.faults[WEIGHTS] = Fault(stall_after=150_000, times=1)
    job = pull(server, accept_licence=True)
    assert hub.silenced.wait(60)
    before = {worker.pid for worker in server.workers()}
    server.json("DELETE", f"/v1/jobs/{job}")
    assert server.wait(job)["state"] == "cancelled"
    assert model_of(server)["state"] == "partial"
    server.json("POST", f"/v1/jobs/{job}/retry")
    assert server.wait(job)["state"] == "succeeded"
    assert {worker.pid for worker in server.workers()} == before
    ranges = [seen.headers.get("Range") for seen in hub.asked_for(WEIGHTS)]
    assert ranges[0] is None and ranges[1].startswith("bytes=") and ranges[1] != "bytes=0-"


def test_a_download_outlives_its_server(start_server, environment, hub, repository):
    repository.faults[WEIGHTS] = Fault(stall_after=150_000, times=1)
    first = start_server("--cpu-workers", "1", environment=environment)
    job = pull(first, accept_licence=True)
    assert hub.silenced.wait(60)
    for worker in first.workers():
        worker.kill()
    first.kill()
    second = start_server("--cpu-workers", "1", environment=environment)
    assert second.wait(job)["state"] == "succeeded"


def test_nothing_waits_for_a_download(server, hub, repository):
    repository.faults[WEIGHTS] = Fault(stall_after=10)
    job = pull(server, accept_licence=True)
    assert hub.silenced.wait(60)
    assert server.wait(server.submit()["id"])["state"] == "succeeded"
    assert server.job(job)["state"] == "running"
    server.json("DELETE", f"/v1/jobs/{job}")


@pytest.fixture
def command(backend_python, environment, tmp_path):
    """Run ``backend models``; answer exit status, output and errors."""

    def run(*arguments, **more):
        done = subprocess.run(
            [str(backend_python), "-m", "backend", "models", *arguments], capture_output=True, text=True,
            encoding="utf-8", env=backend_environment({**environment, **more}), cwd=tmp_path, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_command_line_pulls_lists_verifies_and_removes(command):
    status, output, errors = command("pull", "vase")
    assert (status, output) == (1, "") and "not for firing at night" in errors and "--accept-licence" in errors
    status, output, errors = command("pull", "vase", "--accept-licence")
    assert status == 0, errors
    assert json.loads(output)["revision"] == COMMIT
    listed = json.loads(command("list", "--json")[1])
    assert {model["id"]: model["state"] for model in listed["models"]}["vase"] == "ready"
    line = next(line for line in command("list")[1].splitlines() if line.startswith("vase"))
    assert "ready" in line and "Kiln Licence" in line
    assert json.loads(command("verify", "vase")[1])["not_compared"] == []
    assert json.loads(command("remove", "vase")[1])["freed_bytes"] >= 400_000
    status, _, errors = command("verify", "vase")
    assert status == 1 and len(errors.splitlines()) == 1
    assert command("pull", "vade")[0] == 2


OFFLINE = """
import sys
opened = []
ours = ("socket.getaddrinfo", "socket.connect", "socket.gethostbyname", "socket.sendto")
sys.addaudithook(lambda event, _: opened.append(event) if event in ours else None)
sys.path.insert(0, {root!r})
from backend.__main__ import main
status = main(sys.argv[1:])
assert opened == [], opened
sys.exit(status)
"""


def test_offline_no_connection_is_opened(command, backend_python, environment, tmp_path):
    assert command("pull", "vase", "--accept-licence")[0] == 0
    code = OFFLINE.format(root=str(ROOT))
    for arguments, status in ((["list"], 0), (["verify", "vase"], 0), (["pull", "vase"], 0), (["pull", "shap-e"], 1)):
        done = subprocess.run(
            [str(backend_python), "-c", code, "models", *arguments, "--models-offline"], capture_output=True, text=True,
            env=backend_environment(environment), cwd=tmp_path, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        assert status == 0 or "offline mode is on" in done.stderr


def test_a_token_file_that_cannot_be_used_is_told_without_its_content(command, tmp_path):
    (tmp_path / "token").write_text(f"{SECRET} and more")
    status, _, errors = command("list", "--models-token-file", str(tmp_path / "token"))
    assert status == 2 and "token file" in errors and SECRET not in errors
