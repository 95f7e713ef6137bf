"""What jobs keep for a retry, and when it is given up."""

from __future__ import annotations

import pytest

from backend.jobs.bell import Bell
from backend.jobs.kept import KeptFolders
from backend.jobs.records import NewJob
from backend.jobs.store import JobStore

PROBLEM = {"type": "x", "title": "x", "status": 500, "detail": "x", "fix": "x"}


@pytest.fixture
def store(tmp_path):
    store = JobStore(f"sqlite:///{(tmp_path / 'jobs.sqlite3').as_posix()}", Bell())
    yield store
    store.close()


def test_folders_are_given_up_when_nobody_can_go_on_from_them(store, tmp_path):
    kept = KeptFolders(tmp_path / "kept")
    jobs = {}
    for name in ("queued", "failed", "succeeded", "cancelled"):
        new = NewJob(task="t", engine="e", device="cpu", label="", idempotency_key=name, params={})
        jobs[name] = store.add(new, 10)[0].id
    store.cancel(jobs["cancelled"])
    for _ in range(3):
        job = store.claim("cpu")
        if job.id == jobs["failed"]:
            store.fail(job.id, job.attempt, PROBLEM)
        elif job.id == jobs["succeeded"]:
            store.succeed(job.id, job.attempt, [])
    folders = {name: kept.of(job_id) for name, job_id in jobs.items()} | {"unknown": kept.of("0" * 32)}
    for folder in folders.values():
        folder.mkdir(parents=True)
        (folder / "view").write_bytes(b"painted")
    kept.sweep(store, 3600.0)
    assert {name for name, folder in folders.items() if folder.exists()} == {"queued", "failed"}
    kept.sweep(store, -1.0)
    assert {name for name, folder in folders.items() if folder.exists()} == {"queued"}
    kept.forget(jobs["queued"])
    kept.sweep(store, 0.0)
    assert not folders["queued"].exists()


def test_a_server_that_never_kept_anything_has_nothing_to_sweep(store, tmp_path):
    KeptFolders(tmp_path / "none").sweep(store, 0.0)
    assert not (tmp_path / "none").exists()
