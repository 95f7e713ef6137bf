"""What the API answers: tokens, problems, limits, ranges."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests


def problem(response, status, kind):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "fix"}
    assert body["status"] == status
    assert body["type"] == f"https://museum-addon.invalid/problems/{kind}"
    assert body["detail"].endswith(".") and len(body["fix"]) > 10
    return body


def bare(server, method, path, **options):
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, server.url + path, timeout=30, **options)


def test_every_route_but_health_wants_the_token(server):
    paths = server.json("GET", "/v1/openapi.json")["paths"]
    routes = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    assert len(routes) >= 12
    assert "/v1/openapi.json" not in paths
    for method, path in [*routes, ("GET", "/v1/openapi.json"), ("GET", "/v1/nowhere"), ("GET", "/docs")]:
        path = path.replace("{job_id}", "x").replace("{name}", "y")
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": server.token},
                        {"Authorization": f"Basic {server.token}"}, {"Authorization": f"Bearer {server.token}x"}):
            response = bare(server, method, path, headers=headers)
            if path == "/v1/health":
                assert response.status_code == 200
            else:
                problem(response, 401, "unauthorised")
                assert response.headers["www-authenticate"] == "Bearer"


def test_health_says_version_and_protocol(server):
    health = bare(server, "GET", "/v1/health").json()
    assert health["status"] == "ok"
    assert health["protocol"] == 1
    assert health["version"] == server.handshake["version"]
    assert health["uptime_s"] >= 0


def test_a_foreign_host_name_is_refused(server):
    headers = {"Host": "museum.example", "Authorization": f"Bearer {server.token}"}
    problem(bare(server, "GET", "/v1/jobs", headers=headers), 421, "wrong-host")
    problem(bare(server, "GET", "/v1/health", headers=headers), 421, "wrong-host")
    port = urlsplit(server.url).port
    assert bare(server, "GET", "/v1/health", headers={"Host": f"localhost:{port}"}).status_code == 200


def test_unknown_routes_and_methods_are_problems(server):
    assert "/v1/jobs" in problem(server.request("GET", "/v1/job"), 404, "not-found")["fix"]
    assert "GET" in problem(server.request("PUT", "/v1/engines"), 405, "method-not-allowed")["fix"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"task": 1e999}', b'{"task":"diagnostic","params":[]}'],
)
def test_a_malformed_body_is_a_problem(server, body):
    response = server.request("POST", "/v1/jobs", data=body, headers={"Content-Type": "application/json"})
    problem(response, 422, "bad-input")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"params": {"seconds": -1}}, "seconds"),
        ({"params": {"seconds": "x"}}, "seconds"),
        ({"params": {"secondss": 1}}, "secondss"),
        ({"params": {"seed": 2**31}}, "seed"),
        ({"inputs": {"image": "0" * 64}}, "image"),
        ({"inputs": {"image": "../../etc/passwd"}}, "image"),
        ({"idempotency_key": "two words"}, "idempotency_key"),
        ({"surprise": 1}, "surprise"),
        ({"label": 7}, "label"),
    ],
)
def test_a_request_that_cannot_be_used_is_refused_before_anything_is_stored(server, change, named):
    before = server.json("GET", "/v1/jobs?limit=1")["jobs"]
    body = {"task": "diagnostic", "engine": "noop", "params": {}, **change}
    assert named in problem(server.request("POST", "/v1/jobs", json=body), 422, "bad-input")["detail"]
    assert server.json("GET", "/v1/jobs?limit=1")["jobs"] == before


def test_not_a_number_is_refused(server):
    body = b'{"task": "diagnostic", "params": {"seconds": NaN}}'
    response = server.request("POST", "/v1/jobs", data=body, headers={"Content-Type": "application/json"})
    problem(response, 422, "bad-input")


def test_an_unknown_engine_or_task_names_the_nearest(server):
    wrong_engine = server.request("POST", "/v1/jobs", json={"task": "diagnostic", "engine": "nop"})
    assert "noop" in problem(wrong_engine, 404, "not-found")["fix"]
    wrong_task = server.request("POST", "/v1/jobs", json={"task": "text_to_3"})
    assert "text_to_3d" in problem(wrong_task, 404, "not-found")["fix"]


def test_the_engine_is_chosen_when_none_is_named(server):
    job = server.json("POST", "/v1/jobs", json={"task": "diagnostic"})
    assert job["engine"] == "noop"
    assert server.wait(job["id"])["state"] == "succeeded"


def test_engines_tell_what_they_take(server):
    engines = {(e["task"], e["name"]): e for e in server.json("GET", "/v1/engines")["engines"]}
    noop = engines["diagnostic", "noop"]
    assert noop["available"] is True
    assert noop["params"]["properties"]["seconds"]["minimum"] == 0
    assert ("text_to_3d", "parametric") in engines


def test_unknown_jobs_and_results_are_not_found(server):
    problem(server.request("GET", "/v1/jobs/nowhere"), 404, "not-found")
    problem(server.request("GET", "/v1/jobs/nowhere/events"), 404, "not-found")
    problem(server.request("DELETE", "/v1/jobs/nowhere"), 404, "not-found")
    problem(server.request("POST", "/v1/jobs/nowhere/retry"), 404, "not-found")
    job = server.wait(server.submit()["id"])
    assert "result.json" in problem(server.request("GET", f"/v1/jobs/{job['id']}/files/x.glb"), 404, "not-found")["fix"]


@pytest.mark.parametrize("name", ["..%2f..%2fserver.json", ".hidden", "a..b", "%00", "a%5cb", "CON%3a"])
def test_names_that_are_no_plain_file_names_are_refused(server, name):
    job = server.wait(server.submit()["id"])
    response = server.request("GET", f"/v1/jobs/{job['id']}/files/{name}")
    assert response.status_code in (404, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_jobs_are_listed_newest_first_by_id_and_by_state(server):
    ids = [server.wait(server.submit()["id"])["id"] for _ in range(3)]
    assert [job["id"] for job in server.json("GET", "/v1/jobs?limit=3")["jobs"]] == ids[::-1]
    wanted = server.json("GET", f"/v1/jobs?ids={ids[0]},{ids[2]},unknown")["jobs"]
    assert [job["id"] for job in wanted] == [ids[2], ids[0]]
    assert {job["state"] for job in server.json("GET", "/v1/jobs?state=succeeded")["jobs"]} == {"succeeded"}
    problem(server.request("GET", "/v1/jobs?state=sleeping"), 422, "bad-input")
    problem(server.request("GET", "/v1/jobs?limit=0"), 422, "bad-input")


def test_the_same_key_is_one_job_however_many_ask_at_once(server):
    def ask(_):
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Authorization": f"Bearer {server.token}"}
            body = {"task": "diagnostic", "params": {"seconds": 0.05}, "idempotency_key": "asked-by-sixteen"}
            return session.post(server.url + "/v1/jobs", json=body, headers=headers, timeout=30)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(48)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 47 + [201]
    server.wait(answers[0].json()["id"])
    assert server.submit("asked-by-sixteen")["id"] == answers[0].json()["id"]


def test_an_upload_is_named_by_its_content(server):
    content = bytes(range(256)) * 9000
    answer = server.request("POST", "/v1/files", data=content)
    assert answer.status_code == 201
    assert answer.json() == {"id": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert server.json("POST", "/v1/files", data=content) == answer.json()
    problem(server.request("POST", "/v1/files", data=b""), 422, "bad-input")


def test_bodies_above_the_limit_are_refused_whatever_length_was_announced(start_server):
    server = start_server("--max-body-mb", "1")
    assert server.request("POST", "/v1/files", data=b"x" * (1 << 20)).status_code == 201
    problem(server.request("POST", "/v1/files", data=b"x" * ((1 << 20) + 1)), 413, "too-large")
    chunks = (b"y" * 65536 for _ in range(17))
    problem(server.request("POST", "/v1/files", data=chunks), 413, "too-large")
    long_body = json.dumps({"task": "diagnostic", "label": "z" * (1 << 20)}).encode()
    problem(server.request("POST", "/v1/jobs", data=long_body), 413, "too-large")
    assert list((server.data / "files" / "incoming").iterdir()) == []
    assert server.json("GET", "/v1/health")["status"] == "ok"


def test_an_upload_that_breaks_off_leaves_nothing(start_server):
    server = start_server()
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        head = f"POST /v1/files HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {server.token}\r\n"
        connection.sendall(f"{head}Content-Length: 5000000\r\n\r\n".encode() + b"x" * 2_000_000)
    assert server.terminate() == 0
    assert [path for path in (server.data / "files").rglob("*") if path.is_file()] == []


def test_a_full_queue_is_said_so(start_server):
    server = start_server("--max-queue", "3", "--cpu-workers", "1")
    running = server.submit(seconds=60)
    server.wait_until(running["id"], "state", state="running")
    waiting = [server.submit() for _ in range(3)]
    refused = server.request("POST", "/v1/jobs", json={"task": "diagnostic"})
    problem(refused, 429, "queue-full")
    assert int(refused.headers["retry-after"]) > 0
    server.json("DELETE", f"/v1/jobs/{running['id']}")
    assert [server.wait(job["id"])["state"] for job in waiting] == ["succeeded"] * 3


def test_ranges_of_a_result(server):
    job = server.wait(server.submit(result_bytes=1000, seed=5)["id"])
    path = f"/v1/jobs/{job['id']}/files/result.bin"
    whole = server.request("GET", path)
    listed = next(file for file in job["results"] if file["name"] == "result.bin")
    assert hashlib.sha256(whole.content).hexdigest() == listed["sha256"]
    assert whole.headers["etag"] == f'"{listed["sha256"]}"'
    parts = {"0-9": slice(0, 10), "990-": slice(990, None), "-10": slice(-10, None), "5-5000": slice(5, None)}
    for asked, part in parts.items():
        response = server.request("GET", path, headers={"Range": f"bytes={asked}"})
        assert response.status_code == 206
        assert response.content == whole.content[part]
        first = range(1000)[part][0]
        assert response.headers["content-range"] == f"bytes {first}-{range(1000)[part][-1]}/1000"
    outside = server.request("GET", path, headers={"Range": "bytes=1000-"})
    problem(outside, 416, "range-not-satisfiable")
    assert outside.headers["content-range"] == "bytes */1000"
    changed = server.request("GET", path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, whole.content)
    assert server.request("GET", path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def test_a_long_label_is_cut_and_control_characters_in_it_become_spaces(server):
    job = server.json("POST", "/v1/jobs", json={"task": "diagnostic", "label": "a\nb\x00c\ud800" + "汉" * 500})
    assert job["label"] == "a b c " + "汉" * 194
    assert server.wait(job["id"])["state"] == "succeeded"


def test_a_result_whose_bytes_were_deleted_is_not_found(start_server):
    server = start_server()
    job = server.wait(server.submit(result_bytes=10)["id"])
    shutil.rmtree(server.data / "files" / "objects")
    answer = server.request("GET", f"/v1/jobs/{job['id']}/files/result.bin")
    assert "retry" in problem(answer, 404, "not-found")["fix"]


def test_what_nobody_foresaw_is_a_problem_too_and_the_log_has_the_cause(start_server):
    server = start_server()
    with contextlib.closing(sqlite3.connect(server.data / "jobs.sqlite3", timeout=30)) as connection:
        connection.execute("drop table events")
    problem(server.request("POST", "/v1/jobs", json={"task": "diagnostic"}), 500, "internal-error")
    assert "Traceback" in server.log()
    assert server.json("GET", "/v1/health")["status"] == "ok"


def test_only_an_embedded_server_can_be_shut_down_from_outside(server):
    problem(server.request("POST", "/v1/shutdown", json={}), 409, "conflict")
