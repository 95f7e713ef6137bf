"""Gives any mesh the maps of a material: words to layers, the mesh to texels, layers to maps."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from ...geometry.glb import TextureMaps, map_files, png_bytes, write_glb
from ...geometry.intake import load_mesh
from ...geometry.mesh import UVMesh
from ...geometry.standing import is_glb
from ...geometry.texels import TexelMap, rasterise_texels
from ...geometry.typing import ByteImage
from ...geometry.unwrap import warm_unwrap
from ...geometry.warm import compile_kernels
from ...paradata import build_paradata, input_facts
from ...surface.ageing import aged, load_ageing
from ...surface.drivers import MARGIN, measure
from ...surface.evaluate import SurfaceMaps, evaluate, surface_of
from ...surface.masks import asked_kinds
from ...surface.material import Layer, Material, linear_of, load_finish, load_material
from ...surface.thumbnail import write_thumbnail
from ..base import EngineResult, JobContext, ProducedFile
from .info import ENGINES, MaterialParams
from .meshes import Prepared, figures_of, prepare
from .reading import Look, read

GENERATED, GUTTER, NO_VIEW = 128, 64, 255
SURENESS = 0.25
"""Confidence of a surface that nobody observed, when its material was asked for."""
FILES = (
    ProducedFile("model.glb", "model", "model/gltf-binary"),
    ProducedFile("base_color.png", "base_color", "image/png"),
    ProducedFile("metallic_roughness.png", "metallic_roughness", "image/png"),
    ProducedFile("normal.png", "normal", "image/png"),
    ProducedFile("evidence.png", "evidence", "image/png"),
    ProducedFile("thumbnail.png", "preview", "image/png"),
)
UV_FILE = ProducedFile("uv.npz", "uv", "application/x-npz")
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"


def run(context: JobContext, params: MaterialParams) -> EngineResult:
    """Make the maps. Raises BadInput for words or a mesh that nothing can be made of."""
    context.progress(0.01, "Reading the prompt")
    look = read(params)
    material = load_material(look.material)
    path = context.inputs["mesh"]
    context.progress(0.03, "Reading the mesh")
    prepared = prepare(load_mesh(path), is_glb(path), params, lambda f, text: context.progress(0.05 + 0.25 * f, text))
    context.progress(0.3, "Measuring hollows and edges")
    finish = load_finish(look.finish) if look.finish else None
    further = layers_of(look, material)
    laid = [*material.layers, *(finish.layers if finish else ()), *(layer for _, found in further for layer in found)]
    asked = asked_kinds(laid)
    kinds = asked | {"occlusion"} if "hollow" in asked else asked
    drivers = measure(prepared.mesh, kinds, params.texture_size)
    context.progress(0.4, "Finding the surface of each texel")
    texels = rasterise_texels(prepared.mesh, params.texture_size, MARGIN)
    maps = evaluate(
        surface_of(prepared.mesh, texels, False, drivers.at(texels)),
        texels,
        material,
        finish,
        linear_of(look.colour) if look.colour else None,
        params.seed,
        lambda share: context.progress(0.45 + 0.35 * share, f"Painting the surface: {material.title}"),
        further,
    )
    write_thumbnail(context.out_dir / "thumbnail.png", prepared.mesh, texels, maps)
    context.progress(0.85, "Writing the maps")
    result = _result(look, material, prepared)
    facts = input_facts({"mesh": path})
    paradata = build_paradata(ENGINES[0], params, facts, result, None, None)
    _write(context, maps, texels, look, prepared, material, paradata)
    context.progress(1.0, "Done")
    return result


def layers_of(look: Look, material: Material) -> list[tuple[str, tuple[Layer, ...]]]:
    """The layers of each ageing, in groups with seeds of their own."""
    return [
        (
            item.name + item.colour,
            aged(load_ageing(item.name), item.amount, material, linear_of(item.colour) if item.colour else None),
        )
        for item in look.ageing
    ]


def warm() -> None:
    """Compile, or load from the cache, every loop that a job needs."""
    compile_kernels()
    warm_unwrap()
    mesh = _cube()
    texels = rasterise_texels(mesh, 64, MARGIN)
    surface = surface_of(mesh, texels, False, measure(mesh).at(texels))
    layers = [("rust", aged(load_ageing("rust"), 0.5, load_material("bronze"), None))]
    maps = evaluate(surface, texels, load_material("bronze"), None, None, 0, lambda share: None, layers)
    write_thumbnail(BytesIO(), mesh, texels, maps)


def _cube() -> UVMesh:
    """A cube of 10 cm, each side a sixth of the atlas."""
    corners = np.array([(x, y, 0.0) for y in (0.0, 0.1) for x in (0.0, 0.1)])
    turns = [np.eye(3)[list(order)] * sign for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1)) for sign in (1.0, -1.0)]
    vertices = np.concatenate([(corners - 0.05 + (0.0, 0.0, 0.1)) @ turn for turn in turns])
    faces = np.concatenate([np.array([(0, 1, 2), (2, 1, 3)]) + 4 * k for k in range(6)]).astype(np.int32)
    uv = np.concatenate([corners[:, :2] * (1.4, 1.4) + ((k % 6) * 0.16 + 0.01, 0.1) for k in range(6)])
    normals = np.concatenate([np.tile((0.0, 0.0, 1.0) @ turn, (4, 1)) for turn in turns])
    return UVMesh(vertices, faces, uv, normals, np.zeros(12, dtype=np.int32), ("body",))


def _write(
    context: JobContext,
    maps: SurfaceMaps,
    texels: TexelMap,
    look: Look,
    prepared: Prepared,
    material: Material,
    paradata: dict[str, Any],
) -> None:
    textures = TextureMaps(
        base_color=maps.base_color,
        roughness=maps.roughness,
        metallic=maps.metallic,
        normal=maps.normal,
        transmission=material.transmission,
        ior=material.ior,
    )
    files = map_files(textures)
    (context.out_dir / "base_color.png").write_bytes(files.base_color)
    (context.out_dir / "metallic_roughness.png").write_bytes(files.packed)
    (context.out_dir / "normal.png").write_bytes(files.normal)
    (context.out_dir / "evidence.png").write_bytes(png_bytes(evidence(texels, look.certainty)))
    if prepared.uv is not None and prepared.uv_faces is not None:
        with (context.out_dir / "uv.npz").open("wb") as stream:
            np.savez(stream, uv=prepared.uv.astype(np.float32), faces=prepared.uv_faces.astype(np.int32))
    extras = {"museum_paradata": paradata}
    write_glb(context.out_dir / "model.glb", prepared.given, textures, name=material.title, extras=extras, files=files)


def evidence(texels: TexelMap, certainty: float) -> ByteImage:
    """(R, R, 3) the evidence map: nothing was observed, all is generated, and the gutter is filled from beside it."""
    size = texels.resolution
    out = np.zeros((size, size, 3), dtype=np.uint8)
    filled = texels.nearest >= 0
    out[..., 0] = np.where(texels.inside, GENERATED, np.where(filled, GUTTER, 0))
    out[..., 1] = NO_VIEW
    out[..., 2] = np.where(filled, round(255 * SURENESS * certainty), 0)
    return out


def _result(look: Look, material: Material, prepared: Prepared) -> EngineResult:
    unwrapped = prepared.uv is not None
    data: dict[str, Any] = {
        "material": look.material,
        "material_title": material.title,
        "ageing": [
            {"name": a.name, "title": load_ageing(a.name).title, "amount": a.amount, "colour": a.colour or None}
            for a in look.ageing
        ],
        "colour": look.colour or None,
        "finish": look.finish or None,
        "repairs": list(prepared.repairs),
        "unwrapped": unwrapped,
        "stretch": prepared.stretch or figures_of(prepared.mesh),
        "charts": prepared.charts,
        "size_m": [round(side, 6) for side in prepared.mesh.size],
        "triangles": len(prepared.mesh.faces),
        "understood": list(look.understood),
        "not_understood": list(look.not_understood),
        "warnings": list(look.warnings),
    }
    note = "The form is that of the given mesh; its surface is imagined from the material and its ageing."
    return EngineResult(
        files=(*FILES, UV_FILE) if unwrapped else FILES, data=data, certainty=(1, note), digital_source_type=SOURCE_TYPE
    )
