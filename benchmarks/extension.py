"""How fast the extension is inside Blender: enabling, from prompt to object, and the longest stall of the main thread.

Runs in the environment that has Blender as a module. MUSEUM_BACKEND_PYTHON names the backend's Python.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "bl_ext.museum_bench.museum_addon"
PROMPT = "celadon bowl, 12 cm high"
ENABLE_RUNS, WARM_RUNS, JOBS = 5, 5, 20
LIMIT_S = 180.0
ENABLE_MS, WARM_S, COLD_S, STALL_MS = 150.0, 2.0, 6.0, 16.0


def main() -> int:
    """Measure, and print the rows as JSON. A process of its own for each run that must be fresh."""
    enabling = [child("enable")["ms"] for _ in range(ENABLE_RUNS)]
    flow = child("flow")
    rows = [
        row("extension enabled", ENABLE_MS, statistics.median(enabling), "ms", f"median of {ENABLE_RUNS} processes"),
        row("prompt to object, warm", WARM_S, statistics.median(flow["warm"]), "s", f"median of {WARM_RUNS}, 1024 px"),
        row("prompt to object, cold start", COLD_S, flow["cold"], "s", "backend not running, engines compiled before"),
        row("longest pump tick", STALL_MS, flow["stall_ms"], "ms", f"{JOBS} jobs running, imports aside"),
    ]
    print(json.dumps(rows))
    return 0 if all(entry["passed"] is not False for entry in rows) else 1


def row(name: str, target: float, value: float, unit: str, note: str) -> dict[str, Any]:
    return {
        "name": name, "target": f"<= {target:g}", "value": round(value, 2), "unit": unit, "passed": value <= target,
        "note": note,
    }  # fmt: skip


def child(part: str) -> dict[str, Any]:
    """Run one part in a fresh Blender; it prints its figures last."""
    with tempfile.TemporaryDirectory(prefix="museum-bench-", ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "BLENDER_USER_RESOURCES": folder}
        command = [sys.executable, str(Path(__file__)), part, folder]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def enable(folder: Path) -> tuple[SimpleNamespace, float]:
    """The enabled extension, and how many milliseconds that took."""
    import bpy  # isort: split
    import addon_utils

    repository = folder / "repository"
    repository.mkdir()
    (repository / "museum_addon").symlink_to(ROOT, target_is_directory=True)
    bpy.context.preferences.extensions.repos.new(name="Museum", module="museum_bench", custom_directory=str(repository))
    addon_utils.extensions_refresh()
    begin = time.perf_counter()
    addon_utils.enable(PACKAGE, default_set=True)
    ms = (time.perf_counter() - begin) * 1e3
    names = ("actions", "joblist", "preferences", "runtime", "core.requests", "client.messages")
    modules = {name.rpartition(".")[2]: import_module(f"{PACKAGE}.museum_addon.{name}") for name in names}
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    modules["preferences"].preferences(bpy.context).data_folder = str(folder / "data")
    return SimpleNamespace(**modules), ms


def turn(museum: SimpleNamespace, condition: Callable[[], bool]) -> float:
    """Turn the pump until the condition holds; answers the seconds it took."""
    begin = time.perf_counter()
    while not condition():
        if time.perf_counter() - begin > LIMIT_S:
            raise SystemExit(f"It never came: {museum.runtime.current().backend}")
        museum.runtime.current().pump.pump_once()
        time.sleep(0.002)
    return time.perf_counter() - begin


def create(museum: SimpleNamespace) -> float:
    """One artifact; seconds from the request to the object in the scene."""
    import bpy

    begin = time.perf_counter()
    key = museum.actions.create_artifact(bpy.context, PROMPT, seed=1)

    def arrived() -> bool:
        found = bpy.context.scene.museum.jobs[key]
        if found.state == "failed":
            raise SystemExit(f"{found.error} {found.fix}")
        return found.imported

    turn(museum, arrived)
    return time.perf_counter() - begin


def flow(museum: SimpleNamespace) -> dict[str, Any]:
    """First, warm and cold artifacts; then twenty jobs that report progress while the pump turns."""
    create(museum)  # compiles, where the environment has not been warmed yet
    warm = [create(museum) for _ in range(WARM_RUNS)]
    stop(museum)
    cold = create(museum)
    state = museum.runtime.current()
    state.pump.longest_tick_s = 0.0
    run_many(museum)
    stall_ms = state.pump.longest_tick_s * 1e3
    stop(museum)
    return {"warm": warm, "cold": cold, "stall_ms": stall_ms}


def run_many(museum: SimpleNamespace) -> None:
    """Jobs with many progress reports, all of them in the list."""
    import bpy

    keys = []
    session = museum.actions.session(bpy.context)
    for _ in range(JOBS):
        request = museum.requests.JobRequest("diagnostic", "noop", {"seconds": 0.5, "steps": 50}, "no-op")
        museum.joblist.add_row(bpy.context.scene, request, (0.0, 0.0, 0.0))
        session.submit(request)
        keys.append(request.idempotency_key)
    turn(museum, lambda: all(bpy.context.scene.museum.jobs[key].imported for key in keys))


def stop(museum: SimpleNamespace) -> None:
    """Have the server leave, and wait for its word."""
    import bpy

    state = museum.runtime.current()
    museum.actions.stop_backend(bpy.context)
    turn(museum, lambda: state.backend.state is museum.messages.BackendState.OFF)


def child_main(part: str, folder: Path) -> None:
    """What a fresh process does."""
    museum, ms = enable(folder)
    figures = {"ms": ms} if part == "enable" else flow(museum)
    import addon_utils  # found only once bpy has been imported

    addon_utils.disable(PACKAGE)
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child_main(sys.argv[1], Path(sys.argv[2]))
    else:
        sys.exit(main())
