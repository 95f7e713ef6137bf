"""Engines in the panels: the menu with what stands in the way, the settings from the engine's schema, and presets."""

from __future__ import annotations

import bpy

from ..museum_addon import actions, engines, preset_actions, properties_engine, runtime, texture_actions
from ..museum_addon.core.schema_fields import Field
from ..museum_addon.runtime import EngineChoice
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text, split_column

LONG_TEXT = 200
"""From so many characters on, a text has a line of its own."""


def draw_engine(layout: bpy.types.UILayout, context: bpy.types.Context, task: str) -> EngineChoice:
    """The menu of a task's engines and the presets beside it; below it why the chosen one cannot run."""
    form_name, attribute = engines.FORMS[task]
    form = getattr(context.scene.museum, form_name)
    engine = engines.find(task, getattr(form, attribute))
    # The menu has the whole width: "Stable Diffusion XL" and "Stable Diffusion 1.5" differ at their ends alone.
    column = layout.column(align=True)
    head = column.row()
    head.label(text="Engine")
    if getattr(form, attribute) == engines.AUTO and engine.name and len(engines.of_task(task)) > 1:
        shown = head.row()
        shown.alignment, shown.active = "RIGHT", False
        shown.label(text=engine.title)
    row = column.row(align=True)
    row.prop(form, attribute, text="")
    row.operator("museum.presets", text="", icon="PRESET").task = task
    if not engine.name:
        draw_unknown(layout, context, task)
    elif not engine.available:
        draw_unavailable(layout, context, engine)
    return engine


def draw_unknown(layout: bpy.types.UILayout, context: bpy.types.Context, task: str) -> None:
    """Before the backend was asked, or where it has no engine of the task."""
    state = runtime.current()
    if not state.backend_answered:
        draw_text(layout, context, engines.UNKNOWN, "INFO")
        if state.session is None:
            layout.operator("museum.backend_start", text="Start the Backend", icon="PLAY")
    elif engines.of_task(task):
        draw_text(layout, context, "This backend has not the engine that was chosen. Choose another one.", "ERROR")
    else:
        draw_text(layout, context, "This backend has no engine for it. Update it, or use another one.", "ERROR")


def draw_unavailable(layout: bpy.types.UILayout, context: bpy.types.Context, engine: EngineChoice) -> None:
    """The reason, what to do, and where."""
    box = layout.box().column(align=True)
    draw_text(box, context, engine.reason or "This engine cannot run here", "ERROR", inset=BOX_INSET)
    if engine.fix:
        draw_text(box, context, engine.fix, "BLANK1", inset=BOX_INSET)
    box.separator(factor=0.5)
    buttons = box.row(align=True)
    if engines.use_of(engine) is not None:
        models = buttons.operator("museum.engine_models", text="Models")
        models.task, models.engine = engine.task, engine.name
    buttons.operator("museum.open_preferences", text="Preferences")


def draw_reference(
    layout: bpy.types.UILayout, form: bpy.types.PropertyGroup, name: str = "reference", text: str = "Reference"
) -> None:
    """An image of this .blend, or a file that is opened."""
    column = layout.column(align=True)
    column.label(text=text)
    column.template_ID(form, name, open="image.open")


