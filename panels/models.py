"""The Models panel: what engines need, how much of it is here, and how to get the rest."""

from __future__ import annotations

import bpy

from ..museum_addon import model_actions, runtime
from ..museum_addon.client.messages import BackendState
from ..museum_addon.core import models
from ..museum_addon.core.jobs import Job, JobState
from ..museum_addon.core.models import Model, Use, bytes_text
from ..museum_addon.models_state import ModelsState
from ..museum_addon.translations import CONTEXT, say
from .text import BOX_INSET, draw_text

ICONS = {"ready": "CHECKMARK", "partial": "SORTTIME", "absent": "IMPORT", "damaged": "ERROR"}
BUTTON_WIDTH = 24
IN_PREFERENCES = "token"
"""What a sentence of the backend speaks of when the preferences can help."""


class MUSEUM_PT_models(bpy.types.Panel):
    """Models of neural engines."""

    bl_label = "Models"
    bl_idname = "MUSEUM_PT_models"
    bl_parent_id = "MUSEUM_PT_backend"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Museum"
    bl_translation_context = CONTEXT
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Look again."""
        self.layout.operator("museum.models_refresh", text="", icon="FILE_REFRESH", emboss=False)

    def draw(self, context: bpy.types.Context) -> None:
        """What is known, as the pump heard it last."""
        state, layout = runtime.current().models, self.layout
        if state.listing is None:
            draw_unknown(layout, context, state)
            return
        if state.trouble.get(""):
            draw_problem(layout, context, *state.trouble[""])
        draw_conditions(layout, context, state)
        column = layout.column(align=True)
        for use in (*state.listing.uses, *map(use_of, state.listing.alone())):
            draw_use(column, context, state, use)
        draw_place(layout, context, state.listing)


def draw_unknown(layout: bpy.types.UILayout, context: bpy.types.Context, state: ModelsState) -> None:
    """Nothing is known yet, or it could not be found out."""
    if state.trouble.get(""):
        draw_problem(layout, context, *state.trouble[""])
    elif runtime.current().backend.state is BackendState.READY:
        draw_text(layout, context, "Looking which models there are.", "SORTTIME")
    else:
        draw_text(layout, context, "Start the backend to see which models there are.", "INFO")


def draw_conditions(layout: bpy.types.UILayout, context: bpy.types.Context, state: ModelsState) -> None:
    """What holds for all models: the tier, the graphics card, the offline mode."""
    resources = state.resources
    if state.listing.offline:
        draw_text(layout, context, "Offline: models that are here are used, nothing is downloaded.", "INTERNET_OFFLINE")
    if resources is None:
        return
    if not resources.neural:
        draw_text(layout, context, "Neural engines are not installed; models alone do nothing.", "INFO")
        layout.operator("museum.open_preferences", text="Install Neural Engines", icon="PREFERENCES")
        return
    if not any(model.bytes_here for model in state.listing.models):
        draw_text(layout, context, "Neural engines need models: files that are downloaded once and kept.", "INFO")
    if resources.looked and not resources.accelerated:
        draw_text(layout, context, "No graphics card can be used. On the processor a picture takes minutes.", "INFO")
        if not model_actions.is_remote(context):
            draw_text(layout, context, "A computer with a card can help: choose Remote in the preferences.", "BLANK1")


def draw_use(layout: bpy.types.UILayout, context: bpy.types.Context, state: ModelsState, use: Use) -> None:
    """One engine: a line, and what belongs to it when it is unfolded."""
    wanted = state.listing.meant(use.id)
    found = models.standing(wanted)
    is_open = state.opened == use.id
    head = layout.box().column(align=True) if is_open else layout.column(align=True)
    row = head.row(align=True)
    title = row.row(align=True)
    title.alignment = "LEFT"
    arrow = "DOWNARROW_HLT" if is_open else "RIGHTARROW"
    title.operator("museum.model_unfold", text=say(use.title), icon=arrow, emboss=False, translate=False).model = use.id
    job = state.active(use.id)
    if job is not None or use.id in state.sent.values():
        draw_progress(head, context, use.id, job, found.size)
    else:
        line = head.row(align=True)
        line.active = is_open or found.state != "absent"
        line.label(text=standing_text(found), icon=ICONS[found.state], translate=False)
    message, fix = state.problem(use.id)
    if message:
        draw_problem(head, context, message, fix)
    if is_open:
        draw_details(head, context, state, use, wanted, found)


def standing_text(found: models.Standing) -> str:
    """How much there is, and how much of it is here."""
    if found.state == "ready":
        return say("{}, ready").format(bytes_text(found.size))
    if found.state == "partial":
        return say("{} of {} here").format(bytes_text(found.here), bytes_text(found.size))
    if found.state == "damaged":
        return say("{}, damaged").format(bytes_text(found.size))
    return say("{}, not here").format(bytes_text(found.size))


def draw_progress(
    layout: bpy.types.UILayout, context: bpy.types.Context, name: str, job: Job | None, total: int
) -> None:
    """How far a download or a look at all bytes is, and the button that stops it."""
    row = layout.row(align=True)
    fraction = job.progress if job is not None and job.state is JobState.RUNNING else 0.0
    row.progress(factor=fraction, text=f"{fraction:.0%}", translate=False)
    stop = row.row(align=True)
    stop.enabled = job is not None
    stop.operator("museum.model_cancel", text="", icon="X").model = name
    about = layout.column(align=True)
    about.active = False
    draw_text(about, context, progress_text(job, total), inset=BOX_INSET)


def progress_text(job: Job | None, total: int) -> str:
    """What a job does, in bytes where bytes come. total: of all that was asked for."""
    if job is None:
        return say("Asking the backend")
    if job.state is JobState.QUEUED:
        return say("Waits for another download")
    going = models.pace(job, total)
    if going is None:
        return say(job.message.partition(" (")[0])
    facts = say("{} of {}, {}/s").format(*map(bytes_text, (going.done, going.total, going.speed)))
    return facts if going.left_s is None else f"{facts}, {time_left(going.left_s)}"


def time_left(seconds: float) -> str:
    """About how long, for people."""
    if seconds < 90:
        return say("{} s left").format(f"{seconds:.0f}")
    if seconds < 5400:
        return say("{} min left").format(f"{seconds / 60:.0f}")
    return say("{} h left").format(f"{seconds / 3600:.1f}")


def draw_problem(layout: bpy.types.UILayout, context: bpy.types.Context, message: str, fix: str) -> None:
    """What went wrong and what to do; a page that is named can be opened."""
    column = layout.column(align=True)
    address = models.address_in(fix)
    draw_text(column, context, message, "ERROR", inset=BOX_INSET)
    draw_text(
        column, context, fix.replace(address, say("the page below")) if address else fix, "BLANK1", inset=BOX_INSET
    )
    if address:
        column.operator("wm.url_open", text="Open the Page", icon="URL").url = address
    if IN_PREFERENCES in message:
        column.operator("museum.open_preferences", text="Enter Token", icon="PREFERENCES")


def draw_details(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    state: ModelsState,
    use: Use,
    wanted: tuple[Model, ...],
    found: models.Standing,
) -> None:
    """The models of an engine, their licences, the button, and what else is to be known of them."""
    layout.separator()
    for model in wanted:
        draw_model(layout, context, state, model, several=use.id != model.id)
    draw_licences(layout, context, state, wanted)
    if found.state != "ready":
        draw_download(layout, context, state, use, found)
    extras = state.listing.extras(use)
    if extras:
        layout.separator()
        draw_text(layout, context, "Not needed, but of use", inset=BOX_INSET)
        for model in extras:
            draw_model(layout, context, state, model, several=True, offered=True)
            draw_licences(layout, context, state, (model,), models.licences(wanted))
    draw_notes(layout, context, use, wanted)


def draw_model(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    state: ModelsState,
    model: Model,
    *,
    several: bool,
    offered: bool = False,
) -> None:
    """One model, and what can be done with it alone. several: it is one of an engine's models."""
    row = layout.row(align=True)
    row.label(text=say(model.title), icon=ICONS[model.state], translate=False)
    buttons = row.row(align=True)
    buttons.alignment = "RIGHT"
    buttons.enabled = not state.touched(model.id)
    if offered and model.state != "ready":
        buttons.operator("museum.model_pull", text="", icon="IMPORT").model = model.id
    if model.state == "ready":
        buttons.operator("museum.model_verify", text="", icon="VIEWZOOM").model = model.id
    if model.state in ("partial", "damaged") or model.origin == "pulled":
        buttons.operator("museum.model_remove", text="", icon="TRASH").model = model.id
    text = layout.column(align=True)
    text.active = False
    coming = state.touched(model.id)
    draw_text(text, context, " · ".join(model_facts(model, coming)), "BLANK1", inset=BOX_INSET)
    if several and state.busy(model.id):
        draw_progress(layout, context, model.id, state.active(model.id), model.size_bytes)
    message, fix = state.problem(model.id) if several else ("", "")
    if model.state == "damaged" and not message:
        message, fix = model.problem, model.fix
    if message:
        draw_problem(layout, context, message, fix)
    verified = state.jobs.get(model.id)
    if verified is not None and verified.engine == models.VERIFY and verified.state is JobState.SUCCEEDED:
        draw_text(layout, context, "Every byte is as it should be.", "CHECKMARK", inset=BOX_INSET)


