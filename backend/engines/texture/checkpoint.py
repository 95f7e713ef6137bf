"""Painted views that outlive a failed attempt, so that a retry goes on where the last one ended.

A view is kept under everything that it depends on: the work's key (mesh, options, painter) and the pictures painted
before it. Whatever of that changes, the view is painted anew. Pictures have 16 bits a channel; ``store`` answers the
picture as ``load`` would, and whoever works on with that gets the same bytes with and without an interruption.
"""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import trimesh

from ... import __version__
from ...geometry.typing import Float32Array

LEVELS = 65535
_MARK = b"museum-view/1\n"
_DIGEST_BYTES = 32


class Checkpoint:
    """The views of one work in one folder. Ask for them in the order in which they are painted.

    folder: made when the first view is stored; None keeps nothing. key: of ``key_of``.
    """

    def __init__(self, folder: Path | None, key: str) -> None:
        self._folder = folder
        self._before = hashlib.sha256(key.encode()).digest()

    def load(self, view_index: int) -> Float32Array | None:
        """(H, W, 3) float32 in 0..1 as it was painted after the same views as now; None when it has to be painted.

        A file that was cut short or changed counts as none.
        """
        if self._folder is None:
            return None
        try:
            content = self._path(view_index).read_bytes()
        except OSError:
            return None
        head = _MARK + self._name(view_index)
        digest, body = content[len(head) : len(head) + _DIGEST_BYTES], content[len(head) + _DIGEST_BYTES :]
        if not content.startswith(head) or hashlib.sha256(body).digest() != digest:
            return None
        picture = np.load(io.BytesIO(body), allow_pickle=False)
        self._go_on(digest)
        return _unpacked(picture)

    def store(self, view_index: int, picture: Float32Array) -> Float32Array:
        """Keep a painted view. picture: (H, W, 3), 0..1. Returns it as it will be loaded: go on with that."""
        packed = _packed(picture)
        stream = io.BytesIO()
        np.save(stream, packed, allow_pickle=False)
        body = stream.getvalue()
        digest = hashlib.sha256(body).digest()
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._path(view_index), _MARK + self._name(view_index) + digest + body)
        self._go_on(digest)
        return _unpacked(packed)

    def clear(self) -> None:
        """Forget all views: the work is done."""
        if self._folder is not None and self._folder.is_dir():
            for path in self._folder.glob("view-*.kept*"):
                path.unlink(missing_ok=True)

    def _path(self, view_index: int) -> Path:
        assert self._folder is not None
        return self._folder / f"view-{view_index:03d}.kept"

    def _name(self, view_index: int) -> bytes:
        return hashlib.sha256(self._before + view_index.to_bytes(4, "little")).digest()

    def _go_on(self, digest: bytes) -> None:
        self._before = hashlib.sha256(self._before + digest).digest()


def key_of(*parts: object) -> str:
    """A digest of what a work depends on: arrays, meshes, dataclasses, and what ``repr`` tells apart. Paths are left
    out: where something lies changes nothing. The version of this program is a part of it.
    """
    digest = hashlib.sha256(__version__.encode())
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, part: object) -> None:
    if isinstance(part, np.ndarray):
        digest.update(f"{part.dtype.str}{part.shape}".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(part, trimesh.Trimesh):
        uv = getattr(part.visual, "uv", None)
        for array in (part.vertices, part.faces, *(() if uv is None else (uv,))):
            _feed(digest, np.asarray(array))
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            digest.update(f"\0{field.name}=".encode())
            _feed(digest, getattr(part, field.name))
    elif isinstance(part, tuple | list):
        digest.update(f"[{len(part)}".encode())
        for item in part:
            _feed(digest, item)
    elif isinstance(part, Mapping):
        _feed(digest, sorted(part.items()))
    else:
        digest.update(f"\0{None if isinstance(part, Path) else part!r}".encode())


def _packed(picture: Float32Array) -> np.ndarray:
    return np.rint(np.clip(picture, 0.0, 1.0) * np.float32(LEVELS)).astype("<u2")


def _unpacked(packed: np.ndarray) -> Float32Array:
    return packed.astype(np.float32) / np.float32(LEVELS)


def _write(path: Path, content: bytes) -> None:
    """All or nothing, however the process ends."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
