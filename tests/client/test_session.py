"""A session with the real server and real jobs."""

import json
import threading
import uuid

import psutil
import pytest

from museum_addon.client.messages import (
    ActionFailed,
    BackendChanged,
    BackendState,
    EnginesListed,
    JobSubmitted,
    JobUnknown,
    JobUpdated,
    PreviewReady,
    ResultReady,
    SubmitFailed,
)
from museum_addon.core.jobs import JobState

from .conftest import end_server, noop, reply, server_pid


def test_a_job_comes_back_with_its_result(open_session):
    heard = open_session()
    heard.session.start()
    request = noop(steps=3, seconds=0.2, result_bytes=70_000, preview=True)
    heard.session.submit(request)  # at once: it waits for the backend to start
    ready = heard.until(ResultReady)
    submitted = heard.of(JobSubmitted)
    assert [message.idempotency_key for message in submitted] == [request.idempotency_key]
    assert ready.job.id == submitted[0].job.id and not ready.requested
    assert ready.result["task"] == "diagnostic"
    assert sum(path.stat().st_size for path in ready.files.values()) == sum(file.size for file in ready.job.results)
    assert heard.of(PreviewReady)[0].path.read_bytes().startswith(b"\x89PNG")
    states = [message.state for message in heard.of(BackendChanged)]
    assert states == [BackendState.STARTING, BackendState.READY]
    assert any(engine["name"] == "noop" for engine in heard.of(EnginesListed)[0].engines)


def test_each_of_many_jobs_gives_one_result(open_session):
    heard = open_session()
    heard.session.start()
    requests = [noop(result_bytes=100) for _ in range(20)]
    for request in requests:
        heard.session.submit(request)
    ready = [heard.until(ResultReady) for _ in requests]
    assert {message.job.idempotency_key for message in ready} == {request.idempotency_key for request in requests}
    heard.session.submit(noop())
    heard.until(ResultReady)
    assert len(heard.of(ResultReady)) == len(requests) + 1


def test_a_request_sent_twice_makes_one_job(open_session):
    heard = open_session()
    heard.session.start()
    request = noop()
    heard.session.submit(request)
    first = heard.until(ResultReady)
    heard.session.submit(request)
    again = heard.until(JobSubmitted)
    assert again.job.id == first.job.id


def test_cancel_and_retry(open_session):
    heard = open_session()
    heard.session.start()
    heard.session.submit(noop(seconds=0.6, steps=30))
    job = heard.until(JobUpdated, job_state=JobState.RUNNING).job
    heard.session.cancel(job.id)
    heard.until(JobUpdated, job_state=JobState.CANCELLED)
    heard.session.retry(job.id)
    assert heard.until(ResultReady).job.id == job.id


def test_a_failed_job_says_why(open_session):
    heard = open_session()
    heard.session.start()
    heard.session.submit(noop(fail=True))
    job = heard.until(JobUpdated, job_state=JobState.FAILED).job
    assert job.error_message and job.error_fix


def test_a_request_that_the_backend_refuses(open_session):
    heard = open_session()
    heard.session.start()
    request = noop(steps="many")
    heard.session.submit(request)
    failed = heard.until(SubmitFailed)
    assert failed.idempotency_key == request.idempotency_key and failed.fix


def test_fetching_again_is_told_from_arriving_by_itself(open_session):
    heard = open_session()
    heard.session.start()
    heard.session.submit(noop(result_bytes=100))
    first = heard.until(ResultReady)
    for path in first.files.values():
        path.unlink()
    heard.session.fetch(first.job.id)
    again = heard.until(ResultReady)
    assert again.requested and all(path.exists() for path in again.files.values())


def test_a_job_that_never_was(open_session):
    heard = open_session()
    heard.session.start()
    heard.session.know([uuid.uuid4().hex])
    heard.until(JobUnknown)
    heard.session.cancel(uuid.uuid4().hex)
    assert heard.until(ActionFailed).action == "cancel"


def test_a_killed_server_is_started_again_and_its_jobs_go_on(open_session, tmp_path):
    heard = open_session()
    heard.session.start()
    heard.session.submit(noop(seconds=1.5, steps=30))
    heard.session.submit(noop(result_bytes=10))
    heard.until(JobUpdated, job_state=JobState.RUNNING)
    psutil.Process(server_pid(tmp_path / "data")).kill()
    results = {heard.until(ResultReady).job.id for _ in range(2)}
    assert len(results) == 2
    assert [m.state for m in heard.of(BackendChanged)].count(BackendState.READY) == 2


def test_a_reopened_session_finds_its_jobs(open_session):
    heard = open_session()
    heard.session.start()
    heard.session.submit(noop(seconds=1.0, steps=20))
    running = heard.until(JobUpdated, job_state=JobState.RUNNING).job
    heard.session.close()
    reopened = open_session()
    reopened.session.know([running.id])
    reopened.session.start()
    assert reopened.until(ResultReady).job.id == running.id
    assert reopened.of(JobUpdated)[0].job.id == running.id


