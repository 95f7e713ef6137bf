"""Compiling the geometry's loops ahead of their first use."""

from __future__ import annotations

import numpy as np

from .atlas_faults import atlas_faults
from .curves import profile
from .folds import folds
from .lathe import lathe
from .seams import seam_pairs
from .solid import assemble
from .surface_texels import surface_texels
from .texels import rasterise_texels


def compile_kernels() -> None:
    """Compile, or load from numba's cache, every compiled loop: seconds the first time on a machine, then little.

    For an installer's last step or a worker's start, so that no job has to wait for it.
    """
    cone = profile("base", (0, 0), (1, 0), "body", (0, 1), max_step=1.0)
    mesh = assemble([lathe(cone, segments=8)], size_m=(1.0, 1.0, 1.0))
    texels = rasterise_texels(mesh, 16)
    found = surface_texels(mesh, 16)
    seam_pairs(mesh, found)
    atlas_faults(mesh.uv, mesh.faces, 16)
    folds(mesh.uv[mesh.faces], np.zeros(len(mesh.faces), dtype=np.int32))
    if not (np.isfinite(texels.position).all() and np.isfinite(found.position).all()):
        raise AssertionError("compiled geometry gives no finite positions")
