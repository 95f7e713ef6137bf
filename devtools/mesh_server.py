"""A server on loopback that speaks as mesh servers do: the routes of the Hunyuan3D API server, and plain ones.

It also misbehaves on purpose, as ``mode`` says, so that tests see what becomes of it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

HUGE = 1 << 40


class MeshServer:
    """Answers with ``model`` (bytes). A context manager; ``url`` is its address, ``asked`` what it was asked.

    mode: "good", or how it misbehaves ("garbage", "never", "half", "error", "huge", "elsewhere", "failed", "stuck",
    "no-mesh", "not-base64", "refuses"). polls: how often it says that it is still at work.
    """

    def __init__(self, model: bytes, mode: str = "good", polls: int = 2) -> None:
        self.model, self.mode, self.polls = model, mode, polls
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.released = threading.Event()
        self.polled = threading.Event()
        handler = type("Handler", (_Handler,), {"mesh": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> MeshServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    mesh: MeshServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._take(b"")

    def do_POST(self) -> None:
        self._take(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    do_PUT = do_POST

    def _take(self, body: bytes) -> None:
        self.mesh.asked.append((self.command, self.path, dict(self.headers), body))
        with contextlib.suppress(ConnectionError):
            if not self._misbehaves():
                self._answer()

    def _misbehaves(self) -> bool:
        mode = self.mesh.mode
        if self.path == "/health" and mode != "refuses":
            return False
        if mode == "garbage":
            self._send(200, b"<html>\xff hello", "text/html")
        elif mode == "never":
            self.mesh.polled.set()
            self.mesh.released.wait(60)
            self.close_connection = True
        elif mode == "half":
            self._head(200, "application/json", 10_000)
            self.wfile.write(b'{"uid": "a')
            self.close_connection = True
        elif mode == "error":
            self._send(500, json.dumps({"message": "out of memory on the card"}).encode())
        elif mode == "refuses":
            self._send(401, json.dumps({"detail": "no token"}).encode())
        elif mode == "huge":
            self._head(200, "model/gltf-binary", HUGE)
            with contextlib.suppress(ConnectionError):
                while not self.mesh.released.is_set():
                    self.wfile.write(bytes(1 << 16))
            self.close_connection = True
        elif mode == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.invalid/model.glb")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            return False
        return True

    def _answer(self) -> None:
        coded = base64.b64encode(self.mesh.model).decode()
        if self.path == "/health":
            self._send(200, json.dumps({"status": "healthy"}).encode())
        elif self.path == "/send":
            self._send(200, json.dumps({"uid": "one-two"}).encode())
        elif self.path.startswith("/status/"):
            self._send(200, json.dumps(self._status(coded)).encode())
        elif self.path in ("/glb", "/files/a.glb"):
            self._send(200, self.mesh.model, "model/gltf-binary")
        elif self.path == "/moved":
            self.send_response(303)
            self.send_header("Location", "/files/a.glb")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/base64":
            self._send(200, json.dumps({"data": [{"model": coded}]}).encode())
        elif self.path == "/link":
            self._send(200, json.dumps({"url": "/files/a.glb"}).encode())
        elif self.path == "/link-away":
            self._send(200, json.dumps({"url": "http://169.254.169.254/secret"}).encode())
        else:
            self._send(404, json.dumps({"detail": "Not Found"}).encode())

    def _status(self, coded: str) -> dict[str, str]:
        self.mesh.polled.set()
        if self.mesh.mode == "failed":
            return {"status": "error", "message": "Failed to read generated file"}
        if self.mesh.mode == "stuck":
            return {"status": "processing"}
        if self.mesh.polls > 0:
            self.mesh.polls -= 1
            return {"status": "texturing" if self.mesh.polls == 0 else "processing"}
        if self.mesh.mode == "no-mesh":
            return {"status": "completed"}
        if self.mesh.mode == "not-base64":
            return {"status": "completed", "model_base64": coded[:101]}
        return {"status": "completed", "model_base64": coded}

    def _head(self, status: int, kind: str, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self._head(status, kind, len(content))
        self.wfile.write(content)
