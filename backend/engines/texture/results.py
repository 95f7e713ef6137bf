"""What a texturing leaves behind: the textured model, its pictures, and a sheet of its views for the eye."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...geometry.cameras import Camera
from ...geometry.glb import png_bytes, write_painted_glb
from ...geometry.joining import joined_mesh
from ...geometry.mesh import UVMesh
from ...geometry.raycasting import RayScene
from ...geometry.surface_texels import tiles_of_faces
from ...geometry.typing import ByteImage, Float32Array, Points
from ..base import ProducedFile
from .contract import GENERATED, GUTTER, INTERPOLATED, NONE, TextureResult
from .framing import framed
from .sources import Sources
from .view_names import direction
from .views import ViewBuffers, appearance, render_view

UV_FILE = ProducedFile("uv.npz", "uv", "application/x-npz")
THUMBNAIL, OVERSAMPLING = 256, 2
SHOWN_FROM = (28.0, 16.0)
"""Azimuth and elevation, degrees, of the small picture."""
CELL, LABEL = 320, 22
SHEET_ATLAS = 1024
"""Texels a side from which the small pictures are made: their pixels are far larger."""
LIGHT = (-0.35, 0.55, 0.76)
AMBIENT = 0.45
PAPER = 236
JPEG_QUALITY = 88


def write_results(folder: Path, sources: Sources, result: TextureResult, paradata: Mapping[str, Any]) -> None:
    """Write every file of ``files_of`` into the folder."""
    albedo, evidence = _tiled(result.albedo), _tiled(result.evidence)
    pictures = [_base_color(albedo[k], evidence[k], _alpha(sources, k)) for k in range(len(albedo))]
    packed = [] if result.material is None else [png_bytes(picture) for picture in _tiled(result.material)]
    for k, suffix in enumerate(_suffixes(result)):
        if packed:
            (folder / f"metallic_roughness{suffix}.png").write_bytes(packed[k])
        (folder / f"base_color{suffix}.png").write_bytes(pictures[k])
        (folder / f"evidence{suffix}.png").write_bytes(png_bytes(evidence[k]))
    if result.unwrapped:
        with (folder / UV_FILE.name).open("wb") as stream:
            np.savez(stream, uv=result.uv.astype(np.float32), faces=result.faces.astype(np.int32))
    mesh = textured_mesh(sources, result)
    tile_of_face = np.maximum(tiles_of_faces(mesh.uv, mesh.faces)[1], 0)
    write_painted_glb(
        folder / "model.glb",
        mesh,
        pictures,
        tile_of_face,
        name=_title(sources),
        extras={"museum_paradata": dict(paradata)},
        packed=packed,
    )
    _Studio(sources, result, mesh, albedo).write(folder)


def files_of(result: TextureResult) -> tuple[ProducedFile, ...]:
    """The files that ``write_results`` writes."""
    material = () if result.material is None else ("metallic_roughness",)
    pictures = [
        ProducedFile(f"{role}{suffix}.png", role, "image/png")
        for role in ("base_color", "evidence", *material)
        for suffix in _suffixes(result)
    ]
    return (
        ProducedFile("model.glb", "model", "model/gltf-binary"),
        *pictures,
        *([UV_FILE] if result.unwrapped else []),
        ProducedFile("thumbnail.png", "preview", "image/png"),
        ProducedFile("views.jpg", "views", "image/jpeg"),
    )


def textured_mesh(sources: Sources, result: TextureResult) -> UVMesh:
    """The mesh where it was given, metres, z up, with the result's coordinates and the normals of its file."""
    vertices, faces = np.asarray(sources.mesh.vertices), np.asarray(sources.mesh.faces, dtype=np.int32)
    return joined_mesh(vertices, faces, result.uv, result.faces, sources.normals)


def _title(sources: Sources) -> str:
    prompt = " ".join(sources.options.prompt.split())
    return prompt[:60] if prompt else "Texture"


def _suffixes(result: TextureResult) -> tuple[str, ...]:
    return ("",) if len(result.tiles) == 1 else tuple(f".{tile}" for tile in result.tiles)


def _tiled(picture: ByteImage) -> ByteImage:
    return picture if picture.ndim == 4 else picture[None]


def _alpha(sources: Sources, tile: int) -> ByteImage | None:
    return None if sources.alpha is None else sources.alpha[tile]


def _base_color(albedo: ByteImage, evidence: ByteImage, alpha: ByteImage | None) -> bytes:
    """As PNG; where nothing was painted as see-through as it was."""
    if alpha is None:
        return png_bytes(albedo)
    painted = np.isin(evidence[..., 0], (GENERATED, INTERPOLATED, GUTTER))
    opacity = np.where(painted, 255, alpha).astype(np.uint8)
    return png_bytes(np.dstack([albedo, opacity]))


