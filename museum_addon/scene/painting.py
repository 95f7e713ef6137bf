"""Puts a finished texture onto the object that it was painted for, in a new material beside the old ones."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ..core import paradata
from ..core.errors import ImportFailed
from . import base_colour, datablocks, evidence_record, former, meshes, pictures, texturing

if TYPE_CHECKING:
    from ..client.messages import ResultReady

EVIDENCE = "museum_evidence"
ENDINGS = {"restore": "restored", "refine": "refined", "project": "photographed", "generate": "painted"}
FOLDER = "textures"
PICTURES = (
    ("base_color", "Base Color", "sRGB"),
    ("metallic_roughness", "Metallic Roughness", "Non-Color"),
    ("evidence", "Evidence", "Non-Color"),
)
"""Role, title and colour space of what a result holds; the first in any case."""
MAX_NAME = 50


@dataclass(frozen=True)
class PaintingTarget(texturing.Target):
    """The object, and what was sent of it.

    uv_print: of the UV map's coordinates. slots: the material slots whose faces were sent. image: the picture that
    was sent as its texture, empty for none. mirrored: whether the object was. origin: (3,) of the frame in which
    cameras were sent and come back, world, Blender's units.
    """

    uv_print: str = ""
    slots: Sequence[int] = ()
    image: str = ""
    mirrored: bool = False
    origin: Sequence[float] = (0.0, 0.0, 0.0)

    def find(self) -> bpy.types.Object:
        """The object. Raises ImportFailed when it is gone, or has other faces or texture coordinates now."""
        item = super().find()
        if self.uv and uv_print(item, self.uv) != self.uv_print:
            raise ImportFailed(
                f"The UV map “{self.uv}” of “{item.name}” has changed since the texture was asked for.",
                "Undo the change and press Import Again, or texture the object anew.",
            )
        return item


def uv_print(item: bpy.types.Object, name: str) -> str:
    """What stays the same as long as a UV map of the object's own mesh does; empty when there is none of this name."""
    layer = item.data.uv_layers.get(name)
    if layer is None:
        return ""
    values: np.ndarray = meshes.read(layer.uv, "vector", 2)
    return f"{zlib.crc32(values.tobytes()):08x}"


def apply_result(ready: ResultReady, target: PaintingTarget, storage: str) -> str:
    """Give the target the texture of a result; answers the object's name. One undo step.

    storage: "pack", or "folder" to keep the pictures beside the .blend. Raises ImportFailed, and then nothing was
    changed in the file.
    """
    item = target.find()
    before, layers = datablocks.session_ids(), set(item.data.uv_layers.keys())
    try:
        images = _images(item, ready, storage)
        uv_name = _coordinates(item, ready, target)
        made = _materials(item, ready, target, images, uv_name)
        former.put_on(item, made, ready.job.id)
    except (RuntimeError, TypeError, ValueError, KeyError, OSError) as error:
        datablocks.remove(datablocks.added_since(before))
        for name in set(item.data.uv_layers.keys()) - layers:
            item.data.uv_layers.remove(item.data.uv_layers[name])
        raise ImportFailed(
            f"Blender could not use the texture ({error}).".replace("\n", " "),
            'Press "Import Again"; if it fails again, retry the job.',
        ) from error
    bpy.ops.ed.undo_push(message=f"Museum: {next(iter(made.values())).name}")
    return item.name


def _images(item: bpy.types.Object, ready: ResultReady, storage: str) -> dict[str, bpy.types.Image]:
    """By role the pictures of the result."""
    folder = Path(bpy.path.abspath(f"//{FOLDER}")) if storage == "folder" and bpy.data.filepath else None
    found = {}
    for role, title, space in PICTURES:
        files = tiles_of(ready.files, role)
        if files:
            found[role] = pictures.load(files, f"{item.name} {title}", space, folder)
    if "base_color" not in found:
        raise ValueError("the result has no base colour")
    if "evidence" in found:
        found["evidence"].use_fake_user = True
    statement = paradata.to_text(ready.result.get("paradata"))
    for image in found.values():
        _document(image, ready, statement)
    return found


def tiles_of(files: Mapping[str, Path], role: str) -> dict[int, Path]:
    """UDIM number -> file of a role: ``role.png``, or ``role.1001.png`` and so on."""
    found = {}
    for name, path in files.items():
        match = re.fullmatch(rf"{role}(?:\.(1\d{{3}}))?\.png", name)
        if match:
            found[int(match[1] or pictures.FIRST_TILE)] = path
    return found


def _coordinates(item: bpy.types.Object, ready: ResultReady, target: PaintingTarget) -> str:
    """The UV map that the pictures are for: the object's own, or a new one beside it."""
    path = ready.files.get("uv.npz")
    if path is None:
        if target.uv not in item.data.uv_layers:
            raise ValueError(f"the UV map “{target.uv}” is not there any more")
        return target.uv
    uv, faces = texturing.read_coordinates(path)
    taken = set(item.data.uv_layers.keys())
    numbered = (f"{texturing.UV_NAME} {number}" for number in range(2, len(taken) + 3))
    name = next(name for name in (texturing.UV_NAME, *numbered) if name not in taken)
    meshes.write_uv(item, name, uv, faces, target.mirrored)
    return name


def _materials(
    item: bpy.types.Object,
    ready: ResultReady,
    target: PaintingTarget,
    images: Mapping[str, bpy.types.Image],
    uv_name: str,
) -> dict[int, bpy.types.Material]:
    """By slot the new material: one for each material that the slots have now."""
    former.end_comparison(item)
    sent = bpy.data.images.get(target.image) if target.image else None
    slots = list(target.slots) or list(range(max(1, len(item.material_slots))))
    made: dict[str, bpy.types.Material] = {}
    found = {}
    for slot in slots:
        old = item.material_slots[slot].material if slot < len(item.material_slots) else None
        key = old.name if old is not None else ""
        if key not in made:
            name = _name(item, old, ready)
            made[key] = base_colour.with_picture(old, sent, images["base_color"], uv_name, name)
            if "metallic_roughness" in images:
                base_colour.with_surface(made[key], images["metallic_roughness"], uv_name)
            _document(made[key], ready, paradata.to_text(ready.result.get("paradata")))
            made[key].pop("museum_record", None)
            if "evidence" in images:
                made[key][EVIDENCE] = images["evidence"].name
            else:
                made[key].pop(EVIDENCE, None)
            made[key]["museum_origin"] = list(target.origin)
            evidence_record.keep(made[key], item, target.origin, images.get("evidence"), ready.result.get("data") or {})
        found[slot] = made[key]
    return found


def _name(item: bpy.types.Object, old: bpy.types.Material | None, ready: ResultReady) -> str:
    """Of the new material: the old one's, and what was done to it."""
    stem = (old.name if old is not None else item.name)[:MAX_NAME]
    ending = ENDINGS.get(str(ready.job.params.get("mode")), "painted")
    for known in ENDINGS.values():
        stem = stem.removesuffix(f" {known}")
    return f"{stem} {ending}"


def _document(block: bpy.types.ID, ready: ResultReady, statement: str) -> None:
    """Say in the .blend how a data-block came to be."""
    block["museum_id"] = ready.job.id
    block["museum_paradata"] = statement
    block["museum_source"] = "generated"


def evidence_of(item: bpy.types.Object | None) -> bpy.types.Image | None:
    """The evidence map of the object's active material, when it has one."""
    material = item.active_material if item is not None else None
    name: Any = material.get(EVIDENCE) if material is not None else None
    return bpy.data.images.get(name) if isinstance(name, str) else None
