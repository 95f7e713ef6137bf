"""How a mesh from a file stands in the world: which axis points up, and how long its unit is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import BadInput
from ..limits import MAX_SIZE_M, MIN_SIZE_M
from .cameras import Camera
from .intake import LoadedMesh
from .typing import FloatArray, Points, Vectors

Unit = Literal["auto", "m", "cm", "mm", "in"]
Up = Literal["auto", "y", "z"]
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254}
FOOT = 4.0
"""How many times larger the foot on y must be for a file that does not say which axis points up."""
Y_TO_Z = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class Standing:
    """From a file's axes and unit to metres with z up. turn: (3, 3). factor: metres a unit. notes: sentences."""

    turn: FloatArray
    factor: float
    notes: tuple[str, ...] = ()

    @property
    def up(self) -> Literal["y", "z"]:
        """The axis of the file that points up."""
        return "z" if self.turn[2, 2] == 1.0 else "y"

    def points(self, points: Points) -> Points:
        """Places of the file in the world."""
        return points @ self.turn.T * self.factor

    def normals(self, normals: Vectors) -> Vectors:
        """Directions of the file in the world."""
        return normals @ self.turn.T

    def camera(self, camera: Camera) -> Camera:
        """A camera of the file in the world."""
        return _turned(camera, self.turn).moved(np.zeros(3), 1.0 / self.factor)

    def camera_of_file(self, camera: Camera) -> Camera:
        """A camera of the world in the file's axes and unit."""
        return _turned(camera, self.turn.T).moved(np.zeros(3), self.factor)


def standing(loaded: LoadedMesh, glb: bool, unit: str, up: str) -> Standing:
    """How a mesh stands. glb: whether it comes from a GLB, whose unit is the metre and whose y points up.

    Without a unit a mesh larger than a building is taken as millimetres. Raises BadInput for a mesh that is smaller or
    larger than anything that is made here.
    """
    notes: list[str] = []
    turn = upright(loaded, glb, up)
    return Standing(turn, _metres(loaded.vertices @ turn.T, glb, unit, notes), tuple(notes))


def is_glb(path: Path) -> bool:
    """Whether a file begins as GLB files do."""
    with path.open("rb") as stream:
        return stream.read(4) == b"glTF"


def _turned(camera: Camera, turn: FloatArray) -> Camera:
    whole = np.eye(4)
    whole[:3, :3] = turn
    return replace(camera, to_world=whole @ camera.to_world)


def upright(loaded: LoadedMesh, glb: bool, up: str) -> FloatArray:
    """(3, 3) the turn that brings the axis that points up to z. up: "auto", "y" or "z"."""
    if up == "z" or (up == "auto" and not glb and FOOT * _foot(loaded, 2) >= _foot(loaded, 1)):
        return np.eye(3)
    return Y_TO_Z


def _foot(loaded: LoadedMesh, axis: int) -> float:
    """The area that the mesh would stand on were this axis up: of faces that face down at the lower end."""
    corners = loaded.vertices[loaded.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    low, size = corners[..., axis].min(), np.ptp(corners[..., axis])
    lowest = corners[..., axis].max(axis=1) < low + 0.02 * size
    down = lowest & (cross[:, axis] < -0.95 * np.linalg.norm(cross, axis=1))
    return float(np.linalg.norm(cross[down], axis=1).sum())


def _metres(vertices: Points, glb: bool, unit: str, notes: list[str]) -> float:
    """The factor to metres."""
    largest = float(np.ptp(vertices, axis=0).max())
    factor = UNITS.get(unit, 1.0)
    if unit == "auto" and not glb and largest > MAX_SIZE_M:
        factor = UNITS["mm"]
        notes.append(
            f"The mesh is {largest:.4g} units large and names no unit: taken as millimetres, {largest / 1000:.3g} m."
        )
    if not MIN_SIZE_M <= largest * factor <= MAX_SIZE_M:
        raise BadInput(
            f"The mesh is {largest * factor:.3g} m large.", "Give its unit, or scale it to between 1 mm and 50 m."
        )
    return factor
