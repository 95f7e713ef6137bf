"""Reading paradata (schema ``museum-paradata/1``): how a generated object came to be.

The schema itself is ``paradata.schema.json`` beside this file, for both programs. Blender has no JSON Schema
validator, so what is read here is held to the schema's structure by hand; the tests hold the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .errors import MuseumError

SCHEMA = "museum-paradata/1"
REQUIRED: Mapping[str, type | tuple[type, ...]] = {
    "schema": str,
    "created": (str, type(None)),
    "task": str,
    "engine": dict,
    "model": (dict, type(None)),
    "prompt": str,
    "negative_prompt": str,
    "seed": int,
    "params": dict,
    "inputs": list,
    "software": dict,
    "duration_s": (int, float, type(None)),
    "certainty": dict,
    "digital_source_type": str,
    "sources": list,
    "review": dict,
}
OPTIONAL: Mapping[str, type | tuple[type, ...]] = {"models": list, "sampling": dict}
"""Members that paradata of older versions do not have."""
REVIEW_STATES = ("unreviewed", "accepted", "rejected")
MAX_CERTAINTY = 5


class ParadataError(MuseumError):
    """What should be paradata is not."""


def checked(value: Any) -> dict[str, Any]:
    """The paradata, when they have the structure of the schema. Raises ParadataError naming the member at fault."""
    if not isinstance(value, Mapping):
        raise _error("they are not an object")
    missing = REQUIRED.keys() - value.keys()
    if missing:
        raise _error(f"{', '.join(sorted(missing))} missing")
    unknown = value.keys() - REQUIRED.keys() - OPTIONAL.keys()
    if unknown:
        raise _error(f"{', '.join(sorted(map(str, unknown)))} unknown")
    for name, kind in (*REQUIRED.items(), *((name, kind) for name, kind in OPTIONAL.items() if name in value)):
        if not isinstance(value[name], kind) or isinstance(value[name], bool):
            raise _error(f"{name} is of the wrong kind")
    if value["schema"] != SCHEMA:
        raise _error(f"their schema is {value['schema']}, not {SCHEMA}")
    if not value["engine"].get("name") or not value["engine"].get("version"):
        raise _error("engine has no name or no version")
    level = value["certainty"].get("level")
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= MAX_CERTAINTY:
        raise _error("certainty has no level from 0 to 5")
    if value["review"].get("status") not in REVIEW_STATES:
        raise _error("review has no known status")
    return dict(value)


def to_text(paradata: Mapping[str, Any]) -> str:
    """As JSON text, for a custom property: the same paradata give the same text."""
    return json.dumps(checked(paradata), ensure_ascii=False, sort_keys=True)


def from_text(text: str) -> dict[str, Any]:
    """Read back what ``to_text`` wrote. Raises ParadataError."""
    try:
        return checked(json.loads(text))
    except ValueError as error:
        raise _error("they are not JSON") from error


def _error(cause: str) -> ParadataError:
    return ParadataError(f"The paradata cannot be read: {cause}.", "Retry the job to have them written anew.")
