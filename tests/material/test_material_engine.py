"""The engine ``material`` from a mesh and words to its files."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.ndimage import binary_dilation, map_coordinates

from backend.engines import catalogue
from backend.engines.material.engine import MARGIN
from backend.engines.material.info import MaterialParams
from backend.engines.material.meshes import prepare
from backend.errors import BackendError, BadInput, Cancelled
from backend.geometry.intake import load_mesh
from backend.geometry.texels import rasterise_texels
from backend.surface.ageing import aged, ageing_names, load_ageing
from backend.surface.drivers import measure
from backend.surface.evaluate import evaluate, surface_of
from backend.surface.material import load_material
from backend.words.names import material_names

MAPS = ("base_color.png", "metallic_roughness.png", "normal.png")


def image(folder: Path, name: str) -> np.ndarray:
    with Image.open(folder / name) as opened:
        return np.asarray(opened).copy()


def document(path: Path) -> dict:
    content = path.read_bytes()
    length = struct.unpack("<I", content[12:16])[0]
    return json.loads(content[20 : 20 + length])


def test_a_mesh_without_coordinates_is_unwrapped_and_painted(texture, stone):
    result, folder, _ = texture("one", stone, prompt="bronze with malachite patina, worn edges")
    assert {file.name for file in result.files} == {path.name for path in folder.iterdir()}
    assert result.data["unwrapped"] and result.data["charts"] >= 1 and result.data["stretch"]["mean"] < 1.6
    assert [item["name"] for item in result.data["ageing"]] == ["malachite_patina", "worn_edges"]
    for name in (*MAPS, "evidence.png"):
        assert image(folder, name).shape == (512, 512, 3)
    with np.load(folder / "uv.npz", allow_pickle=False) as saved:
        uv, faces = saved["uv"], saved["faces"]
    assert uv.dtype == np.float32 and faces.dtype == np.int32
    assert len(faces) == len(load_mesh(stone).faces) and faces.max() < len(uv)
    assert uv.min() >= 0.0 and uv.max() <= 1.0
    model = trimesh.load(folder / "model.glb", process=False, force="mesh")
    assert len(model.faces) == len(faces)
    corners = np.asarray(model.visual.uv)[model.faces]
    assert np.allclose(corners, uv[faces], atol=1e-6)


def test_the_model_lies_where_the_mesh_lay_and_holds_its_paradata(texture, stone):
    _, folder, _ = texture("one", stone, prompt="marble", seed=7)
    given, made = (trimesh.load(p, process=False, force="mesh") for p in (stone, folder / "model.glb"))
    assert np.allclose(given.bounds, made.bounds, atol=1e-6)
    assert np.allclose(np.asarray(given.triangles), np.asarray(made.triangles), atol=1e-6)
    paradata = document(folder / "model.glb")["asset"]["extras"]["museum_paradata"]
    assert paradata["task"] == "texture" and paradata["seed"] == 7
    assert paradata["inputs"][0]["role"] == "mesh" and len(paradata["inputs"][0]["sha256"]) == 64
    assert paradata["digital_source_type"].endswith("/compositeSynthetic")


def test_coordinates_that_can_be_used_are_kept_bit_for_bit(texture, slab):
    result, folder, _ = texture("kept", slab, prompt="limestone")
    assert not result.data["unwrapped"] and result.data["charts"] is None
    assert not (folder / "uv.npz").exists()
    loaded = load_mesh(slab)
    wanted = loaded.uv[loaded.uv_faces].astype(np.float32)
    content = (folder / "model.glb").read_bytes()
    head = document(folder / "model.glb")
    start = 20 + struct.unpack("<I", content[12:16])[0] + 8
    accessors = head["accessors"]
    primitive = head["meshes"][0]["primitives"][0]

    def read(number: int, dtype: str, width: int) -> np.ndarray:
        view = head["bufferViews"][accessors[number]["bufferView"]]
        begin = start + view["byteOffset"]
        return np.frombuffer(content[begin : begin + view["byteLength"]], dtype=dtype).reshape(-1, width)

    uv = read(primitive["attributes"]["TEXCOORD_0"], "<f4", 2)
    index = read(primitive["indices"], "<u4", 3)
    found = uv[index]
    assert np.array_equal(found[..., 0], wanted[..., 0])
    assert np.array_equal(found[..., 1], (1.0 - loaded.uv[loaded.uv_faces][..., 1]).astype(np.float32))


@pytest.mark.parametrize("fault", ["flat", "shared", "nan"])
def test_coordinates_that_cannot_be_used_are_made_anew_and_said_so(texture, slab, tmp_path, fault):
    lines = []
    for line in slab.read_text("utf-8").splitlines():
        if line.startswith("vt"):
            u, v = map(float, line.split()[1:])
            u, v = {"flat": (0.5, 0.5), "shared": (u % 0.34 + 0.02, v % 0.34 + 0.02), "nan": (float("nan"), v)}[fault]
            line = f"vt {u} {v}"
        lines.append(line)
    path = tmp_path / "faulty.obj"
    path.write_text("\n".join(lines), "utf-8")
    result, folder, _ = texture("anew", path)
    assert result.data["unwrapped"] and (folder / "uv.npz").exists()
    assert result.data["repairs"]


def test_the_evidence_map_says_what_is_generated_and_what_is_filled(texture, stone):
    _, folder, _ = texture("one", stone)
    evidence = image(folder, "evidence.png")
    assert set(np.unique(evidence[..., 0])) == {64, 128}
    assert (evidence[..., 1] == 255).all()
    assert (evidence[..., 2] > 0).all() and (evidence[..., 2] < 128).all()
    with np.load(folder / "uv.npz") as saved:
        a, b, c = (saved["uv"][saved["faces"][:, k]].astype(float) for k in range(3))
    area = 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (c - a)[:, 0] * (b - a)[:, 1]).sum()
    assert (evidence[..., 0] == 128).mean() == pytest.approx(area, abs=0.01)


def test_the_gutter_is_filled_from_what_is_nearest(texture, stone):
    _, folder, _ = texture("one", stone)
    inside = image(folder, "evidence.png")[..., 0] == 128
    colour = image(folder, "base_color.png")
    ring = binary_dilation(inside, iterations=16) & ~inside
    assert ring.sum() > 1000
    # No texel of the gutter is blank: each looks like some texel of a chart does.
    assert colour[ring].mean(axis=0) == pytest.approx(colour[inside].mean(axis=0), abs=12)
    assert (colour[~inside].max(axis=1) > 0).all()


def test_the_same_seed_gives_the_same_bytes_and_another_another_surface(texture, stone):
    runs = [texture(f"run{k}", stone, prompt="rusty iron", seed=seed)[1] for k, seed in enumerate((3, 3, 4))]
    for path in runs[0].iterdir():
        assert path.read_bytes() == (runs[1] / path.name).read_bytes(), path.name
    assert (runs[0] / "base_color.png").read_bytes() != (runs[2] / "base_color.png").read_bytes()
    assert (runs[0] / "uv.npz").read_bytes() == (runs[2] / "uv.npz").read_bytes()


def test_both_sides_of_a_seam_show_the_same(texture, slab):
    """Along every edge where two charts meet the maps are read on either side at one point in space."""
    layers = [layer.model_copy(update={"mask": layer.mask}) for layer in load_material("limestone").layers[:3]]
    material = load_material("limestone").model_copy(update={"layers": tuple(layers)})
    mesh = prepare(load_mesh(slab), False, MaterialParams(texture_size=1024, prompt="x"), lambda f, m: None).mesh
    texels = rasterise_texels(mesh, 1024, MARGIN)
    surface = surface_of(mesh, texels, False, measure(mesh).at(texels))
    maps = evaluate(surface, texels, material, None, None, 1, lambda share: None)
    seams, differences = {}, []
    for face in mesh.faces:
        for a, b in zip(face, np.roll(face, -1), strict=True):
            seams.setdefault(frozenset(map(tuple, mesh.vertices[[a, b]].round(6))), []).append((a, b))
    for sides in seams.values():
        if len(sides) != 2:
            continue
        (a, b), (c, d) = sides
        if np.allclose(mesh.uv[[a, b]], mesh.uv[[d, c]]):
            continue
        if not np.allclose(mesh.vertices[a], mesh.vertices[c]):
            c, d = d, c
        t = np.linspace(0.1, 0.9, 60)[:, None]
        read = []
        for one, two in ((a, b), (c, d)):
            at = mesh.uv[one] * (1 - t) + mesh.uv[two] * t
            where = ((1.0 - at[:, 1]) * 1024 - 0.5, at[:, 0] * 1024 - 0.5)
            planes = np.moveaxis(maps.base_color, 2, 0).astype(float)
            read.append(np.stack([map_coordinates(plane, where, order=1) for plane in planes]))
        differences.append(np.abs(read[0] - read[1]).max(axis=0))
    differences = np.concatenate(differences)
    assert len(differences) > 300
    assert np.median(differences) <= 1.0 and np.quantile(differences, 0.99) <= 3.0


@pytest.fixture(scope="session")
def painted(stone):
    """painted(material, ageing, amount) lays layers on the stone, measured once; returns (maps, texels)."""
    mesh = prepare(load_mesh(stone), True, MaterialParams(texture_size=512, prompt="x"), lambda f, m: None).mesh
    texels = rasterise_texels(mesh, 512, MARGIN)
    surface = surface_of(mesh, texels, False, measure(mesh, resolution=512).at(texels))

    def _painted(name: str, ageing: str = "", amount: float = 0.0):
        material = load_material(name)
        further = [(ageing, aged(load_ageing(ageing), amount, material, None))] if ageing else []
        return evaluate(surface, texels, material, None, None, 0, lambda share: None, further), texels

    return _painted


@pytest.mark.parametrize("name", ageing_names())
def test_more_of_an_ageing_changes_more(painted, name):
    before = painted("bronze")[0].base_color.astype(int)
    changes = [np.abs(painted("bronze", name, a)[0].base_color.astype(int) - before).mean() for a in (0.2, 0.6, 1.0)]
    # The stone has few edges, from which little chips off.
    assert 0.01 < changes[0] < changes[1] < changes[2]
    assert changes[2] > 0.05


def test_an_amount_of_nothing_is_the_bare_material(texture, stone):
    plain = texture("plain", stone, prompt="bronze")[1]
    none = texture("none", stone, prompt="bronze", ageing=[{"name": "rust", "amount": 0.0}])[1]
    assert (plain / "base_color.png").read_bytes() == (none / "base_color.png").read_bytes()


@pytest.mark.parametrize("material", material_names())
def test_every_material_can_be_laid_on_a_scan(painted, material):
    maps, texels = painted(material)
    colour = maps.base_color[texels.inside].astype(float)
    assert colour.std(axis=0).max() > 0.0 or material == "neutral"
    # Nothing real is blacker than soot or brighter than fresh snow; of metals the colour is that of the reflection.
    linear = ((colour / 255.0 + 0.055) / 1.055) ** 2.4
    metal = maps.metallic[texels.inside].mean() > 127
    assert 0.02 < linear.mean() < (0.99 if metal else 0.85)
    normal = maps.normal.astype(float) / 127.5 - 1.0
    assert np.abs(np.linalg.norm(normal, axis=2) - 1.0).max() < 0.02


def test_size_unit_and_axis(texture, stone, tmp_path):
    stl = tmp_path / "millimetres.stl"
    box = trimesh.creation.box((120.0, 80.0, 300.0))
    box.export(stl)
    result, folder, _ = texture("mm", stl, prompt="granite")
    assert result.data["size_m"] == pytest.approx([0.12, 0.08, 0.3], rel=1e-6)
    assert any("millimetres" in sentence for sentence in result.data["repairs"])
    made = trimesh.load(folder / "model.glb", process=False, force="mesh")
    assert np.ptp(made.vertices, axis=0) == pytest.approx([0.12, 0.3, 0.08], rel=1e-5)
    glb = texture("glb", stone)[0].data["size_m"]
    loaded = load_mesh(stone)
    assert sorted(glb) == pytest.approx(sorted(np.ptp(loaded.vertices, axis=0)), rel=1e-5)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "empty.obj"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\n", "points.obj"),
        ("v nan 0 0\nv nan 0 0\nv nan 1 0\nf 1 2 3\n", "nan.obj"),
        ("v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", "flat.obj"),
        ("this is no mesh", "words.glb"),
        ("v 0 0 0\nv 9e9 0 0\nv 0 9e9 0\nf 1 2 3\n", "huge.obj"),
    ],
)
def test_a_mesh_that_cannot_be_used_is_an_error_with_a_fix(texture, tmp_path, content, name):
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(BackendError) as caught:
        texture("bad", path)
    assert caught.value.status == 422 and caught.value.message and caught.value.fix


def test_a_normal_map_that_is_not_used_is_said(texture, stone):
    _, folder, _ = texture("first", stone)
    dressed, _, _ = texture("again", folder / "model.glb", prompt="limestone")
    assert any("normal map" in sentence for sentence in dressed.data["repairs"])
    assert not dressed.data["unwrapped"]
    bare, _, _ = texture("bare", stone)
    assert not any("normal map" in sentence for sentence in bare.data["repairs"])


def test_keeping_coordinates_that_are_not_there_is_an_error(texture, stone):
    with pytest.raises(BadInput, match="no texture coordinates"):
        texture("none", stone, unwrap="keep")


def test_a_cancelled_job_stops_at_the_next_step(texture, stone):
    with pytest.raises(Cancelled):
        texture("stop", stone, cancel_after=4)


def test_the_engine_is_found_and_its_parameters_are_listed():
    info = catalogue.find("texture")
    assert info.name == "material" and info.inputs[0].role == "mesh"
    schema = info.params.model_json_schema()
    assert schema["properties"]["texture_size"]["enum"] == [512, 1024, 2048, 4096]
    assert set(schema["properties"]["material"]["enum"]) >= {"bronze", None}
    json.dumps(schema)
