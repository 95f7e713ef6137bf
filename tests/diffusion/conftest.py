"""Tiny real pipelines, saved once, and nothing that reaches the network."""

import os
import socket
import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

# Before the libraries are imported: what they do without being asked.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Layers of a few numbers: threads that wait for each other take a hundred times as long as the sums."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def foreign_deprecations():
    """What the libraries say of their own parts is theirs to mend; our own warnings stay errors."""
    with warnings.catch_warnings():
        for module in ("diffusers", "transformers", "accelerate", "peft", "huggingface_hub", "torch"):
            warnings.filterwarnings("ignore", module=rf"{module}(\.|$)")
        yield


@pytest.fixture
def no_network(monkeypatch):
    """Opening a socket fails, on all of Python's ways to do so."""

    def refused(*_arguments, **_named):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder with the tiny models of both families of painters. Not to be changed."""
    import tiny_models

    folder = tmp_path_factory.mktemp("models")
    tiny_models.save_sdxl(folder / "sdxl")
    tiny_models.save_control_union(folder / "union")
    tiny_models.save_sd15(folder / "sd15")
    tiny_models.save_control_depth(folder / "depth")
    tiny_models.save_clip_vision(folder / "vision")
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A models' folder whose catalogue names tiny models; ``tiny.need("texture-sdxl")`` saves those that are needed."""
    import serving

    return serving.TinyModels(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="session")
def neural_server(tiny, tmp_path_factory):
    """A real server with the neural tier and the tiny models. Do not end it, nor its workers."""
    from devtools.server_process import ServerProcess

    folder = tmp_path_factory.mktemp("neural-server")
    with ServerProcess(sys.executable, folder, "--cpu-workers", "1", environment=tiny.environment) as running:
        yield running


@pytest.fixture
def copied(models, tmp_path):
    """The same in a folder of the test's own, to be damaged."""
    import shutil

    return Path(shutil.copytree(models, tmp_path / "models"))
