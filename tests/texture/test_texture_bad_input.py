"""Meshes, pictures, cameras and painters with which something is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from backend.engines.texture import PainterFailed, PaintRequest, Photograph, TextureOptions, texture_mesh
from backend.errors import BackendError, BadInput, Cancelled, GeometryError
from benchmarks import _oracles as oracles
from tests.texture.proof_scenes import around, bumpy, pattern, texel_points, textured

FEW = TextureOptions(resolution=96, view_size=96, schedule="cameras", cameras=around(96), refinement_views=0)
FREE = TextureOptions(resolution=96, view_size=96, view_count=4, refinement_views=1)


@pytest.fixture(scope="module")
def mesh():
    return bumpy(2)


@pytest.fixture(scope="module")
def bare(mesh):
    """The same without texture coordinates."""
    return textured(np.asarray(mesh.vertices), np.asarray(mesh.faces), None)


@pytest.fixture
def painter():
    return oracles.SolidOracle(pattern)


def fixed(error: BackendError) -> str:
    """The message, of an error that also says what to do."""
    assert error.fix.endswith(".")
    assert error.message.endswith(".")
    return error.message


def refusal(kind: type[BackendError], *args: object) -> str:
    with pytest.raises(kind) as caught:
        texture_mesh(*args)
    return fixed(caught.value)


# Texture coordinates.


def test_coordinates_that_are_not_there_cannot_be_kept(bare, painter):
    assert "no texture coordinates" in refusal(BadInput, bare, painter, replace(FEW, unwrap="keep"))
    assert texture_mesh(bare, painter, FEW).unwrapped


def test_coordinates_that_are_no_numbers_cannot_be_kept(mesh, painter):
    uv = np.asarray(mesh.visual.uv).copy()
    uv[5] = np.nan
    broken = textured(np.asarray(mesh.vertices), np.asarray(mesh.faces), uv)
    assert "no numbers" in refusal(BadInput, broken, painter, replace(FEW, unwrap="keep"))
    result = texture_mesh(broken, painter, FEW)
    assert result.unwrapped
    assert any("no numbers" in note for note in result.notes)


def mirrored() -> trimesh.Trimesh:
    """Two halves of a ball that share one half of the atlas."""
    ball = trimesh.creation.icosphere(3, 0.5)
    half = ball.slice_plane((0, 0, 0), (1, 0, 0))
    points, faces = np.asarray(half.vertices), np.asarray(half.faces)
    uv = np.stack([0.5 + 0.9 * points[:, 1], 0.5 + 0.9 * points[:, 2]], axis=1)
    other = points * (-1, 1, 1)
    return textured(
        np.concatenate([points, other]), np.concatenate([faces, faces[:, ::-1] + len(points)]), np.tile(uv, (2, 1))
    )


def test_overlapping_coordinates_are_kept_on_request_and_replaced_otherwise(painter):
    both = mirrored()
    kept = texture_mesh(both, painter, replace(FEW, unwrap="keep"))
    assert not kept.unwrapped
    assert (kept.uv == np.asarray(both.visual.uv)).all()
    assert any("share one place" in note and "kept" in note for note in kept.notes)
    fresh = texture_mesh(both, painter, FEW)
    assert fresh.unwrapped
    assert any("share one place" in note and "anew" in note for note in fresh.notes)
    assert fresh.faces.shape == both.faces.shape
    assert oracles.surface_psnr(both, fresh, pattern, 20_000) > 25.0


def test_mirrored_charts_that_do_not_overlap_are_no_fault(mesh, painter):
    uv = np.asarray(mesh.visual.uv) * (-1, 1) + (1, 0)
    result = texture_mesh(textured(np.asarray(mesh.vertices), np.asarray(mesh.faces), uv), painter, FEW)
    assert not result.unwrapped
    plain = texture_mesh(mesh, painter, FEW)
    row, col, _ = texel_points(mesh, 96)
    apart = np.abs(result.albedo[:, ::-1].astype(int) - plain.albedo)[row, col].max(axis=1)
    assert (apart > 3).mean() < 0.01


def mesh_at_a_point(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    return textured(np.asarray(mesh.vertices), np.asarray(mesh.faces), np.full((len(mesh.vertices), 2), 0.5))


def test_coordinates_without_area_are_replaced(mesh, painter):
    result = texture_mesh(mesh_at_a_point(mesh), painter, FEW)
    assert result.unwrapped
    assert any("no area" in note for note in result.notes)
    assert "no area" in refusal(BadInput, mesh_at_a_point(mesh), painter, replace(FEW, unwrap="keep"))


def test_a_texture_belongs_to_its_coordinates(bare, mesh, painter):
    given = np.full((96, 96, 3), 90, dtype=np.uint8)
    options = replace(FEW, mode="restore", albedo=given, missing=given[..., 0] > 0)
    assert "no texture coordinates" in refusal(BadInput, bare, painter, options)
    assert "new coordinates" in refusal(BadInput, mesh, painter, replace(options, unwrap="new"))


# Geometry.


def test_a_mesh_without_a_surface_is_refused(painter):
    none = trimesh.Trimesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=int), process=False)
    assert "no faces" in refusal(GeometryError, none, painter, FREE)
    point = textured(np.ones((3, 3)), np.array([[0, 1, 2]]), None)
    assert "no extent" in refusal(GeometryError, point, painter, FREE)
    line = textured(np.array([[0, 0, 0], [1, 0, 0], [2.0, 0, 0]]), np.array([[0, 1, 2]]), None)
    assert "No face" in refusal(GeometryError, line, painter, FREE)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_faces_with_vertices_that_are_no_numbers_are_counted(bare, painter, value):
    points = np.asarray(bare.vertices).copy()
    points[int(bare.faces[0, 0])] = value
    with pytest.raises(GeometryError) as caught:
        texture_mesh(textured(points, np.asarray(bare.faces), None), painter, FREE)
    around_it = int((np.asarray(bare.faces) == bare.faces[0, 0]).any(axis=1).sum())
    assert f"{around_it} of {len(bare.faces)}" in fixed(caught.value)


def test_vertices_that_no_face_uses_may_be_anything(mesh, painter):
    more = textured(
        np.vstack([mesh.vertices, [[np.nan, 1e30, -np.inf]]]),
        np.asarray(mesh.faces),
        np.vstack([mesh.visual.uv, [[9, np.nan]]]),
    )
    one, other = texture_mesh(mesh, painter, FEW), texture_mesh(more, painter, FEW)
    assert not other.unwrapped
    assert (one.albedo == other.albedo).all()


def test_faces_without_area_are_left_aside(mesh, painter):
    faces = np.asarray(mesh.faces)
    flat = np.vstack([faces[:100], [[0, 0, 1], [2, 2, 2]], faces[100:], [[3, 4, 3]]])
    result = texture_mesh(textured(np.asarray(mesh.vertices), flat, np.asarray(mesh.visual.uv)), painter, FEW)
    plain = texture_mesh(mesh, painter, FEW)
    assert result.faces.shape == flat.shape
    assert any("3 of" in note and "no area" in note for note in result.notes)
    assert (np.abs(result.albedo.astype(int) - plain.albedo).max(axis=2) > 3).mean() < 0.01
    unwrapped = texture_mesh(textured(np.asarray(mesh.vertices), flat, None), painter, FEW)
    assert unwrapped.faces.shape == flat.shape
    assert np.isfinite(unwrapped.uv).all()


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_faces_that_are_inside_out_are_painted_too(mesh, painter, share):
    faces = np.asarray(mesh.faces).copy()
    chosen = np.random.default_rng(1).random(len(faces)) < share
    faces[chosen] = faces[chosen][:, ::-1]
    turned = textured(np.asarray(mesh.vertices), faces, np.asarray(mesh.visual.uv))
    result, plain = texture_mesh(turned, painter, FEW), texture_mesh(mesh, painter, FEW)
    assert result.coverage["painted"] > plain.coverage["painted"] - 0.01
    assert oracles.surface_psnr(turned, result, pattern, 20_000) > 25.0


def test_an_open_scan_in_pieces_that_share_edges_is_painted(painter):
    """A bowl with a hole, a sheet that stands on it along an edge that three faces share, and crumbs."""
    bowl = bumpy(3)
    points, faces = np.asarray(bowl.vertices), np.asarray(bowl.faces)
    kept = faces[(points[faces].mean(axis=1)[:, 2] < 0.2) & (np.random.default_rng(3).random(len(faces)) < 0.97)]
    a, b = kept[0, :2]
    sheet = np.array([[a, b, len(points)]])
    crumbs = len(points) + 1 + np.arange(30).reshape(10, 3)
    rng = np.random.default_rng(5)
    extra = rng.uniform(-0.6, 0.6, (10, 1, 3)) + rng.normal(0.0, 0.005, (10, 3, 3))
    scan = textured(np.vstack([points, points[a] * 1.6, extra.reshape(-1, 3)]), np.vstack([kept, sheet, crumbs]), None)
    result = texture_mesh(scan, painter, FEW)
    assert result.coverage["filled"] == 1.0
    assert oracles.surface_psnr(scan, result, pattern, 20_000) > 22.0


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("own", [False, True])
def test_a_mesh_of_a_face_or_two(painter, count, own):
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1.0]]) * 0.01
    faces = np.array([[0, 1, 2], [0, 2, 3]])[:count]
    sheet = textured(points, faces, points[:, [0, 2]] * 90 + 0.05 if own else None)
    colour = oracles.SolidOracle(lambda p: pattern(100.0 * p))
    result = texture_mesh(sheet, colour, FREE)
    assert result.unwrapped != own
    assert result.coverage["painted"] > 0.97
    assert oracles.surface_psnr(sheet, result, lambda p: pattern(100.0 * p), 5_000) > 24.0


def test_a_camera_inside_the_mesh_is_refused_by_its_name(mesh, painter):
    inner = replace(FEW.cameras[0], to_world=np.eye(4))
    with pytest.raises(GeometryError, match="inside the mesh") as caught:
        texture_mesh(mesh, painter, replace(FEW, cameras=(FEW.cameras[0], inner)))
    fixed(caught.value)
    picture = np.zeros((96, 96, 3), dtype=np.uint8)
    photograph = Photograph(inner, picture, name="IMG_0042.jpg")
    with pytest.raises(GeometryError, match=r"IMG_0042\.jpg.*inside"):
        texture_mesh(mesh, None, replace(FEW, mode="project", photographs=(photograph,)))


def test_cameras_that_see_nothing_of_the_mesh_are_said_to(mesh, painter):
    away = tuple(camera.moved(np.array([30.0, 0.0, 0.0]), 1.0) for camera in FEW.cameras)
    assert "None of the views" in refusal(GeometryError, mesh, painter, replace(FEW, cameras=away))
    photographs = tuple(Photograph(camera, np.zeros((96, 96, 3), np.uint8)) for camera in away)
    assert "None of the views" in refusal(
        GeometryError, mesh, None, replace(FEW, mode="project", photographs=photographs)
    )


def test_one_camera_that_sees_nothing_does_no_harm(mesh, painter):
    away = FEW.cameras[0].moved(np.array([30.0, 0.0, 0.0]), 1.0)
    one = texture_mesh(mesh, painter, FEW)
    other = texture_mesh(mesh, painter, replace(FEW, cameras=(*FEW.cameras[:2], away, *FEW.cameras[2:])))
    assert (one.albedo == other.albedo).all()
    assert len(other.views) == len(one.views)


def test_a_mesh_hidden_altogether_is_said_to_be(mesh, painter):
    shell = trimesh.creation.icosphere(2, 1.2)
    assert "None of the views" in refusal(GeometryError, mesh, painter, replace(FEW, occluders=(shell,)))


# Options that do not fit together.


def test_a_mask_of_another_size_names_both_sizes(mesh, painter):
    given = np.full((96, 96, 3), 90, dtype=np.uint8)
    options = replace(FEW, mode="restore", albedo=given, missing=np.ones((48, 64), dtype=bool))
    message = refusal(BadInput, mesh, painter, options)
    assert "mask" in message
    assert "64 x 48" in message
    assert "96 x 96" in message
    evidence = np.zeros((32, 32, 3), dtype=np.uint8)
    message = refusal(BadInput, mesh, painter, replace(FEW, albedo=given, evidence=evidence))
    assert "evidence map is 32 x 32" in message
    assert "96 x 96" in message


GIVEN = np.full((96, 96, 3), 90, dtype=np.uint8)
EVERYTHING, NOTHING = np.ones((96, 96), dtype=bool), np.zeros((96, 96), dtype=bool)
CAMERA = FEW.cameras[0]
PICTURE = np.zeros((96, 96, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mode": "restore"}, "no texture to restore"),
        ({"mode": "refine"}, "no texture to refine"),
        ({"mode": "restore", "albedo": GIVEN}, "Nothing says which part"),
        ({"mode": "restore", "albedo": GIVEN, "missing": NOTHING}, "Nothing is marked"),
        ({"mode": "restore", "albedo": GIVEN, "missing": EVERYTHING}, "All of the surface"),
        (
            {"mode": "restore", "albedo": GIVEN, "missing": EVERYTHING, "evidence": np.full_like(GIVEN, 255)},
            "was observed",
        ),
        ({"mode": "restore", "albedo": GIVEN[:48], "missing": NOTHING[:48]}, "must be square"),
        ({"mode": "restore", "albedo": GIVEN.astype(float), "missing": EVERYTHING}, "not of 8 bits"),
        ({"mode": "restore", "albedo": np.stack([GIVEN] * 2), "missing": np.stack([NOTHING] * 2)}, "2 tiles"),
        ({"evidence": GIVEN}, "not the texture"),
        ({"cameras": ()}, "no cameras"),
        ({"cameras": (CAMERA,) * 256}, "256 cameras"),
        ({"mode": "project"}, "no photographs"),
        ({"mode": "project", "photographs": (Photograph(CAMERA, PICTURE),) * 300}, "300 photographs"),
        ({"mode": "project", "photographs": (Photograph(CAMERA, PICTURE[:50]),)}, "96 x 50 pixels, its camera 96 x 96"),
        ({"mode": "project", "photographs": (Photograph(CAMERA, PICTURE, NOTHING[:9]),)}, "mask of photograph 1"),
        ({"schedule": "automatic", "view_count": 0}, "Not a single view"),
        ({"view_size": 0}, "view_size is 0"),
        ({"resolution": 0}, "resolution is 0"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused_before_anything_is_painted(mesh, change, told):
    counting = Counting()
    assert told in refusal(BadInput, mesh, counting, replace(FEW, **change))
    assert counting.views == []


def test_without_a_painter_only_photographs_are_laid(mesh):
    assert "no painter" in refusal(BadInput, mesh, None, FEW)


def test_the_most_views_that_evidence_can_name(mesh):
    cameras = tuple(FEW.cameras[k % 5] for k in range(255))
    result = texture_mesh(
        mesh, oracles.SolidOracle(pattern), replace(FEW, view_size=32, cameras=cameras, refinement_views=4)
    )
    assert len(result.views) <= 255
    assert result.coverage["painted"] > 0.9


# Painters.


@dataclass
class Counting:
    """Paints a pattern, and does something else at one view."""

    wrong: object = None
    at: int = 2
    name: str = "counting"
    views: list[int] = field(default_factory=list)

    def paint(self, request: PaintRequest) -> np.ndarray:
        self.views.append(request.view_index)
        picture = oracles.SolidOracle(pattern).paint(request)
        if self.wrong is None or request.view_index != self.at:
            return picture
        return self.wrong(picture)


def raising(error: BaseException):
    def wrong(picture: np.ndarray) -> np.ndarray:
        raise error

    return wrong


def with_a_hole(picture: np.ndarray) -> np.ndarray:
    out = picture.copy()
    out[40:60, 40:60] = np.nan
    return out


WRONG = {
    "too small": (lambda p: p[::2, ::2], r"float32 \(48, 48, 3\) instead of float \(96, 96, 3\)"),
    "with alpha": (lambda p: np.dstack([p, p[..., :1]]), r"\(96, 96, 4\)"),
    "grey": (lambda p: p[..., 0], r"\(96, 96\)"),
    "nothing": (lambda p: None, "object"),
    "words": (lambda p: "done", "instead of"),
    "not a number": (with_a_hole, "no numbers"),
    "infinite": (lambda p: p / np.float32(0.0), "no numbers"),
    "one colour": (lambda p: np.full_like(p, 0.3), "one flat colour"),
    "bytes": (lambda p: (255 * p).astype(np.uint8), "whole numbers"),
    "raises": (raising(RuntimeError("out of memory")), "RuntimeError: out of memory"),
    "divides": (lambda p: p / (1 // 0), "ZeroDivisionError"),
    "gives up": (raising(BadInput("No such style.", "Choose another.")), "No such style"),
}


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("how", WRONG)
def test_a_view_that_cannot_be_painted_is_named(mesh, how):
    wrong, told = WRONG[how]
    with pytest.raises(PainterFailed, match=told) as caught:
        texture_mesh(mesh, Counting(wrong), FEW)
    assert caught.value.view_index == 2
    assert fixed(caught.value).startswith("View 3 (back left")


def test_a_painter_that_names_the_view_itself_is_not_asked_twice(mesh):
    broken = Counting(raising(PainterFailed("Nothing to go by.", "Mark less.", 2)))
    with pytest.raises(PainterFailed, match=r"^View 3 \(back left.*\).*Nothing to go by\.") as caught:
        texture_mesh(mesh, broken, FEW)
    assert (caught.value.view_index, caught.value.fix) == (2, "Mark less.")
    assert broken.views == [0, 1, 2]


def test_whole_numbers_outside_of_what_is_asked_do_no_harm(mesh):
    """What a painter answers around the object, and where nothing is asked, is not looked at."""

    class Careless(Counting):
        def paint(self, request: PaintRequest) -> np.ndarray:
            picture = super().paint(request)
            picture[~(request.mask_new | request.mask_update)] = np.nan
            return picture

    careless, plain = (texture_mesh(mesh, one, FEW) for one in (Careless(), Counting()))
    assert careless.coverage["painted"] == pytest.approx(plain.coverage["painted"], abs=0.01)
    row, col, points = texel_points(mesh, 96)
    painted = careless.evidence[row, col, 1] != 255
    assert oracles.psnr(careless.albedo[row, col][painted], 255.0 * pattern(points)[painted]) > 24.0


@pytest.mark.parametrize("at", [0, 1, 4])
def test_a_retry_asks_only_for_the_rest_and_gives_the_bytes_of_an_undisturbed_run(mesh, tmp_path, at):
    whole = texture_mesh(mesh, Counting(), FEW)
    options = replace(FEW, checkpoint=tmp_path / "kept")
    first = Counting(with_a_hole, at)
    with pytest.raises(PainterFailed) as caught:
        texture_mesh(mesh, first, options)
    assert caught.value.view_index == at
    again = Counting()
    result = texture_mesh(mesh, again, options)
    assert again.views == list(range(at, 5))
    assert result.albedo.tobytes() == whole.albedo.tobytes()
    assert result.evidence.tobytes() == whole.evidence.tobytes()
    assert files_below(tmp_path) == []
    once_more = Counting()
    texture_mesh(mesh, once_more, options)
    assert once_more.views == list(range(5))


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_another_work_does_not_take_the_views_of_a_failed_one(mesh, tmp_path):
    options = replace(FEW, checkpoint=tmp_path)
    with pytest.raises(PainterFailed):
        texture_mesh(mesh, Counting(with_a_hole), options)
    for other in (replace(options, seed=1), replace(options, resolution=128), replace(options, prompt="marble")):
        again = Counting()
        texture_mesh(mesh, again, other)
        assert again.views == list(range(5))


def test_a_retry_goes_on_with_views_that_the_schedule_chose(mesh, tmp_path):
    whole = texture_mesh(mesh, Counting(), FREE)
    last = len(whole.views) - 1
    options = replace(FREE, checkpoint=tmp_path)
    with pytest.raises(PainterFailed):
        texture_mesh(mesh, Counting(with_a_hole, last), options)
    again = Counting()
    result = texture_mesh(mesh, again, options)
    assert again.views == [last]
    assert result.albedo.tobytes() == whole.albedo.tobytes()


def test_what_a_painter_did_not_foresee_is_logged_with_its_traceback(mesh, caplog):
    with pytest.raises(PainterFailed):
        texture_mesh(mesh, Counting(raising(RuntimeError("no such layer"))), FEW)
    logged = [one for one in caplog.records if one.name == "museum.texture"]
    assert [str(one.exc_info[1]) for one in logged] == ["no such layer"]


def test_a_lack_of_memory_is_told_as_such(mesh):
    with pytest.raises(MemoryError):
        texture_mesh(mesh, Counting(raising(MemoryError())), FEW)


def test_cancelling_is_no_failure_and_keeps_the_views(mesh, tmp_path):
    options = replace(FEW, checkpoint=tmp_path)
    with pytest.raises(Cancelled):
        texture_mesh(mesh, Counting(raising(Cancelled())), options)
    again = Counting()

    def stop(share: float, text: str) -> None:
        if text.startswith("View 4"):
            raise Cancelled

    with pytest.raises(Cancelled):
        texture_mesh(mesh, again, options, stop)
    assert again.views == [2]
    last = Counting()
    texture_mesh(mesh, last, options)
    assert last.views == [3, 4]


@pytest.mark.parametrize("options", [FEW, FREE, replace(FEW, schedule="published", view_count=3)])
def test_progress_rises_from_nothing_to_the_whole(mesh, options):
    told: list[tuple[float, str]] = []
    result = texture_mesh(mesh, Counting(), options, lambda share, text: told.append((share, text)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(text for _, text in told)
    assert sum(text.startswith("View ") for _, text in told) >= len(result.views)


def test_a_painter_that_looks_ahead_sees_all_planned_views_first(mesh):
    class Ahead(Counting):
        def prepare(self, requests) -> None:
            self.planned = [(r.view_index, r.view_name, r.mask_new.sum()) for r in requests]
            assert self.views == []

    given = np.full((96, 96, 3), 90, dtype=np.uint8)
    hole = np.zeros((96, 96), dtype=bool)
    hole[20:50, 20:60] = True
    painter = Ahead()
    texture_mesh(mesh, painter, replace(FEW, mode="restore", albedo=given, missing=hole))
    assert [index for index, _, _ in painter.planned] == list(range(5))
    assert sum(count for _, _, count in painter.planned) > 100
    assert all(name for _, name, _ in painter.planned)

    class Blind(Counting):
        def prepare(self, requests) -> None:
            raise KeyError("weights")

    with pytest.raises(PainterFailed, match=r"KeyError.*weights"):
        texture_mesh(mesh, Blind(), replace(FEW, mode="restore", albedo=given, missing=hole))


def test_views_that_a_painter_does_not_take_are_left_out(mesh):
    class Choosy(Counting):
        def can_paint(self, request: PaintRequest) -> bool:
            return "back" not in request.view_name

    choosy = Choosy()
    result = texture_mesh(mesh, choosy, FEW)
    assert choosy.views == list(range(len(result.views)))
    assert 0 < len(result.views) < 5
    assert not any("back" in view.name for view in result.views)
    assert result.coverage["filled"] == 1.0

    class Idle(Counting):
        def can_paint(self, request: PaintRequest) -> bool:
            return False

    with pytest.raises(PainterFailed, match="none of the views"):
        texture_mesh(mesh, Idle(), FREE)
