"""How a generated object came to be, as ``museum-paradata/1``.

Engines call ``build_paradata`` themselves (with ``created`` and ``duration_s`` None) when they embed paradata in a
file whose bytes shall be reproducible; the one who runs the job calls it once more, with times, for ``result.json``.
The schema is shared with the extension.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from . import __version__
from .engines.base import EngineInfo, EngineResult, Params

SCHEMA = "museum-paradata/1"
_NAMED_DISTRIBUTIONS = ("numpy", "trimesh")
_OF_MODELS = ("torch", "diffusers", "transformers")
_CHUNK = 1 << 20

InputFact = tuple[str, str, str]
"""name, SHA-256 in 64 hexadecimal digits, role."""


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 hexadecimal digits, read a megabyte at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def input_facts(inputs: Mapping[str, Path]) -> list[InputFact]:
    """What ``build_paradata`` wants to know of a job's inputs (``JobContext.inputs``), ordered by role."""
    return [(path.name, sha256_of(path), role) for role, path in sorted(inputs.items())]


def software_versions(models: bool = False) -> dict[str, str]:
    """Name -> version of what shapes the bytes of a result, of trained models too. Imports none of it."""
    versions = {"museum_addon backend": __version__, "python": platform.python_version()}
    for name in (*_NAMED_DISTRIBUTIONS, *(_OF_MODELS if models else ())):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def build_paradata(
    info: EngineInfo,
    params: Params,
    inputs: Iterable[InputFact],
    result: EngineResult,
    created: str | None,
    duration_s: float | None,
) -> dict[str, Any]:
    """The paradata of one result, ready for JSON.

    created: ISO 8601 in UTC; duration_s: seconds; both None inside files whose bytes are reproducible.
    Of result only certainty, digital_source_type, sources, models and sampling are read, so an engine can call this
    with the result that it is about to return. A ``record`` among the parameters becomes the first source.
    """
    values = params.model_dump(mode="json", exclude_none=True)
    level, note = result.certainty
    return {
        "schema": SCHEMA,
        "created": created,
        "task": info.task,
        "engine": {"name": info.name, "version": info.version},
        "model": _chief(result.models[0]) if result.models else None,
        "models": [_model(model) for model in result.models],
        "sampling": dict(result.sampling),
        "prompt": str(values.get("prompt") or ""),
        "negative_prompt": str(values.get("negative_prompt") or ""),
        "seed": params.seed,
        "params": values,
        "inputs": [{"name": name, "sha256": sha256, "role": role} for name, sha256, role in inputs],
        "software": software_versions(bool(result.models)),
        "duration_s": duration_s,
        "certainty": {"level": level, "note": note},
        "digital_source_type": result.digital_source_type,
        "sources": _sources(values.get("record"), result.sources),
        "review": {"status": "unreviewed", "by": "", "on": "", "note": ""},
    }


def _chief(model: Mapping[str, Any]) -> dict[str, str]:
    """The chief model, with one digest for all its files: that of the lines ``<digest>  <path>``, sorted by path."""
    named = _model(model)
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(named["sha256"].items()))
    digest = hashlib.sha256(lines.encode()).hexdigest() if lines else ""
    return {"id": named["id"], "revision": named["revision"], "sha256": digest, "licence": named["licence"]}


def _model(model: Mapping[str, Any]) -> dict[str, Any]:
    """A trained model as paradata name it. Hashes that nobody counted are left out."""
    named = {name: str(model.get(name) or "") for name in ("id", "revision", "licence")}
    files = {str(path): str(digest) for path, digest in dict(model.get("sha256") or {}).items()}
    role = {"role": str(model["role"])} if model.get("role") else {}
    weight = {"weight": float(model["weight"])} if model.get("weight") is not None else {}
    return {**named, "sha256": files, **role, **weight}


def _sources(record: Any, named: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The record that the request named, then what the engine named, each once."""
    found: list[dict[str, str]] = []
    if isinstance(record, Mapping) and record.get("id"):
        found.append(
            {
                "record_id": str(record["id"]),
                "url": str(record.get("url") or ""),
                "credit": str(record.get("credit") or ""),
                "licence": str(record.get("licence") or ""),
            }
        )
    found.extend(source for source in map(dict, named) if source not in found)
    return found
