"""From the files and parameters of a request to a mesh, its pictures and its cameras, all of them checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import trimesh

from ...errors import BadInput
from ...geometry.cameras import Camera
from ...geometry.intake import LoadedMesh, load_mesh
from ...geometry.standing import Standing, is_glb, standing
from ...geometry.surface_texels import tiles_of_faces
from ...geometry.typing import BoolArray, ByteImage, Points, Vectors
from .contract import OBSERVED, Photograph, TextureOptions
from .images import Picture, read_picture
from .info import ViewsParams

DEFAULT_SIZE = 2048
SEEN_ALPHA, WHITE = 128, 128
"""Opacity from which a texel counts as there, and lightness from which a mask's counts as marked."""
PHOTOGRAPHS = "photographs"
ASPECT = 0.01
"""By how much the proportions of a photograph and of its camera may differ."""
CAMERA_FIX = "Give cameras in the axes and the unit of the mesh's file: columns right, up, backward and place."
Say = Callable[[str], None]


@dataclass(frozen=True)
class Sources:
    """What a request holds. mesh: metres, z up, in the order of the file's faces. normals: (n, 3) of the mesh's
    vertices, or None. alpha: (T, R, R) the opacity that the texture had, or None. notes: sentences.
    """

    mesh: trimesh.Trimesh
    normals: Vectors | None
    stands: Standing
    options: TextureOptions
    alpha: ByteImage | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Given:
    """The pictures of a request, (T, R, R, ...) each or None. missing: what is to be painted."""

    resolution: int
    albedo: ByteImage | None
    alpha: ByteImage | None
    evidence: ByteImage | None
    missing: BoolArray | None

    @property
    def opacity(self) -> ByteImage | None:
        """The alpha channel that is put back: none where being see-through said what is missing."""
        if self.alpha is None or (self.missing is not None and np.array_equal(self.missing, self.alpha < SEEN_ALPHA)):
            return None
        return self.alpha


def gather_sources(inputs: Mapping[str, Path], params: ViewsParams, folder: Path, say: Say) -> Sources:
    """Read everything. folder: where large pictures may be laid. Raises BadInput, GeometryError or TooLarge."""
    say("Reading the mesh")
    loaded = load_mesh(inputs["mesh"])
    stands = standing(loaded, is_glb(inputs["mesh"]), params.unit, params.up)
    mesh, normals = _as_trimesh(loaded, stands)
    notes = [*loaded.repairs, *stands.notes]
    cameras = _cameras(params, stands, np.asarray(mesh.vertices)[np.asarray(mesh.faces).ravel()])
    say("Reading the pictures")
    given = _given(inputs, params, _tiles_of(mesh), notes)
    say("Reading the photographs")
    photographs = _photographs(inputs, params, cameras, folder, notes)
    options = replace(
        _chosen(params),
        resolution=given.resolution,
        cameras=cameras if params.mode != "project" else (),
        photographs=photographs,
        albedo=_flat(given.albedo),
        missing=_flat(given.missing),
        evidence=_flat(given.evidence),
        occluders=_occluders(inputs, stands),
    )
    return Sources(mesh, normals, stands, options, given.opacity, tuple(notes))


def _chosen(params: ViewsParams) -> TextureOptions:
    """What the parameters alone say; the mesh has been turned, z up."""
    return TextureOptions(
        view_size=params.view_size,
        mode=params.mode,
        seed=params.seed,
        prompt=params.prompt,
        strength=params.strength,
        schedule=params.schedule,
        view_count=params.view_count,
        refinement_views=params.refinement_views,
        unwrap=params.unwrap,
        up="z",
        feather=params.feather,
        match_exposure=params.match_exposure,
        register=params.align_views,
        fill=params.fill,
    )


def _given(inputs: Mapping[str, Path], params: ViewsParams, tiles: tuple[int, ...], notes: list[str]) -> _Given:
    texture = _pictures(inputs, "texture", tiles, notes)
    albedo = None if texture is None else _square(texture)
    alpha = None if texture is None else _alphas(texture)
    resolution, textured = _resolution(params, albedo), albedo is not None
    map_given = _pictures(inputs, "evidence", tiles, notes)
    evidence = None if map_given is None else _fitting(_stacked(map_given), "evidence map", resolution, textured)
    mask = _mask(inputs, tiles, resolution, textured, notes)
    missing = _missing(params, albedo, alpha, mask, evidence, notes)
    return _Given(resolution, albedo, alpha, evidence, missing)


