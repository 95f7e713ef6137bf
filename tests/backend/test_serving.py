"""Starting, finding, sharing and ending a server."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess

import psutil
import pytest
import requests

from devtools.server_process import PATIENCE_S, backend_environment


@pytest.fixture
def refused(backend_python, tmp_path):
    """Run ``serve`` with options that it does not take; answer its exit status and what it said."""

    def run(*options, environment=None):
        command = [str(backend_python), "-m", "backend", "serve", "--data", str(tmp_path / "data"), *options]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=backend_environment(environment),
            check=False,
        )
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr.strip().splitlines()[-1]

    return run


def test_the_handshake_is_one_line_and_server_json_says_the_rest(start_server):
    server = start_server()
    assert set(server.handshake) == {"url", "pid", "version", "protocol"}
    assert server.handshake["pid"] == server.process.pid
    path = server.data / "server.json"
    assert json.loads(path.read_text()) == {**server.handshake, "token": server.token}
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server.terminate() == 0
    assert not path.exists()


@pytest.mark.skipif(not hasattr(psutil.Process, "memory_maps"), reason="this system does not tell what is loaded")
def test_the_server_itself_loads_no_numpy(start_server):
    server = start_server()
    server.wait(server.submit()["id"])
    modules = {path.path for path in psutil.Process(server.process.pid).memory_maps()}
    assert not [path for path in modules if "numpy" in path or "scipy" in path]


def test_a_second_server_on_the_same_data_says_where_the_first_is(start_server, refused):
    server = start_server()
    status, said = refused()
    assert status == 3
    assert server.url in said
    assert str(server.process.pid) in said
    assert server.json("GET", "/v1/health")["status"] == "ok"
    assert (server.data / "server.json").exists()


def test_a_killed_server_does_not_lock_its_data(start_server):
    start_server().kill()
    assert start_server().json("GET", "/v1/health")["status"] == "ok"


def test_a_port_that_is_taken_is_said_so(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = refused("--port", str(port))
    assert status == 2
    assert str(port) in said
    assert "--port" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_open_address_without_a_token_file_is_refused(refused, host):
    status, said = refused("--host", host, environment={"MUSEUM_TOKEN": "a-token-from-the-environment"})
    assert status == 2
    assert "--token-file" in said


@pytest.mark.parametrize("content", [None, "", "# only a remark\n", "short\n", "two words in one line\n"])
def test_a_token_file_that_protects_nothing_is_refused(refused, tmp_path, content):
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    status, said = refused("--token-file", str(path))
    assert status == 2
    assert "token" in said


@pytest.mark.parametrize(
    "options",
    [("--port", "70000"), ("--max-queue", "0"), ("--certificate", "nowhere.pem"), ("--store-url", "nonsense://x"),
     ("--files-url", "nonsense://x"), ("--host", "no such host", "--token-file", "x")],
)
def test_settings_that_cannot_be_used_are_one_sentence(refused, options):
    status, said = refused(*options)
    assert status == 2
    assert said.endswith(".")


def test_a_store_that_is_no_database_is_said_so(refused, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jobs.sqlite3").write_bytes(b"this is no database" * 1000)
    status, said = refused()
    assert status == 2
    assert "jobs.sqlite3" in said


def test_every_token_of_the_file_opens_the_door(start_server, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("# of the gallery\nfirst-token-0123456789\n\nsecond-token-0123456789\n")
    tokens.chmod(0o644)
    server = start_server("--token-file", str(tokens))
    for token, status in (("first-token-0123456789", 200), ("second-token-0123456789", 200), ("# of the gallery", 401)):
        answer = requests.get(server.url + "/v1/jobs", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.status_code == status
    if os.name == "posix":
        assert "chmod 600" in server.log()


def test_the_token_of_the_environment_is_not_passed_on_to_engines(backend_python, start_server):
    server = start_server(environment={"MUSEUM_TOKEN": "a-token-from-the-environment"})
    server.wait(server.submit()["id"])
    for worker in server.workers():
        assert "MUSEUM_TOKEN" not in worker.environ()


def test_https_with_a_certificate(start_server, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )
    server = start_server("--certificate", str(certificate), "--certificate-key", str(key))
    assert server.url.startswith("https://127.0.0.1:")
    assert requests.get(server.url + "/v1/health", verify=certificate, timeout=30).json()["status"] == "ok"


def test_an_embedded_server_leaves_when_nobody_ever_came(start_server):
    server = start_server("--embedded", "--embedded-start-s", "0.3")
    assert server.wait_for_end() == 0
    assert not (server.data / "server.json").exists()


def test_an_embedded_server_stays_for_a_listener_and_leaves_after_it(start_server):
    server = start_server("--embedded", "--embedded-start-s", "30", "--embedded-idle-s", "0.3")
    with server.listening("/v1/events") as stream:
        job = server.submit(seconds=1.0)
        for event in stream:
            if event["event"] == "end":
                assert event["data"]["job_id"] == job["id"]
                break
        assert server.process.poll() is None
    assert server.wait_for_end() == 0


def test_an_embedded_server_ends_its_running_job_first_and_keeps_the_waiting_ones(start_server):
    server = start_server("--embedded", "--embedded-start-s", "30", "--embedded-idle-s", "0.1", "--cpu-workers", "1")
    with server.listening("/v1/events") as stream:
        running, waiting = server.submit(seconds=2.0), server.submit()
        next(event for event in stream if event["event"] == "progress")
    assert server.wait_for_end() == 0
    again = start_server()
    assert again.job(running["id"])["state"] == "succeeded"
    assert (again.wait(waiting["id"])["state"], again.job(waiting["id"])["attempt"]) == ("succeeded", 1)


@pytest.mark.parametrize("now", [False, True])
def test_an_embedded_server_is_shut_down_after_its_job_or_at_once(start_server, now):
    server = start_server("--embedded", "--cpu-workers", "1")
    running = server.submit(seconds=600 if now else 1.5)
    server.wait_until(running["id"], "progress")
    assert server.request("POST", "/v1/shutdown", json={"now": now}).status_code == 202
    assert server.wait_for_end() == 0
    again = start_server("--cpu-workers", "1")
    job = again.job(running["id"])
    assert (job["state"], job["attempt"]) in ((("queued", 1), ("running", 1)) if now else (("succeeded", 1),))
    again.json("DELETE", f"/v1/jobs/{job['id']}")
    assert again.wait(job["id"])["state"] == ("cancelled" if now else "succeeded")


def test_open_streams_do_not_hold_up_the_end(start_server):
    server = start_server()
    with server.listening("/v1/events") as stream:
        assert server.terminate() == 0
        assert list(stream) == []
