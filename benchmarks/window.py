"""How long Blender's event loop is held up while twenty jobs report progress, in a Blender with a window.

MUSEUM_GUI_BLENDER names that Blender; without it nothing is measured. MUSEUM_BACKEND_PYTHON names the backend's Python.
The loop is sampled by a timer: a gap between two of its ticks is time in which Blender answered nobody.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
JOBS, SECONDS, STEPS = 20, 0.5, 20
PHASE_S = 5.0
SAMPLE_S = 0.001
PUMP_S = 0.05
SETTLE_S = 2.0
STALL_MS = 16.0
LIMIT_S = 400


def main() -> int:
    """Measure, and print the rows as JSON."""
    launcher = os.environ.get("MUSEUM_GUI_BLENDER", "")
    rows = table(measure(shlex.split(launcher))) if launcher else []
    print(json.dumps(rows))
    return 0 if all(entry["passed"] is not False for entry in rows) else 1


def measure(launcher: list[str]) -> dict[str, Any]:
    """What this file reports when it runs inside Blender."""
    sys.path.insert(0, str(ROOT))
    from devtools.build import build

    with tempfile.TemporaryDirectory(prefix="museum-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        archive = build(ROOT, Path(sys.executable), folder)
        command = [*launcher, "--factory-startup", "--python", __file__, "--", str(archive), str(folder)]
        environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "blender")}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, cwd=ROOT, check=False
        )
        if not (folder / "gaps.json").exists():
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
        found = json.loads((folder / "gaps.json").read_text())
    if found["error"]:
        raise SystemExit(found["error"])
    return found


def table(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows: what jobs add to the loop without drawing, what they add with it, and what the parts take."""
    idle, own, quiet, shown = (found[name] for name in ("idle", "redraws", "jobs, no sidebar", "jobs, list in view"))
    seen = f"{JOBS} jobs, list in view"
    return [
        row("event loop held up, no sidebar", STALL_MS, quiet["longest"] - idle["longest"],
            f"{JOBS} jobs, above idle; longest gap {said(quiet)}; idle {said(idle)}, of which Blender sleeps 5"),
        row("event loop held up, list in view", None, shown["longest"] - own["longest"],
            f"{JOBS} jobs, above ceaseless redraws of Blender's own tab; longest gap {said(shown)}; "
            f"own tab {said(own)}; drawn by {found['renderer']}"),
        row("redraw with the list, above Blender's own tab", None, found["redraws, list"]["p99"] - own["p99"],
            f"99th percentiles of ceaseless redraws, no job running; {JOBS} jobs listed: "
            f"longest gap {said(found['redraws, list'])}"),
        row("the panels' Python, one redraw", STALL_MS, found["draw_ms"], f"longest of {found['draws']}; {seen}"),
        row("longest pump tick", STALL_MS, found["pump_ms"], seen),
    ]  # fmt: skip


def said(figures: dict[str, float]) -> str:
    return f"{figures['longest']:.1f} ms (99% {figures['p99']:.1f})"


def row(name: str, target: float | None, value: float, note: str) -> dict[str, Any]:
    """target: at most so many milliseconds; None where the renderer decides, not the extension."""
    return {
        "name": name, "target": "" if target is None else f"<= {target:g}", "value": round(value, 2),
        "unit": "ms", "passed": None if target is None else value <= target, "note": note,
    }  # fmt: skip


def watch(script: Any, archive: Path) -> Iterator[Any]:
    """The phases: nothing to do; redraws of Blender's own tab; jobs with their list in view; jobs out of view."""
    import bpy
    import steering

    gaps = Gaps()
    drawing, report = Drawing(gaps), script.report
    yield from steering.install(archive)
    yield from steering.open_tab()
    steering.submit_noop()
    yield arrived
    clear()
    yield SETTLE_S
    bpy.app.timers.register(gaps.tick)
    gaps.start()
    yield PHASE_S
    report["idle"] = gaps.figures()
    steering.sidebar().active_panel_category = "View"
    yield SETTLE_S
    yield from redraws(gaps)
    report["redraws"] = gaps.figures()
    steering.sidebar().active_panel_category = "Museum"
    yield SETTLE_S
    drawing.watch()
    yield from jobs(gaps)
    report["jobs, list in view"] = gaps.figures()
    report["draw_ms"], report["draws"] = drawing.longest_ms, drawing.count
    report["pump_ms"] = steering.part("runtime").current().pump.longest_tick_s * 1e3
    yield from redraws(gaps)
    report["redraws, list"] = gaps.figures()
    clear()
    steering.view().spaces.active.show_region_ui = False
    yield SETTLE_S
    yield from jobs(gaps)
    report["jobs, no sidebar"] = gaps.figures()
    report["renderer"] = renderer()


def renderer() -> str:
    import gpu

    return gpu.platform.renderer_get()


def redraws(gaps: Gaps) -> Iterator[Any]:
    """The sidebar drawn as often as the pump has it drawn, while nothing happens."""
    import steering

    gaps.start()
    for _ in range(round(PHASE_S / PUMP_S)):
        steering.part("pump").redraw_sidebars()
        yield PUMP_S


def jobs(gaps: Gaps) -> Iterator[Any]:
    """Twenty jobs, from the first request to the last result."""
    import steering

    steering.part("runtime").current().pump.longest_tick_s = 0.0
    for _ in range(JOBS):
        steering.submit_noop(seconds=SECONDS, steps=STEPS)
    yield SAMPLE_S  # sending twenty requests from one script is not what is measured
    gaps.start()
    yield arrived


def arrived() -> bool:
    import steering

    return all(row.imported for row in steering.rows())


def clear() -> None:
    import bpy
    import steering

    steering.part("actions").clear_finished(bpy.context)


class Gaps:
    """A timer as short as Blender allows, and the times between its ticks."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._last = time.perf_counter()
        self._all: list[float] = []

    def tick(self) -> float:
        now = time.perf_counter()
        self._all.append((now - self._last) * 1e3)
        self._last = now
        return SAMPLE_S

    @property
    def ticks(self) -> int:
        return len(self._all)

    def figures(self) -> dict[str, float]:
        """Milliseconds."""
        ordered = sorted(self._all)
        return {"p99": ordered[int(len(ordered) * 0.99)], "longest": ordered[-1]}


class Drawing:
    """How long the panels' own code takes in one redraw, which is all of it between two ticks of the sampling timer.

    Blender asks a panel's class for its ``draw`` each time, so one that keeps time can stand in for it.
    """

    def __init__(self, gaps: Gaps) -> None:
        self.longest_ms, self.count = 0.0, 0
        self._gaps, self._tick, self._sum_ms = gaps, -1, 0.0

    def watch(self) -> None:
        import bpy

        for panel in bpy.types.Panel.__subclasses__():
            if panel.__name__.startswith("MUSEUM_PT_"):
                panel.draw = self._timed(panel.draw)

    def _timed(self, draw: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def timed(panel: Any, context: Any) -> None:
            if self._tick != self._gaps.ticks:
                self._tick, self._sum_ms, self.count = self._gaps.ticks, 0.0, self.count + 1
            begin = time.perf_counter()
            draw(panel, context)
            self._sum_ms += (time.perf_counter() - begin) * 1e3
            self.longest_ms = max(self.longest_ms, self._sum_ms)

        return timed


def inside() -> None:
    """What Blender does."""
    sys.path.insert(0, str(ROOT / "tests" / "gui"))
    import steering

    archive, folder = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :][:2])
    script = steering.Script(folder / "gaps.json")
    steering.plain_window()
    script.play(watch(script, archive))


if __name__ == "__main__":
    inside()
