"""The free body against what the package ``anny`` made of the same phenotypes (``devtools/makehuman_reference.py``)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.engines.avatar.contract import Pose
from backend.engines.avatar.makehuman import MakeHumanBody
from backend.engines.avatar.makehuman_data import FOLDER
from backend.engines.avatar.phenotype import Phenotype
from backend.errors import BadInput

REFERENCE = Path(__file__).parent / "anny_reference.npz"
TENTH_MM = 1e-4
MICROMETRE = 1e-6


@pytest.fixture(scope="module")
def body():
    return MakeHumanBody()


@pytest.fixture(scope="module")
def reference():
    with np.load(REFERENCE) as file:
        return {key: file[key] for key in file.files}


def phenotype_of(reference, row):
    """anny's numbers in MakeHuman's terms: it counts gender and proportions from the other end, age in thirds."""
    told = dict(zip(reference["phenotype_names"].tolist(), reference["phenotypes"][row].tolist(), strict=True))
    return Phenotype(
        gender=1 - told["gender"],
        age_years=float(np.interp(told["age"], [-1 / 3, 0, 1 / 3, 2 / 3, 1], [0, 1, 10, 25, 90])),
        proportions=1 - told["proportions"],
        cup_size=told["cupsize"],
        **{key: told[key] for key in ("muscle", "weight", "height", "firmness", "african", "asian", "caucasian")},
    )


def with_details(body, reference, row):
    """The details of a row; anny names a pair by its positive target."""
    names = dict(zip(body.shapes.detail_stems[1::2], body.details, strict=True))
    changes = zip(reference["detail_names"].tolist(), reference["details"][row].tolist(), strict=True)
    return {names[stem]: value for stem, value in changes if value}


def test_every_reference_phenotype_has_the_same_vertices_and_joints(body, reference):
    plain = len(reference["phenotypes"]) - len(reference["details"])
    worst = 0.0
    for row in range(len(reference["phenotypes"])):
        phenotype = phenotype_of(reference, row)
        if row >= plain:
            phenotype = replace(phenotype, details=with_details(body, reference, row - plain))
        shaped = body.shape(phenotype)
        ground = np.array([0, reference["ground"][row], 0])
        vertices = reference["vertices"][row] * MICROMETRE - ground
        joints = reference["joints"][row] * MICROMETRE - ground
        off = max(np.abs(shaped.vertices[reference["chosen"]] - vertices).max(), np.abs(shaped.joints - joints).max())
        worst = max(worst, off)
    assert worst < 0.1 * TENTH_MM
    assert body.joint_names == tuple(reference["bones"].tolist())


def test_face_actions_move_the_face_as_they_do_there(body, reference):
    assert body.expressions == tuple(reference["action_names"].tolist())
    for row, actions in enumerate(reference["actions"]):
        moved = np.zeros(body.template.shape)
        for action in np.nonzero(actions)[0]:
            body.shapes.actions.add(action, actions[action], moved)
        assert np.abs(moved[reference["face"]] - reference["acted"][row] * MICROMETRE).max() < 0.1 * TENTH_MM


@pytest.mark.parametrize(
    ("metres", "phenotype"),
    [
        (1.83, Phenotype(gender=1.0)),
        (1.55, Phenotype(gender=0.0, age_years=70, weight=0.95)),
        (1.20, Phenotype(age_years=7)),
        (0.52, Phenotype(age_years=0)),
        (2.20, Phenotype(gender=1.0, muscle=1.0, african=1.0, asian=0.0, caucasian=0.0)),
        (1.15, Phenotype(gender=0.0)),  # beyond the build's own range
    ],
)
def test_a_height_in_metres_is_met(body, metres, phenotype):
    solved = body.with_height(phenotype, metres)
    vertices = body.shape(solved).vertices[body.parts["body"][0]]
    assert vertices[:, 1].max() - vertices[:, 1].min() == pytest.approx(metres, abs=1e-4)
    assert vertices[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert replace(solved, height=phenotype.height, scale=1.0) == phenotype


@pytest.mark.parametrize("metres", [5.0, 0.0, -1.0, float("nan"), float("inf")])
def test_a_height_that_no_one_has_is_refused_with_the_range(body, metres):
    with pytest.raises(BadInput) as caught:
        body.with_height(Phenotype(), metres)
    assert " m." in caught.value.fix


def test_numbers_out_of_range_and_unknown_names_are_refused(body):
    for wrong in (
        Phenotype(gender=1.5),
        Phenotype(weight=float("nan")),
        Phenotype(age_years=200),
        Phenotype(details={"third-arm": 1.0}),
        Phenotype(details={body.details[0]: 2.0}),
    ):
        with pytest.raises(BadInput):
            body.shape(wrong)
    with pytest.raises(BadInput, match="no rig"):
        body.with_rig("octopus")


@pytest.mark.parametrize(("rig", "bones"), [("default", 163), ("game_engine", 53), ("mixamo", 52)])
def test_each_rig_is_whole_and_holds_every_vertex(body, rig, bones):
    other = body.with_rig(rig)
    assert len(other.joint_names) == len(set(other.joint_names)) == bones == other.weights.count
    assert (other.parents[0], *np.unique(other.parents[1:] < np.arange(1, bones))) == (-1, True)
    assert np.abs(other.weights.values.sum(axis=1) - 1).max() < 1e-12
    shaped = other.shape(None)
    lengths = np.linalg.norm(other.tails(shaped) - shaped.joints, axis=1)
    assert (lengths > 1e-4).mean() > 0.9
    posed = other.posed(shaped, Pose.rest(bones))
    assert np.abs(posed.vertices - shaped.vertices).max() < 1e-6


def test_a_raised_arm_is_carried_by_its_own_bones_alone(body):
    other = body.with_rig("mixamo")
    arm = other.joint_names.index("mixamorig:LeftArm")
    pose = Pose.rest(len(other.joint_names))
    pose.rotations[arm] = [0, 0, 1.0]
    shaped = other.shape(None)
    moved = np.linalg.norm(other.posed(shaped, pose).vertices - shaped.vertices, axis=1)
    skin = body.parts["body"][0]
    moved, x = moved[skin], shaped.vertices[skin, 0]
    assert moved[x < -0.05].max() < 1e-3
    assert moved[x > 0.5].min() > 0.2


def test_faces_uvs_and_parts_belong_together(body):
    assert body.faces.shape == body.uv.faces.shape == (17554, 4)
    assert len(body.uv.coordinates) == 21334 > body.uv.faces.max()
    assert body.uv.coordinates.min() >= 0 and body.uv.coordinates.max() <= 1
    sizes = {"body": 13380, "skirt": 720, "tights": 2674, "hair": 428, "tongue": 226, "eye_left": 72}
    for name, (vertices, faces) in body.parts.items():
        used = np.unique(body.faces[faces])
        assert vertices.start == used[0] and vertices.stop == used[-1] + 1
        assert name not in sizes or sizes[name] == vertices.stop - vertices.start == len(used)
    assert body.template[body.parts["eye_left"][0], 0].min() > 0  # the figure's left is +x
    skin = body.template[body.faces[body.parts["body"][1]]]
    fans = np.cross(skin[:, 1], skin[:, 2]) + np.cross(skin[:, 2], skin[:, 3])
    assert (skin[:, 0] * fans).sum() > 0  # a positive volume: counter-clockwise seen from outside


def test_garment_helpers_follow_the_body(body):
    thin, stout = (body.shape(Phenotype(weight=weight)) for weight in (0.0, 1.0))
    for part in ("skirt", "tights"):
        depths = [np.ptp(shaped.vertices[body.parts[part][0], 2]) for shaped in (thin, stout)]
        assert depths[1] > depths[0] + 0.01


def test_closing_an_eye_moves_what_is_around_it_and_nothing_else(body):
    offsets = body.expression_offsets("eyeBlinkLeft")
    moved = np.nonzero(np.linalg.norm(offsets, axis=1) > 1e-4)[0]
    eye = body.template[body.parts["eye_left"][0]].mean(axis=0)
    assert 0 < len(moved) < 1200
    assert np.linalg.norm(body.template[moved] - eye, axis=1).max() < 0.08


def test_the_data_are_small_and_say_where_they_come_from():
    assert sum(path.stat().st_size for path in FOLDER.glob("makehuman_*")) < 8e6
    readme = (FOLDER / "README.md").read_text("utf-8")
    digest = (FOLDER / "makehuman_inputs.sha256").read_text("utf-8").split()[0]
    assert "CC0" in readme and digest in readme
