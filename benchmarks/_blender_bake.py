"""Blender's own way to put seven projected views onto an atlas: one bake of a material that mixes them by their angle.

No view is tested for occlusion. Runs in Blender's module: ``python -m benchmarks._blender_bake MESH.npz RESOLUTION``;
prints the seconds of ``bpy.ops.object.bake`` alone.
"""

from __future__ import annotations

import sys
import time

import bpy
import numpy as np

VIEWS, PICTURE, MARGIN = 7, 768, 16


def directions() -> np.ndarray:
    """(7, 3) six around, one above, from the object to the camera."""
    turns = np.arange(VIEWS - 1) * 2.0 * np.pi / (VIEWS - 1)
    around = np.stack([np.sin(turns), -np.cos(turns), np.full(VIEWS - 1, 0.25)], axis=1)
    return np.concatenate([around / np.linalg.norm(around, axis=1, keepdims=True), [[0.0, 0.0, 1.0]]])


def mesh_of(path: str) -> bpy.types.Object:
    """The object, about 1 in size, with its UV map and one more for each view."""
    data = np.load(path)
    vertices, faces, uv = data["vertices"], data["faces"], data["uv"]
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = (vertices - (low + high) / 2.0) / (high - low).max()
    mesh = bpy.data.meshes.new("scan")
    mesh.from_pydata(vertices.tolist(), [], faces.tolist())
    corners = faces.ravel()
    mesh.uv_layers.new(name="Atlas").uv.foreach_set("vector", uv[corners].astype(np.float32).ravel())
    for number, towards in enumerate(directions()):
        right = np.cross([0.0, 0.0, 1.0] if abs(towards[2]) < 0.9 else [0.0, 1.0, 0.0], towards)
        right /= np.linalg.norm(right)
        flat = np.stack([vertices @ right, vertices @ np.cross(towards, right)], axis=1) / 1.8 + 0.5
        mesh.uv_layers.new(name=f"View {number}").uv.foreach_set("vector", flat[corners].astype(np.float32).ravel())
    item = bpy.data.objects.new("scan", mesh)
    bpy.context.scene.collection.objects.link(item)
    return item


def material_of(target: bpy.types.Image) -> bpy.types.Material:
    """Each view's picture through its own UV map, weighted by the fourth power of the cosine."""
    material = bpy.data.materials.new("views")
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    make, link = tree.nodes.new, tree.links.new
    geometry = make("ShaderNodeNewGeometry")
    total, weights = None, None
    rng = np.random.default_rng(1)
    for number, towards in enumerate(directions()):
        picture = bpy.data.images.new(f"view {number}", PICTURE, PICTURE)
        picture.pixels.foreach_set(rng.random(PICTURE * PICTURE * 4, dtype=np.float32))
        place, texture = make("ShaderNodeUVMap"), make("ShaderNodeTexImage")
        place.uv_map, texture.image, texture.interpolation = f"View {number}", picture, "Cubic"
        link(place.outputs["UV"], texture.inputs["Vector"])
        facing, power = make("ShaderNodeVectorMath"), make("ShaderNodeMath")
        facing.operation, power.operation, power.use_clamp = "DOT_PRODUCT", "POWER", True
        facing.inputs[1].default_value, power.inputs[1].default_value = towards, 4.0
        link(geometry.outputs["Normal"], facing.inputs[0])
        link(facing.outputs["Value"], power.inputs[0])
        scaled = make("ShaderNodeVectorMath")
        scaled.operation = "SCALE"
        link(texture.outputs["Color"], scaled.inputs[0])
        link(power.outputs["Value"], scaled.inputs["Scale"])
        total = _sum(tree, "ShaderNodeVectorMath", total, scaled.outputs["Vector"])
        weights = _sum(tree, "ShaderNodeMath", weights, power.outputs["Value"])
    share, emission, output = make("ShaderNodeVectorMath"), make("ShaderNodeEmission"), make("ShaderNodeOutputMaterial")
    share.operation = "DIVIDE"
    link(total, share.inputs[0])
    link(weights, share.inputs[1])
    link(share.outputs["Vector"], emission.inputs["Color"])
    link(emission.outputs["Emission"], output.inputs["Surface"])
    baked = make("ShaderNodeTexImage")
    baked.image = target
    tree.nodes.active = baked
    return material


def _sum(tree, kind, total, further):
    if total is None:
        return further
    node = tree.nodes.new(kind)
    node.operation = "ADD"
    tree.links.new(total, node.inputs[0])
    tree.links.new(further, node.inputs[1])
    return node.outputs[0]


def main() -> None:
    path, resolution = sys.argv[1], int(sys.argv[2])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    item = mesh_of(path)
    item.data.materials.append(material_of(bpy.data.images.new("atlas", resolution, resolution)))
    item.data.uv_layers.active = item.data.uv_layers["Atlas"]
    bpy.context.view_layer.objects.active = item
    item.select_set(True)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.device, scene.cycles.samples = "CYCLES", "CPU", 1
    scene.render.bake.margin = MARGIN
    best = None
    for _ in range(2):
        started = time.perf_counter()
        bpy.ops.object.bake(type="EMIT")
        seconds = time.perf_counter() - started
        best = seconds if best is None else min(best, seconds)
    print(f"BAKED {best:.3f}")


if __name__ == "__main__":
    main()
