"""Servers for tests: one that is shared, and a way to start others."""

from __future__ import annotations

import pytest

from devtools.server_process import ServerProcess


@pytest.fixture(scope="session")
def server(backend_python, tmp_path_factory):
    """A server that several tests use one after the other. Do not end it, nor its worker."""
    with ServerProcess(backend_python, tmp_path_factory.mktemp("shared-server"), "--cpu-workers", "1") as running:
        yield running


@pytest.fixture
def start_server(backend_python, tmp_path):
    """Start a server of one's own; the same data folder each time unless one is given."""
    started = []

    def start(*options, data=None, environment=None):
        running = ServerProcess(backend_python, data or tmp_path / "data", *options, environment=environment)
        started.append(running)
        return running

    yield start
    for running in started:
        running.close()
