"""The History panel: everything that was generated, here and in other files, newest first."""

from __future__ import annotations

import json
from typing import Any

import bpy

from ..museum_addon import engines, history_actions, runtime
from ..museum_addon.core import history
from ..museum_addon.core.history import Generation
from ..museum_addon.history_state import HistoryState
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text, wrapped_to

TASK_ICONS = {
    "text_to_3d": "MESH_MONKEY",
    "image_to_3d": "MESH_MONKEY",
    "texture": "TEXTURE",
    "text_to_image": "IMAGE_DATA",
}
TASK_TITLES = {
    "text_to_3d": "Object from words",
    "image_to_3d": "Object from a picture",
    "texture": "Texture",
    "text_to_image": "Picture",
}
CELL_WIDTH, CELL_SCALE = 92, 4.2
SELECTED_SCALE, COMPARED_SCALE = 8.0, 11.0
COMPARE_WIDTH_UNITS = 32
COLUMN_WIDTH = 215
"""Pixels, at a scale of 1, of a column of the comparison."""
NAMES = {"prompt": "Prompt", "seed": "Seed", "task": "What", "engine": "Engine"}
NOTHING = "—"
MAX_VALUE = 400


class MUSEUM_PT_history(bpy.types.Panel):
    """Earlier generations."""

    bl_label = "History"
    bl_idname = "MUSEUM_PT_history"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        """Filter, pictures, and the selected one."""
        layout, state = self.layout, runtime.current().history
        history_actions.wake()
        chosen = context.window_manager.museum.history
        if state.trouble[0]:
            draw_text(layout, context, state.trouble[0], "ERROR")
            draw_text(layout, context, state.trouble[1], "BLANK1")
        if not state.entries:
            draw_empty(layout, context, state)
            return
        draw_filter(layout, context, chosen, state)
        draw_grid(layout, context, chosen, state)
        selected = state.get(chosen.selected)
        if selected is not None and any(entry.id == selected.id for entry in state.found):
            draw_generation(layout, context, chosen, selected)


def draw_empty(layout: bpy.types.UILayout, context: bpy.types.Context, state: HistoryState) -> None:
    """Why nothing is shown."""
    if state.loading or (state.asking and not state.trouble[0]):
        draw_text(layout, context, "Reading the history.", "SORTTIME")
        return
    if not state.trouble[0]:
        draw_text(layout, context, "Nothing is known yet. Look Again asks the backend too.", "INFO")
    layout.operator("museum.history_refresh", icon="FILE_REFRESH")


def draw_filter(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup, state: HistoryState
) -> None:
    """What is looked for, and how much was found."""
    column = layout.column(align=True)
    row = column.row(align=True)
    row.prop(chosen, "words", text="", icon="VIEWZOOM")
    row.operator("museum.history_refresh", text="", icon="FILE_REFRESH")
    row = column.row(align=True)
    row.prop(chosen, "task", text="")
    row.prop(chosen, "when", text="")
    column.prop(chosen, "engine", text="")
    if state.skipped:
        told = say("{} lines of the history could not be read and are left out.").format(state.skipped)
        draw_text(layout, context, told, "ERROR")
    if not state.found:
        draw_text(layout, context, "Nothing matches. Look for less, or for another time.", "INFO")
        return
    row = layout.row(align=True)
    count = f"{len(state.found):,}"
    if state.search.narrow:
        told = say("{} of {}").format(count, f"{len(state.entries):,}")
    else:
        told = f"{say('Generations')}: {count}"
    left = row.row()
    left.active = False
    left.label(text=f"{told} …" if state.asking else told, translate=False)
    if state.pages > 1:
        draw_pages(row, state)


def draw_pages(row: bpy.types.UILayout, state: HistoryState) -> None:
    """Where one is, and the ways on."""
    right = row.row(align=True)
    right.alignment = "RIGHT"
    newer = right.row(align=True)
    newer.enabled = state.page > 0
    newer.operator("museum.history_page", text="", icon="TRIA_LEFT").step = -1
    right.label(text=f"{state.page + 1} / {state.pages}", translate=False)
    older = right.row(align=True)
    older.enabled = state.page + 1 < state.pages
    older.operator("museum.history_page", text="", icon="TRIA_RIGHT").step = 1


