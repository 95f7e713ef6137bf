"""The installer, making real environments from tiny wheels: a package list of one wheel and a backend of one file."""

import base64
import hashlib
import shutil
import subprocess
import sys
import threading
import zipfile

import psutil
import pytest

from museum_addon.client.environment import EnvironmentState, InstallPlan, environment_state
from museum_addon.client.exclusive import exclusive
from museum_addon.client.installer import UNPACKING_MARK, Installer
from museum_addon.client.pip_output import PipProgress, explain
from museum_addon.client.python_finder import candidates, find_python, probe
from museum_addon.core.errors import Cancelled, InstallError

VERSION = f"{sys.version_info[0]}{sys.version_info[1]}"
CHECK = "import sys, tiny\nassert sys.argv[1] == 'check'\nprint('works')\n"


def wheel(folder, name="tiny", version="1.0"):
    """A wheel of one module; returns its checksum."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "VALUE = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return hashlib.sha256(target.read_bytes()).hexdigest()


def make_plan(tmp_path, monkeypatch):
    """A plan for an extension whose backend needs one wheel; pip sees a folder instead of the internet."""
    wheels, requirements = tmp_path / "wheels", tmp_path / "extension" / "backend" / "requirements"
    wheels.mkdir()
    requirements.mkdir(parents=True)
    digest = wheel(wheels)
    (requirements / f"core-py{VERSION}.lock").write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n")
    (requirements.parent / "__init__.py").touch()
    (requirements.parent / "__main__.py").write_text(CHECK)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    data = tmp_path / "data"
    return InstallPlan(
        data / "env", data / "installed.json", data / "install.log", data / "jobs",
        tmp_path / "extension", python=find_python(None).path,
    )  # fmt: skip


@pytest.fixture
def plan(tmp_path, monkeypatch):
    return make_plan(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A plan that was carried out; not to be changed, except for what the test puts back."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        plan = make_plan(tmp_path_factory.mktemp("finished"), monkeypatch)
        Installer(plan, lambda fraction, step: None).install()
        yield plan


@pytest.fixture
def sound(finished, monkeypatch):
    """The same, for tests that install into it again, which is quicker than making another environment."""
    kept = [finished.lock_file(sys.version_info[:2]), finished.source_dir / "backend" / "__main__.py", finished.record]
    before = [path.read_bytes() for path in kept]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(finished.source_dir.parent / "wheels"))
    yield finished
    for path, data in zip(kept, before, strict=True):
        path.write_bytes(data)


@pytest.fixture
def installer(plan):
    return Installer(plan, lambda fraction, step: None)


def gone(pid):
    """Whether a process has ended, be it that nobody has asked for its exit status yet."""
    try:
        process = psutil.Process(pid)
        psutil.wait_procs([process], timeout=2)
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def refused(plan):
    """The error with which an installation ends."""
    with pytest.raises(InstallError) as caught:
        Installer(plan, lambda fraction, step: None).install()
    assert caught.value.fix
    return caught.value


def imports_tiny(plan):
    command = [str(plan.interpreter), "-I", "-c", "import tiny"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_installing_and_installing_again(plan):
    told = []
    assert environment_state(plan) is EnvironmentState.MISSING
    Installer(plan, lambda fraction, step: told.append((fraction, step))).install()
    assert environment_state(plan) is EnvironmentState.READY and imports_tiny(plan)
    assert told[0][0] == 0.0 and told[-1][0] == 1.0
    assert "works" in plan.log.read_text()
    made = plan.interpreter.stat().st_ctime_ns
    Installer(plan, lambda fraction, step: None).install()
    assert plan.interpreter.stat().st_ctime_ns == made, "a sound environment is kept"
    assert not plan.temporary.exists()


def test_line_ends_of_the_lock_file_do_not_matter_but_its_lines_do(finished):
    lock = finished.lock_file(sys.version_info[:2])
    before = lock.read_bytes()
    lock.write_bytes(before.replace(b"\n", b"\r\n"))
    assert environment_state(finished) is EnvironmentState.READY
    lock.write_bytes(before + b"# newer\n")
    assert environment_state(finished) is EnvironmentState.OUTDATED
    lock.write_bytes(before)


def test_a_damaged_record_counts_as_incomplete(finished):
    before = finished.record.read_bytes()
    finished.record.write_text('{"tier": "co')
    assert environment_state(finished) is EnvironmentState.INCOMPLETE
    finished.record.write_bytes(before)


def test_repair_makes_a_damaged_environment_whole(sound):
    next(sound.environment.rglob("tiny.py")).unlink()
    assert not imports_tiny(sound)
    Installer(sound, lambda fraction, step: None).repair()
    assert imports_tiny(sound) and environment_state(sound) is EnvironmentState.READY


def test_cancel_ends_the_whole_process_tree_and_the_next_run_completes_it(sound):
    """The check step starts a child that waits for ever; cancelling ends both."""
    plan = sound
    main = plan.source_dir / "backend" / "__main__.py"
    main.write_text(
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "pathlib.Path(__file__).with_name('pid').write_text(str(child.pid))\n"
        "print('started', flush=True)\n"
        "time.sleep(600)\n"
    )
    stopped = []
    installer = Installer(plan, lambda fraction, step: None)

    def install():
        try:
            installer.install()
        except Cancelled as error:
            stopped.append(error)

    thread = threading.Thread(target=install)
    thread.start()
    waiting = threading.Event()
    while thread.is_alive() and "started" not in plan.log.read_text():
        waiting.wait(0.05)
    installer.cancel()
    thread.join()
    assert stopped and stopped[0].fix
    assert gone(int(main.with_name("pid").read_text()))
    assert environment_state(plan) is EnvironmentState.INCOMPLETE
    main.write_text(CHECK)
    Installer(plan, lambda fraction, step: None).install()
    assert environment_state(plan) is EnvironmentState.READY


def test_an_installation_that_died_while_unpacking_is_made_anew(sound):
    sound.record.unlink()
    (sound.environment / UNPACKING_MARK).touch()
    next(sound.environment.rglob("tiny.py")).unlink()  # its metadata say that it is there
    assert environment_state(sound) is EnvironmentState.INCOMPLETE
    Installer(sound, lambda fraction, step: None).install()
    assert imports_tiny(sound)


def test_half_a_virtual_environment_is_made_anew(plan, installer):
    (plan.environment / "bin").mkdir(parents=True)
    installer.install()
    assert imports_tiny(plan)


def test_a_full_disk_is_noticed_before_anything_is_made(plan, installer, tmp_path, monkeypatch):
    full = shutil.disk_usage(tmp_path)._replace(free=100_000_000)
    monkeypatch.setattr("museum_addon.client.installer.shutil.disk_usage", lambda folder: full)
    with pytest.raises(InstallError) as caught:
        installer.install()
    assert "disk space" in caught.value.message and not plan.environment.exists()


def test_a_wheel_that_was_altered_is_refused(sound):
    wheel(sound.source_dir.parent / "wheels", "altered")
    sound.lock_file(sys.version_info[:2]).write_text(f"altered==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    assert "not the one" in refused(sound).message
    assert environment_state(sound) is EnvironmentState.INCOMPLETE


def test_a_package_without_a_build_for_this_computer(sound):
    sound.lock_file(sys.version_info[:2]).write_text("no-such-package==1.0\n")
    assert "no-such-package==1.0" in refused(sound).message


def test_a_backend_that_does_not_work_is_not_called_installed(sound):
    (sound.source_dir / "backend" / "__main__.py").write_text("raise RuntimeError('no such instruction')\n")
    assert "no such instruction" in refused(sound).message
    assert environment_state(sound) is not EnvironmentState.READY


def test_a_second_installation_beside_the_first_is_refused(sound):
    with exclusive(sound.environment.with_name("env.lock")) as held:
        assert held
        assert "Another Blender" in refused(sound).message
    assert environment_state(sound) is EnvironmentState.READY


def test_settings_that_lead_pip_elsewhere_are_dropped(sound, monkeypatch, tmp_path):
    digest = wheel(sound.source_dir.parent / "wheels", "another")
    sound.lock_file(sys.version_info[:2]).write_text(f"another==1.0 \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "misleading"))
    Installer(sound, lambda fraction, step: None).install()
    assert list(sound.environment.rglob("another.py")) and not (tmp_path / "elsewhere").exists()


def test_this_python_is_found():
    found = find_python(None)
    assert found.supported and found.venv


def test_a_python_that_is_not_there(tmp_path):
    with pytest.raises(InstallError) as caught:
        find_python(tmp_path / "python")
    assert "does not run" in caught.value.message


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for an old Python is a shell script")
def test_a_python_of_the_wrong_version(tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho '{\"version\": [3, 9, 2], \"usable\": true, \"venv\": true}'\n")
    old.chmod(0o755)
    with pytest.raises(InstallError) as caught:
        find_python(old)
    assert "3.9.2" in caught.value.message and "3.11" in caught.value.fix


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for such a Python is a shell script")
def test_a_python_without_venv_names_the_package(tmp_path):
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho '{\"version\": [3, 11, 2], \"usable\": true, \"venv\": false}'\n")
    bare.chmod(0o755)
    with pytest.raises(InstallError) as caught:
        find_python(bare)
    assert "python3.11-venv" in caught.value.fix


def test_no_python_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr("museum_addon.client.python_finder.candidates", lambda: iter([tmp_path / "python"]))
    with pytest.raises(InstallError) as caught:
        find_python(None)
    assert "python.org" in caught.value.fix


def test_something_else_than_python_is_passed_over(tmp_path):
    assert probe(tmp_path) is None
    assert all(path.is_file() for path in candidates())


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("OSError: [Errno 28] No space left on device", "disk became full"),
        ("NewConnectionError(... Network is unreachable)\nERROR: No matching distribution found for x==1", "reached"),
        ("Could not fetch URL: SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "TLS"),
        ("ERROR: No matching distribution found for embreex==4.4.0", "embreex==4.4.0"),
        ("The virtual environment was not created because ensurepip is not available.", "venv part"),
        ("PermissionError: [WinError 5] Access is denied: 'x'", "could not be written"),
        ("ERROR: something entirely new", "something entirely new"),
    ],
)
def test_the_most_basic_cause_is_named(output, expected):
    error = explain(output, "Installing")
    assert expected in error.message and error.fix


def test_progress_never_runs_backwards_and_ends_at_one():
    progress = PipProgress(2)
    seen = [progress.fraction(0)]
    for line in ("Collecting a==1", "  Downloading a-1-py3-none-any.whl (3.0 MB)", "Collecting b==2",
                 "Installing collected packages: a, b"):  # fmt: skip
        progress.take(line)
        seen.append(progress.fraction(0))
    seen += [progress.fraction(1), progress.fraction(2), progress.fraction(9)]
    assert seen == sorted(seen) and seen[-1] == 1.0
