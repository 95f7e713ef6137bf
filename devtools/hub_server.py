"""A hub of models on this machine, for tests: speaks the routes that models are pulled by, and misbehaves when told to.

Large files come from a second server, as with real hubs. Needs the standard library only.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LFS_SUFFIXES = (".safetensors", ".bin", ".model")
_ROUTE = re.compile(r"/api/models/([^/]+/[^/]+)/(revision|tree)/([^/?]+)")
_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass
class Fault:
    """What is wrong with a file. cut_after, stall_after: bytes of each answer, then it breaks off or goes silent.

    times: how many answers are like this; the others are good. whole: ranges are ignored. damaged: other bytes come.
    status: instead of the file.
    """

    cut_after: int | None = None
    stall_after: int | None = None
    times: int = 1 << 30
    whole: bool = False
    damaged: bool = False
    longer: bool = False
    status: int = 0
    retry_after: str = ""


@dataclass
class Repository:
    """files: path -> bytes. token: opens it; gated: it says so."""

    files: Mapping[str, bytes]
    commit: str = COMMIT
    token: str = ""
    gated: bool = False
    faults: dict[str, Fault] = field(default_factory=dict)
    listed_hashes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A request that came. cdn: to the second server."""

    path: str
    headers: Mapping[str, str]
    cdn: bool


class HubServer:
    """A context manager. address: of the hub. seen: every request, in order. garbage, silent, busy_times, cut_listing:
    ways of the whole hub to misbehave. page_size: files on a page of a listing. silenced: set when it has gone silent.
    """

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        self.repositories = dict(repositories)
        self.seen: list[Seen] = []
        self.garbage = False
        self.silent = False
        self.busy_times = 0
        self.cut_listing = False
        self.page_size = 1000
        self.silenced = threading.Event()
        self.closing = threading.Event()
        self._servers = [self._server(cdn) for cdn in (False, True)]
        self.address, self.cdn = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)

    def __enter__(self) -> HubServer:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def asked_for(self, path: str) -> list[Seen]:
        """The requests for the bytes of a file that reached the place where they are."""
        return [seen for seen in self.seen if seen.path.endswith("/" + path) and (seen.cdn or not _is_lfs(path))]

    def _server(self, cdn: bool) -> ThreadingHTTPServer:
        hub = self

        class Handler(_Handler):
            owner, is_cdn = hub, cdn

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        return server


class _Handler(BaseHTTPRequestHandler):
    owner: HubServer
    is_cdn: bool
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        """Answer."""
        parts = urlsplit(self.path)
        self.owner.seen.append(Seen(unquote(parts.path), dict(self.headers), self.is_cdn))
        if self.owner.silent:
            self.owner.silenced.set()
            self.owner.closing.wait()
            self.close_connection = True
        elif self.owner.busy_times > 0:
            self.owner.busy_times -= 1
            self._send(429, b"slow down", {"Retry-After": "0"})
        elif self.owner.garbage:
            self._send(200, b"<html>Please sign in to the wireless network</html>", {"Content-Type": "text/html"})
        elif match := _ROUTE.fullmatch(parts.path):
            self._about(match[1], match[2], unquote(match[3]), parse_qs(parts.query))
        elif match := _RESOLVE.fullmatch(unquote(parts.path)):
            self._file(match[1], match[2], match[3])
        else:
            self._send(404, b"{}")

    def _repository(self, name: str) -> Repository | None:
        """The repository, if the asker may see it; otherwise it has been answered."""
        repository = self.owner.repositories.get(name)
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if given == "revoked":
            self._send(401, b'{"error":"Invalid credentials in Authorization header"}')
        elif repository is None:
            self._send(404 if given else 401, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif repository.token and given != repository.token and repository.gated:
            self._send(403 if given else 401, b"{}", {"X-Error-Code": "GatedRepo"})
        elif repository.token and given != repository.token:
            self._send(403 if given else 401, b"{}", {"X-Error-Code": "RepoNotFound"} if not given else {})
        else:
            return repository
        return None

    def _about(self, name: str, route: str, revision: str, query: Mapping[str, list[str]]) -> None:
        repository = self._repository(name)
        if repository is None:
            return
        if revision not in ("main", repository.commit):
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        elif route == "revision":
            self._send(200, json.dumps({"id": name, "sha": repository.commit}).encode())
        else:
            start = int(query.get("cursor", ["0"])[0])
            entries = [_entry(path, data, repository) for path, data in sorted(repository.files.items())]
            page = entries[start : start + self.owner.page_size]
            following = start + self.owner.page_size
            more = f'<{self.owner.address}{self.path.split("?")[0]}?recursive=true&cursor={following}>; rel="next"'
            text = json.dumps(page).encode()
            extra = {"Link": more} if following < len(entries) else {}
            if self.owner.cut_listing:
                self._send(200, text[: len(text) // 2], {**extra, "Content-Length": str(len(text))})
                self.close_connection = True
            else:
                self._send(200, text, extra)

    def _file(self, name: str, commit: str, path: str) -> None:
        if self.is_cdn:
            repository: Repository | None = self.owner.repositories[name]
        else:
            repository = self._repository(name)
        if repository is None:
            return
        if commit != repository.commit or path not in repository.files:
            self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
        elif not self.is_cdn and _is_lfs(path):
            self._send(302, b"", {"Location": f"{self.owner.cdn}{self.path}"})
        else:
            fault = repository.faults.get(path, Fault())
            if fault.times <= 0:
                fault = Fault()
            fault.times -= 1
            self._bytes(repository.files[path], fault)

    def _bytes(self, data: bytes, fault: Fault) -> None:
        if fault.status:
            self._send(fault.status, b"no", {"Retry-After": fault.retry_after} if fault.retry_after else {})
            return
        data = bytes(byte ^ 1 for byte in data) if fault.damaged else data + b"more" if fault.longer else data
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and not fault.whole else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        stop = fault.cut_after if fault.cut_after is not None else fault.stall_after
        self.wfile.write(data[start:] if stop is None else data[start : start + stop])
        self.wfile.flush()
        if fault.stall_after is not None:
            self.owner.silenced.set()
            self.owner.closing.wait()
        if stop is not None:
            self.close_connection = True

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def safetensors(size: int = 4096, seed: int = 0) -> bytes:
    """A file of weights, as the format has it: one tensor of so many bytes."""
    header = json.dumps({"weight": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    body = b"".join(hashlib.sha256(b"%d %d" % (seed, block)).digest() for block in range(size // 32 + 1))[:size]
    return struct.pack("<Q", len(header)) + header + body


def _is_lfs(path: str) -> bool:
    return path.endswith(LFS_SUFFIXES)


def _entry(path: str, data: bytes, repository: Repository) -> dict[str, object]:
    git = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    entry: dict[str, object] = {"type": "file", "path": path, "size": len(data), "oid": git}
    if _is_lfs(path):
        sha256 = repository.listed_hashes.get(path) or hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"oid": sha256, "size": len(data), "pointerSize": 134}
    return entry
