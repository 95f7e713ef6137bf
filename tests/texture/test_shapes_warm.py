"""Warming up compiles everything that shapes from outside need, with the types that jobs come with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import json, sys
from pathlib import Path
import numpy as np
import trimesh
from numba.core.dispatcher import Dispatcher
from backend.engines import catalogue
from backend.engines.shapes.decoding import raw_shape
from backend.engines.shapes.finishing import write_shape
from backend.geometry.repair.contract import RepairWish
from backend.geometry.repair.line import repaired
from backend.geometry.repair.reading import raw_shape_of

def loops():
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("backend.")]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, Dispatcher)}
    return {(f"{value.py_func.__module__}.{value.py_func.__name__}", str(one)) for value in found
            for one in value.signatures}

folder = Path(sys.argv[1])
catalogue.find("image_to_3d", "shap-e").warm_up()
warmed = loops()
imagined = raw_shape(
    lambda place: (0.7 - np.linalg.norm(place, axis=1), np.abs(place)), 32, 1 << 20, lambda share, what: None
)
for name, shape in [("imagined", imagined), *((path.name, raw_shape_of(path)) for path in sorted(folder.iterdir()))]:
    made = repaired(shape, RepairWish(1000, 512, (None, None, 0.3)), lambda share, what: None)
    out = folder.with_name(f"{name}-out")
    out.mkdir()
    write_shape(out, made, name, {})
print(json.dumps([len(warmed), sorted(loops() - warmed)]))
"""


def test_no_loop_is_left_for_the_first_shape_to_compile(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    ball = trimesh.creation.icosphere(subdivisions=3)
    broken = trimesh.Trimesh(ball.vertices, np.concatenate([ball.faces[20:], ball.faces[100:103]]), process=False)
    broken.visual.vertex_colors = np.full((len(ball.vertices), 4), 200, np.uint8)
    broken.export(folder / "broken.glb")
    looks = trimesh.visual.TextureVisuals(
        uv=0.5 * (ball.vertices[:, :2] + 1.0),
        material=trimesh.visual.material.PBRMaterial(baseColorTexture=Image.new("RGB", (32, 32), "red")),
    )
    trimesh.Trimesh(ball.vertices, ball.faces, visual=looks, process=False).export(folder / "textured.glb")
    trimesh.Trimesh(ball.vertices, ball.faces, process=False).export(folder / "plain.obj")
    # What is compiled on this machine already is loaded: a loop that only a job needs shows either way.
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(folder)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    count, late = json.loads(done.stdout.splitlines()[-1])
    assert count > 30
    assert not late, "\n".join(map(str, late))
