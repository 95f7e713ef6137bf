"""From a repaired shape to the files of a result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...geometry.cameras import Camera
from ...geometry.glb import png_bytes, write_painted_glb
from ...geometry.mesh import UVMesh
from ...geometry.raycasting import RayScene
from ...geometry.repair.contract import RepairedShape, RepairReport
from ...geometry.typing import ByteImage
from ..base import ProducedFile
from ..texture.contract import GENERATED, NO_VIEW
from ..texture.evidence import UNSEEN_SURENESS
from ..texture.framing import framed
from ..texture.view_names import direction
from ..texture.views import appearance, render_view

EVIDENCE = (GENERATED, NO_VIEW, round(255 * UNSEEN_SURENESS))
"""Every texel of an imagined surface: generated, painted by no view."""
FILES = (
    ProducedFile("model.glb", "model", "model/gltf-binary"),
    ProducedFile("base_color.png", "base_color", "image/png"),
    ProducedFile("evidence.png", "evidence", "image/png"),
    ProducedFile("thumbnail.png", "preview", "image/png"),
)
THUMBNAIL, OVERSAMPLING = 256, 2
ATLAS = 1024
SHOWN_FROM = (28.0, 16.0)
LIGHT = (-0.35, 0.55, 0.76)
AMBIENT = 0.45


def write_shape(folder: Path, shape: RepairedShape, name: str, paradata: Mapping[str, Any]) -> None:
    """Write every file of FILES into the folder."""
    base_color = png_bytes(shape.base_colour)
    (folder / "base_color.png").write_bytes(base_color)
    evidence = np.empty_like(shape.base_colour)
    evidence[:] = EVIDENCE
    (folder / "evidence.png").write_bytes(png_bytes(evidence))
    write_painted_glb(
        folder / "model.glb",
        shape.mesh,
        [base_color],
        np.zeros(len(shape.mesh.faces), dtype=np.int32),
        name=name,
        extras={"museum_paradata": dict(paradata)},
    )
    (folder / "thumbnail.png").write_bytes(png_bytes(thumbnail(shape)))


def repairs(report: RepairReport) -> dict[str, Any]:
    """What the repair line did, for ``data.repairs``."""
    return {
        "from_triangles": report.from_triangles,
        "to_triangles": report.to_triangles,
        "unusable_faces": report.unusable,
        "components": report.components,
        "dropped_components": report.dropped,
        "holes_filled": report.holes,
        "edges_split": report.edges_split,
        "faces_flipped": report.flipped,
        "sheets_thickened": report.sheets,
        "watertight": report.watertight,
        "deviation_m": round(report.deviation, 6),
        "notes": list(report.notes),
    }


def thumbnail(shape: RepairedShape) -> ByteImage:
    """(THUMBNAIL, THUMBNAIL, 4) uint8, lit, around it see-through."""
    mesh = _local(shape.mesh)
    size = THUMBNAIL * OVERSAMPLING
    camera = framed(mesh.vertices, direction(*SHOWN_FROM, "z"), "z", (size, size))
    side = min(ATLAS, len(shape.base_colour))
    atlas = cv2.resize(shape.base_colour, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    buffers = render_view(RayScene(mesh), mesh, camera, (1001,))
    colour = appearance(buffers, atlas[None], np.ones((1, side, side), dtype=np.float32))[0]
    seen = (buffers.solid == 0).astype(np.float32)
    lit = np.clip(buffers.normal @ _light(camera), 0.0, 1.0)
    shaded = colour * (AMBIENT + (1.15 - AMBIENT) * lit)[..., None] * seen[..., None]
    small, cover = (cv2.resize(a, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA) for a in (shaded, seen))
    small = small / np.maximum(cover, 1e-6)[..., None]
    return np.rint(255.0 * np.clip(np.dstack([small, cover]), 0.0, 1.0)).astype(np.uint8)


def _light(camera: Camera) -> np.ndarray:
    light = np.asarray(LIGHT) / np.linalg.norm(LIGHT)
    turned: np.ndarray = (camera.to_world[:3, :3] @ light).astype(np.float32)
    return turned


def _local(mesh: UVMesh) -> UVMesh:
    """About the origin, longest side 1."""
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    local = (mesh.vertices - (low + high) / 2.0) / float((high - low).max())
    return UVMesh(local, mesh.faces, mesh.uv, mesh.normals, mesh.face_region, mesh.regions)
