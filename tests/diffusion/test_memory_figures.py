"""What a real server tells of models in memory, how they leave it, and how jobs wait for a render."""

import time

import pytest
import serving

PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def server(tiny, neural_server):
    tiny.need("image-sdxl")
    yield neural_server
    neural_server.json("POST", "/v1/release", json={"hold_s": 0})


def picture(server):
    return serving.order(server, "text_to_image", "sdxl", None, prompt="a bead", seed=7, width=64, steps=2)["id"]


def resources_once(server, holds):
    """What is told as soon as the condition holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(told := server.json("GET", "/v1/resources")):
        assert time.monotonic() < deadline, told
    return told


def test_a_loaded_model_is_told_until_it_is_released(server):
    assert server.wait(picture(server))["state"] == "succeeded"
    told = resources_once(server, lambda told: any(not one["in_use"] for one in told["residents"]))
    (held,) = told["residents"]
    assert told["neural"] and held["device"] == "cpu" and held["plan"] == "everything on the device"
    later = server.json("GET", "/v1/resources")["residents"][0]
    assert later["idle_s"] >= held["idle_s"] and later["bytes"] == held["bytes"]
    server.json("POST", "/v1/release")
    assert resources_once(server, lambda told: not told["residents"])["held_s"] == 0.0


def test_devices_are_looked_for_once_and_without_the_server_loading_anything(server):
    told = resources_once(server, lambda told: told["devices"] is not None)
    processor = told["devices"][-1]
    assert processor["kind"] == "cpu" and 0 < processor["free_bytes"] <= processor["total_bytes"]


def test_a_job_that_loads_models_waits_for_the_end_of_a_hold_and_others_do_not(server):
    server.json("POST", "/v1/release", json={"hold_s": 600})
    waiting = picture(server)
    assert server.wait(server.submit()["id"])["state"] == "succeeded"
    assert server.job(waiting)["state"] == "queued"
    server.json("POST", "/v1/release", json={"hold_s": 0})
    assert server.wait(waiting)["state"] == "succeeded"
