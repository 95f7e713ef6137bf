"""Unwrapping any triangle mesh: charts that turn little, each laid flat as rigidly as possible, packed tightly.

About 3 s for 100,000 faces on two cores, where segmenting and packing by xatlas takes 25 s; ``benchmarks/unwrap.py``
compares times and stretch.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..errors import GeometryError
from .chart_packing import pack_charts
from .halfedges import chart_borders, chart_corners, face_frames, joined, twins
from .laying import flat_areas, lay_flat, on_circle
from .normals import weld
from .part import grid_faces
from .segmentation import FaceGraph, charts, face_graph, give_away, halves, pieces, roots, shared_borders
from .stretch import StretchReport, measured
from .typing import BoolArray, Faces, FloatArray, IntArray, Points

WIDEST = np.radians(62.0)
"""How far a chart's surface may turn from its mean."""
ROUNDS, STEPS = 20, 25
ATTEMPTS = 48
GIVE_WAY = 1
"""After as many attempts a chart that folds or overlaps is halved, no longer relieved of the faces concerned."""
NO_AREA = 1e-18
"""Share of the bounding box's largest square below which a chart has no area."""
SCRAP = 4e-4
"""Share of the surface below which a chart is given to a neighbour when it can."""
PULSE_S = 0.1
"""How often to say that charts are still being laid."""
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Unwrapped:
    """uv: (k, 2) in 0..1. faces: (m, 3) rows of uv for each face, in the order given. chart: (m,). stretch: figures."""

    uv: FloatArray
    faces: Faces
    chart: IntArray
    stretch: StretchReport


def unwrap(
    vertices: Points, faces: Faces, *, groups: IntArray | None = None, resolution: int = 1024, gutter: int = 16,
    progress: Progress | None = None,
) -> Unwrapped:  # fmt: skip
    """Texture coordinates for a mesh: charts without folds or overlaps, at even density.

    vertices: (n, 3), any unit; vertices at exactly one place count as one. faces: (m, 3). groups: (m,) the polygon that
    each face is a part of; no chart border runs through a polygon. gutter: texels between charts in an atlas of
    ``resolution`` texels a side; less only when charts are so many that they leave no room, see ``stretch.gutter``.
    The same input gives the same result. progress: called with a fraction and a message; may raise to stop. Raises
    GeometryError for a mesh without faces or area, or one that is not finite.
    """
    say = progress or _silent
    points = np.ascontiguousarray(vertices, dtype=np.float64)
    _check(points, faces)
    say(0.0, "Finding neighbours")
    surface = _Surface(_normalised(points), faces, groups)
    say(0.1, "Cutting into charts")
    label = surface.segmented(_Ticker(say, 0.1, 0.4, "Cutting into charts"))
    say(0.4, "Laying charts flat")
    laid = surface.laid(label, lambda share: say(0.4 + 0.35 * share, "Laying charts flat"))
    say(0.75, "Packing charts")
    tick = _Ticker(say, 0.75, 0.95, "Packing charts")
    packed = pack_charts(laid.uv, laid.corners, laid.first_face, laid.first_vertex, resolution, gutter, tick)
    out = surface.collected(laid, packed.uv)
    say(0.97, "Measuring stretch")
    count = len(laid.first_face) - 1
    report = measured(points, faces, out[0], out[1], charts=count, gutter=packed.gutter)
    return Unwrapped(*out, report)


def _silent(_fraction: float, _message: str) -> None:
    """Nobody watches."""


class _Ticker:
    """Progress of a search whose length is not known: each step goes a quarter of the rest."""

    def __init__(self, say: Progress, low: float, high: float, message: str) -> None:
        self.say, self.now, self.high, self.message = say, low, high, message

    def __call__(self) -> None:
        self.now += 0.25 * (self.high - self.now)
        self.say(self.now, self.message)


def _check(points: Points, faces: Faces) -> None:
    if len(faces) == 0 or len(points) == 0:
        raise GeometryError("The mesh has no faces, so there is nothing to unwrap.", "Give a mesh with faces.")
    if not np.isfinite(points[faces.ravel()]).all():
        raise GeometryError("The mesh has coordinates that are not finite.", "Remove or repair the vertices concerned.")


def _normalised(points: Points) -> Points:
    """The points in a box of size 1: limits on areas mean the same for a coin and a temple."""
    low, high = points.min(axis=0), points.max(axis=0)
    size = float((high - low).max())
    if size == 0.0 or not np.isfinite(size):
        raise GeometryError("The mesh has no extent.", "Give a mesh whose vertices lie apart.")
    return (points - low) / size


@dataclass(frozen=True)
class _Laid:
    """Charts in the plane at true scale. uv: (k, 2), corners: (m', 3) and faces: (m',), sorted by chart."""

    uv: FloatArray
    corners: Faces
    faces: IntArray
    first_face: IntArray
    first_vertex: IntArray
    vertex: IntArray


