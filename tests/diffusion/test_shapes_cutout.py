"""Objects taken off backgrounds: pictures put together from an object with known opacity and a background."""

import io

import numpy as np
import pytest
from PIL import Image

from backend.engines.shapes.cutout import BUSY, NOTHING, cut_out, read_picture
from backend.engines.texture.images import Picture

HEIGHT, WIDTH, FINER = 320, 240, 4
COLOURS = {"bronze": (112, 84, 48), "celadon": (150, 178, 160), "porcelain": (243, 242, 236)}


def vase(colour):
    """(H, W, 3) shaded colours and (H, W) opacity of a vase with one handle, through which the background shows."""
    y, x = np.mgrid[0 : HEIGHT * FINER, 0 : WIDTH * FINER].astype(np.float64) / (HEIGHT * FINER)
    x = x - 0.5 * WIDTH / HEIGHT
    up = np.clip((y - 0.12) / 0.76, 0.0, 1.0)
    radius = 0.10 + 0.11 * np.sin(np.pi * np.clip(up * 1.05, 0.0, 1.0)) ** 2 + 0.03 * (up < 0.06)
    body = (np.abs(x) <= radius) & (y >= 0.12) & (y <= 0.88)
    ring = np.hypot(x - 0.17, y - 0.36)
    handle = (ring > 0.075) & (ring < 0.11) & ~body
    across = np.clip(x / np.maximum(radius, 1e-6), -1.0, 1.0)
    light = np.where(body, 0.55 + 0.45 * np.clip(0.5 * np.sqrt(1.0 - across**2) - 0.7 * across, -0.4, 1.0), 0.62)
    solid = (body | handle).astype(np.float64)
    shaded = np.asarray(colour) * np.clip(light, 0.0, 1.0)[..., None] * solid[..., None]
    pooled = shaded.reshape(HEIGHT, FINER, WIDTH, FINER, 3).mean(axis=(1, 3))
    opacity = solid.reshape(HEIGHT, FINER, WIDTH, FINER).mean(axis=(1, 3))
    return pooled / np.maximum(opacity, 1e-6)[..., None], opacity


