"""Noise that agrees on the surface, and is white in each view all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .agreement import Agreement


def on_surface(noise: Sequence[Any], agreement: Agreement) -> list[Any]:
    """Views start with the same noise where they show the same surface.

    noise: (C, h, w) of each view, numpy or torch, independent of each other. A sample takes the value of the first view
    that shows its point; but each value stands once at most in a view, so that within a view all stay independent
    (interpolated or repeated noise would not be white; Chang et al. 2024, How I Warped Your Noise).
    """
    if not len(noise):
        return []
    channels, count = noise[0].shape[0], agreement.shape[0] * agreement.shape[1]
    origin = [np.arange(count, dtype=np.int64) + view * count for view in range(len(noise))]
    out: list[Any] = []
    for view, own in enumerate(noise):
        flat, mine = own.reshape(channels, -1) + 0.0, origin[view]
        taken = np.zeros(len(noise) * count, dtype=bool)
        free = np.ones(count, dtype=bool)
        for link in agreement.links[view]:
            if link.source >= view:
                continue
            rows, source = link.rows[free[link.rows]], link.first[free[link.rows]]
            _, once = np.unique(origin[link.source][source], return_index=True)
            once = once[~taken[origin[link.source][source[once]]]]
            rows, source = rows[once], source[once]
            flat[:, rows] = out[link.source].reshape(channels, -1)[:, source]
            mine[rows] = origin[link.source][source]
            taken[mine[rows]] = True
            free[rows] = False
        out.append(flat.reshape(own.shape))
    return out
