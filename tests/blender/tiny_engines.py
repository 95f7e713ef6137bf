"""Run by the neural environment: save tiny real models below a folder, and print what has a backend use them.

Arguments: the folder, and the models or uses of the catalogue that are needed.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "diffusion")]

import serving  # noqa: E402 (found by the path above)

models = serving.TinyModels(Path(sys.argv[1]))
models.need(*sys.argv[2:])
print(json.dumps(models.environment))
