"""The environments in which the developers' commands run. Each is made once, by the code that Blender's users run.

``.venv`` holds Blender as a Python module and the test tools, ``.venv-backend`` the backend's packages,
``.venv-neural`` PyTorch and diffusion pipelines on top of them,
``.venv-blender45`` or ``.venv-blender52`` the other Blender release where the machine has a Python for it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from museum_addon.client.environment import EnvironmentState, InstallPlan, environment_state
from museum_addon.client.installer import Installer
from museum_addon.client.processes import clean_environment
from museum_addon.client.python_finder import candidates, probe
from museum_addon.core.errors import InstallError

from .system import SystemLibraryMissing, check_blender

# Python version -> the Blender release whose module is built for it.
BLENDERS = {(3, 11): "4.5", (3, 13): "5.2"}
DEV_BYTES = 2_500_000_000


@dataclass(frozen=True)
class ToolsPlan(InstallPlan):
    """An environment with Blender as a module and the test tools."""

    def lock_file(self, version: tuple[int, ...]) -> Path:
        """The developers' lock file for this version of Python."""
        return self.source_dir / "devtools" / "requirements" / f"dev-py{version[0]}{version[1]}.lock"

    def proof(self) -> list[str]:
        """Blender itself is tried afterwards, with a better explanation."""
        return [str(self.interpreter), "-c", "import numpy, pytest, requests"]

    @property
    def needed_bytes(self) -> int:
        """Fetched and unpacked."""
        return DEV_BYTES


class NeuralPlan(InstallPlan):
    """The neural tier as users get it, without filling the caches of compiled code."""

    def proof(self) -> list[str]:
        """The packages can be loaded."""
        return [str(self.interpreter), "-c", "import torch, diffusers, transformers, accelerate, peft"]


