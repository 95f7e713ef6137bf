"""What models are shown of a view, against closed forms; and what they are told of it."""

from dataclasses import replace

import numpy as np
import pytest
from painter_requests import AWAY, RADIUS, ball_request

from backend.engines.painters.controls import depth_picture, grades, normal_picture, padded, start_picture
from backend.engines.painters.painter import free, free_grades
from backend.engines.painters.prompts import view_prompt
from backend.engines.texture.view_names import SIDES


def test_a_tilted_plane_is_linear_in_inverse_depth():
    """1/z of a plane is linear in the picture: halfway between its ends it is halfway between black and white."""
    request = ball_request(64)
    near, far = 1.0, 3.0
    inverse = np.linspace(1.0 / far, 1.0 / near, 64)
    depth = np.broadcast_to((1.0 / inverse).astype(np.float32), (64, 64))
    grey = depth_picture(replace(request, depth=depth, object_mask=np.ones((64, 64), bool)))[..., 0]
    expected = np.rint(255.0 * np.linspace(0.0, 1.0, 64))
    assert np.abs(grey.astype(int) - expected).max() <= 1
    assert (grey == grey[:1]).all()


def test_a_ball_is_white_where_it_is_nearest_and_black_around():
    request = ball_request(65)
    picture = depth_picture(request, 1)
    assert picture.shape == (65, 65, 3) and picture[32, 32].tolist() == [255, 255, 255]
    assert not picture[~request.object_mask].any()
    near, far = AWAY - RADIUS, float(request.depth[request.object_mask].max())
    expected = 255.0 * (1.0 / request.depth - 1.0 / far) / (1.0 / near - 1.0 / far)
    seen = request.object_mask
    assert np.abs(picture[seen][:, 0] - expected[seen]).max() < 2.0


def test_normals_of_a_ball_are_blue_in_front_green_above_and_red_on_the_left():
    request = ball_request(65)
    picture = normal_picture(request, 1).astype(int)
    seen = request.object_mask
    x, y, z = np.moveaxis(request.normal.astype(float), 2, 0)
    expected = np.stack([127.5 - 127.5 * x, 127.5 + 127.5 * y, 127.5 + 127.5 * z], axis=-1)
    assert np.abs(picture[seen] - expected[seen]).max() <= 1.0
    assert picture[32, 32].tolist() == [128, 128, 255]
    assert (picture[~seen] == (128, 128, 255)).all()
    left, right, top, bottom = picture[32, 10], picture[32, 54], picture[10, 32], picture[54, 32]
    assert left[0] > 200 > 56 > right[0] and top[1] > 200 > 56 > bottom[1]


def test_pictures_are_padded_to_what_the_model_takes():
    request = ball_request(61)
    for picture in (depth_picture(request, 8), normal_picture(request, 8)):
        assert picture.shape == (64, 64, 3)
    assert (normal_picture(request, 8)[61:] == (128, 128, 255)).all()
    assert padded(np.zeros((64, 64)), 8, 1.0).shape == (64, 64)


def test_unpainted_parts_are_shown_as_their_nearest_known_neighbours():
    request = ball_request(64)
    shown = start_picture(request)
    known = request.object_mask & ~request.mask_new
    assert np.array_equal(shown[known], request.rgb[known]) and np.array_equal(shown[~request.object_mask], request.rgb[
        ~request.object_mask
    ])  # fmt: skip
    row = 32
    first = int(np.flatnonzero(known[row])[0])
    assert np.abs(shown[row, first - 1] - request.rgb[row, first]).max() < 0.05
    assert shown[request.mask_new].std() > 0.02


def test_what_is_known_of_a_hole_is_shown_in_it():
    request = ball_request(64)
    guess = np.full((64, 64, 3), 0.9, np.float32)
    sure = request.mask_new & (np.arange(64) < 20)
    shown = start_picture(replace(request, guess=guess, mask_guess=sure))
    assert (shown[sure] == np.float32(0.9)).all() and not (shown[request.mask_new & ~sure] == np.float32(0.9)).all()


def test_grades_are_one_for_new_the_strength_for_updates_and_nought_for_the_rest():
    request = ball_request(64)
    update = request.mask_keep & (np.arange(64) > 40)
    request = replace(request, mask_update=update, mask_keep=request.mask_keep & ~update, strength=0.3)
    grade = grades(request)
    assert set(np.unique(grade)) == {np.float32(0.0), np.float32(0.3), np.float32(1.0)}
    assert (grade[request.mask_new] == 1.0).all() and (grade[update] == np.float32(0.3)).all()
    assert not free_grades(request, updates=False)[update].any()


def test_steep_surface_that_nobody_knows_is_painted_along():
    request = ball_request(64)
    steep = request.mask_new & (np.arange(64) < 12)
    request = replace(request, mask_new=request.mask_new & ~steep)
    assert free(request)[steep].all() and (free_grades(request)[steep] == 1.0).all()
    assert not free(request)[request.mask_keep].any() and not free(request)[~request.object_mask].any()


@pytest.mark.parametrize(
    ("prompt", "name", "expected"),
    [
        ("bronze vase", "front", "bronze vase, front view"),
        ("bronze vase", "back left", "bronze vase, back left view"),
        ("bronze vase", "left from above", "bronze vase, left view from above"),
        ("bronze vase", "from below", "bronze vase, view from below"),
        ("bronze vase", "", "bronze vase"),
        ("青铜鼎", "back", "青铜鼎，背面视图"),
        ("青铜鼎", "front right from below", "青铜鼎，右前方仰视图"),
        ("青铜鼎", "from above", "青铜鼎，俯视图"),
    ],
)
def test_the_prompt_says_from_where_the_object_is_seen(prompt, name, expected):
    assert view_prompt(prompt, name) == expected
    assert view_prompt(prompt, name, words=False) == prompt


def test_every_side_has_chinese_words():
    told = {view_prompt("鼎", side) for side in SIDES}
    assert len(told) == len(SIDES) and not any(letter.isascii() and letter.isalpha() for letter in "".join(told))
