"""Linear blend skinning with pose blend shapes (Loper et al. 2015, equations 2 to 9), in numpy.

Everything runs in the precision of its arrays: float32 for what is shown, float64 for what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...errors import BadInput
from .contract import Posed, Weights
from .rotations import rotation_matrices

Real = NDArray[np.floating[Any]]
DENSE_SHARE = 0.1
"""Above this share of weights that are not 0, a dense product is the faster one (24 joints: dense, 163: sparse)."""


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
    """Weights made ready. matrix: (J, V) dense and contiguous, or (V, J) sparse rows."""

    matrix: Any
    dense: bool

    @classmethod
    def ready(cls, weights: Weights, precision: type[np.floating[Any]]) -> Skin:
        """From weights, in a precision."""
        vertices, places = weights.joints.shape
        if np.count_nonzero(weights.values) > DENSE_SHARE * vertices * weights.count:
            return cls(np.ascontiguousarray(weights.dense().T.astype(precision)), True)
        rows = np.repeat(np.arange(vertices), places)
        entries = (weights.values.ravel().astype(precision), (rows, weights.joints.ravel()))
        matrix = sparse.csr_matrix(entries, shape=(vertices, weights.count))
        matrix.eliminate_zeros()
        return cls(matrix, False)

    def blend(self, transforms: Real) -> Real:
        """(J, 3, 4) -> (3, 4, V): the transform of each vertex."""
        flat = transforms.reshape(len(transforms), 12)
        blended = flat.T @ self.matrix if self.dense else np.ascontiguousarray((self.matrix @ flat).T)
        return blended.reshape(3, 4, -1)


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
    blended = skin.blend(relative)
    columns = np.ascontiguousarray(vertices.T)
    moved = np.empty_like(vertices)
    for row in range(3):
        line = blended[row, 0] * columns[0]
        line += blended[row, 1] * columns[1]
        line += blended[row, 2] * columns[2]
        line += blended[row, 3]
        line += translation[row]
        moved[:, row] = line
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
