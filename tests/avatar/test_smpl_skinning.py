"""Posing against a second implementation: 4x4 matrices, one joint after the other, float64, rotations by scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.engines.avatar.contract import Pose
from backend.engines.avatar.smpl import SmplBody
from backend.errors import BadInput

CASES = {"SMPL": (10, 130), "SMPL-H": (16, 50), "SMPL-X": (400, 20)}  # directions, random shapes and poses


@pytest.fixture(scope="module", params=CASES)
def case(request):
    rng = np.random.default_rng(7)
    from_conftest = request.getfixturevalue("layout")
    directions, poses = CASES[request.param]
    arrays = from_conftest(request.param, directions, rng)
    bodies = {kind: SmplBody(arrays, request.param, None, kind) for kind in (np.float32, np.float64)}
    return arrays, bodies, poses, rng


def matrix(rotation, offset):
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = rotation, offset
    return out


def oracle(arrays, weights_of_directions, vectors, translation, chosen):
    """The chosen vertices and all joints, by the definition of the model."""
    parents = arrays["kintree_table"][0].astype(np.int64)
    shaped = arrays["v_template"] + arrays["shapedirs"] @ weights_of_directions
    joints = arrays["J_regressor"] @ shaped
    turned = Rotation.from_rotvec(vectors).as_matrix()
    features = np.concatenate([(one - np.eye(3)).ravel() for one in turned[1:]])
    corrected = shaped[chosen] + arrays["posedirs"][chosen] @ features
    world = [matrix(turned[0], joints[0])]
    for joint in range(1, len(joints)):
        parent = parents[joint]
        world.append(world[parent] @ matrix(turned[joint], joints[joint] - joints[parent]))
    out = np.zeros((len(chosen), 4))
    homogeneous = np.concatenate([corrected, np.ones((len(chosen), 1))], axis=1)
    for joint, place in enumerate(world):
        back = np.eye(4)
        back[:3, 3] = -joints[joint]
        out += arrays["weights"][chosen, joint, None] * (homogeneous @ (place @ back).T)
    return out[:, :3] + translation, np.array([place[:3, 3] for place in world]) + translation


def test_random_shapes_and_poses_agree_with_the_definition(case):
    arrays, bodies, poses, rng = case
    worst = dict.fromkeys(bodies, 0.0)
    total = arrays["shapedirs"].shape[2]
    for _ in range(poses):
        body = bodies[np.float64]
        betas = rng.normal(0, 1 if total < 20 else 0.2, body.shapes)
        face = rng.normal(0, 0.3, len(body.expressions))
        vectors, translation = rng.normal(0, 0.6, (len(body.parents), 3)), rng.normal(0, 1, 3)
        chosen = rng.choice(len(body.template), 150, replace=False)
        vertices, joints = oracle(arrays, np.concatenate([betas, face]), vectors, translation, chosen)
        for kind, one in bodies.items():
            expression = dict(zip(one.expressions, face, strict=True))
            posed = one.posed(betas, Pose(vectors, translation), expression)
            assert posed.vertices.dtype == kind
            off = max(np.abs(posed.vertices[chosen] - vertices).max(), np.abs(posed.joints - joints).max())
            worst[kind] = max(worst[kind], off)
    assert worst[np.float32] <= 2e-6
    assert worst[np.float64] <= 1e-12


def test_newer_files_of_smplx_have_300_shapes_and_100_expressions(case):
    arrays, bodies, _, _ = case
    split = {10: (10, 0), 16: (16, 0), 400: (300, 100)}[arrays["shapedirs"].shape[2]]
    assert (bodies[np.float32].shapes, len(bodies[np.float32].expressions)) == split


def test_the_zero_pose_is_the_shaped_template(case):
    arrays, bodies, _, rng = case
    body = bodies[np.float64]
    betas = rng.normal(size=min(10, body.shapes))
    shaped = body.shape(betas)
    posed = body.posed(betas, Pose.rest(len(body.parents)))
    assert np.abs(posed.vertices - shaped.vertices).max() < 1e-14
    assert np.abs(shaped.vertices - arrays["v_template"] - arrays["shapedirs"][..., : len(betas)] @ betas).max() < 1e-13
    assert np.abs(shaped.joints - arrays["J_regressor"] @ shaped.vertices).max() < 1e-13


def test_turning_the_root_turns_the_whole_body_about_the_pelvis(case):
    _, bodies, _, rng = case
    body = bodies[np.float64]
    vectors = rng.normal(0, 0.5, (len(body.parents), 3))
    turn = Rotation.from_rotvec(rng.normal(size=3))
    turned = vectors.copy()
    turned[0] = (turn * Rotation.from_rotvec(vectors[0])).as_rotvec()
    before, after = body.posed(None, Pose(vectors)), body.posed(None, Pose(turned))
    pelvis = body.joints[0]
    assert np.abs(turn.apply(before.vertices - pelvis) + pelvis - after.vertices).max() < 1e-12


def test_every_vertex_is_shared_among_the_joints_without_rest(case):
    arrays, bodies, _, _ = case
    weights = bodies[np.float32].weights
    assert np.abs(weights.values.sum(axis=1) - 1).max() < 1e-12
    assert np.abs(weights.dense() - arrays["weights"]).max() < 1e-12
    assert weights.limited(2).joints.shape[1] == 2
    assert np.abs(weights.limited(2).values.sum(axis=1) - 1).max() < 1e-12


def test_what_a_shape_answered_can_be_posed_again_and_again(case):
    _, bodies, _, rng = case
    body = bodies[np.float32]
    pose = Pose(rng.normal(0, 0.3, (len(body.parents), 3)))
    betas = rng.normal(size=3)
    assert (body.posed(body.shape(betas), pose).vertices == body.posed(betas, pose).vertices).all()


def test_poses_and_betas_that_do_not_fit_are_refused_with_a_fix(case):
    _, bodies, _, _ = case
    body = bodies[np.float32]
    joints = len(body.parents)
    wrong = [
        lambda: body.posed(None, Pose(np.zeros((joints + 1, 3)))),
        lambda: body.posed(None, Pose(np.full((joints, 3), np.nan))),
        lambda: body.posed(None, Pose.rest(joints), {"smile": 1.0}),
        lambda: body.shape(np.zeros(body.shapes + 1)),
        lambda: body.shape(np.array([np.inf])),
    ]
    for attempt in wrong:
        with pytest.raises(BadInput) as caught:
            attempt()
        assert caught.value.fix.endswith(".")
