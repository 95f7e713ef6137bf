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


def layer_collection(
    layer: bpy.types.LayerCollection, collection: bpy.types.Collection
) -> bpy.types.LayerCollection | None:
    """Where the collection stands in a view layer, None when it is not in it."""
    if layer.collection == collection:
        return layer
    return next((found for child in layer.children if (found := layer_collection(child, collection))), None)
