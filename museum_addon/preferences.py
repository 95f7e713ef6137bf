"""The extension's preferences: they stay on this computer and never enter a .blend."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from . import runtime
from .client.address import parse_address
from .core.errors import InstallError, InvalidRequest
from .paths import DataPaths
from .translations import say

if TYPE_CHECKING:
    from .client.model_options import ModelOptions
    from .client.session import SessionSettings

PACKAGE = __package__.rpartition(".")[0]
SOURCE = Path(__file__).resolve().parents[1]
SETTINGS_CHANGED = "The settings were changed. Jobs that have not ended go on when the backend is started."
PICTURES = ("thumbnail.png", ".preview.png")
LINKS = {
    "embedded": "Runs on this computer. Blender starts it with the first job and ends it when nobody needs it.",
    "remote": "Runs elsewhere. Ask whoever runs it for its address and token.",
}
BUILDS = {
    "win32": ("cuda", "cpu"),
    "linux": ("cuda", "rocm", "cpu"),
    "darwin": ("mps",),
}
"""The builds of PyTorch that a system can have, as the backend's list of them has it."""
BUILD_ITEMS = (
    ("auto", "Automatic", "The one that fits the graphics driver of this computer"),
    ("cuda", "NVIDIA", "For graphics cards by NVIDIA"),
    ("rocm", "AMD", "For graphics cards by AMD, on Linux"),
    ("mps", "Apple", "For Macs with Apple's own chips"),
    ("cpu", "Processor Only", "The smallest; neural engines are slow without a graphics card"),
)
BUILD_ITEMS_HERE = [item for item in BUILD_ITEMS if item[0] in ("auto", *BUILDS.get(sys.platform, ("cpu",)))]


