"""The gallery's picture of texturing by views: a vase that lost a part of its painting, restored, and its evidence."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image, ImageDraw, ImageFont
from trimesh.visual import TextureVisuals

from backend.command import run_into
from backend.engines.texture import Camera, TextureOptions, texture_mesh
from backend.engines.texture.exemplar import ExemplarPainter
from backend.engines.texture.preparation import prepare
from backend.engines.texture.views import appearance, render_view
from backend.geometry.raycasting import RayScene
from backend.geometry.surface_texels import SurfaceTexels, surface_texels

VASE = {"prompt": "Attic red-figure amphora with meander band, 40 cm tall", "texture_size": 1024, "seed": 3}
LOST_SHARE, LOST_COLOUR, SEED = 0.15, (203, 194, 180), 4
RADII = (0.02, 0.09)
"""Of the places that lost their painting, of the vase's height."""
AZIMUTHS = (20.0, 140.0)
TILE, OVERSAMPLING = (440, 640), 2
PAPER = 0.96
EVIDENCE = Path(__file__).resolve().parents[1] / "museum_addon" / "core" / "evidence.json"


def main(arguments: Sequence[str]) -> int:
    """Make texturing_restore.jpg in the plan's folder for pictures."""
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    place = Path(plan["folder"]) / "models" / "texturing"
    run_into("text_to_3d", "parametric", dict(VASE), {}, place)
    scene = trimesh.load(place / "model.glb", process=False, force="mesh")
    truth = np.asarray(scene.visual.material.baseColorTexture.convert("RGB"))
    mesh = trimesh.Trimesh(scene.vertices, scene.faces, process=False, visual=TextureVisuals(uv=scene.visual.uv))
    prepared = prepare(mesh, TextureOptions(resolution=len(truth)))
    hole = lost(surface_texels(prepared.mesh, len(truth)), len(truth))
    damaged = truth.copy()
    damaged[hole] = LOST_COLOUR
    options = TextureOptions(mode="restore", albedo=damaged, missing=hole, up="y", resolution=len(truth))
    result = texture_mesh(mesh, ExemplarPainter(), options)
    columns = {
        "What is left": damaged,
        "Restored": result.albedo,
        "Evidence: observed, generated, filled": in_colours(result.evidence),
        "As it was": truth,
    }
    scene_of_rays = RayScene(prepared.mesh)
    rows = [
        np.hstack([shown(scene_of_rays, prepared.mesh, picture, azimuth) for picture in columns.values()])
        for azimuth in AZIMUTHS
    ]
    sheet = Image.fromarray(np.vstack(rows))
    write = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=20)
    for number, title in enumerate(columns):
        write.text((number * TILE[0] + 14, 10), title, fill=(70, 70, 70), font=font)
    sheet.save(Path(plan["out"]) / "texturing_restore.jpg", quality=88)
    print(f"texturing: {100 * result.coverage['painted']:.1f} % painted in {len(result.views)} views", flush=True)
    return 0


def lost(texels: SurfaceTexels, size: int) -> np.ndarray:
    """(R, R) bool: uneven patches all over the surface."""
    rng = np.random.default_rng(SEED)
    hole = np.zeros((size, size), dtype=bool)
    while hole[texels.row, texels.col][texels.inside].mean() < LOST_SHARE:
        middle = texels.position[rng.integers(len(texels))]
        uneven = texels.position - middle + 0.012 * np.sin(texels.position * 90.0)
        gone = np.linalg.norm(uneven, axis=1) < rng.uniform(*RADII)
        hole[texels.row[gone], texels.col[gone]] = True
    return hole


def in_colours(evidence: np.ndarray) -> np.ndarray:
    """The red channel of an evidence map in the colours of the overlay in Blender."""
    out = np.zeros_like(evidence)
    for source in reversed(json.loads(EVIDENCE.read_text(encoding="utf-8"))["sources"]):
        colour = source["colour"].lstrip("#")
        out[evidence[..., 0] >= source["from"]] = [int(colour[k : k + 2], 16) for k in (0, 2, 4)]
    return out


def shown(scene: RayScene, mesh: object, picture: np.ndarray, azimuth: float) -> np.ndarray:
    """(H, W, 3) uint8: the vase with a texture, lit from the upper left."""
    turn = np.radians(azimuth)
    eye = np.array([np.sin(turn), 0.22, np.cos(turn)]) * 2.6
    size = (TILE[0] * OVERSAMPLING, TILE[1] * OVERSAMPLING)
    camera = Camera.look_at(eye, (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), size, field_of_view=18.0)
    buffers = render_view(scene, mesh, camera)
    light = camera.to_world[:3, :3] @ np.array([-0.45, 0.6, 0.66])
    shade = 0.6 + 0.45 * np.clip(buffers.normal @ light, 0.0, 1.0)
    rgb, _ = appearance(
        buffers, picture[None].astype(np.float32) / np.float32(255.0), np.ones((1, *picture.shape[:2]), np.float32)
    )
    lit = np.where((buffers.solid == 0)[..., None], rgb * shade[..., None], PAPER)
    small = lit.reshape(TILE[1], OVERSAMPLING, TILE[0], OVERSAMPLING, 3).mean(axis=(1, 3))
    return (np.clip(small, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
