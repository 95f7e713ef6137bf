"""The bundled body: MakeHuman's base mesh hm08 and its targets, all CC0, in numpy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...errors import BadInput
from .contract import BodyModel, Expression, Licence, Pose, Posed, Real, Shaped
from .makehuman_data import Mesh, Shapes, load_mesh, load_rig, load_shapes, means
from .phenotype import Phenotype
from .skinning import Skin, pose_rotations, skinned, tree_levels

HEIGHT_STEPS = 24
MAX_RESCALING = 1.25
"""How far a height beyond the build's own range is met by scaling the whole body."""
_LICENCE = Licence(
    "CC0-1.0",
    "MakeHuman team, Data Collection AB, Joel Palmius, Jonas Hauquier; face units by Mika Suominen",
    "Base mesh, targets, rigs and weights as distributed with MPFB2; face units of the asset pack Face Units 01.",
    bundled=True,
)


class MakeHumanBody(BodyModel[Phenotype]):
    """The body of 19,158 vertices with the numbering of hm08, so that whatever is made for MakeHuman and MPFB2 fits.

    parts: name -> (slice of vertices, slice of faces): body, eye_left, eye_right, lashes_left, lashes_right,
    teeth_upper, teeth_lower, tongue, and the unseen helpers tights, skirt, hair, from which garments are made. Vertices
    of no part hold the joints. details: names of local changes. rolls: (J,) of each bone about its axis, radians, in
    Blender's axes. Shapes stand on the ground (y = 0 is the body's lowest point).
    """

    def __init__(
        self,
        rig: str = "default",
        shapes: Shapes | None = None,
        mesh: Mesh | None = None,
        precision: type[np.floating[Any]] = np.float32,
    ) -> None:
        """rig: "default" (163 bones), "game_engine" (53) or "mixamo" (52). shapes, mesh: of another body, to share."""
        self.shapes, self.mesh, self.precision = shapes or load_shapes(), mesh or load_mesh(), precision
        self.rig = load_rig(rig)
        self.name, self.licence = f"MakeHuman ({rig})", _LICENCE
        self.template = self.mesh.template
        self.faces, self.uv, self.parts = self.mesh.faces, self.mesh.uv, self.mesh.parts
        self.joint_names, self.parents, self.weights = self.rig.bones, self.rig.parents, self.rig.weights
        self.rolls = self.rig.rolls
        self.expressions = self.shapes.expressions
        self.details = tuple(self.shapes.detail_rows)
        self._levels = tree_levels(self.parents)
        self._skin = Skin.ready(self.weights, precision)

    def with_rig(self, rig: str) -> MakeHumanBody:
        """The same body with another skeleton; its large arrays are shared."""
        return MakeHumanBody(rig, self.shapes, self.mesh, self.precision)

    def shape(self, params: Phenotype | None) -> Shaped:
        """The body at rest, on the ground. Raises BadInput for numbers out of range and unknown details."""
        phenotype = params or Phenotype()
        phenotype.check()
        vertices = self.shapes.macro(phenotype.traits(), self.template)
        for name, value in phenotype.details.items():
            self.shapes.detail(name, value, vertices)
        vertices[:, 1] -= vertices[self.parts["body"][0], 1].min()
        vertices *= phenotype.scale
        return Shaped(vertices.astype(self.precision), means(vertices, self.rig.heads).astype(self.precision))

    def posed(self, params: Phenotype | Shaped | None, pose: Pose, expression: Expression | None = None) -> Posed:
        """The body in a pose. Face actions move vertices at rest, before the skin follows the joints."""
        self.check_pose(pose)
        shaped = params if isinstance(params, Shaped) else self.shape(params)
        vertices = shaped.vertices
        if expression:
            vertices = self.with_expression(shaped, expression)
        rotations = pose_rotations(pose.rotations, self.precision)
        translation = np.asarray(pose.translation, self.precision)
        joints = np.asarray(shaped.joints, self.precision)
        vertices = np.asarray(vertices, self.precision)
        return skinned(vertices, joints, rotations, translation, (self.parents, self._levels), self._skin)

    def with_expression(self, shaped: Shaped, expression: Expression) -> Real:
        """(V, 3): the vertices at rest with a face, its size following the body's."""
        vertices = shaped.vertices.astype(np.float64)
        size = self._head_size(vertices) / self._head_size(self.template)
        for row, value in enumerate(self.expression_values(expression)):
            if value:
                self.shapes.actions.add(row, value * size, vertices)
        return vertices.astype(shaped.vertices.dtype)

    def expression_offsets(self, name: str, shaped: Shaped | None = None) -> Real:
        """(V, 3) metres: what one face action adds at 1, for a shape key. Raises BadInput for an unknown name."""
        base = shaped or Shaped(self.template, self.joints)
        return self.with_expression(base, {name: 1.0}) - base.vertices

    def tails(self, shaped: Shaped) -> Real:
        """(J, 3) metres: where each bone ends, for a body at rest."""
        return means(shaped.vertices.astype(np.float64), self.rig.tails).astype(self.precision)

    def height(self, shaped: Shaped) -> float:
        """Metres from the soles to the top of the head."""
        y = shaped.vertices[self.parts["body"][0], 1]
        return float(y.max() - y.min())

    def with_height(self, phenotype: Phenotype, metres: float) -> Phenotype:
        """The phenotype with the ``height`` (and, beyond its range, the ``scale``) that gives this height.

        Vertices are linear in ``height``, so two shapes tell all others, and bisection needs no more. Raises BadInput
        for a height that is not a human's at this age and build.
        """
        unscaled = replace(phenotype, scale=1.0)
        low, high = (self._column(replace(unscaled, height=end)) for end in (0.0, 1.0))
        shortest, tallest = np.ptp(low), np.ptp(high)
        if not (np.isfinite(metres) and shortest / MAX_RESCALING <= metres <= tallest * MAX_RESCALING):
            raise BadInput(
                f"No one of this age and build is {metres:g} m tall.",
                f"Give a height from {shortest / MAX_RESCALING:.2f} to {tallest * MAX_RESCALING:.2f} m.",
            )
        begin, end = 0.0, 1.0
        for _ in range(HEIGHT_STEPS):
            middle = (begin + end) / 2
            if np.ptp((1 - middle) * low + middle * high) < metres:
                begin = middle
            else:
                end = middle
        solved = 0.0 if metres <= shortest else 1.0 if metres >= tallest else (begin + end) / 2
        reached = np.ptp((1 - solved) * low + solved * high)
        return replace(phenotype, height=solved, scale=float(metres / reached))

    def _column(self, phenotype: Phenotype) -> Real:
        return self.shape(phenotype).vertices[self.parts["body"][0], 1].astype(np.float64)

    def _head_size(self, vertices: Real) -> float:
        """How far apart the eyes are, by which face actions are scaled."""
        left, right = (vertices[self.parts[eye][0]].mean(axis=0) for eye in ("eye_left", "eye_right"))
        return float(np.linalg.norm(left - right))