class Environments:
    """Makes what is missing below the checkout, and says what it does."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def tools(self) -> Path:
        """The interpreter of ``.venv``. Raises InstallError or SystemLibraryMissing."""
        plan = self._tools_plan(".venv")
        if environment_state(plan) is not EnvironmentState.READY:
            plan = self._tools_plan(".venv", _python_for_blender())
            self._make(plan, "Blender as a Python module and the test tools; about 2 minutes, 1.3 GB, once")
        return self._with_blender(plan)

    def other_blender(self) -> Path | None:
        """The interpreter of the other Blender release's environment; None when no Python here fits it."""
        present = _version_of(self._tools_plan(".venv").interpreter)
        for version, release in BLENDERS.items():
            if version == present:
                continue
            plan = self._tools_plan(f".venv-blender{release.replace('.', '')}")
            if environment_state(plan) is not EnvironmentState.READY:
                python = _find(version)
                if python is None:
                    return None
                plan = self._tools_plan(plan.environment.name, python)
                self._make(plan, f"Blender {release}, the other long-term release; about 2 minutes, 1.3 GB, once")
            return self._with_blender(plan)
        return None

    def backend(self) -> Path:
        """The interpreter of ``.venv-backend``, made by the extension's own installer. Raises InstallError."""
        plan = self._backend_plan()
        if environment_state(plan) is not EnvironmentState.READY:
            self._make(plan, "the backend's packages; about 2 minutes, 1.2 GB, once")
        return plan.interpreter

    def backend_with_test_tools(self) -> Path:
        """The same, with pytest and the like added: not part of what users get. Raises InstallError."""
        python = self.backend()
        self._stamped(python, self._test_lock(python))
        return python

    def neural_with_test_tools(self) -> Path | None:
        """The interpreter of ``.venv-neural``, the neural tier for processors; None when it cannot be had."""
        plan = self._neural_plan()
        try:
            if environment_state(plan) is not EnvironmentState.READY:
                self._make(plan, "the neural tier, PyTorch for processors; about 3 minutes, 2.2 GB, once")
            self._stamped(plan.interpreter, self._test_lock(plan.interpreter))
        except InstallError as error:
            print(f"{error.message}\n{error.fix}", flush=True)
            return None
        return plan.interpreter

    def _tools_plan(self, name: str, python: Path | None = None) -> ToolsPlan:
        folder, cache = self._root / name, self._root / ".cache"
        return ToolsPlan(folder, folder / "installed.json", cache / f"{name}.log", cache, self._root, "dev", python)

    def _backend_plan(self) -> InstallPlan:
        folder, cache = self._root / ".venv-backend", self._root / ".cache"
        return InstallPlan(folder, folder / "installed.json", cache / ".venv-backend.log", cache / "jobs", self._root)

    def _neural_plan(self) -> NeuralPlan:
        folder, cache = self._root / ".venv-neural", self._root / ".cache"
        log, kind = cache / ".venv-neural.log", "mps" if sys.platform == "darwin" else "cpu"
        return NeuralPlan(folder, folder / "installed.json", log, cache / "jobs", self._root, "neural", torch=kind)

    def _test_lock(self, python: Path) -> Path:
        major, minor = _version_of(python)
        return self._root / "devtools" / "requirements" / f"backend-test-py{major}{minor}.lock"

    def _make(self, plan: InstallPlan, what: str) -> None:
        print(f"Making {plan.environment.name}: {what}.", flush=True)
        started = time.monotonic()
        Installer(plan, Progress()).install()
        print(f"Made {plan.environment.name} in {time.monotonic() - started:.0f} s.", flush=True)

    def _with_blender(self, plan: ToolsPlan) -> Path:
        """Try Blender once for each environment that was made."""
        mark = plan.environment / "blender-works"
        if not mark.exists():
            mark.write_text(check_blender(plan.interpreter) + "\n", "utf-8")
        return plan.interpreter

    def _stamped(self, python: Path, lock: Path) -> None:
        """Install a small lock file into an environment, unless its stamp says that this was done."""
        stamp = python.parents[1] / "test-tools"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text("utf-8") == wanted:
            return
        print(f"Adding the test tools to {python.parents[1].name}.", flush=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--disable-pip-version-check", "--require-hashes", "-r", str(lock)]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise InstallError(f"The test tools could not be installed: {done.stderr.strip()}", "Try again.")
        stamp.write_text(wanted, "utf-8")


class Progress:
    """Shows installation progress: one changing line on a terminal, a few lines in a log."""

    def __init__(self) -> None:
        self._shown = -1.0

    def __call__(self, fraction: float, step: str) -> None:
        """Called by the installer."""
        if sys.stdout.isatty():
            end = "\n" if fraction >= 1.0 else ""
            print(f"\r  {fraction:4.0%}  {step:<60.60}", end=end, flush=True)
        elif fraction - self._shown >= 0.1 or fraction >= 1.0 > self._shown:
            self._shown = fraction
            print(f"  {fraction:4.0%}  {step}", flush=True)


def _python_for_blender() -> Path:
    """This Python if a Blender module is built for it, otherwise one on this machine. Raises InstallError."""
    if sys.version_info[:2] in BLENDERS:
        return Path(sys.executable)
    for version in reversed(BLENDERS):
        python = _find(version)
        if python is not None:
            return python
    raise InstallError(
        f"Blender's Python module is built for Python 3.11 and 3.13; this is 3.{sys.version_info[1]}.",
        "Install Python 3.13 (or 3.11) beside it, then run the same command again.",
    )


def _find(version: tuple[int, int]) -> Path | None:
    """A Python of this version that can make environments."""
    name = f"{version[0]}.{version[1]}"
    for path in candidates():
        if name in path.name or name in str(path.resolve()) or path.name in ("python3", "python", "python.exe"):
            found = probe(path)
            if found is not None and found.version[:2] == version and found.usable and found.venv:
                return path
    return None


def _version_of(python: Path) -> tuple[int, int]:
    """The version of an environment's interpreter, from its ``pyvenv.cfg``."""
    for line in (python.parents[1] / "pyvenv.cfg").read_text("utf-8").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "version":
            major, minor = value.strip().split(".")[:2]
            return int(major), int(minor)
    raise InstallError(f"{python} is not in an environment.", "Delete the folder and run the same command again.")


__all__ = ["Environments", "Progress", "SystemLibraryMissing", "ToolsPlan"]