class _Studio:
    """The textured mesh in its local frame (about the origin, longest side 1), ready to be looked at."""

    def __init__(self, sources: Sources, result: TextureResult, mesh: UVMesh, albedo: ByteImage) -> None:
        used = mesh.vertices[mesh.faces.ravel()]
        low, high = used.min(axis=0), used.max(axis=0)
        self._centre, self._scale = (low + high) / 2.0, float((high - low).max())
        self._mesh = UVMesh(
            self._local(mesh.vertices), mesh.faces, mesh.uv, mesh.normals, mesh.face_region, mesh.regions
        )
        others = [(self._local(np.asarray(o.vertices)), np.asarray(o.faces)) for o in sources.options.occluders]
        self._scene = RayScene(self._mesh, others)
        self._alone = RayScene(self._mesh) if others else self._scene
        self._result = result
        self._atlas, self._known = _reduced(albedo, _tiled(result.evidence))

    def write(self, folder: Path) -> None:
        """The small picture, and the sheet of views."""
        (folder / "thumbnail.png").write_bytes(png_bytes(self._thumbnail()))
        done, coded = cv2.imencode(".jpg", self._sheet()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        assert done
        (folder / "views.jpg").write_bytes(coded.tobytes())

    def _local(self, points: Points) -> Points:
        return (points - self._centre) / self._scale

    def _look(self, scene: RayScene, camera: Camera) -> tuple[ViewBuffers, Float32Array]:
        buffers = render_view(scene, self._mesh, camera, self._result.tiles)
        return buffers, appearance(buffers, self._atlas, self._known)[0]

    def _thumbnail(self) -> ByteImage:
        """(THUMBNAIL, THUMBNAIL, 4) uint8, lit, around it see-through."""
        size = THUMBNAIL * OVERSAMPLING
        points = self._mesh.vertices[np.unique(self._mesh.faces)]
        camera = framed(points, direction(*SHOWN_FROM, "z"), "z", (size, size))
        buffers, colour = self._look(self._alone, camera)
        seen = (buffers.solid == 0).astype(np.float32)
        light = np.asarray(LIGHT) / np.linalg.norm(LIGHT)
        lit = np.clip(buffers.normal @ (camera.to_world[:3, :3] @ light).astype(np.float32), 0.0, 1.0)
        shaded = colour * (AMBIENT + (1.15 - AMBIENT) * lit)[..., None] * seen[..., None]
        small, cover = (cv2.resize(a, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA) for a in (shaded, seen))
        small = small / np.maximum(cover, 1e-6)[..., None]
        return np.rint(255.0 * np.clip(np.dstack([small, cover]), 0.0, 1.0)).astype(np.uint8)

    def _sheet(self) -> ByteImage:
        """The mesh as it turned out, from each camera, with the names of the views."""
        views = self._result.views
        across = max(1, math.ceil(math.sqrt(len(views))))
        down = max(1, math.ceil(len(views) / across))
        sheet = np.full((down * (CELL + LABEL), across * CELL, 3), PAPER, dtype=np.uint8)
        for number, view in enumerate(views):
            longer = max(view.camera.width, view.camera.height)
            width, height = (max(1, round(side * CELL / longer)) for side in (view.camera.width, view.camera.height))
            camera = view.camera.moved(self._centre, self._scale).resized(width, height)
            buffers, colour = self._look(self._scene, camera)
            picture = np.where((buffers.solid == 0)[..., None], np.rint(255.0 * colour), PAPER).astype(np.uint8)
            top, left = (number // across) * (CELL + LABEL), (number % across) * CELL
            row, col = top + (CELL - height) // 2, left + (CELL - width) // 2
            sheet[row : row + height, col : col + width] = picture
            text, place = f"{number + 1} {view.name}".strip(), (left + 6, top + CELL + LABEL - 7)
            cv2.putText(sheet, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
        return sheet


def _reduced(albedo: ByteImage, evidence: ByteImage) -> tuple[Float32Array, Float32Array]:
    """(T, S, S, 3) and (T, S, S) float32: a smaller atlas, and which part of each of its texels shows something."""
    size = min(SHEET_ATLAS, albedo.shape[1])
    colours, shares = [], []
    for picture, codes in zip(albedo, evidence, strict=True):
        known = (codes[..., 0] != NONE).astype(np.float32)
        weighted = picture.astype(np.float32) / np.float32(255.0) * known[..., None]
        share = cv2.resize(known, (size, size), interpolation=cv2.INTER_AREA)
        colour = cv2.resize(weighted, (size, size), interpolation=cv2.INTER_AREA)
        colours.append(colour / np.maximum(share, np.float32(1e-6))[..., None])
        shares.append(share)
    return np.stack(colours), np.stack(shares)
