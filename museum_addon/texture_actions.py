"""What a user can do with textures, as functions; operators and scripts call these. Raise MuseumError."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

import bpy

from . import engines, joblist, material_actions, preferences, runtime
from .client import parcel
from .client.parcel import Parcel
from .core.errors import InvalidRequest, MuseumError
from .core.requests import MAX_SEED, JobRequest
from .paths import DataPaths
from .runtime import EngineChoice
from .scene import base_colour, cameras, former, masks, painting, painting_orders
from .scene.painting_orders import Settings
from .sending import names_of
from .sessions import session

PAINT_MODES = ("OBJECT", "TEXTURE_PAINT", "VERTEX_PAINT", "WEIGHT_PAINT")
MASK_SIZE = 2048
EMBEDDED = "text2tex"


def texture_objects(
    context: bpy.types.Context,
    settings: Settings,
    objects: Sequence[bpy.types.Object] | None = None,
    *,
    seed: int | None = None,
) -> list[str]:
    """Ask for a texture on each object, the selected meshes when None; each gets it by itself when it is ready.

    seed: a random one when None; the same for all objects. Answers the keys of the new rows in ``scene.museum.jobs``.
    Nothing is sent when one of the objects cannot be.
    """
    chosen = material_actions.selected_meshes(context) if objects is None else list(objects)
    if not chosen:
        raise InvalidRequest("No mesh is selected.", "Select the objects that shall get the texture.")
    if any(item.mode not in PAINT_MODES for item in chosen):
        raise InvalidRequest("A mesh cannot be sent while it is being edited.", "Go back to Object Mode first.")
    used = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
    orders = [painting_orders.order_of(context, item, settings, used) for item in chosen]
    paths = DataPaths(preferences.data_folder(context))
    parcels: list[Parcel] = []
    requests: list[JobRequest] = []
    try:
        for order in orders:
            parcels.append(Parcel(paths.upload_folder(order.request.idempotency_key)))
            painting_orders.fill(context, parcels[-1], order, settings)
            if settings.reference is not None:
                engines.add_picture(parcels[-1], engines.REFERENCE_INPUT, settings.reference)
            engine = engines.find("texture", settings.engine)
            sent = engines.with_files(engine, order.request.params, parcels[-1])
            requests.append(replace(order.request, params=sent))
            parcels[-1].seal()
        running = session(context)
    except (MuseumError, OSError) as error:
        for started in parcels:
            parcel.thrown_away(started.folder)
        if isinstance(error, MuseumError):
            raise
        raise InvalidRequest(f"The files cannot be written ({error}).", "Free some room on the disk.") from error
    for order, request, filled in zip(orders, requests, parcels, strict=True):
        names = names_of(order.request.params, request.params, {engines.REFERENCE_INPUT: settings.reference})
        runtime.current().history.remember_names(request.idempotency_key, names)
        joblist.add_row(context.scene, request, (0.0, 0.0, 0.0), order.target.to_text(), sends_files=True)
        running.submit(request, filled.sources)
    return [order.request.idempotency_key for order in orders]


def texture_from_form(context: bpy.types.Context) -> list[str]:
    """``texture_objects`` with what stands in the Texture panel. The seed that was used is left in the form."""
    form = context.scene.museum.texture
    engine = engine_of(form)
    engines.check(engine)
    if form.random_seed:
        form.seed = secrets.randbelow(MAX_SEED + 1)
    settings = replace(settings_of(form), extra=engines.settings_of(context.scene, engine))
    return texture_objects(context, settings, seed=form.seed)


def settings_of(form: bpy.types.PropertyGroup) -> Settings:
    """What stands in the Texture panel."""
    names = (
        "mode", "image", "unwrap", "schedule", "occlusion", "missing", "mask", "group", "tolerance", "strength",
        "feather",
    )  # fmt: skip
    # Only where the panel shows it: what was chosen for other views must not cut these short.
    count = {"view_count": form.view_count} if form.schedule == "automatic" else {}
    return Settings(
        **{name: getattr(form, name) for name in names},
        **count,
        prompt=form.prompt if uses_words(form) else "",
        painter=form.painter or "auto",
        texture_size=int(form.texture_size),
        view_size=int(form.view_size),
        key_colour=tuple(form.key_colour),
        engine=engine_of(form).name,
        reference=form.reference if uses_reference(form) else None,
    )


def engine_of(form: bpy.types.PropertyGroup) -> EngineChoice:
    """What paints: the chosen engine, but for photographs the one that lays them onto the surface."""
    return engines.find("texture", EMBEDDED if form.mode == "project" else form.engine)


def uses_reference(form: bpy.types.PropertyGroup) -> bool:
    """Whether the chosen engine looks at a reference picture."""
    return engines.REFERENCE_INPUT in engine_of(form).inputs


def uses_words(form: bpy.types.PropertyGroup) -> bool:
    """Whether what stands in the form is painted from words."""
    if form.mode == "project":
        return False
    if form.engine != EMBEDDED:
        return True
    return form.mode == "generate" or form.painter not in ("", "auto", "exemplar")


def obstacle(context: bpy.types.Context) -> str:
    """Why nothing can be painted with what is selected and stands in the form; empty when nothing stands in the way.

    Cheap enough for every drawing, so it looks at the active object alone.
    """
    item = next(iter(material_actions.selected_meshes(context)), None)
    if item is None:
        return "Select one or more meshes first"
    if item.mode not in PAINT_MODES:
        return "Go back to Object Mode first"
    form = context.scene.museum.texture
    if form.mode == "project":
        return "" if cameras.any_photograph(context) else "Give a camera a photograph as its background image first"
    if uses_words(form) and not (form.engine == EMBEDDED and form.painter == "exemplar") and not form.prompt.strip():
        return "Describe the surface first"
    unable = engines.obstacle(engine_of(form))
    if unable:
        return unable
    if form.schedule == "cameras" and not bpy.data.cameras:
        return "Add a camera to the scene first"
    return "" if form.mode == "generate" else _region_obstacle(item, form)


def _region_obstacle(item: bpy.types.Object, form: bpy.types.PropertyGroup) -> str:
    """The same for the modes that work on a part of a texture."""
    if base_colour.base_colour(item.active_material, form.image) is None:
        return "The active material has no texture: choose one"
    if form.missing == "mask" and form.mask is None:
        return "Press + to make a mask, or choose an image"
    if form.missing == "group" and not form.group:
        return "Choose a vertex group first"
    if form.missing == "evidence" and painting.evidence_of(item) is None:
        return "The active material has no evidence map"
    return ""


def compare(context: bpy.types.Context) -> bool:
    """Show what the selected objects looked like before, or the new material again. Answers which: True for before."""
    return former.compare(material_actions.selected_meshes(context))


def new_mask(context: bpy.types.Context) -> bpy.types.Image:
    """A mask for the active object's texture, chosen in the form and ready to be painted on."""
    form = context.scene.museum.texture
    items = material_actions.selected_meshes(context)
    found = base_colour.base_colour(items[0].active_material, form.image) if items else None
    if found is None:
        raise InvalidRequest("There is no texture to make a mask for.", "Select an object with a texture.")
    form.mask = masks.new(found.image, f"{items[0].name} Mask", found.image.size[0] or MASK_SIZE)
    masks.choose_for_painting(context, form.mask)
    return form.mask


def paint_mask(context: bpy.types.Context) -> bool:
    """Go to Texture Paint with the form's mask, or back to Object Mode. Answers whether it is painted on now."""
    item = context.active_object
    if item is None or item.type != "MESH":
        raise InvalidRequest("No mesh is active.", "Select the object whose mask is painted.")
    if item.mode == "TEXTURE_PAINT":
        bpy.ops.object.mode_set(mode="OBJECT")
        return False
    mask = context.scene.museum.texture.mask
    if mask is None:
        raise InvalidRequest("No mask image is chosen.", "Choose an image that is white where to paint.")
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    masks.choose_for_painting(context, mask)
    return True
