"""The extension's preferences: they stay on this computer and never enter a .blend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from . import runtime
from .core.errors import InvalidRequest

if TYPE_CHECKING:
    from .client.session import SessionSettings

PACKAGE = __package__.rpartition(".")[0]
SETTINGS_CHANGED = "The settings were changed. Jobs that have not ended go on when the backend is started."
LINKS = {
    "embedded": "Runs on this computer. Blender starts it with the first job and ends it when nobody needs it.",
    "remote": "Runs elsewhere. Ask whoever runs it for its address and token.",
}


def settings_changed(_preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    """The session was made for other settings: end it; the next use makes a new one, which takes up the jobs.

    Nothing is connected here: while an address is being changed, the token is still the other backend's.
    """
    state = runtime.HOLDER.runtime
    if state is not None and state.session is not None:
        state.close_session()
        state.backend.sentence = SETTINGS_CHANGED


class MUSEUM_AP_preferences(bpy.types.AddonPreferences):
    """Where the backend is, and where results are kept."""

    bl_idname = PACKAGE

    mode: EnumProperty(
        name="Backend",
        description="Where objects are made",
        items=[
            ("embedded", "On This Computer", "Install and run the backend here"),
            ("remote", "Remote", "Use a backend that runs on another computer"),
        ],
        update=settings_changed,
    )
    url: StringProperty(
        name="Address",
        description="Address of the remote backend, for example https://museum-backend.example.org:8765",
        update=settings_changed,
    )
    token: StringProperty(
        name="Token",
        description="Proves to the remote backend who you are. It is kept in these preferences only",
        subtype="PASSWORD",
        update=settings_changed,
    )
    allow_plain_http: BoolProperty(
        name="Allow Unencrypted HTTP",
        description="Send the token and results unencrypted to a remote backend. Only within a network you trust",
        update=settings_changed,
    )
    python: StringProperty(
        name="Python",
        description="Python 3.11 to 3.13 that the backend is installed with. Empty: one that fits is looked for",
        subtype="FILE_PATH",
        update=settings_changed,
    )
    data_folder: StringProperty(
        name="Data Folder",
        description="Where the backend, its jobs and results are kept. Empty: Blender's folder for this extension",
        subtype="DIR_PATH",
        update=settings_changed,
    )
    storage: EnumProperty(
        name="Painted Images",
        description="Where the pictures of textures are kept",
        items=[
            ("pack", "In the .blend", "Packed into the file"),
            ("folder", "Beside the .blend", "As PNG files in the folder textures; packed while the file is not saved"),
        ],
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Show the settings of the chosen mode, each with what it is for."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.row().prop(self, "mode", expand=True)
        layout.label(text=LINKS[self.mode], icon="INFO")
        column = layout.column()
        if self.mode == "remote":
            column.prop(self, "url", placeholder="https://")
            column.prop(self, "token")
            column.prop(self, "allow_plain_http")
            if not bpy.app.online_access:
                column.label(text='Blender is offline. Turn on "Allow Online Access" under System.', icon="ERROR")
        else:
            column.prop(self, "python", placeholder="Found by itself")
        column.prop(self, "data_folder", placeholder="Blender's folder for this extension")
        column.prop(self, "storage")


def preferences(context: bpy.types.Context) -> MUSEUM_AP_preferences:
    """The extension's preferences."""
    return context.preferences.addons[PACKAGE].preferences


def data_folder(context: bpy.types.Context) -> Path:
    """The folder that everything of the extension lies in."""
    chosen = preferences(context).data_folder
    if chosen:
        return Path(bpy.path.abspath(chosen))
    return Path(bpy.utils.extension_path_user(PACKAGE, path="", create=True))


def session_settings(context: bpy.types.Context) -> SessionSettings:
    """What a session is made with. Raises InvalidRequest for a remote backend without an address."""
    from .client.session import SessionSettings

    chosen = preferences(context)
    if chosen.mode == "remote" and not chosen.url.strip():
        raise InvalidRequest("No address of the remote backend is set.", "Enter it in the extension's preferences.")
    return SessionSettings(
        mode=chosen.mode,
        url=chosen.url.strip(),
        token=chosen.token.strip(),
        data_dir=data_folder(context),
        source_dir=Path(__file__).resolve().parents[1],
        python=Path(bpy.path.abspath(chosen.python)) if chosen.python else None,
        online_access=bpy.app.online_access,
        allow_plain_http=chosen.allow_plain_http,
    )


CLASSES = (MUSEUM_AP_preferences,)
