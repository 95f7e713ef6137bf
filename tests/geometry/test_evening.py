"""Scaled meshes get an even atlas again."""

from __future__ import annotations

import numpy as np
import pytest

from backend.engines.artifact import types
from backend.geometry.evening import evened
from backend.geometry.mesh import UVMesh


def density(mesh: UVMesh) -> tuple[float, float]:
    """Spread of texels per metre (1st to 99th percentile of the surface), and how much of the atlas is used."""
    corners, uv = mesh.vertices[mesh.faces], mesh.uv[mesh.faces]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    ab, ac = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    flat = 0.5 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
    assert flat.min() > -1e-12
    wide = area > 0.02 * np.median(area)
    values = np.sqrt(flat[wide] / area[wide])
    order = np.argsort(values)
    share = np.cumsum(area[wide][order]) / area[wide].sum()
    low, high = np.interp([0.01, 0.99], share, values[order])
    return float(high / low), float(flat.sum())


@pytest.mark.parametrize("name", ["panel", "stele", "relief", "tile", "sarcophagus", "fangding"])
@pytest.mark.parametrize("factors", [(0.2, 1.0, 1.0), (1.0, 5.0, 1.0), (3.0, 1.0, 0.5)])
def test_density_is_even_however_the_sides_were_scaled(name, factors):
    built = types.load(name).build(np.random.default_rng(0))
    scaled = built.scaled(factors)
    spread, fill = density(evened(scaled, built))
    assert spread < min(3.0, density(scaled)[0])
    assert fill > 0.2


def test_an_unscaled_mesh_keeps_the_density_that_it_had():
    built = types.load("stele").build(np.random.default_rng(0))
    assert density(evened(built, built))[0] == pytest.approx(density(built)[0], rel=0.02)


def test_no_texel_belongs_to_two_charts():
    built = types.load("panel").build(np.random.default_rng(0))
    mesh = evened(built.scaled((4.0, 0.5, 1.0)), built)
    grid = 512
    count = np.zeros((grid, grid), dtype=int)
    y, x = np.mgrid[:grid, :grid] + 0.5
    for corners in mesh.uv[mesh.faces] * grid:
        inside = np.ones((grid, grid), dtype=bool)
        for k in range(3):
            (px, py), (qx, qy) = corners[k], corners[(k + 1) % 3]
            inside &= (qx - px) * (y - py) - (qy - py) * (x - px) > 1e-6
        count += inside
    assert count.max() == 1 and mesh.uv.min() > 0.0 and mesh.uv.max() < 1.0
