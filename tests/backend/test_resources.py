"""What is told of devices and of memory, and how a renderer has the graphics card to itself."""

from __future__ import annotations


def test_without_the_neural_tier_nothing_computes_and_nothing_is_loaded(server):
    told = server.json("GET", "/v1/resources")
    assert told == {"neural": False, "devices": [], "residents": [], "idle_limit_s": 600.0, "held_s": 0.0}


def test_a_hold_is_told_renewed_and_ended(server):
    assert server.request("POST", "/v1/release", json={"hold_s": 100}).status_code == 202
    assert 50 < server.json("GET", "/v1/resources")["held_s"] <= 100
    assert server.wait(server.submit()["id"])["state"] == "succeeded", "work of other kinds goes on"
    assert server.request("POST", "/v1/release", json={"hold_s": 0}).status_code == 202
    assert server.json("GET", "/v1/resources")["held_s"] == 0.0
    assert server.request("POST", "/v1/release", json={"hold_s": -1}).status_code == 422


def test_the_idle_limit_is_a_setting(start_server):
    server = start_server("--cpu-workers", "1", "--models-idle-s", "30")
    assert server.wait(server.submit()["id"])["state"] == "succeeded"
    assert server.json("GET", "/v1/resources")["idle_limit_s"] == 30.0
