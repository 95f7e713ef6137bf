"""What every body offers, whoever made it: shape, skin, skeleton and face, in one set of axes.

Axes and units: metres, +Y up, the face looks along +Z, the figure's left is +X. A body at rest has all its joint
frames parallel to these axes, so a pose is one rotation a joint, as in SMPL (Loper, Mahmood, Romero, Pons-Moll and
Black, "SMPL: A Skinned Multi-Person Linear Model", ACM Trans. Graphics 34(6), 2015, section 3).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput

Real = NDArray[np.floating[Any]]
Index = NDArray[np.integer[Any]]
Parameters = TypeVar("Parameters")
Expression = Mapping[str, float]


@dataclass(frozen=True)
class Licence:
    """Whose the data are. bundled: whether they come with this program; bodies of others never do."""

    name: str
    holder: str
    notice: str
    bundled: bool


@dataclass(frozen=True)
class UvMap:
    """Texture coordinates for each corner of each face, since seams give one vertex several.

    coordinates: (T, 2) float32, v = 0 at the bottom. faces: (F, k) int32, rows of ``coordinates``, in the body's faces.
    """

    coordinates: NDArray[np.float32]
    faces: NDArray[np.int32]


@dataclass(frozen=True)
class Weights:
    """How far each vertex follows each joint: the strongest K influences or all there are.

    joints: (V, K) int32; values: (V, K) float64, rows sum to 1, unused places are 0. count: number of joints.
    """

    joints: NDArray[np.int32]
    values: NDArray[np.float64]
    count: int

    @classmethod
    def from_dense(cls, dense: Real) -> Weights:
        """From (V, J); rows are made to sum to 1."""
        places = max(1, int((dense != 0).sum(axis=1).max()))
        joints = np.argsort(dense == 0, axis=1, kind="stable")[:, :places]
        values = np.take_along_axis(dense, joints, axis=1).astype(np.float64)
        return cls(joints.astype(np.int32), values / values.sum(axis=1, keepdims=True), dense.shape[1])

    def dense(self) -> NDArray[np.float64]:
        """(V, J)."""
        full = np.zeros((len(self.joints), self.count))
        np.add.at(full, (np.arange(len(full))[:, None], self.joints), self.values)
        return full

    def limited(self, most: int) -> Weights:
        """Only the strongest influences, at most so many, made to sum to 1 again."""
        order = np.argsort(-self.values, axis=1, kind="stable")[:, :most]
        values = np.take_along_axis(self.values, order, axis=1)
        joints = np.take_along_axis(self.joints, order, axis=1)
        return Weights(joints, values / values.sum(axis=1, keepdims=True), self.count)


@dataclass(frozen=True)
class Pose:
    """rotations: (J, 3) axis times angle, radians, each in the frame of its joint at rest, before its parents turn it.

    translation: (3,) metres, added last.
    """

    rotations: Real
    translation: Real = field(default_factory=lambda: np.zeros(3))

    @classmethod
    def rest(cls, joints: int) -> Pose:
        """Nothing turned."""
        return cls(np.zeros((joints, 3)))


@dataclass(frozen=True)
class Shaped:
    """A body at rest, of one shape. vertices: (V, 3) metres; joints: (J, 3) metres."""

    vertices: Real
    joints: Real


@dataclass(frozen=True)
class Posed:
    """A body in a pose. vertices: (V, 3); joints: (J, 3); transforms: (J, 4, 4), from joint frames to the world's."""

    vertices: Real
    joints: Real
    transforms: Real


class BodyModel(ABC, Generic[Parameters]):
    """A body. What depends on no parameters are attributes:

    name; template: (V, 3) metres; faces: (F, 3) or (F, 4) int32, counter-clockwise seen from outside; uv;
    joint_names; parents: (J,) int32, -1 for the root, parents before children; weights; expressions: names of the
    expressions that ``posed`` takes, all 0 at rest; licence.
    """

    name: str
    template: Real
    faces: NDArray[np.int32]
    uv: UvMap | None
    joint_names: tuple[str, ...]
    parents: NDArray[np.int32]
    weights: Weights
    expressions: tuple[str, ...]
    licence: Licence

    @property
    def joints(self) -> Real:
        """(J, 3) metres: the joints of the template."""
        return self.shape(None).joints

    @abstractmethod
    def shape(self, params: Parameters | None) -> Shaped:
        """The body at rest with these parameters; None: the body that they deviate from. Raises BadInput."""

    @abstractmethod
    def posed(self, params: Parameters | Shaped | None, pose: Pose, expression: Expression | None = None) -> Posed:
        """The body in a pose, with a face. What ``shape`` answered may be given instead of parameters, so that an
        animation shapes once. Raises BadInput for a pose of another skeleton, numbers that are not finite, and
        expressions that the body does not have.
        """

    def check_pose(self, pose: Pose) -> None:
        """Raise BadInput unless the pose is one of this skeleton."""
        count = len(self.parents)
        if np.shape(pose.rotations) != (count, 3):
            raise BadInput(
                f"The pose turns {len(pose.rotations)} joints, and {self.name} has {count}.",
                "Retarget the pose to this body's skeleton first.",
            )
        if not (np.isfinite(pose.rotations).all() and np.isfinite(pose.translation).all()):
            raise BadInput("The pose contains numbers that are not finite.", "Leave out the damaged frames.")

    def expression_values(self, expression: Expression | None) -> NDArray[np.float64]:
        """(E,) in the order of ``expressions``. Raises BadInput for unknown names and numbers that are not finite."""
        values = np.zeros(len(self.expressions))
        rows = {name: row for row, name in enumerate(self.expressions)}
        for name, value in (expression or {}).items():
            if name not in rows or not np.isfinite(value):
                raise BadInput(
                    f"{self.name} cannot do the expression {name!r} = {value}.",
                    f"It knows {', '.join(self.expressions[:5]) or 'none'}{', ...' * (len(rows) > 5)}; give numbers.",
                )
            values[rows[name]] = value
        return values
