"""Sessions in Blender: other settings make another one, and each takes up the jobs that the last one left."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")
import addon_utils  # noqa: E402

Pump = Callable[[Callable[[], bool]], None]
PAGE = b"<!DOCTYPE html><html><body>Sign in to the network</body></html>"


@pytest.fixture
def online() -> Iterator[None]:
    """Blender with Allow Online Access switched on."""
    bpy.context.preferences.system.use_online_access = True
    assert bpy.app.online_access
    yield
    bpy.context.preferences.system.use_online_access = False


class Page(BaseHTTPRequestHandler):
    """Answers a web page to everything, as a captive portal or a wrong address does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    do_POST = do_GET

    def log_message(self, *_arguments: Any) -> None:
        """Write nothing."""


@pytest.fixture
def portal() -> Iterator[str]:
    """The address of a server that is no backend."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def jobs() -> Any:
    return bpy.context.scene.museum.jobs


def submit_noop(museum: SimpleNamespace, **params: Any) -> str:
    request = museum.requests.JobRequest("diagnostic", "noop", params, "no-op")
    session = museum.actions.session(bpy.context)
    museum.joblist.add_row(bpy.context.scene, request, (0.0, 0.0, 0.0))
    session.submit(request)
    return request.idempotency_key


def start_running(museum: SimpleNamespace, pump: Pump) -> str:
    """A job that runs, and goes on until it is stopped."""
    key = submit_noop(museum, seconds=600.0, steps=6000)
    pump(lambda: jobs()[key].state == "running")
    return key


def state_of(museum: SimpleNamespace) -> Any:
    return museum.runtime.current()


def cancel_and_see(museum: SimpleNamespace, pump: Pump, key: str) -> None:
    """The row follows its job to the end, with whatever session there is now."""
    jobs()[key].progress = 0.0
    pump(lambda: jobs()[key].state == "running" and jobs()[key].progress > 0.0)
    museum.actions.cancel_job(bpy.context, key)
    pump(lambda: jobs()[key].state == "cancelled")


def test_going_online_lets_the_installation_begin(
    museum: SimpleNamespace, pump: Pump, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip is led to a port where nobody listens: what matters is that it is asked at all."""
    monkeypatch.delenv("MUSEUM_BACKEND_PYTHON")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    museum.preferences.preferences(bpy.context).data_folder = str(tmp_path)
    states = museum.messages.BackendState
    assert bpy.ops.museum.backend_start() == {"FINISHED"}
    pump(lambda: state_of(museum).backend.state is states.NOT_INSTALLED)
    bpy.context.preferences.system.use_online_access = True
    try:
        assert bpy.ops.museum.backend_install() == {"FINISHED"}
        pump(lambda: state_of(museum).backend.state in (states.INSTALLING, states.OFFLINE))
        assert state_of(museum).backend.state is states.INSTALLING
        assert bpy.ops.museum.backend_cancel_install() == {"FINISHED"}
        pump(lambda: state_of(museum).backend.state is states.NOT_INSTALLED)
    finally:
        bpy.context.preferences.system.use_online_access = False


def test_a_session_is_kept_while_the_settings_stay_the_same(museum: SimpleNamespace) -> None:
    first = museum.actions.session(bpy.context)
    chosen = museum.preferences.preferences(bpy.context)
    assert museum.actions.session(bpy.context) is first
    assert museum.runtime.current().open_session(museum.preferences.session_settings(bpy.context)) is first
    chosen.python = bpy.app.binary_path or "python"
    assert museum.actions.session(bpy.context) is not first


def test_a_running_job_goes_on_after_a_preference_was_edited(museum: SimpleNamespace, pump: Pump) -> None:
    key = start_running(museum, pump)
    museum.preferences.preferences(bpy.context).allow_plain_http = True
    try:
        assert state_of(museum).session is None
        assert state_of(museum).backend.sentence == museum.preferences.SETTINGS_CHANGED
        assert bpy.ops.museum.backend_start() == {"FINISHED"}
        cancel_and_see(museum, pump, key)
    finally:
        museum.preferences.preferences(bpy.context).property_unset("allow_plain_http")