def model_facts(model: Model, coming: bool) -> list[str]:
    """Size, where it lies, and whether somebody has to be asked for it. coming: how much is here changes just now."""
    facts = [bytes_text(model.size_bytes) if coming else standing_text(models.standing([model]))]
    if model.origin == "cache":
        facts.append(say("found in the hub library's cache"))
    elif model.origin == "folder":
        facts.append(say("found in a further folder"))
    if model.gated and model.state != "ready":
        facts.append(say("given out by its makers on request"))
    return facts


def draw_notes(layout: bpy.types.UILayout, context: bpy.types.Context, use: Use, wanted: tuple[Model, ...]) -> None:
    """What else is to be known: the graphics card's memory, and what the catalogue says."""
    layout.separator()
    column = layout.column(align=True)
    column.active = False
    most, least = use.memory_gb
    if most:
        needs = say("Wants {} GB of a graphics card's memory.").format(f"{most:g}")
        if least < most:
            needs += say(" From {} GB on it works more slowly.").format(f"{least:g}")
        draw_text(column, context, needs, "MEMORY", inset=BOX_INSET)
    if any(not model.pinned for model in wanted):
        draw_text(column, context, "Its makers may change it: it comes as it is on that day.", "INFO", inset=BOX_INSET)
    for note in dict.fromkeys(note for note in (use.notes, *(model.notes for model in wanted)) if note):
        draw_text(column, context, note, "INFO", inset=BOX_INSET)


