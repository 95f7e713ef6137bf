"""A mesh textured view by view: look, have it painted, project it back, look again; then fill what no view sees."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import cv2
import numpy as np
import trimesh

from ...errors import BackendError, GeometryError
from ...geometry.cameras import Camera
from ...geometry.raycasting import RayScene
from ...geometry.seams import seam_pairs
from ...geometry.surface_texels import SurfaceTexels, surface_texels
from ...geometry.typing import BoolArray, Float32Array, IntArray
from .backprojection import gather
from .canvas import Blend, Canvas
from .checkpoint import Checkpoint, key_of
from .contours import Continuation, contours_continued
from .contract import (
    MAX_VIEWS,
    Painter,
    PainterFailed,
    PaintRequest,
    Photograph,
    Progress,
    TextureOptions,
    TextureResult,
    ViewRecord,
)
from .filling import pieces_of, texel_graph
from .finishing import finished
from .options import checked_options
from .painting import can_paint, listen_to, painted, show_planned
from .partition import Masks, partition
from .photographs import usable_photograph, without_masked
from .preparation import Prepared, prepare, resized
from .quality import quality
from .schedule import automatic, next_refinement, published
from .silhouettes import shift_of, shifted_back
from .survey import PlannedView, Survey, survey
from .view_names import view_name
from .views import ViewBuffers, refuse_inside, render_view, request_arrays, surface_appearance
from .wanted import Task, task_of

MARGIN = 2
FEATHER_PIXELS = 6.0
"""Over so many pixels around what was painted the picture still counts, less and less, so that no edge shows."""
PAINTED_SHARE, FILLED_SHARE = 0.85, 0.95
REFINED = 0.05
"""Quality that what a region shows counts as before it is refined."""
LIKELY = 0.5
Kind = Literal["schedule", "refinement", "photograph"]


@dataclass
class Clock:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what happens inside to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def texture_mesh(
    mesh: trimesh.Trimesh,
    painter: Painter | None,
    options: TextureOptions | None = None,
    progress: Progress | None = None,
) -> TextureResult:
    """Texture a mesh with what a painter makes of its views, or with photographs.

    mesh: any unit and place; texture coordinates, one for each vertex, in ``mesh.visual.uv``. painter: None only in the
    mode "project". The same mesh, painter and options give the same texture. Raises PainterFailed, which names the
    view, GeometryError and BadInput; views painted before stay in ``options.checkpoint``, where a retry finds them.
    """
    chosen = checked_options(options or TextureOptions(), painter is not None)
    work = Work(mesh, painter, chosen, progress or (lambda share, text: None))
    work.paint()
    result = work.finish()
    if work.options.forget_views:
        work.checkpoint.clear()
    work.progress(1.0, "Done")
    return result


class Work:
    """One texturing under way. Everything in here stands in the local frame of the mesh."""

    def __init__(
        self, mesh: trimesh.Trimesh, painter: Painter | None, options: TextureOptions, progress: Progress
    ) -> None:
        self.options, self.painter, self.progress, self.clock = options, painter, progress, Clock()
        progress(0.0, "Preparing the mesh")
        with self.clock.stage("prepare"):
            self.prepared: Prepared = prepare(mesh, options)
        with self.clock.stage("texels"):
            self.texels: SurfaceTexels = surface_texels(self.prepared.mesh, options.resolution, MARGIN)
            self.task: Task = task_of(self.texels, options)
            self.density = _face_density(self.texels, len(self.prepared.faces))
        with self.clock.stage("rays"):
            self.scene = RayScene(self.prepared.mesh, self.prepared.others)
        self.guess: Continuation | None = None
        if options.mode == "restore" and self.task.given is not None:
            with self.clock.stage("contours"):
                graph = texel_graph(self.texels, self.pairs)
                self.guess = contours_continued(graph, self.task.given, ~self.task.wanted)
        self.canvas = Canvas(self.texels, self.task.given, self.task.locked, options.match_exposure, options.register)
        self.checkpoint = Checkpoint(options.checkpoint, _key(mesh, painter, options))
        self.views: list[ViewRecord] = []
        self.declined: list[Camera] = []

    @cached_property
    def pairs(self) -> IntArray:
        """(p, 2) texels that are neighbours across a seam."""
        return seam_pairs(self.prepared.mesh, self.texels)

    def paint(self) -> None:
        """All views: those of the schedule, then those that still pay. Or all photographs."""
        if self.options.mode == "project":
            self._lay_photographs()
            return
        with self.clock.stage("schedule"):
            planned, known = self._planned()
        if self.painter is not None:
            show_planned(self.painter, (self._look(view, number)[2] for number, view in enumerate(planned)))
        extra = min(self.options.refinement_views, MAX_VIEWS - len(planned))
        for number, view in enumerate(planned):
            self._say(number, len(planned) + extra, view.name)
            self._paint_view(view, "schedule")
        for number in range(extra):
            with self.clock.stage("schedule"):
                known = known or self._survey()
                painted_so_far = self.canvas.appearance()[1]
                taken = [*(self._local(v.camera) for v in self.views), *self.declined]
                further = next_refinement(known, painted_so_far, taken)
            if further is None:
                break
            self._say(len(planned) + number, len(planned) + extra, further.name)
            if not self._paint_view(further, "refinement"):
                break

    def finish(self) -> TextureResult:
        """Blend, fill, and put everything together."""
        self.progress(PAINTED_SHARE, "Blending the views")
        with self.clock.stage("blend"):
            blend = self.canvas.blended()
        if self.task.given is None and not blend.painted.any():
            raise self._nothing_painted()
        self.progress(FILLED_SHARE, "Filling what no view sees")
        with self.clock.stage("fill"):
            pieces = pieces_of(self.prepared.mesh)
            done = finished(self.texels, self.pairs, self.task, blend, self.options, self.guess, pieces)
        inside = self.texels.inside
        shares = {
            "painted": done.origins.painted, "interpolated": done.origins.filled, "observed": self.task.locked,
            "filled": done.origins.painted | done.origins.filled | done.origins.kept,
        }  # fmt: skip
        single = len(self.texels.tiles) == 1
        return TextureResult(
            albedo=done.albedo[0] if single else done.albedo,
            evidence=done.evidence[0] if single else done.evidence,
            uv=self.prepared.uv,
            faces=self.prepared.faces,
            views=self._records(blend),
            timings=dict(self.clock.seconds),
            coverage={name: float(found[inside].mean()) if inside.any() else 0.0 for name, found in shares.items()},
            unwrapped=self.prepared.unwrapped,
            notes=self.prepared.notes,
            tiles=self.texels.tiles,
        )

    def _nothing_painted(self) -> BackendError:
        if self.declined:
            return PainterFailed(
                "The painter could paint none of the views: nothing of the surface is known.",
                "Give the mesh's texture and what of it was observed, or choose another painter.",
                0,
            )
        return GeometryError(
            "None of the views shows the mesh well enough to be painted.",
            "Turn the cameras towards the mesh, or let the views be chosen.",
        )

    def _planned(self) -> tuple[list[PlannedView], Survey | None]:
        """The views of the schedule, and what is known of others where it had to be found out."""
        options, size = self.options, (self.options.view_size, self.options.view_size)
        if options.schedule == "cameras":
            local = [self.prepared.frame.camera(resized(camera, options.view_size)) for camera in options.cameras]
            centre = self.scene.centre
            return [PlannedView(c, view_name(c.place - centre, options.up)) for c in local], None
        if options.schedule == "published":
            return published(self.prepared.mesh.vertices, options.up, size)[: options.view_count], None
        known = self._survey()
        return automatic(known, min(options.view_count, MAX_VIEWS)), known

    def _survey(self) -> Survey:
        size = (self.options.view_size, self.options.view_size)
        wanted = None if self.task.wanted.all() else self.task.wanted
        return survey(self.scene, self.prepared.mesh, self.texels, wanted, self.options.up, size)

    def _say(self, number: int, count: int, name: str) -> None:
        first, last = (0.05 + (PAINTED_SHARE - 0.05) * self._before(n, count) for n in (number, number + 1))
        text = f"View {number + 1} of {count}" + (f": {name}" if name else "")
        self.progress(first, text)
        told = self.progress
        listen_to(self.painter, lambda share, what: told(first + (last - first) * share, f"{text}, {what}"))

    def _before(self, number: int, count: int) -> float:
        """Which share of the painting is done before a view, 0..1."""
        first = getattr(self.painter, "first_share", 1.0 / max(count, 1))
        return 0.0 if number == 0 else float(first + (1.0 - first) * (number - 1) / max(count - 1, 1))

    def _paint_view(self, view: PlannedView, kind: Kind) -> bool:
        """Look from a camera, have it painted, and lay the picture onto the mesh. Answers whether there was a need."""
        buffers, masks, request = self._look(view, len(self.views))
        with self.clock.stage("painter"):
            assert self.painter is not None
            if not masks.paints:
                return False
            if not can_paint(self.painter, request):
                self.declined.append(view.camera)
                return True
            picture = painted(self.painter, request, self.checkpoint)
        with self.clock.stage("projection"):
            shift = shift_of(picture, buffers.solid >= 0) if self.options.register else (0.0, 0.0)
            picture = shifted_back(picture, shift)
            accept = _feathered(masks.new | masks.update, buffers.solid == 0)
            self.canvas.add(len(self.views), gather(self.texels, self.scene, buffers, picture, accept))
        self.views.append(self._record(view, kind, buffers, masks, shift))
        return True

    def _look(self, view: PlannedView, number: int) -> tuple[ViewBuffers, Masks, PaintRequest]:
        """What a camera sees, what of that is to be painted, and what a painter is asked."""
        with self.clock.stage("views"):
            buffers = render_view(self.scene, self.prepared.mesh, view.camera, self.texels.tiles)
            refuse_inside(buffers, self.scene, view.name)
            rgb, known = surface_appearance(buffers, self.texels.index, *self._shown())
        with self.clock.stage("partition"):
            masks = self._masks(buffers, known)
            return buffers, masks, self._request(buffers, rgb, masks, view.name, number)

    def _masks(self, buffers: ViewBuffers, known: Float32Array) -> Masks:
        shown = buffers.solid == 0
        masks = partition(shown, known, self._quality(buffers), self._editable(buffers))
        if self.options.mode == "refine":
            return replace(masks, new=np.zeros_like(shown), update=masks.new | masks.update)
        return masks

    def _quality(self, buffers: ViewBuffers) -> Float32Array:
        """(H, W) what this view is worth at each pixel."""
        focal = np.float32(np.sqrt(buffers.camera.focal[0] * buffers.camera.focal[1]))
        scale = focal if buffers.camera.orthographic else focal / buffers.depth
        per_texel = scale / self.density[np.maximum(buffers.face, 0)]
        return quality(buffers.facing, per_texel, buffers.edge)

    def _editable(self, buffers: ViewBuffers) -> BoolArray | None:
        """(H, W) the pixels that show wanted texels."""
        if self.task.wanted.all():
            return None
        size = self.texels.resolution
        col = np.clip((buffers.uv[..., 0] * size).astype(np.int32), 0, size - 1)
        row = np.clip(((1.0 - buffers.uv[..., 1]) * size).astype(np.int32), 0, size - 1)
        shown = (buffers.face >= 0) & (buffers.tile < len(self.texels.tiles))
        texel = self.texels.index[np.where(shown, buffers.tile, 0), row, col]
        return shown & (texel >= 0) & self.task.wanted[texel]

    def _shown(self) -> tuple[Float32Array, Float32Array]:
        """(k, 3) what the texels show so far, and (k,) how well it is known."""
        colour, known = self.canvas.appearance()
        if self.options.mode == "refine" and self.task.given is not None:
            still = self.task.wanted & (known <= 0.0)
            colour = np.where(still[:, None], self.task.given, colour)
            known = np.where(still, np.float32(REFINED), known)
        return colour, known

    def _request(self, buffers: ViewBuffers, rgb: Float32Array, masks: Masks, name: str, number: int) -> PaintRequest:
        depth, normal, position = request_arrays(buffers, self.prepared.frame)
        observed = None
        if self.task.given is not None:
            editable = self._editable(buffers)
            observed = masks.keep if editable is None else masks.keep & ~editable
        return PaintRequest(
            camera=self.prepared.frame.world_camera(buffers.camera),
            depth=depth,
            normal=normal,
            position=position,
            rgb=rgb,
            mask_new=masks.new,
            mask_update=masks.update,
            mask_keep=masks.keep,
            strength=self.options.strength,
            prompt=self.options.prompt,
            seed=self.options.seed,
            view_index=number,
            object_mask=buffers.solid == 0,
            view_name=name,
            mask_observed=observed,
            **self._guessed(buffers, masks),
        )

    def _guessed(self, buffers: ViewBuffers, masks: Masks) -> dict[str, Any]:
        """How plain colours go on over what is to be painted."""
        editable = None if self.guess is None else self._editable(buffers)
        if self.guess is None or editable is None:
            return {}
        sure = (self.guess.plain | ~self.task.wanted).astype(np.float32)
        guess, share = surface_appearance(buffers, self.texels.index, self.guess.colour, sure)
        return {"guess": guess, "mask_guess": (masks.new | masks.update) & editable & (share > LIKELY)}

    def _lay_photographs(self) -> None:
        for number, photograph in enumerate(self.options.photographs):
            self._say(number, len(self.options.photographs), photograph.name)
            self._lay(photograph, number)

    def _lay(self, photograph: Photograph, number: int) -> None:
        """Project one photograph."""
        name = photograph.name or f"photograph {number + 1}"
        with self.clock.stage("views"):
            picture, camera, usable = usable_photograph(photograph, name)
            local = self.prepared.frame.camera(camera)
            buffers = render_view(self.scene, self.prepared.mesh, local, self.texels.tiles)
            refuse_inside(buffers, self.scene, name)
        with self.clock.stage("projection"):
            shift = shift_of(picture, buffers.solid >= 0) if self.options.register else (0.0, 0.0)
            picture, accept = (shifted_back(one, shift) for one in without_masked(picture, usable))
            shown = (buffers.solid == 0) & (accept > 0.0)
            accept = np.where(shown, accept, np.float32(0.0))
            self.canvas.add(len(self.views), gather(self.texels, self.scene, buffers, picture, accept))
        nothing = np.zeros_like(shown)
        masks = Masks(shown, nothing, nothing, ~shown)
        self.views.append(self._record(PlannedView(local, name), "photograph", buffers, masks, shift))

    def _record(
        self, view: PlannedView, kind: Kind, buffers: ViewBuffers, masks: Masks, shift: tuple[float, float]
    ) -> ViewRecord:
        shown = max(int((buffers.solid == 0).sum()), 1)
        return ViewRecord(
            camera=self.prepared.frame.world_camera(view.camera),
            name=view.name,
            kind=kind,
            share_new=float(masks.new.sum()) / shown,
            share_update=float(masks.update.sum()) / shown,
            texels=0,
            gain=(1.0, 1.0, 1.0),
            shift=shift,
        )

    def _records(self, blend: Blend) -> tuple[ViewRecord, ...]:
        counts = np.bincount(blend.view[blend.painted & self.texels.inside].astype(np.int64), minlength=len(self.views))
        return tuple(
            replace(view, texels=int(count), gain=(float(gain[0]), float(gain[1]), float(gain[2])))
            for view, count, gain in zip(self.views, counts, blend.gains, strict=True)
        )

    def _local(self, camera: Camera) -> Camera:
        return self.prepared.frame.camera(camera)


def _key(mesh: trimesh.Trimesh, painter: Painter | None, options: TextureOptions) -> str:
    """What painted views depend on; nothing is computed where none are kept."""
    if options.checkpoint is None:
        return ""
    return key_of(mesh, options, getattr(painter, "name", type(painter).__name__))


def _face_density(texels: SurfaceTexels, faces: int) -> Float32Array:
    """(F,) texels per unit of length of each face; of faces without texels the median."""
    usual = float(np.median(texels.density)) if len(texels) else 1.0
    density = np.full(faces, usual, dtype=np.float32)
    density[texels.face] = texels.density
    return density


def _feathered(mask: BoolArray, shown: BoolArray) -> Float32Array:
    """(H, W) 1 in the mask, less and less around it, 0 where the mesh is not shown."""
    away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.where(shown, np.clip(1.0 - away / FEATHER_PIXELS, 0.0, 1.0), 0.0).astype(np.float32)
