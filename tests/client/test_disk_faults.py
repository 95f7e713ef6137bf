"""A disk of this computer that refuses: the user is told what to do, and the session goes on afterwards."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from museum_addon.client.installer import Installer
from museum_addon.client.logs import ROTATE_BYTES, rotate
from museum_addon.client.messages import ActionFailed, BackendChanged, BackendState, ResultReady, SubmitFailed
from museum_addon.client.pip_output import explain
from museum_addon.client.steps import run_step
from museum_addon.paths import DataPaths

from .conftest import noop

FULL = Path("/dev/full")  # writing to it fails as writing to a full disk does
has_full_disk = pytest.mark.skipif(not FULL.exists(), reason="this system has no file that is always full")


def below_a_file(base):
    base.write_text("this is no folder")
    return base


def log_is_a_folder(base):
    path = DataPaths(base).server_log
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize("obstruct", [below_a_file, log_is_a_folder])
def test_a_data_folder_that_cannot_be_written_is_told_and_restart_works_once_it_can(open_session, tmp_path, obstruct):
    obstacle = obstruct(tmp_path / "data")
    heard = open_session()
    heard.session.start()
    failed = heard.until(BackendChanged, state=BackendState.FAILED)
    assert str(tmp_path / "data") in failed.sentence and "data folder" in failed.fix
    heard.session.submit(noop())
    assert heard.until(SubmitFailed).fix == failed.fix
    heard.session.restart_backend()
    assert heard.until(BackendChanged, state=BackendState.FAILED).sentence == failed.sentence
    obstacle.rename(tmp_path / "away")
    heard.session.restart_backend()
    heard.until(BackendChanged, state=BackendState.READY)


def test_an_error_that_nobody_foresaw_is_told_and_logged_and_orders_are_still_obeyed(open_session, tmp_path, caplog):
    backend = tmp_path / "extension" / "backend"
    backend.mkdir(parents=True)
    (backend / "__init__.py").write_bytes(b'__version__ = "\xff"\n')
    (backend / "__main__.py").write_text('raise SystemExit("the disk is made of cheese")\n')
    heard = open_session(source_dir=backend.parent)
    with caplog.at_level(logging.ERROR):
        heard.session.start()
        failed = heard.until(BackendChanged, state=BackendState.FAILED)
    assert "UnicodeDecodeError" in failed.sentence and failed.fix
    assert [record.exc_info[0] for record in caplog.records] == [UnicodeDecodeError]
    (backend / "__init__.py").write_text('__version__ = "0.1.0"\n')
    heard.session.restart_backend()
    assert "cheese" in heard.until(BackendChanged, state=BackendState.FAILED).sentence


def test_a_log_that_cannot_be_moved_goes_on_growing(tmp_path):
    log = tmp_path / "server.log"
    log.write_bytes(b"x" * (ROTATE_BYTES + 1))
    (tmp_path / "server.log.1").mkdir()  # as refused by the system as a file that is open elsewhere on Windows
    rotate(log)
    assert log.stat().st_size == ROTATE_BYTES + 1


def test_a_result_that_cannot_be_kept_is_told_and_the_next_one_is_fetched(open_session, remote, tmp_path):
    results = DataPaths(tmp_path / "data").results
    results.parent.mkdir()
    results.write_text("this is no folder")
    heard = open_session(mode="remote", url=remote.url, token=remote.token)
    heard.session.start()
    for _ in range(3):  # more often than there are threads to fetch
        heard.session.submit(noop())
        failed = heard.until(ActionFailed)
        assert failed.action == "fetch" and "data folder" in failed.fix
    results.unlink()
    heard.session.fetch(failed.job_id)
    assert heard.until(ResultReady).job.id == failed.job_id


@has_full_disk
@pytest.mark.parametrize("status", [0, 1])
def test_a_step_goes_on_to_its_end_when_its_log_fills_the_disk(status):
    """It prints more than a pipe holds, so that it would wait for ever if nobody read on."""
    script = f"for n in range(20_000): print('line', n)\nraise SystemExit({status})"
    found, output = run_step([sys.executable, "-I", "-c", script], {}, FULL, threading.Event())
    assert found == status and "line 19999" in output
    assert "disk became full" in explain(output, "The step").message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_step_goes_on_to_its_end_when_its_log_can_grow_no_further(tmp_path):
    """The log's beginning is written; then the system refuses, as it does when the disk fills on the way."""
    import resource

    script = "for n in range(20_000): print('line', n)"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        found, output = run_step([sys.executable, "-I", "-c", script], {}, tmp_path / "log", threading.Event())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert found == 0 and "line 19999" in output
    assert (tmp_path / "log").stat().st_size == 4096


@has_full_disk
def test_an_installation_whose_log_fills_the_disk_ends(tmp_path, monkeypatch):
    from museum_addon.client.environment import InstallPlan
    from museum_addon.core.errors import InstallError

    version = f"{sys.version_info[0]}{sys.version_info[1]}"
    requirements = tmp_path / "extension" / "backend" / "requirements"
    requirements.mkdir(parents=True)
    (requirements / f"core-py{version}.lock").write_text("no-such-package==1.0\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    plan = InstallPlan(
        tmp_path / "data" / "env", tmp_path / "data" / "installed.json", tmp_path / "data" / "install.log",
        tmp_path / "data" / "jobs", tmp_path / "extension", python=Path(sys.executable),
    )  # fmt: skip
    plan.log.parent.mkdir()
    plan.log.symlink_to(FULL)
    with pytest.raises(InstallError) as caught:
        Installer(plan, lambda fraction, step: None).install()
    assert "disk became full" in caught.value.message and "disk space" in caught.value.fix
    assert subprocess.run([str(plan.interpreter), "-c", ""], check=False).returncode == 0
