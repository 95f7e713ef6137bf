"""The painter ``material``: the same colour at the same place, in whatever view, and as the engine of that name."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from backend.engines.artifact import types
from backend.engines.material.engine import layers_of
from backend.engines.texture.contract import PaintRequest, TextureOptions
from backend.engines.texture.framing import framed
from backend.engines.texture.preparation import Frame, prepare
from backend.engines.texture.solid_painter import SolidPainter, look_of
from backend.engines.texture.views import ViewBuffers, render_view, request_arrays
from backend.errors import BadInput
from backend.geometry.raycasting import RayScene
from backend.geometry.standing import Y_TO_Z
from backend.geometry.texels import rasterise_texels
from backend.geometry.typing import Float32Array, FloatArray
from backend.surface.drivers import measure
from backend.surface.evaluate import colours_at, evaluate, surface_of
from backend.surface.masks import asked_kinds
from backend.surface.material import load_material

PROMPTS = ("bronze with green patina", "rough red granite", "oak wood")


def vase(up: str = "z") -> trimesh.Trimesh:
    mesh = types.load("amphora").build(np.random.default_rng(3))
    points = mesh.vertices @ Y_TO_Z if up == "y" else mesh.vertices
    return trimesh.Trimesh(points, mesh.faces, process=False, visual=trimesh.visual.TextureVisuals(uv=mesh.uv))


def seen(mesh: trimesh.Trimesh, towards: FloatArray, seed: int = 1) -> tuple[PaintRequest, ViewBuffers, Frame]:
    """A view of the whole mesh, as a painter gets it."""
    ready = prepare(mesh, TextureOptions(resolution=256, unwrap="keep"))
    camera = framed(ready.mesh.vertices, towards, "z", (160, 160))
    buffers = render_view(RayScene(ready.mesh), ready.mesh, camera)
    depth, normal, position = request_arrays(buffers, ready.frame)
    shown = buffers.solid == 0
    nothing, grey = np.zeros_like(shown), np.full((*shown.shape, 3), 0.5, dtype=np.float32)
    request = PaintRequest(
        ready.frame.world_camera(camera),
        depth,
        normal,
        position,
        grey,
        shown,
        nothing,
        nothing,
        1.0,
        "",
        seed,
        0,
        shown,
    )
    return request, buffers, ready.frame


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_place_has_one_colour_in_all_views(prompt: str) -> None:
    """Pixels of one view, looked up where they fall in another: they differ by less than neighbours do."""
    mesh = vase()
    painter = SolidPainter(mesh, look_of(prompt))
    one, _, frame = seen(mesh, np.array([0.0, -1.0, 0.2]))
    two, buffers, _ = seen(mesh, np.array([0.15, -1.0, 0.2]))
    pictures = [painter.paint(request) for request in (one, two)]
    pixels, depth = buffers.camera.project(frame.local(one.position[one.object_mask].astype(np.float64)))
    col, row = pixels.astype(int).T
    both = np.abs(buffers.depth[row, col] - depth) < 0.004
    # Both look at the same place; asked for exactly that place, the painter must answer the same.
    request = PaintRequest(**{**vars(two), "position": two.position.copy(), "normal": two.normal.copy()})
    place, turn = one.position[one.object_mask][both], one.camera.to_world[:3, :3].T @ two.camera.to_world[:3, :3]
    request.position[row[both], col[both]] = place
    request.normal[row[both], col[both]] = one.normal[one.object_mask][both] @ turn
    again = painter.paint(request)[row[both], col[both]]
    last = np.zeros(buffers.depth.shape, dtype=int) - 1
    last[row[both], col[both]] = np.arange(both.sum())
    won = last[row[both], col[both]] == np.arange(both.sum())
    assert won.sum() > 2000
    assert np.abs(again - pictures[0][one.object_mask][both])[won].max() < 0.02
    assert pictures[0][one.object_mask].std() > 0.005


@pytest.mark.parametrize("prompt", ["rough red granite", "oak wood"])
def test_texels_get_the_colours_that_the_engine_gives_them(prompt: str) -> None:
    mesh = types.load("amphora").build(np.random.default_rng(3))
    look, texels = look_of(prompt), rasterise_texels(mesh, 128, 2)
    material, further = load_material(look.material), layers_of(look, load_material(look.material))
    kinds = asked_kinds([*material.layers, *(layer for _, group in further for layer in group)])
    surface = surface_of(mesh, texels, False, measure(mesh, kinds, 128).at(texels))
    maps = evaluate(surface, texels, material, None, None, 7, lambda share: None, further)
    found = colours_at(surface, surface, material, None, None, 7, further)
    wanted = maps.base_color[texels.rows, texels.cols].astype(float)
    assert np.abs(found * 255.0 - wanted).max() <= 1.0


def test_an_object_that_stands_on_y_looks_as_it_does_on_z() -> None:
    look = look_of("oak wood with dust")
    pictures = []
    for up in ("z", "y"):
        mesh = vase(up)
        request, _, _ = seen(vase("z"), np.array([0.3, -1.0, 0.4]))
        if up == "y":
            pose = request.camera.to_world.copy()
            pose[:3] = Y_TO_Z.T @ pose[:3]
            camera = type(request.camera)(pose, 160, 160, request.camera.focal, request.camera.centre)
            request = PaintRequest(**{**vars(request), "camera": camera, "position": turned(request.position)})
        pictures.append(SolidPainter(mesh, look, "y" if up == "y" else "z").paint(request))
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.002


def turned(position: Float32Array) -> Float32Array:
    return (position @ Y_TO_Z).astype(np.float32)


def test_the_same_seed_paints_the_same_and_another_paints_another() -> None:
    mesh = vase()
    painter = SolidPainter(mesh, look_of("rough red granite"))
    first, same, other = (painter.paint(seen(mesh, np.array([0.0, -1.0, 0.2]), seed)[0]) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert np.abs(first - other).mean() > 0.001
    assert first.dtype == np.float32 and first.min() >= 0.0 and first.max() <= 1.0


def test_words_without_a_material_are_refused_with_what_is_near() -> None:
    with pytest.raises(BadInput) as caught:
        look_of("something lovely")
    assert "material" in caught.value.fix
