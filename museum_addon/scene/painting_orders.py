"""What is sent to have an object textured: its surface, texture, mask, cameras and what hides it, as the request asks.

``order_of`` reads what decides the request, ``fill`` gathers the files; both on the main thread. What takes long is
written later, by the thread that sends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..client.parcel import Parcel
from ..core.errors import InvalidRequest
from ..core.meshfile import Triangles, write_triangles
from ..core.pictures import write_png
from ..core.requests import JobRequest, texture_views
from ..core.uv_masks import corner_mask, tiles_of
from ..core.view_cameras import looks_past
from ..translations import say
from . import base_colour, cameras, evaluated, masks, meshes, painting, pictures

REGION_MODES = ("restore", "refine")
TITLES = {"generate": "Generate", "restore": "Restore", "refine": "Refine", "project": "Project"}
OBSERVED = 1.0
"""The red channel of an evidence map where the texture was observed."""


@dataclass(frozen=True)
class Settings:
    """What is asked for; the fields are those of the Texture panel's form.

    image: the texture to work on, None for that of each object's active material. missing: mask, group, alpha,
    key_colour or evidence. mask: an image that is white where to paint. group: name of a vertex group. key_colour:
    (3,) sRGB in 0..1. engine: what paints. extra: further parameters of the engine. reference: a picture to resemble.
    """

    mode: str = "restore"
    prompt: str = ""
    painter: str = "auto"
    image: bpy.types.Image | None = None
    texture_size: int = 2048
    view_size: int = 768
    unwrap: str = "auto"
    schedule: str = "automatic"
    view_count: int = 10
    occlusion: bool = False
    missing: str = "mask"
    mask: bpy.types.Image | None = None
    group: str = ""
    key_colour: tuple[float, float, float] = (1.0, 0.0, 1.0)
    tolerance: float = 0.05
    strength: float = 0.4
    feather: int = 16
    engine: str = "text2tex"
    extra: Mapping[str, Any] = field(default_factory=dict)
    reference: bpy.types.Image | None = None


@dataclass(frozen=True)
class Order:
    """One object's request with what was read for it. image: the texture that is sent. slots: None for all."""

    item: bpy.types.Object
    request: JobRequest
    target: painting.PaintingTarget
    surface: evaluated.Surface
    image: bpy.types.Image | None
    evidence: bpy.types.Image | None
    photographs: tuple[cameras.Photographed, ...]
    slots: tuple[int, ...] | None


def order_of(context: bpy.types.Context, item: bpy.types.Object, settings: Settings, seed: int) -> Order:
    """Read an object. Raises InvalidRequest, with what to do, for what cannot be textured in this way."""
    if not (item.is_editable and item.data.is_editable):
        raise InvalidRequest(
            f"“{item.name}” belongs to another file and cannot be changed.", "Make it local: Object > Relations."
        )
    found = _texture(item, settings)
    evidence = _evidence(item, settings, found)
    image = found.image if found is not None and _uses_texture(settings, evidence) else None
    uv = _uv_map(item, found if image is not None else None)
    slots = _slots(item, settings, image)
    group = settings.group if settings.mode in REGION_MODES and settings.missing == "group" else ""
    surface = evaluated.surface_of(
        context, item, "" if settings.unwrap == "new" and image is None else uv, slots=slots, group=group
    )
    taken = _photographs(context, item, surface) if settings.mode == "project" else []
    target = painting.PaintingTarget(
        item.name, item.session_uid, meshes.fingerprint(item), uv, painting.uv_print(item, uv), slots or (),
        image.name if image is not None else "", item.matrix_world.is_negative, surface.origin,
    )  # fmt: skip
    request = texture_views(
        settings.prompt,
        mode=settings.mode,
        seed=seed,
        painter=settings.painter,
        texture_size=None if image is not None else settings.texture_size,
        view_size=settings.view_size,
        schedule=settings.schedule if settings.mode != "project" else "cameras",
        view_count=settings.view_count,
        cameras=[camera for _, camera in taken] or _views(context, item, settings, surface),
        missing=_missing(settings),
        strength=settings.strength,
        feather=settings.feather,
        unwrap=_unwrap(item, settings, surface, uv, image),
        label=f"{item.name}: {settings.prompt or say(TITLES[settings.mode])}"[:80],
        engine=settings.engine,
        settings=settings.extra,
    )
    shown = tuple(photograph for photograph, _ in taken)
    return Order(item, request, target, surface, image, evidence if image is not None else None, shown, slots)


def slots_of(item: bpy.types.Object, settings: Settings) -> tuple[int, ...] | None:
    """The slots whose faces an order sends; None for all. Raises InvalidRequest as ``order_of``."""
    found = _texture(item, settings)
    uses = found is not None and _uses_texture(settings, _evidence(item, settings, found))
    return _slots(item, settings, found.image if found is not None and uses else None)


