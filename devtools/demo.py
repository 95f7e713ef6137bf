"""The main job, end to end: collection records become objects, a lit scene, a picture and GLBs.

Runs the extension as Blender runs it: enabled from an extension repository, through its operators, with its own
embedded backend. Needs the bpy wheel and a Python with the backend's packages (MUSEUM_BACKEND_PYTHON).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import requests

from .demo_report import collect, print_table, write_report

ROOT = Path(__file__).resolve().parents[1]
REAL_RECORDS = ROOT.parent / "shared" / "data" / "collections" / "cmoa_art_before_1300.json"
SAMPLE_RECORDS = ROOT / "museum_addon" / "exhibition" / "data" / "sample_records.json"
REPOSITORY = "museum_demo"
PACKAGE = f"bl_ext.{REPOSITORY}.museum_addon"
PROGRESS_S = 5.0
JOBS_LIMIT_S = 900.0
RENDER_LIMIT_S = 60.0
START_S = 60.0
LEAVE_S = 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration. Answers the exit status: 0 when every record became an object."""
    options = parse(argv)
    records = options.records or (REAL_RECORDS if REAL_RECORDS.is_file() else SAMPLE_RECORDS)
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    print(f"Records: {records}\nResults: {out}", flush=True)
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="museum-demo-", ignore_cleanup_errors=True) as temporary:
        os.environ["BLENDER_USER_RESOURCES"] = temporary  # Blender reads it once, when bpy is imported
        with quiet(out / "blender.log"), enabled_extension(Path(temporary), options.data.resolve()) as museum:
            try:
                report = produce(museum, records, out, options)
            except KeyboardInterrupt:
                say("\nInterrupted; the backend is being stopped.")
                abandon(museum)
                return 130
    report["seconds"]["all"] = round(time.perf_counter() - begin, 1)
    write_report(out, report)
    print_table(out, report)
    return 0 if report["made"] == report["asked"] else 1


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description="Records become objects, a picture and GLBs.")
    parser.add_argument("--out", type=Path, default=Path("demo-out"), help="where the results go (demo-out)")
    parser.add_argument("--records", type=Path, help="a JSON or CSV file of records")
    parser.add_argument("--texture", choices=("512", "1024", "2048"), default="512", help="size of the maps (512)")
    parser.add_argument("--samples", type=int, default=48, help="render samples a pixel (48)")
    parser.add_argument("--data", type=Path, default=ROOT / ".cache" / "demo", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.records is not None and not options.records.is_file():
        parser.error(f"there is no file {options.records}; give a JSON or CSV file of records")
    return options


def say(text: str) -> None:
    """A line of progress, past Blender's own output."""
    print(text, file=sys.__stdout__, flush=True)


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Send what Blender prints to a file; ``say`` still reaches the terminal."""
    sys.stdout.flush()
    terminal = os.dup(1)
    sys.__stdout__ = os.fdopen(os.dup(terminal), "w", encoding="utf-8", errors="replace")  # type: ignore[misc]
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(terminal, 1)
            os.close(terminal)


@contextmanager
def enabled_extension(temporary: Path, data: Path) -> Iterator[SimpleNamespace]:
    """The checkout, enabled as an installed extension; afterwards no server of this run is left."""
    import bpy  # noqa: I001 - the wheel finds addon_utils only after it
    import addon_utils

    repository = temporary / "repository"
    repository.mkdir()
    link(repository / "museum_addon", ROOT)
    repositories = bpy.context.preferences.extensions.repos
    repositories.new(name="Museum demo", module=REPOSITORY, custom_directory=str(repository))
    addon_utils.extensions_refresh()
    if addon_utils.enable(PACKAGE, default_set=True) is None:
        raise SystemExit("The extension could not be enabled; the reason is in blender.log.")
    names = ("joblist", "preferences", "runtime", "paths", "client.environment")
    modules = {name.rpartition(".")[2]: import_module(f"{PACKAGE}.museum_addon.{name}") for name in names}
    museum = SimpleNamespace(**modules, data=data)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    museum.preferences.preferences(bpy.context).data_folder = str(data)
    adopt_environment(museum)
    try:
        yield museum
    finally:
        stop_backend(museum)
        addon_utils.disable(PACKAGE)


def link(place: Path, target: Path) -> None:
    """A link to a folder; on Windows a junction where links need rights that few users have."""
    if place.is_symlink() or place.exists():
        return
    try:
        place.symlink_to(target, target_is_directory=True)
    except OSError:
        subprocess.run(["cmd", "/c", "mklink", "/J", str(place), str(target)], check=True, capture_output=True)  # noqa: S607


def backend_python() -> Path:
    """The Python of the backend's environment. Exits with what to do when there is none."""
    usual = ROOT / ".venv-backend" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python = Path(os.environ.get("MUSEUM_BACKEND_PYTHON") or usual)
    if not python.is_file():
        raise SystemExit(f"There is no {python}. Run `python3 dev.py demo`, which makes it.")
    return python.absolute()


def adopt_environment(museum: SimpleNamespace) -> None:
    """Have the extension take the environment that dev.py installed for its own."""
    question = "import sys; print(sys.prefix); print(*sys.version_info[:3])"
    done = subprocess.run([backend_python(), "-c", question], capture_output=True, text=True, check=True)
    prefix, version = done.stdout.splitlines()
    paths = museum.paths.DataPaths(museum.data)
    paths.backend.mkdir(parents=True, exist_ok=True)
    if paths.environment.is_symlink() and paths.environment.resolve() != Path(prefix).resolve():
        paths.environment.unlink()
    link(paths.environment, Path(prefix))
    plan = museum.environment.InstallPlan.for_extension(paths, ROOT, None)
    museum.environment.write_record(plan, tuple(int(part) for part in version.split()))


def produce(museum: SimpleNamespace, records: Path, out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Load, create, arrange, light, render, save. Answers the report."""
    import bpy

    scene = bpy.context.scene
    scene.museum.create.texture_size = options.texture
    try:
        bpy.ops.museum.records_load(filepath=str(records.resolve()))
    except RuntimeError as error:  # the operator's report
        raise SystemExit(str(error).removeprefix("Error: ").strip()) from error
    group = scene.museum.collection
    asked = group.selected_count
    say(f"{asked} records loaded; sending them to the backend")
    begin = time.perf_counter()
    bpy.ops.museum.records_create()
    seconds = {"create": wait_for_jobs(museum, asked, begin)}
    stop_backend(museum)  # everything has arrived: the render may have its memory and its cores
    made = sum(job.imported for job in scene.museum.jobs)
    if made:
        with timed(seconds, "arrange", "Arranging the objects and setting up the studio"):
            bpy.ops.museum.arrange_rows()
            bpy.ops.museum.add_studio(samples=options.samples)
        with timed(seconds, "render", f"Rendering 1600 x 900 with Cycles (at most {RENDER_LIMIT_S:.0f} s)"):
            render(scene, out / "demo.png")
        with timed(seconds, "save", "Saving the scene and the GLBs"):
            (out / "demo.blend").unlink(missing_ok=True)  # or Blender keeps it as demo.blend1
            bpy.ops.wm.save_as_mainfile(filepath=str(out / "demo.blend"), compress=True)
            objects = collect(museum, out)
    else:
        objects = collect(museum, out)
    return {"asked": asked, "made": made, "records": records.name, "seconds": seconds, "objects": objects,
            "problems": [line for line in group.problems.split("\n") if line]}  # fmt: skip


def render(scene: Any, picture: Path) -> None:
    """Render within the time limit, telling how far it is."""
    import bpy

    said = [time.perf_counter()]

    def tell(statistics: str, *_rest: object) -> None:
        now = time.perf_counter()
        sample = re.search(r"Sample \d+/\d+", str(statistics))
        if sample and now - said[0] >= PROGRESS_S:
            said[0] = now
            say(f"  {sample[0]}")

    scene.cycles.time_limit = RENDER_LIMIT_S
    scene.render.filepath = str(picture)
    bpy.app.handlers.render_stats.append(tell)
    # Python sees no interrupt while Blender renders; no server runs any more, so the process may simply end.
    former = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        bpy.ops.render.render(write_still=True)
    finally:
        signal.signal(signal.SIGINT, former)
        bpy.app.handlers.render_stats.remove(tell)


@contextmanager
def timed(seconds: dict[str, float], name: str, what: str) -> Iterator[None]:
    """Say what begins, and note how long it took."""
    say(what)
    begin = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - begin, 1)


def wait_for_jobs(museum: SimpleNamespace, count: int, begin: float) -> float:
    """Turn the pump until every job has arrived or failed, telling how far it is. Answers the seconds it took."""
    import bpy

    state = museum.runtime.current()
    said = begin
    while True:
        changed = state.pump.pump_once()
        jobs = bpy.context.scene.museum.jobs
        now = time.perf_counter()
        done = sum(job.imported for job in jobs)
        failed = sum(bool(job.error) and not job.imported for job in jobs)
        if now - said >= PROGRESS_S or done + failed == count:
            said = now
            busy = (f"{job.label}: {job.message}" for job in jobs if job.state == "running")
            running = next(busy, state.backend.sentence if done + failed < count else "")
            say(f"  {done} of {count} in the scene, {now - begin:.0f} s  {running}".rstrip())
        if done + failed == count:
            return round(now - begin, 1)
        if now - begin > JOBS_LIMIT_S or state.backend.state in ("failed", "not_installed", "update_needed"):
            raise SystemExit(f"The backend: {state.backend.sentence} {state.backend.fix}")
        if not changed:
            time.sleep(0.01)


def abandon(museum: SimpleNamespace) -> None:
    """Cancel what has not ended, so that the next run does not start with it."""
    session = museum.runtime.current().session
    if session is not None:
        for _scene, row in museum.joblist.rows():
            if row.job_id and row.state in museum.joblist.UNFINISHED:
                session.cancel(row.job_id)
        time.sleep(0.5)  # the commands leave on a thread of the session's own


def stop_backend(museum: SimpleNamespace) -> None:
    """Have the embedded server leave and see it gone; one that stays too long is told to leave at once."""
    state = museum.runtime.current()
    if state.session is None:
        return
    place = museum.paths.DataPaths(museum.data).server
    known = server_address(place)
    state.session.stop_backend()
    deadline = time.monotonic() + START_S
    # One that is just starting has to come up before it can leave.
    while state.backend.state != "off" and time.monotonic() < deadline:
        known = known or server_address(place)
        state.pump.pump_once()
        time.sleep(0.02)
    if known is not None and not wait_until_silent(known[0], LEAVE_S):
        with contextlib.suppress(requests.RequestException):
            headers = {"Authorization": f"Bearer {known[1]}"}
            requests.post(f"{known[0]}/v1/shutdown", json={"now": True}, headers=headers, timeout=5)
        wait_until_silent(known[0], LEAVE_S)
    state.close_session()


def server_address(path: Path) -> tuple[str, str] | None:
    """(url, token) of the running server, None when none is known."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return str(told["url"]), str(told["token"])
    except (OSError, ValueError, KeyError):
        return None


def wait_until_silent(url: str, limit_s: float) -> bool:
    """Whether nobody listens at the address any more, at the latest after limit_s seconds."""
    address = urlsplit(url)
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        try:
            socket.create_connection((address.hostname or "", address.port or 0), timeout=1.0).close()
        except OSError:
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    sys.exit(main())
