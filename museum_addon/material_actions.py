"""What a user can do with materials, as functions; operators and scripts call these. Raise MuseumError."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import bpy

from . import actions, joblist, preferences
from .core.errors import InvalidRequest
from .core.meshfile import Triangles, write_triangles
from .core.requests import MAX_SEED, texture_material
from .paths import DataPaths
from .scene import former, meshes, texturing


def apply_material(
    context: bpy.types.Context,
    prompt: str,
    objects: Sequence[bpy.types.Object] | None = None,
    *,
    seed: int | None = None,
    texture_size: int = 2048,
    ageing: Mapping[str, float] | None = None,
    unwrap: str = "auto",
) -> list[str]:
    """Ask for a material on each object, the selected meshes when None; each gets it by itself when it is ready.

    seed: a random one when None; the same for all objects. Answers the keys of the new rows in ``scene.museum.jobs``.
    Nothing is sent when one of the objects cannot be.
    """
    chosen = selected_meshes(context) if objects is None else list(objects)
    if not chosen:
        raise InvalidRequest("No mesh is selected.", "Select the objects that shall get the material.")
    if any(item.mode != "OBJECT" for item in chosen):
        raise InvalidRequest("A mesh cannot be sent while it is being edited.", "Go back to Object Mode first.")
    used = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
    orders = []
    for item in chosen:
        label = f"{item.name}: {prompt}"[:80]
        request = texture_material(
            prompt, seed=used, texture_size=texture_size, ageing=ageing, unwrap=unwrap, label=label
        )
        orders.append((request, texturing.Target.of(item), meshes.triangles_of(item)))
    running = actions.session(context)
    paths = DataPaths(preferences.data_folder(context))
    for request, target, triangles in orders:
        joblist.add_row(context.scene, request, (0.0, 0.0, 0.0), target.to_text())
        path = paths.upload(request.idempotency_key)
        running.submit(request, {"mesh": functools.partial(written, path, triangles)})
    return [request.idempotency_key for request, _, _ in orders]


def written(path: Path, triangles: Triangles) -> Path:
    """Write the mesh and answer where it lies. Called on the thread that sends it. Raises OSError."""
    write_triangles(path, triangles)
    return path


def apply_from_form(context: bpy.types.Context) -> list[str]:
    """``apply_material`` with what stands in the Material panel. The seed that was used is left in the form."""
    form = context.scene.museum.material
    if form.random_seed:
        form.seed = secrets.randbelow(MAX_SEED + 1)
    return apply_material(
        context,
        form.prompt,
        seed=form.seed,
        texture_size=int(form.texture_size),
        ageing={layer.kind: layer.amount for layer in form.ageing},
        unwrap=form.unwrap,
    )


def restore_materials(context: bpy.types.Context) -> int:
    """Give the selected objects the materials back that they had before. Answers how many objects."""
    return former.restore(selected_meshes(context))


def add_ageing(context: bpy.types.Context, kind: str) -> None:
    """Add a layer of ageing to the Material panel's form; one that is there already is left as it is."""
    layers = context.scene.museum.material.ageing
    if all(layer.kind != kind for layer in layers):
        layer = layers.add()
        layer.kind = kind


def remove_ageing(context: bpy.types.Context, kind: str) -> None:
    """Take a layer of ageing out of the form."""
    layers = context.scene.museum.material.ageing
    index = next((number for number, layer in enumerate(layers) if layer.kind == kind), -1)
    if index < 0:
        raise InvalidRequest("This ageing is not in the list.", "Choose one that is.")
    layers.remove(index)


def selected_meshes(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected objects that are meshes, the active one first."""
    found = [item for item in context.selected_objects if item.type == "MESH"]
    return sorted(found, key=lambda item: item != context.active_object)
