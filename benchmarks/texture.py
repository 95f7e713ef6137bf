"""Texturing by views against painters whose answer is known: how true, how well it hides its seams, and how fast."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import trimesh
from skimage.metrics import structural_similarity
from trimesh.visual import TextureVisuals

from backend.engines.texture import TextureOptions, TextureResult, texture_mesh
from backend.engines.texture.exemplar import ExemplarPainter
from backend.geometry.unwrap import unwrap

from . import _oracles as oracles

ENVIRONMENT = "backend"
ROOT = Path(__file__).resolve().parents[1]
ATLAS, VIEW = 1024, 768
TEN = {"schedule": "published", "view_count": 10, "refinement_views": 0}
RUNS = 3


class Quick:
    """A painter that costs next to nothing: the view as it is, with stripes on it. seconds: what it took itself."""

    name = "stripes"

    def __init__(self) -> None:
        self.seconds = 0.0

    def paint(self, request: Any) -> np.ndarray:
        started = time.perf_counter()
        picture = request.rgb.copy()
        picture[::16] = 0.2
        self.seconds += time.perf_counter() - started
        return picture


def main() -> None:
    rows = [*fidelity(), *restoring(), *speed()]
    print(json.dumps(rows, ensure_ascii=False))


def row(name: str, target: str, value: float, unit: str, passed: bool | None, note: str) -> dict[str, Any]:
    return {"name": name, "target": target, "value": value, "unit": unit, "passed": passed, "note": note}


def at_least(name: str, target: float, value: float, unit: str, note: str) -> dict[str, Any]:
    return row(name, f">= {target:g}", round(value, 2), unit, value >= target, note)


def at_most(name: str, target: float, value: float, unit: str, note: str) -> dict[str, Any]:
    return row(name, f"<= {target:g}", round(value, 2), unit, value <= target, note)


def fidelity() -> list[dict[str, Any]]:
    """Spot, painted by its true texture as it is, shifted, and with drifting exposure."""
    mesh, truth = oracles.spot()
    inside = oracles.charts(np.asarray(mesh.visual.uv), np.asarray(mesh.faces), ATLAS)
    options = TextureOptions(resolution=ATLAS, view_size=VIEW, up="y", **TEN)
    whole = texture_mesh(mesh, oracles.TextureOracle(mesh, truth), options)
    painted = painted_in(whole, inside)
    note = f"spot at {ATLAS}², 10 views of {VIEW}²"
    best = oracles.psnr(whole.albedo[painted], truth[painted])
    rows = [
        at_least("oracle round trip, painted texels", 31, best, "dB", note),
        at_least("structural similarity", 0.95, similarity(whole.albedo, truth, inside), "", note),
        at_least(
            "chart texels with a colour", 99.5, 100.0 * float((whole.evidence[..., 0] > 0)[inside].mean()), "%", note
        ),
        at_most("colour difference across seams, of the true one", 1.5, seam_ratio(mesh, whole, truth), "x", note),
    ]
    moved = texture_mesh(mesh, oracles.Shifted(oracles.TextureOracle(mesh, truth)), options)
    lost = best - oracles.psnr(moved.albedo[painted], truth[painted])
    rows.append(at_most("loss when each view is shifted by 1 to 2 pixels", 3, lost, "dB", note))
    rows += drift(
        mesh, (truth * 0.85).astype(np.uint8), painted, options, "darkened by 15 %, so that nothing is cut off"
    )
    rows += drift(mesh, truth, painted, options, "as it is: what is white is cut off in every brighter view")[:1]
    rows[-1] |= {"name": "the same where highlights are cut off", "target": "", "passed": None}
    automatic = texture_mesh(
        mesh, oracles.TextureOracle(mesh, truth), TextureOptions(resolution=ATLAS, view_size=VIEW, up="y")
    )
    rows.append(
        row(
            "automatic schedule",
            "",
            len(automatic.views),
            "views",
            None,
            f"painted {100 * automatic.coverage['painted']:.2f} % of the texels at "
            f"{oracles.psnr(automatic.albedo[inside], truth[inside]):.1f} dB",
        )
    )
    return [*rows, *solid()]


def drift(
    mesh: trimesh.Trimesh, truth: np.ndarray, painted: np.ndarray, options: TextureOptions, how: str
) -> list[dict[str, Any]]:
    """What exposure that drifts from view to view costs."""
    plain = texture_mesh(mesh, oracles.TextureOracle(mesh, truth), options)
    best, losses = oracles.psnr(plain.albedo[painted], truth[painted]), []
    for seed in range(5):
        found = texture_mesh(mesh, oracles.Drifting(oracles.TextureOracle(mesh, truth), seed), options)
        losses.append(best - oracles.psnr(found.albedo[painted], truth[painted]))
    note = f"spot's texture {how}; the worst of 5"
    return [at_most("loss when exposure drifts by up to 15 % a view", 1.5, max(losses), "dB", note)]


def solid() -> list[dict[str, Any]]:
    """The scan, painted by a solid pattern."""
    found = scan()
    if found is None:
        return []
    box = oracles.in_unit_box(found)
    result = texture_mesh(
        found,
        oracles.SolidOracle(lambda p: oracles.solid_pattern(box(p))),
        TextureOptions(resolution=2048, view_size=VIEW, **TEN),
    )
    value = oracles.surface_psnr(found, result, lambda p: oracles.solid_pattern(box(p)))
    return [
        at_least("oracle round trip, solid texture", 31, value, "dB", "nefertiti at 2048², 10 views, at 200,000 points")
    ]


def restoring() -> list[dict[str, Any]]:
    """A fifth of spot's texels taken away in blobs, and filled."""
    mesh, truth = oracles.spot()
    inside = oracles.charts(np.asarray(mesh.visual.uv), np.asarray(mesh.faces), ATLAS)
    rows, gains, gradients, same = [], [], [], True
    for seed in range(3):
        hole = oracles.blobs(inside, 0.2, seed)
        damaged = truth.copy()
        damaged[hole] = (255, 0, 255)
        options = TextureOptions(mode="restore", albedo=damaged, missing=hole, up="y", seed=seed)
        result = texture_mesh(mesh, ExemplarPainter(), options)
        plain = cv2.inpaint(damaged, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
        where = hole & inside
        gains.append(oracles.psnr(result.albedo[where], truth[where]) - oracles.psnr(plain[where], truth[where]))
        gradients.append(
            oracles.gradient_error(result.albedo, truth, where) / oracles.gradient_error(plain, truth, where)
        )
        same = same and bool((result.albedo[inside & ~hole] == truth[inside & ~hole]).all())
    note = "spot, 20 % of the texels removed in blobs, mean of 3"
    rows.append(row("observed texels altered", "0", 0.0 if same else 1.0, "", same, note))
    rows.append(at_least("exemplar against TELEA in the atlas", 2, float(np.mean(gains)), "dB", note))
    rows.append(at_most("gradient error against TELEA's", 1.0, float(np.mean(gradients)), "x", note))
    return rows


def speed() -> list[dict[str, Any]]:
    """All work but the painter's, in processes of their own; and Blender's bake in the same run."""
    found = scan()
    if found is None:
        return []
    rows, alone = [], multiprocessing.get_context("spawn")
    cases = {2048: (2.0, 1536), 4096: (12.0, None)}
    for size, (most, memory) in cases.items():
        with alone.Pool(1) as pool:
            seconds, stages, megabytes = pool.apply(timed, (size, 10))
        note = "nefertiti, 10 views of 768²: " + ", ".join(f"{k} {v:.2f}" for k, v in stages.items())
        rows.append(at_most(f"all but the painter at {size}²", most, seconds, "s", note))
        if memory is not None:
            rows.append(at_most(f"peak memory at {size}²", memory, megabytes, "MB", "a process of its own"))
    baked = blender_bake(found)
    if baked is not None:
        rows.append(
            row("Blender's bake of 7 views without occlusion at 2048²", "", baked, "s", None, "the same mesh and run")
        )
    for size, views in ((1024, 10), (2048, 5), (2048, 20)):
        with alone.Pool(1) as pool:
            seconds, _, _ = pool.apply(timed, (size, views))
        rows.append(row(f"all but the painter, {size}² x {views} views", "", round(seconds, 2), "s", None, "nefertiti"))
    return rows


def timed(size: int, views: int) -> tuple[float, dict[str, float], float]:
    """Seconds without the painter, by stage, and the peak of memory in MB; the best of some runs."""
    import resource

    found = scan()
    assert found is not None
    warm = TextureOptions(resolution=256, view_size=256, **TEN)
    texture_mesh(found, Quick(), warm)
    options = TextureOptions(resolution=size, view_size=VIEW, **{**TEN, "view_count": views})
    if views > 10:
        ten = texture_mesh(found, Quick(), warm).views
        cameras = [view.camera for view in ten for _ in range(views // 10)]
        options = TextureOptions(
            resolution=size, view_size=VIEW, schedule="cameras", cameras=tuple(cameras), refinement_views=0
        )
    best: tuple[float, dict[str, float]] | None = None
    for _ in range(RUNS):
        started, painter = time.perf_counter(), Quick()
        result = texture_mesh(found, painter, options)
        seconds = time.perf_counter() - started - painter.seconds
        if best is None or seconds < best[0]:
            best = seconds, dict(result.timings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    assert best is not None
    return *best, peak


def scan() -> trimesh.Trimesh | None:
    """Nefertiti with an atlas of ours, unwrapped once and kept below the system's temporary folder."""
    path = oracles.data_folder() / "nefertiti.obj"
    if not path.is_file():
        return None
    kept = Path(tempfile.gettempdir()) / f"museum-nefertiti-{path.stat().st_size}.npz"
    if not kept.is_file():
        raw = trimesh.load(path, process=False)
        new = unwrap(np.asarray(raw.vertices), np.asarray(raw.faces, dtype=np.int32), resolution=2048, gutter=16)
        vertices = np.zeros((len(new.uv), 3))
        vertices[new.faces.ravel()] = np.asarray(raw.vertices)[raw.faces.ravel()]
        np.savez(kept, vertices=vertices, faces=new.faces, uv=new.uv)
    data = np.load(kept)
    return trimesh.Trimesh(data["vertices"], data["faces"], process=False, visual=TextureVisuals(uv=data["uv"]))


def blender_bake(mesh: trimesh.Trimesh) -> float | None:
    """Seconds; None where Blender's module is not installed."""
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mesh.npz"
        np.savez(path, vertices=mesh.vertices, faces=mesh.faces, uv=mesh.visual.uv)
        command = [str(python), "-m", "benchmarks._blender_bake", str(path), "2048"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("BAKED ")]
    return round(float(lines[-1].split()[1]), 2) if lines else None


def painted_in(result: TextureResult, inside: np.ndarray) -> np.ndarray:
    return inside & (result.evidence[..., 0] == 128) & (result.evidence[..., 1] != 255)


def similarity(one: np.ndarray, other: np.ndarray, inside: np.ndarray) -> float:
    """Mean structural similarity (Wang et al. 2004) over texels in charts."""
    _, found = structural_similarity(one, other, channel_axis=2, full=True)
    return float(found.mean(axis=2)[inside].mean())


def seam_ratio(mesh: trimesh.Trimesh, result: TextureResult, truth: np.ndarray) -> float:
    near, far = oracles.seam_points(result.uv, result.faces, np.asarray(mesh.vertices)[mesh.faces])
    differences: list[float] = []
    for picture in (result.albedo, truth):
        one, other = oracles.bilinear(picture, near), oracles.bilinear(picture, far)
        differences.append(float(np.abs(one - other).mean()))
    return differences[0] / max(differences[1], 1e-6)


if __name__ == "__main__":
    main()
