"""Models come as a whole or not at all, go on where they broke off, and stop when nobody wants them."""

from __future__ import annotations

import hashlib
import json

import pytest

from backend.errors import Cancelled, DamagedModel, HubRefused, HubUnreachable, LicenceNotAccepted, UnsafeModel
from backend.models.hub import Hub
from backend.models.places import Token
from backend.models.pulling import pull
from backend.models.transfer import Patience
from devtools.hub_server import COMMIT, Fault, safetensors
from tests.models.conftest import UNET, VASE

FETCHED = [path for path in VASE if path not in ("README.md", "unet/diffusion_pytorch_model.bin")]


@pytest.fixture
def bring(store, watcher, patience):
    """Pull a model of the test's hub."""
    return lambda model_id="vase", to=store: pull(to, to.catalogue.model(model_id), watcher, True, patience)


def files_of(store, model_id="vase"):
    folder = store.places.folder / model_id
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_model_comes_with_exactly_the_files_that_are_needed(bring, store, watcher):
    pulled = bring()
    assert files_of(store) == sorted([*FETCHED, "museum-model.json"])
    for path in FETCHED:
        assert (store.places.folder / "vase" / path).read_bytes() == VASE[path]
    assert pulled.fetched_bytes == sum(len(VASE[path]) for path in FETCHED)
    located = store.required("vase")
    assert (located.origin, located.revision) == ("pulled", COMMIT)
    assert located.provenance()["sha256"][UNET] == hashlib.sha256(VASE[UNET]).hexdigest()
    fractions = [fraction for fraction, _ in watcher.told]
    assert fractions == sorted(fractions) and fractions[-1] <= 1.0


def test_a_second_pull_asks_nobody(bring, hub):
    bring()
    asked = len(hub.seen)
    assert bring().fetched_bytes == 0
    assert len(hub.seen) == asked


def test_a_download_that_breaks_off_goes_on_by_itself(bring, hub, repositories):
    repositories["potter/vase"].faults[UNET] = Fault(cut_after=100_000, times=2)
    bring()
    ranges = [seen.headers.get("Range") for seen in hub.asked_for(UNET)]
    assert ranges == [None, "bytes=100000-", "bytes=200000-"]


def test_what_has_come_is_not_fetched_again(bring, store, hub, repositories):
    repositories["potter/vase"].faults[UNET] = Fault(cut_after=250_000, times=1)
    repositories["potter/vase"].faults["text_encoder/model-00002-of-00002.safetensors"] = Fault(status=503)
    with pytest.raises(HubUnreachable) as caught:
        bring()
    assert "model-00002" in caught.value.message and caught.value.fix
    here = store.holding(store.catalogue.model("vase"))
    assert here.state == "partial" and here.bytes_here > 20_000
    repositories["potter/vase"].faults.clear()
    hub.seen.clear()
    bring()
    assert hub.asked_for("model-00001-of-00002.safetensors") == []
    assert store.required("vase").folder == store.places.folder / "vase"


