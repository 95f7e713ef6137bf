"""What the material tests share: meshes made here, files of them, and a run of the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.engines.material.engine import run
from backend.engines.material.info import MaterialParams
from backend.errors import Cancelled


class Context:
    """A job context that keeps what it was told, and cancels after a number of reports when asked to."""

    def __init__(self, out_dir: Path, mesh: Path, cancel_after: int | None = None) -> None:
        self.out_dir = out_dir
        self.inputs = {"mesh": mesh}
        self.reports: list[tuple[float, str]] = []
        self.cancel_after = cancel_after

    def progress(self, fraction: float, message: str) -> None:
        self.reports.append((fraction, message))
        self.check_cancelled()

    def log(self, text: str) -> None:
        self.reports.append((-1.0, text))

    def preview(self, png: bytes) -> None:
        assert png[:4] == b"\x89PNG"

    def check_cancelled(self) -> None:
        if self.cancel_after is not None and len(self.reports) > self.cancel_after:
            raise Cancelled


@pytest.fixture
def texture(tmp_path):
    """texture(name, mesh, **params) runs the engine into a folder of that name; returns (result, folder, context)."""

    def _texture(name: str, mesh: Path, cancel_after: int | None = None, **params):
        folder = tmp_path / name
        folder.mkdir()
        context = Context(folder, mesh, cancel_after)
        params.setdefault("texture_size", 512)
        params.setdefault("prompt", "bronze")
        return run(context, MaterialParams(**params)), folder, context

    return _texture


def lumpy(subdivisions: int = 4, size: float = 0.3) -> trimesh.Trimesh:
    """A closed, uneven stone without texture coordinates."""
    ball = trimesh.creation.icosphere(subdivisions=subdivisions, radius=0.5 * size)
    p = ball.vertices
    swell = 1.0 + 0.12 * np.sin(31.0 * p[:, 0] + 1.0) * np.sin(27.0 * p[:, 1]) + 0.1 * np.sin(23.0 * p[:, 2])
    ball.vertices = p * swell[:, None]
    return ball


@pytest.fixture(scope="session")
def stone(tmp_path_factory) -> Path:
    """The uneven stone as a GLB without texture coordinates."""
    path = tmp_path_factory.mktemp("meshes") / "stone.glb"
    mesh = lumpy()
    mesh.visual = trimesh.visual.TextureVisuals()
    mesh.export(path)
    return path


SQUARE_OBJ = """
v 0 0 0\nv 0.2 0 0\nv 0.2 0.2 0\nv 0 0.2 0\nv 0 0 0.1\nv 0.2 0 0.1\nv 0.2 0.2 0.1\nv 0 0.2 0.1
vt 0.02 0.02\nvt 0.30 0.02\nvt 0.30 0.30\nvt 0.02 0.30
vt 0.36 0.02\nvt 0.64 0.02\nvt 0.64 0.30\nvt 0.36 0.30
vt 0.70 0.02\nvt 0.98 0.02\nvt 0.98 0.16\nvt 0.70 0.16
vt 0.02 0.36\nvt 0.30 0.36\nvt 0.30 0.50\nvt 0.02 0.50
vt 0.36 0.36\nvt 0.64 0.36\nvt 0.64 0.50\nvt 0.36 0.50
vt 0.70 0.36\nvt 0.98 0.36\nvt 0.98 0.50\nvt 0.70 0.50
f 1/1 4/4 3/3\nf 1/1 3/3 2/2
f 5/5 6/6 7/7\nf 5/5 7/7 8/8
f 1/9 2/10 6/11\nf 1/9 6/11 5/12
f 2/13 3/14 7/15\nf 2/13 7/15 6/16
f 3/17 4/18 8/19\nf 3/17 8/19 7/20
f 4/21 1/22 5/23\nf 4/21 5/23 8/24
"""


@pytest.fixture(scope="session")
def slab(tmp_path_factory) -> Path:
    """A slab of 20 x 20 x 10 cm with an atlas of its own, as OBJ."""
    path = tmp_path_factory.mktemp("meshes") / "slab.obj"
    path.write_text(SQUARE_OBJ, "utf-8")
    return path
