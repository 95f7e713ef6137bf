"""Which build of PyTorch an installation takes, and what pip is told for it.

The lock files of the neural tier hold the build that the package index proper has for each system, with checksums.
Other builds carry a label in their version; pip finds them where the user's own settings of pip point to PyTorch's
index or a mirror of it.
"""

from __future__ import annotations

import fnmatch
import json
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import InstallError

PACKAGE = "torch"
DATA = Path("backend") / "requirements" / "torch.json"
BLOCKS = re.compile(r"(?m)^(?=[A-Za-z])")
PINNED = re.compile(r"([\w.-]+)==(\S+)")


@dataclass(frozen=True)
class TorchBuild:
    """kind: "cpu", "cuda", "rocm" or "mps". label: what stands after the + in its version, empty for the ordinary
    build. needed_bytes: disk space while it is installed.
    """

    kind: str
    label: str
    needed_bytes: int


class TorchBuilds:
    """The builds that there are, from the data file of the extension's backend. Raises InstallError without it."""

    def __init__(self, source_dir: Path, system: str = sys.platform) -> None:
        self._system = system
        try:
            self._data: dict[str, Any] = json.loads((source_dir / DATA).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InstallError(
                "The extension does not say which builds of PyTorch there are.", "Install the extension again."
            ) from error

    @property
    def ordinary(self) -> TorchBuild:
        """What the package index proper has for this system."""
        return self.named(self._data["ordinary"].get(self._system, "cpu"))

    def named(self, kind: str) -> TorchBuild:
        """A build for this system. Raises InstallError when there is none."""
        entry = self._data["builds"].get(kind)
        if entry is None or self._system not in entry["systems"]:
            kinds = [name for name, build in self._data["builds"].items() if self._system in build["systems"]]
            raise InstallError(f"PyTorch has no build of the kind {kind} for this system.", f"Choose {_or(kinds)}.")
        is_ordinary = self._data["ordinary"].get(self._system) == kind
        return TorchBuild(kind, "" if is_ordinary else entry["label"], int(entry["needed_bytes"]))

    def wanted(self, nvidia: bool, amd: bool) -> TorchBuild:
        """The build for a machine with or without a driver for NVIDIA or AMD cards."""
        if self._system == "darwin":
            return self.named("mps")
        if nvidia:
            return self.named("cuda")
        return self.named("rocm") if amd and self._system == "linux" else self.named("cpu")

    def without(self, lock_text: str) -> str:
        """The lock file's text without PyTorch and what belongs to one build of it."""
        return "".join(block for block in BLOCKS.split(lock_text) if not self._belongs(block))

    def only(self, lock_text: str) -> str:
        """PyTorch and what belongs to it alone."""
        return "".join(block for block in BLOCKS.split(lock_text) if self._belongs(block))

    def requirement(self, lock_text: str, build: TorchBuild) -> str:
        """``torch==2.13.0+cpu`` and the like. Raises InstallError for a lock file without PyTorch."""
        for name, version in PINNED.findall("\n".join(_first_lines(lock_text))):
            if name == PACKAGE:
                return f"{PACKAGE}=={version}" + (f"+{build.label}" if build.label else "")
        raise InstallError("The package list has no PyTorch.", "Install the extension again.")

    def _belongs(self, block: str) -> bool:
        found = PINNED.match(block)
        return found is not None and any(fnmatch.fnmatchcase(found[1].lower(), name) for name in self._data["belongs"])


def detected(builds: TorchBuilds) -> TorchBuild:
    """The build for this machine, by the programs that come with graphics drivers."""
    amd = shutil.which("rocminfo") is not None or shutil.which("amd-smi") is not None
    return builds.wanted(shutil.which("nvidia-smi") is not None, amd)


def installed_label(package_folders: Iterable[Path]) -> str | None:
    """The label of the PyTorch in an environment, empty for the ordinary build; None when there is none."""
    for folder in package_folders:
        for information in folder.glob(f"{PACKAGE}-*.dist-info"):
            return information.name.removesuffix(".dist-info").partition("+")[2]
    return None


def constraints(lock_text: str) -> str:
    """Name and version of every package, for pip's ``--constraint``: without checksums, which it would want of all."""
    return "".join(f"{name}=={version}\n" for name, version in PINNED.findall("\n".join(_first_lines(lock_text))))


def _first_lines(lock_text: str) -> Iterable[str]:
    return (line for line in lock_text.splitlines() if not line.startswith((" ", "#")))


def _or(names: list[str]) -> str:
    return " or ".join(names)
