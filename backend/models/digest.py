"""Hashes of files as hubs give them: SHA-256 of large ones, git's SHA-1 of the others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from .hub import RemoteFile

CHUNK = 1 << 20


class Digest:
    """The hashes of a file's bytes, fed in order. file: what the hub says of it."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        # git hashes a header with the size before the bytes (Git Internals, "Object Storage").
        self._git = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)

    def update(self, chunk: bytes) -> None:
        """The next bytes."""
        self._sha256.update(chunk)
        if not self._file.sha256:
            self._git.update(chunk)

    @property
    def sha256(self) -> str:
        """Of all bytes so far."""
        return self._sha256.hexdigest()

    @property
    def fits(self) -> bool:
        """Whether these are the bytes that the hub speaks of."""
        if self._file.sha256:
            return self.sha256 == self._file.sha256
        return not self._file.git_sha1 or self._git.hexdigest() == self._file.git_sha1


def digest_of(path: Path, file: RemoteFile, counted: Callable[[int], object] | None = None) -> Digest:
    """The hashes of the bytes on the disk. counted: told the bytes of each chunk; what it raises ends it."""
    digest = Digest(file)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            if counted is not None:
                counted(len(chunk))
    return digest
