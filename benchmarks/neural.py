"""Diffusion painters: seconds, memory and what the rest of texturing takes beside them.

With a graphics card: Stable Diffusion XL and ControlNet-Union of their true size, random weights, by each memory plan.
Without one: the same programs with tiny pipelines on the processor, which tells what is spent beside the models alone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ENVIRONMENT = "neural"
ROOT = Path(__file__).resolve().parents[1]
VIEWS = {"schedule": "published", "view_count": 10, "refinement_views": 0}
PROMPT = "weathered limestone with traces of paint"
RUNS = 3
LIMIT = 1 << 31
BESIDE = ("views", "partition", "projection", "schedule", "texels", "rays", "prepare", "blend", "fill")
"""Stages of a texturing that are not the painter's."""


class Silent:
    """Nobody listens."""

    def progress(self, _fraction: float, _message: str) -> None: ...

    def log(self, _text: str) -> None: ...

    def preview(self, _png: bytes) -> None: ...

    def cancelled(self) -> bool:
        return False


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests" / "diffusion"))
    with tempfile.TemporaryDirectory(prefix="museum-neural-") as folder:
        rows = measured(Path(folder))
    print(json.dumps(rows, ensure_ascii=False))


def measured(folder: Path) -> list[dict[str, Any]]:
    """Rows for the device that there is."""
    from backend.engines.diffusion.devices import best, survey

    device = best(survey())
    return on_card(folder, device) if device.kind in ("cuda", "rocm") else on_processor(folder)


def row(name: str, target: str, value: float, unit: str, passed: bool | None, note: str) -> dict[str, Any]:
    return {"name": name, "target": target, "value": round(value, 3), "unit": unit, "passed": passed, "note": note}


def on_processor(folder: Path) -> list[dict[str, Any]]:
    """Tiny pipelines: what is spent beside the models, and that all engines run from end to end."""
    import torch
    from serving import TinyModels

    torch.set_num_threads(1)
    models = TinyModels(folder)
    models.need("texture-sdxl", "image-sdxl", "text-to-3d-shap-e")
    narrow_vae().save_pretrained(models.path("sdxl-vae-fp16-fix"), safe_serialization=True)
    narrow_control().save_pretrained(models.path("sdxl-controlnet-union"), safe_serialization=True)
    look_into(models)
    mesh = {"mesh": nefertiti()}
    params = {"prompt": PROMPT, "seed": 1, "texture_size": 2048, **VIEWS}
    tiny = {**params, "view_size": 768, "steps": 2, "guidance": 1.0}
    seconds, timings = runs(folder, ("texture", "sdxl"), tiny, mesh, count=1)
    beside = beside_painter(timings)
    note = "nefertiti (99,938 faces), 10 views of 768², tiny SDXL with ControlNet-Union, 2 steps, processor"
    missing = "; figures of a graphics card are missing: this machine has none"
    together, _ = runs(folder, ("texture", "sdxl"), {**tiny, "synchronised": True}, mesh, count=1)
    picture, _ = runs(
        folder, ("text_to_image", "sdxl"), {"prompt": PROMPT, "width": 512, "height": 512, "steps": 4}, {}
    )
    return [
        row("text2tex at 2048², all but the painter", "", beside, "s", None, note + missing),
        row("text2tex at 2048², whole job", "", seconds, "s", None, note),
        row("the same, views denoised together", "", together, "s", None, note),
        row("text_to_image 512², whole job", "", picture, "s", None, "tiny SDXL, 4 steps, models resident"),
    ]


