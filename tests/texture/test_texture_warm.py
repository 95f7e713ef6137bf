"""Warming up compiles everything that texturing needs, with the types that jobs come with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SIZE = 512
QUICK = {"up": "z", "view_size": 512, "view_count": 3, "refinement_views": 1}
CODE = """
import json, sys
from pathlib import Path
from numba.core import event
from numba.core.dispatcher import Dispatcher
from backend.engines import catalogue
from backend.jobs.execution import execute

class Quiet:
    def progress(self, fraction, message): ...
    def log(self, text): ...
    def preview(self, png): ...
    def cancelled(self):
        return False

class Late(event.Listener):
    def on_start(self, found):
        late.append(f"{job}: {found.data['dispatcher'].py_func.__qualname__}{found.data['args']}")
    def on_end(self, found): ...

folder, late, job = Path(sys.argv[1]), [], ""
info = catalogue.find("texture", "text2tex")
info.warm_up()
modules = [module for name, module in list(sys.modules.items()) if name.startswith("backend.engines.texture.")]
loops = {f"{value.py_func.__module__}.{name}": value for module in modules
         for name, value in vars(module).items() if isinstance(value, Dispatcher)}
left = sorted(name for name, loop in loops.items() if not loop.signatures)
event.register("numba:compile", Late())
views = []
for job, params, inputs in json.loads((folder / "jobs.json").read_text("utf-8")):
    out = folder / job
    out.mkdir()
    if params["mode"] == "project":
        params["cameras"] = [view["camera"] for view in views[:2]]
    done = execute(info, params, {role: Path(path) for role, path in inputs.items()}, out, Quiet(), 1 << 30)
    views = done.data["views"] or views
print(json.dumps([len(loops), left, late]))
"""


def globe(path: Path, uv: bool) -> str:
    """A ball as OBJ, unwrapped by longitude and latitude; without the faces that would go around the back."""
    ball = trimesh.creation.uv_sphere(radius=0.1, count=[24, 48])
    v = np.asarray(ball.vertices)
    east, up = np.arctan2(v[:, 1], v[:, 0]) / (2 * np.pi) + 0.5, np.arcsin(np.clip(v[:, 2] / 0.1, -1, 1)) / np.pi + 0.5
    faces = np.asarray(ball.faces)
    faces = faces[np.ptp(east[faces], axis=1) < 0.5]
    lines = [f"v {x} {y} {z}" for x, y, z in v]
    if uv:
        lines += [f"vt {0.05 + 0.9 * x} {0.05 + 0.9 * y}" for x, y in zip(east, up, strict=True)]
    lines += ["f " + " ".join(f"{i}/{i}" if uv else f"{i}" for i in face) for face in faces + 1]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def picture(path: Path, pixels: np.ndarray) -> str:
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    """A folder with jobs of all modes."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    waves = np.stack([0.5 + 0.4 * np.sin(40 * x), 0.5 + 0.4 * np.sin(30 * y + 20 * x), x], axis=-1)
    mask = np.zeros((SIZE, SIZE), dtype=np.uint8)
    mask[150:260, 100:300] = mask[400:430, 30:480] = 255
    given = {
        "mesh": globe(tmp_path / "globe.obj", True),
        "texture": picture(tmp_path / "waves.png", np.rint(255 * waves).astype(np.uint8)),
        "mask": picture(tmp_path / "mask.png", mask),
    }
    photos = {f"photo.{k}": picture(tmp_path / f"{k}.png", np.rint(200 * waves).astype(np.uint8)) for k in (1, 2)}
    words = {"prompt": "bronze with malachite patina", "texture_size": SIZE}
    whole = [
        ("restore", {"mode": "restore"}, given),
        ("refine", {"mode": "refine"}, given),
        ("bare", {"mode": "generate", **words}, {"mesh": globe(tmp_path / "bare.obj", False)}),
        ("generate", {"mode": "generate", **words}, {"mesh": given["mesh"]}),
        ("project", {"mode": "project", "texture_size": SIZE}, {"mesh": given["mesh"], **photos}),
    ]
    listed = [(name, {**QUICK, **params}, inputs) for name, params, inputs in whole]
    (tmp_path / "jobs.json").write_text(json.dumps(listed), "utf-8")
    return tmp_path


def test_no_loop_is_left_for_the_first_job_to_compile(jobs: Path) -> None:
    # An empty cache: loops that only other loops call are compiled with these, but not loaded with them.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(jobs / "compiled")}
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(jobs)], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    count, left, late = json.loads(done.stdout.splitlines()[-1])
    assert count > 50
    assert left == []
    assert not late, "\n".join(late)
