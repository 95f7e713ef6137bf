"""Whether the neural tier is installed. Imports none of it: listing engines stays quick."""

from __future__ import annotations

from importlib.util import find_spec

from ..base import Availability

NEEDED = ("torch", "diffusers", "transformers", "accelerate", "peft", "safetensors")
INSTALL = "Install the neural tier of the backend: in the add-on's preferences, or from its lock file."


def missing_packages() -> tuple[str, ...]:
    """Packages of the neural tier that this environment does not have."""
    return tuple(name for name in NEEDED if find_spec(name) is None)


def neural_packages() -> Availability:
    """Whether engines that need PyTorch can be loaded at all."""
    missing = missing_packages()
    if not missing:
        return Availability(True)
    return Availability(False, f"the neural tier is not installed ({', '.join(missing)} missing).", INSTALL)
