"""Textures painted view by view and projected back: any painter, any mesh, and what was observed stays as it is.

The names below are this package's front door. They are imported on first use, so that the server, which only wants
``info``, starts without numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "texture_mesh": ".pipeline",
    "Camera": "...geometry.cameras",
    "Painter": ".contract",
    "PaintRequest": ".contract",
    "Photograph": ".contract",
    "PainterFailed": ".contract",
    "TextureOptions": ".contract",
    "TextureResult": ".contract",
    "ViewRecord": ".contract",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)
