"""Brings a finished picture into the .blend, as what it was asked for. One undo step each."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from mathutils import Euler, Vector

from ..core import paradata
from ..core.errors import ImportFailed
from . import collection, datablocks, importer, pictures

if TYPE_CHECKING:
    from ..client.messages import ResultReady

ROLE = "image"
LONGER_SIDE_M = 1.0
UPRIGHT = Euler((math.radians(90.0), 0.0, 0.0))
FOLDER = "pictures"
FORMER_WORLD = "museum_former_world"
IN_SCENE = "In the scene"
PLACES = {
    "image": "In this file, among its images",
    "world": "The scene's background",
    "create": "Chosen in Create",
    "texture": "Chosen in Texture",
}
"""Where a picture is found that is no object; see ``place_of``."""


def apply_result(
    ready: ResultReady, scene: bpy.types.Scene, use: str, place: Sequence[float], storage: str
) -> bpy.types.Image:
    """Load the picture and use it.

    use: "image", "plane", "empty", "world", "create" or "texture". place: (3,) metres, world, for what stands
    somewhere. storage: "pack", or "folder" to keep the file beside the .blend. Raises ImportFailed, and then nothing
    was added.
    """
    path = importer.file_with_role(ready, ROLE)
    if path is None:
        raise ImportFailed("The result has no picture.", "Retry the job.")
    before, former = datablocks.session_ids(), scene.world
    name = importer.result_name(ready)
    try:
        image = _image(ready, path, name, storage)
        USES.get(use, _keep)(scene, image, place)
        for block in datablocks.added_since(before):
            if isinstance(block, bpy.types.Object | bpy.types.Image | bpy.types.Material | bpy.types.World):
                _document(block, ready)
    except (RuntimeError, TypeError, ValueError, KeyError, OSError) as error:
        scene.world = former
        datablocks.remove(datablocks.added_since(before))
        raise ImportFailed(
            f"Blender could not use the picture ({error}).".replace("\n", " "),
            'Press "Import Again"; if it fails again, retry the job.',
        ) from error
    bpy.ops.ed.undo_push(message=f"Museum: {name}")
    return image


def _image(ready: ResultReady, path: Path, name: str, storage: str) -> bpy.types.Image:
    folder = Path(bpy.path.abspath(f"//{FOLDER}")) if storage == "folder" and bpy.data.filepath else None
    image = pictures.load({pictures.FIRST_TILE: path}, name, "sRGB", folder)
    if not image.size[0]:
        raise ValueError("the file cannot be read")
    image.use_fake_user = True  # nobody may use it yet, and it shall be there after saving
    return image


def _document(block: bpy.types.ID, ready: ResultReady) -> None:
    block["museum_id"] = ready.job.id
    block["museum_paradata"] = paradata.to_text(ready.result.get("paradata"))
    block["museum_source"] = "generated"


def _keep(_scene: bpy.types.Scene, _image: bpy.types.Image, _place: Sequence[float]) -> None:
    """The image is all that is wanted."""


def _size_m(image: bpy.types.Image) -> tuple[float, float]:
    """Width and height, metres, of the true aspect."""
    width, height = image.size
    longer = max(width, height)
    return LONGER_SIDE_M * width / longer, LONGER_SIDE_M * height / longer


def plane(scene: bpy.types.Scene, image: bpy.types.Image, place: Sequence[float]) -> bpy.types.Object:
    """An upright mesh that shows the image, seen from the front (-Y), standing at the place."""
    width, height = _size_m(image)
    corners = [(-width / 2, 0.0, 0.0), (width / 2, 0.0, 0.0), (width / 2, 0.0, height), (-width / 2, 0.0, height)]
    mesh = bpy.data.meshes.new(image.name)
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new(name="UVMap")
    for corner, uv in zip(layer.uv, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        corner.vector = uv
    mesh.materials.append(_picture_material(image))
    return _stand(scene, bpy.data.objects.new(image.name, mesh), place)


def _picture_material(image: bpy.types.Image) -> bpy.types.Material:
    """Shows the image as it is: it holds its own light, and none of the scene's is added."""
    material = bpy.data.materials.new(image.name)
    tree = _tree(material)
    tree.nodes.clear()
    output, light, picture = (
        tree.nodes.new(kind) for kind in ("ShaderNodeOutputMaterial", "ShaderNodeEmission", "ShaderNodeTexImage")
    )
    picture.image = image
    picture.location, light.location, output.location = (-300, 0), (0, 0), (200, 0)
    tree.links.new(picture.outputs["Color"], light.inputs["Color"])
    tree.links.new(light.outputs["Emission"], output.inputs["Surface"])
    tree.nodes.active = picture
    return material


