"""The types of artifact, one module each. A module named ``_x`` is shared by types and no type itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from ....errors import NotFound

if TYPE_CHECKING:
    from .base import ArtifactType


def names() -> tuple[str, ...]:
    """The types' names, sorted. Lists modules without importing them, so it is cheap."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if m.name != "base" and not m.name.startswith("_")))


def load(name: str) -> ArtifactType:
    """The type of this name. Raises NotFound."""
    if name not in names():
        raise NotFound(f"There is no type of artifact called {name!r}.", f"Choose one of: {', '.join(names())}.")
    return import_module(f"{__name__}.{name}").TYPE


def all_types() -> tuple[ArtifactType, ...]:
    """Every type, sorted by name."""
    return tuple(load(name) for name in names())
