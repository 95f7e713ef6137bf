"""What the extension makes of the list of models, of a download's progress, and of the memory's figures."""

from __future__ import annotations

import dataclasses

import pytest

from museum_addon.core import models
from museum_addon.core.errors import UnexpectedAnswer
from museum_addon.core.jobs import Job, JobState
from museum_addon.core.resources import Resources
from museum_addon.models_state import ModelsState

FREE = {"id": "mit", "title": "MIT", "terms": "free", "url": "https://mit.invalid", "accept": False, "accepted": True}
STRICT = {**FREE, "id": "rail", "title": "RAIL", "accept": True, "accepted": False}


def model(name: str, size: int, state: str = "absent", here: int = 0, **more: object) -> dict:
    return {
        "id": name, "title": name.title(), "hub": f"potter/{name}", "revision": "0", "pinned": True, "missing": "",
        "size_bytes": size, "gated": False, "notes": "", "licence": FREE, "state": state, "bytes_here": here,
        "origin": "pulled" if state == "ready" else "", "folder": "", "revision_here": "", "problem": "", "fix": "",
        **more,
    }  # fmt: skip


def listing(*known: dict, free: int = 10**12) -> models.Listing:
    use = {
        "id": "shards", "title": "Shards", "task": "texture", "engine": "tiny", "pipeline": "P", "notes": "",
        "models": {"base": "vase", "again": "vase", "other": "bowl"}, "optional": {"adapter": "lid"}, "ready": False,
        "memory": {"full": 12.0, "model_offload": None, "sequential_offload": 3.0, "source": ""}, "size_bytes": 0,
    }  # fmt: skip
    return models.Listing.from_json(
        {"folder": "/m", "more_folders": [], "free_bytes": free, "offline": False, "hub": "https://hub.invalid",
         "token": "", "models": list(known), "uses": [use]}
    )  # fmt: skip


def test_a_name_stands_for_a_model_or_for_all_that_an_engine_needs():
    told = listing(model("vase", 4), model("bowl", 2), model("lid", 1), model("dish", 1))
    assert [one.id for one in told.meant("shards")] == ["vase", "bowl"]
    assert [one.id for one in told.meant("lid")] == ["lid"] and told.meant("nothing") == ()
    assert [one.id for one in told.alone()] == ["dish"] and [one.id for one in told.extras(told.uses[0])] == ["lid"]
    assert told.uses[0].memory_gb == (12.0, 3.0)


@pytest.mark.parametrize(
    ("vase", "bowl", "expected"),
    [
        (("absent", 0), ("absent", 0), ("absent", 0, 900)),
        (("partial", 200), ("absent", 0), ("partial", 200, 700)),
        (("ready", 600), ("absent", 0), ("partial", 600, 300)),
        (("ready", 599), ("ready", 300), ("ready", 900, 0)),
        (("ready", 600), ("damaged", 300), ("damaged", 900, 0)),
        (("partial", 9999), ("absent", 0), ("partial", 600, 300)),
    ],
)
def test_models_together_are_as_far_as_the_least_of_them(vase, bowl, expected):
    told = listing(model("vase", 600, *vase), model("bowl", 300, *bowl))
    found = models.standing(told.meant("shards"))
    assert (found.state, found.here, found.missing) == expected and found.size == 900


def test_each_licence_is_asked_for_once():
    told = listing(model("vase", 1, licence=STRICT), model("bowl", 1, licence=STRICT), model("lid", 1))
    wanted = told.meant("shards")
    assert [one.id for one in models.licences((*wanted, told.model("lid")))] == ["rail", "mit"]
    assert [one.id for one in models.unaccepted(wanted)] == ["rail"]
    assert models.unaccepted(wanted, {"rail"}) == ()


