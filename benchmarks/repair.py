"""How long the repair line takes for a damaged, coloured form, to 100,000 triangles and an atlas of 2048 texels."""

from __future__ import annotations

import json
import time

import numpy as np
import trimesh

from backend.geometry.repair.contract import RawShape, RepairWish
from backend.geometry.repair.line import repaired

ENVIRONMENT = "backend"
TARGETS_S = {100_000: 10.0, 1_000_000: 15.0}
"""Seconds for about so many triangles."""
BUDGET, ATLAS = 100_000, 2048


def form(faces: int) -> RawShape:
    """An organic form of at least about so many faces, with holes, floaters and colours at its vertices."""
    mesh = trimesh.creation.icosphere(subdivisions=round(np.log(faces / 20) / np.log(4)))
    rng = np.random.default_rng(7)
    points = np.asarray(mesh.vertices)
    height = sum(0.1 / f * np.sin(f * points @ rng.normal(size=3) + rng.uniform(0, 6)) for f in (2, 4, 8, 16, 32))
    points = points * (1.0 + np.asarray(height))[:, None]
    gone = np.isin(mesh.faces, rng.choice(len(points), 10, replace=False)).any(axis=1)
    bit = trimesh.creation.icosphere(subdivisions=1, radius=0.01)
    bits = [bit.copy().apply_translation(rng.normal(size=3) * 3.0) for _ in range(20)]
    whole = trimesh.util.concatenate([trimesh.Trimesh(points, mesh.faces[~gone], process=False), *bits])
    colours = np.rint(127.5 + 110.0 * np.sin(9.0 * whole.vertices)).astype(np.uint8)
    return RawShape(np.asarray(whole.vertices), np.asarray(whole.faces, dtype=np.int32), vertex_colours=colours)


def rows_of(count: int) -> list[dict[str, object]]:
    """Seconds by the clock and by the processor, and whether the result is a solid."""
    shape = form(count)
    started, busy = time.perf_counter(), time.process_time()
    made = repaired(shape, RepairWish(BUDGET, ATLAS), lambda _share, _message: None)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    report, target = made.report, TARGETS_S[count]
    name = f"repair {len(shape.faces):,} triangles"
    note = (
        f"to {report.to_triangles:,} and {ATLAS} px; {busy:.1f} s of the processor; {report.dropped} parts dropped, "
        f"{report.holes} holes filled"
    )
    return [
        {"name": name, "target": f"<= {target:g}", "value": round(seconds, 2), "unit": "s",
         "passed": seconds <= target, "note": note},
        {"name": f"{name}: a solid", "target": "yes", "value": "yes" if report.watertight else "no", "unit": "",
         "passed": report.watertight, "note": ""},
    ]  # fmt: skip


def main() -> None:
    """Measure and print JSON."""
    repaired(form(2_000), RepairWish(500, 64), lambda _share, _message: None)
    print(json.dumps([row for count in TARGETS_S for row in rows_of(count)], ensure_ascii=False))


if __name__ == "__main__":
    main()
