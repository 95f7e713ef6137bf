"""Materials that an object had before: put beside, looked at for comparison, and brought back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import bpy

from ..core.errors import InvalidRequest

FORMER = "museum_former_materials"
"""A stack of lists of names, one name a slot, the newest last. An empty list: the object had no slots."""
COMPARED = "museum_compared_materials"
"""The new materials while the former ones are shown for comparison, as JSON."""


def put_on(item: bpy.types.Object, materials: Mapping[int, bpy.types.Material], mark: str) -> None:
    """Exchange the materials of slots; the former ones stay in the file, and the object knows them.

    materials: by slot; for an object without slots one is made. mark: the job's id.
    """
    end_comparison(item)
    former = names(item)
    if not item.material_slots:
        item.data.materials.append(None)
    for index, slot in enumerate(item.material_slots):
        if index in materials:
            if slot.material:
                slot.material.use_fake_user = True
            slot.material = materials[index]
    stack = json.loads(item.get(FORMER, "[]"))
    item[FORMER] = json.dumps([*stack, former], ensure_ascii=False)
    item["museum_material_id"] = mark


def restore(items: Sequence[bpy.types.Object]) -> int:
    """Give objects the materials back that they had before the last one of ours. Answers how many had any."""
    changed = 0
    for item in items:
        if not has_former(item):
            continue
        end_comparison(item)
        stack = json.loads(item[FORMER])
        _show(item, stack.pop())
        if stack:
            item[FORMER] = json.dumps(stack, ensure_ascii=False)
        else:
            del item[FORMER]
        changed += 1
    if not changed:
        raise InvalidRequest(
            "None of the selected objects has an earlier material.", "Select objects that a material was applied to."
        )
    return changed


def compare(items: Sequence[bpy.types.Object]) -> bool:
    """Show the former materials of objects, or the new ones again. Answers whether the former ones are shown now."""
    chosen = [item for item in items if has_former(item)]
    if not chosen:
        raise InvalidRequest(
            "None of the selected objects has an earlier material.", "Select objects that a material was applied to."
        )
    back = any(is_compared(item) for item in chosen)
    for item in chosen:
        if back:
            end_comparison(item)
            continue
        # Meanwhile nothing else may use them, and Blender throws away what nothing uses.
        lent = {slot.material for slot in item.material_slots if slot.material and not slot.material.use_fake_user}
        for material in lent:
            material.use_fake_user = True
        kept = {"names": names(item), "lent": sorted(material.name for material in lent)}
        item[COMPARED] = json.dumps(kept, ensure_ascii=False)
        _show(item, json.loads(item[FORMER])[-1], keep_slots=True)
    return not back


def end_comparison(item: bpy.types.Object) -> None:
    """Show the new materials again, if the former ones are shown."""
    if not is_compared(item):
        return
    kept = json.loads(item[COMPARED])
    _show(item, kept["names"])
    for slot in item.material_slots:
        if slot.material and slot.material.name in kept["lent"]:
            slot.material.use_fake_user = False
    del item[COMPARED]


def has_former(item: bpy.types.Object | None) -> bool:
    """Whether ``restore`` can give the object a material back."""
    return item is not None and bool(item.get(FORMER))


def is_compared(item: bpy.types.Object | None) -> bool:
    """Whether the object shows its former materials just now."""
    return item is not None and item.get(COMPARED) is not None


def names(item: bpy.types.Object) -> list[str]:
    """The names of the materials in the object's slots, empty for an empty slot."""
    return [slot.material.name if slot.material else "" for slot in item.material_slots]


def _show(item: bpy.types.Object, wanted: list[str], keep_slots: bool = False) -> None:
    for index, slot in enumerate(item.material_slots):
        name = wanted[index] if index < len(wanted) else ""
        slot.material = bpy.data.materials.get(name) if name else None
    if not wanted and not keep_slots and len(item.material_slots) == 1:
        item.data.materials.clear()
