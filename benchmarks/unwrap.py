"""How long unwrapping takes, and how much it stretches beside xatlas.

xatlas takes half a minute, so its figures are read from ``unwrap_xatlas.json``; ``python -m benchmarks.unwrap
--measure-xatlas`` measures them anew and writes them there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from backend.geometry.intake import load_mesh
from backend.geometry.stretch import StretchReport, measured
from backend.geometry.unwrap import unwrap, warm_unwrap

ENVIRONMENT = "backend"
ROOT = Path(__file__).resolve().parents[1]
XATLAS = Path(__file__).with_name("unwrap_xatlas.json")
RESOLUTION, GUTTER = 2048, 16
TARGET_S, TARGET_STRETCH = 5.0, 1.5


def scan() -> Path:
    folder = Path(os.environ.get("MUSEUM_TEST_DATA") or ROOT.parent / "shared" / "data")
    return folder / "meshes" / "nefertiti.obj"


def generated() -> tuple[np.ndarray, np.ndarray]:
    """An organic form of 81,920 faces: a ball with waves of five lengths."""
    ball = trimesh.creation.icosphere(subdivisions=6)
    rng = np.random.default_rng(7)
    height = np.zeros(len(ball.vertices))
    for frequency in (2, 4, 8, 16, 32):
        for _ in range(3):
            direction = rng.normal(size=3)
            height += np.sin(frequency * ball.vertices @ direction + rng.uniform(0, 6)) * 0.12 / frequency
    return np.asarray(ball.vertices * (1.0 + height)[:, None]), np.asarray(ball.faces, dtype=np.int32)


def meshes() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The scan where it is at hand, and the generated form."""
    found = {"generated": generated()}
    if scan().is_file():
        loaded = load_mesh(scan())
        found = {"nefertiti": (loaded.vertices, loaded.faces), **found}
    return found


def xatlas_figures(vertices: np.ndarray, faces: np.ndarray) -> dict[str, Any]:
    """What xatlas does with its defaults and the same gutter. It mirrors some charts; they count as if it did not."""
    import xatlas

    started = time.perf_counter()
    atlas = xatlas.Atlas()
    atlas.add_mesh(vertices.astype(np.float32), faces.astype(np.uint32))
    pack = xatlas.PackOptions()
    pack.padding, pack.resolution = GUTTER, RESOLUTION
    atlas.generate(xatlas.ChartOptions(), pack)
    seconds = time.perf_counter() - started
    place, rows, uv = atlas[0]
    rows = rows.astype(np.int32)
    flat = uv.astype(np.float64) * (atlas.width, atlas.height) / max(atlas.width, atlas.height)
    a, b, c = np.moveaxis(flat[rows], 1, 0)
    mirrored = (b - a)[:, 0] * (c - a)[:, 1] < (b - a)[:, 1] * (c - a)[:, 0]
    corners = flat[rows]
    corners[mirrored] *= (-1.0, 1.0)
    report = measured(vertices[place], rows, corners.reshape(-1, 2), np.arange(3 * len(rows)).reshape(-1, 3))
    return {
        "seconds": round(seconds, 1), "stretch": round(report.mean, 4), "angular": round(report.angular, 4),
        "density": round(report.density, 3), "fill": round(report.fill, 3), "charts": atlas.chart_count,
        "atlas": [atlas.width, atlas.height],
    }  # fmt: skip


def measure_xatlas() -> None:
    """Write xatlas's figures with how they were taken."""
    import xatlas

    how = (
        f"xatlas {getattr(xatlas, '__version__', '')} with its default options, padding {GUTTER}, resolution "
        f"{RESOLUTION} (which it may exceed), {os.cpu_count()} cores; stretch by backend.geometry.stretch."
    )
    found = {name: xatlas_figures(*mesh) for name, mesh in meshes().items()}
    XATLAS.write_text(json.dumps({"how": how, "meshes": found}, indent=1) + "\n", encoding="utf-8")


def rows_of(name: str, vertices: np.ndarray, faces: np.ndarray, xatlas: dict[str, Any]) -> list[dict[str, Any]]:
    """Time, stretch and packing of one mesh: the best of two runs, as other programs may hold the processor."""
    best, report = np.inf, None
    for _ in range(2):
        started = time.perf_counter()
        report = unwrap(vertices, faces, resolution=RESOLUTION, gutter=GUTTER).stretch
        best = min(best, time.perf_counter() - started)
    assert isinstance(report, StretchReport)
    limit = TARGET_STRETCH * xatlas["stretch"]
    what = f"{name}, {len(faces):,} faces"
    note = "" if xatlas["seconds"] is None else f"xatlas {xatlas['seconds']:g} s"
    return [
        {"name": f"unwrap {what}", "target": f"<= {TARGET_S:g}", "value": round(best, 2), "unit": "s",
         "passed": best <= TARGET_S, "note": note},
        {"name": f"L2 stretch, {name}", "target": f"<= {limit:.3f}", "value": round(report.mean, 4), "unit": "",
         "passed": report.mean <= limit,
         "note": f"xatlas {xatlas['stretch']:g}; angular {report.angular:.3f}, xatlas {xatlas['angular']:g}"},
        {"name": f"atlas filled, {name}", "target": "", "value": round(report.fill, 3), "unit": "", "passed": None,
         "note": f"{report.charts} charts, gutter {report.gutter} px of {RESOLUTION}; xatlas {xatlas['fill']:g} with "
         f"{xatlas['charts']} charts in {xatlas['atlas'][0]} px"},
        {"name": f"faces folded, {name}", "target": "0", "value": report.folded, "unit": "",
         "passed": report.folded == 0, "note": f"texel density spread {report.density:.2f}"},
    ]  # fmt: skip


def main() -> None:
    """Measure and print JSON."""
    if "--measure-xatlas" in sys.argv:
        measure_xatlas()
    reference = json.loads(XATLAS.read_text(encoding="utf-8"))["meshes"]
    warm_unwrap()
    rows = [row for name, mesh in meshes().items() for row in rows_of(name, *mesh, reference[name])]
    print(json.dumps(rows, ensure_ascii=False))


if __name__ == "__main__":
    main()
