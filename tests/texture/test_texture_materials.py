"""Maps of materials laid on a mesh, from oracles that know them: what comes back is compared with what is true."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from PIL import Image

from backend.engines.painters.intrinsics import Intrinsics
from backend.engines.painters.materials import NOTE, laid_on, refuse_materials, seen_from_its_views
from backend.engines.texture import TextureOptions, texture_mesh
from backend.engines.texture.results import files_of, write_results
from backend.engines.texture.sources import Sources
from backend.errors import BadInput
from benchmarks import _oracles as oracles
from tests.texture.proof_scenes import (
    DIRECTIONS,
    OBSERVED,
    Asked,
    Kept,
    around,
    bumpy,
    painted_in,
    pattern,
    texel_points,
    true_atlas,
)

SIZE, VIEW = 192, 160
GENERATE = TextureOptions(resolution=SIZE, view_size=VIEW, schedule="cameras", cameras=around(VIEW), refinement_views=0)
SUN = np.array([0.4, -0.7, 0.6]) / np.linalg.norm([0.4, -0.7, 0.6])


def roughness(points):
    return 0.5 + 0.35 * np.sin(5.0 * points[:, 0] + 2.0 * points[:, 2])


def metallic(points):
    return 0.5 + 0.45 * np.sin(6.0 * points[:, 1] - 1.0)


def surface(points):
    """(n, 3): nothing, roughness, metallic."""
    return np.stack([np.ones(len(points)), roughness(points), metallic(points)], axis=1)


class Lit:
    """The true colours in the light of a sun that does not move, as a diffusion model bakes it."""

    name = "lit"

    def __init__(self, colours):
        self._colours = colours

    def paint(self, request):
        world = request.normal @ request.camera.to_world[:3, :3].T
        light = 0.45 + 0.55 * np.clip(world @ SUN, 0.0, 1.0)
        return (self._colours.paint(request) * np.where(request.object_mask, light, 1.0)[..., None]).astype(np.float32)


@pytest.fixture(scope="module")
def mesh():
    return bumpy()


@pytest.fixture(scope="module")
def truth(mesh):
    """The true maps at the texture's size, and which texels lie in charts."""
    row, col, _ = texel_points(mesh, SIZE)
    inside = np.zeros((SIZE, SIZE), dtype=bool)
    inside[row, col] = True
    return true_atlas(mesh, SIZE), true_atlas(mesh, SIZE, surface), inside


@pytest.fixture(scope="module")
def painted(mesh):
    """A texturing with shaded views, and the painter's requests."""
    asked = Asked(Lit(oracles.TextureOracle(mesh, true_atlas(mesh, 512))))
    return texture_mesh(mesh, asked, GENERATE), asked.requests


@pytest.fixture(scope="module")
def known(mesh, painted):
    """What an oracle says of each view."""
    colours = oracles.TextureOracle(mesh, true_atlas(mesh, 512))
    maps = oracles.TextureOracle(mesh, true_atlas(mesh, 512, surface))
    found = []
    for request in painted[1]:
        both = maps.paint(request).astype(np.float32)
        found.append(Intrinsics(colours.paint(request).astype(np.float32), both[..., 1], both[..., 2]))
    return found