def _texture(item: bpy.types.Object, settings: Settings) -> base_colour.BaseColour | None:
    """The texture that the object has. Raises InvalidRequest where one is needed and there is none that can be used."""
    found = base_colour.base_colour(item.active_material, settings.image)
    if found is None and settings.mode in REGION_MODES:
        raise InvalidRequest(
            f"“{item.name}” has no texture to work on.",
            "Choose it under Texture, or connect an image to the Base Color of its active material.",
        )
    if found is not None and not found.plain and settings.mode in REGION_MODES:
        raise InvalidRequest(
            f"The texture of “{item.name}” does not lie in a UV map: it is moved, scaled or projected.",
            "Bake it into a UV map first, or take the nodes before its Vector input out.",
        )
    return found if found is None or found.plain else None


def _evidence(
    item: bpy.types.Object, settings: Settings, found: base_colour.BaseColour | None
) -> bpy.types.Image | None:
    """The evidence map that belongs to the texture."""
    evidence = painting.evidence_of(item)
    if evidence is None or found is None:
        return None
    same = tuple(evidence.size) == tuple(found.image.size)
    if not same and (settings.image is None or settings.missing == "evidence"):
        raise InvalidRequest(
            f"The evidence map “{evidence.name}” and the texture “{found.image.name}” differ in size.",
            "Scale the texture to the size of its evidence map.",
        )
    return evidence if same else None


def _uses_texture(settings: Settings, evidence: bpy.types.Image | None) -> bool:
    """Whether the texture that is there has a say: always in a region, and where it holds what was observed."""
    if settings.mode in REGION_MODES:
        return True
    if settings.unwrap != "new":
        return settings.mode == "project" or evidence is not None
    if evidence is not None and _holds_observed(evidence):
        raise InvalidRequest(
            "The texture holds what was observed, which a new UV map would lose.", "Keep the UV map."
        )
    return False


def _holds_observed(evidence: bpy.types.Image) -> bool:
    values = np.empty(len(evidence.pixels), dtype=np.float32)
    evidence.pixels.foreach_get(values)
    return bool((values[:: evidence.channels] == OBSERVED).any())


def _uv_map(item: bpy.types.Object, found: base_colour.BaseColour | None) -> str:
    """The UV map that is sent: the texture's own, else the active one; empty for a mesh without any."""
    layers = item.data.uv_layers
    if found is None or not layers:
        if found is not None:
            raise InvalidRequest(
                f"“{item.name}” has no UV map in which its texture could lie.",
                "Add the UV map that the texture is made for.",
            )
        return layers.active.name if layers.active else ""
    if found.uv and found.uv not in layers:
        raise InvalidRequest(
            f"The UV map “{found.uv}” of the texture is not in “{item.name}”.", "Rename the UV map, or choose another."
        )
    rendered = next((layer.name for layer in layers if layer.active_render), layers.active.name)
    return found.uv or rendered


def _slots(item: bpy.types.Object, settings: Settings, image: bpy.types.Image | None) -> tuple[int, ...] | None:
    """The slots that share the texture; None for all. Faces of the others have pictures of their own."""
    if image is None or len(item.material_slots) < 2:
        return None
    shown = [base_colour.base_colour(slot.material) for slot in item.material_slots]
    slots = tuple(index for index, one in enumerate(shown) if one is not None and one.image == image)
    return slots if slots and len(slots) < len(shown) else None


def _unwrap(
    item: bpy.types.Object, settings: Settings, surface: evaluated.Surface, uv: str, image: bpy.types.Image | None
) -> str:
    """What is asked of the UV map. Raises InvalidRequest where a new one could not be put onto the object."""
    if image is not None:
        return "keep"
    if surface.same_faces:
        return settings.unwrap
    if not uv:
        raise InvalidRequest(
            f"“{item.name}” has no UV map, and none can be made for it: its modifiers change its faces.",
            "Unwrap the mesh yourself (Edit Mode, UV > Unwrap), or apply the modifiers (Object > Convert > Mesh).",
        )
    if settings.unwrap == "new":
        raise InvalidRequest(
            f"The modifiers of “{item.name}” change its faces: a new UV map would not fit its own mesh.",
            "Unwrap the mesh and choose to keep its UV map, or apply the modifiers (Object > Convert > Mesh).",
        )
    return "keep"


def _missing(settings: Settings) -> dict[str, Any] | None:
    if settings.mode not in REGION_MODES:
        return None
    source = "mask" if settings.missing == "group" else settings.missing
    if source != "key_colour":
        return {"source": source}
    colour = "#" + "".join(f"{round(255 * channel):02x}" for channel in settings.key_colour)
    return {"source": source, "key_colour": colour, "tolerance": settings.tolerance}


def _photographs(
    context: bpy.types.Context, item: bpy.types.Object, surface: evaluated.Surface
) -> list[tuple[cameras.Photographed, dict[str, Any]]]:
    """The photographs that may show the object, with their cameras."""
    taken = cameras.photographed(context)
    if not taken:
        raise InvalidRequest(
            "No visible camera has a photograph.", "Give cameras photographs as their background images."
        )
    found = [(one, cameras.photograph_json(context, one, surface.origin)) for one in taken]
    return _that_see(item, surface, found)


