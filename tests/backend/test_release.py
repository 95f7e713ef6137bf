"""Letting go of loaded models, as the button does it."""


def test_a_worker_that_was_told_to_release_goes_on_working(server):
    assert server.wait(server.submit()["id"])["state"] == "succeeded"
    workers = {process.pid for process in server.workers()}
    answer = server.request("POST", "/v1/release")
    assert answer.status_code == 202 and answer.json() == {"status": "releasing"}
    assert server.wait(server.submit()["id"])["state"] == "succeeded"
    assert workers <= {process.pid for process in server.workers()}