def settings_changed(_preferences: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    """The session was made for other settings: end it; the next use makes a new one, which takes up the jobs.

    Nothing is connected here: while an address is being changed, the token is still the other backend's.
    """
    state = runtime.HOLDER.runtime
    if state is not None and state.session is not None:
        state.close_session()
        state.backend.sentence = SETTINGS_CHANGED


def tier_changed(chosen: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    """Something else shall be installed: the backend is asked to start, so that its panel says what is missing."""
    settings_changed(chosen, context)
    if not bpy.app.background and chosen.mode == "embedded":
        bpy.ops.museum.backend_start()


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
    tier: EnumProperty(
        name="Engines",
        description="What is installed on this computer",
        items=[
            ("core", "Embedded Only", "Artifacts, materials and textures by rules: on any computer, 1.2 GB"),
            ("neural", "With Neural Engines", "Also engines that learned from pictures; several gigabytes more"),
        ],
        update=tier_changed,
    )
    graphics: EnumProperty(
        name="Graphics Card",
        description="For which graphics card neural engines are installed",
        items=BUILD_ITEMS_HERE,
        update=tier_changed,
    )
    models_folder: StringProperty(
        name="Models Folder",
        description="Where downloaded models are kept; they take many gigabytes. Empty: in your data folder, for all "
        "versions of Blender together",
        subtype="DIR_PATH",
        update=settings_changed,
    )
    models_more: StringProperty(
        name="Further Folder",
        description="A folder that holds models already, for example on a museum's server; nothing is written there. "
        "Several are separated as in the system's own search path",
        subtype="DIR_PATH",
        update=settings_changed,
    )
    models_endpoint: StringProperty(
        name="Mirror",
        description="Address of a mirror that models are downloaded from instead of their usual hub",
        update=settings_changed,
    )
    models_token: StringProperty(
        name="Hub Token",
        description="Opens models that are given out on request. It is kept in these preferences and handed to the "
        "backend in a file that only you can read",
        subtype="PASSWORD",
        update=settings_changed,
    )
    models_offline: BoolProperty(
        name="Never Download Models",
        description="Open no connection for models. Those that are here are used",
        update=settings_changed,
    )
    servers_file: StringProperty(
        name="Servers File",
        description="Describes servers of others that make shapes from pictures; the documentation shows how. Empty: "
        "servers.json in the models folder",
        subtype="FILE_PATH",
        update=settings_changed,
    )
    idle_minutes: IntProperty(
        name="Unload After (min)",
        description="After how many minutes a model that nobody uses leaves the memory",
        default=10,
        min=1,
        soft_max=120,
        max=1440,
        update=settings_changed,
    )
    release_for_render: BoolProperty(
        name="Leave the Graphics Card to Renders",
        description="When Blender begins to render, have models leave the graphics card's memory at once, or when "
        "their job has ended. No other job of a neural engine begins until the render is done",
        default=True,
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
            if not bpy.app.online_access and on_another_computer(self):
                column.label(text='Blender is offline. Turn on "Allow Online Access" under System.', icon="ERROR")
        else:
            column.prop(self, "python", placeholder="Found by itself")
            draw_tier(column, self)
            column.prop(self, "servers_file", placeholder="In the models folder")
        column.prop(self, "data_folder", placeholder="Blender's folder for this extension")
        column.prop(self, "storage")
        draw_models(layout, self)


def draw_tier(layout: bpy.types.UILayout, chosen: MUSEUM_AP_preferences) -> None:
    """What is installed, and how much it is."""
    layout.row().prop(chosen, "tier", expand=True)
    if chosen.tier == "neural":
        layout.prop(chosen, "graphics")
    size = size_text(chosen.tier, chosen.graphics, bpy.app.translations.locale)
    layout.label(text=size, icon="DISK_DRIVE", translate=False)


def draw_models(layout: bpy.types.UILayout, chosen: MUSEUM_AP_preferences) -> None:
    """Where models are, how they come, and when they leave the memory."""
    header, body = layout.panel("museum_models", default_closed=False)
    header.label(text="Models")
    if body is None:
        return
    column = body.column()
    if chosen.mode == "remote":
        column.label(text="The remote backend has settings of its own for its models.", icon="INFO")
    else:
        column.prop(chosen, "models_folder", placeholder="Your data folder")
        column.prop(chosen, "models_more", placeholder="None")
        column.prop(chosen, "models_endpoint", placeholder="https://")
        column.prop(chosen, "models_token")
        column.label(text=token_text(chosen), icon="LOCKED", translate=False)
        column.prop(chosen, "models_offline")
        column.prop(chosen, "idle_minutes")
    column.prop(chosen, "release_for_render")


def token_text(chosen: MUSEUM_AP_preferences) -> str:
    """Whether gated models can be opened, and how."""
    listing = runtime.current().models.listing
    if chosen.models_token.strip():
        return say("This token is used for models that are given out on request.")
    if listing is not None and listing.token:
        return say("The backend found a token: {}.").format(listing.token)
    return say("Needed only for models that are given out on request; make one in your account at their hub.")


@cache
def size_text(tier: str, graphics: str, _locale: str) -> str:
    """How much disk a tier takes, with a build of PyTorch. Kept, for it is drawn again and again."""
    from .client.environment import InstallPlan

    plan = InstallPlan.for_extension(DataPaths(Path()), SOURCE, None, tier, "" if graphics == "auto" else graphics)
    try:
        kept, needed = f"{plan.kept_bytes / 1e9:.1f}", f"{plan.needed_bytes / 1e9:.1f}"
    except InstallError as error:
        return f"{say(error.message)} {say(error.fix)}"
    sentence = "About {} GB on the disk, {} GB while it is installed."
    if tier == "neural":
        sentence = "About {} GB on the disk, {} GB while it is installed; models come on top."
    return say(sentence).format(kept, needed)


def on_another_computer(chosen: MUSEUM_AP_preferences) -> bool:
    """Whether the backend is: a server that somebody started on this one, or a tunnel, needs no online access."""
    if chosen.mode != "remote" or not chosen.url.strip():
        return chosen.mode == "remote"
    try:
        return not parse_address(chosen.url).loopback
    except InvalidRequest:
        return True


def preferences(context: bpy.types.Context) -> MUSEUM_AP_preferences:
    """The extension's preferences."""
    return context.preferences.addons[PACKAGE].preferences


def data_folder(context: bpy.types.Context) -> Path:
    """The folder that everything of the extension lies in."""
    chosen = preferences(context).data_folder
    if chosen:
        return Path(bpy.path.abspath(chosen))
    return Path(bpy.utils.extension_path_user(PACKAGE, path="", create=True))


def picture_of(job_id: str) -> Path | None:
    """The picture of a job that lies on this computer: of its result, else the last one that was sent while it ran."""
    try:
        folder = DataPaths(data_folder(bpy.context)).result_folder(job_id)
    except ValueError:
        return None
    return next((path for name in PICTURES if (path := folder / name).is_file()), None)


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
        source_dir=SOURCE,
        python=Path(bpy.path.abspath(chosen.python)) if chosen.python else None,
        online_access=bpy.app.online_access,
        allow_plain_http=chosen.allow_plain_http,
        tier=chosen.tier,
        torch="" if chosen.graphics == "auto" else chosen.graphics,
        models=model_options(context),
    )


def model_options(context: bpy.types.Context) -> ModelOptions:
    """Where the embedded backend keeps models and how it gets them; a remote one has settings of its own."""
    from .client.model_options import ModelOptions

    chosen = preferences(context)
    if chosen.mode == "remote":
        return ModelOptions()
    folder, servers = chosen.models_folder.strip(), chosen.servers_file.strip()
    return ModelOptions(
        folder=Path(bpy.path.abspath(folder)) if folder else None,
        more=tuple(Path(bpy.path.abspath(part)) for part in chosen.models_more.split(os.pathsep) if part.strip()),
        endpoint=chosen.models_endpoint.strip(),
        offline=chosen.models_offline,
        token=chosen.models_token.strip(),
        idle_s=60.0 * chosen.idle_minutes,
        servers=Path(bpy.path.abspath(servers)) if servers else None,
    )


CLASSES = (MUSEUM_AP_preferences,)
