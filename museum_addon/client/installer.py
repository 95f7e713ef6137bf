"""Makes the embedded backend's environment: a virtual environment, pinned wheels, a proof that it works.

Nothing of it touches Blender's own Python. It may be interrupted at any moment: the record that says "complete" is
written last, and an installation that finds half an environment carries on from it or makes it anew.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from ..core.errors import Cancelled, InstallError
from .environment import (
    InstallPlan,
    backend_environment,
    package_count,
    package_folders,
    write_record,
)
from .exclusive import exclusive
from .logs import rotate
from .pip_output import PipProgress, explain
from .processes import clean_environment
from .python_finder import Interpreter, find_python, probe
from .steps import run_step
from .torch_builds import TorchBuild, TorchBuilds, constraints, installed_label

Report = Callable[[float, str], None]
# How the steps share the progress bar.
FOUND, MADE, PACKED = 0.02, 0.06, 0.94
COMMON_SHARE = 0.6
UNPACKING_MARK = "unpacking"
# Settings of the user's pip that would lead it out of the environment. Indexes, proxies and certificates stay.
PIP_SETTINGS = {
    "PIP_USER": "0",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_COLOR": "1",
    "PYTHONSAFEPATH": "1",
}
PIP_DROPPED = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIREMENT", "PIP_CONSTRAINT", "PIP_DRY_RUN")


class Installer:
    """One installation at a time. ``install`` and ``repair`` block; ``cancel`` may be called from any thread."""

    def __init__(self, plan: InstallPlan, report: Report) -> None:
        self._plan = plan
        self._report = report
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """End the running installation soon; what was fetched stays in pip's cache."""
        self._cancelled.set()

    def repair(self) -> None:
        """Throw the environment away and make it anew. Raises as ``install``."""
        self._guarded(anew=True)

    def install(self) -> None:
        """Make the environment, or complete it. Raises InstallError or Cancelled."""
        self._guarded(anew=False)

    def _guarded(self, *, anew: bool) -> None:
        plan = self._plan
        try:
            with exclusive(plan.environment.with_name(plan.environment.name + ".lock")) as held:
                if not held:
                    raise InstallError(
                        "Another Blender is installing the backend right now.", "Wait until it has finished."
                    )
                self._install(anew=anew)
        except OSError as error:
            cause = f"{error.strerror} [Errno {error.errno}] {error.filename or ''}"
            raise explain(cause, "The installation") from error
        finally:
            shutil.rmtree(plan.temporary, ignore_errors=True)

    def _install(self, *, anew: bool) -> None:
        plan = self._plan
        rotate(plan.log)
        self._report(0.0, "Looking for Python")
        python = find_python(plan.python)
        lock = plan.lock_file(python.version)
        if not lock.is_file():
            raise InstallError(
                f"The extension has no package list for this Python ({lock.name}).", "Install the extension again."
            )
        build = plan.torch_build
        self._check_space()
        plan.record.unlink(missing_ok=True)
        if anew or not self._can_continue(python, build):
            self._remove()
        plan.temporary.mkdir(parents=True, exist_ok=True)
        if not plan.environment.exists():
            self._make_environment(python)
        if build is None:
            self._install_packages(lock)
        else:
            build = self._install_with_torch(lock, build)
        self._prove()
        write_record(plan, python.version, build.kind if build is not None else "")
        self._report(1.0, "Installed")

    def _check_space(self) -> None:
        plan = self._plan
        folder = plan.environment
        while not folder.exists():
            folder = folder.parent
        needed, free = plan.needed_bytes, shutil.disk_usage(folder).free
        if plan.environment.exists():
            needed //= 3  # most of it may be there already; pip says so itself if it is not
        if free < needed:
            raise InstallError(
                f"The installation needs {needed / 1e9:.1f} GB of disk space; {free / 1e9:.1f} GB are free.",
                "Free some disk space, or choose a data folder on another drive in the preferences.",
            )

    def _can_continue(self, python: Interpreter, build: TorchBuild | None) -> bool:
        """Whether the present environment is sound: the same Python, and never stopped while packages were unpacked.

        Another build of PyTorch counts as the same version for pip, and leaves gigabytes of its own packages behind.
        """
        plan = self._plan
        if not plan.environment.exists() or (plan.environment / UNPACKING_MARK).exists():
            return False
        label = installed_label(package_folders(plan.environment))
        if build is not None and plan.torch and label not in (None, build.label):
            return False
        if build is None and label is not None:  # gigabytes that nobody wants any more
            return False
        present = probe(plan.interpreter)
        return present is not None and present.version == python.version and self._has_pip()

    def _has_pip(self) -> bool:
        folders = package_folders(self._plan.environment)
        return any((folder / "pip" / "__main__.py").is_file() for folder in folders)

    def _remove(self) -> None:
        """Take the environment away at once (by renaming it), then delete it at leisure."""
        plan = self._plan
        if not plan.environment.exists():
            return
        self._report(FOUND, "Removing the old environment")
        away = plan.environment.with_name(f"{plan.environment.name}.old-{uuid.uuid4().hex[:8]}")
        plan.environment.rename(away)
        shutil.rmtree(away, ignore_errors=True)

    def _make_environment(self, python: Interpreter) -> None:
        self._report(FOUND, "Making a Python environment")
        # venv writes its own path into the environment, so it is made in place; the mark keeps a half-made one
        # from being taken for a sound one.
        self._plan.environment.mkdir(parents=True)
        (self._plan.environment / UNPACKING_MARK).touch()
        command = [str(python.path), "-I", "-m", "venv", str(self._plan.environment)]
        self._run(command, clean_environment(), "Making the environment")
        (self._plan.environment / UNPACKING_MARK).unlink()

    def _install_with_torch(self, lock: Path, build: TorchBuild) -> TorchBuild:
        """First what is the same for all builds of PyTorch, then PyTorch. Returns the build that it became."""
        builds, text, folder = TorchBuilds(self._plan.source_dir), lock.read_text("utf-8"), self._plan.temporary
        common, torch, known = folder / "common.txt", folder / "torch.txt", folder / "constraints.txt"
        common.write_text(builds.without(text), "utf-8")
        if build.label and not self._offered(builds.requirement(text, build)):
            build = builds.ordinary
        self._install_packages(common, share=(0.0, COMMON_SHARE))
        if build.label:
            # This wheel's needs are not in the lock file: pip looks them up, within the versions that are there.
            known.write_text(constraints(builds.without(text)), "utf-8")
            torch.write_text(builds.requirement(text, build) + "\n", "utf-8")
            self._install_packages(torch, ("--constraint", str(known)), share=(COMMON_SHARE, 1.0))
        else:
            torch.write_text(builds.only(text), "utf-8")
            self._install_packages(torch, share=(COMMON_SHARE, 1.0))
        return build

    def _offered(self, requirement: str) -> bool:
        """Whether pip, as it is set up here, finds a package. Raises InstallError for one that the user chose."""
        self._report(MADE, f"Looking for {requirement}")
        command = [str(self._plan.interpreter), "-m", "pip", "install", "--dry-run", "--no-deps"]
        command += ["--only-binary", ":all:", requirement]
        if self._plan.torch:
            self._run(command, self._pip_environment(), "Looking for PyTorch")
            return True
        status, _ = run_step(command, self._pip_environment(), self._plan.log, self._cancelled)
        return status == 0 or self._cancelled.is_set()

    def _install_packages(
        self, lock: Path, more: tuple[str, ...] = ("--no-deps",), share: tuple[float, float] = (0.0, 1.0)
    ) -> None:
        """Install what a file lists. share: from where to where this takes the bar of all packages."""
        plan = self._plan
        there = self._package_folders()
        progress = PipProgress(package_count(lock))
        mark = plan.environment / UNPACKING_MARK
        step = "Fetching packages"

        def follow(line: str) -> None:
            nonlocal step
            step = progress.take(line) or step
            if progress.unpacking and not mark.exists():
                mark.touch()
            unpacked = self._package_folders() - there if progress.unpacking else 0
            done = share[0] + (share[1] - share[0]) * progress.fraction(max(unpacked, 0))
            self._report(MADE + (PACKED - MADE) * done, step)

        command = [
            *(str(plan.interpreter), "-m", "pip", "install", *more, "--only-binary", ":all:"),
            *("--progress-bar", "off", "--no-warn-script-location", "-r", str(lock)),
        ]
        if "--hash=" in lock.read_text("utf-8"):
            command.append("--require-hashes")
        self._run(command, self._pip_environment(), "Installing the packages", follow)
        mark.unlink(missing_ok=True)

    def _package_folders(self) -> int:
        """How many packages lie in the environment. Looks into no package: pip may be taking one away meanwhile."""
        return sum(len(list(folder.glob("*.dist-info"))) for folder in package_folders(self._plan.environment))

    def _pip_environment(self) -> Mapping[str, str]:
        temporary = str(self._plan.temporary)
        variables = clean_environment({**PIP_SETTINGS, "TMPDIR": temporary, "TEMP": temporary, "TMP": temporary})
        for name in PIP_DROPPED:
            variables.pop(name, None)
        return variables

    def _prove(self) -> None:
        self._report(PACKED, "Checking that it works")
        plan = self._plan
        self._run(plan.proof(), backend_environment(plan.source_dir), "The check of the environment")
        if plan.torch_build is not None:
            # Loads PyTorch, starts the driver, and writes into the log what was found.
            command = [str(plan.interpreter), "-m", "backend", "devices"]
            self._run(command, backend_environment(plan.source_dir), "The check of PyTorch")

    def _run(
        self,
        command: list[str],
        env: Mapping[str, str],
        what: str,
        follow: Callable[[str], None] | None = None,
    ) -> None:
        """Run one step to its end, into the log. Raises InstallError with its cause, or Cancelled."""
        status, output = run_step(command, env, self._plan.log, self._cancelled, follow)
        if self._cancelled.is_set():
            raise Cancelled("The installation was stopped.", "Press Install to carry on.")
        if status != 0:
            raise explain(output, what)


def remove_leftovers(plan: InstallPlan) -> None:
    """Delete environments that could not be deleted when they were replaced (files in use on Windows)."""
    for folder in plan.environment.parent.glob(f"{plan.environment.name}.old-*"):
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
