"""What a step added to the file, so that a failed step can be taken back without a trace."""

from __future__ import annotations

import bpy

KINDS = ("objects", "meshes", "materials", "images", "collections", "armatures", "actions", "node_groups",
         "cameras", "lights", "curves", "shape_keys", "texts", "worlds")  # fmt: skip


def session_ids() -> set[int]:
    """The ids, stable while Blender runs, of every data-block that an import may add."""
    return {block.session_uid for kind in KINDS for block in getattr(bpy.data, kind)}


def added_since(before: set[int]) -> list[bpy.types.ID]:
    """The data-blocks that were not there before."""
    return [block for kind in KINDS for block in getattr(bpy.data, kind) if block.session_uid not in before]


def remove(blocks: list[bpy.types.ID]) -> None:
    """Take data-blocks out of the file. Shape keys go with their meshes."""
    bpy.data.batch_remove([block for block in blocks if not isinstance(block, bpy.types.Key)])
