"""Material: PBR maps in words for the selected objects."""

from __future__ import annotations

import bpy

from ..museum_addon import material_actions
from .base import FormerMaterialOperator, MuseumOperator


class MeshOperator(MuseumOperator):
    """Works on selected meshes."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a selected mesh."""
        if context.scene is None or not any(item.type == "MESH" for item in context.selected_objects):
            cls.poll_message_set("Select one or more meshes first")
            return False
        return True


class MUSEUM_OT_material(MeshOperator):
    """Apply a material."""

    bl_idname = "museum.material"
    bl_label = "Apply Material"
    bl_description = "Make maps for each selected mesh; they are put on when ready, and Blender stays free meanwhile"
    # No undo step: the job goes on whatever is undone. Its result is one step when it arrives.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a selected mesh and words."""
        if not super().poll(context):
            return False
        if not context.scene.museum.material.prompt.strip():
            cls.poll_message_set("Describe the material first")
            return False
        return True

    def run(self, context: bpy.types.Context) -> str:
        """Send what stands in the form."""
        material_actions.apply_from_form(context)
        return ""


class MUSEUM_OT_material_restore(FormerMaterialOperator):
    """Give earlier materials back."""

    bl_idname = "museum.material_restore"
    bl_label = "Restore Former Material"
    bl_description = "Give the selected objects the materials back that they had before"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> str:
        """Exchange them."""
        return f"Objects restored: {material_actions.restore_materials(context)}"


class MUSEUM_OT_ageing_add(MuseumOperator):
    """Add ageing."""

    bl_idname = "museum.ageing_add"
    bl_label = "Add Ageing"
    bl_description = "Add this layer of ageing"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    kind: bpy.props.StringProperty(name="Ageing", description="Which layer")

    def run(self, context: bpy.types.Context) -> str:
        """Into the form."""
        material_actions.add_ageing(context, self.kind)
        return ""


class MUSEUM_OT_ageing_remove(MuseumOperator):
    """Remove ageing."""

    bl_idname = "museum.ageing_remove"
    bl_label = "Remove Ageing"
    bl_description = "Take this layer of ageing away"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    kind: bpy.props.StringProperty(name="Ageing", description="Which layer")

    def run(self, context: bpy.types.Context) -> str:
        """Out of the form."""
        material_actions.remove_ageing(context, self.kind)
        return ""


class MUSEUM_OT_use_material_example(MuseumOperator):
    """Use an example."""

    bl_idname = "museum.use_material_example"
    bl_label = "Use Example"
    bl_description = "Put this example into the form"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    prompt: bpy.props.StringProperty(name="Material", description="The example")

    def run(self, context: bpy.types.Context) -> str:
        """Write the example into the form."""
        context.scene.museum.material.prompt = self.prompt
        return ""


CLASSES = (
    MUSEUM_OT_material, MUSEUM_OT_material_restore, MUSEUM_OT_ageing_add, MUSEUM_OT_ageing_remove,
    MUSEUM_OT_use_material_example,
)  # fmt: skip
