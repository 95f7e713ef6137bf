"""The engine ``text2tex`` from files to files."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.spatial import cKDTree

from backend.engines import catalogue
from backend.engines.texture.engine import run
from backend.errors import BadInput, Cancelled
from backend.geometry.cameras import Camera
from backend.jobs.execution import execute

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "museum_addon/core/paradata.schema.json").read_text("utf-8"))
RADIUS = 0.1
QUICK = {"view_size": 512, "view_count": 3, "refinement_views": 0}


class Context:
    """A job context that keeps what it was told, and cancels after a number of reports when asked to."""

    def __init__(self, folder: Path, inputs: dict[str, Path], cancel_after: int | None = None) -> None:
        self.out_dir, self.keep_dir, self.inputs = folder, folder.with_name(folder.name + "-kept"), inputs
        self.reports: list[tuple[float, str]] = []
        self.logged: list[str] = []
        self.previews: list[bytes] = []
        self.cancel_after = cancel_after

    def progress(self, fraction: float, message: str) -> None:
        self.reports.append((fraction, message))
        self.check_cancelled()

    def log(self, text: str) -> None:
        self.logged.append(text)

    def preview(self, png: bytes) -> None:
        self.previews.append(png)

    def check_cancelled(self) -> None:
        if self.cancel_after is not None and len(self.reports) > self.cancel_after:
            raise Cancelled


def globe(across: int = 48, down: int = 24, tile: int = 1001, shift: float = 0.0) -> trimesh.Trimesh:
    """A sphere in the atlas of a map of the world, its faces in an order of their own."""
    u, v = (a.ravel() for a in np.meshgrid(np.arange(across + 1) / across, np.arange(down + 1) / down))
    lon, lat = 2.0 * np.pi * u, np.pi * (v - 0.5)
    points = RADIUS * np.stack([np.cos(lat) * np.sin(lon), -np.cos(lat) * np.cos(lon), np.sin(lat)], axis=1)
    cell = (np.arange(down)[:, None] * (across + 1) + np.arange(across)).ravel()
    faces = np.concatenate([np.stack([cell, cell + 1, cell + across + 2], 1),
                            np.stack([cell, cell + across + 2, cell + across + 1], 1)])  # fmt: skip
    faces = faces[np.linalg.norm(np.diff(points[faces], axis=1), axis=2).min(axis=1) > 1e-9]
    faces = faces[np.linalg.norm(points[faces[:, 2]] - points[faces[:, 0]], axis=1) > 1e-9]
    faces = faces[np.random.default_rng(2).permutation(len(faces))]
    uv = np.stack([0.02 + 0.96 * u + (tile - 1001) % 10, 0.02 + 0.96 * v], axis=1)
    visual = trimesh.visual.TextureVisuals(uv=uv)
    points[:, 0] += shift
    return trimesh.Trimesh(points, faces, visual=visual, process=False)


def colour_at(points: np.ndarray) -> np.ndarray:
    """(n, 3) in 0..1, a smooth pattern in space."""
    p = points / RADIUS
    return 0.5 + 0.3 * np.stack([np.sin(5.0 * p[:, 0]), np.sin(4.0 * p[:, 1] + 1.0), np.sin(6.0 * p[:, 2])], axis=1)


def true_texture(size: int = 512) -> np.ndarray:
    """(size, size, 3) uint8, the pattern in the globe's atlas."""
    v, u = 1.0 - (np.mgrid[0:size, 0:size][0] + 0.5) / size, (np.mgrid[0:size, 0:size][1] + 0.5) / size
    lon, lat = 2.0 * np.pi * (u - 0.02) / 0.96, np.pi * np.clip((v - 0.02) / 0.96 - 0.5, -0.5, 0.5)
    points = RADIUS * np.stack([np.cos(lat) * np.sin(lon), -np.cos(lat) * np.cos(lon), np.sin(lat)], axis=-1)
    return np.rint(255.0 * colour_at(points.reshape(-1, 3)).reshape(size, size, 3)).astype(np.uint8)