@pytest.fixture(scope="module")
def done(mesh, painted, known):
    told = []
    result = laid_on(mesh, GENERATE, painted[0], known, lambda share, text: told.append((share, text)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[-1] == 1.0
    return result


def test_baked_light_is_gone_and_the_true_colour_back(painted, done, truth):
    colour, _, inside = truth
    where = painted_in(painted[0], inside)
    assert oracles.psnr(painted[0].albedo[where], colour[where]) < 15.0
    assert oracles.psnr(done.albedo[where], colour[where]) > 38.0


def test_roughness_and_metallic_come_back_as_they_are(painted, done, truth):
    """As numbers: 31 dB is a mean error of 7 of 255; brought to one exposure or curve they would not come near."""
    _, maps, inside = truth
    where = painted_in(painted[0], inside)
    assert done.material.shape == done.albedo.shape and done.material.dtype == np.uint8
    assert (done.material[..., 0] == 255).all()
    for channel in (1, 2):
        found, true = done.material[where][:, channel], maps[where][:, channel]
        off = np.abs(found.astype(int) - true)
        assert oracles.psnr(found, true) > 37.0
        assert np.percentile(off, 99.9) < 40 and off.mean() < 2.0


def test_how_texels_came_to_be_is_told_as_before(mesh, painted, done, known):
    result = painted[0]
    assert np.array_equal(done.evidence, result.evidence) and done.coverage == result.coverage
    assert np.array_equal(done.uv, result.uv) and done.views == result.views
    # The texturing that laid the maps saw and filled the very same texels.
    cameras = tuple(view.camera for view in result.views)
    again = texture_mesh(mesh, Kept([one.albedo for one in known]), replace(GENERATE, cameras=cameras))
    assert np.array_equal(again.evidence, result.evidence)


def test_the_model_is_shown_the_mesh_as_it_was_painted(mesh, painted):
    lit = Lit(oracles.TextureOracle(mesh, true_atlas(mesh, 512)))
    pictures = list(seen_from_its_views(mesh, GENERATE, painted[0]))
    assert len(pictures) == len(painted[1])
    for picture, request in zip(pictures, painted[1], strict=True):
        off = np.abs(picture - lit.paint(request))
        assert picture.shape == request.rgb.shape and off[request.object_mask].mean() < 0.01
        assert (picture[~request.object_mask] == 0.5).all()


def test_a_mesh_without_an_atlas_gets_its_material_in_the_one_that_was_made(mesh, known):
    bare = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    result = texture_mesh(bare, oracles.SolidOracle(pattern), GENERATE)
    assert result.unwrapped
    done = laid_on(bare, GENERATE, result, known, lambda share, text: None)
    points = oracles.surface_points(bare, 1)  # what the maps say is held against points of the surface
    assert len(points) == 3 and np.array_equal(done.uv, result.uv) and done.unwrapped
    assert oracles.surface_psnr(bare, done, pattern, 20_000) > 31.0
    assert oracles.surface_psnr(bare, replace(done, albedo=done.material), surface, 20_000) > 31.0


def test_what_was_observed_keeps_its_colour_and_the_note_says_what_is_estimated(mesh, known, truth):
    colour, _, inside = truth
    evidence = np.zeros_like(colour)
    evidence[: SIZE // 2] = (255, 255, 255)
    options = replace(GENERATE, albedo=colour, evidence=evidence)
    result = texture_mesh(mesh, Kept([one.albedo * 0.6 for one in known]), options)
    dark = [Intrinsics(one.albedo * 0.9, one.roughness, one.metallic) for one in known]
    done = laid_on(mesh, options, result, dark, lambda share, text: None)
    observed = inside & (result.evidence[..., 0] == OBSERVED)
    assert observed.sum() > 1000 and np.array_equal(done.albedo[observed], colour[observed])
    assert NOTE in done.notes and np.array_equal(done.evidence, result.evidence)


def test_where_nothing_is_known_it_is_dull_and_no_metal(mesh, known):
    options = replace(GENERATE, cameras=around(VIEW, DIRECTIONS[:1]), fill="none")
    result = texture_mesh(mesh, Kept([one.albedo for one in known]), options)
    done = laid_on(mesh, options, result, known, lambda share, text: None)
    empty = done.evidence[..., 0] == 0
    assert empty.any() and (done.material[empty] == (255, 204, 0)).all()
    assert (done.material[~empty][:, 2] > 0).any()


def test_only_a_whole_surface_has_its_material_found():
    refuse_materials("generate")
    for mode in ("restore", "refine", "project"):
        with pytest.raises(BadInput, match=mode) as caught:
            refuse_materials(mode)
        assert "generate" in caught.value.fix


def sources_of(mesh, options):
    return Sources(mesh, None, None, options, None, ())


def test_a_glb_holds_both_textures_and_the_files_beside_it_are_the_same(tmp_path, done, mesh):
    """Read by the letter of glTF 2.0, sections 3.9.2 and 4.4, by nothing of ours."""
    sources = sources_of(mesh, GENERATE)
    write_results(tmp_path, sources, done, {"prompt": "x"})
    assert {file.name for file in files_of(done)} == {path.name for path in tmp_path.iterdir()}
    data = (tmp_path / "model.glb").read_bytes()
    size = struct.unpack_from("<I", data, 12)[0]
    document, binary = json.loads(data[20 : 20 + size]), data[28 + size :]
    (material,) = document["materials"]
    shading = material["pbrMetallicRoughness"]
    assert set(shading) == {"baseColorTexture", "metallicRoughnessTexture"}
    for role, name, truth in (
        ("baseColorTexture", "base_color.png", done.albedo),
        ("metallicRoughnessTexture", "metallic_roughness.png", done.material),
    ):
        image = document["images"][document["textures"][shading[role]["index"]]["source"]]
        view = document["bufferViews"][image["bufferView"]]
        coded = binary[view["byteOffset"] :][: view["byteLength"]]
        assert coded == (tmp_path / name).read_bytes()
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(coded)).convert("RGB")), truth)
    loaded = trimesh.load(tmp_path / "model.glb", force="mesh", process=False)
    assert loaded.visual.material.metallicRoughnessTexture.size == (SIZE, SIZE)


def test_a_glb_with_the_colour_alone_is_as_it_was(tmp_path, done, mesh):
    write_results(tmp_path, sources_of(mesh, GENERATE), replace(done, material=None), {})
    assert not (tmp_path / "metallic_roughness.png").exists()
    data = (tmp_path / "model.glb").read_bytes()
    document = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    shading = document["materials"][0]["pbrMetallicRoughness"]
    assert (shading["metallicFactor"], shading["roughnessFactor"], len(document["images"])) == (0.0, 0.8, 1)
