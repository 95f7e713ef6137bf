"""Linear blend skinning with pose blend shapes (Loper et al. 2015, equations 2 to 9).

Everything runs in the precision of its arrays: float32 for what is shown, float64 for what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput
from .contract import Posed, Weights
from .rotations import rotation_matrices
from .skinning_kernels import skin_vertices

Real = NDArray[np.floating[Any]]


def tree_levels(parents: NDArray[np.integer[Any]]) -> tuple[NDArray[np.intp], ...]:
    """The joints by their depth, the root first. Raises BadInput unless the joints are one tree below joint 0."""
    depth = np.full(len(parents), -1)
    if len(parents):
        depth[0] = 0 if parents[0] == -1 else -1
    for joint in range(1, len(parents)):
        parent = int(parents[joint])
        if not 0 <= parent < joint or depth[parent] < 0:
            break
        depth[joint] = depth[parent] + 1
    if (depth < 0).any() or not len(depth):
        raise BadInput("The joints do not form one tree.", "Use a model whose joints follow their parents.")
    return tuple(np.nonzero(depth == level)[0] for level in range(depth.max() + 1))


@dataclass(frozen=True)
class Skin:
    """Weights made ready for the compiled loop. joints: (V, K) int32; values: (V, K) in the precision of the body."""

    joints: NDArray[np.int32]
    values: Real

    @classmethod
    def ready(cls, weights: Weights, precision: type[np.floating[Any]]) -> Skin:
        """From weights, in a precision."""
        return cls(np.ascontiguousarray(weights.joints, np.int32), np.ascontiguousarray(weights.values, precision))


def world_transforms(rotations: Real, joints: Real, parents: NDArray[np.integer[Any]], levels: Any) -> Real:
    """G, (J, 3, 4): from each joint's frame to the world's. rotations: (J, 3, 3); joints: (J, 3) at rest."""
    out = np.empty((len(parents), 3, 4), rotations.dtype)
    out[0, :, :3], out[0, :, 3] = rotations[0], joints[0]
    for level in levels[1:]:
        above = out[parents[level]]
        out[level, :, :3] = above[:, :, :3] @ rotations[level]
        step = joints[level] - joints[parents[level]]
        out[level, :, 3] = (above[:, :, :3] @ step[:, :, None])[:, :, 0] + above[:, :, 3]
    return out


def skinned(
    vertices: Real,
    joints: Real,
    rotations: Real,
    translation: Real,
    skeleton: tuple[NDArray[np.integer[Any]], Any],
    skin: Skin,
) -> Posed:
    """Pose a body at rest.

    vertices: (V, 3) at rest, pose blend shapes added; joints: (J, 3) at rest; rotations: (J, 3, 3); translation: (3,);
    skeleton: parents and ``tree_levels`` of them.
    """
    parents, levels = skeleton
    world = world_transforms(rotations, joints, parents, levels)
    relative = world.copy()
    relative[:, :, 3] -= (world[:, :, :3] @ joints[:, :, None])[:, :, 0]
    moved = skin_vertices(np.ascontiguousarray(vertices), relative, skin.joints, skin.values, translation)
    full = np.zeros((len(parents), 4, 4), world.dtype)
    full[:, :3], full[:, 3, 3] = world, 1
    full[:, :3, 3] += translation
    return Posed(moved, full[:, :3, 3].copy(), full)


def pose_features(rotations: Real) -> Real:
    """(9 (J - 1),): how far each joint but the root is from rest, row by row, as SMPL's correctives take it."""
    return (rotations[1:] - np.eye(3, dtype=rotations.dtype)).reshape(-1)


def pose_rotations(vectors: Real, precision: type[np.floating[Any]]) -> Real:
    """The rotation matrices of a pose: turned in float64, since they cost nothing, then rounded once."""
    return rotation_matrices(np.asarray(vectors, np.float64)).astype(precision)