def narrow_vae() -> Any:
    """Eight pixels a latent, as the real one, so that views of the true size are not too much for a processor."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 16, 16),
        norm_num_groups=4,
        layers_per_block=1,
        sample_size=1024,
        scaling_factor=0.13025,
    )


def narrow_control() -> Any:
    """The tiny control net for eight pixels a latent."""
    import tiny_models
    from diffusers import ControlNetUnionModel

    return ControlNetUnionModel(
        conditioning_embedding_out_channels=(8, 8, 16, 32), num_trans_channel=32, num_trans_head=4,
        num_proj_channel=32, num_control_type=6, **tiny_models.SDXL_NET,
    )  # fmt: skip


def on_card(folder: Path, device: Any) -> list[dict[str, Any]]:
    """Models of their true size, by each plan of memory, then with four steps."""
    full_size(folder, device.address)
    mesh = {"mesh": nefertiti()}
    params = {"prompt": PROMPT, "seed": 1, "texture_size": 2048, "view_size": 1024, **VIEWS}
    rows = []
    for plan in ("full", "model_offload", "sequential_offload"):
        with only(plan):
            rows += card_rows(folder, device, plan, {**params, "steps": 20}, 20.0 if plan == "full" else None, mesh)
    with only("full"):
        rows += card_rows(folder, device, "full, 4 steps", {**params, "steps": 4, "guidance": 1.0}, 6.0, mesh)
    return rows


def card_rows(
    folder: Path, device: Any, title: str, params: Mapping[str, Any], aim: float | None, mesh: Mapping[str, Path]
) -> list[dict[str, Any]]:
    """Seconds, peak memory, idle share of the card and the share that is not the painter's, of one plan."""
    import torch

    from backend.engines.diffusion.residents import Residents

    residents = Residents()
    count = RUNS if aim is not None else 1
    run(folder, ("texture", "sdxl"), params, mesh, residents)
    torch.cuda.reset_peak_memory_stats(device.address)
    with Watch() as watch:
        found = [run(folder, ("texture", "sdxl"), params, mesh, residents) for _ in range(count)]
    seconds = statistics.median(one for one, _ in found)
    beside = beside_painter(found[-1][1])
    peak = torch.cuda.max_memory_allocated(device.address) / 1e9
    residents.release()
    note = (
        f"{device.name}; nefertiti, 10 views of 1024², {params['steps']} steps, bf16, random weights, models resident"
    )
    target = "" if aim is None else f"<= {aim:g}"
    return [
        row(f"text2tex at 2048², {title}", target, seconds, "s", None if aim is None else seconds <= aim, note),
        row(f"all but the painter, {title}", "<= 10", 100 * beside / seconds, "%", beside <= 0.1 * seconds, note),
        row(f"peak memory, {title}", "", peak, "GB", None, note),
        row(f"card idle, {title}", "", 100.0 - watch.busy, "%", None, "sampled five times a second"),
    ]


class only:
    """One plan of memory for the time of a block, whatever is free."""

    def __init__(self, plan: str) -> None:
        self._plan = plan

    def __enter__(self) -> None:
        from backend.engines.diffusion import residents

        self._usual = residents.plans_to_try
        residents.plans_to_try = lambda *_: (self._plan,)  # type: ignore[assignment,return-value]

    def __exit__(self, *_: object) -> None:
        from backend.engines.diffusion import residents

        residents.plans_to_try = self._usual


class Watch:
    """busy: the mean utilisation of the card, per cent, as its own tool tells it."""

    def __enter__(self) -> Watch:
        command = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "200"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._said: list[float] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._said.extend(float(line) for line in self._process.stdout if line.strip().isdecimal())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._thread.join()

    @property
    def busy(self) -> float:
        return statistics.fmean(self._said) if self._said else float("nan")


def look_into(models: Any) -> None:
    """Have this process find the models there. How many threads tests give their servers is not meant for it."""
    os.environ.update({name: value for name, value in models.environment.items() if not name.endswith("_THREADS")})


def full_size(folder: Path, address: str) -> None:
    """A models' folder whose catalogue has the big random models in the places of the real ones."""
    from serving import TinyModels

    from . import _full_size

    models = TinyModels(folder)
    _full_size.save(models.more, address)
    look_into(models)
    _full_size.vae().save_pretrained(models.more / "sdxl-vae", safe_serialization=True)


def runs(
    folder: Path, engine: tuple[str, str], params: Mapping[str, Any], inputs: Mapping[str, Path], count: int = RUNS
) -> tuple[float, Mapping[str, float]]:
    """The median seconds of some runs after a first one, and the timings of the last."""
    from backend.engines.diffusion.residents import Residents

    residents = Residents()
    run(folder, engine, params, inputs, residents)
    found = [run(folder, engine, params, inputs, residents) for _ in range(count)]
    residents.release()
    return statistics.median(seconds for seconds, _ in found), found[-1][1]


def run(
    folder: Path, engine: tuple[str, str], params: Mapping[str, Any], inputs: Mapping[str, Path], residents: Any
) -> tuple[float, Mapping[str, float]]:
    """Seconds of one job, as a worker runs it, and its timings by stage."""
    from backend.engines import catalogue
    from backend.jobs.execution import execute

    with tempfile.TemporaryDirectory(dir=folder) as out:
        started = time.perf_counter()
        done = execute(catalogue.find(*engine), params, inputs, Path(out), Silent(), LIMIT, None, residents)
        return time.perf_counter() - started, done.data.get("timings", {})


def beside_painter(timings: Mapping[str, float]) -> float:
    """Seconds of a texturing that are not the painter's."""
    return sum(timings.get(stage, 0.0) for stage in BESIDE)


def nefertiti() -> Path:
    """The scan that texturing is measured with."""
    from . import _oracles

    return next(_oracles.data_folder().glob("nefertiti*"))


if __name__ == "__main__":
    main()
