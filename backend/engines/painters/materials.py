"""A full material from a painted mesh: its views are taken apart into base colour, roughness and metallic, and these
are laid on the mesh as the views were, by the same texturing with the same cameras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import trimesh
from trimesh.visual import TextureVisuals

from ...errors import BadInput
from ...geometry.raycasting import RayScene
from ...geometry.typing import ByteImage, Float32Array
from ...models.store import ModelStore
from ..base import JobContext
from ..diffusion.devices import Device, best, survey
from ..diffusion.residents import Work, with_pipeline
from ..diffusion.uses import prepared
from ..texture.contract import NONE, PaintRequest, Progress, TextureOptions, TextureResult
from ..texture.pipeline import texture_mesh
from ..texture.preparation import prepare
from ..texture.views import appearance, render_view
from .intrinsics import Intrinsics, intrinsics_of

USE = "materials-marigold"
ROLE = "materials"
ENSEMBLE = 1
LOADED, DECOMPOSED = 0.1, 0.7
"""Shares of the work after loading and after decomposing."""
UNKNOWN = (255, 204, 0)
"""Where nothing is known: dull and no metal, as a GLB with a colour alone has it (``geometry.glb.PLAIN``)."""
NOTE = "Roughness and metallic are a model's estimate everywhere, also where the colour was observed."


@dataclass(frozen=True)
class Materials:
    """result: with ``material``, and with base colour in place of the painted one. models, sampling: for paradata."""

    result: TextureResult
    models: tuple[dict[str, Any], ...]
    sampling: dict[str, Any]


def refuse_materials(mode: str) -> None:
    """Raise BadInput for a mode in which there are no materials to be found."""
    if mode != "generate":
        raise BadInput(
            f"Materials are found for a whole surface; in the mode “{mode}” most of it is left as it was.",
            "Choose the mode “generate”, or leave “materials” out.",
        )


def materials_of(
    context: JobContext,
    mesh: trimesh.Trimesh,
    options: TextureOptions,
    result: TextureResult,
    progress: Progress,
    device: Device | None = None,
) -> Materials:
    """The material of what was just painted, by Marigold.

    mesh, options: those that ``result`` was made with. progress: told 0..1 of this part of the work; what it raises
    ends it. Raises BadInput for modes that leave part of the surface, Unavailable, ModelUnusable, NotEnoughMemory.
    """
    refuse_materials(options.mode)
    ready = prepared(USE, ModelStore())
    device = device or best(survey())
    told = _Rising(progress)
    told(0.0, "Looking at the painted views")
    pictures = list(seen_from_its_views(mesh, options, result))
    steps: list[int] = []

    def use(pipeline: Any) -> list[Intrinsics]:
        steps[:] = [int(pipeline.default_denoising_steps or 4)]
        found = []
        for number, picture in enumerate(pictures):
            text = f"Material of view {number + 1} of {len(pictures)}"

            def tell(share: float, number: int = number, text: str = text) -> None:
                context.check_cancelled()
                told(LOADED + (DECOMPOSED - LOADED) * (number + share) / len(pictures), text)

            tell(0.0)
            found.append(intrinsics_of(pipeline, picture, seed=options.seed, ensemble=ENSEMBLE, tell=tell))
        return found

    work = Work(device, device.precision, ready.needs, lambda share, what: told(LOADED * share, what), context.log)
    found = with_pipeline(context.residents, ready.recipe, work, use)
    done = laid_on(
        mesh, options, result, found, lambda share, what: told(DECOMPOSED + (1.0 - DECOMPOSED) * share, what)
    )
    models = tuple({**model, "role": ROLE} for model in ready.models.values())
    return Materials(done, models, {"model": USE, "steps": steps[0], "ensemble": ENSEMBLE})


def seen_from_its_views(
    mesh: trimesh.Trimesh, options: TextureOptions, result: TextureResult
) -> Iterator[Float32Array]:
    """(H, W, 3) float32 in 0..1, sRGB-encoded: the painted mesh, unlit, from each of its views, on grey.

    What was laid on the mesh, rather than what the painter answered: moved to its place, brought to one exposure, and
    there also when an earlier attempt painted the view.
    """
    ready = prepare(_with_its_atlas(mesh, result), _again(options, result))
    scene = RayScene(ready.mesh, ready.others)
    atlas = _tiled(result.albedo).astype(np.float32) / np.float32(255.0)
    known = (_tiled(result.evidence)[..., 0] != NONE).astype(np.float32)
    for view in result.views:
        buffers = render_view(scene, ready.mesh, ready.frame.camera(view.camera), result.tiles)
        yield appearance(buffers, atlas, known)[0]


def laid_on(
    mesh: trimesh.Trimesh,
    options: TextureOptions,
    result: TextureResult,
    found: Sequence[Intrinsics],
    progress: Progress,
) -> TextureResult:
    """The result with base colour instead of what was painted, and with roughness and metallic.

    found: for each view of the result. Texels that were observed keep their colour bit for bit; the evidence map stays
    as it is.
    """
    again, laid = _again(options, result), _with_its_atlas(mesh, result)
    colour = texture_mesh(laid, _Known([one.albedo for one in found]), again, _part(progress, 0.0, 0.5))
    whole = replace(again, albedo=None, evidence=None, missing=None, fill="surface")
    surface = texture_mesh(laid, _Known([_channels(one) for one in found]), whole, _part(progress, 0.5, 1.0))
    timings = dict(result.timings)
    for run in (colour, surface):
        for stage, seconds in run.timings.items():
            timings[f"materials: {stage}"] = timings.get(f"materials: {stage}", 0.0) + seconds
    notes = result.notes if options.evidence is None else (*result.notes, NOTE)
    return replace(result, albedo=colour.albedo, material=_packed(surface, result), timings=timings, notes=notes)


class _Known:
    """A painter that answers pictures which are there already, by the number of the view."""

    name = "maps of materials"

    def __init__(self, pictures: Sequence[Float32Array]) -> None:
        self._pictures = pictures

    def paint(self, request: PaintRequest) -> Float32Array:
        return self._pictures[request.view_index]


class _Rising:
    """Progress that does not go back when the work begins again within less memory."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._share = 0.0

    def __call__(self, share: float, what: str) -> None:
        self._share = max(self._share, min(share, 1.0))
        self._progress(self._share, what)