class SettingsPanel:
    """Settings of the engine that a panel has chosen."""

    bl_label = "Engine Settings"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def task(cls, _context: bpy.types.Context) -> str:
        """Of the panel above."""
        raise NotImplementedError

    @classmethod
    def engine(cls, context: bpy.types.Context) -> EngineChoice:
        """The one that is chosen there."""
        return engines.chosen(context.scene, cls.task(context))

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown where there is something to set."""
        return context.scene is not None and bool(engines.settings_fields(cls.engine(context)))

    def draw(self, context: bpy.types.Context) -> None:
        """A row a field, with the way back where it was changed."""
        task, engine = self.task(context), self.engine(context)
        layout = self.layout  # type: ignore[attr-defined]
        group = engines.group_of(context.scene, engine)
        if group is None:
            draw_text(layout, context, engines.UNKNOWN, "INFO")
            return
        column = split_column(layout)
        for field in engines.settings_fields(engine):
            if field.kind == "loras":
                draw_loras(column, group, field, task)
            else:
                draw_field(column, group, field, task)
        changed = len(engines.changed_fields(context.scene, engine))
        row = layout.row()
        row.enabled = changed > 0
        text = say("Reset All ({})").format(changed) if changed else say("Nothing to Reset")
        row.operator("museum.engine_reset", text=text, icon="LOOP_BACK", translate=False).task = task


def draw_field(layout: bpy.types.UILayout, group: bpy.types.PropertyGroup, field: Field, task: str) -> None:
    """One setting."""
    name = properties_engine.attribute(field)
    changed = properties_engine.is_changed(group, field)
    if field.kind == "string" and (field.length == 0 or field.length > LONG_TEXT):
        layout.label(text=field.title)
        row = layout.row(align=True)
        row.prop(group, name, text="")
    elif field.optional and field.kind != "enum":
        used = properties_engine.USED + name
        row = layout.row(align=True, heading=field.title)
        row.prop(group, used, text="")
        if getattr(group, used):
            row.prop(group, name, text="")
        else:
            value = row.row(align=True)
            value.active = False
            value.label(text="Automatic")
    else:
        row = layout.row(align=True)
        row.prop(group, name, slider=field.kind == "float" and (field.minimum, field.maximum) == (0.0, 1.0))
    if changed:
        reset = row.operator("museum.engine_reset", text="", icon="LOOP_BACK")
        reset.task, reset.field = task, field.name


def draw_loras(layout: bpy.types.UILayout, group: bpy.types.PropertyGroup, field: Field, task: str) -> None:
    """Files with weights."""
    entries = getattr(group, properties_engine.attribute(field))
    head = layout.row()
    head.label(text="LoRA Files")
    add = head.operator("museum.lora_add", text="", icon="ADD")
    add.task, add.field = task, field.name
    rows = layout.column(align=True)
    rows.use_property_split = False
    for index, entry in enumerate(entries):
        row = rows.row(align=True)
        split = row.split(factor=0.65, align=True)
        split.prop(entry, "path", text="")
        split.prop(entry, "weight", text="", slider=True)
        remove = row.operator("museum.lora_remove", text="", icon="X")
        remove.task, remove.field, remove.index = task, field.name, index


class MUSEUM_PT_create_engine(SettingsPanel, bpy.types.Panel):
    """Of the engine that makes objects."""

    bl_idname = "MUSEUM_PT_create_engine"
    bl_parent_id = "MUSEUM_PT_create"

    @classmethod
    def task(cls, context: bpy.types.Context) -> str:
        """From words or from a picture."""
        return actions.create_task(context.scene.museum.create)


class MUSEUM_PT_texture_engine(SettingsPanel, bpy.types.Panel):
    """Of the engine that paints."""

    bl_idname = "MUSEUM_PT_texture_engine"
    bl_parent_id = "MUSEUM_PT_texture"

    @classmethod
    def task(cls, _context: bpy.types.Context) -> str:
        """Painting."""
        return "texture"

    @classmethod
    def engine(cls, context: bpy.types.Context) -> EngineChoice:
        """Photographs have their own."""
        return texture_actions.engine_of(context.scene.museum.texture)


class MUSEUM_PT_picture_engine(SettingsPanel, bpy.types.Panel):
    """Of the engine that makes pictures."""

    bl_idname = "MUSEUM_PT_picture_engine"
    bl_parent_id = "MUSEUM_PT_picture"

    @classmethod
    def task(cls, _context: bpy.types.Context) -> str:
        """Pictures."""
        return "text_to_image"


class MUSEUM_MT_presets(bpy.types.Menu):
    """Presets of the panel from which it was opened."""

    bl_idname = "MUSEUM_MT_presets"
    bl_label = "Presets"

    def draw(self, context: bpy.types.Context) -> None:
        """Those of the chosen engine first; the files were read when the menu was opened."""
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        state = runtime.current()
        task = state.presets_task
        chosen = engines.chosen(context.scene, task).name
        here = [preset for preset in state.presets if preset.task == task]
        names = sorted({preset.engine for preset in here}, key=lambda name: (name != chosen, name))
        for name in names:
            layout.label(text=state.titles.get(f"{task}/{name}", name))
            for preset in (one for one in here if one.engine == name):
                icon = "PRESET" if preset.bundled else "USER"
                operator = layout.operator("museum.preset_apply", text=preset.title, icon=icon)
                operator.key = preset_actions.key_of(preset)
            layout.separator()
        if not here:
            layout.label(text="No presets yet", icon="INFO")
        for faulty in state.faulty_presets:
            layout.label(text=say("Not readable: {}").format(faulty), icon="ERROR", translate=False)
        layout.operator("museum.preset_save", text="Save Preset…", icon="ADD").task = task
        layout.operator("museum.preset_import", text="Import…", icon="IMPORT")
        if here:
            layout.menu("MUSEUM_MT_presets_export", icon="EXPORT")
        if any(not preset.bundled for preset in here):
            layout.menu("MUSEUM_MT_presets_remove", icon="TRASH")


class PresetList:
    """Presets of the task, each with one operator."""

    operator = ""
    own_only = False

    def draw(self, _context: bpy.types.Context) -> None:
        """A line a preset."""
        layout = self.layout  # type: ignore[attr-defined]
        layout.operator_context = "INVOKE_DEFAULT"
        state = runtime.current()
        for preset in state.presets:
            if preset.task == state.presets_task and not (self.own_only and preset.bundled):
                layout.operator(self.operator, text=preset.title).key = preset_actions.key_of(preset)


class MUSEUM_MT_presets_export(PresetList, bpy.types.Menu):
    """To share."""

    bl_idname = "MUSEUM_MT_presets_export"
    bl_label = "Export"
    operator = "museum.preset_export"


class MUSEUM_MT_presets_remove(PresetList, bpy.types.Menu):
    """The user's own alone."""

    bl_idname = "MUSEUM_MT_presets_remove"
    bl_label = "Delete"
    operator = "museum.preset_remove"
    own_only = True


CLASSES = (
    MUSEUM_PT_create_engine, MUSEUM_PT_texture_engine, MUSEUM_PT_picture_engine, MUSEUM_MT_presets,
    MUSEUM_MT_presets_export, MUSEUM_MT_presets_remove,
)  # fmt: skip