def _as_trimesh(loaded: LoadedMesh, stands: Standing) -> tuple[trimesh.Trimesh, Vectors | None]:
    """One vertex for each place and texture coordinate that occur together; the faces in their order."""
    points = stands.points(loaded.vertices)
    faces, place, visual = loaded.faces, np.arange(len(points)), None
    if loaded.uv is not None and loaded.uv_faces is not None:
        pairs = np.stack([loaded.faces.ravel(), loaded.uv_faces.ravel()], axis=1).astype(np.int64)
        chosen, index = np.unique(pairs, axis=0, return_inverse=True)
        faces, place = index.reshape(-1, 3), chosen[:, 0]
        visual = trimesh.visual.TextureVisuals(uv=loaded.uv[chosen[:, 1]])
    polygons = {} if loaded.groups is None else {"polygon": loaded.groups}
    mesh = trimesh.Trimesh(points[place], faces, visual=visual, face_attributes=polygons, process=False)
    return mesh, None if loaded.normals is None else stands.normals(loaded.normals[place])


def _occluders(inputs: Mapping[str, Path], stands: Standing) -> tuple[trimesh.Trimesh, ...]:
    if "occluders" not in inputs:
        return ()
    loaded = load_mesh(inputs["occluders"])
    return (trimesh.Trimesh(stands.points(loaded.vertices), loaded.faces, process=False),)


def _cameras(params: ViewsParams, stands: Standing, points: Points) -> tuple[Camera, ...]:
    """In metres, z up. Raises BadInput that names a camera which is none, or which looks past the mesh."""
    found = []
    low, high = points.min(axis=0), points.max(axis=0)
    corners = np.array([[(low, high)[k >> axis & 1][axis] for axis in range(3)] for k in range(8)])
    for number, given in enumerate(params.cameras, 1):
        try:
            camera = stands.camera(Camera.from_json(given.model_dump()))
        except BadInput as error:
            raise BadInput(f"Camera {number}: {error.message}", error.fix) from error
        if _past(camera, corners):
            raise BadInput(f"Camera {number} looks past the mesh: nothing of it is in the picture.", CAMERA_FIX)
        found.append(camera)
    return tuple(found)


def _past(camera: Camera, corners: Points) -> bool:
    """Whether all corners of a box lie beyond one side of what the camera sees."""
    local = (corners - camera.place) @ camera.to_world[:3, :3]
    depth = -local[:, 2]
    scale = np.ones(8) if camera.orthographic else depth
    x = camera.centre[0] * scale + camera.focal[0] * local[:, 0]
    y = camera.centre[1] * scale - camera.focal[1] * local[:, 1]
    beyond = (depth <= 0.0, x < 0.0, y < 0.0, x > camera.width * scale, y > camera.height * scale)
    return any(bool(side.all()) for side in beyond)


def _tiles_of(mesh: trimesh.Trimesh) -> tuple[int, ...]:
    uv = getattr(mesh.visual, "uv", None)
    if uv is None:
        return (1001,)
    return tiles_of_faces(np.asarray(uv, dtype=np.float64), np.asarray(mesh.faces, dtype=np.int32))[0]