def test_a_running_job_goes_on_after_the_extension_was_disabled(museum: SimpleNamespace, pump: Pump) -> None:
    key = start_running(museum, pump)
    folder = museum.preferences.preferences(bpy.context).data_folder
    addon_utils.disable(museum.package)
    addon_utils.enable(museum.package, default_set=True)
    assert museum.preferences.preferences(bpy.context).data_folder == folder
    assert jobs()[key].state == "running"
    assert bpy.ops.museum.backend_start() == {"FINISHED"}
    cancel_and_see(museum, pump, key)


def test_a_job_that_ended_meanwhile_arrives(museum: SimpleNamespace, pump: Pump) -> None:
    key = submit_noop(museum, seconds=0.2, steps=2)
    pump(lambda: bool(jobs()[key].job_id))
    state_of(museum).close_session()
    jobs()[key].imported = False
    assert museum.actions.session(bpy.context) is state_of(museum).session
    pump(lambda: jobs()[key].imported)
    assert jobs()[key].state == "succeeded" and not jobs()[key].error


def test_what_an_earlier_session_did_not_send_says_so_and_what_is_sent_now_does_not(
    museum: SimpleNamespace, pump: Pump
) -> None:
    left = submit_noop(museum)
    state_of(museum).close_session()
    new = museum.actions.create_artifact(bpy.context, "Celadon bowl", texture_size=512)
    assert (jobs()[left].state, jobs()[left].error) == ("failed", museum.sessions.NEVER_SENT)
    assert jobs()[new].state == museum.joblist.SENDING and not jobs()[new].error
    assert bpy.ops.museum.job_retry(key=left) == {"FINISHED"}
    pump(lambda: jobs()[left].imported and jobs()[new].imported)
    assert not jobs()[left].error and len(bpy.data.objects) == 1


def test_a_job_is_found_again_when_the_backend_that_made_it_is_chosen_again(
    museum: SimpleNamespace, pump: Pump, tmp_path: Path
) -> None:
    key = start_running(museum, pump)
    chosen = museum.preferences.preferences(bpy.context)
    folder = chosen.data_folder
    chosen.data_folder = str(tmp_path / "other")
    assert bpy.ops.museum.backend_start() == {"FINISHED"}
    pump(lambda: jobs()[key].state == "lost")
    assert bpy.ops.museum.backend_stop() == {"FINISHED"}
    pump(lambda: state_of(museum).backend.state is museum.messages.BackendState.OFF)
    chosen.data_folder = folder
    assert bpy.ops.museum.backend_start() == {"FINISHED"}
    pump(lambda: jobs()[key].state == "running")
    assert not jobs()[key].error
    cancel_and_see(museum, pump, key)


def test_bringing_a_result_again_with_a_new_session_brings_it_once(museum: SimpleNamespace, pump: Pump) -> None:
    key = museum.actions.create_artifact(bpy.context, "Celadon bowl", texture_size=512)
    pump(lambda: jobs()[key].imported)
    state_of(museum).close_session()
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    jobs()[key].imported = False
    assert bpy.ops.museum.job_import(key=key) == {"FINISHED"}
    pump(lambda: jobs()[key].imported)
    later = submit_noop(museum)
    pump(lambda: jobs()[later].imported)
    assert len(bpy.data.objects) == 1


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("answers", ["nobody", "a web page"])
def test_a_remote_address_without_a_backend_is_told_in_the_panel_and_in_the_row(
    museum: SimpleNamespace, pump: Pump, portal: str, answers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = museum.preferences.session_settings
    monkeypatch.setattr(
        museum.preferences, "session_settings", lambda context: dataclasses.replace(settings(context), wait_seconds=0.5)
    )
    chosen = museum.preferences.preferences(bpy.context)
    chosen.mode, chosen.token = "remote", "a-token-of-some-length"
    chosen.url = portal if answers == "a web page" else "http://127.0.0.1:9"
    key = museum.actions.create_artifact(bpy.context, "Celadon bowl")
    states = museum.messages.BackendState
    pump(lambda: state_of(museum).backend.state not in (states.OFF, states.STARTING))
    backend = state_of(museum).backend
    assert backend.state in (states.UNREACHABLE, states.FAILED)
    assert backend.sentence and backend.fix
    pump(lambda: jobs()[key].state == "failed")
    assert backend.sentence in jobs()[key].error and jobs()[key].fix
