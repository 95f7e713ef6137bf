"""Jobs are read from the wire without trusting it."""

from __future__ import annotations

from typing import Any

import pytest

from museum_addon.core.errors import MuseumError, UnexpectedAnswer
from museum_addon.core.jobs import Job, JobState

WIRE = {
    "id": "j1", "task": "text_to_3d", "engine": "parametric", "label": "A bowl", "idempotency_key": "k1",
    "params": {"seed": 1}, "inputs": {}, "state": "failed", "progress": 0.25, "message": "Stopped", "attempt": 2,
    "created": "2026-01-01T00:00:00Z", "started": "2026-01-01T00:00:01Z", "finished": None, "timings": {},
    "error": {"type": "x", "title": "T", "status": 422, "detail": "What", "fix": "Do"},
    "results": [
        {"name": "model.glb", "role": "model", "media_type": "model/gltf-binary", "sha256": "0" * 64, "size": 3}
    ],
}  # fmt: skip


def test_a_job_as_the_backend_describes_it() -> None:
    job = Job.from_json(WIRE)
    assert (job.id, job.state, job.progress, job.attempt) == ("j1", JobState.FAILED, 0.25, 2)
    assert (job.error_message, job.error_fix, job.finished) == ("What", "Do", "")
    assert job.results[0].name == "model.glb" and job.results[0].size == 3


@pytest.mark.parametrize("progress", [-1, 1.5, None])
def test_progress_stays_between_nothing_and_all(progress: Any) -> None:
    assert 0.0 <= Job.from_json({**WIRE, "progress": progress}).progress <= 1.0


@pytest.mark.parametrize(
    "data",
    [None, [], "job", {}, {**WIRE, "state": "dancing"}, {**WIRE, "progress": "half"}, {**WIRE, "results": [{}]},
     {**WIRE, "error": "broken"}, {key: value for key, value in WIRE.items() if key != "id"}],
)  # fmt: skip
def test_what_is_not_a_job_is_said_to_be_none(data: Any) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        Job.from_json(data)
    assert caught.value.fix


def test_only_three_states_are_final() -> None:
    assert [state.value for state in JobState if state.ended] == ["succeeded", "failed", "cancelled"]


def test_errors_say_what_and_what_to_do() -> None:
    assert str(MuseumError("It broke.", "Mend it.")) == "It broke. Mend it."
