"""Run inside Blender: an artist's Blender dies while a job runs, and the saved file is opened again.

Arguments after ``--``: ``watch``, ``leave`` or ``come-back``; the extension's zip; the folder for ``reopened.json``;
whether the backend is to die as well (``with-backend``, as in a power cut) or not (``alone``).

``watch`` runs without a window and starts the other two, so that what Blender leaves running lives on in between.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import steering
from steering import Wait

PROMPT = "bronze bowl, 12 cm tall"
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows ends a process at once for any signal
SLOW = {"seconds": 4.0, "steps": 20}

role, archive, folder, victim = sys.argv[sys.argv.index("--") + 1 :][:4]
saved, left = Path(folder) / "mid-job.blend", Path(folder) / "left.json"


def watch() -> None:
    """Both lives of Blender, one after the other."""
    script = ["--python", __file__, "--"]
    blender = bpy.app.binary_path
    subprocess.run([blender, "--factory-startup", *script, "leave", archive, folder, victim], check=False)
    if left.exists() and victim == "with-backend":
        server = bpy.utils.extension_path_user(steering.PACKAGE, path="jobs")
        os.kill(json.loads((Path(server) / "server.json").read_text())["pid"], KILL)
    if left.exists():
        subprocess.run([blender, str(saved), *script, "come-back", archive, folder, victim], check=False)


def leave() -> Iterator[Wait]:
    """Start a slow job and an artifact, save while neither has ended, and die without a word."""
    yield from steering.install(Path(archive))
    bpy.ops.wm.save_userpref()
    scene = steering.window().scene
    scene.cursor.location = (1.0, 0.0, 0.0)
    slow = steering.submit_noop(**SLOW)
    wanted = steering.part("actions").create_artifact(bpy.context, PROMPT, seed=1)
    yield lambda: bool(steering.rows()[wanted].job_id and steering.rows()[slow].job_id)
    bpy.ops.wm.save_as_mainfile(filepath=str(saved))
    states = {"slow": steering.rows()[slow].state, "wanted": steering.rows()[wanted].state}
    left.write_text(json.dumps({"states": states, "objects": len(bpy.data.objects)}))
    os.kill(os.getpid(), KILL)
    yield 60.0


def come_back() -> Iterator[Wait]:
    """Nothing is done here: opening the file is all."""
    report = script.report
    report["left"] = json.loads(left.read_text())
    report["opened"] = bpy.data.filepath
    yield lambda: all(row.imported or row.error for row in steering.rows())
    bpy.context.view_layer.update()
    names = ("job_id", "label", "state", "attempt", "error", "fix")
    report["rows"] = [{name: getattr(row, name) for name in names} for row in steering.rows()]
    report["objects"] = [
        {"height_m": item.dimensions.z, "x_m": item.location.x, "museum_id": item["museum_id"]}
        for item in bpy.data.objects
        if "museum_id" in item
    ]
    yield 0.5
    script.photograph(f"9-reopened-{victim}")


if role == "watch":
    watch()
else:
    script = steering.Script(Path(folder) / "reopened.json")
    steering.plain_window()
    script.play(leave() if role == "leave" else come_back())