def test_a_second_session_adopts_the_running_server_and_hears_only_of_its_own_jobs(open_session, tmp_path):
    first, second = open_session(), open_session()
    first.session.start()
    url = first.until(BackendChanged, state=BackendState.READY).url
    pid = server_pid(tmp_path / "data")
    second.session.start()
    assert second.until(BackendChanged, state=BackendState.READY).url == url
    assert server_pid(tmp_path / "data") == pid
    first.session.submit(noop())
    first.until(ResultReady)
    second.session.submit(noop())
    mine = second.until(ResultReady).job.id
    assert {message.job.id for message in second.of(JobUpdated)} == {mine}


def test_stop_and_start_again(open_session):
    heard = open_session()
    heard.session.start()
    heard.until(BackendChanged, state=BackendState.READY)
    heard.session.stop_backend()
    heard.until(BackendChanged, state=BackendState.OFF)
    request = noop()
    heard.session.submit(request)
    assert heard.until(SubmitFailed).message
    heard.session.restart_backend()
    heard.until(BackendChanged, state=BackendState.READY)
    heard.session.submit(noop())
    heard.until(ResultReady)


def test_a_backend_that_cannot_start_says_what_its_log_says(open_session, tmp_path):
    broken = tmp_path / "extension" / "backend"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text('__version__ = "0.1.0"\n')
    (broken / "__main__.py").write_text('raise SystemExit("the disk is made of cheese")\n')
    heard = open_session(source_dir=broken.parent)
    heard.session.start()
    failed = heard.until(BackendChanged, state=BackendState.FAILED)
    assert "cheese" in failed.sentence and failed.fix


def test_not_installed(open_session):
    heard = open_session(ready_python=None)
    heard.session.start()
    state = heard.until(BackendChanged, state=BackendState.NOT_INSTALLED)
    assert "Install" in state.fix
    heard.session.submit(noop())
    assert heard.until(SubmitFailed).message == state.sentence
    heard.session.install()
    assert heard.until(BackendChanged).state is BackendState.OFFLINE  # online access is off


def test_a_remote_backend(open_session, remote):
    heard = open_session(mode="remote", url=remote.url, token=remote.token)
    heard.session.start()
    heard.until(BackendChanged, state=BackendState.READY)
    heard.session.submit(noop(result_bytes=10))
    heard.until(ResultReady)


def test_a_remote_backend_with_another_token(open_session, remote):
    heard = open_session(mode="remote", url=remote.url, token="wrong-but-long-enough")
    heard.session.start()
    state = heard.until(BackendChanged, state=BackendState.UNAUTHORISED)
    assert state.fix
    heard.session.submit(noop())
    heard.until(SubmitFailed)


def test_a_remote_backend_that_is_gone_for_good(open_session, remote):
    heard = open_session(mode="remote", url=remote.url, token=remote.token, wait_seconds=0.5)
    heard.session.start()
    heard.until(BackendChanged, state=BackendState.READY)
    remote.kill()
    assert heard.until(BackendChanged, state=BackendState.UNREACHABLE).fix
    heard.session.submit(noop())
    assert heard.until(SubmitFailed).fix


def test_a_remote_backend_on_the_internet_without_online_access(open_session):
    heard = open_session(mode="remote", url="https://museum.example.org", token="a-token-of-some-length")
    heard.session.start()
    state = heard.until(BackendChanged, state=BackendState.OFFLINE)
    assert "Allow Online Access" in state.fix


def test_no_method_talks_to_the_server_in_the_calling_thread(open_session, faulty):
    server = faulty(lambda handler: server.release.wait())  # accepts, and never answers
    heard = open_session(mode="remote", url=server.url, token="a-token-of-some-length")
    heard.session.start()
    heard.session.submit(noop())
    heard.session.cancel("a")
    heard.session.retry("b")
    heard.session.fetch("c")
    heard.session.know(["d"])
    heard.session.stop_backend()
    heard.session.restart_backend()
    assert not [m for m in heard.session.messages.queue if not isinstance(m, BackendChanged)]
    heard.session.close(timeout=0.0)


def test_the_stream_goes_on_where_it_broke(open_session, faulty):
    """A stream that ends after each event: the next connection asks for what follows."""
    ids = []

    def answer(handler):
        if handler.path == "/v1/health":
            reply(handler, 200, b'{"status": "ok", "version": "0.1.0", "protocol": 1}', "application/json")
        elif handler.path == "/v1/engines":
            reply(handler, 200, b'{"engines": []}', "application/json")
        else:
            ids.append(handler.headers.get("Last-Event-ID"))
            data = json.dumps({"job_id": "x", "level": "info", "text": "hello"})
            event = f"id: {len(ids)}\nevent: log\ndata: {data}\n\n".encode()
            reply(handler, 200, event, "text/event-stream")

    heard = open_session(mode="remote", url=faulty(answer).url, token="a-token-of-some-length")
    heard.session.start()
    for _ in range(3):
        heard.until(BackendChanged, state=BackendState.READY)
    assert ids[:3] == [None, "1", "2"]


