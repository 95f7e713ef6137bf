"""The collection that everything of the extension goes into."""

from __future__ import annotations

import bpy

NAME = "Museum"


def museum_collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    """The scene's collection "Museum", made when it is missing. Another scene's is not shared."""
    for collection in scene.collection.children_recursive:
        if collection.name == NAME or collection.get("museum_collection"):
            return collection
    collection = bpy.data.collections.new(NAME)
    collection["museum_collection"] = True
    collection.color_tag = "COLOR_05"
    scene.collection.children.link(collection)
    return collection


def activate(view_layer: bpy.types.ViewLayer, collection: bpy.types.Collection) -> None:
    """Make new objects go into this collection, when the view layer holds it.

    Its place is looked up each time: linking anything may make Blender build its layer collections anew.
    """
    layer = _find(view_layer.layer_collection, collection)
    if layer is not None and not layer.exclude:
        view_layer.active_layer_collection = layer


def _find(layer: bpy.types.LayerCollection, collection: bpy.types.Collection) -> bpy.types.LayerCollection | None:
    if layer.collection == collection:
        return layer
    return next((found for child in layer.children if (found := _find(child, collection))), None)
