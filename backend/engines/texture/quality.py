"""What a view is worth at a point of the surface: one measure for what is painted and for what could be."""

from __future__ import annotations

import numpy as np
from numba import njit

from ...geometry.typing import Float32Array

CUT = 0.19
"""Cosine between the surface and the direction to the camera (79 degrees) below which a view shows nothing of use.
Published methods cut at 75 to 78 degrees (SyncMVD, Hunyuan3D-Paint) or at 84 (Text2Tex); ours fades towards it."""
EDGE_NEAR, EDGE_FAR = 0.5, 4.0
"""Pixels from a silhouette: pictures are mixed with what lies behind within the first, and clean beyond the second."""
EDGE_LEAST = 0.04
"""What is left at a silhouette itself, so that things a few pixels thin are painted at all."""
ENOUGH = 0.75
"""Pixels to a texel beyond which more detail gains nothing."""


@njit(cache=True, nogil=True)
def worth(facing: float, pixels_per_texel: float, edge: float) -> float:
    """``quality`` of one point."""
    across = (facing - CUT) / (1.0 - CUT)
    if not across > 0.0 or not edge > 0.0 or not pixels_per_texel > 0.0:
        return 0.0
    t = min(max((edge - EDGE_NEAR) / (EDGE_FAR - EDGE_NEAR), 0.0), 1.0)
    clean = EDGE_LEAST + (1.0 - EDGE_LEAST) * t * t * (3.0 - 2.0 * t)
    across = min(across, 1.0)
    return across * np.sqrt(across * fineness(np.float64(pixels_per_texel))) * clean


@njit(cache=True, nogil=True)
def fineness(pixels_per_texel: float) -> float:
    """0..1, the share of the detail of a texel that a view shows square on."""
    return min(pixels_per_texel / ENOUGH, 1.0)


@njit(cache=True, nogil=True)
def _worths(facing: Float32Array, pixels_per_texel: Float32Array, edge: Float32Array, out: Float32Array) -> None:
    for n in range(len(out)):
        out[n] = worth(facing[n], pixels_per_texel[n], edge[n])


def quality(facing: Float32Array, pixels_per_texel: Float32Array | float, edge: Float32Array) -> Float32Array:
    """0..1, what a view is worth where it looks at a surface; 0: nothing.

    facing: cosine between the face's normal and the direction to the camera. pixels_per_texel: pixels along one side of
    a texel that is seen square on. edge: pixels to the nearest silhouette, 0 at it. Arrays of one shape, or numbers.
    """
    arrays = np.broadcast_arrays(facing, pixels_per_texel, edge)
    out = np.empty(arrays[0].shape, dtype=np.float32)
    _worths(*(np.ascontiguousarray(a, dtype=np.float32).ravel() for a in arrays), out.reshape(-1))
    return out