def draw_licences(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    state: ModelsState,
    wanted: tuple[Model, ...],
    shown: tuple[models.Licence, ...] = (),
) -> None:
    """Licences in a sentence, where they stand, and the tick that accepts them. shown: those that stand above."""
    for licence in models.licences(wanted):
        if licence in shown:
            continue
        layout.separator()
        row = layout.row(align=True)
        terms = f"{say(licence.title)}: {say(licence.terms)}"
        draw_text(row.column(align=True), context, terms, inset=BOX_INSET + BUTTON_WIDTH)
        row.operator("wm.url_open", text="", icon="URL").url = licence.url
        if licence.accept and not licence.accepted:
            agreed = licence.id in state.agreed
            tick = "CHECKBOX_HLT" if agreed else "CHECKBOX_DEHLT"
            layout.operator("museum.model_agree", icon=tick, depress=agreed).model = licence.id
        elif licence.accept:
            layout.label(text="You have accepted it", icon="CHECKBOX_HLT")


def draw_download(
    layout: bpy.types.UILayout, context: bpy.types.Context, state: ModelsState, use: Use, found: models.Standing
) -> None:
    """The button, what it will take, and what stands in its way."""
    if state.busy(use.id):
        return
    layout.separator()
    column = layout.column(align=True)
    obstacle, fix = model_actions.pull_obstacle(context, state, use.id)
    button = column.row(align=True)
    button.scale_y = 1.3
    button.enabled = not obstacle
    text = say("Go On, {} Left") if found.state == "partial" else say("Download {}")
    if found.state == "damaged":
        text = say("Download Again")
    label = text.format(bytes_text(found.missing))
    button.operator("museum.model_pull", text=label, icon="IMPORT", translate=False).model = use.id
    about = column.column(align=True)
    about.active = False
    if obstacle:
        draw_text(about, context, obstacle, "INFO", inset=BOX_INSET)
        draw_text(about, context, fix, "BLANK1", inset=BOX_INSET)
        return
    free = say("{} are free there.").format(bytes_text(state.listing.free_bytes))
    on = say("It goes on where it stopped.") if found.state == "partial" else ""
    draw_text(about, context, " ".join(part for part in (on, free) if part), inset=BOX_INSET)
    if any(model.gated for model in state.listing.meant(use.id)) and not state.listing.token:
        draw_text(about, context, "A token of the hub is needed; enter it in the preferences.", inset=BOX_INSET)


def draw_place(layout: bpy.types.UILayout, context: bpy.types.Context, listing: models.Listing) -> None:
    """Where models lie."""
    column = layout.column(align=True)
    column.active = False
    draw_text(column, context, say("Kept in {}").format(listing.folder), "FILE_FOLDER")
    draw_text(column, context, say("{} are free there.").format(bytes_text(listing.free_bytes)), "BLANK1")


def use_of(model: Model) -> Use:
    """A model that engines ask for by its own name, drawn like an engine's set of one."""
    return Use(model.id, model.title, "", "", (model.id,))


CLASSES = (MUSEUM_PT_models,)
