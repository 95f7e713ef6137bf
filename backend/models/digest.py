"""Hashes of files as hubs give them: SHA-256 of large ones, git's SHA-1 of the others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from .hub import RemoteFile

CHUNK = 1 << 20


class Digest:
    """The hashes of a file of this size, fed in order."""

    def __init__(self, size: int) -> None:
        self._sha256 = hashlib.sha256()
        # git hashes a header with the size before the bytes (Git Internals, "Object Storage").
        self._git = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)

    def update(self, chunk: bytes) -> None:
        """The next bytes."""
        self._sha256.update(chunk)
        self._git.update(chunk)

    @property
    def sha256(self) -> str:
        """Of all bytes so far."""
        return self._sha256.hexdigest()

    def fits(self, file: RemoteFile) -> bool:
        """Whether these are the bytes that the hub speaks of."""
        if file.sha256:
            return self.sha256 == file.sha256
        return not file.git_sha1 or self._git.hexdigest() == file.git_sha1


def digest_of(path: Path, size: int, counted: Callable[[int], object] | None = None) -> Digest:
    """The hashes of the bytes on the disk. counted: told the bytes of each chunk; what it raises ends it."""
    digest = Digest(size)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            if counted is not None:
                counted(len(chunk))
    return digest
