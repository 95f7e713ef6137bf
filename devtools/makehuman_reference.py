"""What the package ``anny`` itself makes of some phenotypes: the truth that the tests of the free body compare with.

``python -m devtools.makehuman_reference OUT.npz`` in an environment of its own that has anny 0.6.2 (with PyTorch). The
data are CC0. Positions are stored in whole micrometres, in the axes of the backend (+Y up, +Z forward).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from .bake_makehuman import write

SEED, PLAIN, DETAILED, VERTICES = 20260101, 40, 8, 300
BODY_VERTICES = 13380
FORWARD = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])


def main() -> None:
    """Command line."""
    import torch
    from anny.models.model_data import PHENOTYPE_LABELS
    from anny.models.phenotype import Anny

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    model = Anny(
        rig="makehuman",
        topology="makehuman",
        local_changes="all",
        facial_actions="all",
        phenotypes="all",
        phenotype_blendshapes="original",
        skinning_method="lbs",
    ).to(torch.float64)
    rng = np.random.default_rng(SEED)
    rows = PLAIN + DETAILED
    phenotypes = rng.random((rows, len(PHENOTYPE_LABELS)))
    phenotypes[:, PHENOTYPE_LABELS.index("age")] = rng.uniform(-1 / 3, 1, rows)
    local = np.zeros((rows, len(model.local_change_labels)))
    actions = np.zeros((rows, len(model.facial_action_labels)))
    for row in range(PLAIN, rows):
        local[row, rng.choice(local.shape[1], 12, replace=False)] = rng.uniform(-1, 1, 12)
        actions[row, rng.choice(actions.shape[1], 6, replace=False)] = rng.random(6)
    chosen = np.sort(rng.choice(19158, VERTICES, replace=False))
    face = np.sort(rng.choice(np.arange(BODY_VERTICES), VERTICES, replace=False))

    def coefficients(row: int, acting: np.ndarray) -> torch.Tensor:
        tables = (phenotypes[row : row + 1], local[row : row + 1], acting[row : row + 1])
        return model._get_phenotype_blendshape_coefficients(*(torch.tensor(table) for table in tables))

    def vertices(row: int, acting: np.ndarray) -> np.ndarray:
        return model.get_rest_vertices(coefficients(row, acting))[0].numpy() @ FORWARD.T

    def heads(row: int) -> np.ndarray:
        moved = torch.einsum("bk,kjc->bjc", coefficients(row, 0 * actions), model.bone_heads_blendshapes)
        return (model.template_bone_heads + moved)[0].numpy() @ FORWARD.T

    with torch.no_grad():
        still = [vertices(row, 0 * actions) for row in range(rows)]
        joints = [heads(row) for row in range(rows)]
        acted = [vertices(row, actions)[face] - still[row][face] for row in range(PLAIN, rows)]
    write(
        options.out,
        {
            "phenotypes": phenotypes,
            "phenotype_names": np.array(PHENOTYPE_LABELS),
            "details": local[PLAIN:],
            "detail_names": np.array(model.local_change_labels),
            "actions": actions[PLAIN:],
            "action_names": np.array(model.facial_action_labels),
            "bones": np.array(model.bone_labels),
            "chosen": chosen.astype(np.int32),
            "ground": np.array([one[:BODY_VERTICES, 1].min() for one in still]),
            "vertices": np.rint(np.array([one[chosen] for one in still]) * 1e6).astype(np.int32),
            "joints": np.rint(np.array(joints) * 1e6).astype(np.int32),
            "face": face.astype(np.int32),
            "acted": np.rint(np.array(acted) * 1e6).astype(np.int32),
        },
    )


if __name__ == "__main__":
    main()