@pytest.mark.parametrize("job_id", ["../../etc", "a/b", ""])
def test_an_id_that_is_none_is_refused_before_it_is_sent(open_session, remote, job_id):
    heard = open_session(mode="remote", url=remote.url, token=remote.token)
    heard.session.start()
    heard.session.fetch(job_id)
    assert heard.until(ActionFailed).job_id == job_id


def test_closing_leaves_the_embedded_server_to_its_own_rule(open_session, tmp_path):
    heard = open_session()
    heard.session.start()
    heard.until(BackendChanged, state=BackendState.READY)
    server = psutil.Process(server_pid(tmp_path / "data"))
    heard.session.close()
    assert server.is_running()
    end_server(tmp_path / "data")


def test_a_server_of_another_version_is_asked_to_leave_and_replaced(open_session, faulty, tmp_path):
    left = threading.Event()

    def answer(handler):
        if handler.path == "/v1/shutdown":
            reply(handler, 200, b"{}", "application/json")
            left.set()
        elif left.is_set():
            handler.close_connection = True
        else:
            reply(handler, 200, b'{"status": "ok", "version": "0.0.1", "protocol": 0}', "application/json")

    old = faulty(answer)
    folder = tmp_path / "data" / "jobs"
    folder.mkdir(parents=True)
    shared = {"url": old.url, "pid": 0, "version": "0.0.1", "protocol": 0, "token": "a-token-of-some-length"}
    (folder / "server.json").write_text(json.dumps(shared))
    heard = open_session()
    heard.session.start()
    ready = heard.until(BackendChanged, state=BackendState.READY)
    assert left.is_set() and ready.url != old.url


def test_a_server_file_that_leads_to_another_machine_is_not_followed(open_session, tmp_path):
    folder = tmp_path / "data" / "jobs"
    folder.mkdir(parents=True)
    (folder / "server.json").write_text('{"url": "https://museum.example.org", "token": "a-token-of-some-length"}')
    heard = open_session()
    heard.session.start()
    assert "127.0.0.1" in heard.until(BackendChanged, state=BackendState.READY).url


def test_a_job_that_the_session_did_not_know_is_told_of_once_it_is_acted_upon(open_session, remote):
    other, heard = (open_session(mode="remote", url=remote.url, token=remote.token) for _ in range(2))
    other.session.start()
    other.session.submit(noop(seconds=0.6, steps=30, result_bytes=10))
    job_id = other.until(JobUpdated, job_state=JobState.RUNNING).job.id
    heard.session.start()
    heard.session.cancel(job_id)
    assert heard.until(JobUpdated, job_state=JobState.CANCELLED).job.id == job_id
    other.session.retry(job_id)
    other.until(ResultReady)
    late = open_session(mode="remote", url=remote.url, token=remote.token)
    late.session.start()
    late.session.fetch(job_id)
    assert late.until(ResultReady).requested
    assert [message.job.id for message in late.of(JobUpdated)] == [job_id]


def test_an_id_that_is_none_in_a_reopened_file_does_not_keep_the_session_from_connecting(open_session, remote):
    heard = open_session(mode="remote", url=remote.url, token=remote.token)
    heard.session.know(["../../etc"])
    heard.session.start()
    assert heard.until(JobUnknown).job_id == "../../etc"
    heard.session.submit(noop())
    heard.until(ResultReady)


def test_closing_without_a_time_to_wait_leaves_threads_that_do_not_hold_the_process(open_session, faulty):
    asked = threading.Event()

    def answer(handler):
        asked.set()
        server.release.wait()

    before = set(threading.enumerate())
    server = faulty(answer)
    heard = open_session(mode="remote", url=server.url, token="a-token-of-some-length")
    heard.session.start()
    assert asked.wait(60)
    heard.session.close(timeout=0)
    mine = [thread for thread in set(threading.enumerate()) - before if thread.name == "museum-connection"]
    assert len(mine) == 1, "still waiting for an answer, so nobody has waited for it"
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("museum-"))


def test_settings_are_equal_when_all_their_values_are(open_session, tmp_path):
    def settings(**changes):
        return open_session(**changes).session._settings

    assert settings() == settings() and hash(settings()) == hash(settings())
    for change in ({"online_access": True}, {"token": "another"}, {"data_dir": tmp_path}, {"mode": "remote"}):
        assert settings() != settings(**change)