def backgrounds():
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    far = np.hypot((x - WIDTH / 2) / WIDTH, (y - HEIGHT / 2) / HEIGHT)
    return {
        "white": np.full((HEIGHT, WIDTH, 3), 255.0),
        "gradient": np.linspace(120.0, 205.0, HEIGHT)[:, None, None] * np.ones((1, WIDTH, 3)),
        "vignette": (238.0 - 160.0 * far**2)[..., None] * np.array([1.0, 0.97, 0.92]),
        "noise": 190.0 + rng.normal(0.0, 8.0, (HEIGHT, WIDTH, 3)),
        "busy": rng.uniform(0.0, 255.0, (HEIGHT // 16, WIDTH // 16, 3)).repeat(16, 0).repeat(16, 1),
    }


def composed(colour, background):
    shaded, opacity = vase(colour)
    mixed = shaded * opacity[..., None] + background * (1.0 - opacity[..., None])
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8), opacity


def overlap(found, true):
    return float((found & true).sum() / (found | true).sum())


@pytest.mark.parametrize("ground", ["white", "gradient", "vignette", "noise"])
@pytest.mark.parametrize("material", ["bronze", "celadon"])
def test_an_object_comes_off_a_plain_background(material, ground):
    colour, opacity = composed(COLOURS[material], backgrounds()[ground])
    cut = cut_out(Picture(colour))
    assert cut.method == "plain"
    assert overlap(cut.alpha >= 128, opacity >= 0.5) > 0.99
    assert np.abs(cut.alpha / 255.0 - opacity).mean() < 0.008
    assert cut.confidence > 0.5 and not cut.warnings


@pytest.mark.parametrize("ground", ["white", "gradient", "vignette", "noise"])
def test_of_an_object_of_the_background_s_own_colours_the_cut_is_good_or_doubted(ground):
    colour, opacity = composed(COLOURS["porcelain"], backgrounds()[ground])
    cut = cut_out(Picture(colour))
    good = overlap(cut.alpha >= 128, opacity >= 0.5) > 0.97
    assert good or cut.warnings == (BUSY,)
    assert good or ground == "noise"


def test_the_background_within_a_handle_is_taken_away_and_a_highlight_stays():
    colour, opacity = composed(COLOURS["celadon"], backgrounds()["white"])
    row, col = round(0.36 * HEIGHT), round(WIDTH / 2 + 0.2 * HEIGHT)
    assert opacity[row, col] == 0.0 and cut_out(Picture(colour)).alpha[row, col] == 0
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    spot = np.exp(-((x - 105) ** 2 + (y - 200) ** 2) / 180.0)[..., None]
    shone = np.rint(colour * (1.0 - spot) + 255.0 * spot).astype(np.uint8)
    assert shone[200, 105].min() == 255
    assert cut_out(Picture(shone)).alpha[200, 105] == 255


def test_the_edge_takes_none_of_the_background_with_it():
    """Before another background the object looks as if it had always stood there."""
    green = np.broadcast_to(np.array([40.0, 190.0, 60.0]), (HEIGHT, WIDTH, 3))
    cut = cut_out(Picture(composed(COLOURS["bronze"], green)[0]))
    shaded, opacity = vase(COLOURS["bronze"])
    edge = (opacity > 0.05) & (opacity < 0.95)
    share = cut.alpha[edge, None] / 255.0
    onto_white = cut.colour[edge] * share + 255.0 * (1.0 - share)
    expected = shaded[edge] * opacity[edge, None] + 255.0 * (1.0 - opacity[edge, None])
    kept = composed(COLOURS["bronze"], green)[0][edge]
    greenness = lambda pixels: float(np.maximum(pixels[:, 1] - pixels[:, 0], 0.0).mean())  # noqa: E731
    assert greenness(cut.colour[edge].astype(float)) < 0.15 * greenness(kept.astype(float))
    assert np.abs(onto_white - expected).mean() < 20.0


def test_a_busy_background_is_told_and_lowers_the_confidence():
    cut = cut_out(Picture(composed(COLOURS["bronze"], backgrounds()["busy"])[0]))
    assert cut.confidence < 0.3 and cut.warnings[0] in (BUSY, NOTHING)


def test_a_picture_of_nothing_is_used_whole_and_told():
    cut = cut_out(Picture(np.full((64, 64, 3), 200, np.uint8)))
    assert cut.method == "none" and cut.warnings == (NOTHING,) and (cut.alpha == 255).all()


def test_transparency_of_the_picture_is_kept_as_it_is(tmp_path):
    shaded, opacity = vase(COLOURS["bronze"])
    alpha = np.rint(255.0 * opacity).astype(np.uint8)
    Image.fromarray(np.dstack([shaded.astype(np.uint8), alpha]), "RGBA").save(tmp_path / "vase.png")
    cut = cut_out(read_picture(tmp_path / "vase.png"))
    assert cut.method == "alpha" and np.array_equal(cut.alpha, alpha) and cut.confidence == 1.0


def test_without_removal_the_background_stays():
    colour, _ = composed(COLOURS["bronze"], backgrounds()["white"])
    cut = cut_out(Picture(colour), remove_background=False)
    assert (cut.alpha == 255).all() and np.array_equal(cut.colour, colour) and not cut.warnings


def test_the_object_stands_in_the_middle_of_a_white_square_of_its_own_proportions():
    colour, opacity = composed(COLOURS["bronze"], backgrounds()["gradient"])
    square = np.asarray(cut_out(Picture(colour)).centred(200, 0.1)).astype(int)
    dark = np.abs(square - 255).max(axis=-1) > 40
    rows, cols = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    assert square.shape == (200, 200, 3)
    assert abs(rows[0] - 20) <= 2 and abs(rows[-1] - 179) <= 2
    assert abs((cols[0] + cols[-1]) - 199) <= 3
    true_rows = np.flatnonzero((opacity > 0.5).any(axis=1))
    true_cols = np.flatnonzero((opacity > 0.5).any(axis=0))
    expected = (true_cols[-1] - true_cols[0]) / (true_rows[-1] - true_rows[0])
    assert (cols[-1] - cols[0]) / (rows[-1] - rows[0]) == pytest.approx(expected, rel=0.03)


def test_the_same_picture_is_cut_the_same():
    colour, _ = composed(COLOURS["celadon"], backgrounds()["vignette"])
    one, two = (cut_out(Picture(colour)) for _ in range(2))
    assert np.array_equal(one.rgba, two.rgba)
    assert Image.open(io.BytesIO(one.preview())).mode == "RGBA"


def test_size_and_place_of_the_picture_do_not_matter():
    """A large picture is cut at its own size."""
    colour, opacity = composed(COLOURS["bronze"], backgrounds()["white"])
    large = colour.repeat(4, 0).repeat(4, 1)
    cut = cut_out(Picture(large))
    assert cut.alpha.shape == large.shape[:2]
    assert overlap(cut.alpha >= 128, opacity.repeat(4, 0).repeat(4, 1) >= 0.5) > 0.98


def test_no_more_pixels_are_kept_than_engines_look_at(tmp_path):
    Image.fromarray(np.zeros((40, 4000, 4), np.uint8) + 200, "RGBA").save(tmp_path / "long.png")
    picture = read_picture(tmp_path / "long.png")
    assert picture.size == (1536, 15) and picture.alpha.shape == (15, 1536)
