"""What the overlay's shaders draw, on whatever draws for this Blender, compared with the table of colours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from museum_addon.core import evidence

pytest.importorskip("bpy")

SCRIPT = Path(__file__).with_name("draw_evidence.py")
NO_GRAPHICS = 77
DARKEST = 0.6
"""What the lines of a pattern leave of a colour."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """In a program of its own: a machine that cannot draw may end it."""
    path = tmp_path_factory.mktemp("drawn") / "evidence.npz"
    done = subprocess.run([sys.executable, SCRIPT, path], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode == NO_GRAPHICS or done.returncode < 0:
        pytest.skip("This machine has nothing to draw with.")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rror:" not in done.stdout and "Push constants" not in done.stdout + done.stderr, done.stdout + done.stderr
    with np.load(path) as found:
        return dict(found)


def quarter(picture: np.ndarray, right: int, up: int) -> np.ndarray:
    """(n, 3) 0..1, the pixels of a quarter without those at its edges."""
    half = len(picture) // 2
    found = picture[up * half + 4 : (up + 1) * half - 4, right * half + 4 : (right + 1) * half - 4, :3]
    return found.reshape(-1, 3) / 255.0


def is_of(pixels: np.ndarray, colour: np.ndarray, pattern: str) -> bool:
    """Whether all pixels have the colour, or are darker by the lines of the pattern, which there are some of."""
    share = (pixels @ colour) / (colour @ colour)
    same = np.abs(pixels - share[:, None] * colour).max() < 0.01 and share.max() == pytest.approx(1.0, abs=0.01)
    dark = (share < 0.9).mean()
    return bool(same and share.min() > DARKEST and (dark == 0.0) == (pattern == "plain") and dark < 0.7)


QUARTERS = {"observed": (0, 0), "interpolated": (1, 0), "generated": (0, 1), "empty": (1, 1)}


@pytest.mark.parametrize("name", QUARTERS)
def test_each_source_has_the_colour_and_the_pattern_of_the_legend(drawn: dict[str, np.ndarray], name: str) -> None:
    """Also the margin that lies across the observed quarter: what is beside it shows."""
    source = next(source for source in evidence.sources() if source.name == name)
    assert is_of(quarter(drawn["source"], *QUARTERS[name]), np.array(source.colour), source.pattern)


@pytest.mark.parametrize(("name", "value"), [("observed", 255), ("interpolated", 77), ("generated", 128)])
def test_confidence_is_its_colour(drawn: dict[str, np.ndarray], name: str, value: int) -> None:
    colour = np.array(evidence.confidence_colour(value / 255.0))
    assert is_of(quarter(drawn["confidence"], *QUARTERS[name]), colour, "plain")


def test_views_are_told_from_what_no_view_painted(drawn: dict[str, np.ndarray]) -> None:
    colour, pattern = evidence.view_style(3)
    assert is_of(quarter(drawn["view"], 0, 1), np.array(colour), pattern)
    grey = evidence.without_view()
    assert is_of(quarter(drawn["view"], 0, 0), np.array(grey["observed"]), "plain")
    assert is_of(quarter(drawn["view"], 1, 0), np.array(grey["interpolated"]), "dots")


def test_the_surface_itself_never_shows_through(drawn: dict[str, np.ndarray]) -> None:
    """At grazing angles too, where depths differ most."""
    white = (drawn["slanted"][..., :3] == 255).all(axis=2)
    assert (drawn["alone"][..., 3] > 0).sum() > 5000 and white.sum() == 0


def test_what_stands_in_front_hides_it(drawn: dict[str, np.ndarray]) -> None:
    seen = drawn["hidden"][drawn["hidden"][..., 3] > 0][:, :3]
    assert len(seen) > 5000 and (seen == 255).all(axis=1).mean() > 0.99