def _again(options: TextureOptions, result: TextureResult) -> TextureOptions:
    """Options by which the same views are laid on the same texels in the same order, just as they are."""
    return replace(
        options,
        resolution=int(result.albedo.shape[-2]),
        schedule="cameras",
        cameras=tuple(view.camera for view in result.views),
        refinement_views=0,
        unwrap="keep",
        match_exposure=False,
        register=False,
        checkpoint=None,
    )


def _with_its_atlas(mesh: trimesh.Trimesh, result: TextureResult) -> trimesh.Trimesh:
    """The mesh with the texture coordinates of the result, one vertex for each of them."""
    vertices = np.zeros((len(result.uv), 3))
    vertices[result.faces.ravel()] = np.asarray(mesh.vertices)[np.asarray(mesh.faces).ravel()]
    return trimesh.Trimesh(vertices, result.faces, visual=TextureVisuals(uv=result.uv), process=False)


def _channels(one: Intrinsics) -> Float32Array:
    """(H, W, 3) roughness and metallic beside a channel that differs from them: a picture of one value is refused."""
    spare = np.full_like(one.roughness, 0.0 if float(one.roughness.mean()) > 0.5 else 1.0)
    return np.stack([spare, one.roughness, one.metallic], axis=-1).astype(np.float32)


def _packed(surface: TextureResult, result: TextureResult) -> ByteImage:
    """(..., R, R, 3) uint8: R 255, G roughness, B metallic; plain where the result has no colour."""
    out = surface.albedo.copy()
    out[..., 0] = 255
    out[result.evidence[..., 0] == NONE] = UNKNOWN
    return out


def _part(progress: Progress, first: float, last: float) -> Callable[[float, str], None]:
    return lambda share, _what: progress(first + (last - first) * share, "Laying the material on the mesh")


def _tiled(picture: ByteImage) -> ByteImage:
    return picture if picture.ndim == 4 else picture[None]
