"""What the extension shows without asking the backend agrees with what the backend does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.engines.texture import contract
from backend.engines.texture.framing import FIELD_OF_VIEW, MARGIN, NEAR
from backend.engines.texture.schedule import PUBLISHED, published
from backend.geometry.cameras import Camera
from museum_addon.core import evidence, view_schedule

FIGURES = json.loads(view_schedule.FILE.read_text(encoding="utf-8"))
CENTRE, SCALE = np.array([3.0, -1.0, 0.5]), 0.23


def points(kind: str) -> np.ndarray:
    """(n, 3) in the local frame: about the origin, longest side 1."""
    rng = np.random.default_rng(5)
    cloud = rng.normal(size=(400, 3)) * (0.3, 1.0, 2.0)
    if kind == "flat":
        cloud[:, 2] = 0.0
    if kind == "rod":
        cloud[:, :2] *= 1e-3
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    return (cloud - (low + high) / 2.0) / (high - low).max()


def test_the_figures_are_the_same() -> None:
    given = json.loads(Path(PUBLISHED).read_text(encoding="utf-8"))["views"]
    assert [(view["azimuth"], view["elevation"]) for view in FIGURES["views"]] == [
        (view["azimuth"], view["elevation"]) for view in given
    ]
    assert (FIGURES["field_of_view"], FIGURES["margin"], FIGURES["near"]) == (FIELD_OF_VIEW, MARGIN, NEAR)


@pytest.mark.parametrize("kind", ["cloud", "flat", "rod"])
def test_the_cameras_are_the_same(kind: str) -> None:
    """Theirs are found in the mesh's own frame, ours in the world."""
    local = points(kind)
    theirs = published(local, "z", (768, 768))
    ours = view_schedule.published(local * SCALE + CENTRE, 768)
    assert [view.name for view in ours] == [view.name for view in theirs]
    for our, their in zip(ours, theirs, strict=True):
        moved = their.camera.moved(-CENTRE / SCALE, 1.0 / SCALE)
        found = Camera.from_json(our.camera)
        assert np.allclose(found.to_world, moved.to_world, atol=1e-9)
        assert (found.width, found.height, found.orthographic) == (768, 768, False)
        assert np.allclose([*found.focal, *found.centre], [*moved.focal, *moved.centre])


def test_a_camera_of_a_result_stands_with_z_up() -> None:
    """Seen from the front, +Z of a GLB, is seen from -Y in Blender."""
    camera = Camera.look_at((0.0, 0.5, 4.0), (0.0, 0.5, 0.0), (0.0, 1.0, 0.0), (64, 48), field_of_view=30.0)
    turned = Camera.from_json(view_schedule.with_z_up(camera.to_json()))
    assert np.allclose(turned.place, (0.0, -4.0, 0.5)) and np.allclose(turned.forward, (0.0, 1.0, 0.0))
    assert np.allclose(turned.to_world[:3, 1], (0.0, 0.0, 1.0)) and turned.focal == camera.focal


CODES = {
    contract.OBSERVED: "observed",
    contract.INTERPOLATED: "interpolated",
    contract.GENERATED: "generated",
    contract.NONE: "empty",
}


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_the_colour_of_its_source(code: int) -> None:
    source = next(source for source in evidence.sources() if source.name == CODES[code])
    assert np.allclose(evidence.lookup()[evidence.SOURCE, code, :3], source.colour)


def test_the_margin_and_no_view_are_known() -> None:
    first, last = evidence.gutter_codes()
    assert contract.NONE < first <= contract.GUTTER < last <= contract.GENERATED
    assert evidence.no_view() == contract.NO_VIEW
