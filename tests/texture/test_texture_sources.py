"""Pictures, cameras and meshes that others made, on their way into a texturing."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh
from PIL import Image, ImageCms

from backend.engines import catalogue
from backend.engines.texture.images import read_picture
from backend.engines.texture.info import TextureParams
from backend.engines.texture.sources import Sources, gather_sources
from backend.errors import BackendError, BadInput, TooLarge
from backend.geometry.cameras import Camera

TURN_TAG = 0x0112
GRID = 4


def pattern(width: int = 32, height: int = 32) -> np.ndarray:
    """(H, W, 3) uint8, unlike itself when turned or mirrored."""
    rows, cols = np.mgrid[0:height, 0:width]
    return np.stack([cols * 255 // width, rows * 255 // height, (rows + cols) % 251], axis=2).astype(np.uint8)


def saved(path: Path, picture: np.ndarray | Image.Image, **options) -> Path:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(path, **options)
    return path


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def hollow_png(path: Path, width: int, height: int) -> Path:
    """A PNG that says it is large and holds nothing."""
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b""))
    return path


# Pictures


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.png", {}), ("a.tif", {}), ("b.tif", {"compression": "tiff_lzw"}), ("a.webp", {"lossless": True})],
)
def test_lossless_files_come_in_to_the_bit(tmp_path, name, options):
    found = read_picture(saved(tmp_path / name, pattern(), **options), "The texture")
    assert np.array_equal(found.colour, pattern())
    assert (found.alpha, found.turned, found.notes) == (None, False, ())


def test_sixteen_bits_become_eight_and_are_said_so(tmp_path):
    deep = pattern().astype(np.uint16) * 257
    for name in ("deep.png", "deep.tif"):
        cv2.imwrite(str(tmp_path / name), deep[..., ::-1])
        found = read_picture(tmp_path / name, "The texture")
        assert np.array_equal(found.colour, pattern())
        assert "8 are kept" in found.notes[0]
    cv2.imwrite(str(tmp_path / "grey.png"), deep[..., 0])
    assert np.array_equal(read_picture(tmp_path / "grey.png", "The mask").colour[..., 1], pattern()[..., 0])
    cv2.imwrite(str(tmp_path / "float.tif"), (pattern() / 255.0).astype(np.float32)[..., ::-1])
    assert np.array_equal(read_picture(tmp_path / "float.tif", "The texture").colour, pattern())


def test_grey_palette_bilevel_and_transparent_pictures_have_three_channels(tmp_path):
    grey = Image.fromarray(pattern()).convert("L")
    assert np.array_equal(read_picture(saved(tmp_path / "g.png", grey), "x").colour[..., 2], np.asarray(grey))
    palette = Image.fromarray(pattern() // 64 * 64).quantize(64)
    found = read_picture(saved(tmp_path / "p.png", palette), "x")
    assert np.array_equal(found.colour, np.asarray(palette.convert("RGB")))
    palette.info.clear()
    see_through = read_picture(saved(tmp_path / "t.png", palette, transparency=palette.getpixel((3, 3))), "x")
    assert see_through.alpha is not None
    assert see_through.alpha[3, 3] == 0
    assert see_through.alpha.max() == 255
    bits = Image.fromarray(((np.indices((8, 8)).sum(axis=0) % 2) * 255).astype(np.uint8)).convert("1")
    assert set(np.unique(read_picture(saved(tmp_path / "b.png", bits), "x").colour)) == {0, 255}
    both = np.dstack([pattern(), np.where(pattern()[..., 0] > 99, 255, 7).astype(np.uint8)])
    rgba = read_picture(saved(tmp_path / "rgba.png", both), "x")
    assert np.array_equal(np.dstack([rgba.colour, rgba.alpha]), both)
    assert read_picture(saved(tmp_path / "opaque.png", np.dstack([pattern(), np.full((32, 32), 255, np.uint8)])),
                        "x").alpha is None  # fmt: skip


@pytest.mark.parametrize("turn", [2, 3, 4, 5, 6, 7, 8])
def test_photographs_are_turned_as_the_camera_was_held(tmp_path, turn):
    stored = Image.fromarray(pattern(40, 24))
    exif = Image.Exif()
    exif[TURN_TAG] = turn
    path = saved(tmp_path / "p.png", stored, exif=exif)
    # By hand, from CIPA DC-008, section 4.6.5: where row 0 and column 0 of the file belong.
    as_seen = {
        2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1], 5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, -1), 7: lambda p: p[::-1, ::-1].transpose(1, 0, 2), 8: lambda p: np.rot90(p),
    }[turn](pattern(40, 24))  # fmt: skip
    found = read_picture(path, "x")
    assert found.turned
    assert np.array_equal(found.colour, as_seen)
    assert np.array_equal(read_picture(path, "x", turn=False).colour, pattern(40, 24))


def test_colours_of_photographs_are_brought_to_srgb_and_textures_are_left(tmp_path):
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert read_picture(saved(tmp_path / "lab.png", pattern(), icc_profile=linear), "x").colour.shape == (32, 32, 3)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(tmp_path / "s.png", pattern(), icc_profile=srgb)
    for photograph in (False, True):
        assert np.array_equal(read_picture(path, "x", photograph=photograph).colour, pattern())


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_what_is_no_picture_is_refused(tmp_path):
    good = saved(tmp_path / "good.png", pattern()).read_bytes()
    cases = {
        "empty.png": b"", "text.png": b"no picture", "cut.png": good[: len(good) // 2], "page.svg": b"<svg/>",
        "mixed.jpg": b"\xff\xd8\xff\xe0" + good, "tiff.tif": b"II*\0" + b"\xff" * 40, "gif.gif": b"GIF89a" + b"\0" * 40,
    }  # fmt: skip
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput, match="The mask") as caught:
            read_picture(tmp_path / name, "The mask")
        assert caught.value.fix


@pytest.mark.parametrize(("width", "height"), [(8193, 16), (100_000, 100_000), (60_000, 20)])
def test_pictures_beyond_the_limit_are_refused_before_they_are_decoded(tmp_path, width, height):
    with pytest.raises(TooLarge, match="The texture"):
        read_picture(hollow_png(tmp_path / "bomb.png", width, height), "The texture")


# Requests


def grid_mesh(tile: int = 1001) -> trimesh.Trimesh:
    """A square of 0.2 m, z = 0, seen from above, with its atlas; its faces in an order of their own."""
    steps = np.arange(GRID + 1) / GRID
    u, v = (axis.ravel() for axis in np.meshgrid(steps, steps))
    vertices = np.stack([0.2 * u - 0.1, 0.2 * v - 0.1, 0.01 * np.sin(7.0 * u)], axis=1)
    cell = (np.arange(GRID)[:, None] * (GRID + 1) + np.arange(GRID)).ravel()
    faces = np.concatenate([np.stack([cell, cell + 1, cell + GRID + 2], 1),
                            np.stack([cell, cell + GRID + 2, cell + GRID + 1], 1)])  # fmt: skip
    faces = faces[np.random.default_rng(4).permutation(len(faces))]
    uv = np.stack([0.05 + 0.9 * u + (tile - 1001) % 10, 0.05 + 0.9 * v + (tile - 1001) // 10], axis=1)
    return trimesh.Trimesh(vertices, faces, visual=trimesh.visual.TextureVisuals(uv=uv), process=False)


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
def gather(tmp_path):
    """gather(files, **params): the sources of a request whose mesh is the square."""

    def _gather(files: dict[str, Path] | None = None, mesh: Path | None = None, **params) -> Sources:
        files = {"mesh": mesh or write_obj(tmp_path / "grid.obj", grid_mesh()), **(files or {})}
        info = catalogue.find("texture", "text2tex")
        return gather_sources(files, catalogue.checked_params(info, params), tmp_path, lambda text: None)

    return _gather


def camera_json(camera: Camera | None = None, **changes) -> dict:
    above = Camera.look_at((0.0, 0.0, 0.5), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (64, 48), field_of_view=40.0)
    return {**(camera or above).to_json(), **changes}


def test_faces_keep_their_order_and_their_coordinates(gather):
    mesh = gather(mode="generate", prompt="bronze", up="z").mesh
    given = grid_mesh()
    assert np.allclose(mesh.vertices[mesh.faces], given.vertices[given.faces], atol=1e-8)
    assert np.allclose(mesh.visual.uv[mesh.faces], given.visual.uv[given.faces], atol=1e-8)


def test_cameras_go_with_the_mesh_into_metres_and_upright(gather, tmp_path):
    small = grid_mesh()
    small.vertices = small.vertices[:, [0, 2, 1]] * (1000.0, 1000.0, -1000.0)  # millimetres, y up
    path = write_obj(tmp_path / "mm.obj", small)
    seen = Camera.look_at((30.0, 400.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, -1.0), (64, 48), field_of_view=40.0)
    found = gather(mesh=path, mode="generate", prompt="bronze", unit="mm", up="y", schedule="cameras",
                   cameras=[seen.to_json()])  # fmt: skip
    assert np.ptp(found.mesh.vertices, axis=0)[0] == pytest.approx(0.2)
    in_file, _ = seen.project(small.vertices)
    in_metres, depth = found.options.cameras[0].project(np.asarray(found.mesh.vertices))
    # The same order: the square has no vertex twice.
    assert np.allclose(np.sort(in_file, axis=0), np.sort(in_metres, axis=0), atol=1e-4)
    assert depth.min() == pytest.approx(0.39, abs=0.02)
    back = found.stands.camera_of_file(found.options.cameras[0])
    assert np.allclose(back.to_world, seen.to_world, atol=1e-9)


@pytest.mark.parametrize(
    ("camera", "match"),
    [
        (camera_json(to_world=(np.eye(4) * 2.0).tolist()), "Camera 1: .*scaled"),
        (camera_json(to_world=np.diag([-1.0, 1.0, 1.0, 1.0]).tolist()), "Camera 1: .*mirrored"),
        (camera_json(to_world=np.zeros((4, 4)).tolist()), "Camera 1: "),
        (camera_json(Camera.look_at((0, 0, 0.5), (0, 0, 1), (0, 1, 0), (64, 48), field_of_view=40.0)), "looks past"),
        (camera_json(Camera.look_at((9, 9, 0.5), (9, 9, 0), (0, 1, 0), (64, 48), extent=1.0)), "Camera 1 looks past"),
        (camera_json(focal=[0.0, 5.0]), "focal"),
        (camera_json(width=0), "width"),
        (camera_json(width=1.5), "width"),
        (camera_json(centre=[1.0]), "centre"),
        (camera_json(to_world=[[1.0, 0.0, 0.0, 0.0]] * 3), "to_world"),
        (camera_json(focal=[float("nan"), 5.0]), "focal"),
        (camera_json(lens="fisheye"), "lens"),
    ],
)
def test_cameras_with_nonsense_are_named(gather, camera, match):
    with pytest.raises(BadInput, match=match) as caught:
        gather(mode="generate", prompt="bronze", up="z", schedule="cameras", cameras=[camera])
    assert caught.value.fix


def texture(tmp_path: Path, size: int = 64, name: str = "texture.png") -> Path:
    return saved(tmp_path / name, pattern(size, size))


def mask(tmp_path: Path, width: int = 64, height: int = 64) -> Path:
    marked = np.zeros((height, width), np.uint8)
    marked[8:20, 30:44] = 255
    return saved(tmp_path / "mask.png", marked)


def test_a_mask_says_what_is_missing(gather, tmp_path):
    found = gather({"texture": texture(tmp_path), "mask": mask(tmp_path)}, mode="restore").options
    assert found.resolution == 64
    assert np.array_equal(found.albedo, pattern(64, 64))
    assert found.missing.sum() == 12 * 14
    assert found.missing[8:20, 30:44].all()


def test_alpha_a_key_colour_and_evidence_say_what_is_missing(gather, tmp_path):
    marked = np.zeros((64, 64), bool)
    marked[5:9, 6:17] = True
    see_through = np.dstack([pattern(64, 64), np.where(marked, 0, 255).astype(np.uint8)])
    keyed = np.where(marked[..., None], np.array([253, 2, 255]), pattern(64, 64)).astype(np.uint8)
    evidence = np.dstack([np.where(marked, 128, 255), np.full((64, 64), 255), np.full((64, 64), 9)]).astype(np.uint8)
    rgba = saved(tmp_path / "rgba.png", see_through)
    for files, missing in (
        ({"texture": rgba}, {}),
        ({"texture": rgba}, {"source": "alpha"}),
        ({"texture": saved(tmp_path / "key.png", keyed)}, {"source": "key_colour", "tolerance": 0.02}),
        ({"texture": texture(tmp_path), "evidence": saved(tmp_path / "e.png", evidence)}, {}),
        ({"texture": texture(tmp_path), "evidence": tmp_path / "e.png"}, {"source": "evidence"}),
    ):
        found = gather(files, mode="restore", missing=missing)
        assert np.array_equal(found.options.missing, marked), missing
        assert found.alpha is None


def test_opacity_that_marks_nothing_missing_is_put_back(gather, tmp_path):
    glass = np.dstack([pattern(64, 64), np.full((64, 64), 200, np.uint8)])
    found = gather({"texture": saved(tmp_path / "glass.png", glass), "mask": mask(tmp_path)}, mode="restore")
    assert found.alpha is not None
    assert np.array_equal(found.alpha[0], glass[..., 3])


def test_a_mask_of_the_wrong_size_names_both_sizes(gather, tmp_path):
    with pytest.raises(BadInput, match=r"mask is 40 x 64 pixels, the texture is 64 x 64") as caught:
        gather({"texture": texture(tmp_path), "mask": mask(tmp_path, 40, 64)}, mode="restore")
    assert "64 x 64" in caught.value.fix


@pytest.mark.parametrize(
    ("files", "params", "match"),
    [
        ({}, {"mode": "restore"}, "no texture to restore"),
        ({"texture": (64, 64)}, {"mode": "restore"}, "nothing says which part"),
        ({"texture": (64, 64)}, {"mode": "refine", "missing": {"source": "none"}}, "nothing says which part"),
        ({"texture": (64, 64)}, {"mode": "restore", "missing": {"source": "mask"}}, "no mask"),
        ({"texture": (64, 64)}, {"mode": "restore", "missing": {"source": "alpha"}}, "no transparent part"),
        ({"texture": (64, 32)}, {"mode": "restore"}, r"64 x 32 pixels; it must be square"),
        ({"texture": (8, 8)}, {"mode": "restore"}, "only 8 pixels"),
        ({"texture": (64, 64)}, {"mode": "restore", "texture_size": 512}, r"64 pixels.*texture_size is 512"),
        ({"texture": (64, 64), "evidence": (32, 32)}, {"mode": "restore"}, r"evidence map is 32 x 32.*64 x 64"),
        ({"texture": (64, 64), "texture.1001": (64, 64)}, {"mode": "restore"}, "Both texture and texture.1001"),
    ],
)
def test_requests_that_do_not_fit_together_say_why(gather, tmp_path, files, params, match):
    paths = {role: saved(tmp_path / f"{role}.png", pattern(*size)) for role, size in files.items()}
    with pytest.raises(BadInput, match=match) as caught:
        gather(paths, **params)
    assert caught.value.fix


def test_udim_tiles_come_in_the_order_of_their_numbers(gather, tmp_path):
    far = grid_mesh(1012)
    far.apply_translation((0.5, 0.0, 0.0))
    path = write_obj(tmp_path / "tiles.obj", grid_mesh(1002), far)
    pictures = {f"texture.{tile}": saved(tmp_path / f"{tile}.png", pattern(64, 64) // 2 + add)
                for tile, add in ((1012, 90), (1002, 5), (1005, 0))}  # fmt: skip
    holes = {"mask.1012": mask(tmp_path)}
    found = gather({**pictures, **holes}, mesh=path, mode="restore", up="z")
    assert found.options.albedo.shape == (2, 64, 64, 3)
    assert np.array_equal(found.options.albedo[1], pattern(64, 64) // 2 + 90)
    assert [int(part.sum()) for part in found.options.missing] == [0, 168]
    assert any("texture.1005" in note for note in found.notes)
    del pictures["texture.1002"]
    with pytest.raises(BadInput, match=r"1002, 1012; there is no texture for 1002"):
        gather({**pictures, **holes}, mesh=path, mode="restore", up="z")
    with pytest.raises(BadInput, match="there is no texture for 1002"):
        gather({"texture": texture(tmp_path)}, mesh=path, mode="restore", up="z")


def test_photographs_belong_to_their_cameras(gather, tmp_path):
    wide = saved(tmp_path / "wide.png", pattern(128, 96))
    found = gather({"photo.1": wide, "photo.2": wide}, mode="project", up="z", cameras=[camera_json()] * 2)
    first = found.options.photographs[0]
    assert (first.camera.width, first.camera.height) == (128, 96)
    assert np.array_equal(first.picture, pattern(128, 96))
    for files, cameras, match in (
        ({"photo.1": wide}, 2, r"1 photographs and 2 cameras.*no photo.2"),
        ({"photo.1": wide, "photo.2": wide}, 1, "no camera for photo.2"),
        ({"photo.2": wide}, 1, "no photo.1"),
        ({}, 0, "0 photographs and 0 cameras"),
    ):
        with pytest.raises(BadInput, match=match):
            gather(files, mode="project", up="z", cameras=[camera_json()] * cameras)


def test_a_photograph_is_turned_only_where_that_fits_its_camera(gather, tmp_path):
    exif = Image.Exif()
    exif[TURN_TAG] = 6
    path = saved(tmp_path / "held.jpg", pattern(96, 128), exif=exif, quality=95)
    turned = gather({"photo.1": path}, mode="project", up="z", cameras=[camera_json()]).options.photographs[0]
    assert turned.picture.shape == (96, 128, 3)
    upright = camera_json(width=48, height=64, centre=[24.0, 32.0])
    raw = gather({"photo.1": path}, mode="project", up="z", cameras=[upright]).options.photographs[0]
    assert raw.picture.shape == (128, 96, 3)
    with pytest.raises(BadInput, match=r"Photograph 1 is 96 x 128 pixels, its camera 64 x 20"):
        gather({"photo.1": path}, mode="project", up="z", cameras=[camera_json(height=20)])


def test_a_cut_out_photograph_brings_its_mask(gather, tmp_path):
    alpha = np.zeros((48, 64), np.uint8)
    alpha[10:, :] = 255
    path = saved(tmp_path / "cut.png", np.dstack([pattern(64, 48), alpha]))
    found = gather({"photo.1": path}, mode="project", up="z", cameras=[camera_json()]).options.photographs[0]
    assert np.array_equal(found.mask, alpha == 255)


def test_occluders_stand_in_the_frame_of_the_mesh(gather, tmp_path):
    wall = grid_mesh()
    wall.apply_translation((0.0, 0.0, 0.1))
    path = write_obj(tmp_path / "wall.obj", wall)
    (found,) = gather({"occluders": path}, mode="generate", prompt="bronze", up="z").options.occluders
    assert found.vertices[:, 2].max() == pytest.approx(wall.vertices[:, 2].max())
    assert len(found.faces) == len(wall.faces)


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"mode": "generate"}, "prompt"),
        ({"mode": "restore", "painter": "material"}, "prompt"),
        ({"mode": "generate", "prompt": "bronze", "schedule": "cameras"}, "no cameras"),
        ({"mode": "restore", "missing": {"source": "wish"}}, "missing.source"),
        ({"mode": "restore", "missing": {"key_colour": "red"}}, "key_colour"),
        ({"mode": "restore", "view_size": 4000}, "view_size"),
        ({"mode": "restore", "texture_size": 100}, "texture_size"),
        ({"mode": "draw"}, "mode"),
        ({"mode": "restore", "resolution": 3}, "no parameter resolution"),
        ({"mode": "project", "cameras": [camera_json()] * 65}, "cameras"),
    ],
)
def test_parameters_that_cannot_be_are_refused_before_the_job(params, match):
    with pytest.raises(BackendError, match=match):
        catalogue.checked_params(catalogue.find("texture", "text2tex"), params)


def test_parameters_survive_the_way_through_the_queue():
    info = catalogue.find("texture", "text2tex")
    params = catalogue.checked_params(info, {"mode": "project", "cameras": [camera_json()]})
    assert isinstance(params, TextureParams)
    assert catalogue.checked_params(info, params.model_dump(mode="json", exclude_none=True)) == params


def test_numbered_inputs_are_told_apart():
    info = catalogue.find("texture", "text2tex")
    (photo,) = [spec for spec in info.inputs if spec.role == "photo"]
    others = ("photo.65", "photo.0", "photo.01", "photo", "photo.", "photo.x", "photo.1.2", "photo.٣", "texture.1001")
    assert [photo.takes(key) for key in ("photo.1", "photo.64")] == [True, True]
    assert not any(map(photo.takes, others))
    assert photo.written == "photo.1 to photo.64"
