"""What an installed backend environment consists of, and whether it is complete and current."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..core.errors import InstallError
from ..paths import DataPaths
from .processes import clean_environment
from .torch_builds import TorchBuild, TorchBuilds, detected

# What an installation needs on the disk while it runs: the environment, the fetched packages, and some air.
NEEDED_BYTES: Mapping[str, int] = {"core": 1_800_000_000, "neural": 2_200_000_000}
CORE_KEPT_BYTES = 1_200_000_000
NEURAL = "neural"


class EnvironmentState(StrEnum):
    """How far an environment is."""

    MISSING = "missing"
    INCOMPLETE = "incomplete"  # an installation was interrupted, or something was deleted
    OUTDATED = "outdated"  # complete, for other lock files than this extension's
    READY = "ready"


@dataclass(frozen=True)
class InstallPlan:
    """Where to install what.

    environment: the folder of the virtual environment. record: written last, says what it holds. log: what pip said.
    jobs: the server's data folder. source_dir: the extension's root, which holds ``backend/``. python: the user's
    choice of interpreter, or None. torch: the kind of PyTorch's build in the neural tier ("cpu", "cuda", "rocm",
    "mps"); empty for the one that fits this machine, or the ordinary one where that is not offered.
    """

    environment: Path
    record: Path
    log: Path
    jobs: Path
    source_dir: Path
    tier: str = "core"
    python: Path | None = None
    torch: str = ""

    @classmethod
    def for_extension(
        cls, paths: DataPaths, source_dir: Path, python: Path | None, tier: str = "core", torch: str = ""
    ) -> InstallPlan:
        """The plan of a Blender user. tier: "core" or "neural"."""
        return cls(
            paths.environment, paths.installed, paths.install_log, paths.jobs, source_dir, tier, python, torch
        )  # fmt: skip

    def lock_file(self, version: tuple[int, ...]) -> Path:
        """The lock file of the tier for this version of Python."""
        name = f"{self.tier}-py{version[0]}{version[1]}.lock"
        return self.source_dir / "backend" / "requirements" / name

    def proof(self) -> list[str]:
        """The command that shows that the environment works; it also fills the caches of compiled code."""
        return [str(self.interpreter), "-m", "backend", "check", "--data", str(self.jobs)]

    @property
    def torch_build(self) -> TorchBuild | None:
        """The build of PyTorch that is part of the tier; None for tiers without. Raises InstallError."""
        if self.tier != NEURAL:
            return None
        builds = TorchBuilds(self.source_dir)
        return builds.named(self.torch) if self.torch else detected(builds)

    @property
    def needed_bytes(self) -> int:
        """Disk space that an installation needs while it runs."""
        build = self.torch_build
        return NEEDED_BYTES.get(self.tier, 0) + (build.needed_bytes if build is not None else 0)

    @property
    def kept_bytes(self) -> int:
        """Disk space that what is installed takes, about. Raises InstallError."""
        # Half of what the neural tier needs are the fetched packages, which leave again.
        return self.needed_bytes // 2 if self.tier == NEURAL else CORE_KEPT_BYTES

    @property
    def interpreter(self) -> Path:
        """The environment's own Python."""
        if sys.platform == "win32":
            return self.environment / "Scripts" / "python.exe"
        return self.environment / "bin" / "python"

    @property
    def temporary(self) -> Path:
        """Where pip unpacks, so that an interrupted pip leaves nothing in the system's folder."""
        return self.environment.with_name(self.environment.name + ".tmp")


def environment_state(plan: InstallPlan) -> EnvironmentState:
    """Look at the record and the files; runs nothing."""
    record = read_record(plan.record)
    if record is None:
        return EnvironmentState.INCOMPLETE if plan.environment.exists() else EnvironmentState.MISSING
    if not plan.interpreter.exists():  # also false for a link to a Python that was uninstalled
        return EnvironmentState.INCOMPLETE
    lock = plan.lock_file(tuple(record["python"]))
    if record["tier"] != plan.tier or not lock.exists() or record["lock_sha256"] != lock_sha256(lock):
        return EnvironmentState.OUTDATED
    if plan.torch and record["torch"] != plan.torch:
        return EnvironmentState.OUTDATED
    return EnvironmentState.READY


def read_record(path: Path) -> dict[str, Any] | None:
    """The record of a complete installation; None when there is none or it is damaged."""
    try:
        record = json.loads(path.read_text("utf-8"))
        return {
            "tier": str(record["tier"]),
            "lock_sha256": str(record["lock_sha256"]),
            "python": [int(part) for part in record["python"]][:3],
            "torch": str(record.get("torch", "")),
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def write_record(plan: InstallPlan, version: tuple[int, ...], torch: str = "") -> None:
    """Say that the environment is complete. torch: the kind of PyTorch's build in it. Raises OSError."""
    lock = plan.lock_file(version)
    record: dict[str, Any] = {"tier": plan.tier, "lock": lock.name, "lock_sha256": lock_sha256(lock)}
    record |= {"python": list(version)} | ({"torch": torch} if torch else {})
    partial = plan.record.with_name(plan.record.name + ".part")
    plan.record.parent.mkdir(parents=True, exist_ok=True)
    partial.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    partial.replace(plan.record)


def lock_sha256(path: Path) -> str:
    """The checksum of a lock file's lines, whatever their line ends. Raises InstallError when it is missing."""
    try:
        return hashlib.sha256("\n".join(path.read_text("utf-8").splitlines()).encode()).hexdigest()
    except OSError as error:
        raise InstallError(
            f"The extension has no package list for this Python ({path.name}).", "Install the extension again."
        ) from error


def package_folders(environment: Path) -> list[Path]:
    """Where an environment keeps its packages."""
    return [*environment.glob("lib/python3*/site-packages"), *environment.glob("Lib/site-packages")]


def package_count(lock: Path) -> int:
    """How many packages a lock file pins. Raises OSError."""
    return sum("==" in line and not line.startswith((" ", "#")) for line in lock.read_text("utf-8").splitlines())


def backend_environment(source_dir: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables with which every process of the embedded backend runs.

    Without PYTHONSAFEPATH, a folder called "backend" in the folder in which Blender was started would be run instead.
    """
    return clean_environment({"PYTHONPATH": os.fspath(source_dir), "PYTHONSAFEPATH": "1", **(extra or {})})
