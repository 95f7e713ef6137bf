"""Smooth plane and space curves from control points: the profiles of vessels and the paths of handles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.interpolate import CubicSpline

from .typing import FloatArray, IntArray

CORNER: Literal["corner"] = "corner"
"""Third member of a control point at which the curve has a corner."""

ControlPoint = tuple[float, float] | tuple[float, float, Literal["corner"]]

MAX_TURN = np.radians(11.0)
DENSE_PER_SPAN = 32


@dataclass(frozen=True)
class Profile:
    """A sampled half-section in the (r, z) plane.

    points: (n, 2) radius and height, metres, the solid on the left of the direction of travel.
    region: (n - 1,) index into ``regions`` of each segment.
    """

    points: FloatArray
    region: IntArray
    regions: tuple[str, ...]

    def radius_at(self, height: float) -> float:
        """The largest radius at this height, metres (0 where the profile does not reach)."""
        z0, z1 = self.points[:-1, 1], self.points[1:, 1]
        hit = (np.minimum(z0, z1) <= height) & (height <= np.maximum(z0, z1))
        if not hit.any():
            return 0.0
        span = np.where(z1 == z0, 1.0, z1 - z0)
        share = np.clip((height - z0) / span, 0.0, 1.0)
        radii = self.points[:-1, 0] + share * (self.points[1:, 0] - self.points[:-1, 0])
        return float(radii[hit].max())

    def joined(self, *others: Profile) -> Profile:
        """This profile followed by others, each beginning where the one before ends."""
        parts = (self, *others)
        names: list[str] = []
        region = []
        for part in parts:
            names += [name for name in part.regions if name not in names]
            region.append(np.array([names.index(name) for name in part.regions], dtype=np.int32)[part.region])
        points = np.concatenate([parts[0].points, *(part.points[1:] for part in parts[1:])])
        return Profile(points, np.concatenate(region), tuple(names))


def spline(points: FloatArray, dense: int = DENSE_PER_SPAN) -> FloatArray:
    """A curve with continuous curvature through control points (n, d), ``dense`` samples a span.

    Centripetal parameters keep it from overshooting (Lee 1989, Choosing nodes in parametric curve interpolation).
    """
    points = np.asarray(points, dtype=np.float64)
    if len(points) < 3:
        return points
    steps = np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1))
    knots = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.concatenate([np.linspace(a, b, dense, endpoint=False) for a, b in pairwise(knots)])
    curve = CubicSpline(knots, points, bc_type="natural")(np.append(at, knots[-1]))
    curve[::dense] = points
    return curve


def thin(curve: FloatArray, max_step: float, keep: Sequence[int] = (), max_turn: float = MAX_TURN) -> IntArray:
    """Samples of a dense polyline (n, d) to keep: no step above max_step metres, no turn above max_turn radians."""
    edges = np.diff(curve, axis=0)
    lengths = np.linalg.norm(edges, axis=1)
    directions = edges / np.maximum(lengths, 1e-12)[:, None]
    turns = np.zeros(len(curve))
    cosines = np.einsum("ij,ij->i", directions[:-1], directions[1:])
    turns[1:-1] = np.arccos(np.clip(cosines, -1.0, 1.0))
    effort = np.concatenate([[0.0], np.cumsum(lengths / max_step + turns[1:] / max_turn)])
    stops = [0, *sorted(k for k in set(keep) if 0 < k < len(curve) - 1), len(curve) - 1]
    kept = [0]
    for a, b in pairwise(stops):
        pieces = max(1, int(np.ceil(effort[b] - effort[a] - 1e-9)))
        wanted = np.linspace(effort[a], effort[b], pieces + 1)[1:]
        kept += np.searchsorted(effort[: b + 1], wanted - 1e-9).clip(a + 1, b).tolist()
    return np.unique(np.array(kept, dtype=np.int32))


def profile(*items: str | ControlPoint, max_step: float, unit: float = 0.01) -> Profile:
    """A profile from control points (r, z) in ``unit`` metres; a string names the region of the curve from there on.

    A point with CORNER as third member ends one smooth curve and begins the next.
    """
    regions: list[str] = []
    points: list[tuple[float, float]] = []
    corners: list[int] = []
    starts: list[tuple[int, int]] = []
    for item in items:
        if isinstance(item, str):
            if item not in regions:
                regions.append(item)
            starts.append((max(len(points) - 1, 0), regions.index(item)))
        else:
            if len(item) == 3:
                corners.append(len(points))
            points.append((item[0], item[1]))
    return _sampled(np.array(points) * unit, corners, starts, tuple(regions), max_step)


def _sampled(
    control: FloatArray, corners: list[int], starts: list[tuple[int, int]], regions: tuple[str, ...], max_step: float
) -> Profile:
    stops = [0, *(c for c in corners if 0 < c < len(control) - 1), len(control) - 1]
    kept_points: list[FloatArray] = [control[:1]]
    kept_region: list[IntArray] = []
    start_at = np.array([s for s, _ in starts])
    start_region = np.array([r for _, r in starts], dtype=np.int32)
    for a, b in pairwise(stops):
        curve = spline(control[a : b + 1])
        spans = (len(curve) - 1) // (b - a)
        kept = thin(curve, max_step, keep=[(int(s) - a) * spans for s in start_at if a < s < b])
        middle = a + (kept[:-1] + 0.5) / spans
        kept_region.append(start_region[np.searchsorted(start_at, middle, side="right") - 1])
        kept_points.append(curve[kept[1:]])
    sampled = np.concatenate(kept_points)
    sampled[:, 0] = np.where(np.abs(sampled[:, 0]) < 1e-9, 0.0, np.maximum(sampled[:, 0], 0.0))
    return Profile(sampled, np.concatenate(kept_region), regions)
