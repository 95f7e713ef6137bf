"""Puts a finished material onto the object that it was made for. What the object had before is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ..core import paradata
from ..core.errors import ImportFailed
from . import datablocks, evidence_record, former, materials, meshes

if TYPE_CHECKING:
    from ..client.messages import ResultReady

UV_NAME = "Museum"
MAX_UV_BYTES = 1024**3
MAPS = {
    "base_color.png": ("Base Color", "sRGB"),
    "metallic_roughness.png": ("Metallic Roughness", "Non-Color"),
    "normal.png": ("Normal", "Non-Color"),
    "evidence.png": ("Evidence", "Non-Color"),
}


@dataclass(frozen=True)
class Target:
    """The object that a material is made for: by its name, its id in this session of Blender, and its faces.

    uv: the UV map that was sent, empty when it had none.
    """

    name: str
    uid: int
    faces: str
    uv: str = ""

    @classmethod
    def of(cls, item: bpy.types.Object) -> Target:
        """What identifies this object."""
        layer = item.data.uv_layers.active
        return cls(item.name, item.session_uid, meshes.fingerprint(item), layer.name if layer else "")

    def to_text(self) -> str:
        """As it is kept in a job's row."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Target:
        """Raises ImportFailed when the row does not say for which object its job was."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise ImportFailed("The file does not say which object this was made for.", "Apply it anew.") from error

    def find(self) -> bpy.types.Object:
        """The object. Raises ImportFailed when it is gone, or has other faces now."""
        same = next((item for item in bpy.data.objects if item.session_uid == self.uid), None)
        # In a file that was opened again the number may be another object's.
        found = [item for item in (same, bpy.data.objects.get(self.name)) if item is not None and item.type == "MESH"]
        item = next((item for item in found if meshes.fingerprint(item) == self.faces), found[0] if found else None)
        if item is None:
            raise ImportFailed(
                f"The object “{self.name}” is not in the file any more.", "Undo its deletion, then press Import Again."
            )
        if meshes.fingerprint(item) != self.faces:
            raise ImportFailed(
                f"The faces of “{item.name}” have changed since the material was asked for.",
                "Select the object and apply the material again.",
            )
        return item


def apply_result(ready: ResultReady, target: Target) -> str:
    """Give the target the material of a result; answers the object's name. One undo step.

    Raises ImportFailed, and then nothing was changed.
    """
    item = target.find()
    before = datablocks.session_ids()
    try:
        uv_name = _coordinates(item, ready, target)
        material = _material(item, ready, uv_name)
        former.put_on(item, dict.fromkeys(range(max(1, len(item.material_slots))), material), material["museum_id"])
    except (RuntimeError, TypeError, ValueError, KeyError, OSError) as error:
        datablocks.remove(datablocks.added_since(before))
        raise ImportFailed(
            f"Blender could not use the material ({error}).".replace("\n", " "),
            'Press "Import Again"; if it fails again, retry the job.',
        ) from error
    bpy.ops.ed.undo_push(message=f"Museum: {material.name}")
    return item.name


def statement_of(item: bpy.types.Object | None) -> dict[str, Any]:
    """The paradata of the object's active material; empty when it is none of ours. Cheap enough for every drawing."""
    material = item.active_material if item is not None else None
    text = material.get("museum_paradata") if material is not None else None
    return _statement(text) if isinstance(text, str) else {}


@lru_cache(maxsize=4)
def _statement(text: str) -> dict[str, Any]:
    try:
        return paradata.from_text(text)
    except paradata.ParadataError:
        return {}


def _coordinates(item: bpy.types.Object, ready: ResultReady, target: Target) -> str:
    """The UV map that the maps are for: the object's own, or one that is written now."""
    path = ready.files.get("uv.npz")
    if path is None:
        if target.uv not in item.data.uv_layers:
            raise ValueError(f"the UV map “{target.uv}” is not there any more")
        return target.uv
    uv, faces = read_coordinates(path)
    meshes.write_uv(item, UV_NAME, uv, faces)
    return UV_NAME


def read_coordinates(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) float32 texture coordinates and (F, 3) int32 faces of ``uv.npz``. Raises ValueError for anything else."""
    if path.stat().st_size > MAX_UV_BYTES:
        raise ValueError("the texture coordinates are too many")
    with np.load(path, allow_pickle=False) as archive:
        uv, faces = archive["uv"], archive["faces"]
    if uv.ndim != 2 or uv.shape[1] != 2 or uv.dtype != np.float32 or not np.isfinite(uv).all():
        raise ValueError("the texture coordinates are damaged")
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.dtype != np.int32:
        raise ValueError("the faces of the texture coordinates are damaged")
    return uv, faces


def _material(item: bpy.types.Object, ready: ResultReady, uv_name: str) -> bpy.types.Material:
    """A new material whose maps lie in the .blend, with its paradata."""
    data: Mapping[str, Any] = ready.result.get("data") or {}
    title = str(data.get("material_title") or data.get("material") or ready.job.label or "Material")
    material = bpy.data.materials.new(f"{item.name} {title}"[:60])
    images = {
        name: _image(ready.files[name], f"{item.name} {role}", space)
        for name, (role, space) in MAPS.items()
        if name in ready.files
    }
    _nodes(material, images, uv_name)
    if "evidence.png" in images:
        images["evidence.png"].use_fake_user = True
        material["museum_evidence"] = images["evidence.png"].name
        evidence_record.keep_shares(material, images["evidence.png"])
    statement = paradata.to_text(ready.result.get("paradata"))
    for block in (material, *images.values()):
        block["museum_id"] = ready.job.id
        block["museum_paradata"] = statement
        block["museum_source"] = "generated"
    materials.pack(images.values())
    return material


def _image(path: Path, name: str, space: str) -> bpy.types.Image:
    image = bpy.data.images.load(str(path))
    image.name = name
    image.colorspace_settings.name = space
    return image


def _nodes(material: bpy.types.Material, images: Mapping[str, bpy.types.Image], uv_name: str) -> None:
    """Base colour, roughness, metallic and normal map, all through one UV map by name."""
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    coordinates = tree.nodes.new("ShaderNodeUVMap")
    coordinates.uv_map = uv_name
    coordinates.location = (-980, 100)
    pictures = {}
    for row, name in enumerate(("base_color.png", "metallic_roughness.png", "normal.png")):
        pictures[name] = tree.nodes.new("ShaderNodeTexImage")
        pictures[name].image = images[name]
        pictures[name].location = (-740, 300 - 300 * row)
        tree.links.new(coordinates.outputs["UV"], pictures[name].inputs["Vector"])
    tree.links.new(pictures["base_color.png"].outputs["Color"], shader.inputs["Base Color"])
    split = tree.nodes.new("ShaderNodeSeparateColor")
    split.location = (-380, 0)
    tree.links.new(pictures["metallic_roughness.png"].outputs["Color"], split.inputs["Color"])
    tree.links.new(split.outputs["Green"], shader.inputs["Roughness"])
    tree.links.new(split.outputs["Blue"], shader.inputs["Metallic"])
    bend = tree.nodes.new("ShaderNodeNormalMap")
    bend.uv_map = uv_name
    bend.location = (-380, -300)
    tree.links.new(pictures["normal.png"].outputs["Color"], bend.inputs["Color"])
    tree.links.new(bend.outputs["Normal"], shader.inputs["Normal"])
