"""The state of an object: what is missing is really missing, and what lies on it fits the material."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from backend.engines.artifact import condition, types
from backend.geometry.damage import FRACTURE
from backend.geometry.mesh import UVMesh
from backend.surface.ageing import ageing_names
from backend.surface.material import load_material, material_names

STATES = ("pristine", "good", "worn", "damaged", "fragmentary", "excavated")
DAMAGES = ("chip", "crack", "crazing", "missing_fragment", "encrustation", "patina", "bleaching", "joins", "infill")


@cache
def built(name: str) -> UVMesh:
    return types.load(name).build(np.random.default_rng(0))


def broken(name: str, state: str, damages: tuple[str, ...], material: str, seed: int = 1) -> UVMesh:
    found = condition.condition_of(state, damages, material, load_material(material))
    return condition.broken(built(name), found, np.random.default_rng(seed))


def solid_of(mesh: UVMesh) -> trimesh.Trimesh:
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    return solid


@pytest.mark.parametrize(("name", "material"), [("amphora", "terracotta"), ("ding", "iron"), ("stele", "limestone")])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_left_is_one_closed_solid_of_the_same_size(name, material, seed):
    mesh = broken(name, "fragmentary", ("chip",), material, seed)
    solid = solid_of(mesh)
    assert solid.is_watertight and solid.body_count == 1
    assert np.allclose(mesh.size, built(name).size, rtol=1e-9)
    assert 0.4 < solid.volume / solid_of(built(name)).volume < 1.0
    assert (mesh.face_region == mesh.regions.index(FRACTURE)).any()


def test_chips_take_little_and_lie_on_edges():
    whole, chipped = solid_of(built("stele")), broken("stele", "", ("chip",), "marble")
    lost = 1.0 - solid_of(chipped).volume / whole.volume
    assert 0.0 < lost < 0.02
    at = chipped.vertices[chipped.faces[chipped.face_region == chipped.regions.index(FRACTURE)]].mean(axis=1)
    around, _ = trimesh.sample.sample_surface(whole, 60_000, seed=1)
    distance, _ = cKDTree(around).query(at)
    assert distance.max() < 0.05 * max(built("stele").size)


def test_what_does_not_break_is_not_broken():
    assert broken("coin", "fragmentary", ("chip", "missing_fragment"), "gold") is built("coin")
    assert broken("amphora", "pristine", (), "terracotta") is built("amphora")


def test_the_same_seed_breaks_the_same_pieces():
    one, two = (broken("kylix", "damaged", (), "terracotta", 7) for _ in range(2))
    assert np.array_equal(one.vertices, two.vertices) and np.array_equal(one.uv, two.uv)
    assert len(broken("kylix", "damaged", (), "terracotta", 8).vertices) != len(one.vertices)


@pytest.mark.parametrize("material", [name for name in material_names() if name != "neutral"])
def test_every_state_and_damage_of_every_material_names_layers_that_exist(material):
    known = set(ageing_names())
    for state in ("", *STATES):
        found = condition.condition_of(state, DAMAGES, material, load_material(material))
        assert set(found.ageing) <= known
        assert all(0.0 <= amount <= 1.0 for amount in found.ageing.values())
        for _name, layers in condition.layers(found, load_material(material)):
            assert all(layer.mask is not None for layer in layers)


def test_metals_corrode_their_own_way():
    of = {name: condition.condition_of("", ("patina",), name, load_material(name)).ageing
          for name in ("bronze", "iron", "silver", "gold", "limestone")}  # fmt: skip
    assert "malachite_patina" in of["bronze"] and "rust" not in of["bronze"]
    assert "rust" in of["iron"] and "tarnish" in of["silver"]
    assert of["gold"] == {} and "malachite_patina" not in of["limestone"]


@pytest.mark.parametrize(
    ("prompt", "seed"),
    [
        ("cracked, gilded bronze, corinthian column, height 659.27 cm", 13),
        ("fragmentary, glazed earthenware, finger ring, height 3.11 cm", 30),
        ("cracked, leather, jue, height 34.02 cm", 82),
        ("cracked, bronze, greek temple, height 17.35 cm", 29),
        ("porcelain, medal, height 0.73 cm", 375),
    ],
)
def test_files_of_broken_and_of_small_things_are_closed(make, prompt, seed):
    _, folder, _ = make("made", prompt=prompt, seed=seed)
    # Joined to one mesh, a scene loses the normals of its file.
    (mesh,) = trimesh.load_scene(folder / "model.glb", process=False).geometry.values()
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    assert solid.is_watertight and solid.is_winding_consistent and solid.volume > 0.0
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    cross = np.cross(b - a, c - a)
    size = np.linalg.norm(cross, axis=1)
    wide = size > 1e-4 * np.median(size)
    facing = np.einsum("ij,ikj->ik", cross[wide] / size[wide, None], mesh.vertex_normals[mesh.faces[wide]])
    assert facing.min() > 0.2
