"""Bodies from the user's own files of the SMPL family. None is bundled: whoever has the licence has the file.

SMPL: Loper et al. 2015. SMPL-H: Romero, Tzionas and Black, "Embodied Hands", SIGGRAPH Asia 2017. SMPL-X: Pavlakos et
al., "Expressive Body Capture: 3D Hands, Face, and Body from a Single Image", CVPR 2019.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput
from .contract import BodyModel, Expression, Licence, Pose, Posed, Real, Shaped, UvMap, Weights
from .skinning import Skin, pose_features, pose_rotations, skinned, tree_levels
from .skinning_kernels import add_directions
from .smpl_files import MODEL_FIX, Arrays, gender_told, read_arrays, read_uv_obj

_FAMILIES = json.loads((Path(__file__).parent / "data" / "smpl_families.json").read_text("utf-8"))
UV_FILE = "smpl_uv.obj"
Betas = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class _Family:
    name: str
    vertices: int
    joint_names: tuple[str, ...]


def _families() -> tuple[_Family, ...]:
    names = _FAMILIES["joints"]
    return tuple(
        _Family(row["name"], row["vertices"], tuple(name for group in row["joints"] for name in names[group]))
        for row in _FAMILIES["families"]
    )


class SmplBody(BodyModel[Betas]):
    """A body of the SMPL family. family: "SMPL", "SMPL-H" or "SMPL-X"; gender: what its name tells; shapes: betas it
    takes; precision: of every array that it answers. Hands at rest are flat: the models' mean hands are poses.
    """

    def __init__(self, arrays: Arrays, name: str, gender: str | None, precision: type[np.floating[Any]]) -> None:
        family = _family_of(arrays, name)
        self.name, self.family, self.gender, self.precision = name, family.name, gender, precision
        vertices, joints = family.vertices, len(family.joint_names)
        self.faces = _faces(arrays["f"], vertices, name)
        self.parents = _parents(arrays["kintree_table"], joints, name)
        self.joint_names = family.joint_names
        self.weights = _weights(_finite(arrays["weights"], (vertices, joints), "weights", name), name)
        self.uv = _own_uv(arrays, len(self.faces))
        self.licence = Licence(family.name, _FAMILIES["holder"], _FAMILIES["notice"], bundled=False)
        template = _finite(arrays["v_template"], (vertices, 3), "v_template", name)
        directions = _finite(arrays["shapedirs"], (vertices, 3, arrays["shapedirs"].shape[2]), "shapedirs", name)
        regressor = _finite(arrays["J_regressor"], (joints, vertices), "J_regressor", name)
        self.shapes, faces_from, expressions = _split(directions.shape[2], family)
        self.expressions = tuple(f"expression_{number:03d}" for number in range(1, expressions + 1))
        self._levels = tree_levels(self.parents)
        self._ready(template, directions, regressor, arrays["posedirs"], faces_from)

    def _ready(self, template: Real, directions: Real, regressor: Real, corrective: Real, faces_from: int) -> None:
        """Lay out the arrays for products. Joints are linear in the parameters, so they need no vertices."""
        kind, vertices = self.precision, len(template)
        features = 9 * (len(self.parents) - 1)
        correctives = _finite(corrective, (vertices, 3, features), "posedirs", self.name)
        self.template = np.ascontiguousarray(template.astype(kind))
        self._skin = Skin.ready(self.weights, kind)
        self._correctives = np.ascontiguousarray(correctives.reshape(-1, features).T.astype(kind))
        count = directions.shape[2]
        joint_flat = (regressor @ directions.reshape(vertices, -1)).reshape(-1, count).T
        flat = directions.reshape(-1, count).T
        last = faces_from + len(self.expressions)
        self._directions = np.ascontiguousarray(flat[: self.shapes].astype(kind))
        self._joint_directions = np.ascontiguousarray(joint_flat[: self.shapes].astype(kind))
        self._face_directions = np.ascontiguousarray(flat[faces_from:last].astype(kind))
        self._joint_face_directions = np.ascontiguousarray(joint_flat[faces_from:last].astype(kind))
        self._joints = (regressor @ template).astype(kind)

    def shape(self, params: Betas | None) -> Shaped:
        """The body at rest with the first of its betas; missing ones are 0."""
        if params is None:
            return Shaped(self.template, self._joints)
        betas = np.asarray(params, self.precision)
        if betas.ndim != 1 or len(betas) > self.shapes or not np.isfinite(betas).all():
            raise BadInput(
                f"{self.name} takes at most {self.shapes} finite betas; these are {np.shape(params)}.",
                "Give one row of numbers, such as ten betas of a motion file.",
            )
        vertices = _added(self.template, betas, self._directions[: len(betas)])
        return Shaped(vertices, _added(self._joints, betas, self._joint_directions[: len(betas)]))

    def posed(self, params: Betas | Shaped | None, pose: Pose, expression: Expression | None = None) -> Posed:
        """The body in a pose: expression, joints, pose blend shapes, skinning, in this order."""
        self.check_pose(pose)
        shaped = params if isinstance(params, Shaped) else self.shape(params)
        vertices, joints = (np.asarray(one, self.precision) for one in (shaped.vertices, shaped.joints))
        if expression:
            values = self.expression_values(expression).astype(self.precision)
            vertices = _added(vertices, values, self._face_directions)
            joints = _added(joints, values, self._joint_face_directions)
        rotations = pose_rotations(pose.rotations, self.precision)
        corrected = _added(vertices, pose_features(rotations), self._correctives)
        translation = np.asarray(pose.translation, self.precision)
        return skinned(corrected, joints, rotations, translation, (self.parents, self._levels), self._skin)


def load_smpl(path: Path, gender: str | None = None, precision: type[np.floating[Any]] = np.float32) -> SmplBody:
    """A body from a .pkl or .npz file of SMPL, SMPL-H or SMPL-X, with the UV map of ``smpl_uv.obj`` beside it.

    gender: what the caller asks for ("female", "male", "neutral"); a file whose name tells another is refused.
    Nothing in the file is executed. Raises BadInput, DamagedModel, UnsafeModel or TooLarge, each with a fix.
    """
    path = Path(path)
    told = gender_told(path)
    if gender is not None and told is not None and gender != told:
        raise BadInput(f"{path.name} is a {told} model, not the {gender} one asked for.", f"Choose the {gender} file.")
    body = SmplBody(read_arrays(path), path.name, told or gender, precision)
    beside = path.with_name(UV_FILE)
    if body.uv is None and body.family != "SMPL-X" and beside.is_file():
        body.uv = read_uv_obj(beside, body.faces)
    return body


def _added(base: Real, amounts: Real, directions: Real) -> Real:
    """(n, 3): points moved along directions (m, 3 n) by amounts (m,)."""
    flat = np.ascontiguousarray(base).reshape(-1)
    return cast(Real, add_directions(flat, np.ascontiguousarray(amounts), directions).reshape(-1, 3))


def _family_of(arrays: Arrays, name: str) -> _Family:
    vertices, joints = len(arrays["v_template"]), arrays["kintree_table"].shape[-1:]
    for family in _families():
        if (vertices, joints) == (family.vertices, (len(family.joint_names),)):
            break
    else:
        raise BadInput(
            f"{name} has {vertices} vertices and {joints[0] if joints else 0} joints: neither SMPL, SMPL-H nor SMPL-X.",
            MODEL_FIX,
        )
    if arrays["shapedirs"].ndim != 3 or not 1 <= arrays["shapedirs"].shape[2] <= _FAMILIES["most_directions"]:
        raise BadInput(f"{name}: shapedirs has the shape {arrays['shapedirs'].shape}.", MODEL_FIX)
    return family


def _finite(array: Real, shape: tuple[int, ...], key: str, name: str) -> NDArray[np.float64]:
    """The array as float64. Raises BadInput for another shape or numbers that are not finite."""
    if array.shape != shape:
        raise BadInput(f"{name}: {key} has the shape {array.shape} instead of {shape}.", MODEL_FIX)
    numbers = np.asarray(array, np.float64)
    if not np.isfinite(numbers).all():
        raise BadInput(f"{name}: {key} holds numbers that are not finite.", MODEL_FIX)
    return numbers


def _weights(dense: NDArray[np.float64], name: str) -> Weights:
    if dense.min() < 0 or dense.sum(axis=1).min() < 0.5:
        raise BadInput(f"{name}: its weights do not share each vertex among the joints.", MODEL_FIX)
    return Weights.from_dense(dense)


def _faces(faces: NDArray[Any], vertices: int, name: str) -> NDArray[np.int32]:
    whole = faces.astype(np.int64)
    if faces.ndim != 2 or faces.shape[1] != 3 or not len(faces) or whole.min() < 0 or whole.max() >= vertices:
        raise BadInput(f"{name}: its faces are not triangles of its vertices.", MODEL_FIX)
    return whole.astype(np.int32)


def _parents(table: NDArray[Any], joints: int, name: str) -> NDArray[np.int32]:
    """Row 0 of kintree_table; the root's parent is stored as -1, as 4294967295 or as 2^64 - 1."""
    if table.shape != (2, joints):
        raise BadInput(f"{name}: kintree_table has the shape {table.shape} instead of (2, {joints}).", MODEL_FIX)
    parents = table[0].astype(np.float64)
    parents[0] = -1
    if not ((parents >= -1) & (parents < joints)).all():
        raise BadInput(f"{name}: kintree_table names joints that do not exist.", MODEL_FIX)
    return parents.astype(np.int32)


def _split(directions: int, family: _Family) -> tuple[int, int, int]:
    """How many betas, where the expressions begin, and how many there are.

    SMPL-X keeps both in ``shapedirs``: the newer files 300 and 100, the older 10 and 10.
    """
    if family.name != "SMPL-X":
        return directions, directions, 0
    betas = 300 if directions > 300 else 10 if 10 < directions <= 20 else directions
    return betas, betas, directions - betas


def _own_uv(arrays: Arrays, faces: int) -> UvMap | None:
    """SMPL-X's files bring their UV map."""
    places, rows = arrays.get("vt"), arrays.get("ft")
    if places is None or rows is None or places.ndim != 2 or places.shape[1] != 2 or rows.shape != (faces, 3):
        return None
    whole = rows.astype(np.int64)
    if whole.min() < 0 or whole.max() >= len(places):
        return None
    return UvMap(places.astype(np.float32), whole.astype(np.int32))
