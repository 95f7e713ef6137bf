"""Killed workers, killed servers, full disks: every job ends once, and no half result is ever seen."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading

import psutil
import pytest
import requests


def result_names(server, job):
    return [file["name"] for file in job["results"]]


def assert_whole(server, job):
    """Every listed result can be read, is what it claims to be, and result.json agrees."""
    contents = {}
    for file in job["results"]:
        contents[file["name"]] = server.request("GET", f"/v1/jobs/{job['id']}/files/{file['name']}").content
        assert hashlib.sha256(contents[file["name"]]).hexdigest() == file["sha256"]
        assert len(contents[file["name"]]) == file["size"]
    assert json.loads(contents["result.json"])["files"] == job["results"][:-1]


def test_a_job_whose_worker_is_killed_is_tried_again(start_server):
    server = start_server("--cpu-workers", "1")
    job = server.submit(seconds=0.6, result_bytes=1000)
    server.wait_until(job["id"], "progress")
    server.workers()[0].kill()
    ended = server.wait(job["id"])
    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    assert_whole(server, ended)
    logged = [event["data"]["text"] for event in server.events(job["id"]) if event["event"] == "log"]
    assert any("Trying again" in text for text in logged)


def test_a_job_that_loses_two_workers_is_given_up(start_server):
    server = start_server("--cpu-workers", "1")
    job = server.submit(seconds=60)
    for attempt in (1, 2):
        with server.listening(f"/v1/jobs/{job['id']}/events") as stream:
            for event in stream:
                told = event["data"].get("job", {})
                if told.get("state") == "running" and told["attempt"] == attempt:
                    break
            next(event for event in stream if event["event"] == "progress")
            server.workers()[0].kill()
    ended = server.wait(job["id"])
    assert (ended["state"], ended["attempt"], ended["results"]) == ("failed", 2, [])
    assert ended["error"]["type"].endswith("/worker-lost")
    if os.name == "posix":
        assert "SIGKILL" in ended["error"]["detail"]
    again = server.json("POST", f"/v1/jobs/{job['id']}/retry")
    assert again["attempt"] == 1
    server.json("DELETE", f"/v1/jobs/{job['id']}")
    assert server.wait(job["id"])["state"] == "cancelled"


def test_a_worker_that_dies_while_it_waits_costs_no_job_an_attempt(start_server):
    server = start_server("--cpu-workers", "1")
    server.wait(server.submit()["id"])
    (idle,) = server.workers()
    idle.kill()
    psutil.wait_procs([idle], timeout=10)
    ended = server.wait(server.submit()["id"])
    assert (ended["state"], ended["attempt"]) == ("succeeded", 1)


def test_a_worker_does_not_outlive_its_killed_server(start_server):
    server = start_server("--cpu-workers", "1")
    job = server.submit(seconds=60)
    server.wait_until(job["id"], "progress")
    workers = server.workers()
    server.kill()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


def test_an_orderly_end_puts_the_running_job_back_uncounted(start_server):
    server = start_server("--cpu-workers", "1")
    job = server.submit(seconds=0.8)
    server.wait_until(job["id"], "progress")
    assert server.terminate() == 0
    assert not (server.data / "server.json").exists()
    ended = start_server().wait(job["id"])
    assert (ended["state"], ended["attempt"]) == ("succeeded", 1)


def test_jobs_survive_a_server_killed_at_twenty_random_moments(start_server):
    moments = random.Random(20)
    keys, ids, posted = {}, {}, 0
    for _ in range(20):
        server = start_server()
        # On a busy machine everything takes longer, and a kill shall hit running jobs there too.
        killer = threading.Timer(moments.uniform(0.0, max(0.5, 0.5 * server.start_s)), server.process.kill)
        killer.start()
        try:
            # What was asked for and not answered is asked for again: that may not make a second job.
            for key, params in [(key, params) for key, params in keys.items() if key not in ids]:
                ids[key] = server.submit(key, **params)["id"]
            for _ in range(3):
                posted += 1
                params = {"seconds": moments.choice([0.0, 0.05, 0.2]), "result_bytes": 200_000, "seed": posted}
                keys[f"key-{posted}"] = params
                ids[f"key-{posted}"] = server.submit(f"key-{posted}", **params)["id"]
        except requests.RequestException:
            pass
        killer.join()
        server.kill()
    server = start_server()
    for key in keys.keys() - ids.keys():
        ids[key] = server.submit(key, **keys[key])["id"]
    assert len(set(ids.values())) == len(keys)
    for job_id in ids.values():
        ended = server.wait(job_id)
        assert ended["state"] == "succeeded", ended
        assert_whole(server, ended)
        assert [event["event"] for event in server.events(job_id)].count("end") == 1
    listed = server.json("GET", "/v1/jobs?limit=1000")["jobs"]
    assert sorted(job["id"] for job in listed) == sorted(ids.values())
    assert max(job["attempt"] for job in listed) >= 2, "no kill hit a running job"
    assert server.terminate() == 0
    assert list((server.data / "scratch").iterdir()) == []
    assert list((server.data / "files" / "incoming").iterdir()) == []


def test_results_are_not_there_before_they_are_complete(start_server):
    server = start_server("--cpu-workers", "1")
    job = server.submit(result_bytes=30_000_000)
    found: dict[int, set[bytes]] = {}
    while (now := server.job(job["id"]))["state"] in ("queued", "running"):
        assert now["results"] == []
        answer = server.request("GET", f"/v1/jobs/{job['id']}/files/result.bin")
        found.setdefault(answer.status_code, set()).add(hashlib.sha256(answer.content).digest())
    ended = server.job(job["id"])
    assert_whole(server, ended)
    # It may have ended between the two requests: then the whole file was there, and never a part of it.
    whole = {bytes.fromhex(file["sha256"]) for file in ended["results"] if file["name"] == "result.bin"}
    assert found.pop(200, whole) == whole
    assert set(found) == {404}


def test_a_result_above_the_limit_fails_and_is_thrown_away(start_server):
    server = start_server("--max-result-mb", "1")
    job = server.wait(server.submit(result_bytes=2_000_000)["id"])
    assert job["state"] == "failed"
    assert job["error"]["type"].endswith("/too-large")
    assert [path for path in (server.data / "files").rglob("*") if path.is_file()] == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 16 MiB."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can make a small disk; the file store's own test uses a quota double")
    folder = tmp_path / "small-disk"
    folder.mkdir()
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", "size=16m", "museum-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let root mount a tmpfs; the file store's own test uses a quota double")
    yield folder
    subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)


def test_a_full_disk_is_said_so_and_loses_nothing(small_disk, start_server):
    server = start_server(data=small_disk / "data")
    kept = server.wait(server.submit(result_bytes=1_000_000)["id"])
    upload = server.request("POST", "/v1/files", data=b"u" * 20_000_000)
    assert upload.status_code == 507
    assert upload.json()["type"].endswith("/storage-full")
    failed = server.wait(server.submit(result_bytes=30_000_000)["id"])
    assert failed["state"] == "failed"
    assert failed["error"]["type"].endswith("/storage-full"), failed["error"]
    assert_whole(server, server.job(kept["id"]))
    after = server.wait(server.submit(result_bytes=1_000_000, seed=2)["id"])
    assert after["state"] == "succeeded"
    server.close()
