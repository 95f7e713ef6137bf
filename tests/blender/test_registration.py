"""Enabling and disabling: in order, all or nothing, and without a trace."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

bpy = pytest.importorskip("bpy")
import addon_utils  # noqa: E402

OURS = re.compile(r"MUSEUM_(OT|PT|UL|PG|MT|AP)_")


def traces() -> dict[str, Any]:
    """Everything that an extension may leave in a running Blender."""
    handlers = {
        name: [f"{handler.__module__}.{handler.__name__}" for handler in found]
        for name in dir(bpy.app.handlers)
        if isinstance(found := getattr(bpy.app.handlers, name), list)
    }
    return {
        "types": sorted(name for name in dir(bpy.types) if OURS.match(name)),
        "operators": sorted(dir(bpy.ops.museum)),
        "scene": sorted(name for name in bpy.types.Scene.bl_rna.properties.keys() if "museum" in name),  # noqa: SIM118
        "attributes": sorted(name for name in vars(bpy.types.Scene) if "museum" in name),
        "handlers": handlers,
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "children": children(),
    }


def children() -> list[str]:
    """Processes that this one started and that still run."""
    folder = Path(f"/proc/self/task/{os.getpid()}/children")
    return folder.read_text().split() if folder.exists() else []


def test_disabling_leaves_nothing_and_enabling_again_works(installed: str, enabled: SimpleNamespace) -> None:
    """The session's fixture enabled it already, so the order here is: disable, enable, disable, enable.

    What earlier tests set going (a connection, the history's thread) ends with the first disabling.
    """
    addon_utils.disable(installed)
    addon_utils.enable(installed, default_set=True)
    on = traces()
    assert on["types"] and on["operators"] and on["scene"] == ["museum"]
    addon_utils.disable(installed)
    off = traces()
    assert off["types"] == [] and off["operators"] == [] and off["scene"] == [] and off["attributes"] == []
    assert not any(installed in name for names in off["handlers"].values() for name in names)
    addon_utils.enable(installed, default_set=True)
    assert traces() == on
    addon_utils.disable(installed)
    assert traces() == off
    addon_utils.enable(installed, default_set=True)
    assert traces() == on


def test_enabling_starts_no_thread_and_no_process(installed: str, enabled: SimpleNamespace) -> None:
    addon_utils.disable(installed)
    before = traces()
    addon_utils.enable(installed, default_set=True)
    after = traces()
    assert (after["threads"], after["children"]) == (before["threads"], before["children"])
    assert enabled.runtime.current().session is None


def test_a_class_that_cannot_be_registered_takes_all_others_back(
    installed: str, enabled: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    addon_utils.disable(installed)
    off = traces()
    fault = type("MUSEUM_OT_fault", (bpy.types.Operator,), {"bl_idname": "museum.fault"})  # no bl_label
    listed = enabled.registration.classes()
    monkeypatch.setattr(enabled.registration, "classes", lambda: [*listed, fault])
    with pytest.raises(AttributeError, match="bl_label"):
        enabled.registration.register(installed)
    assert traces() == off
    monkeypatch.undo()
    addon_utils.enable(installed, default_set=True)


@pytest.mark.parametrize(
    ("name", "base", "idname"),
    [
        ("Museum_create", "Operator", "museum.create"),
        ("MUSEUM_OT_create", "Operator", "museum.make"),
        ("MUSEUM_create", "Panel", ""),
        ("MUSEUM_PT_rows", "UIList", ""),
        ("Form", "PropertyGroup", ""),
    ],
)
def test_wrongly_named_classes_are_refused(enabled: SimpleNamespace, name: str, base: str, idname: str) -> None:
    cls = type(name, (getattr(bpy.types, base),), {"bl_idname": idname})
    with pytest.raises(TypeError):
        enabled.registration.check_name(cls)


def test_every_operator_tells_what_it_does(enabled: SimpleNamespace) -> None:
    operators = [cls for cls in enabled.registration.classes() if issubclass(cls, bpy.types.Operator)]
    assert operators
    for cls in operators:
        assert cls.bl_description and not cls.bl_description.endswith("."), cls
