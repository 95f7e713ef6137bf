"""Answers and results that are JSON, but not what they should be: errors with a fix, and no thread dies of them."""

import json
import threading

import pytest

from museum_addon.client.fetching import RESULT_NAME, read_result
from museum_addon.client.http import BackendClient
from museum_addon.client.messages import BackendChanged, BackendState
from museum_addon.core.errors import UnexpectedAnswer

from .conftest import reply

TOKEN = "a-token-of-some-length"
DEEP = b"[" * 200_000  # deeper than Python's parser goes
HEALTH = b'{"status": "ok", "version": "0.1.0", "protocol": 1}'
JOB = {"id": "1", "task": "diagnostic", "engine": "noop", "state": "queued"}
SOUND = {"files": [{"name": "model.glb", "role": "model"}], "data": {"warnings": []}, "paradata": {}}


@pytest.mark.parametrize("status", [200, 422])
def test_an_answer_nested_too_deeply(faulty, status):
    server = faulty(lambda h: reply(h, status, DEEP, "application/json"))
    with pytest.raises(UnexpectedAnswer) as caught:
        BackendClient(server.url, TOKEN).health()
    assert caught.value.fix


@pytest.mark.parametrize("member", ['"attempt": 1e999', '"results": [{"name": "a", "sha256": "", "size": 1e999}]'])
def test_a_job_with_an_endless_number(faulty, member):
    body = json.dumps(JOB)[:-1] + f", {member}}}"
    server = faulty(lambda h: reply(h, 200, body.encode(), "application/json"))
    with pytest.raises(UnexpectedAnswer):
        BackendClient(server.url, TOKEN).job("1")


def test_engines_that_are_no_objects(faulty):
    server = faulty(lambda h: reply(h, 200, b'{"engines": ["parametric"]}', "application/json"))
    with pytest.raises(UnexpectedAnswer):
        BackendClient(server.url, TOKEN).engines()


EVENTS = {
    "nested too deeply": b"data: " + DEEP,
    "a job with an endless number": b"data: " + json.dumps({"job_id": "1", "job": {**JOB, "attempt": 0}})
    .replace('"attempt": 0', '"attempt": 1e999')
    .encode(),
}


@pytest.mark.parametrize("where", ["health", *EVENTS])
def test_a_session_survives_a_server_gone_mad(open_session, faulty, where):
    sane = threading.Event()

    def answer(handler):
        if handler.path == "/v1/health":
            mad = where == "health" and not sane.is_set()
            reply(handler, 200, DEEP if mad else HEALTH, "application/json")
        elif handler.path == "/v1/engines":
            reply(handler, 200, b'{"engines": []}', "application/json")
        else:
            event = b": nothing" if sane.is_set() or where == "health" else EVENTS[where]
            reply(handler, 200, b"event: state\n" + event + b"\n\n", "text/event-stream")

    heard = open_session(mode="remote", url=faulty(answer).url, token=TOKEN)
    heard.session.start()
    assert heard.until(BackendChanged, state=BackendState.UNREACHABLE).fix
    sane.set()
    heard.until(BackendChanged, state=BackendState.READY)


def read(tmp_path, text):
    path = tmp_path / RESULT_NAME
    path.write_text(text, "utf-8")
    return read_result({RESULT_NAME: path})


@pytest.mark.parametrize("result", [SOUND, {"files": []}, {"files": [], "data": None, "paradata": None}])
def test_a_sound_result_is_read(tmp_path, result):
    assert read(tmp_path, json.dumps(result)) == result


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", "{}", DEEP.decode()),
        *(
            json.dumps({**SOUND, **change})
            for change in (
                *({"files": None}, {"files": {}}, {"files": ["model.glb"]}),
                *({"files": [{"role": "model"}]}, {"files": [{"name": "a"}]}, {"files": [{"name": 1, "role": "m"}]}),
                *({"data": []}, {"data": "x"}, {"data": {"warnings": 5}}, {"data": {"not_understood": "word"}}),
                *({"paradata": []}, {"paradata": 1}),
            )
        ),
    ],
    ids=lambda text: text[:60],
)
def test_a_malformed_result_is_an_error_with_a_fix(tmp_path, text):
    with pytest.raises(UnexpectedAnswer) as caught:
        read(tmp_path, text)
    assert RESULT_NAME in caught.value.message and caught.value.fix