def photograph(camera: Camera) -> np.ndarray:
    """(H, W, 4) uint8: the sphere itself, met by rays in closed form."""
    origins, directions = (a.astype(np.float64) for a in camera.rays())
    along = -(origins * directions).sum(axis=1)
    under = RADIUS**2 - (origins * origins).sum(axis=1) + along**2
    points = origins + (along - np.sqrt(np.maximum(under, 0.0)))[:, None] * directions
    picture = np.where((under > 0.0)[:, None], np.c_[colour_at(points), np.ones(len(points))], 0.0)
    return np.rint(255.0 * picture).astype(np.uint8).reshape(camera.height, camera.width, 4)


def write_obj(path: Path, *meshes: trimesh.Trimesh) -> Path:
    lines, first = [], 1
    for mesh in meshes:
        lines += [f"v {x:.9f} {y:.9f} {z:.9f}" for x, y, z in mesh.vertices]
        lines += [f"vt {u:.9f} {v:.9f}" for u, v in mesh.visual.uv]
        lines += ["f " + " ".join(f"{first + k}/{first + k}" for k in face) for face in mesh.faces]
        first += len(mesh.vertices)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def texture(tmp_path):
    """texture(name, files, **params) -> (result, folder, context)."""

    def _texture(name: str, files: dict[str, Path], cancel_after: int | None = None, **params):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        context = Context(folder, files, cancel_after)
        info = catalogue.find("texture", "text2tex")
        return run(context, catalogue.checked_params(info, {"up": "z", **QUICK, **params})), folder, context

    return _texture


@pytest.fixture
def mesh(tmp_path) -> Path:
    return write_obj(tmp_path / "globe.obj", globe())


def saved(path: Path, picture: np.ndarray) -> Path:
    Image.fromarray(picture).save(path)
    return path


def image(folder: Path, name: str) -> np.ndarray:
    with Image.open(folder / name) as opened:
        return np.asarray(opened)


