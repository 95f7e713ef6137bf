"""The life of a job: events, results, cancelling, time limits, retrying."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

SCHEMA = Path(__file__).resolve().parents[2] / "museum_addon" / "core" / "paradata.schema.json"


def kinds(events):
    return [event["event"] for event in events]


def result_bytes(server, job, name):
    response = server.request("GET", f"/v1/jobs/{job['id']}/files/{name}")
    assert response.status_code == 200
    return response.content


def test_a_job_leaves_its_files_and_says_how_they_came_to_be(server):
    job = server.wait(server.submit(result_bytes=5000, seed=11)["id"])
    assert job["state"] == "succeeded"
    assert job["progress"] == 1.0
    assert job["timings"]["run_s"] > 0
    result = json.loads(result_bytes(server, job, "result.json"))
    assert set(result) == {"schema", "task", "engine", "files", "data", "paradata"}
    assert result["schema"] == "museum-result/1"
    assert (result["task"], result["engine"]) == ("diagnostic", "noop")
    assert [file["name"] for file in job["results"]] == ["result.bin", "result.json"]
    assert result["files"] == job["results"][:1]
    for file in job["results"]:
        content = result_bytes(server, job, file["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    paradata = result["paradata"]
    assert set(paradata) == set(json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"])
    assert paradata["seed"] == 11
    assert paradata["created"] <= job["finished"]


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(server):
    def made(seed):
        return result_bytes(server, server.wait(server.submit(result_bytes=300, seed=seed)["id"]), "result.bin")

    assert made(1) == made(1) != made(2)


def test_a_job_that_fails_says_what_to_do(server):
    job = server.wait(server.submit(fail=True, result_bytes=10)["id"])
    assert job["state"] == "failed"
    assert job["error"]["type"].endswith("/bad-input")
    assert job["error"]["fix"]
    assert job["results"] == []


def test_events_tell_the_whole_story_in_order(server):
    events = server.events(server.submit(seconds=0.5, steps=5, preview=True)["id"])
    assert kinds(events)[:2] == ["state", "state"]
    assert kinds(events)[-1] == "end"
    assert [event["id"] for event in events] == sorted({event["id"] for event in events})
    progress = [event["data"]["progress"] for event in events if event["event"] == "progress"]
    assert progress == sorted(progress)
    assert {"progress", "log"} <= set(kinds(events))
    states = [event["data"]["job"]["state"] for event in events if "job" in event["data"]]
    assert states == ["queued", "running", "succeeded"]
    assert len({event["data"]["job_id"] for event in events}) == 1


def test_a_preview_is_a_picture(server):
    job = server.submit(seconds=0.3, steps=1, preview=True)
    png = base64.b64decode(server.wait_until(job["id"], "preview")["data"]["png"])
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    position, parts = 8, {}
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        body = png[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", png, position + 8 + length)[0] == zlib.crc32(kind + body)
        parts[kind], position = body, position + 12 + length
    width, height = struct.unpack_from(">II", parts[b"IHDR"])
    assert len(zlib.decompress(parts[b"IDAT"])) == height * (width + 1)


def test_progress_is_told_at_most_ten_times_a_second(server):
    job_id = server.submit(seconds=1.0, steps=1000)["id"]
    events = server.events(job_id)
    run_s = events[-1]["data"]["job"]["timings"]["run_s"]
    assert 2 <= kinds(events).count("progress") <= run_s * 10 + 2


def test_a_stream_resumes_where_it_broke_off(server):
    job_id = server.submit(seconds=0.5, steps=5)["id"]
    with server.listening(f"/v1/jobs/{job_id}/events") as stream:
        first = [next(stream), next(stream)]
    rest = server.events(job_id, first[-1]["id"])
    assert first + rest == server.events(job_id)
    again = server.events(job_id, rest[-1]["id"])
    assert kinds(again) == ["end"]
    unknown = server.events(job_id, 10**15)
    assert unknown == first + rest


def test_the_stream_of_all_jobs_tells_of_each_and_resumes(server):
    with server.listening("/v1/events") as stream:
        jobs = [server.submit()["id"] for _ in range(3)]
        ended, seen = set(), []
        while ended != set(jobs):
            event = next(stream)
            seen.append(event)
            if event["event"] == "end":
                ended.add(event["data"]["job_id"])
    assert {event["data"]["job_id"] for event in seen} == set(jobs)
    with server.listening("/v1/events", seen[0]["id"]) as stream:
        assert [next(stream) for _ in seen[1:]] == seen[1:]


def test_a_waiting_job_is_cancelled_at_once(start_server):
    server = start_server("--cpu-workers", "1")
    running = server.submit(seconds=60)
    server.wait_until(running["id"], "state", state="running")
    waiting = server.submit()
    assert server.json("DELETE", f"/v1/jobs/{waiting['id']}")["state"] == "cancelled"
    assert kinds(server.events(waiting["id"])) == ["state", "end"]
    server.json("DELETE", f"/v1/jobs/{running['id']}")
    assert server.wait(running["id"])["state"] == "cancelled"


def test_a_running_job_stops_and_its_worker_lives_on(start_server):
    server = start_server("--cpu-workers", "1", "--cancel-grace-s", "30")
    job = server.submit(seconds=60, result_bytes=10)
    server.wait_until(job["id"], "progress")
    before = [worker.pid for worker in server.workers()]
    server.json("DELETE", f"/v1/jobs/{job['id']}")
    ended = server.wait(job["id"])
    assert (ended["state"], ended["error"], ended["results"]) == ("cancelled", None, [])
    assert server.json("DELETE", f"/v1/jobs/{job['id']}") == ended
    assert server.wait(server.submit()["id"])["state"] == "succeeded"
    assert [worker.pid for worker in server.workers()] == before


def test_a_worker_that_does_not_listen_is_ended_and_replaced(start_server):
    server = start_server("--cpu-workers", "1", "--cancel-grace-s", "0.3")
    job = server.submit(seconds=60)
    server.wait_until(job["id"], "progress")
    (deaf,) = server.workers()
    deaf.suspend()
    server.json("DELETE", f"/v1/jobs/{job['id']}")
    assert server.wait(job["id"])["state"] == "cancelled"
    psutil.wait_procs([deaf], timeout=10)
    assert not deaf.is_running()
    assert server.wait(server.submit()["id"])["state"] == "succeeded"


@pytest.mark.parametrize("deaf", [False, True])
def test_a_job_that_takes_too_long_is_stopped(start_server, deaf):
    server = start_server("--cpu-workers", "1", "--job-time-limit-s", "4.0", "--cancel-grace-s", "0.3")
    job = server.submit(seconds=60)
    server.wait_until(job["id"], "progress")
    if deaf:
        server.workers()[0].suspend()
    ended = server.wait(job["id"])
    assert ended["state"] == "failed"
    assert ended["error"]["type"].endswith("/timed-out")
    assert "4 s" in ended["error"]["detail"]
    assert server.wait(server.submit()["id"])["state"] == "succeeded"


def test_two_workers_run_two_jobs_at_the_same_time(start_server):
    server = start_server("--cpu-workers", "2")
    jobs = [server.submit(seconds=60) for _ in range(2)]
    for job in jobs:
        server.wait_until(job["id"], "progress")
    assert len(server.workers()) == 2
    assert {server.job(job["id"])["state"] for job in jobs} == {"running"}
    for job in jobs:
        server.json("DELETE", f"/v1/jobs/{job['id']}")
        assert server.wait(job["id"])["state"] == "cancelled"


def test_an_ended_job_can_be_run_again_and_a_running_one_cannot(server):
    job = server.wait(server.submit(fail=True, seed=3)["id"])
    again = server.json("POST", f"/v1/jobs/{job['id']}/retry")
    assert (again["id"], again["attempt"], again["error"]) == (job["id"], 1, None)
    assert server.wait(job["id"])["params"] == job["params"]
    running = server.submit(seconds=60)
    server.wait_until(running["id"], "state", state="running")
    assert server.request("POST", f"/v1/jobs/{running['id']}/retry").status_code == 409
    server.json("DELETE", f"/v1/jobs/{running['id']}")
    assert server.wait(running["id"])["state"] == "cancelled"
    server.json("POST", f"/v1/jobs/{running['id']}/retry")
    server.wait_until(running["id"], "progress")
    server.json("DELETE", f"/v1/jobs/{running['id']}")
    assert server.wait(running["id"])["state"] == "cancelled"


def test_two_hundred_jobs_from_sixteen_clients_all_end_once(server):
    with server.listening("/v1/events") as stream:
        import requests

        def ask(number):
            headers = {"Authorization": f"Bearer {server.token}"}
            body = {"task": "diagnostic", "params": {"seed": number}, "idempotency_key": f"of-two-hundred-{number}"}
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(server.url + "/v1/jobs", json=body, headers=headers, timeout=60)
            assert answer.status_code == 201
            return answer.json()["id"]

        with ThreadPoolExecutor(16) as pool:
            ids = list(pool.map(ask, range(200)))
        assert len(set(ids)) == 200
        ends = []
        while len(ends) < 200:
            event = next(stream)
            if event["event"] == "end":
                ends.append(event["data"]["job_id"])
    assert sorted(ends) == sorted(ids)
    listed = server.json("GET", "/v1/jobs?limit=1000&state=succeeded")["jobs"]
    assert set(ids) <= {job["id"] for job in listed}
    assert {job["params"]["seed"] for job in listed if job["id"] in set(ids)} == set(range(200))


def test_uploaded_bytes_are_the_bytes_that_are_kept(server):
    content = io.BytesIO(b"seen" * 700_000)
    stored = server.json("POST", "/v1/files", data=content)
    path = server.data / "files" / "objects" / stored["id"][:2] / stored["id"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == stored["id"]
