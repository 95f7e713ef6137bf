"""What a user can do with the views that textures are painted from; operators and scripts call these."""

from __future__ import annotations

import bpy

from . import material_actions, texture_actions
from .core.errors import InvalidRequest
from .scene import painting_orders, view_preview
from .scene.view_preview import Shown


def show_views(context: bpy.types.Context, painted: bool = False) -> list[bpy.types.Object]:
    """Show from where the selected meshes will be painted, as the Texture panel says, or were. Answers the cameras.

    Raises InvalidRequest where that is not known.
    """
    items = material_actions.selected_meshes(context)
    if not items:
        raise InvalidRequest("No mesh is selected.", "Select the objects whose views shall be shown.")
    return view_preview.show(context, _painted(items) if painted else _planned(context, items))


def _painted(items: list[bpy.types.Object]) -> list[Shown]:
    found = [shown for item in items if (shown := view_preview.painted(item)) is not None]
    if not found:
        raise InvalidRequest(
            "The views of these textures are not known.", "Select an object whose texture was painted from views."
        )
    return found


def _planned(context: bpy.types.Context, items: list[bpy.types.Object]) -> list[Shown]:
    form = context.scene.museum.texture
    if form.schedule == "published":
        settings = texture_actions.settings_of(form)
        return [
            view_preview.planned(
                context, item, settings.view_size, settings.view_count, painting_orders.slots_of(item, settings)
            )
            for item in items
        ]
    if form.schedule == "cameras":
        raise InvalidRequest("The scene's cameras are the views.", "Look at them in the scene.")
    found = [shown for item in items if (shown := view_preview.painted(item)) is not None]
    if not found:
        raise InvalidRequest(
            "Automatic views are chosen while the texture is made.",
            "Make the texture, then show its views; or choose Ten Around.",
        )
    return found


def remove_views(context: bpy.types.Context) -> int:
    """Take the cameras of ``show_views`` out of the scene; answers how many there were."""
    return view_preview.remove(context.scene)


def any_shown(context: bpy.types.Context) -> bool:
    """Whether there is something to remove. Cheap enough for every drawing."""
    return context.scene is not None and view_preview.collection_of(context.scene) is not None
