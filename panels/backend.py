"""The Backend panel: one line of state, what to do, and the button that does it."""

from __future__ import annotations

from urllib.parse import urlsplit

import bpy

from ..museum_addon import runtime
from ..museum_addon.client.messages import BackendState
from ..museum_addon.translations import CONTEXT, say
from .text import draw_text

ICONS = {
    BackendState.OFF: "RADIOBUT_OFF",
    BackendState.NOT_INSTALLED: "IMPORT",
    BackendState.INSTALLING: "IMPORT",
    BackendState.UPDATE_NEEDED: "FILE_REFRESH",
    BackendState.STARTING: "SORTTIME",
    BackendState.READY: "CHECKMARK",
    BackendState.UNREACHABLE: "UNLINKED",
    BackendState.UNAUTHORISED: "LOCKED",
    BackendState.OFFLINE: "INTERNET_OFFLINE",
    BackendState.FAILED: "ERROR",
}
# What each state offers: (operator, text, icon). The first is the one that mends it.
BUTTONS = {
    BackendState.OFF: (("museum.backend_start", "Start", "PLAY"),),
    BackendState.NOT_INSTALLED: (("museum.backend_install", "Install", "IMPORT"),),
    BackendState.UPDATE_NEEDED: (("museum.backend_install", "Update", "FILE_REFRESH"),),
    BackendState.UNREACHABLE: (("museum.backend_restart", "Try Again", "FILE_REFRESH"),),
    BackendState.UNAUTHORISED: (("museum.open_preferences", "Enter Token", "PREFERENCES"),),
    BackendState.OFFLINE: (("museum.open_preferences", "Preferences", "PREFERENCES"),),
    BackendState.FAILED: (
        ("museum.backend_restart", "Try Again", "FILE_REFRESH"),
        ("museum.backend_repair", "Repair", "TOOL_SETTINGS"),
        ("museum.backend_open_log", "Open Log", "TEXT"),
    ),
}


class MUSEUM_PT_backend(bpy.types.Panel):
    """What makes the objects."""

    bl_label = "Backend"
    bl_idname = "MUSEUM_PT_backend"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_order = 0

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """The way to the preferences."""
        self.layout.operator("museum.open_preferences", text="", icon="PREFERENCES", emboss=False)

    def draw(self, context: bpy.types.Context) -> None:
        """Show the state as the pump last heard of it."""
        backend = runtime.current().backend
        layout = self.layout
        if backend.state is BackendState.INSTALLING:
            row = layout.row(align=True)
            row.progress(factor=backend.install_fraction, text=f"{backend.install_fraction:.0%}", translate=False)
            row.operator("museum.backend_cancel_install", text="", icon="X")
            draw_text(layout, context, backend.install_step or backend.sentence)
        elif backend.state is BackendState.READY:
            row = layout.row(align=True)
            row.label(text=ready_text(backend.url), icon=ICONS[backend.state], translate=False)
            row.operator("museum.backend_restart", text="", icon="FILE_REFRESH")
            row.operator("museum.backend_stop", text="", icon="PAUSE")
        else:
            text = layout.column(align=True)
            draw_text(text, context, backend.sentence, ICONS[backend.state])
            draw_text(text, context, backend.fix, "BLANK1")
        self._draw_buttons(BUTTONS.get(backend.state, ()))

    def _draw_buttons(self, buttons: tuple[tuple[str, str, str], ...]) -> None:
        if not buttons:
            return
        column = self.layout.column(align=True)
        (operator, text, icon), *others = buttons
        first = column.row(align=True)
        first.scale_y = 1.3
        first.operator(operator, text=text, icon=icon)
        row = column.row(align=True)
        for operator, text, icon in others:
            row.operator(operator, text=text, icon=icon)


def ready_text(url: str) -> str:
    """Ready, and where, short enough for a narrow sidebar."""
    host = urlsplit(url).hostname or ""
    if host in ("127.0.0.1", "::1", "localhost"):
        return say("Ready on this computer")
    return say("Ready on {}").format(host)


CLASSES = (MUSEUM_PT_backend,)
