"""The second step of the gallery: one picture of each model, rendered by Cycles in a plain studio."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FLAT, LYING, SLAB, SLENDER = 0.4, 0.14, 0.3, 3.0
LENS_MM = 85.0
SENSOR_MM = 36.0
SWEEP_STEPS = 24
MARGIN = 1.1


def main(arguments: Sequence[str]) -> int:
    """Render every model of the plan."""
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    folder = Path(plan["folder"])
    os.environ["BLENDER_USER_RESOURCES"] = str(folder / "blender")
    models = json.loads((folder / "models.json").read_text(encoding="utf-8"))
    log = os.open(folder / "blender.log", os.O_WRONLY | os.O_CREAT)
    terminal = os.dup(1)
    os.dup2(log, 1)  # what Blender prints of its own accord
    for number, model in enumerate(models, 1):
        place = folder / "tiles" / model["sheet"] / f"{model['name']}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        render(model, place, plan["tile"], plan["samples"])
        os.write(terminal, f"{number}/{len(models)} {model['name']}\n".encode())
    sys.stdout.flush()
    os.dup2(terminal, 1)
    return 0


def render(model: dict[str, Any], place: Path, tile: int, samples: int) -> None:
    """One tile as a visitor sees the thing: from slightly above, low ones from higher, flat work from the front."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.import_scene.gltf(filepath=model["model"])
    scene = bpy.context.scene
    width, depth, height = model["size_m"]
    radius = math.sqrt(width**2 + depth**2 + height**2) / 2
    centre = (0.0, 0.0, height / 2)
    low = height / max(width, depth)
    upright = low >= FLAT and depth < SLAB * max(width, height)
    slender = max(width, depth) > SLENDER * max(min(width, depth), height)
    azimuth = math.radians(-14 if upright else -42 if slender else -24)
    elevation = math.radians(8 if upright else 16 if low >= FLAT else 30 if low > LYING else 55)
    _studio(scene, radius)
    _camera(scene, centre, radius, azimuth, elevation)
    _settings(scene, tile, samples)
    scene.render.filepath = str(place)
    bpy.ops.render.render(write_still=True)


def _camera(scene: Any, centre: Sequence[float], radius: float, azimuth: float, elevation: float) -> None:
    """A camera whose picture the object's bounding box fills."""
    import bpy
    from mathutils import Vector

    towards = Vector(
        (math.sin(azimuth) * math.cos(elevation), -math.cos(azimuth) * math.cos(elevation), math.sin(elevation))
    )
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens, camera.data.sensor_width = LENS_MM, SENSOR_MM
    camera.rotation_mode = "QUATERNION"
    camera.rotation_quaternion = (-towards).to_track_quat("-Z", "Y")
    scene.collection.objects.link(camera)
    scene.camera = camera
    things = [item for item in scene.objects if item.type == "MESH" and item.name != "Floor"]
    points = [item.matrix_world @ Vector(corner) for item in things for corner in item.bound_box]
    right, up = camera.rotation_quaternion @ Vector((1, 0, 0)), camera.rotation_quaternion @ Vector((0, 1, 0))
    across, along = [p.dot(right) for p in points], [p.dot(up) for p in points]
    middle = Vector(centre)
    middle += right * ((max(across) + min(across)) / 2 - middle.dot(right))
    middle += up * ((max(along) + min(along)) / 2 - middle.dot(up))
    extent = max(max(across) - min(across), max(along) - min(along))
    distance = MARGIN * extent * LENS_MM / SENSOR_MM + 0.25 * radius
    camera.location = middle + towards * distance
    camera.data.clip_start, camera.data.clip_end = radius * 0.01, distance * 20


def _studio(scene: Any, radius: float) -> None:
    """Grey paper hung behind and three soft lights, the same for every tile relative to the object's size."""
    import bpy
    from mathutils import Vector

    mesh = bpy.data.meshes.new("Floor")
    bend, start, reach = 2.5 * radius, 2.2 * radius, 40 * radius
    angles = [math.pi / 2 * step / SWEEP_STEPS for step in range(SWEEP_STEPS + 1)]
    profile = [(-reach, 0.0), *((start + bend * math.sin(a), bend * (1 - math.cos(a))) for a in angles)]
    profile.append((start + bend, reach))
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh.from_pydata([(side * reach, y, z) for y, z in profile for side in (-1, 1)], [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    floor = bpy.data.objects.new("Floor", mesh)
    material = bpy.data.materials.new("Floor")
    if material.node_tree is None:
        material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (0.17, 0.165, 0.16, 1)
    shader.inputs["Roughness"].default_value = 0.8
    mesh.materials.append(material)
    scene.collection.objects.link(floor)
    for place, size, power in (((-2.4, -2.2, 3.0), 2.2, 120), ((2.8, -2.4, 1.6), 3.0, 36), ((1.6, 1.9, 2.8), 1.6, 50)):
        lamp = bpy.data.lights.new("Light", "AREA")
        lamp.shape, lamp.size, lamp.energy = "DISK", size * radius, power * radius**2
        item = bpy.data.objects.new("Light", lamp)
        item.location = Vector(place) * radius
        item.rotation_mode = "QUATERNION"
        item.rotation_quaternion = (Vector((0, 0, 0.5 * radius)) - item.location).to_track_quat("-Z", "Y")
        scene.collection.objects.link(item)
    world = bpy.data.worlds.new("World")
    if world.node_tree is None:
        world.use_nodes = True
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.85, 0.87, 0.9, 1)
    background.inputs["Strength"].default_value = 0.4
    scene.world = world
    bpy.context.view_layer.update()


def _settings(scene: Any, tile: int, samples: int) -> None:
    import bpy

    render, cycles = scene.render, scene.cycles
    render.engine, render.image_settings.file_format = "CYCLES", "PNG"
    render.resolution_x = render.resolution_y = tile
    cycles.device, cycles.samples = "CPU", samples
    cycles.use_denoising = bool(getattr(bpy.app.build_options, "openimagedenoise", True))
    if cycles.use_denoising:
        cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.max_bounces = 6
    cycles.caustics_reflective = cycles.caustics_refractive = False
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