def _pictures(
    inputs: Mapping[str, Path], role: str, tiles: tuple[int, ...], notes: list[str], *, lenient: bool = False
) -> tuple[Picture | None, ...] | None:
    """The pictures of a role for each tile; None when there are none. lenient: tiles may lack theirs."""
    numbered = {int(key.rpartition(".")[2]): path for key, path in inputs.items() if key.startswith(role + ".")}
    if role in inputs and numbered:
        raise BadInput(f"Both {role} and {role}.{min(numbered)} were given.", "Give one picture, or one a UDIM tile.")
    if role in inputs:
        numbered = {1001: inputs[role]}
    if not numbered:
        return None
    if len(tiles) == 1 and len(numbered) == 1:
        return (_noted(read_picture(next(iter(numbered.values())), f"The {role}", turn=False), notes),)
    lacking = [tile for tile in tiles if tile not in numbered]
    if lacking and (not lenient or role in inputs):
        raise BadInput(
            f"The mesh uses the UDIM tiles {', '.join(map(str, tiles))}; there is no {role} for {lacking[0]}.",
            f"Give one picture a tile: {role}.{tiles[0]}, ...",
        )
    spare = sorted(set(numbered) - set(tiles))
    if spare:
        notes.append(f"The mesh does not use {role}.{spare[0]}: left out.")
    named = [(numbered.get(tile), f"The {role} of tile {tile}") for tile in tiles]
    return tuple(None if path is None else _noted(read_picture(path, name, turn=False), notes) for path, name in named)


def _noted(picture: Picture, notes: list[str]) -> Picture:
    notes += picture.notes
    return picture


def _square(texture: tuple[Picture | None, ...]) -> ByteImage:
    """(T, R, R, 3). Raises BadInput unless all are square and of one size."""
    for picture in filter(None, texture):
        width, height = picture.size
        if width != height:
            side = max(width, height)
            raise BadInput(
                f"The texture is {width} x {height} pixels; it must be square.", f"Scale it to {side} x {side} pixels."
            )
    sizes = sorted({picture.size[0] for picture in texture if picture is not None})
    if len(sizes) > 1:
        raise BadInput(
            f"The textures of the UDIM tiles are of different sizes: {', '.join(map(str, sizes))} pixels a side.",
            f"Scale all of them to {sizes[-1]} x {sizes[-1]} pixels.",
        )
    if sizes[0] < 16:
        raise BadInput(f"The texture has only {sizes[0]} pixels a side.", "Scale it to 512 pixels or more.")
    return _stacked(texture)


def _stacked(pictures: tuple[Picture | None, ...]) -> ByteImage:
    shapes = {picture.colour.shape for picture in pictures if picture is not None}
    if len(shapes) > 1:
        raise BadInput("The pictures of the UDIM tiles are of different sizes.", "Give all of one size.")
    return np.stack([picture.colour for picture in pictures if picture is not None])


def _alphas(texture: tuple[Picture | None, ...]) -> ByteImage | None:
    if all(picture is None or picture.alpha is None for picture in texture):
        return None
    opaque = [np.full(p.colour.shape[:2], 255, np.uint8) if p.alpha is None else p.alpha for p in texture if p]
    return np.stack(opaque)


def _resolution(params: ViewsParams, albedo: ByteImage | None) -> int:
    if albedo is None:
        return params.texture_size or DEFAULT_SIZE
    side = int(albedo.shape[1])
    if params.texture_size not in (None, side):
        raise BadInput(
            f"The texture has {side} pixels a side, and texture_size is {params.texture_size}.",
            "Leave texture_size out, or scale the texture first.",
        )
    return side


def _fitting(picture: ByteImage, name: str, resolution: int, textured: bool) -> ByteImage:
    """The same. Raises BadInput, with both sizes, for a picture of another size than the texture."""
    height, width = picture.shape[1:3]
    if (width, height) != (resolution, resolution):
        what = "the texture is" if textured else "the texture will be"
        raise BadInput(
            f"The {name} is {width} x {height} pixels, {what} {resolution} x {resolution}.",
            f"Give a {name} of {resolution} x {resolution} pixels.",
        )
    return picture


def _mask(
    inputs: Mapping[str, Path], tiles: tuple[int, ...], resolution: int, textured: bool, notes: list[str]
) -> BoolArray | None:
    """(T, R, R) what is white and opaque in the mask; nothing in tiles without one."""
    found = _pictures(inputs, "mask", tiles, notes, lenient=True)
    if found is None:
        return None
    out = np.zeros((len(found), resolution, resolution), dtype=bool)
    for place, picture in zip(out, found, strict=True):
        if picture is None:
            continue
        light = _fitting(picture.colour[None], "mask", resolution, textured)[0].max(axis=2)
        place[:] = light >= WHITE
        if picture.alpha is not None:
            place &= picture.alpha >= SEEN_ALPHA
    return out