def hole(size: int = 512) -> np.ndarray:
    """(size, size) bool: a patch of the globe's side."""
    marked = np.zeros((size, size), dtype=np.uint8)
    return cv2.circle(marked, (size // 3, size // 2), size // 12, 1, -1).astype(bool)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10.0 * np.log10(255.0**2 / np.mean((one.astype(float) - other.astype(float)) ** 2)))


def document_of(glb: bytes) -> dict:
    (length,) = struct.unpack_from("<I", glb, 12)
    return json.loads(glb[20 : 20 + length])


def test_words_texture_a_mesh_without_coordinates(texture, tmp_path):
    bare = globe()
    bare.visual = trimesh.visual.ColorVisuals()
    path = tmp_path / "bare.stl"
    bare.export(path)
    result, folder, context = texture("made", {"mesh": path}, mode="generate", prompt="red granite", texture_size=512)
    assert [file.name for file in result.files] == [
        "model.glb", "base_color.png", "evidence.png", "uv.npz", "thumbnail.png", "views.jpg",
    ]  # fmt: skip
    assert all((folder / file.name).stat().st_size for file in result.files)
    with np.load(folder / "uv.npz") as uv:
        assert uv["faces"].shape == bare.faces.shape
        assert (uv["uv"].dtype, uv["faces"].dtype) == (np.float32, np.int32)
        coordinates = uv["uv"][uv["faces"]]
    # The file's faces in their order: on a face of the model with these coordinates lie these places.
    model = trimesh.load(folder / "model.glb", process=False).to_geometry()
    distance, row = cKDTree(model.visual.uv).query(coordinates.reshape(-1, 2))
    assert distance.max() < 1e-5
    z_up = model.vertices[row] @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    assert np.allclose(z_up.reshape(-1, 3, 3), bare.triangles, atol=1e-5)
    assert result.data["material"] == "granite"
    assert result.data["unwrapped"]
    assert result.data["coverage"]["filled"] > 0.995
    assert (result.data["metres_per_unit"], result.data["up"]) == (1.0, "z")
    assert context.previews
    assert all(png[:4] == b"\x89PNG" and len(png) < 256 * 1024 for png in context.previews)
    shares = [share for share, _ in context.reports]
    assert shares == sorted(shares)
    evidence = image(folder, "evidence.png")
    assert set(np.unique(evidence[..., 0])) <= {0, 64, 128, 192}
    assert image(folder, "thumbnail.png").shape == (256, 256, 4)


def test_the_same_request_gives_the_same_bytes(texture, mesh):
    asked = {"mode": "generate", "prompt": "marble", "texture_size": 512}
    _, one, _ = texture("one", {"mesh": mesh}, **asked)
    _, other, _ = texture("other", {"mesh": mesh}, **asked)
    for name in ("model.glb", "base_color.png", "evidence.png", "thumbnail.png", "views.jpg"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_what_was_observed_stays_to_the_bit(texture, mesh, tmp_path):
    truth = true_texture()
    given = np.where(hole()[..., None], np.uint8(0), truth)
    files = {"mesh": mesh, "texture": saved(tmp_path / "t.png", given),
             "mask": saved(tmp_path / "m.png", hole().astype(np.uint8) * 255)}  # fmt: skip
    result, folder, _ = texture("restored", files, mode="restore")
    made, evidence = image(folder, "base_color.png"), image(folder, "evidence.png")
    observed = evidence[..., 0] == 255
    assert observed.mean() > 0.8
    assert np.array_equal(made[observed], truth[observed])
    assert not (observed & hole()).any()
    assert psnr(made[hole()], truth[hole()]) > psnr(given[hole()], truth[hole()]) + 8.0
    assert not result.data["unwrapped"]
    assert result.data["painter"] == "exemplar"
    assert result.certainty[0] == 4
    extras = document_of((folder / "model.glb").read_bytes())["asset"]["extras"]
    assert extras["museum_paradata"]["certainty"]["level"] == 4


def test_a_region_is_refined_and_the_rest_is_left(texture, mesh, tmp_path):
    truth = true_texture()
    files = {"mesh": mesh, "texture": saved(tmp_path / "t.png", truth),
             "mask": saved(tmp_path / "m.png", hole().astype(np.uint8) * 255)}  # fmt: skip
    result, folder, _ = texture(
        "refined", files, mode="refine", painter="material", prompt="gold", strength=1.0, feather=8
    )
    made = image(folder, "base_color.png")
    away = cv2.distanceTransform((~hole()).astype(np.uint8), cv2.DIST_L2, 5) > 12
    inner = cv2.distanceTransform(hole().astype(np.uint8), cv2.DIST_L2, 5) > 12
    charts = image(folder, "evidence.png")[..., 0] == 255
    assert np.array_equal(made[away & charts], truth[away & charts])
    assert np.abs(made[inner].astype(int) - truth[inner]).mean() > 25
    assert result.data["material"] == "gold"


def test_photographs_land_where_they_were_taken(texture, mesh, tmp_path):
    cameras, files = [], {"mesh": mesh}
    for number in range(6):
        turn = np.pi / 3.0 * number
        towards = np.array([np.cos(turn), np.sin(turn), 0.55 * (-1) ** number])
        camera = Camera.look_at(0.5 * towards, (0, 0, 0), (0, 0, 1), (640, 480), field_of_view=30.0)
        files[f"photo.{number + 1}"] = saved(tmp_path / f"{number}.png", photograph(camera))
        cameras.append(camera.to_json())
    result, folder, _ = texture("taken", files, mode="project", cameras=cameras, texture_size=512)
    made, evidence = image(folder, "base_color.png"), image(folder, "evidence.png")
    seen = evidence[..., 0] == 255
    assert seen.mean() > 0.75
    assert psnr(made[seen], true_texture()[seen]) > 33.0
    assert [view["kind"] for view in result.data["views"]] == ["photograph"] * 6
    assert np.allclose(result.data["views"][3]["camera"]["to_world"], cameras[3]["to_world"], atol=1e-6)
    assert result.data["painter"] is None


def test_every_udim_tile_has_its_pictures(texture, tmp_path):
    path = write_obj(tmp_path / "two.obj", globe(24, 12), globe(24, 12, 1003, 0.4))
    truth = true_texture(256)
    marked = saved(tmp_path / "m.png", hole(256).astype(np.uint8) * 255)
    files = {"mesh": path, "texture.1001": saved(tmp_path / "a.png", truth),
             "texture.1003": saved(tmp_path / "b.png", 255 - truth), "mask.1003": marked}  # fmt: skip
    result, folder, _ = texture("tiles", files, mode="restore")
    assert result.data["tiles"] == [1001, 1003]
    for tile, given in ((1001, truth), (1003, 255 - truth)):
        made, evidence = (image(folder, f"{name}.{tile}.png") for name in ("base_color", "evidence"))
        observed = evidence[..., 0] == 255
        assert np.array_equal(made[observed], given[observed])
    assert not (image(folder, "evidence.1001.png")[..., 0] == 128).any()
    document = document_of((folder / "model.glb").read_bytes())
    assert len(document["images"]) == len(document["materials"]) == len(document["meshes"][0]["primitives"]) == 2
    counts = [document["accessors"][p["indices"]]["count"] for p in document["meshes"][0]["primitives"]]
    assert counts == [3 * len(globe(24, 12).faces)] * 2


def test_an_opacity_that_means_something_else_is_kept(texture, mesh, tmp_path):
    glass = np.dstack([true_texture(), np.full((512, 512), 180, np.uint8)])
    files = {"mesh": mesh, "texture": saved(tmp_path / "t.png", glass),
             "mask": saved(tmp_path / "m.png", hole().astype(np.uint8) * 255)}  # fmt: skip
    _, folder, _ = texture("glass", files, mode="restore")
    made, evidence = image(folder, "base_color.png"), image(folder, "evidence.png")
    observed = evidence[..., 0] == 255
    assert np.array_equal(made[observed], glass[observed])
    assert (made[evidence[..., 0] == 128][:, 3] == 255).all()


def test_a_job_stops_at_the_next_view(texture, mesh):
    with pytest.raises(Cancelled):
        texture("stopped", {"mesh": mesh}, cancel_after=6, mode="generate", prompt="bronze", texture_size=512)


def test_a_retry_goes_on_and_gives_the_same_bytes(texture, mesh):
    asked = {"mode": "generate", "prompt": "bronze", "texture_size": 512, "refinement_views": 1}
    result, whole, undisturbed = texture("whole", {"mesh": mesh}, **asked)
    reports = [text for _, text in undisturbed.reports]
    third = next(number for number, text in enumerate(reports) if text.startswith("View 3"))
    with pytest.raises(Cancelled):
        texture("again", {"mesh": mesh}, cancel_after=third, **asked)
    again = texture("again", {"mesh": mesh}, **asked)
    assert again[2].logged == ["2 views were painted by an attempt before."]
    assert len(again[2].previews) == len(result.data["views"]) - 2
    for name in ("model.glb", "base_color.png", "evidence.png", "views.jpg"):
        assert (again[1] / name).read_bytes() == (whole / name).read_bytes(), name


def test_words_that_name_no_material_are_refused_at_once(texture, mesh):
    with pytest.raises(BadInput, match="No material") as caught:
        texture("none", {"mesh": mesh}, mode="generate", prompt="something nice")
    assert "Name a material" in caught.value.fix


def test_a_mesh_with_nothing_to_continue_is_refused(texture, mesh):
    with pytest.raises(BadInput, match="continues what is there"):
        texture("none", {"mesh": mesh}, mode="generate", painter="exemplar")


def test_a_result_is_described_by_a_valid_record(mesh, tmp_path):
    class Quiet:
        def progress(self, fraction, message): ...
        def log(self, text): ...
        def preview(self, png): ...
        def cancelled(self):
            return False

    out = tmp_path / "out"
    out.mkdir()
    params = {"mode": "generate", "prompt": "slate", "texture_size": 512, **QUICK}
    execute(catalogue.find("texture", "text2tex"), params, {"mesh": mesh}, out, Quiet(), 1 << 30)
    made = json.loads((out / "result.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(made["paradata"])
    assert made["paradata"]["engine"]["name"] == "text2tex"
    with Image.open(io.BytesIO((out / "views.jpg").read_bytes())) as sheet:
        assert sheet.width >= 320
