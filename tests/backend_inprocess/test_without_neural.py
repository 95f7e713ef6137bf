"""An environment of the core tier says what the neural engines lack, and goes on without them."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from backend.engines.diffusion.packages import neural_packages
from backend.engines.diffusion.uses import availability_of

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="this environment has PyTorch")


def test_what_is_missing_is_named_with_what_to_install():
    state = neural_packages()
    assert not state.available and "torch" in state.reason and "diffusers" in state.reason
    assert "neural tier" in state.fix
    assert availability_of("texture-sdxl") == state


def test_the_list_of_devices_is_refused_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "backend", "devices"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 1 and done.stdout == ""
    assert "neural tier is not installed" in done.stderr and "Traceback" not in done.stderr
