"""Files of the SMPL family: what is read, and what is said of files that cannot be."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from backend.engines.avatar.contract import Pose
from backend.engines.avatar.smpl import load_smpl
from backend.errors import BackendError, BadInput


@pytest.fixture(scope="module")
def model(smpl_arrays, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "SMPL_NEUTRAL.npz"
    np.savez(path, joint2num=np.array({"pelvis": 0}, object), **smpl_arrays)
    return path


@pytest.fixture
def rewritten(smpl_arrays, tmp_path):
    """Writes a file with some arrays changed or, if None, left out; posedirs are cut, the file being refused anyway."""

    def write(name="model.npz", **changes):
        arrays = {key: value for key, value in {**smpl_arrays, **changes}.items() if value is not None}
        path = tmp_path / name
        np.savez(path, **arrays)
        return path

    return write


def test_an_npz_is_read_and_its_objects_are_left_alone(model, smpl_arrays):
    body = load_smpl(model)
    assert (body.family, body.gender, body.shapes, body.expressions) == ("SMPL", "neutral", 10, ())
    assert body.template.dtype == np.float32
    assert body.parents[0] == -1 and body.joint_names[23] == "right_hand"
    assert (body.faces == smpl_arrays["f"]).all()
    assert not body.licence.bundled and body.uv is None


@pytest.mark.parametrize(("directions", "betas", "expressions"), [(20, 10, 10)])
def test_older_files_of_smplx_split_their_directions_in_halves(layout, tmp_path, directions, betas, expressions):
    arrays = layout("SMPL-X", directions, np.random.default_rng(1))
    path = tmp_path / "SMPLX_MALE.npz"
    vt, ft = np.random.default_rng(2).random((11313, 2)), arrays["f"] % 11313
    small = {key: arrays[key].astype(np.float32) for key in ("shapedirs", "posedirs")}
    np.savez(path, vt=vt, ft=ft, **{**arrays, **small})
    body = load_smpl(path, "male")
    assert (body.family, body.shapes, len(body.expressions)) == ("SMPL-X", betas, expressions)
    assert body.uv.faces.shape == body.faces.shape
    if expressions:
        posed = body.posed(None, Pose.rest(55), {"expression_001": 2.0})
        expected = arrays["v_template"] + 2 * arrays["shapedirs"][..., betas]
        assert np.abs(posed.vertices - expected).max() < 1e-5


def test_texture_coordinates_come_from_the_obj_beside_it(model, smpl_arrays):
    faces = smpl_arrays["f"].astype(np.int64)
    rng = np.random.default_rng(4)
    places, rows = rng.random((7576, 2)), rng.integers(0, 7576, faces.shape)
    order = rng.permutation(len(faces))
    lines = [f"vt {u:.6f} {v:.6f}" for u, v in places]
    for face, row in zip(np.roll(faces, 1, axis=1)[order], np.roll(rows, 1, axis=1)[order], strict=True):
        lines.append("f " + " ".join(f"{v + 1}/{t + 1}" for v, t in zip(face, row, strict=True)))
    beside = model.with_name("smpl_uv.obj")
    try:
        beside.write_text("\n".join(lines), "utf-8")
        body = load_smpl(model)
        assert np.abs(body.uv.coordinates - places).max() < 1e-6
        assert (body.uv.faces == rows).all()
        beside.write_text("vt 0 0\nf 1/1 2/1 3/1\n", "utf-8")
        with pytest.raises(BadInput, match="UV map"):
            load_smpl(model)
    finally:
        beside.unlink()


@pytest.mark.parametrize(
    ("name", "asked"), [("SMPL_FEMALE.npz", "male"), ("basicmodel_m_lbs.npz", "female"), ("SMPLX_NEUTRAL.npz", "male")]
)
def test_another_gender_than_asked_is_refused_before_the_file_is_read(tmp_path, name, asked):
    with pytest.raises(BadInput, match=asked) as caught:
        load_smpl(tmp_path / name, asked)
    assert asked in caught.value.fix


def test_the_folder_tells_the_gender_when_the_name_does_not(rewritten, tmp_path):
    folder = tmp_path / "female"
    folder.mkdir()
    with pytest.raises(BadInput, match="female"):
        load_smpl(folder / "model.npz", "male")


WRONG = {
    "no correctives": {"posedirs": None},
    "no template": {"v_template": None},
    "MANO": {"v_template": np.zeros((778, 3))},
    "flat template": {"v_template": np.zeros((6890, 2))},
    "flat directions": {"shapedirs": np.zeros((6890, 3))},
    "too few correctives": {"posedirs": np.zeros((6890, 3, 200))},
    "not finite": {"shapedirs": np.full((6890, 3, 2), np.nan)},
    "unknown vertices": {"f": np.full((13776, 3), 6890)},
    "negative vertices": {"f": np.full((13776, 3), -1)},
    "quads": {"f": np.zeros((13776, 4), int)},
    "no weights": {"weights": np.zeros((6890, 24))},
    "a circle of joints": {"kintree_table": np.array([[-1, *range(2, 24), 1], range(24)])},
    "unknown joints": {"kintree_table": np.array([[-1, *[99] * 23], range(24)])},
    "one row of joints": {"kintree_table": np.arange(24)},
    "words": {"weights": np.full((6890, 24), "heavy")},
    "complex numbers": {"v_template": np.zeros((6890, 3), complex)},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_with_wrong_contents_is_refused_with_a_fix(rewritten, wrong):
    small = {"posedirs": np.zeros((6890, 3, 207), np.float32), **WRONG[wrong]}
    with pytest.raises(BackendError) as caught:
        load_smpl(rewritten(**small))
    assert "model.npz" in caught.value.message or "joints" in caught.value.message
    assert caught.value.fix.endswith(".")


def header(shape, kind="<f8"):
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": kind, "fortran_order": False, "shape": shape})
    return out.getvalue()


DAMAGED = {
    "a terabyte promised": header((10**6, 10**6)),
    "more promised than there is": header((6890, 3)) + b"\0" * 100,
    "no header": b"v_template",
    "objects": header((1,), "|O") + b"\0" * 8,
    "a header that is code": b"\x93NUMPY\x01\x00\x20\x00__import__('os').system('true') \n",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_npz_is_refused(tmp_path, damage):
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("v_template.npy", DAMAGED[damage])
    with pytest.raises(BackendError) as caught:
        load_smpl(path)
    assert caught.value.fix.endswith(".")


def test_a_truncated_npz_and_other_files_are_refused(model, tmp_path):
    cut = tmp_path / "cut.npz"
    cut.write_bytes(model.read_bytes()[:100_000])
    (tmp_path / "body.fbx").write_bytes(b"Kaydara")
    for path in (cut, tmp_path / "body.fbx", tmp_path / "missing.npz", tmp_path):
        with pytest.raises(BackendError) as caught:
            load_smpl(path)
        assert caught.value.fix.endswith(".")