def test_half_a_file_of_an_earlier_time_is_completed(bring, store, hub):
    part = store.places.folder / "vase" / (UNET + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(VASE[UNET][:123_456])
    bring()
    assert [seen.headers.get("Range") for seen in hub.asked_for(UNET)] == ["bytes=123456-"]
    assert (store.places.folder / "vase" / UNET).read_bytes() == VASE[UNET]


def test_half_a_file_that_is_damaged_is_fetched_anew(bring, store, hub):
    part = store.places.folder / "vase" / (UNET + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(VASE[UNET][:1000] + b"x" * 5000)
    bring()
    assert [seen.headers.get("Range") for seen in hub.asked_for(UNET)] == ["bytes=6000-", None]
    assert (store.places.folder / "vase" / UNET).read_bytes() == VASE[UNET]


def test_a_server_without_ranges_is_read_from_the_beginning(bring, store, repositories):
    repositories["potter/vase"].faults[UNET] = Fault(whole=True, cut_after=200_000, times=1)
    bring()
    repositories["potter/vase"].faults[UNET] = Fault(whole=True)
    (store.places.folder / "vase" / UNET).unlink()
    (store.places.folder / "vase" / (UNET + ".part")).write_bytes(VASE[UNET][:70_000])
    bring()
    assert (store.places.folder / "vase" / UNET).read_bytes() == VASE[UNET]


def test_nobody_waits_for_a_silent_server_once_it_is_cancelled(bring, store, hub, repositories, watcher):
    repositories["potter/vase"].faults[UNET] = Fault(stall_after=65_536)
    watcher.until = hub.silenced.is_set
    with pytest.raises(Cancelled):
        bring()
    part = store.places.folder / "vase" / (UNET + ".part")
    size = part.stat().st_size
    watcher.until = lambda: False
    repositories["potter/vase"].faults.clear()
    bring()
    assert hub.asked_for(UNET)[-1].headers.get("Range") == (f"bytes={size}-" if size else None)


def test_a_silent_server_is_given_up_with_a_sentence(store, repositories, watcher):
    repositories["potter/vase"].faults[UNET] = Fault(stall_after=0)
    with pytest.raises(HubUnreachable) as caught:
        pull(store, store.catalogue.model("vase"), watcher, True, Patience(silence_s=0.2, tries=2, pause_s=0.0))
    assert "nothing came" in caught.value.message and "retry" in caught.value.fix.lower()


def test_other_bytes_than_those_announced_are_not_kept(bring, store, repositories):
    repositories["potter/vase"].listed_hashes[UNET] = hashlib.sha256(b"another file").hexdigest()
    with pytest.raises(DamagedModel) as caught:
        bring()
    assert UNET in caught.value.message
    assert not (store.places.folder / "vase" / UNET).exists()
    assert not (store.places.folder / "vase" / (UNET + ".part")).exists()


def test_the_catalogue_hash_wins_over_a_mirror(make_store, bring, repositories):
    own = json.loads((make_store().places.folder / "catalogue.json").read_text())
    own["models"][0]["files"][2] = {"path": UNET, "sha256": hashlib.sha256(VASE[UNET]).hexdigest()}
    changed = safetensors(300_000, 77)
    repositories["potter/vase"].files[UNET] = changed
    with pytest.raises(DamagedModel, match="another file there"):
        bring(to=make_store(own))
    # A mirror that also lies about the hash is found out by the bytes.
    repositories["potter/vase"].listed_hashes[UNET] = hashlib.sha256(VASE[UNET]).hexdigest()
    with pytest.raises(DamagedModel, match="not those"):
        bring(to=make_store(own))


def test_a_file_that_goes_on_after_its_end_is_refused(bring, repositories):
    repositories["potter/vase"].faults[UNET] = Fault(longer=True)
    with pytest.raises(DamagedModel, match="longer"):
        bring()


@pytest.mark.parametrize("head", [b"\x80\x02}q\x00X", b"PK\x03\x04archive", b"#!/bin/sh\n"])
def test_pickles_under_a_harmless_name_are_not_kept(bring, store, repositories, head):
    repositories["potter/vase"].files[UNET] = head + b"a" * 2000
    with pytest.raises(UnsafeModel) as caught:
        bring()
    assert "run code" in caught.value.message
    assert not list((store.places.folder / "vase").rglob("*fp16*"))


@pytest.mark.parametrize("path", ["../evil.json", "a/../../evil.json", "/etc/evil.json", "C:/evil.json", "con.json"])
def test_names_that_lead_elsewhere_are_refused(make_store, bring, repositories, tmp_path, path):
    own = {**json.loads((make_store().places.folder / "catalogue.json").read_text())}
    own["models"][0]["files"] = [{"path": path}]
    repositories["potter/vase"].files[path] = b"{}"
    with pytest.raises(UnsafeModel):
        bring(to=make_store(own))
    assert not list(tmp_path.rglob("evil.json"))


def test_a_licence_is_accepted_once(store, watcher, patience, hub):
    vase = store.catalogue.model("vase")
    with pytest.raises(LicenceNotAccepted) as caught:
        pull(store, vase, watcher, False, patience)
    assert "not for firing at night" in caught.value.message and "https://kiln.invalid/terms" in caught.value.fix
    assert hub.seen == []
    pull(store, vase, watcher, True, patience)
    store.remove(vase)
    pull(store, vase, watcher, False, patience)
    record = json.loads((store.places.folder / "licences.json").read_text())["kiln"]
    assert record["for_model"] == "vase" and record["accepted"].endswith("Z")


@pytest.mark.parametrize(
    ("token", "gated", "words"),
    [
        ("", True, "no token is set"),
        ("hf_other", True, "has not"),
        ("", False, "private"),
        ("hf_other", False, "may not read"),
        ("revoked", False, "does not know this token"),
    ],
)
def test_closed_doors_are_told_in_plain_words(make_store, bring, repositories, token, gated, words):
    repositories["potter/vase"].token = "hf_right"
    repositories["potter/vase"].gated = gated
    with pytest.raises(HubRefused) as caught:
        bring(to=make_store(token=Token(token, "test")))
    assert words in caught.value.message and caught.value.fix
    assert not token or token not in f"{caught.value} {caught.value.fix}"


def test_the_token_opens_the_hub_and_goes_nowhere_else(make_store, bring, hub, repositories):
    repositories["potter/vase"].token = "hf_right"
    bring(to=make_store(token=Token("hf_right", "test")))
    assert {seen.headers.get("Authorization") for seen in hub.seen if not seen.cdn} == {"Bearer hf_right"}
    assert {seen.headers.get("Authorization") for seen in hub.seen if seen.cdn} == {None}


@pytest.mark.parametrize(
    ("hub", "asked", "sent"),
    [
        ("https://hub.invalid", "https://hub.invalid/x/y", True),
        ("https://hub.invalid", "https://files.hub.invalid/x/y", False),
        ("https://hub.invalid", "https://hub.invalid:8443/x/y", False),
        ("https://hub.invalid", "http://hub.invalid/x/y", False),
        ("http://hub.invalid", "http://hub.invalid/x/y", False),
        ("http://127.0.0.1:80", "http://127.0.0.1:80/x/y", True),
    ],
)
def test_the_token_is_sent_to_the_hub_over_a_safe_way_alone(hub, asked, sent):
    assert bool(Hub(hub, Token("hf_right", "test")).credentials_for(asked)) is sent


def test_what_answers_like_a_wireless_network_is_no_hub(bring, hub):
    hub.garbage = True
    with pytest.raises(HubUnreachable, match="not as a hub"):
        bring()


def test_a_hub_that_is_busy_is_asked_again(bring, store, hub, repositories):
    hub.busy_times = 2
    repositories["potter/vase"].faults[UNET] = Fault(status=503, times=2)
    bring()
    assert store.required("vase")
    hub.busy_times = 99
    with pytest.raises(HubUnreachable, match="429"):
        bring("bowl")


def test_an_address_of_a_file_that_has_run_out_is_asked_for_anew(bring, hub, repositories):
    repositories["potter/vase"].faults[UNET] = Fault(status=403, times=1)
    bring()
    assert len(hub.asked_for(UNET)) == 2


def test_a_file_that_has_become_shorter_is_fetched_anew(bring, store, repositories):
    repositories["potter/vase"].faults[UNET] = Fault(status=416, times=1)
    part = store.places.folder / "vase" / (UNET + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(VASE[UNET][:999])
    bring()
    assert (store.places.folder / "vase" / UNET).read_bytes() == VASE[UNET]


def test_a_hub_that_never_answers_is_given_up_or_left(store, hub, watcher):
    hub.silent = True
    with pytest.raises(HubUnreachable, match="does not answer"):
        pull(store, store.catalogue.model("vase"), watcher, True, Patience(silence_s=0.2, tries=2, pause_s=0.0))
    watcher.until = hub.silenced.is_set
    with pytest.raises(Cancelled):
        pull(store, store.catalogue.model("vase"), watcher, True, Patience(silence_s=60.0))


def test_a_listing_that_breaks_off_is_told(bring, hub):
    hub.cut_listing = True
    with pytest.raises(HubUnreachable) as caught:
        bring()
    assert caught.value.fix


def test_nobody_at_the_address_is_told(make_store, bring, hub):
    store = make_store()
    hub.__exit__(None, None, None)
    with pytest.raises(HubUnreachable, match="cannot be reached"):
        bring(to=store)


def test_progress_says_bytes_speed_and_the_file_until_nothing_comes(bring, watcher, repositories):
    repositories["potter/vase"].faults[UNET] = Fault(stall_after=150_000, times=1)
    watcher.until = lambda: any("nothing comes" in message for _, message in watcher.told)
    with pytest.raises(Cancelled):
        bring()
    first = next(message for _, message in watcher.told if "/s" in message and UNET in message)
    assert " of 350 kB, " in first and first.endswith(f" left ({UNET})")


def test_listings_of_several_pages_are_read_to_their_end(bring, store, hub):
    hub.page_size = 2
    bring()
    assert files_of(store) == sorted([*FETCHED, "museum-model.json"])