@dataclass(frozen=True)
class _Chart:
    """One chart laid flat. faces: (f,) of the mesh; corners: (f, 3) rows of uv; vertex: (n,) place of each."""

    faces: IntArray
    corners: Faces
    uv: FloatArray
    vertex: IntArray


class _Surface:
    """A mesh with its neighbourhoods, on which charts are cut and laid."""

    def __init__(self, points: Points, faces: Faces, groups: IntArray | None) -> None:
        self.points = points
        self.corners = weld(points)[faces].astype(np.int32)
        self.normals, self.areas = face_frames(points, self.corners)
        if not self.areas.sum() > 0.0:
            raise GeometryError("No face of the mesh has an area.", "Give a mesh whose faces are not lines or points.")
        polygon = np.arange(len(faces), dtype=np.int32) if groups is None else groups.astype(np.int32)
        self.twin = twins(self.corners, self.normals, polygon)
        self.node = joined(self.twin, polygon)
        self.graph = face_graph(points, self.corners, self.normals, self.areas, self.twin, self.node)

    def segmented(self, tick: Callable[[], None]) -> IntArray:
        """(c,) chart of each node."""
        return _without_scraps(self.graph, charts(self.graph, float(WIDEST), tick=tick))

    def laid(self, label: IntArray, tell: Callable[[float], None]) -> _Laid:
        """Every chart in the plane; what folds or overlaps goes to the neighbours, or the chart is halved."""
        known: dict[bytes, _Chart] = {}
        for attempt in range(ATTEMPTS):
            label = pieces(self.graph.first, self.graph.neighbour, label)
            jobs = _jobs(self, label)
            todo = [job for job in jobs if job.key not in known]
            last = attempt == ATTEMPTS - 1
            bad = []
            now = partial(_told, tell, attempt, max(len(todo), 1))
            for job, (uv, trouble, troubled) in zip(todo, _in_parallel(todo, now), strict=True):
                if troubled and len(job.nodes) > 1 and not last:
                    bad.append((job, trouble))
                    continue
                if troubled:
                    uv = on_circle(job.points, job.local, job.border)
                known[job.key] = _Chart(job.faces, job.local, _true_scale(uv, job), job.vertex)
            if not bad:
                break
            label = self.mended(label, bad, attempt)
        return _gathered([known[job.key] for job in jobs])

    def mended(self, label: IntArray, bad: list[tuple[_Job, BoolArray]], attempt: int) -> IntArray:
        """(c,) charts of the nodes, with those that lay badly cut otherwise."""
        out = label.copy()
        fresh = int(label.max()) + 1
        for job, trouble in bad:
            part = self.graph.part(job.nodes)
            if attempt >= GIVE_WAY:
                out[job.nodes[halves(part)]] = fresh
                fresh += 1
                continue
            ill = np.isin(job.nodes, self.node[job.faces[trouble]])
            for _ in range(attempt):
                # With the faces around it, for the hole that a fold leaves is itself turned inside out.
                ill[part.neighbour[ill[np.repeat(np.arange(len(job.nodes)), np.diff(part.first))]]] = True
            out[job.nodes[ill]] = fresh
            give_away(self.graph.first, self.graph.neighbour, self.graph.length, out, fresh, int(label[job.nodes[0]]))
            fresh += 1
        return out

    def collected(self, laid: _Laid, uv: FloatArray) -> tuple[FloatArray, Faces, IntArray]:
        """uv, faces and chart for all faces in their order; faces without area shrink to a point of a neighbour."""
        faces = np.full((len(self.corners), 3), -1, dtype=np.int32)
        chart = np.full(len(self.corners), -1, dtype=np.int32)
        faces[laid.faces] = laid.corners
        chart[laid.faces] = np.repeat(np.arange(len(laid.first_face) - 1), np.diff(laid.first_face))
        bare = chart < 0
        if bare.any():
            at = np.zeros(len(self.points), dtype=np.int32)
            owner = np.zeros(len(self.points), dtype=np.int32)
            at[laid.vertex] = np.arange(len(laid.vertex))
            owner[laid.vertex] = np.repeat(np.arange(len(laid.first_vertex) - 1), np.diff(laid.first_vertex))
            faces[bare] = at[self.corners[bare, 0]][:, None]
            chart[bare] = owner[self.corners[bare, 0]]
        return uv, faces, chart


