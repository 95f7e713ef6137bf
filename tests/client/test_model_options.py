"""What the embedded backend is told of models, and which engines are installed."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from museum_addon.client.environment import InstallPlan, write_record
from museum_addon.client.installer import Installer
from museum_addon.client.messages import BackendChanged, BackendState, ModelsListed, ModelsTrouble, ResourcesListed
from museum_addon.client.model_options import ModelOptions
from museum_addon.client.python_finder import probe
from museum_addon.paths import DataPaths

from .conftest import ROOT, server_pid

SECRET = "hf_secret_of_the_test"


def test_the_command_line_holds_everything_but_the_token(tmp_path):
    paths = DataPaths(tmp_path)
    options = ModelOptions(Path("/m"), (Path("/a"), Path("/b")), "https://mirror.invalid", True, SECRET, 60.0)
    given = options.arguments(paths)
    assert SECRET not in " ".join(given) and SECRET not in repr(options)
    assert given[given.index("--models-token-file") + 1] == str(paths.models_token)
    assert [given[n + 1] for n, word in enumerate(given) if word == "--models-more"] == [
        str(Path("/a")),
        str(Path("/b")),
    ]
    assert "--models-offline" in given and given[given.index("--models-idle-s") + 1] == "60"
    assert ModelOptions().arguments(paths) == ["--models-idle-s", "600"]
    described = ModelOptions(servers=tmp_path / "servers.json").arguments(paths)
    assert described == ["--models-idle-s", "600", "--servers", str(tmp_path / "servers.json")]


def test_the_token_file_is_this_users_alone_and_leaves_with_the_token(tmp_path):
    paths = DataPaths(tmp_path)
    for token in (SECRET, SECRET + "2"):
        ModelOptions(token=token).leave_token(paths)
        assert paths.models_token.read_text("utf-8").strip() == token
        if sys.platform != "win32":
            assert stat.S_IMODE(paths.models_token.stat().st_mode) == 0o600
    ModelOptions().leave_token(paths)
    assert not paths.models_token.exists() and list(paths.backend.iterdir()) == []


def test_a_backend_with_other_settings_is_started_anew(open_session, tmp_path):
    first = open_session(models=ModelOptions(tmp_path / "one"))
    first.session.start()
    first.session.ask_models()
    assert first.until(ModelsListed).listing.folder == str(tmp_path / "one")
    pid = server_pid(tmp_path / "data")
    same = open_session(models=ModelOptions(tmp_path / "one"))
    same.session.start()
    same.until(BackendChanged, state=BackendState.READY)
    assert server_pid(tmp_path / "data") == pid
    first.session.close()
    same.session.close()
    other = open_session(models=ModelOptions(tmp_path / "two", offline=True))
    other.session.start()
    other.session.ask_models()
    told = other.until(ModelsListed).listing
    assert (told.folder, told.offline) == (str(tmp_path / "two"), True)
    other.session.ask_resources()
    assert not other.until(ResourcesListed).resources.neural


def test_without_a_backend_it_is_said_that_models_cannot_be_listed(open_session):
    heard = open_session(ready_python=None, python=None)
    heard.session.start()
    heard.session.ask_models()
    trouble = heard.until(ModelsTrouble)
    assert trouble.name == "" and trouble.message and trouble.fix


@pytest.fixture
def installed(tmp_path):
    """Make an environment that looks complete, for a tier and a build."""

    def make(tier: str, torch: str = "") -> InstallPlan:
        plan = InstallPlan.for_extension(DataPaths(tmp_path / "data"), ROOT, None, tier, torch)
        plan.interpreter.parent.mkdir(parents=True)
        plan.interpreter.touch()
        write_record(plan, (3, 11, 0), torch)
        return plan

    return make


@pytest.mark.parametrize(
    ("there", "wanted", "sentence"),
    [
        (("core", ""), ("neural", "cpu"), "not installed yet"),
        (("neural", "cpu"), ("core", ""), "not wanted any more"),
        (("neural", "cpu"), ("neural", "cuda"), "Another build"),
    ],
)
def test_another_choice_of_engines_offers_an_update(open_session, installed, there, wanted, sentence):
    installed(*there)
    heard = open_session(ready_python=None, tier=wanted[0], torch=wanted[1])
    heard.session.start()
    told = heard.until(BackendChanged, state=BackendState.UPDATE_NEEDED)
    assert sentence in told.sentence and "Update" in told.fix
    assert ("GB" in told.fix) == (wanted[0] == "neural")


def test_another_version_of_the_extension_is_told_apart(open_session, installed):
    plan = installed("core")
    record = json.loads(plan.record.read_text("utf-8"))
    plan.record.write_text(json.dumps({**record, "lock_sha256": "0"}), "utf-8")
    heard = open_session(ready_python=None)
    heard.session.start()
    assert "another version" in heard.until(BackendChanged, state=BackendState.UPDATE_NEEDED).sentence


def test_what_stays_on_the_disk_is_less_than_what_installing_takes(tmp_path):
    paths = DataPaths(tmp_path)
    core = InstallPlan.for_extension(paths, ROOT, None)
    assert core.kept_bytes == 1_200_000_000 < core.needed_bytes
    for kind in ("cpu", "cuda"):
        plan = InstallPlan.for_extension(paths, ROOT, None, "neural", kind)
        assert core.kept_bytes < plan.kept_bytes < plan.needed_bytes


def test_engines_that_are_not_wanted_any_more_give_their_space_back(tmp_path):
    """pip would leave PyTorch where it is; the environment is made anew instead."""
    plan = InstallPlan.for_extension(DataPaths(tmp_path), ROOT, Path(sys.executable))
    plan.interpreter.parent.mkdir(parents=True)
    plan.interpreter.symlink_to(sys.executable)
    packages = plan.environment / "lib" / "python3.11" / "site-packages"
    (packages / "pip").mkdir(parents=True)
    (packages / "pip" / "__main__.py").touch()
    python, installer = probe(Path(sys.executable)), Installer(plan, lambda *_: None)
    assert python is not None and installer._can_continue(python, None)
    (packages / "torch-2.13.0.dist-info").mkdir()
    assert not installer._can_continue(python, None)
