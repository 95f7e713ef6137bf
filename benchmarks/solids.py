"""Whether what random prompts become is sound: 200 artifacts, read back from their GLBs by another reader.

Closed, of positive volume, normals on the side of their faces, no two faces on one texel, even texel density, the size
that was asked for.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numba import njit

from backend.command import run_into
from backend.engines.artifact import types
from backend.errors import BackendError
from backend.words.names import material_names

ENVIRONMENT = "backend"
PROMPTS = 200
SEED = 20
TEXTURE = 512
GRID = 1024
CONDITIONS = ("", "pristine", "worn", "chipped", "cracked", "excavated", "fragmentary")


def main() -> None:
    """Make, check and print JSON."""
    rng = np.random.default_rng(SEED)
    faults: dict[str, list[str]] = {}
    begin = time.perf_counter()
    spreads = []
    with tempfile.TemporaryDirectory() as name:
        for number in range(PROMPTS):
            prompt, height = random_prompt(rng)
            try:
                params = {"prompt": prompt, "seed": number, "texture_size": TEXTURE}
                result = run_into("text_to_3d", "parametric", params, {}, Path(name) / str(number))
            except BackendError as error:
                faults.setdefault("made at all", []).append(f"{prompt}: {error}")
                continue
            mesh = read(Path(name) / str(number) / "model.glb")
            spreads.append(density_spread(mesh))
            for check, sound in CHECKS.items():
                if not sound(mesh):
                    faults.setdefault(check, []).append(prompt)
            if abs(result["data"]["size_m"][2] / height - 1.0) > 0.01 or abs(mesh.extents[1] / height - 1.0) > 0.01:
                faults.setdefault("size within 1 %", []).append(prompt)
    seconds = (time.perf_counter() - begin) / PROMPTS
    rows: list[dict[str, Any]] = []
    for check in ("made at all", *CHECKS, "size within 1 %"):
        wrong = faults.get(check, [])
        note = f"of {PROMPTS} random prompts" + (f": {'; '.join(wrong[:3])}" if wrong else "")
        rows.append({"name": f"not {check}", "target": "0", "value": len(wrong), "unit": "artifacts",
                     "passed": not wrong, "note": note})  # fmt: skip
    rows.append({"name": "texel density, largest spread over a mesh", "target": "<= 2.05",
                 "value": round(max(spreads), 2), "unit": "x", "passed": max(spreads) <= 2.05,
                 "note": f"1st to 99th percentile of the area; {seconds:.2f} s an artifact at {TEXTURE}²"})  # fmt: skip
    print(json.dumps(rows, ensure_ascii=False))


def random_prompt(rng: np.random.Generator) -> tuple[str, float]:
    """A type, a material, a height in centimetres and sometimes a condition; answers the height in metres too."""
    kinds = [kind for kind in types.all_types() if kind.name != "volume"]
    kind = kinds[int(rng.integers(len(kinds)))]
    materials = [name for name in material_names() if name != "neutral"]
    material = materials[int(rng.integers(len(materials)))].replace("_", " ")
    height = round(kind.size_m[2] * float(rng.uniform(0.6, 1.7)) * 100, 2)
    condition = CONDITIONS[int(rng.integers(len(CONDITIONS)))]
    words = (condition, material, kind.title.split(" (")[0].lower(), f"height {height} cm")
    return ", ".join(word for word in words if word), height / 100


def read(path: Path) -> trimesh.Trimesh:
    """The model as trimesh reads it: +Y up, with the normals of the file, which joining scenes would reckon anew."""
    (mesh,) = trimesh.load_scene(path, process=False).geometry.values()
    return mesh


def closed(mesh: trimesh.Trimesh) -> bool:
    """Watertight once vertices at one place are one."""
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    return bool(solid.is_watertight and solid.is_winding_consistent and solid.volume > 0)


def normals_outward(mesh: trimesh.Trimesh) -> bool:
    """Vertex normals on the side of their faces, for all faces but slivers."""
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    cross = np.cross(b - a, c - a)
    size = np.linalg.norm(cross, axis=1)
    wide = size > 1e-4 * np.median(size)
    facing = np.einsum("ij,ikj->ik", cross[wide] / size[wide, None], mesh.vertex_normals[mesh.faces[wide]])
    return bool(facing.min() > 0.2)


def texels_single(mesh: trimesh.Trimesh) -> bool:
    """No centre of a texel strictly inside two faces, and no face outside the atlas."""
    uv = np.asarray(mesh.visual.uv, dtype=np.float64)
    return bool(uv.min() > 0.0 and uv.max() < 1.0 and covered(uv[mesh.faces] * GRID - 0.5, GRID).max() <= 1)


@njit(cache=True)
def covered(corners: np.ndarray, size: int) -> np.ndarray:
    """(size, size) how many triangles (m, 3, 2) hold each centre strictly inside."""
    count = np.zeros((size, size), dtype=np.int32)
    for f in range(len(corners)):
        (x0, y0), (x1, y1), (x2, y2) = corners[f, 0], corners[f, 1], corners[f, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-12:
            continue
        for y in range(max(0, math.ceil(min(y0, y1, y2))), min(size - 1, math.floor(max(y0, y1, y2))) + 1):
            for x in range(max(0, math.ceil(min(x0, x1, x2))), min(size - 1, math.floor(max(x0, x1, x2))) + 1):
                b = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
                c = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
                if b > 1e-4 and c > 1e-4 and b + c < 1 - 1e-4:
                    count[y, x] += 1
    return count


def density_spread(mesh: trimesh.Trimesh) -> float:
    """Texels per metre where they are densest by where they are thinnest, the outer 1 % of the surface left out."""
    uv = np.asarray(mesh.visual.uv, dtype=np.float64)[mesh.faces]
    ab, ac = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    flat = 0.5 * np.abs(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
    area = mesh.area_faces
    wide = area > 0.02 * np.median(area)
    density = np.sqrt(flat[wide] / area[wide])
    order = np.argsort(density)
    share = np.cumsum(area[wide][order]) / area[wide].sum()
    low, high = np.interp([0.01, 0.99], share, density[order])
    return float(high / low)


CHECKS: dict[str, Callable[[trimesh.Trimesh], bool]] = {
    "watertight with positive volume": closed,
    "normals outward": normals_outward,
    "free of overlaps in the atlas": texels_single,
}