def empty(scene: bpy.types.Scene, image: bpy.types.Image, place: Sequence[float]) -> bpy.types.Object:
    """An empty that shows the image in the viewport, upright, its lower edge at the place."""
    item = bpy.data.objects.new(image.name, None)
    item.empty_display_type = "IMAGE"
    item.data = image
    item.empty_display_size = LONGER_SIDE_M
    item.empty_image_offset = (-0.5, 0.0)
    item.rotation_euler = UPRIGHT
    return _stand(scene, item, place)


def _stand(scene: bpy.types.Scene, item: bpy.types.Object, place: Sequence[float]) -> bpy.types.Object:
    collection.museum_collection(scene).objects.link(item)
    item.location = Vector(place)
    with importer.window_context(bpy.context, scene) as shown:
        if shown:
            importer.select([item])
    return item


def world(scene: bpy.types.Scene, image: bpy.types.Image, _place: Sequence[float] = ()) -> bpy.types.World:
    """A new world that shows the image all around; the former one is kept, see ``restore_world``."""
    made = bpy.data.worlds.new(image.name)
    tree = _tree(made)
    tree.nodes.clear()
    output, light, picture = (
        tree.nodes.new(kind) for kind in ("ShaderNodeOutputWorld", "ShaderNodeBackground", "ShaderNodeTexEnvironment")
    )
    picture.image = image
    picture.location, light.location, output.location = (-300, 0), (0, 0), (200, 0)
    tree.links.new(picture.outputs["Color"], light.inputs["Color"])
    tree.links.new(light.outputs["Background"], output.inputs["Surface"])
    former = scene.world
    if former is not None:
        former.use_fake_user = True  # or it would be gone after saving
        made[FORMER_WORLD] = former.get(FORMER_WORLD, former)  # of several pictures in turn the true one counts
    else:
        made[FORMER_WORLD] = ""
    scene.world = made
    return made


def _tree(block: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    if block.node_tree is None:  # from Blender 5 on there always is one
        block.use_nodes = True
    return block.node_tree


def has_former_world(scene: bpy.types.Scene) -> bool:
    """Whether the scene's world is a picture of ours."""
    return scene.world is not None and FORMER_WORLD in scene.world


def restore_world(scene: bpy.types.Scene) -> str:
    """Put the world back that stood there before; answers its name, "" when there was none. Raises ImportFailed."""
    if not has_former_world(scene):
        raise ImportFailed("The scene's world is not a picture that was made here.", "Choose the world by hand.")
    former = scene.world[FORMER_WORLD]
    scene.world = former if isinstance(former, bpy.types.World) else None
    return scene.world.name if scene.world is not None else ""


def _to_create(scene: bpy.types.Scene, image: bpy.types.Image, _place: Sequence[float]) -> None:
    form = scene.museum.create
    form.source, form.picture = "picture", image


def _to_texture(scene: bpy.types.Scene, image: bpy.types.Image, _place: Sequence[float]) -> None:
    scene.museum.texture.reference = image


USES: Mapping[str, Callable[[bpy.types.Scene, bpy.types.Image, Sequence[float]], object]] = {
    "image": _keep, "plane": plane, "empty": empty, "world": world, "create": _to_create, "texture": _to_texture,
}  # fmt: skip


def use_of(target: str) -> str:
    """What the row's target says becomes of the picture. Raises ImportFailed for what is no target of a picture."""
    try:
        found = json.loads(target)["use"]
    except (ValueError, TypeError, KeyError) as error:
        raise ImportFailed("It is not known what the picture is for.", "Make the picture anew.") from error
    return str(found)


def place_of(task: str, target: str) -> str:
    """Where a result is to be found once it has come, as a sentence; not every picture stands in the scene."""
    return PLACES.get(use_of(target), IN_SCENE) if task == "text_to_image" else IN_SCENE
