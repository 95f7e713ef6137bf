"""From a picture or words to a server, and from what it answers to a repaired model of true size."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BackendError, Unavailable
from ...geometry.glb import png_bytes
from ...geometry.repair.contract import RawShape, RepairWish
from ...geometry.repair.line import repaired
from ...geometry.repair.reading import raw_shape_of
from ...models.places import places_from
from ...paradata import build_paradata, input_facts
from ..base import EngineInfo, EngineResult, JobContext, Params
from ..shapes.cutout import CutOut, cut_out, read_picture
from ..shapes.finishing import FILES, repairs, write_shape
from ..shapes.progress import Stages
from ..shapes.sizing import Said, Wanted, read_size, wanted_size, without_sizes
from .asking import ask_hunyuan, ask_image_server
from .exchange import Exchange, ServerUnreachable
from .info import (
    LICENCE,
    TASK,
    TEXT_TASK,
    HunyuanImageParams,
    HunyuanTextParams,
    ImageServerParams,
    current_engines,
    warning_of,
)
from .servers import HUNYUAN, HunyuanServer, ImageServer, known_servers

IMAGINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
Y_TO_Z = [0, 2, 1]
AnyParams = HunyuanImageParams | HunyuanTextParams | ImageServerParams


@dataclass(frozen=True)
class _Order:
    """What is asked of whom. facts: for ``EngineResult.data``."""

    engine: EngineInfo
    server: HunyuanServer | ImageServer
    said: Said
    sampling: Mapping[str, Any]
    facts: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


def run_hunyuan_image(context: JobContext, params: HunyuanImageParams) -> EngineResult:
    """A shape from a picture by a Hunyuan3D server. Raises ServerUnreachable, ServerRefused, Unavailable, BadInput."""
    engine, server = _described(TASK, HUNYUAN)
    assert isinstance(server, HunyuanServer)
    stages, cut, order = _prepared(context, params, engine, server)
    given = {"image": png_bytes(cut.rgba), "cut": params.remove_background}
    content = ask_hunyuan(Exchange(server, context.check_cancelled), server, params, given, stages.part(0.05, 0.6))
    return _finished(context, params, order, content, stages)


def run_hunyuan_text(context: JobContext, params: HunyuanTextParams) -> EngineResult:
    """A shape from words by a Hunyuan3D server that takes them. Raises what ``run_hunyuan_image`` raises."""
    engine, server = _described(TEXT_TASK, HUNYUAN)
    assert isinstance(server, HunyuanServer)
    stages = Stages(context)
    said = read_size(params.prompt, params)
    words = without_sizes(params.prompt, said.sizes)
    order = _Order(engine, server, said, _sampling(params), {})
    content = ask_hunyuan(
        Exchange(server, context.check_cancelled), server, params, {"text": words}, stages.part(0.05, 0.6)
    )
    return _finished(context, params, order, content, stages)


def run_image(context: JobContext, params: ImageServerParams) -> EngineResult:
    """A shape from a picture by a described server. Raises what ``run_hunyuan_image`` raises."""
    engine, server = _described(TASK, params.server)
    assert isinstance(server, ImageServer)
    stages, cut, order = _prepared(context, params, engine, server)
    words = without_sizes(params.prompt, order.said.sizes)
    exchange = Exchange(server, context.check_cancelled)
    content = ask_image_server(exchange, server, png_bytes(cut.rgba), words, params.seed, stages.part(0.05, 0.6))
    return _finished(context, params, order, content, stages)


def _described(task: str, name: str) -> tuple[EngineInfo, HunyuanServer | ImageServer]:
    """The engine and its server as they are described now: the file may have changed since the job was queued."""
    engine = next((one for one in current_engines() if (one.task, one.name) == (task, name)), None)
    server = next((one for one in known_servers() if one.name == name), None)
    state = engine.availability() if engine is not None else None
    if engine is None or server is None or state is None or not state.available:
        reason = state.reason if state is not None and state.reason else f'No server "{name}" is described any more.'
        raise Unavailable(reason, (state.fix if state is not None else "") or "Describe it, or choose another engine.")
    if places_from().offline:
        raise Unavailable("The offline mode is on.", "Switch it off to use servers.")
    return engine, server


def _prepared(
    context: JobContext, params: HunyuanImageParams | ImageServerParams, engine: EngineInfo,
    server: HunyuanServer | ImageServer,
) -> tuple[Stages, CutOut, _Order]:  # fmt: skip
    stages = Stages(context)
    stages.part(0.0, 0.05)(0.2, "Looking at the picture")
    said = read_size(params.prompt, params)
    cut = cut_out(read_picture(context.inputs["image"]), params.remove_background)
    context.preview(cut.preview())
    facts = {"cutout": {"method": cut.method, "confidence": round(cut.confidence, 3), "share": round(cut.share, 4)}}
    return stages, cut, _Order(engine, server, said, _sampling(params), facts, cut.warnings)


def _sampling(params: AnyParams) -> dict[str, Any]:
    if isinstance(params, ImageServerParams):
        return {}
    names = ("steps", "guidance", "octree_resolution", "texture", "face_count")
    return {name: getattr(params, name) for name in names}


def _finished(context: JobContext, params: AnyParams, order: _Order, content: bytes, stages: Stages) -> EngineResult:
    say = stages.part(0.6, 0.95)
    raw = _read(content, order.server)
    wanted = _wanted(raw, order.said, params)
    shape = repaired(raw, RepairWish(params.max_triangles, params.texture_size, wanted.size_m), say)
    warning = warning_of(order.server)
    warnings = [*([warning] if warning else []), *order.warnings, *wanted.warnings]
    data = {
        "size_m": [round(side, 6) for side in shape.report.size_m],
        "known": list(wanted.known),
        "triangles": len(shape.mesh.faces),
        "texture_size": params.texture_size,
        "repairs": repairs(shape.report),
        "warnings": list(dict.fromkeys(warnings)),
        **order.facts,
    }
    result = EngineResult(
        FILES, data, _certainty(order, wanted, warning), IMAGINED, (), (_model(order.server),), order.sampling
    )
    paradata = build_paradata(order.engine, params, input_facts(context.inputs), result, None, None)
    stages.part(0.95, 1.0)(0.0, "Writing the model")
    write_shape(context.out_dir, shape, _name(params), paradata)
    stages.part(0.95, 1.0)(1.0, "Done")
    return result


def _read(content: bytes, server: HunyuanServer | ImageServer) -> RawShape:
    """The mesh that came. Raises ServerUnreachable for what is none."""
    with tempfile.TemporaryDirectory(prefix="museum-external-") as folder:
        path = Path(folder) / "answer"
        path.write_bytes(content)
        try:
            raw = raw_shape_of(path)
        except BackendError as error:
            raise ServerUnreachable(
                f"What the server answered is no mesh that can be read: {error.message}",
                "See whether it can answer with a plain GLB, without compression.",
            ) from error
    if isinstance(server, HunyuanServer):
        return raw
    unit = raw.unit if server.unit_m is None else server.unit_m
    return RawShape(**{**raw.__dict__, "unit": unit, "up": server.up or raw.up})


def _wanted(raw: RawShape, said: Said, params: Params) -> Wanted:
    """The size to make. The shape may lie along any axis of the file still, and hold places that are none."""
    places = np.asarray(raw.vertices, dtype=np.float64)
    places = places[np.isfinite(places).all(axis=1)]
    built = np.ptp(places, axis=0) if len(places) else np.ones(3)
    built = np.maximum(built, 1e-6 * max(float(built.max()), 1e-30))
    width, depth, height = (float(side) for side in (built[Y_TO_Z] if raw.up != "z" else built))
    return wanted_size((width, depth, height), said, getattr(params, "record", None) is not None)


def _model(server: HunyuanServer | ImageServer) -> dict[str, Any]:
    """What paradata say of the models behind a server: nothing of its address or token."""
    if isinstance(server, HunyuanServer):
        return {"role": "server", "id": HUNYUAN, "licence": f"{LICENCE}: {warning_of(server)}"}
    return {"role": "server", "id": server.name, "licence": server.licence}


def _certainty(order: _Order, wanted: Wanted, warning: str) -> tuple[int, str]:
    level = 1 if order.engine.task == TASK else 0
    seen = "after one picture; what it does not show is made up" if level else "by a trained model from words"
    note = f"Form and surface are imagined on a server of others {seen}; {wanted.note}."
    return level, f"{note} {warning}".strip()


def _name(params: AnyParams) -> str:
    if params.record is not None and params.record.title:
        return params.record.title[:60]
    return params.prompt[:60] or "Shape from a picture"