def test_room_on_the_disk_includes_a_reserve():
    told = listing(model("vase", 1), free=10**9)
    assert models.lacks_room(told, 10**9 - models.RESERVE_BYTES + 1)
    assert not models.lacks_room(told, 10**9 - models.RESERVE_BYTES)
    assert not models.lacks_room(dataclasses.replace(told, free_bytes=0), 0), "nothing needs no room"


@pytest.mark.parametrize("change", [{"models": 5}, {"free_bytes": "much"}, {"uses": [{}]}, {"models": [None]}])
def test_an_answer_of_another_kind_is_told(change):
    good = {"folder": "", "free_bytes": 0, "offline": False, "hub": "", "token": "", "models": [], "uses": []}
    assert models.Listing.from_json(good).models == ()
    with pytest.raises(UnexpectedAnswer):
        models.Listing.from_json({**good, **change})


def job(state: str = "running", **more) -> Job:
    return Job("1", "models", "pull", JobState(state), params={"model": "shards"}, **more)


def test_speed_and_time_left_are_of_all_that_was_asked_for():
    message = "1.2 GB of 6.8 GB, 45 MB/s, 124 s left (unet/3 GB/s.safetensors)"
    going = models.pace(job(progress=0.25, message=message), 8_000_000_000)
    assert (going.done, going.total, going.speed) == (2e9, 8e9, 45e6)
    assert going.left_s == pytest.approx(6e9 / 45e6)
    assert models.pace(job(message="checking model.safetensors"), 8) is None
    assert models.pace(job("queued", message=message), 8) is None


def test_the_page_that_a_sentence_names():
    assert (
        models.address_in("Sign in at https://hub.invalid/a/b-1.0, agree, then retry.") == "https://hub.invalid/a/b-1.0"
    )
    assert models.address_in("Agree at http://127.0.0.1:80/a.") == "http://127.0.0.1:80/a"
    assert models.address_in("Retry later.") == ""


def test_sizes_as_disks_are_sold():
    assert [models.bytes_text(size) for size in (9_619_000_000, 334_643_869, 1500)] == ["9.6 GB", "335 MB", "2 kB"]


def test_a_failure_is_shown_until_the_next_try_or_until_the_model_is_here():
    state = ModelsState(listing(model("vase", 1), model("bowl", 1)))
    state._note(job("failed", created="2026-01-01", error_message="No token.", error_fix="Set one."))
    assert state.problem("shards") == ("No token.", "Set one.")
    state._note(dataclasses.replace(job(created="2026-01-02"), id="2"))
    assert state.problem("shards") == ("", "") and state.active("shards").id == "2"
    state._note(job("failed", created="2026-01-01", error_message="No token."))
    assert state.active("shards").id == "2", (
        "what is told late of an earlier job does not take the place of a later one"
    )
    assert state.touched("vase") and not state.touched("lid")
    state.jobs["shards"] = job("failed", error_message="No token.")
    state.listing = listing(model("vase", 1, "ready", 1), model("bowl", 1, "ready", 1))
    assert state.problem("shards") == ("", "")


def test_memory_is_read_and_summed():
    device = {"kind": "cuda", "name": "Card", "address": "cuda:0", "precision": "bfloat16", "total_bytes": 12,
              "free_bytes": 3, "reason": "", "fix": ""}  # fmt: skip
    held = {"title": "Vase", "device": "cuda:0", "plan": "full", "bytes": 5, "idle_s": 1.0, "in_use": False}
    told = {"neural": True, "devices": None, "residents": [held, held], "idle_limit_s": 60, "held_s": 0}
    looking = Resources.from_json(told)
    assert not looking.looked and not looking.accelerated and looking.loaded_bytes == 10
    found = Resources.from_json({**told, "devices": [device]})
    assert found.looked and found.accelerated and found.unusable == ()
    broken = Resources.from_json({**told, "devices": [{**device, "reason": "The driver is too old."}]})
    assert not broken.accelerated and broken.unusable[0].reason
    with pytest.raises(UnexpectedAnswer):
        Resources.from_json({"neural": True})
