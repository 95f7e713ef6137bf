"""The table of colours of the overlay "Evidence", its shares, and that it can be told apart by everyone."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from museum_addon.core import evidence
from museum_addon.core.evidence import Shares, shares_of

# Viénot, Brettel and Mollon 1999, Digital video colourmaps for checking the legibility of displays by dichromats, Color
# Research & Application 24; for tritanopes Machado, Oliveira and Fernandes 2009, A physiologically-based model for
# simulation of color vision deficiency, IEEE TVCG 15, table 1. All on linear RGB.
RGB_TO_LMS = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
LMS_TO_RGB = np.linalg.inv(RGB_TO_LMS)
SEEN = {
    "everyone": np.eye(3),
    "protanope": LMS_TO_RGB @ [[0.0, 2.02344, -2.52581], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]] @ RGB_TO_LMS,
    "deuteranope": LMS_TO_RGB @ [[1.0, 0.0, 0.0], [0.494207, 0.0, 1.24827], [0.0, 0.0, 1.0]] @ RGB_TO_LMS,
    "tritanope": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TOLD_APART = 20.0
"""Distance in CIELAB; 2.3 is just noticeable side by side."""


def lab(colour: tuple[float, float, float], eye: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of an sRGB colour as a kind of eye sees it."""
    value = np.array(colour)
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    seen = np.clip(eye @ linear, 0.0, 1.0)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    ratio = xyz / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", SEEN)
def test_sources_are_told_apart_by_every_eye(eye: str) -> None:
    for one, other in combinations(evidence.sources(), 2):
        distance = np.linalg.norm(lab(one.colour, SEEN[eye]) - lab(other.colour, SEEN[eye]))
        assert distance > TOLD_APART, (one.name, other.name, distance)


def test_what_was_made_up_is_told_apart_in_a_grey_picture() -> None:
    """By its pattern, which no other source has."""
    patterns = [source.pattern for source in evidence.sources()]
    assert len(set(patterns)) == len(patterns) and set(patterns) <= set(evidence.PATTERNS)


def test_confidence_gets_lighter_all_the_way() -> None:
    light = [lab(evidence.confidence_colour(share), SEEN["everyone"])[0] for share in np.linspace(0.0, 1.0, 40)]
    assert np.all(np.diff(light) > 0.0)


def test_views_have_looks_of_their_own() -> None:
    looks = [evidence.view_style(number) for number in range(28)]
    assert len(set(looks)) == 28 and evidence.view_style(28) == looks[0]


def test_shares_are_of_what_lies_in_charts() -> None:
    red = np.repeat(np.array([255, 192, 128, 64, 0], dtype=np.float32) / 255.0, [6, 1, 3, 50, 40])
    found = shares_of(red)
    assert found.values() == pytest.approx((0.6, 0.1, 0.3)) and found.texels == 10
    assert shares_of(np.zeros(4, dtype=np.float32)).texels == 0
    assert shares_of(np.full(4, np.nan, dtype=np.float32)).texels == 0


def test_shares_of_several_textures_count_by_texels() -> None:
    joined = Shares(1.0, 0.0, 0.0, 30).joined(Shares(0.0, 0.5, 0.5, 10))
    assert joined.values() == pytest.approx((0.75, 0.125, 0.125)) and joined.texels == 40
    nothing = Shares(0.0, 0.0, 0.0, 0)
    assert nothing.joined(nothing) == nothing
