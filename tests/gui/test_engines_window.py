"""Engines, their settings and presets in a real Blender with a window; the neural ones cannot run there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .test_window import HERE, archive, pytestmark, run  # noqa: F401 - a fixture, and when to skip


@pytest.fixture(scope="module")
def seen(backend_python: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:  # noqa: F811
    """What was seen of the panels, in both languages."""
    work = tmp_path_factory.mktemp("engines")
    script = ["--python", str(HERE / "engines.py"), "--", str(archive), str(work)]
    return run(work, "engines.json", *script, screen="1600x1300")


def test_an_engine_that_cannot_run_holds_its_button_back(seen: dict[str, Any]) -> None:
    assert (seen["picture_poll"], seen["create_poll"]) == (False, False)


def test_a_click_on_the_arrow_resets_a_setting_alone(seen: dict[str, Any]) -> None:
    """The preset sets sampler, steps and guidance, and a LoRA file was added; the topmost arrow is the sampler's."""
    assert set(seen["settings"]) == {"steps", "guidance", "loras"}
    assert seen["settings"]["loras"] == [{"name": "bronze.safetensors", "weight": 0.7}]


def test_the_panels_were_photographed_in_both_languages(seen: dict[str, Any]) -> None:
    assert {"engines-4-settings.png", "engines-chinese-texture.png"} <= set(
        seen["photographs"]
    )
