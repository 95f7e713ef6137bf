"""``python3 dev.py test``: the tests, each in the environment it belongs to, and one closing line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .environments import Environments
from .running import Beside, run

# Tests that import the backend itself; all others run where Blender's module is.
INSIDE_BACKEND = ("geometry", "artifact", "avatar", "material", "texture", "models", "backend_inprocess")
NEURAL = "diffusion"  # tests of what needs PyTorch
OTHER_BLENDER = "blender"
VALUE_OPTIONS = {"-k", "-m", "-p", "-o", "-c", "-W", "-n", "--maxfail", "--durations", "--deselect", "--ignore", "--tb"}
NO_TESTS = 5  # pytest's exit status


@dataclass
class Totals:
    """What all runs found. status: the first exit status that was not 0."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    status: int = 0

    def add(self, report: Path, status: int) -> None:
        """Count one run from its JUnit report."""
        if report.exists():
            for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314 (written by our pytest)
                tests, failed = int(suite.get("tests", 0)), int(suite.get("failures", 0)) + int(suite.get("errors", 0))
                skipped = int(suite.get("skipped", 0))
                self.passed += tests - failed - skipped
                self.failed += failed
                self.skipped += skipped
        self.status = self.status or (status if status != NO_TESTS else 0)


@dataclass(frozen=True)
class Run:
    """Tests that belong to one environment. python: its interpreter."""

    name: str
    python: Path
    paths: list[str]


def main(root: Path, arguments: list[str]) -> int:
    """Run the tests that the arguments ask for; returns 0 when none failed."""
    options, paths = split_arguments(root, arguments)
    environments = Environments(root)
    backend = environments.backend_with_test_tools()
    in_blender, in_backend = _runs(root, paths, environments, backend)
    # Most tests in Blender wait for a backend: those of the backend's own code run on the other core meanwhile.
    shown, beside = (in_blender, in_backend) if in_blender else (in_backend, [])
    totals = Totals()
    logs = [root / ".cache" / f"tests-{run.name}.log" for run in beside]
    commands = [(one.python, _pytest(root, one, options), log) for one, log in zip(beside, logs, strict=True)]
    with Beside(commands, backend) as others:
        for one in shown:
            print(f"\n== {one.name}: {one.python.parents[1].name} ==", flush=True)
            totals.add(_report(root, one.name), run(one.python, _pytest(root, one, options), backend))
        for one, log, status in zip(beside, logs, others.wait(), strict=True):
            print(f"\n== {one.name}: {one.python.parents[1].name} ==")
            print(log.read_text("utf-8", errors="replace"), flush=True)
            totals.add(_report(root, one.name), status)
    print(f"\n{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped", flush=True)
    return 1 if totals.failed else totals.status


def _runs(root: Path, paths: list[str], environments: Environments, backend: Path) -> tuple[list[Run], list[Run]]:
    """What runs in Blender's environments, and what in the backend's."""
    outside, inside = sort_paths(root, paths)
    neural = [path for path in outside if _folder(root, path) == NEURAL]
    outside = [path for path in outside if path not in neural]
    blender = [path for path in outside if _folder(root, path) == OTHER_BLENDER]
    in_blender, in_backend = [Run("outside", environments.tools(), outside)], [Run("inside", backend, inside)]
    if blender:
        other = environments.other_blender()
        if other is None:
            print("The other Blender release is not tested: this machine has no Python 3.11 and 3.13 side by side.")
        else:
            in_blender.append(Run("other-blender", other, blender))
    if neural:
        with_torch = environments.neural_with_test_tools()
        if with_torch is None:
            print("The neural engines are not tested: PyTorch cannot be had here (see .cache/.venv-neural.log).")
        else:
            in_backend.append(Run("neural", with_torch, neural))
    return [one for one in in_blender if one.paths], [one for one in in_backend if one.paths]


def _pytest(root: Path, one: Run, options: list[str]) -> list[str]:
    """The command of one run, whose report of an earlier time is taken away."""
    report = _report(root, one.name)
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    return ["-m", "pytest", *options, *one.paths, f"--junitxml={report}"]


def _report(root: Path, name: str) -> Path:
    return root / ".cache" / f"junit-{name}.xml"


def split_arguments(root: Path, arguments: list[str]) -> tuple[list[str], list[str]]:
    """Pytest's options apart from the paths (and node ids) of tests."""
    options: list[str] = []
    paths: list[str] = []
    takes_value = False
    for argument in arguments:
        is_path = not takes_value and not argument.startswith("-") and (root / argument.split("::")[0]).exists()
        (paths if is_path else options).append(argument)
        takes_value = argument in VALUE_OPTIONS
    return options, paths


def sort_paths(root: Path, paths: list[str]) -> tuple[list[str], list[str]]:
    """What runs outside the backend's environment, and what inside. No paths: all folders of tests."""
    tests = root / "tests"
    if not paths or any((root / path).resolve() == tests.resolve() for path in paths):
        paths = sorted(f"tests/{folder.name}" for folder in tests.iterdir() if any(folder.glob("test_*.py")))
    inside = [path for path in paths if _folder(root, path) in INSIDE_BACKEND]
    return [path for path in paths if path not in inside], inside


def _folder(root: Path, path: str) -> str:
    """The folder below tests/ in which a path or node id lies; empty when it lies elsewhere."""
    absolute = (root / path.split("::")[0]).resolve()
    tests = (root / "tests").resolve()
    return absolute.relative_to(tests).parts[0] if tests in absolute.parents else ""


