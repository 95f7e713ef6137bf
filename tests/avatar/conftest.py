"""Made-up bodies in the exact layout of the SMPL family's files. Nothing in them comes from a licensed model."""

from __future__ import annotations

import numpy as np
import pytest

BODY = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19]


def fingers(wrist, first):
    return [parent for start in range(first, first + 15, 3) for parent in (wrist, start, start + 1)]


LAYOUTS = {  # vertices, faces, parents
    "SMPL": (6890, 13776, [*BODY, 20, 21]),
    "SMPL-H": (6890, 13776, [*BODY, *fingers(20, 22), *fingers(21, 37)]),
    "SMPL-X": (10475, 20908, [*BODY, 15, 15, 15, *fingers(20, 25), *fingers(21, 40)]),
}


def many(size, vertices, count, rng):
    """(vertices, 3, count) of a size; a few fields in many amounts, since drawing them all would take seconds."""
    fields = rng.normal(0, size, (vertices, 3, 10))
    return np.concatenate([fields * rng.normal(1, 0.5, 10) for _ in range(count // 10 + 1)], axis=2)[..., :count]


def made_up_arrays(family, directions, rng):
    """Random numbers of a body's size: metres, centimetres of shape, millimetres of correctives."""
    vertices, faces, parents = LAYOUTS[family]
    joints = len(parents)
    rows = np.arange(faces)[:, None]
    regressor = np.zeros((joints, vertices))
    weights = np.zeros((vertices, joints))
    for row in regressor:
        row[rng.choice(vertices, 12, replace=False)] = rng.dirichlet(np.ones(12))
    places = np.argsort(rng.random((vertices, joints)), axis=1)[:, :4]
    np.put_along_axis(weights, places, rng.dirichlet(np.ones(4), vertices), axis=1)
    table = np.array([parents, range(joints)], np.int64)
    table[0, 0] = 4294967295
    return {
        "v_template": rng.normal(0, [0.3, 0.6, 0.15], (vertices, 3)),
        "shapedirs": many(0.01, vertices, directions, rng),
        "posedirs": many(0.002, vertices, 9 * (joints - 1), rng),
        "weights": weights,
        "J_regressor": regressor,
        "kintree_table": table.astype(np.uint32),
        "f": (rows + np.outer(1 + rows // vertices, [0, 7, 19])).astype(np.uint32) % vertices,
    }


@pytest.fixture
def rng():
    return np.random.default_rng(20260714)


@pytest.fixture(scope="session")
def layout():
    """Makes arrays: family, number of shape directions, generator."""
    return made_up_arrays


@pytest.fixture(scope="session")
def smpl_arrays():
    """One made-up SMPL body."""
    return made_up_arrays("SMPL", 10, np.random.default_rng(3))