class _Job:
    """One chart to be laid flat: its own vertices, faces and nodes. ``key`` tells charts of other nodes apart."""

    def __init__(
        self, surface: _Surface, faces: IntArray, corners: Faces, vertex: IntArray, border: BoolArray
    ) -> None:
        first = int(corners.min())
        self.faces = faces
        self.nodes = np.unique(surface.node[faces])
        self.key = self.nodes.tobytes()
        self.local = (corners - first).astype(np.int32)
        self.vertex = vertex[first : int(corners.max()) + 1]
        self.points = surface.points[self.vertex]
        self.border = np.ascontiguousarray(border)
        self.area = float(surface.areas[faces].sum())
        axis = (surface.normals[faces] * surface.areas[faces, None]).sum(axis=0)
        size = float(np.linalg.norm(axis))
        self.axis = axis / size if size > 1e-12 * self.area else np.array([0.0, 0.0, 1.0])

    def run(self) -> tuple[FloatArray, BoolArray, bool]:
        return lay_flat(self.points, self.local, self.border, self.axis, ROUNDS, STEPS)


def _jobs(surface: _Surface, label: IntArray) -> list[_Job]:
    """The charts that have an area."""
    chart = label[surface.node]
    order = np.argsort(chart, kind="stable")
    corners, at = chart_corners(surface.twin, chart, order)
    vertex = surface.corners.ravel()[at]
    border = chart_borders(surface.twin, chart).reshape(-1, 3)
    parts = np.split(order, np.flatnonzero(np.diff(chart[order])) + 1)
    return [
        _Job(surface, faces, corners[faces], vertex, border[faces])
        for faces in parts
        if surface.areas[faces].sum() > NO_AREA
    ]


def _gathered(charts: list[_Chart]) -> _Laid:
    charts = sorted(charts, key=lambda chart: int(chart.faces[0]))
    counts = np.cumsum([0, *(len(chart.faces) for chart in charts)])
    sizes = np.cumsum([0, *(len(chart.uv) for chart in charts)])
    corners = [chart.corners + first for chart, first in zip(charts, sizes, strict=False)]
    return _Laid(
        np.concatenate([chart.uv for chart in charts]),
        np.concatenate(corners).astype(np.int32),
        np.concatenate([chart.faces for chart in charts]),
        counts,
        sizes,
        np.concatenate([chart.vertex for chart in charts]),
    )


def _told(tell: Callable[[float], None], attempt: int, count: int, done: int) -> None:
    """Say how far laying is, when ``done`` of an attempt's charts lie."""
    tell((attempt + done / count) / (attempt + 2))


def _in_parallel(jobs: list[_Job], tell: Callable[[int], None]) -> list[tuple[FloatArray, BoolArray, bool]]:
    """Each job's result, in the order of the jobs; the largest start first. The loops let go of the interpreter.

    tell: called often with the number of those that are done; may raise to stop.
    """
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        order = sorted(range(len(jobs)), key=lambda n: -len(jobs[n].faces))
        futures = {n: pool.submit(jobs[n].run) for n in order}
        left = set(futures.values())
        try:
            while left:
                left = wait(left, timeout=PULSE_S, return_when=FIRST_EXCEPTION).not_done
                tell(len(jobs) - len(left))
            return [futures[n].result() for n in range(len(jobs))]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _true_scale(uv: FloatArray, job: _Job) -> FloatArray:
    """The chart scaled to the area of its surface."""
    flat = float(np.abs(flat_areas(uv, job.local)).sum())
    return uv * np.sqrt(job.area / flat) if flat > 0.0 else uv


def _without_scraps(graph: FaceGraph, label: IntArray) -> IntArray:
    """(c,) charts, the smallest ones given to the neighbour with the longest common border."""
    count = int(label.max()) + 1
    area = np.bincount(label, graph.area, count)
    limit = SCRAP * float(area.sum())
    borders = shared_borders(graph, label, count)
    target = np.arange(count)
    for c in sorted(range(count), key=lambda c: (area[c], c)):
        while target[c] != target[target[c]]:
            target[c] = target[target[c]]
        if area[c] > limit or target[c] != c or not borders[c]:
            continue
        longest = max(borders[c], key=lambda other: (borders[c][other], -other))
        while target[longest] != longest:
            longest = int(target[longest])
        if longest != c:
            target[c] = longest
    return roots(target)[label]


def warm_unwrap() -> None:
    """Compile, or load from numba's cache, every loop that unwrapping uses: for a worker's start."""
    t = np.linspace(0.0, 1.0, 52)
    x, y = (axis.ravel() for axis in np.meshgrid(t, t))
    points = np.stack([x, y, 0.1 * np.sin(9.0 * x)], axis=1)
    faces = grid_faces(52, 52)
    unwrap(points, faces, resolution=64, gutter=1)
    # The ways that only bad charts take.
    surface = _Surface(points, faces, None)
    label = (surface.graph.centre[:, 0] > 0.5).astype(np.int32)
    job = _jobs(surface, label)[0]
    for attempt in (0, GIVE_WAY):
        surface.mended(label, [(job, np.arange(len(job.faces)) < 9)], attempt)
    on_circle(job.points, job.local, job.border)
