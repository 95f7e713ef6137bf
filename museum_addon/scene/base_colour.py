"""The picture behind a material's base colour: finding it, exchanging it for another, and what comes with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy

SOCKET = "Base Color"


@dataclass(frozen=True)
class BaseColour:
    """image: behind the base colour. uv: the UV map that it goes by, empty for the one that is rendered by default.

    plain: its coordinates come straight from a UV map; otherwise they are moved, scaled or none of a UV map.
    """

    image: bpy.types.Image
    uv: str
    plain: bool


def base_colour(material: bpy.types.Material | None, chosen: bpy.types.Image | None = None) -> BaseColour | None:
    """What gives a material its base colour; None where no picture does. chosen: the picture, when the user says so."""
    node = next(picture_nodes(material, chosen), None) if material is not None else None
    if node is None:
        return BaseColour(chosen, "", True) if chosen is not None else None
    links = node.inputs["Vector"].links
    if not links:
        return BaseColour(node.image, "", True)
    source, socket = links[0].from_node, links[0].from_socket
    if source.type == "UVMAP":
        return BaseColour(node.image, source.uv_map, not source.from_instancer)
    return BaseColour(node.image, "", source.type == "TEX_COORD" and socket.name == "UV")


def picture_nodes(
    material: bpy.types.Material, chosen: bpy.types.Image | None = None
) -> Iterator[bpy.types.ShaderNode]:
    """The nodes that show the picture behind the base colour, or the chosen one; none without nodes."""
    tree = material.node_tree
    if tree is None:
        return
    image = chosen
    if image is None:
        shaders = (node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
        found = [first_picture(node.inputs[SOCKET], set()) for node in sorted(shaders, key=_unused)]
        image = next((node.image for node in found if node is not None), None)
    if image is not None:
        yield from (node for node in tree.nodes if node.type == "TEX_IMAGE" and node.image == image)


def _unused(shader: bpy.types.ShaderNode) -> bool:
    """Sorts shaders that lead nowhere behind those that are seen."""
    return not any(output.is_linked for output in shader.outputs)


def first_picture(socket: bpy.types.NodeSocket, seen: set[str]) -> bpy.types.ShaderNode | None:
    """The first node with a picture on the way that feeds a socket. seen: names of nodes that were looked at."""
    for link in socket.links:
        node = link.from_node
        if node.name in seen:
            continue
        seen.add(node.name)
        if node.type == "TEX_IMAGE" and node.image is not None:
            return node
        for upstream in node.inputs:
            found = first_picture(upstream, seen)
            if found is not None:
                return found
    return None


def with_picture(
    material: bpy.types.Material | None, former: bpy.types.Image | None, image: bpy.types.Image, uv: str, name: str
) -> bpy.types.Material:
    """A new material: a copy of another with the picture exchanged, or a plain one where it has no such picture.

    former: the picture that is exchanged, None for that behind the base colour. uv: the UV map of the new picture.
    """
    nodes = list(picture_nodes(material, former)) if material is not None else []
    if not nodes:
        return _plain(image, uv, name)
    made = material.copy()
    made.name = name
    made.use_fake_user = False
    made.asset_clear()
    for node in list(picture_nodes(made, nodes[0].image)):
        _exchange(made.node_tree, node, image, uv)
    return made


def with_surface(material: bpy.types.Material, image: bpy.types.Image, uv: str) -> None:
    """Have a picture say how rough and how metallic a material is: green and blue, as in glTF. What did so before is
    not asked any more. uv: the UV map of the picture.
    """
    tree = material.node_tree
    shaders = [node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"]
    if not shaders:
        return
    shader = min(shaders, key=_unused)
    node, split = tree.nodes.new("ShaderNodeTexImage"), tree.nodes.new("ShaderNodeSeparateColor")
    node.image = image
    node.parent = split.parent = shader.parent
    node.location = (shader.location.x - 620, shader.location.y - 320)
    split.location = (shader.location.x - 240, shader.location.y - 320)
    tree.links.new(node.outputs["Color"], split.inputs["Color"])
    tree.links.new(split.outputs["Green"], shader.inputs["Roughness"])
    tree.links.new(split.outputs["Blue"], shader.inputs["Metallic"])
    _lead(tree, node, uv)


def _exchange(tree: bpy.types.NodeTree, node: bpy.types.ShaderNode, image: bpy.types.Image, uv: str) -> None:
    """Show the new picture in place of a node's own, and go by the UV map that it is made for."""
    node.image = image
    tree.nodes.active = node
    links = node.inputs["Vector"].links
    if not (links and links[0].from_node.type == "UVMAP" and links[0].from_node.uv_map == uv):
        _lead(tree, node, uv)


def _lead(tree: bpy.types.NodeTree, node: bpy.types.ShaderNode, uv: str) -> None:
    """Have a picture go by a UV map."""
    coordinates = tree.nodes.new("ShaderNodeUVMap")
    coordinates.uv_map = uv
    coordinates.parent = node.parent
    coordinates.location = (node.location.x - 240, node.location.y - 120)
    tree.links.new(coordinates.outputs["UV"], node.inputs["Vector"])


def _plain(image: bpy.types.Image, uv: str, name: str) -> bpy.types.Material:
    """A Principled material with the picture as its base colour."""
    made = bpy.data.materials.new(name)
    if made.node_tree is None:
        made.use_nodes = True
    tree = made.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    node.location = (shader.location.x - 320, shader.location.y)
    tree.links.new(node.outputs["Color"], shader.inputs[SOCKET])
    _lead(tree, node, uv)
    tree.nodes.active = node
    return made
