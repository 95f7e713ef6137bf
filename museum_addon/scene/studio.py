"""A photographer's studio around museum objects: backdrop, soft light, camera, Cycles settings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import bpy
from mathutils import Vector

from ..core.errors import InvalidRequest
from . import display

STUDIO_NAME = "Museum Studio"
STUDIO_MARK = "museum_studio"
BACKDROP = (0.105, 0.098, 0.090)  # linear; warm-neutral grey, dark enough for white marble to stand out
SENSOR_MM = 36.0
LENSES_MM = (24.0, 85.0)
MARGIN = 1.07  # the picture's size over that of the objects in it
ELEVATION = math.radians(12)  # of the camera where no arrangement says where it stands
SWEEP_STEPS = 24
# Of the four lights: where they stand as multiples of the objects' radius (x, y, z; y away from the viewer), their
# size in the same unit, and their power in watts for a radius of 1 m.
LIGHTS = (
    ("Key", (-1.15, -0.85, 1.25), 0.42, 88.0, (1.0, 0.945, 0.87)),
    ("Fill", (1.35, -0.9, 0.75), 1.5, 9.0, (0.92, 0.96, 1.0)),
    ("Top", (0.25, 0.1, 1.7), 1.2, 22.0, (1.0, 0.98, 0.95)),
    ("Rim", (1.0, 0.95, 1.25), 0.6, 30.0, (1.0, 0.96, 0.91)),
)


def add_studio(scene: bpy.types.Scene, objects: Sequence[bpy.types.Object]) -> bpy.types.Object:
    """Put floor, backdrop, lights, world and a camera that frames all objects into the scene; answers the camera.

    A studio of an earlier call is replaced. Raises InvalidRequest when there is no object.
    """
    if not objects:
        raise InvalidRequest("There is no museum object to light.", "Create objects first, or select some.")
    display.update(scene)
    boxes = [display.bounds(item) for item in objects]
    corners = [Vector((x.x, y.y, z.z)) for box in boxes for x in box for y in box for z in box]
    low = Vector(min(corner[axis] for corner in corners) for axis in range(3))
    high = Vector(max(corner[axis] for corner in corners) for axis in range(3))
    centre, radius = (low + high) / 2, max((high - low).length / 2, 0.05)
    floor = 0.0 if display.viewer_of(scene) is not None else low.z
    target = display.fresh_collection(scene, STUDIO_NAME, STUDIO_MARK)
    target.objects.link(_backdrop(centre, radius, floor, high.y))
    for name, offset, size, power, colour in LIGHTS:
        target.objects.link(_light(name, centre, radius, Vector(offset), size, power, colour))
    camera = _camera(corners, centre, radius, display.viewer_of(scene))
    target.objects.link(camera)
    scene.camera = camera
    _world(scene)
    display.update(scene)
    return camera


def set_render(scene: bpy.types.Scene, *, width: int = 1600, height: int = 900, samples: int = 48) -> None:
    """Cycles on the CPU with denoising and a film-like view transform."""
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.image_settings.file_format = "PNG"
    render.use_persistent_data = False
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = 0.05
    cycles.use_denoising = bool(getattr(bpy.app.build_options, "openimagedenoise", True))
    if cycles.use_denoising:
        cycles.denoiser = "OPENIMAGEDENOISE"
        cycles.denoising_quality = "BALANCED"  # a sharp picture of few samples in half the time of "HIGH"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces, cycles.transmission_bounces = 6, 2, 3, 6
    cycles.caustics_reflective = cycles.caustics_refractive = False
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"


def _camera(
    corners: Sequence[Vector], centre: Vector, radius: float, viewer: Vector | None
) -> bpy.types.Object:
    """A camera that sees every corner; from the viewer's place, or from in front and slightly above."""
    data = bpy.data.cameras.new("Museum Camera")
    data.sensor_fit, data.sensor_width = "HORIZONTAL", SENSOR_MM
    camera = bpy.data.objects.new("Museum Camera", data)
    if viewer is None:
        distance = radius * 2 * 65.0 / SENSOR_MM * 1.3
        viewer = centre + distance * Vector((0.0, -math.cos(ELEVATION), math.sin(ELEVATION)))
    pitches = [math.atan2(c.z - viewer.z, math.hypot(c.x - viewer.x, c.y - viewer.y)) for c in corners]
    pitch = (min(pitches) + max(pitches)) / 2
    yaw = math.atan2(centre.x - viewer.x, centre.y - viewer.y) if abs(centre.x - viewer.x) > radius * 0.2 else 0.0
    forward = Vector((math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)))
    rotation = forward.to_track_quat("-Z", "Y")
    right, up = rotation @ Vector((1, 0, 0)), rotation @ Vector((0, 1, 0))
    across, above, below = _extent(corners, viewer, forward, right, up)
    # Moving the film centres the picture without tilting the camera.
    data.shift_y = 0.0
    tall = max(above, -below)
    lens = min(SENSOR_MM / 2 / across, SENSOR_MM * 9 / 16 / 2 / tall) / MARGIN
    data.lens = min(max(lens, LENSES_MM[0]), LENSES_MM[1])
    data.clip_start, data.clip_end = radius * 0.01, radius * 100 + viewer.length
    camera.location = viewer
    camera.rotation_mode = "QUATERNION"
    camera.rotation_quaternion = rotation
    return camera


