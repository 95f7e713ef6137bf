"""Materials and images of imported results: names that tell, pictures inside the .blend."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

ROLES = {
    "Base Color": "Base Color",
    "Metallic": "Metallic Roughness",
    "Roughness": "Metallic Roughness",
    "Normal": "Normal",
    "Emission Color": "Emission",
}


def name_images(name: str, materials: Iterable[bpy.types.Material]) -> None:
    """Call each map after the object and after what it does."""
    for material in materials:
        for shader in (node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"):
            for socket, role in ROLES.items():
                image = _image_behind(shader.inputs[socket])
                if image is not None:
                    image.name = f"{name} {role}"


def pack(images: Iterable[bpy.types.Image]) -> None:
    """Keep the pictures in the .blend: the folder they came from may go."""
    for image in images:
        if image.packed_file is None and image.source == "FILE":
            image.pack()


def _image_behind(socket: bpy.types.NodeSocket) -> bpy.types.Image | None:
    """The first image on the way that feeds a socket."""
    for link in socket.links:
        if link.from_node.type == "TEX_IMAGE":
            return link.from_node.image
        for upstream in link.from_node.inputs:
            image = _image_behind(upstream)
            if image is not None:
                return image
    return None