def draw_grid(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup, state: HistoryState
) -> None:
    """The page's pictures, each with its button."""
    width = context.region.width / context.preferences.system.ui_scale
    grid = layout.grid_flow(
        row_major=True, columns=max(2, int(width // CELL_WIDTH)), even_columns=True, even_rows=True, align=True
    )
    for entry in state.shown:
        cell = grid.column(align=True)
        draw_picture(cell, entry, CELL_SCALE)
        pinned = entry.id == chosen.pinned
        button = cell.operator(
            "museum.history_select",
            text=entry.title,
            translate=False,
            icon="PINNED" if pinned else "NONE",
            depress=entry.id == chosen.selected,
        )
        button.key = entry.id


def draw_picture(layout: bpy.types.UILayout, entry: Generation, scale: float) -> None:
    """The thumbnail, or the sign of its task until it is there."""
    icon = runtime.current().previews.icon(entry.id)
    layout.template_icon(icon_value=icon or stock_icon(TASK_ICONS.get(entry.task, "QUESTION")), scale=scale)


def stock_icon(name: str) -> int:
    """The number of one of Blender's own icons."""
    return int(bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items[name].value)


def draw_generation(
    layout: bpy.types.UILayout, context: bpy.types.Context, chosen: bpy.types.PropertyGroup, entry: Generation
) -> None:
    """What it was made from, and what can be done with it."""
    box = layout.box()
    draw_picture(box, entry, SELECTED_SCALE)
    text = box.column(align=True)
    draw_text(text, context, entry.prompt or entry.title, inset=BOX_INSET)
    about = text.column(align=True)
    about.active = False
    draw_text(about, context, " · ".join(facts(entry)), inset=BOX_INSET)
    given = [name for role, name in entry.names.items() if name]
    if given:
        draw_text(about, context, f"{say('With')}: {', '.join(given)}", inset=BOX_INSET)
    buttons = box.column(align=True)
    row = buttons.row(align=True)
    row.operator("museum.history_show", icon="VIEWZOOM").key = entry.id
    row.operator("museum.history_bring_in", icon="IMPORT").key = entry.id
    row = buttons.row(align=True)
    row.operator("museum.history_settings", icon="PRESET").key = entry.id
    row.operator("museum.history_again", icon="FILE_REFRESH").key = entry.id
    draw_comparing(buttons, chosen, entry)


def draw_comparing(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup, entry: Generation) -> None:
    """Pin this one, or compare it with the pinned one."""
    row = layout.row(align=True)
    pinned = runtime.current().history.get(chosen.pinned)
    if pinned is None:
        row.operator("museum.history_pin", icon="PINNED").key = entry.id
        return
    if pinned.id == entry.id:
        row.operator("museum.history_pin", text="Pinned: Choose Another to Compare", icon="PINNED").key = entry.id
        return
    compare = row.operator("museum.history_compare", text="Compare With the Pinned", icon="ARROW_LEFTRIGHT")
    compare.first, compare.second = pinned.id, entry.id
    row.operator("museum.history_pin", text="", icon="X").key = pinned.id


def facts(entry: Generation) -> list[str]:
    """What, by which engine, when, seed."""
    found = [say(TASK_TITLES.get(entry.task, entry.task)), say(engine_title(entry)), when(entry)]
    if entry.seed is not None:
        found.append(f"{say('Seed')} {entry.seed}")
    return found


def engine_title(entry: Generation) -> str:
    """What people call its engine; its name where that is not known."""
    return runtime.current().titles.get(f"{entry.task}/{entry.engine}", entry.engine)


def when(entry: Generation) -> str:
    """The local day and time."""
    return entry.time.astimezone().strftime("%Y-%m-%d %H:%M")


class MUSEUM_PT_history_compare(bpy.types.Panel):
    """Two generations side by side; opened by an operator."""

    bl_label = "Compare"
    bl_idname = "MUSEUM_PT_history_compare"
    bl_space_type = "TOPBAR"
    bl_region_type = "HEADER"
    bl_translation_context = CONTEXT
    bl_ui_units_x = COMPARE_WIDTH_UNITS

    def draw(self, _context: bpy.types.Context) -> None:
        """Both pictures, then what differs."""
        state = runtime.current().history
        first, second = (state.get(job_id) for job_id in state.compared)
        if first is None or second is None:
            self.layout.label(text="These generations are not in the history any more.", icon="INFO")
            return
        pictures = self.layout.row()
        for entry, letter in ((first, "A"), (second, "B")):
            draw_side(pictures.column(align=True), entry, letter, (first.id, second.id))
        both = self.layout.operator("museum.history_show_one", text="Show Both in the Scene", icon="HIDE_OFF")
        both.first, both.second, both.shown = first.id, second.id, ""
        draw_differences(self.layout, first, second)


def draw_side(layout: bpy.types.UILayout, entry: Generation, letter: str, ids: tuple[str, str]) -> None:
    """One of the two."""
    draw_picture(layout, entry, COMPARED_SCALE)
    title = layout.row()
    title.alignment = "CENTER"
    title.label(text=f"{letter}: {entry.title}", translate=False)
    about = layout.row()
    about.active, about.alignment = False, "CENTER"
    about.label(text=f"{say(engine_title(entry))} · {when(entry)}", translate=False)
    button = layout.operator("museum.history_show_one", text=f"{say('Show in the Scene')}: {letter}", translate=False)
    button.first, button.second, button.shown = *ids, entry.id


def draw_differences(layout: bpy.types.UILayout, first: Generation, second: Generation) -> None:
    """A table of what differs; what is the same is counted."""
    found = history.differences(first, second)
    table = layout.box().column(align=True)
    for difference in found:
        values = [lines(value_text(value)) for value in (difference.first, difference.second)]
        for number in range(max(map(len, values))):
            split = table.split(factor=0.24)
            name = split.row()
            name.active = False
            name.label(text=difference_title(first, difference.name) if number == 0 else "", translate=False)
            sides = split.row()
            for side in values:
                sides.label(text=side[number] if number < len(side) else "", translate=False)
        table.separator(factor=0.4)
    if not found:
        table.label(text="Nothing that is known of them differs.")
    same = layout.row()
    same.active = False
    same.label(text=f"{say('Settings that are the same')}: {history.common(first, second)}", translate=False)


def difference_title(entry: Generation, name: str) -> str:
    """What people call it."""
    kind, _, rest = name.partition(" ")
    if rest and kind in ("input", "model"):
        return f"{say('Given') if kind == 'input' else say('Model')}: {rest}"
    field = next((one for one in engines.find(entry.task, entry.engine).fields if one.name == name), None)
    plain = name.replace("_", " ")
    return say(NAMES.get(name) or (field.title if field is not None else plain[:1].upper() + plain[1:]))


def value_text(value: Any) -> str:
    """A value for people."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return say("Yes") if value else say("No")
    if isinstance(value, float):
        return f"{value:g}"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]} …"


def lines(text: str) -> list[str]:
    """The text in lines that fit into one of the two columns."""
    return wrapped_to(text, COLUMN_WIDTH) or [NOTHING]


CLASSES = (MUSEUM_PT_history, MUSEUM_PT_history_compare)