def _views(
    context: bpy.types.Context, item: bpy.types.Object, settings: Settings, surface: evaluated.Surface
) -> list[dict[str, Any]]:
    """The scene's cameras that may see the object."""
    if settings.schedule != "cameras":
        return []
    every = [
        (camera, cameras.view_json(context, camera, surface.origin, settings.view_size))
        for camera in cameras.scene_cameras(context)
    ]
    if not every:
        raise InvalidRequest("There is no visible camera in the scene.", "Add cameras, or choose other views.")
    return [camera for _, camera in _that_see(item, surface, every)]


def _that_see(
    item: bpy.types.Object, surface: evaluated.Surface, found: list[tuple[Any, dict[str, Any]]]
) -> list[tuple[Any, dict[str, Any]]]:
    places = surface.triangles.positions
    low, high = cameras.to_file(places.min(axis=0)), cameras.to_file(places.max(axis=0))
    corners = np.array([[(low, high)[k >> axis & 1][axis] for axis in range(3)] for k in range(8)])
    seeing = [one for one in found if not looks_past(one[1], corners)]
    if not seeing:
        raise InvalidRequest(f"No camera sees “{item.name}”.", "Turn the cameras towards it, or select others.")
    return seeing


def fill(context: bpy.types.Context, parcel: Parcel, order: Order, settings: Settings) -> None:
    """Gather all files of an order. Raises InvalidRequest for pictures that cannot be used."""
    surface = order.surface
    parcel.add("mesh", ".glb", partial(_write_mesh, surface.triangles))
    tiles: dict[int, int] = {}
    if order.image is not None:
        found = pictures.pictures_of(order.image, parcel.folder / "texture-tiles")
        used = _used_tiles(order, found)
        tiles = dict.fromkeys(used, found.size)
        _add(parcel, "texture", found, used)
        if order.evidence is not None:
            _add(parcel, "evidence", pictures.pictures_of(order.evidence, parcel.folder / "evidence-tiles"), used)
    if settings.mode in REGION_MODES:
        _add_mask(parcel, order, settings, tiles)
    for number, taken in enumerate(order.photographs, 1):
        image = taken.background.image
        found = pictures.pictures_of(image, parcel.folder / f"photograph-{number}", square=False)
        _add(parcel, f"photo.{number}", found, (pictures.FIRST_TILE,))
    if settings.occlusion or order.slots is not None:
        hiding = evaluated.others(context, order.item, order.slots, everything=settings.occlusion)
        if hiding is not None:
            parcel.add("occluders", ".glb", partial(_write_mesh, hiding))


def _add(parcel: Parcel, role: str, found: pictures.Pictures, tiles: Sequence[int]) -> None:
    """A picture, or those of its tiles that the mesh uses."""
    for number in tiles:
        name = f"{role}.{number}" if found.tiled else role
        picture = found.tiles.get(number if found.tiled else pictures.FIRST_TILE)
        if picture is None:
            raise InvalidRequest(
                f"The mesh uses the UDIM tile {number}, which one of its images has not.",
                "Add the tile in the Image Editor, or move the texture coordinates.",
            )
        if picture.path is not None:
            parcel.add_file(name, picture.path)
        elif picture.write is not None:
            parcel.add(name, picture.suffix, picture.write)


def _used_tiles(order: Order, found: pictures.Pictures) -> tuple[int, ...]:
    uv = order.surface.triangles.uv
    if not found.tiled or uv is None:
        return (pictures.FIRST_TILE,)
    return tiles_of(uv) or (pictures.FIRST_TILE,)


def _add_mask(parcel: Parcel, order: Order, settings: Settings, tiles: dict[int, int]) -> None:
    if settings.missing == "group":
        tiled = order.image is not None and order.image.source == "TILED"
        for number, size in tiles.items():
            write = partial(_write_mask, order.surface, size, number)
            parcel.add(f"mask.{number}" if tiled else "mask", ".png", write)
    elif settings.missing == "mask":
        if settings.mask is None:
            raise InvalidRequest("No mask image is chosen.", "Choose an image that is white where to paint.")
        found = pictures.pictures_of(settings.mask, parcel.folder / "mask-tiles")
        size = next(iter(tiles.values()))
        if found.size != size:
            raise InvalidRequest(
                f"The mask is {found.size} × {found.size}, the texture {size} × {size}.",
                "Scale the mask to the size of the texture (Image > Resize).",
            )
        if not masks.marks_something(settings.mask):
            raise InvalidRequest(
                f"Nothing is white in the mask “{settings.mask.name}”.",
                "Paint white in it with the brush beside its name, or choose under Where what is painted.",
            )
        _add(parcel, "mask", found, tuple(tiles))
    elif settings.missing == "evidence" and order.evidence is None:
        raise InvalidRequest(
            f"The material of “{order.item.name}” has no evidence map.", "Choose another source of the mask."
        )


def _write_mesh(triangles: Triangles, path: Path) -> None:
    write_triangles(path, triangles)


def _write_mask(surface: evaluated.Surface, size: int, tile: int, path: Path) -> None:
    if surface.triangles.uv is not None and surface.weights is not None:
        write_png(path, corner_mask(surface.triangles.uv, surface.weights, size, tile))
