"""Painted views as jobs of a real server: workers that are killed cost no view that was painted."""

from __future__ import annotations

import re

import numpy as np
import pytest

PARAMS = {
    "mode": "generate", "prompt": "bronze with malachite patina", "texture_size": 512, "view_size": 512,
    "view_count": 6, "refinement_views": 0, "schedule": "published",
}  # fmt: skip
SAME = ("model.glb", "base_color.png", "evidence.png", "thumbnail.png", "views.jpg", "uv.npz")


def stone() -> bytes:
    """An uneven stone without texture coordinates, as OBJ: a grid of 48 x 32 around a ball, closed at the poles."""
    around, across = 48, 32
    turn, rise = np.meshgrid(np.arange(around) * 2.0 * np.pi / around, (np.arange(1, across)) * np.pi / across)
    rings = np.stack([np.sin(rise) * np.cos(turn), np.sin(rise) * np.sin(turn), np.cos(rise)], axis=-1).reshape(-1, 3)
    p = 0.15 * np.concatenate([rings, [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0)]])
    p = p * (1.0 + 0.15 * np.sin(31.0 * p[:, :1] + 1.0) * np.sin(27.0 * p[:, 1:2]))
    top, bottom, last = len(rings), len(rings) + 1, (across - 2) * around
    faces = []
    for k in range(around):
        after = (k + 1) % around
        faces += [(top, k, after), (bottom, last + after, last + k)]
        for ring in range(0, last, around):
            a, b, c, d = ring + k, ring + around + k, ring + after, ring + around + after
            faces += [(a, b, c), (c, b, d)]
    lines = [f"v {x:.9f} {y:.9f} {z:.9f}" for x, y, z in p]
    return "\n".join(lines + [f"f {i + 1} {j + 1} {k + 1}" for i, j, k in faces]).encode()


@pytest.fixture
def served(start_server):
    """A server with one worker, and the id of a mesh on it."""
    server = start_server("--cpu-workers", "1")
    return server, server.json("POST", "/v1/files", data=stone())["id"]


def submit(server, mesh: str, **params):
    body = {"task": "texture", "engine": "text2tex", "params": {**PARAMS, **params}, "inputs": {"mesh": mesh}}
    return server.json("POST", "/v1/jobs", json=body)


def until_view(server, job_id: str, number: int, attempt: int) -> None:
    """Wait until a view with this number, or a later one, is worked on."""
    running = False
    with server.listening(f"/v1/jobs/{job_id}/events") as stream:
        for event in stream:
            told = event["data"].get("job", {})
            running = running or (told.get("state") == "running" and told.get("attempt") == attempt)
            found = re.match(r"View (\d+) of", event["data"].get("message", ""))
            if running and found and int(found[1]) >= number:
                return
    raise AssertionError(f"the job ended before view {number}")


def digests(job) -> dict[str, str]:
    return {file["name"]: file["sha256"] for file in job["results"] if file["name"] in SAME}


def test_killed_workers_cost_no_painted_view(served):
    server, mesh = served
    job = submit(server, mesh)
    kept = server.data / "kept" / job["id"]
    for attempt, view in ((1, 3), (2, 4)):
        until_view(server, job["id"], view, attempt)
        assert any(kept.rglob("*.kept"))
        server.workers()[0].kill()
    lost = server.wait(job["id"])
    assert (lost["state"], lost["attempt"]) == ("failed", 2)
    assert kept.is_dir()
    server.json("POST", f"/v1/jobs/{job['id']}/retry")
    events = server.events(job["id"])
    ended = events[-1]["data"]["job"]
    assert ended["state"] == "succeeded", ended["error"]
    (told,) = [event["data"]["text"] for event in events if event["event"] == "log"]
    assert int(re.match(r"(\d+) views were painted by an attempt before", told)[1]) >= 3
    undisturbed = server.wait(submit(server, mesh)["id"])
    assert not kept.exists()  # deleted after the job was told to have succeeded, and before the next one began
    assert digests(ended) == digests(undisturbed)
    assert set(digests(ended)) == set(SAME)


def test_a_cancelled_job_keeps_nothing(served):
    server, mesh = served
    job = submit(server, mesh)
    until_view(server, job["id"], 2, 1)
    server.json("DELETE", f"/v1/jobs/{job['id']}")
    assert server.wait(job["id"])["state"] == "cancelled"
    server.terminate()
    assert not any((server.data / "kept").rglob("*.kept"))


def test_a_job_goes_on_after_its_server_was_ended(served, start_server):
    server, mesh = served
    job = submit(server, mesh)
    until_view(server, job["id"], 3, 1)
    server.kill()
    again = start_server("--cpu-workers", "1")
    events = again.events(job["id"])
    assert events[-1]["data"]["job"]["state"] == "succeeded"
    assert any("painted by an attempt before" in event["data"].get("text", "") for event in events)


def test_inputs_are_checked_before_the_job_is_taken(served):
    server, mesh = served
    body = {"task": "texture", "engine": "text2tex", "params": PARAMS}
    for inputs, detail in (
        ({}, 'needs the input "mesh"'),
        ({"mesh": mesh, "photo.65": mesh}, 'no input "photo.65"'),
        ({"mesh": mesh, "photo": mesh}, 'no input "photo"'),
    ):
        answer = server.request("POST", "/v1/jobs", json={**body, "inputs": inputs})
        assert answer.status_code == 422
        assert detail in answer.json()["detail"]
    assert server.json("GET", "/v1/jobs")["jobs"] == []


def test_engines_tell_their_numbered_inputs(served):
    server, _ = served
    engines = {engine["name"]: engine for engine in server.json("GET", "/v1/engines")["engines"]}
    numbers = {(spec["role"], tuple(spec["numbers"] or ())) for spec in engines["text2tex"]["inputs"]}
    assert {("mesh", ()), ("photo", (1, 64)), ("texture", ()), ("texture", (1001, 1999))} <= numbers
    assert engines["text2tex"]["available"]
