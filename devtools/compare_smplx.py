"""Posing against the package ``smplx``, in accuracy and time: a developer's oracle, never a dependency.

``python -m devtools.compare_smplx [POSES]`` in an environment of one's own with smplx 0.1.28 and PyTorch beside the
backend's packages. Its licence is for research that is not commercial; nothing of it is used or passed on. The bodies
are the made-up ones of the tests.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from backend.engines.avatar.contract import Pose
from backend.engines.avatar.smpl import load_smpl
from tests.avatar.conftest import made_up_arrays

FAMILIES = {"SMPL": ("SMPL", 10, 10), "SMPL-H": ("SMPLH", 16, 10), "SMPL-X": ("SMPLX", 400, 300)}
HANDS = {
    **{f"hands_components{side}": np.eye(45) for side in "lr"},
    **{f"hands_mean{side}": np.zeros(45) for side in "lr"},
}
LANDMARKS = {
    "lmk_faces_idx": np.zeros(51, np.int64),
    "lmk_bary_coords": np.zeros((51, 3)),
    "dynamic_lmk_faces_idx": np.zeros((79, 17), np.int64),
    "dynamic_lmk_bary_coords": np.zeros((79, 17, 3)),
}


def oracle(family: str, path: Path, arrays: dict[str, Any], kind: Any) -> Any:
    """The package's own body of the same arrays."""
    import smplx
    from smplx.utils import Struct

    if family == "SMPL":
        return smplx.SMPL(str(path), data_struct=Struct(**arrays), num_betas=10, dtype=kind)
    flat = {"dtype": kind, "use_pca": False, "flat_hand_mean": True, "ext": "npz"}
    if family == "SMPL-H":
        return smplx.SMPLH(str(path), data_struct=Struct(**arrays), num_betas=10, **flat)
    return smplx.SMPLX(str(path), num_betas=300, num_expression_coeffs=100, use_face_contour=False, **flat)


def arguments(family: str, turns: np.ndarray) -> dict[str, np.ndarray]:
    """The pose as the package takes it apart."""
    if family == "SMPL":
        return {"global_orient": turns[0], "body_pose": turns[1:]}
    out = {"global_orient": turns[0], "body_pose": turns[1:22]}
    if family == "SMPL-X":
        out |= {"jaw_pose": turns[22], "leye_pose": turns[23], "reye_pose": turns[24]}
    return out | {"left_hand_pose": turns[-30:-15], "right_hand_pose": turns[-15:]}


def compare(family: str, poses: int, folder: Path, rng: np.random.Generator) -> None:
    """Print the worst difference and the median times, in both precisions."""
    import torch

    stem, directions, betas = FAMILIES[family]
    arrays = {**made_up_arrays(family, directions, rng), **HANDS, **LANDMARKS}
    path = folder / f"{stem}_NEUTRAL.npz"
    np.savez(path, **arrays)
    for precision, kind in ((np.float32, torch.float32), (np.float64, torch.float64)):
        ours, theirs = load_smpl(path, "neutral", precision), oracle(family, path, arrays, kind)
        worst, times = 0.0, ([], [])
        for _ in range(poses):
            turns, shift = rng.normal(0, 0.5, (len(ours.parents), 3)), rng.normal(0, 1, 3)
            shape = rng.normal(0, 1 if betas < 20 else 0.2, betas)
            face = rng.normal(0, 0.3, len(ours.expressions))
            given = {"betas": shape, "transl": shift, **arguments(family, turns)}
            if len(face):
                given["expression"] = face
            start = time.perf_counter()
            with torch.no_grad():
                expected = theirs(**{key: torch.tensor(one.reshape(1, -1), dtype=kind) for key, one in given.items()})
            middle = time.perf_counter()
            posed = ours.posed(shape, Pose(turns, shift), dict(zip(ours.expressions, face, strict=True)))
            times[0].append(time.perf_counter() - middle)
            times[1].append(middle - start)
            worst = max(worst, float(np.abs(posed.vertices - expected.vertices[0].numpy()).max()))
        own, other = (1e3 * float(np.median(one)) for one in times)
        ratio = f"{own:.2f} ms against {other:.2f} ms ({other / own:.0f} x)"
        print(f"{family} {precision.__name__}: {worst:.1e} m, {ratio}")


def main() -> None:
    """Command line."""
    poses = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            compare(family, poses, Path(folder), rng)


if __name__ == "__main__":
    main()
