"""The neural tier: which build of PyTorch a machine gets, installed for real from tiny wheels of the same names."""

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from museum_addon.client.environment import EnvironmentState, InstallPlan, environment_state
from museum_addon.client.installer import Installer
from museum_addon.client.python_finder import find_python
from museum_addon.client.torch_builds import TorchBuilds, constraints
from museum_addon.core.errors import InstallError

ROOT = Path(__file__).resolve().parents[2]
VERSION = f"{sys.version_info[0]}{sys.version_info[1]}"
LOCK = (ROOT / "backend" / "requirements" / "neural-py311.lock").read_text("utf-8")
CHECK = "import sys, tiny, torch\nprint('works with', torch.KIND)\n"


def wheel(folder, name, version, text, needs=""):
    """A wheel of one module; returns its checksum."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return hashlib.sha256(target.read_bytes()).hexdigest()


@pytest.fixture
def make_plan(tmp_path, monkeypatch):
    """A plan for the neural tier of a backend that needs two wheels; pip sees a folder instead of the internet."""
    wheels, requirements = tmp_path / "wheels", tmp_path / "extension" / "backend" / "requirements"
    wheels.mkdir()
    requirements.mkdir(parents=True)
    digests = {
        "tiny": wheel(wheels, "tiny", "1.0", "VALUE = 1\n"),
        "torch": wheel(wheels, "torch", "2.0", "KIND = 'ordinary'\n"),
    }
    lock = f"tiny==1.0 \\\n    --hash=sha256:{digests['tiny']}\ntorch==2.0 \\\n    --hash=sha256:{digests['torch']}\n"
    (requirements / f"neural-py{VERSION}.lock").write_text(lock)
    builds = {
        "belongs": ["torch", "nvidia-*"],
        "ordinary": {sys.platform: "cuda"},
        "builds": {
            "cpu": {"label": "cpu", "systems": [sys.platform], "needed_bytes": 1},
            "cuda": {"label": "cu1", "systems": [sys.platform], "needed_bytes": 1},
        },
    }
    (requirements / "torch.json").write_text(json.dumps(builds))
    (requirements.parent / "__init__.py").touch()
    (requirements.parent / "__main__.py").write_text(CHECK)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    python, data = find_python(None).path, tmp_path / "data"

    def make(torch=""):
        return InstallPlan(
            data / "env", data / "installed.json", data / "install.log", data / "jobs", tmp_path / "extension",
            "neural", python, torch,
        )  # fmt: skip

    return make


def kind_of(plan):
    command = [str(plan.interpreter), "-I", "-c", "import torch; print(torch.KIND)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def install(plan):
    told = []
    Installer(plan, lambda fraction, step: told.append(fraction)).install()
    assert environment_state(plan) is EnvironmentState.READY
    assert told == sorted(told) and told[-1] == 1.0


def test_the_ordinary_build_comes_with_checksums(make_plan):
    plan = make_plan("cuda")
    install(plan)
    assert kind_of(plan) == "ordinary"
    assert json.loads(plan.record.read_text())["torch"] == "cuda"
    assert environment_state(make_plan("cpu")) is EnvironmentState.OUTDATED


def test_a_build_that_was_chosen_takes_the_place_of_another_and_one_that_is_not_offered_says_so(make_plan, tmp_path):
    with pytest.raises(InstallError) as caught:
        Installer(make_plan("cpu"), lambda fraction, step: None).install()
    assert "no PyTorch of the kind" in caught.value.message and "extra-index-url" in caught.value.fix
    wheel(tmp_path / "wheels", "torch", "2.0+cpu", "KIND = 'processor'\n", "Requires-Dist: tiny\n")
    install(make_plan("cpu"))
    assert kind_of(make_plan("cpu")) == "processor"
    (tmp_path / "wheels" / "torch-2.0+cpu-py3-none-any.whl").unlink()
    install(make_plan("cuda"))
    assert kind_of(make_plan("cuda")) == "ordinary"


def test_where_the_fitting_build_is_not_offered_the_ordinary_one_is_taken(make_plan, monkeypatch):
    monkeypatch.setenv("PATH", "")  # no driver's programs: the build for processors fits
    plan = make_plan()
    install(plan)
    assert kind_of(plan) == "ordinary"
    assert json.loads(plan.record.read_text())["torch"] == "cuda"


@pytest.mark.parametrize(
    ("system", "nvidia", "amd", "kind", "label"),
    [
        ("linux", True, False, "cuda", ""),
        ("linux", False, True, "rocm", "rocm"),
        ("linux", False, False, "cpu", "cpu"),
        ("win32", True, False, "cuda", "cu"),
        ("win32", False, True, "cpu", ""),
        ("darwin", False, False, "mps", ""),
    ],
)
def test_each_machine_gets_its_build(system, nvidia, amd, kind, label):
    build = TorchBuilds(ROOT, system).wanted(nvidia, amd)
    assert build.kind == kind
    assert build.label.startswith(label) and bool(build.label) == bool(label)


def test_a_build_that_a_system_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(InstallError) as caught:
        TorchBuilds(ROOT, "darwin").named("cuda")
    assert "mps" in caught.value.fix


def test_the_lock_file_is_split_without_a_loss():
    builds = TorchBuilds(ROOT, "linux")
    common, own = builds.without(LOCK), builds.only(LOCK)
    assert len(common) + len(own) == len(LOCK)
    assert "\ntorch==" not in common and "\nnvidia-" not in common and "numpy==" in common
    assert own.startswith("cuda-") and "diffusers" not in own
    assert builds.requirement(LOCK, builds.named("cpu")) == "torch==2.13.0+cpu"
    assert all(line.count("==") == 1 and ";" not in line for line in constraints(common).splitlines())


@pytest.mark.parametrize("version", ["311", "312", "313"])
def test_the_neural_tier_has_the_versions_of_the_core(version):
    def versions(tier):
        lock = ROOT / "backend" / "requirements" / f"{tier}-py{version}.lock"
        return set(constraints(lock.read_text("utf-8")).splitlines())

    assert versions("core") <= versions("neural")
    assert "torch==2.13.0" in versions("neural")
