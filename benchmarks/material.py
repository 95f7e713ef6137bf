"""How long the material engine takes on a scan of 100,000 faces after unwrapping, and how much memory."""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from backend.engines.material import engine
from backend.engines.material.info import MaterialParams
from backend.geometry.intake import load_mesh

ENVIRONMENT = "backend"
SCAN = Path(__file__).resolve().parents[2] / "shared" / "data" / "meshes" / "nefertiti.obj"
PROMPTS = (
    "bronze with malachite patina, worn edges",
    "weathered limestone with traces of red paint",
    "marble with lichen, moss and water stains",
)
TARGETS_S = {1024: None, 2048: 8.0, 4096: None}
MEMORY_MB = {2048: None, 4096: 3072}
RUNS = 2


class Stopwatch:
    """A job context that knows when the mesh was ready."""

    def __init__(self, out_dir: Path, mesh: Path) -> None:
        self.out_dir, self.inputs, self.prepared = out_dir, {"mesh": mesh}, 0.0

    def progress(self, fraction: float, message: str) -> None:
        if message == "Measuring hollows and edges":
            self.prepared = time.perf_counter()

    def log(self, text: str) -> None:
        sys.stderr.write(text + "\n")

    def preview(self, png: bytes) -> None:
        """Nobody watches."""

    def check_cancelled(self) -> None:
        """Never."""


def mesh_file(folder: Path) -> tuple[Path, str]:
    """The scan where it is; otherwise a generated stone of as many faces."""
    if SCAN.exists():
        return SCAN, "nefertiti.obj, 99,938 faces"
    import trimesh

    ball = trimesh.creation.uv_sphere(radius=0.25, count=(225, 224))
    p = ball.vertices
    ball.vertices = p * (1.0 + 0.1 * np.sin(25.0 * p[:, :1]) * np.sin(31.0 * p[:, 1:2]) * np.cos(19.0 * p[:, 2:]))
    path = folder / "stone.obj"
    ball.export(path)
    return path, f"a generated stone, {len(ball.faces):,} faces"


def with_atlas(path: Path, folder: Path) -> Path:
    """The mesh with coordinates, so that what is measured begins after unwrapping."""
    loaded = load_mesh(path)
    from backend.geometry.unwrap import unwrap

    new = unwrap(loaded.vertices, loaded.faces, resolution=2048)
    out = folder / "unwrapped.obj"
    with out.open("w", encoding="utf-8") as stream:
        stream.writelines(f"v {x:.9g} {y:.9g} {z:.9g}\n" for x, y, z in loaded.vertices)
        stream.writelines(f"vt {u:.9f} {v:.9f}\n" for u, v in new.uv)
        pairs = np.stack([loaded.faces + 1, new.faces + 1], axis=2)
        stream.writelines("f " + " ".join(f"{a}/{b}" for a, b in face) + "\n" for face in pairs)
    return out


def seconds(mesh: Path, folder: Path, prompt: str, size: int) -> float:
    """One texture after the mesh was ready, written to a folder."""
    out = Path(tempfile.mkdtemp(dir=folder))
    watch = Stopwatch(out, mesh)
    engine.run(watch, MaterialParams(prompt=prompt, texture_size=size))
    return time.perf_counter() - watch.prepared


def peak_mb() -> float | None:
    """The process's largest resident size so far in MB; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def measured(mesh: Path, folder: Path, size: int) -> tuple[dict[str, float], float | None]:
    """The best time of each prompt and the peak of memory, in this process."""
    engine.warm()
    runs = RUNS if size <= 2048 else 1
    prompts = PROMPTS if size <= 2048 else PROMPTS[:1]
    return {p: min(seconds(mesh, folder, p, size) for _ in range(runs)) for p in prompts}, peak_mb()


def main() -> None:
    """Measure, each size in a process of its own, and print JSON."""
    rows = []
    alone = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name, alone.Pool(1, maxtasksperchild=1) as pool:
        folder = Path(name)
        path, what = mesh_file(folder)
        mesh = with_atlas(path, folder)
        for size, target in TARGETS_S.items():
            times, memory = pool.apply(measured, (mesh, folder, size))
            slowest = max(times, key=lambda prompt: times[prompt])
            row = {"name": f"material at {size}² after unwrapping", "value": round(times[slowest], 2), "unit": "s"}
            row |= {"target": "" if target is None else f"<= {target:g}"}
            row |= {"passed": None if target is None else times[slowest] <= target}
            rows.append({**row, "note": f"{what}; the slowest of {len(times)} prompts, {slowest}"})
            if size in MEMORY_MB and memory is not None:
                most = MEMORY_MB[size]
                row = {"name": f"peak memory at {size}²", "value": round(memory), "unit": "MB"}
                row |= {"target": "" if most is None else f"<= {most}"}
                row |= {"passed": None if most is None else memory <= most}
                rows.append({**row, "note": "a process of its own, reading and encoding included"})
    print(json.dumps(rows, ensure_ascii=False))


if __name__ == "__main__":
    main()
