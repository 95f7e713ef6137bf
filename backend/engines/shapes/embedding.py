"""Paradata put into a GLB that another engine has written."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from ...errors import BackendError

MAGIC, JSON_CHUNK = 0x46546C67, 0x4E4F534A
HEAD = 20


def with_extras(content: bytes, extras: Mapping[str, Any]) -> bytes:
    """The GLB (glTF 2.0, section 4.4) with these members of ``asset.extras`` set; everything else byte for byte.

    Raises BackendError for bytes that are no GLB.
    """
    try:
        magic, version, _, size, kind = struct.unpack_from("<IIIII", content)
        if (magic, version, kind) != (MAGIC, 2, JSON_CHUNK):
            raise ValueError("it is no GLB of version 2")
        document = json.loads(content[HEAD : HEAD + size])
        asset = document["asset"]
        asset["extras"] = {**(asset.get("extras") or {}), **extras}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackendError(
            f"The model that the engine of shapes left cannot be read ({error}).", "Choose another engine of shapes."
        ) from error
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    rest = content[HEAD + size :]
    return struct.pack("<IIIII", MAGIC, 2, HEAD + len(text) + len(rest), len(text), JSON_CHUNK) + text + rest
