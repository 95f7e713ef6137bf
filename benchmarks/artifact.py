"""How long the parametric engine takes, and how much memory, in one warm process."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from backend.command import run_into

ENVIRONMENT = "backend"
PROMPTS = (
    "Attic black-figure amphora, 45 cm tall",
    "bronze ding tripod, 30 cm tall",
    "青花梅瓶, 高 38 cm",
    "marble column",
    "celadon bowl, 12 cm high",
)
TARGETS_S = {512: None, 1024: 1.5, 2048: 4.0}
RUNS = 3


def seconds(prompt: str, texture_size: int, seed: int, folder: Path) -> float:
    """One artifact, written to a folder."""
    started = time.perf_counter()
    params = {"prompt": prompt, "texture_size": texture_size, "seed": seed}
    run_into("text_to_3d", "parametric", params, {}, folder / f"{texture_size}-{seed}-{PROMPTS.index(prompt)}")
    return time.perf_counter() - started


def peak_mb() -> float | None:
    """The process's largest resident size so far in MB; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def main() -> None:
    """Measure and print JSON."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for prompt in PROMPTS:
            seconds(prompt, 512, 99, folder)
        for size, target in TARGETS_S.items():
            means = {
                prompt: statistics.median(seconds(prompt, size, seed, folder) for seed in range(RUNS))
                for prompt in PROMPTS
            }
            slowest = max(means, key=lambda prompt: means[prompt])
            rows.append(
                {
                    "name": f"artifact at {size}²",
                    "target": "" if target is None else f"<= {target:g}",
                    "value": round(statistics.median(means.values()), 2),
                    "unit": "s",
                    "passed": None if target is None else means[slowest] <= target,
                    "note": f"median of {len(PROMPTS)} prompts; the slowest, {slowest}, {means[slowest]:.2f} s",
                }
            )
        memory = peak_mb()
        if memory is not None:
            row = {"name": "peak memory of the above", "target": "<= 1024", "value": round(memory), "unit": "MB"}
            rows.append({**row, "passed": memory <= 1024, "note": "one process, all sizes"})
    print(json.dumps(rows, ensure_ascii=False))


if __name__ == "__main__":
    main()
