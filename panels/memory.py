"""The Memory panel: what neural engines have loaded, on what, and the button that gives the memory back."""

from __future__ import annotations

import bpy

from ..museum_addon import model_actions, runtime
from ..museum_addon.client.messages import BackendState
from ..museum_addon.core.models import bytes_text
from ..museum_addon.core.resources import ComputingDevice, ResidentModel, Resources
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text


class MUSEUM_PT_memory(bpy.types.Panel):
    """Memory that models take."""

    bl_label = "Memory"
    bl_idname = "MUSEUM_PT_memory"
    bl_parent_id = "MUSEUM_PT_backend"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only where something can be loaded."""
        state = runtime.current()
        resources = state.models.resources
        return state.backend.state is BackendState.READY and resources is not None and resources.neural

    def draw(self, context: bpy.types.Context) -> None:
        """What is known, as the pump heard it last."""
        state, layout = runtime.current().models, self.layout
        resources = state.resources
        draw_devices(layout, context, resources)
        if state.rendering:
            draw_text(layout, context, "Blender renders: jobs of neural engines wait until it is done.", "RENDER_STILL")
        if not resources.residents:
            draw_text(layout, context, "No model is in memory.", "CHECKMARK")
            return
        for resident in resources.residents:
            draw_resident(layout, context, resident, resources.idle_limit_s)
        button = layout.row()
        button.scale_y = 1.3
        button.operator("museum.memory_release", icon="TRASH")


def draw_devices(layout: bpy.types.UILayout, context: bpy.types.Context, resources: Resources) -> None:
    """What engines compute on, and why not on what cannot be used."""
    if not resources.looked:
        draw_text(layout, context, "Looking for graphics cards.", "SORTTIME")
        return
    for device in resources.devices:
        column = layout.column(align=True)
        if device.reason:
            draw_text(column, context, f"{device.name}: {say(device.reason)}", "ERROR")
            draw_text(column, context, device.fix, "BLANK1")
        elif device.kind != "cpu" or not resources.accelerated:
            draw_text(column, context, device_text(device), "MEMORY")
    if not resources.accelerated:
        draw_text(layout, context, "Neural engines run on the processor, slowly.", "INFO")
        if not model_actions.is_remote(context):
            draw_text(layout, context, "A computer with a card can help: choose Remote in the preferences.", "BLANK1")


def device_text(device: ComputingDevice) -> str:
    """Its name, and how much of its memory is free."""
    if device.free_bytes is None:
        return device.name
    free, total = bytes_text(device.free_bytes), bytes_text(device.total_bytes)
    return f"{device.name}: {say('{} of {} free').format(free, total)}"


def draw_resident(
    layout: bpy.types.UILayout, context: bpy.types.Context, resident: ResidentModel, limit_s: float
) -> None:
    """One loaded model: how much it takes, and until when."""
    box = layout.box().column(align=True)
    draw_text(box, context, f"{say(resident.title)}: {bytes_text(resident.size_bytes)}", inset=BOX_INSET)
    about = box.column(align=True)
    about.active = False
    draw_text(about, context, say(resident.plan), inset=BOX_INSET)
    if resident.in_use:
        until = say("In use by a job")
    else:
        minutes = max(limit_s - resident.idle_s, 0.0) / 60
        until = say("Leaves in {} min if nobody uses it").format(f"{max(minutes, 1):.0f}")
    draw_text(about, context, until, inset=BOX_INSET)


CLASSES = (MUSEUM_PT_memory,)
