"""The job store by itself: each job claimed once, ended once, whoever asks at the same time."""

from __future__ import annotations

import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from backend.errors import BadInput, Conflict, NotFound, QueueFull, TimedOut
from backend.jobs import records
from backend.jobs.bell import EVERYTHING, Bell
from backend.jobs.records import NewJob, StoredFile
from backend.jobs.store import MAX_ATTEMPTS, MAX_INTERRUPTIONS, JobStore
from backend.jobs.tables import metadata

PROBLEM = TimedOut("It took too long.", "Ask for less.").to_problem()


def new_job(key, **params):
    return NewJob("diagnostic", "noop", "cpu", "a label", key, {"seed": 0, **params})


# The URL of an empty PostgreSQL database that these tests may use, for example postgresql+psycopg://me@localhost/test.
POSTGRESQL = os.environ.get("MUSEUM_TEST_POSTGRESQL", "")


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{(tmp_path / 'jobs.sqlite3').as_posix()}"


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"])
def url(request, sqlite_url):
    if request.param == "sqlite":
        return sqlite_url
    engine = create_engine(POSTGRESQL)
    metadata.drop_all(engine)
    engine.dispose()
    return POSTGRESQL


@pytest.fixture
def store(url):
    store = JobStore(url, Bell())
    yield store
    store.close()


def test_each_job_is_claimed_by_one_of_many(store):
    ids = [store.add(new_job(str(number)), 100)[0].id for number in range(40)]

    def claim_all(_):
        return [job.id for job in iter(lambda: store.claim("cpu"), None)]

    with ThreadPoolExecutor(8) as pool:
        claimed = [job_id for part in pool.map(claim_all, range(8)) for job_id in part]
    assert sorted(claimed) == sorted(ids)


def test_jobs_are_claimed_in_the_order_in_which_they_came_and_by_their_device(store):
    ids = [store.add(new_job(str(number)), 100)[0].id for number in range(5)]
    assert store.claim("cuda:0") is None
    assert [store.claim("cpu").id for _ in ids] == ids
    assert store.claim("cpu") is None


def test_a_job_ends_once_whoever_comes_second(store):
    job, _ = store.add(new_job("one"), 10)
    store.claim("cpu")
    assert store.succeed(job.id, 1, [StoredFile("a", "model", "x/y", "0" * 64, 1)]).state == records.SUCCEEDED
    assert store.fail(job.id, 1, PROBLEM) is None
    assert store.crashed(job.id, 1, "It fell over.") is None
    assert store.cancelled(job.id, 1) is None
    assert store.cancel(job.id).state == records.SUCCEEDED
    assert [event.kind for event in store.events_after(0, job.id)].count("end") == 1


def test_an_older_attempt_cannot_end_a_newer_one(store):
    job, _ = store.add(new_job("one"), 10)
    store.claim("cpu")
    assert store.crashed(job.id, 1, "It fell over.").attempt == 2
    store.claim("cpu")
    assert store.succeed(job.id, 1, []) is None
    assert store.get(job.id).state == records.RUNNING
    assert store.crashed(job.id, 2, "It fell over.").state == records.FAILED
    assert MAX_ATTEMPTS == 2


def test_a_job_asked_to_stop_is_cancelled_even_when_it_had_just_finished(store):
    job, _ = store.add(new_job("one"), 10)
    store.claim("cpu")
    assert store.cancel(job.id).cancel_requested
    ended = store.succeed(job.id, 1, [StoredFile("a", "model", "x/y", "0" * 64, 1)])
    assert (ended.state, ended.results) == (records.CANCELLED, ())


def test_interrupted_jobs_wait_again_but_not_for_ever(url):
    store = JobStore(url, Bell())
    job_id = store.add(new_job("one"), 10)[0].id
    for interruption in range(1, MAX_INTERRUPTIONS):
        store.claim("cpu")
        (job,) = store.recover()
        assert (job.state, job.attempt) == (records.QUEUED, interruption + 1)
    store.claim("cpu")
    (job,) = store.recover()
    assert job.state == records.FAILED
    assert store.recover() == []
    assert store.get(job_id).error["fix"]
    store.close()


def test_a_running_job_that_was_asked_to_stop_is_cancelled_by_recovery_and_release(store):
    for key, leave in (("one", lambda job: store.recover()), ("two", lambda job: store.release(job.id, 1))):
        job, _ = store.add(new_job(key), 10)
        store.claim("cpu")
        store.cancel(job.id)
        leave(job)
        assert store.get(job.id).state == records.CANCELLED


def test_everything_is_there_after_closing_and_opening(url):
    store = JobStore(url, Bell())
    before = store.add(new_job("kept", text="éäß 汉字 🏺"), 10)[0]
    last = store.last_event_id()
    store.close()
    again = JobStore(url, Bell())
    assert again.get(before.id) == before
    assert again.last_event_id() == last
    again.close()


