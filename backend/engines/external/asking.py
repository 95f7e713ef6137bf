"""What servers of either kind are asked, and where the mesh stands in their answers."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..shapes.progress import Say
from .exchange import Exchange, Reply, ServerRefused, ServerUnreachable
from .info import HunyuanChoices
from .servers import HunyuanServer, ImageServer

JSON, BINARY = "application/json", "application/octet-stream"
WAITING = {"processing": "The server makes the shape", "texturing": "The server paints the shape"}
HALF_AFTER = 60
"""Questions after which half of the bar is full: nobody knows how long it takes."""
ITS_LOG = "Look at the server's log; then retry, or ask for less."


def ask_hunyuan(
    exchange: Exchange, server: HunyuanServer, params: HunyuanChoices, given: Mapping[str, Any], say: Say
) -> bytes:
    """The GLB that a server of Hunyuan3D-2 makes. given: ``image`` as PNG with ``cut``, or ``text``.

    Routes of its ``api_server.py``: /health (only later servers have it), /send, /status/{uid}. It tells of no failure
    while it works: one that fails there is still "processing", until the time is over.
    """
    say(0.0, "Asking whether the server is there")
    base = server.url.rstrip("/")
    if exchange.ask("GET", f"{base}/health", refused=False).status >= 500:
        raise ServerRefused("The server says that it is not well.", ITS_LOG)
    say(0.05, "Sending")
    order: dict[str, Any] = {
        "seed": getattr(params, "seed", 0), "octree_resolution": params.octree_resolution,
        "num_inference_steps": params.steps, "guidance_scale": params.guidance, "texture": params.texture,
        "face_count": params.face_count, "type": "glb",
    }  # fmt: skip
    if "image" in given:
        order |= {"image": base64.b64encode(given["image"]).decode(), "remove_background": not given["cut"]}
    else:
        order["text"] = given["text"]
    uid = _member(exchange.ask("POST", f"{base}/send", json.dumps(order).encode(), JSON).json(), "uid")
    for asked in range(1 << 30):
        answer = exchange.ask("GET", f"{base}/status/{quote(uid[:200], safe='')}").json()
        state = _member(answer, "status")
        if state == "completed":
            say(1.0, "The shape has come")
            return _decoded(_member(answer, "model_base64"))
        if state not in WAITING:
            said = " ".join(str(answer.get("message") or answer.get("text") or state).split())[:300]
            raise ServerRefused(f"The server gave up: {said}.", ITS_LOG)
        say(0.1 + 0.9 * asked / (asked + HALF_AFTER), WAITING[state])
        exchange.pause(server.poll_s)
    raise AssertionError("unreachable")


def ask_image_server(exchange: Exchange, server: ImageServer, picture: bytes, words: str, seed: int, say: Say) -> bytes:
    """The mesh that a described server makes of a PNG."""
    say(0.1, "Sending the picture, waiting for the shape")
    fields = dict(server.fields)
    if server.seed_field:
        fields[server.seed_field] = seed
    if server.prompt_field and words:
        fields[server.prompt_field] = words
    body, kind = _body(server, fields, picture)
    reply = exchange.ask(server.method, server.url, body, kind)
    say(0.9, "The answer has come")
    return _mesh(exchange, server, reply)


def _body(server: ImageServer, fields: Mapping[str, Any], picture: bytes) -> tuple[bytes, str]:
    if server.send == "raw":
        return picture, "image/png"
    if server.send == "json":
        return json.dumps({**fields, server.field: base64.b64encode(picture).decode()}).encode(), JSON
    border = secrets.token_hex(16)
    parts = []
    for name, value in fields.items():
        text = json.dumps(value) if isinstance(value, bool) else str(value)
        parts.append(f'--{border}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{text}\r\n'.encode())
    head = f'--{border}\r\nContent-Disposition: form-data; name="{_quoted(server.field)}"; filename="image.png"\r\n'
    parts += [head.encode(), b"Content-Type: image/png\r\n\r\n", picture, f"\r\n--{border}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={border}"


def _quoted(name: str) -> str:
    """A field's name as the standard of HTML, section 4.10.21.8, writes it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _mesh(exchange: Exchange, server: ImageServer, reply: Reply) -> bytes:
    if server.answer.kind == "glb":
        return reply.content
    found = reply.json()
    for step in server.answer.path.split("."):
        if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, str) or not found:
        raise ServerUnreachable(
            f'The answer of the server has no "{server.answer.path}".', "Correct the path in its entry's answer."
        )
    return _decoded(found) if server.answer.kind == "base64" else exchange.ask("GET", found).content


def _member(answer: Any, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise ServerUnreachable(
            f'The server answers, but not as a Hunyuan3D server does: it says no "{name}".', "Check its address."
        )
    return value


def _decoded(text: str) -> bytes:
    head, comma, body = text.partition(",")
    try:
        return base64.b64decode(body if comma and head.startswith("data:") else text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ServerUnreachable("The mesh in the server's answer is not in base64, or cut off.", ITS_LOG) from error