def _missing(
    params: ViewsParams,
    albedo: ByteImage | None,
    alpha: ByteImage | None,
    mask: BoolArray | None,
    evidence: ByteImage | None,
    notes: list[str],
) -> BoolArray | None:
    """(T, R, R) what is to be painted; None where the whole surface is."""
    if params.mode in ("generate", "project"):
        if mask is not None:
            notes.append(f"The mask is not used in the mode “{params.mode}”.")
        return None
    if albedo is None:
        raise BadInput(
            f"There is no texture to {params.mode}.",
            "Give the mesh's texture as the input “texture”, or choose the mode “generate”.",
        )
    holes = None if alpha is None else alpha < SEEN_ALPHA
    unseen = None if evidence is None else evidence[..., 0] != OBSERVED
    key = np.array([int(params.missing.key_colour[k : k + 2], 16) for k in (1, 3, 5)])
    source = params.missing.source
    if source == "key_colour":
        return np.asarray(np.abs(albedo.astype(np.int16) - key).max(axis=3) <= 255.0 * params.missing.tolerance)
    order = {"mask": mask, "alpha": holes, "evidence": unseen}
    found = [order.get(source)] if source != "auto" else [mask, holes, unseen]
    for region in found:
        if region is not None:
            return region
    lacking = {
        "mask": "there is no mask",
        "alpha": "the texture has no transparent part",
        "evidence": "there is no evidence map",
    }.get(source, "nothing says which part is meant")
    raise BadInput(
        f"Nothing can be marked as missing: {lacking}.",
        "Give a mask, a texture that is transparent where it is missing, an evidence map, or a key colour.",
    )


def _photographs(
    inputs: Mapping[str, Path], params: ViewsParams, cameras: tuple[Camera, ...], folder: Path, notes: list[str]
) -> tuple[Photograph, ...]:
    numbers = sorted(int(key.partition(".")[2]) for key in inputs if key.startswith("photo."))
    if params.mode != "project":
        if numbers:
            notes.append(f"Photographs are not used in the mode “{params.mode}”.")
        return ()
    if not numbers or numbers != list(range(1, len(cameras) + 1)):
        first = next((n for n in range(1, len(cameras) + 1) if n not in numbers), None)
        lacking = f"there is no photo.{first}" if first else f"there is no camera for photo.{len(cameras) + 1}"
        raise BadInput(
            f"{len(numbers)} photographs and {len(cameras)} cameras were given; {lacking}.",
            "Give a camera for each photograph, in the same order: camera i belongs to photo.i.",
        )
    return tuple(
        _photograph(inputs[f"photo.{number}"], number, camera, folder, notes)
        for number, camera in enumerate(cameras, 1)
    )


def _photograph(path: Path, number: int, camera: Camera, folder: Path, notes: list[str]) -> Photograph:
    """The picture in its camera's proportions; as EXIF turns it, or as it is when only that fits its camera."""
    name = f"Photograph {number}"
    picture = read_picture(path, name, photograph=True)
    if picture.turned and not _proportionate(picture, camera):
        picture = read_picture(path, name, photograph=True, turn=False)
    width, height = picture.size
    if not _proportionate(picture, camera):
        raise BadInput(
            f"{name} is {width} x {height} pixels, its camera {camera.width} x {camera.height}.",
            "Give the camera for the whole picture, uncropped and turned as the picture is.",
        )
    notes += picture.notes
    mask = None if picture.alpha is None else picture.alpha >= SEEN_ALPHA
    return Photograph(camera.resized(width, height), _on_disk(picture.colour, folder, number), mask, name)


def _proportionate(picture: Picture, camera: Camera) -> bool:
    width, height = picture.size
    return abs(width * camera.height / (height * camera.width) - 1.0) <= ASPECT


def _on_disk(pixels: ByteImage, folder: Path, number: int) -> ByteImage:
    """The same pixels, of which the system holds in memory as much as it can spare: there may be many."""
    path = folder / PHOTOGRAPHS / f"{number:03d}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, pixels, allow_pickle=False)
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _flat(tiled: np.ndarray | None) -> np.ndarray | None:
    """Without the dimension of tiles where there is only one."""
    return None if tiled is None else tiled[0] if len(tiled) == 1 else tiled
