"""The extension, enabled as an installed extension in the bpy wheel."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.museum_tests.museum_addon"
LIMIT_S = 300.0

if find_spec("bpy") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    # Blender reads this once, when bpy is imported.
    _resources = tempfile.TemporaryDirectory(prefix="museum-blender-", ignore_cleanup_errors=True)
    os.environ["BLENDER_USER_RESOURCES"] = _resources.name


@pytest.fixture(scope="session")
def installed() -> str:
    """The package name under which Blender can enable the checkout."""
    import addon_utils
    import bpy

    repository = Path(_resources.name) / "repository"
    repository.mkdir()
    (repository / "museum_addon").symlink_to(ROOT, target_is_directory=True)
    bpy.context.preferences.extensions.repos.new(
        name="Museum tests", module="museum_tests", custom_directory=str(repository)
    )
    addon_utils.extensions_refresh()
    return PACKAGE


@pytest.fixture(scope="session")
def enabled(installed: str, backend_python: Path) -> Iterator[SimpleNamespace]:
    """The enabled extension's modules, by the last part of their names."""
    import addon_utils

    assert addon_utils.enable(installed, default_set=True) is not None
    names = ("actions", "handlers", "joblist", "preferences", "registration", "runtime", "sessions",
             "scene.importer", "core.errors", "core.glb", "core.jobs", "core.paradata", "core.requests",
             "client.messages")  # fmt: skip
    modules = {name.rpartition(".")[2]: import_module(f"{installed}.museum_addon.{name}") for name in names}
    yield SimpleNamespace(**modules, package=installed)
    addon_utils.disable(installed)


@pytest.fixture(scope="session")
def data_folder(enabled: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the backend of all tests keeps its jobs, and the engines their compiled code. Stopped at the end."""
    import bpy

    folder = tmp_path_factory.mktemp("data")
    yield folder
    enabled.preferences.preferences(bpy.context).data_folder = str(folder)
    stop_server(enabled)


@pytest.fixture
def museum(enabled: SimpleNamespace, data_folder: Path) -> Iterator[SimpleNamespace]:
    """The extension with an empty file and no session; the next one adopts the server if it still runs."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    chosen = enabled.preferences.preferences(bpy.context)
    chosen.data_folder = str(data_folder)
    yield enabled
    cancel_all(enabled)
    enabled.runtime.current().close_session(timeout=LIMIT_S)
    chosen = enabled.preferences.preferences(bpy.context)  # others, where the test disabled and enabled the extension
    for name in ("mode", "url", "token", "data_folder"):
        chosen.property_unset(name)


def cancel_all(enabled: SimpleNamespace) -> None:
    """Leave no job to the next test."""
    session = enabled.runtime.current().session
    unfinished = [row.job_id for row in unfinished_rows(enabled) if row.job_id]
    for job_id in unfinished:
        if session is not None:
            session.cancel(job_id)
    deadline = time.monotonic() + LIMIT_S
    while session is not None and any(row.job_id in unfinished for row in unfinished_rows(enabled)):
        assert time.monotonic() < deadline, describe(enabled)
        enabled.runtime.current().pump.pump_once()
        time.sleep(0.005)


def unfinished_rows(enabled: SimpleNamespace) -> list:
    """Rows of jobs that have not ended."""
    return [row for _scene, row in enabled.joblist.rows() if row.state in enabled.joblist.UNFINISHED]


def stop_server(enabled: SimpleNamespace) -> None:
    """Have the server leave, and wait until it said so."""
    import bpy

    state = enabled.runtime.current()
    enabled.actions.start_backend(bpy.context)
    state.session.stop_backend()
    deadline = time.monotonic() + LIMIT_S
    while state.backend.sentence != "The backend is switched off.":
        assert time.monotonic() < deadline, describe(enabled)
        state.pump.pump_once()
        time.sleep(0.01)
    state.close_session(timeout=LIMIT_S)


@pytest.fixture
def pump(museum: SimpleNamespace) -> Callable[[Callable[[], bool]], None]:
    """Turn the pump, as Blender's event loop would, until the condition holds."""

    def turn(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline, describe(museum)
            if not museum.runtime.current().pump.pump_once():
                time.sleep(0.005)

    return turn


def describe(museum: SimpleNamespace) -> str:
    """What is known when something never came."""
    rows = [(row.label[:30], row.state, row.message, row.error) for _scene, row in museum.joblist.rows()]
    return f"backend: {museum.runtime.current().backend}; jobs: {rows}"
