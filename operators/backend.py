"""Starting, stopping and installing the backend."""

from __future__ import annotations

import bpy

from ..museum_addon import actions, runtime
from ..museum_addon.client.messages import BackendState
from .base import MuseumOperator


class MUSEUM_OT_backend_start(MuseumOperator):
    """Start."""

    bl_idname = "museum.backend_start"
    bl_label = "Start"
    bl_description = "Start the backend on this computer, or connect to the remote one"

    def run(self, context: bpy.types.Context) -> str:
        """Start it."""
        actions.start_backend(context)
        return ""


class MUSEUM_OT_backend_stop(MuseumOperator):
    """Stop."""

    bl_idname = "museum.backend_stop"
    bl_label = "Stop"
    bl_description = "Stop the backend once its running job is done. Waiting jobs go on at the next start"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Needs a session."""
        if runtime.current().session is None:
            cls.poll_message_set("The backend is not running")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Stop it."""
        actions.stop_backend(context)
        return ""


class MUSEUM_OT_backend_restart(MuseumOperator):
    """Restart."""

    bl_idname = "museum.backend_restart"
    bl_label = "Restart"
    bl_description = "Stop the backend and start it again. No job is lost"

    def run(self, context: bpy.types.Context) -> str:
        """Restart it."""
        actions.restart_backend(context)
        return ""


class InstallingOperator(MuseumOperator):
    """Needs the right to download, and that nothing is being installed."""

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Says what stands in the way."""
        if not bpy.app.online_access:
            cls.poll_message_set('Blender is offline. Turn on "Allow Online Access" in the preferences under System')
            return False
        if runtime.current().backend.state is BackendState.INSTALLING:
            cls.poll_message_set("The backend is being installed")
            return False
        return True


class MUSEUM_OT_backend_install(InstallingOperator):
    """Install."""

    bl_idname = "museum.backend_install"
    bl_label = "Install"
    bl_description = "Download and install what the backend needs, apart from Blender's own Python. It takes minutes"

    def run(self, context: bpy.types.Context) -> str:
        """Install it."""
        actions.install_backend(context)
        return ""


class MUSEUM_OT_backend_repair(InstallingOperator):
    """Repair."""

    bl_idname = "museum.backend_repair"
    bl_label = "Repair"
    bl_description = "Install the backend anew when it does not start. Jobs and results are kept"

    def run(self, context: bpy.types.Context) -> str:
        """Install it anew."""
        actions.repair_backend(context)
        return ""


class MUSEUM_OT_backend_cancel_install(MuseumOperator):
    """Cancel the installation."""

    bl_idname = "museum.backend_cancel_install"
    bl_label = "Cancel"
    bl_description = "Stop installing. What has been downloaded is kept for the next time"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Needs an installation that runs."""
        if runtime.current().backend.state is not BackendState.INSTALLING:
            cls.poll_message_set("Nothing is being installed")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Stop it."""
        actions.cancel_install(context)
        return ""


class MUSEUM_OT_backend_open_log(MuseumOperator):
    """Open the log."""

    bl_idname = "museum.backend_open_log"
    bl_label = "Open Log"
    bl_description = "Show what the backend wrote last, in the program that opens text files"

    def run(self, context: bpy.types.Context) -> str:
        """Open it."""
        bpy.ops.wm.path_open(filepath=str(actions.log_file(context)))
        return ""


class MUSEUM_OT_open_preferences(MuseumOperator):
    """Open the preferences."""

    bl_idname = "museum.open_preferences"
    bl_label = "Preferences"
    bl_description = "Choose where the backend runs and where results are kept"

    def run(self, _context: bpy.types.Context) -> str:
        """Open them."""
        bpy.ops.preferences.addon_show(module=runtime.current().package)
        return ""


CLASSES = (
    MUSEUM_OT_backend_start,
    MUSEUM_OT_backend_stop,
    MUSEUM_OT_backend_restart,
    MUSEUM_OT_backend_install,
    MUSEUM_OT_backend_repair,
    MUSEUM_OT_backend_cancel_install,
    MUSEUM_OT_backend_open_log,
    MUSEUM_OT_open_preferences,
)