def test_ids_of_events_are_never_given_twice(store):
    job, _ = store.add(new_job("one"), 10)
    store.claim("cpu")
    store.fail(job.id, 1, PROBLEM)
    last = store.last_event_id()
    store.retry(job.id, 10)
    (event,) = store.events_after(0, job.id)
    assert event.id > last


def test_old_events_of_ended_jobs_are_forgotten_and_their_end_is_kept(store):
    ended, _ = store.add(new_job("ended"), 10)
    store.claim("cpu")
    store.succeed(ended.id, 1, [])
    waiting, _ = store.add(new_job("waiting"), 10)
    assert store.prune_events(3600.0) == 0
    assert store.prune_events(-1.0) == 2
    assert [event.kind for event in store.events_after(0, ended.id)] == ["end"]
    assert [event.kind for event in store.events_after(0, waiting.id)] == ["state"]


def test_only_the_newest_preview_is_kept(store):
    job, _ = store.add(new_job("one"), 10)
    store.claim("cpu")
    for png in ("first", "second"):
        store.preview(job.id, png)
    previews = [event for event in store.events_after(0, job.id) if event.kind == "preview"]
    assert len(previews) == 1
    assert "second" in previews[0].data


def test_limits_and_unknown_jobs(store):
    store.add(new_job("one"), 1)
    with pytest.raises(QueueFull):
        store.add(new_job("two"), 1)
    assert store.add(new_job("one"), 1)[1] is False
    with pytest.raises(NotFound):
        store.get("nowhere")
    with pytest.raises(Conflict):
        store.retry(store.listed()[0].id, 10)


def test_the_bell_rings_after_the_change_is_there_to_be_read(url):
    bell = Bell()
    store = JobStore(url, bell)
    seen = []
    bell.listen(EVERYTHING, lambda: seen.append(store.last_event_id()))
    store.add(new_job("one"), 10)
    assert seen == [1]
    store.close()


def test_a_listener_hears_its_own_job_only_until_it_stops_listening(url):
    bell, heard = Bell(), []
    forget = bell.listen("mine", lambda: heard.append("mine"))
    bell.ring("other")
    bell.ring("mine")
    forget()
    bell.ring("mine")
    bell.ring_all()
    assert heard == ["mine"]


def test_sqlite_keeps_what_was_answered_even_when_the_power_fails(sqlite_url):
    store = JobStore(sqlite_url, Bell())
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    store.close()


def test_a_store_of_a_newer_version_is_left_alone(sqlite_url, tmp_path):
    JobStore(sqlite_url, Bell()).close()
    with sqlite3.connect(tmp_path / "jobs.sqlite3") as connection:
        connection.execute("update museum_meta set value = '99'")
    connection.close()
    with pytest.raises(BadInput, match="newer version"):
        JobStore(sqlite_url, Bell())


def test_events_are_seen_in_the_order_of_their_ids_while_many_write(store):
    jobs = [store.add(new_job(str(number)), 100)[0] for number in range(4)]
    for _ in jobs:
        store.claim("cpu")
    done = threading.Event()
    seen, last = [], store.last_event_id()

    def write(job):
        for number in range(30):
            store.log(job.id, "info", str(number))

    def read():
        nonlocal last
        while True:
            finished = done.is_set()
            for event in store.events_after(last):
                seen.append(event.id)
                last = event.id
            if finished:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, jobs))
    done.set()
    reader.join()
    assert len(seen) == 120
    assert seen == sorted(seen)


STEPS = st.lists(
    st.sampled_from(["claim", "succeed", "fail", "crash", "cancel", "cancelled", "release", "recover", "retry"]),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_an_ended_job_stays_ended_until_retried(store, steps):
    job, _ = store.add(NewJob("diagnostic", "noop", "cpu", "", f"key-{store.last_event_id()}", {}), 10**6)
    act = {
        "claim": lambda now: store.claim("cpu"),
        "succeed": lambda now: store.succeed(job.id, now.attempt, []),
        "fail": lambda now: store.fail(job.id, now.attempt, PROBLEM),
        "crash": lambda now: store.crashed(job.id, now.attempt, "It fell over."),
        "cancel": lambda now: store.cancel(job.id),
        "cancelled": lambda now: store.cancelled(job.id, now.attempt),
        "release": lambda now: store.release(job.id, now.attempt),
        "recover": lambda now: store.recover(),
        "retry": lambda now: store.retry(job.id, 10**6) if now.ended else None,
    }
    for step in steps:
        before = store.get(job.id)
        act[step](before)
        after = store.get(job.id)
        if before.ended and step != "retry":
            assert after == before
        assert (after.finished is not None) == after.ended
        assert (after.error is not None) == (after.state == records.FAILED)
        ends = [event for event in store.events_after(0, job.id) if event.kind == "end"]
        assert len(ends) == (1 if after.ended else 0)
    # Leave nothing for the next example to claim.
    store.cancel(job.id)
    store.cancelled(job.id, store.get(job.id).attempt)