def _extent(
    corners: Sequence[Vector], viewer: Vector, forward: Vector, right: Vector, up: Vector
) -> tuple[float, float, float]:
    """The largest distance from the picture's middle sideways, upwards and downwards, at distance 1."""
    flat = []
    for corner in corners:
        away = corner - viewer
        depth = max(away.dot(forward), 1e-6)
        flat.append((away.dot(right) / depth, away.dot(up) / depth))
    return max(abs(u) for u, _ in flat), max(v for _, v in flat), min(v for _, v in flat)


def _light(
    name: str, centre: Vector, radius: float, offset: Vector, size: float, power: float, colour: tuple[float, ...]
) -> bpy.types.Object:
    data = bpy.data.lights.new(f"Museum {name} Light", "AREA")
    data.shape, data.size = "DISK", size * radius
    data.energy = power * radius * radius
    data.color = colour
    light = bpy.data.objects.new(f"Museum {name} Light", data)
    light.location = centre + offset * radius
    light.rotation_mode = "QUATERNION"
    light.rotation_quaternion = (centre - light.location).to_track_quat("-Z", "Y")
    light.visible_camera = False
    return light


def _backdrop(centre: Vector, radius: float, floor: float, back: float) -> bpy.types.Object:
    """A floor that sweeps up into a wall, as photographers hang their paper."""
    bend, reach = radius * 0.9, radius * 12
    start = back + radius * 0.35
    profile = [(centre.y - reach, floor), (start, floor)]
    for step in range(1, SWEEP_STEPS + 1):
        angle = math.pi / 2 * step / SWEEP_STEPS
        profile.append((start + bend * math.sin(angle), floor + bend * (1 - math.cos(angle))))
    profile.append((start + bend, floor + reach))
    vertices = [(centre.x + side * reach, y, z) for y, z in profile for side in (-1, 1)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh = bpy.data.meshes.new("Museum Backdrop")
    mesh.from_pydata(vertices, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.materials.append(display.matte("Museum Backdrop", BACKDROP, 0.65))
    return bpy.data.objects.new("Museum Backdrop", mesh)


def _world(scene: bpy.types.Scene) -> None:
    """A dim even light from all around, for what shiny surfaces reflect and shadows keep."""
    world = bpy.data.worlds.get("Museum World") or bpy.data.worlds.new("Museum World")
    if world.node_tree is None:
        world.use_nodes = True
    background = next(node for node in world.node_tree.nodes if node.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.82, 0.84, 0.88, 1.0)
    background.inputs["Strength"].default_value = 0.10
    scene.world = world
