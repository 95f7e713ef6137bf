"""What Blender gets to know of the extension, in order, and how all of it is taken away again."""

from __future__ import annotations

from contextlib import ExitStack
from importlib import import_module

import bpy

from . import handlers, history_actions, preferences, pump, runtime, translations

# Each module exposes ``CLASSES``. Property groups stand before the groups that hold them, and panels come last.
MODULES = (
    ".properties_collection",
    ".properties_details",
    ".properties_engine",
    ".properties_material",
    ".properties_picture",
    ".properties_texture",
    ".properties_history",
    ".properties_evidence",
    ".properties",
    ".preferences",
    "..operators.backend",
    "..operators.models",
    "..operators.create",
    "..operators.details",
    "..operators.material",
    "..operators.texture",
    "..operators.picture",
    "..operators.engines",
    "..operators.presets",
    "..operators.views",
    "..operators.jobs",
    "..operators.history",
    "..operators.collection",
    "..operators.display",
    "..panels.backend",
    "..panels.models",
    "..panels.memory",
    "..panels.create",
    "..panels.details",
    "..panels.collection",
    "..panels.material",
    "..panels.texture",
    "..panels.picture",
    "..panels.engines",
    "..panels.evidence",
    "..panels.jobs",
    "..panels.history",
)
PREFIXES = {
    bpy.types.Operator: "MUSEUM_OT_",
    bpy.types.Panel: "MUSEUM_PT_",
    bpy.types.UIList: "MUSEUM_UL_",
    bpy.types.Menu: "MUSEUM_MT_",
    bpy.types.PropertyGroup: "MUSEUM_PG_",
    bpy.types.AddonPreferences: "MUSEUM_AP_",
}


def classes() -> list[type]:
    """Every class of the extension in the order of registration. Raises TypeError for a wrongly named one."""
    found = [cls for name in MODULES for cls in import_module(name, __package__).CLASSES]
    for cls in found:
        check_name(cls)
    return found


def check_name(cls: type) -> None:
    """Hold a class to Blender's naming. Raises TypeError."""
    prefix = next((prefix for base, prefix in PREFIXES.items() if issubclass(cls, base)), None)
    if prefix is None:
        raise TypeError(f"{cls.__name__} is of no kind that the extension registers")
    if not cls.__name__.startswith(prefix):
        raise TypeError(f"{cls.__name__} must be called {prefix}...")
    if issubclass(cls, bpy.types.Operator) and cls.bl_idname != "museum." + cls.__name__.removeprefix(prefix):
        raise TypeError(f"{cls.__name__} does not fit its bl_idname {cls.bl_idname!r}")


class Registration:
    """Registers in order; a step that fails takes back those before it; unregistering is the reverse."""

    def __init__(self) -> None:
        self._undo = ExitStack()

    def register(self, package: str) -> None:
        """Add everything. package: the extension's own name, ``bl_ext.<repository>.museum_addon``."""
        with ExitStack() as undo:
            runtime.open_runtime(package, pump.Pump)
            undo.callback(runtime.close_runtime)
            undo.callback(history_actions.stop)
            previews = runtime.current().previews
            previews.find, previews.changed = preferences.picture_of, pump.redraw_sidebars
            for cls in classes():
                bpy.utils.register_class(cls)
                undo.callback(bpy.utils.unregister_class, cls)
            undo.callback(runtime.current().engine_groups.close)
            pointer = bpy.props.PointerProperty(type=import_module(".properties", __package__).MUSEUM_PG_scene)
            bpy.types.Scene.museum = pointer  # type: ignore[attr-defined]
            undo.callback(delattr, bpy.types.Scene, "museum")
            of_windows = import_module(".properties_evidence", __package__).MUSEUM_PG_window
            windows = bpy.props.PointerProperty(type=of_windows)
            bpy.types.WindowManager.museum = windows  # type: ignore[attr-defined]
            undo.callback(delattr, bpy.types.WindowManager, "museum")
            bpy.app.translations.register(package, translations.catalogue())
            undo.callback(bpy.app.translations.unregister, package)
            for handler_list, handler in handlers.all_handlers():
                handler_list.append(handler)
                undo.callback(handler_list.remove, handler)
            undo.callback(handlers.forget_resuming)
            handlers.resume_soon()
            self._undo = undo.pop_all()

    def unregister(self) -> None:
        """Take everything away, last thing first."""
        self._undo.close()


REGISTRATION = Registration()


def register(package: str) -> None:
    """Called by Blender through the root package."""
    REGISTRATION.register(package)


def unregister() -> None:
    """Called by Blender through the root package."""
    REGISTRATION.unregister()
