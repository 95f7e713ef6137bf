"""The content store: files named by the SHA-256 of their bytes, on whatever fsspec reaches.

A file is written under a temporary name, hashed on the way, and moved into place when it is complete, so that a name
that exists always has all of its bytes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ..errors import BadInput, NotFound, StorageFull, TooLarge

FILE_ID = re.compile(r"[0-9a-f]{64}")
RESULT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
CHUNK = 1 << 18
FULL = (errno.ENOSPC, errno.EDQUOT)


def checked_file_id(file_id: str) -> str:
    """The same id. Raises BadInput unless it is 64 hexadecimal digits."""
    if not FILE_ID.fullmatch(file_id):
        raise BadInput(f"{file_id[:80]!r} is not a file id.", "Use the id that the upload answered.")
    return file_id


def checked_result_name(name: str) -> str:
    """The same name. Raises BadInput for anything but a plain file name."""
    if not RESULT_NAME.fullmatch(name) or ".." in name:
        raise BadInput(f"{name[:80]!r} is not the name of a result.", "Use a name from the job's results.")
    return name


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn "no space left" into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(
                "The disk that holds the files is full.", "Free some space, or move the data folder."
            ) from error
        raise


class FileStore:
    """Files by content. url: an fsspec URL or a local path."""

    def __init__(self, url: str) -> None:
        try:
            self._fs, self._root = fsspec.url_to_fs(url)
            self.local = isinstance(self._fs, LocalFileSystem)
            self._fs.makedirs(f"{self._root}/incoming", exist_ok=True)
        except (ValueError, ImportError, OSError) as error:
            raise BadInput(f"The file store cannot be used ({error}).", "Give a folder or an fsspec URL.") from error

    def sweep(self) -> None:
        """Delete what unfinished writes left behind. Called once, when the server starts."""
        self._fs.rm(f"{self._root}/incoming", recursive=True)
        self._fs.makedirs(f"{self._root}/incoming", exist_ok=True)

    def upload(self, max_bytes: int) -> Upload:
        """Begin to write a file of at most max_bytes."""
        return Upload(self._fs, f"{self._root}/incoming/{uuid.uuid4().hex}", self._path, max_bytes)

    def put(self, path: Path, max_bytes: int) -> tuple[str, int]:
        """Take over a local file (it may be gone afterwards). Returns its id and size.

        Raises TooLarge, StorageFull.
        """
        if path.stat().st_size > max_bytes:
            raise _too_large(max_bytes)
        if self.local and path.stat().st_dev == Path(self._root).stat().st_dev:
            return self._adopt(path)
        with path.open("rb") as source, self.upload(max_bytes) as upload:
            while chunk := source.read(CHUNK):
                upload.write(chunk)
            return upload.commit()

    def size(self, file_id: str) -> int:
        """Bytes of a file. Raises NotFound."""
        try:
            return int(self._fs.size(self._path(file_id)))
        except FileNotFoundError as error:
            raise _missing(file_id) from error

    def read(self, file_id: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from start up to, not including, end. Raises NotFound before the first chunk."""
        try:
            stream = self._fs.open(self._path(file_id), "rb")
        except FileNotFoundError as error:
            raise _missing(file_id) from error
        return _chunks(stream, start, end)

    def local_path(self, file_id: str, folder: Path) -> Path:
        """A readable local path of the file; a copy in folder when the store is elsewhere. Raises NotFound."""
        source = self._path(file_id)
        if not self._fs.exists(source):
            raise _missing(file_id)
        if self.local:
            return Path(source)
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            self._fs.get_file(source, str(folder / file_id))
        return folder / file_id

    def _path(self, file_id: str) -> str:
        checked_file_id(file_id)
        return f"{self._root}/objects/{file_id[:2]}/{file_id}"

    def _adopt(self, path: Path) -> tuple[str, int]:
        """Move a file that lies on the store's own disk into the store."""
        digest = hashlib.sha256()
        size = 0
        with storage_errors(), path.open("rb+") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
            os.fsync(stream.fileno())
        file_id = digest.hexdigest()
        target = Path(self._path(file_id))
        with storage_errors():
            if not target.exists():
                staged = Path(self._root, "incoming", uuid.uuid4().hex)
                path.replace(staged)
                target.parent.mkdir(parents=True, exist_ok=True)
                staged.replace(target)
        return file_id, size


class Upload:
    """One file on its way in: a context manager that leaves nothing behind unless ``commit`` was called."""

    def __init__(self, fs: Any, temporary: str, path_of: Any, max_bytes: int) -> None:
        self._fs = fs
        self._temporary = temporary
        self._path_of = path_of
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self._size = 0
        with storage_errors():
            self._stream: IO[bytes] | None = fs.open(temporary, "wb")

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close(quietly=error is not None)
        if self._fs.exists(self._temporary):
            self._fs.rm_file(self._temporary)

    def write(self, chunk: bytes) -> None:
        """Add bytes. Raises TooLarge, StorageFull."""
        assert self._stream is not None
        self._size += len(chunk)
        if self._size > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._digest.update(chunk)
        with storage_errors():
            self._stream.write(chunk)

    def commit(self) -> tuple[str, int]:
        """Move the file into place. Returns its id and size. Raises StorageFull."""
        assert self._stream is not None
        with storage_errors():
            self._stream.flush()
            if isinstance(self._fs, LocalFileSystem):
                os.fsync(self._stream.fileno())
        self._close(quietly=False)
        file_id = self._digest.hexdigest()
        target = self._path_of(file_id)
        with storage_errors():
            if not self._fs.exists(target):
                self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._fs.mv(self._temporary, target)
        return file_id, self._size

    def commit_unless_empty(self) -> tuple[str, int]:
        """As ``commit``. Raises BadInput for a file without a byte."""
        if self._size == 0:
            raise BadInput("The file is empty.", "Send the bytes of the file as the body.")
        return self.commit()

    def _close(self, quietly: bool) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            with storage_errors():
                stream.close()
        except (OSError, StorageFull):
            # Closing flushes: on a full disk it fails a second time, after the error that is on its way already.
            if not quietly:
                raise


def _chunks(stream: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with stream:
        stream.seek(start)
        left = end - start
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _missing(file_id: str) -> NotFound:
    return NotFound(f"There is no file {file_id}.", "Upload it again, or retry the job that made it.")


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        f"The file has more than {max_bytes / 2**20:,.0f} MiB, the most that this server takes.",
        "Send a smaller file, or raise the limit in the server's settings.",
    )
