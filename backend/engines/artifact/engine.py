"""Makes one artifact: words to a specification, a type to a mesh, a material to maps, all to a GLB."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import numpy as np

from ...geometry.evening import evened
from ...geometry.fusing import fused
from ...geometry.glb import TextureMaps, write_glb
from ...geometry.mesh import UVMesh
from ...geometry.texels import TexelMap, rasterise_texels
from ...geometry.warm import compile_kernels
from ...paradata import build_paradata
from ...surface.drivers import TexelDrivers, measure
from ...surface.evaluate import SurfaceMaps, evaluate, surface_of
from ...surface.masks import asked_kinds
from ...surface.material import Layer, Mask, linear_of, load_finish, load_material
from ...surface.place import Ornament, Place
from ...surface.thumbnail import write_thumbnail
from ..base import EngineResult, JobContext, ProducedFile
from . import types
from .ageing_words import read_ageing, with_named
from .condition import broken, condition_of
from .condition import layers as condition_layers
from .decoration import Decoration, decorate, facts_of
from .info import ENGINES, ParametricParams
from .parts import composed, materials_of
from .report import certainty, report
from .scaling import Fitted, fit_as_measured, known_size, raised
from .spec import ArtifactSpec, resolve
from .types.base import ArtifactType

WARM_TEXELS = 64
UNEVEN = 1.2  # sides that were scaled more differently than this need another atlas
BREAKING = 0x6272  # what breaks off depends on the seed, but not on how the form varies with it
WARM_LAYER = Layer(
    mask=Mask(kind="ornament", ornament=Ornament(place=Place(kind="band", extent=(0.2, 0.6)), motif="meander")),
    colour=(0.0, 0.0, 0.0),
)
FILES = (
    ProducedFile("model.glb", "model", "model/gltf-binary"),
    ProducedFile("thumbnail.png", "preview", "image/png"),
)


def run(context: JobContext, params: ParametricParams) -> EngineResult:
    """Make the artifact of these parameters. Raises BadInput for words or sizes that nothing can be made of."""
    context.progress(0.02, "Reading the prompt")
    spec = resolve(params)
    kind = types.load(spec.type)
    context.progress(0.06, f"Building the form: {kind.title}")
    mesh, fitted = sized_mesh(kind, spec, params)
    material_name = spec.material or kind.material
    material = load_material(material_name)
    named = read_ageing(params, spec, material_name)
    spec = with_named(spec, named)
    state = condition_of(
        "" if spec.neutral else spec.condition, spec.damages, material_name, material, named.ageing
    )  # fmt: skip
    if state.chips or state.fragments:
        context.progress(0.2, "Breaking off what is missing")
        mesh = broken(mesh, state, np.random.default_rng([_own_seed(params), BREAKING]))
    mesh = fused(mesh)
    context.progress(0.25, "Finding the surface of each texel")
    texels = rasterise_texels(mesh, params.texture_size)
    finish = load_finish(spec.finish) if spec.finish else None
    tint = linear_of(spec.colour) if spec.colour else None
    ornament = decorate(facts_of(spec, kind, params.record is not None), kind)
    others = {} if spec.neutral else materials_of(kind, material_name)
    main, further = composed(material, others)
    groups = [
        *further, ("ornament", ornament.layers), ("wear", finish.over if finish else ()),
        *condition_layers(state, material),
    ]  # fmt: skip
    maps = evaluate(
        surface_of(mesh, texels, kind.round, _measured(mesh, texels, groups)),
        texels,
        main,
        finish,
        tint,
        _own_seed(params),
        lambda share: context.progress(0.35 + 0.45 * share, f"Painting the surface: {material.title}"),
        groups,
    )
    write_thumbnail(context.out_dir / "thumbnail.png", mesh, texels, maps)
    context.progress(0.85, "Writing the model")
    result = _result(spec, kind, params, fitted, mesh, material_name, material.title, ornament)
    paradata = build_paradata(ENGINES[0], params, [], result, None, None)
    textures = _textures(maps, material.transmission, material.ior)
    write_glb(
        context.out_dir / "model.glb",
        mesh,
        textures,
        name=_name(params, spec, kind),
        extras={"museum_paradata": paradata},
    )
    context.progress(1.0, "Done")
    return result


def warm() -> None:
    """Compile, or load from the cache, every loop that a job needs: one small artifact, kept nowhere."""
    compile_kernels()
    kind = types.load("amphora")
    mesh = kind.build(np.random.default_rng(0))
    texels = rasterise_texels(mesh, WARM_TEXELS)
    surface = surface_of(mesh, texels, kind.round)
    for material, finish in (("bronze", None), ("terracotta", load_finish("attic_black_figure"))):
        further = [("ornament", (WARM_LAYER,))]
        maps = evaluate(surface, texels, load_material(material), finish, None, 0, lambda share: None, further)
        write_thumbnail(BytesIO(), mesh, texels, maps)


def _measured(mesh: UVMesh, texels: TexelMap, groups: Iterable[tuple[str, Sequence[Layer]]]) -> TexelDrivers | None:
    """What the layers ask of the mesh, nothing else. The hollow of a silhouette needs no rays: a pot has an axis."""
    kinds = asked_kinds(layer for _, layers in groups for layer in layers) - {"hollow"}
    return measure(mesh, kinds, texels.resolution).at(texels) if kinds else None


def sized_mesh(kind: ArtifactType, spec: ArtifactSpec, params: ParametricParams) -> tuple[UVMesh, Fitted]:
    """The mesh of a type at its exact size. Proportions vary with the seed and the type."""
    rng = np.random.default_rng([_own_seed(params), zlib.crc32(kind.name.encode())])
    mesh = kind.build(rng)
    known = known_size(spec, params.width_m, params.depth_m, params.height_m, kind.round)
    built = mesh.size
    fitted, size, upright = fit_as_measured(built, known, kind.round, kind.flat, spec.neutral)
    if size != built:
        factors = (size[0] / built[0], size[1] / built[1], size[2] / built[2])
        former, mesh = mesh, mesh.scaled(factors)
        if max(factors) > UNEVEN * min(factors):
            mesh = evened(mesh, former)
    if upright:
        mesh = raised(mesh)
    return mesh, fitted


def _own_seed(params: ParametricParams) -> int:
    """The seed, differing between records, so that two jars of one gallery are not twins."""
    return params.seed ^ (zlib.crc32(params.record.id.encode()) if params.record is not None else 0)


def _textures(maps: SurfaceMaps, transmission: float, ior: float) -> TextureMaps:
    return TextureMaps(
        base_color=maps.base_color,
        roughness=maps.roughness,
        metallic=maps.metallic,
        normal=maps.normal,
        transmission=transmission,
        ior=ior,
    )


def _name(params: ParametricParams, spec: ArtifactSpec, kind: ArtifactType) -> str:
    """What the object is called in a scene: the record's title, or the type."""
    if params.record is not None and params.record.title:
        return params.record.title[:60]
    return kind.title


def _result(
    spec: ArtifactSpec,
    kind: ArtifactType,
    params: ParametricParams,
    fitted: Fitted,
    mesh: UVMesh,
    material: str,
    material_title: str,
    ornament: Decoration,
) -> EngineResult:
    data: dict[str, Any] = {
        "type": spec.type,
        "type_title": kind.title,
        "material": material,
        "material_title": material_title,
        "culture": spec.culture,
        "period": spec.period,
        "size_m": [round(side, 6) for side in mesh.size],
        **report(spec, kind, params, fitted),
        "decoration": {"scheme": ornament.scheme, "title": ornament.title, "motifs": list(ornament.motifs)},
        "neutral": spec.neutral,
        "triangles": len(mesh.faces),
    }
    data["warnings"] = [*data["warnings"], *ornament.warnings]
    sure = certainty(spec, params, fitted, kind.flat)
    return EngineResult(files=FILES, data=data, certainty=sure, sources=_sources(params))


def _sources(params: ParametricParams) -> tuple[dict[str, str], ...]:
    record = params.record
    if record is None:
        return ()
    return ({"record_id": record.id, "url": record.url, "credit": record.credit, "licence": record.licence},)
