"""Result files on this machine: either complete and with the right checksum, or not there."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

import requests

from ..core.errors import UnexpectedAnswer, Unreachable
from ..core.jobs import ResultFile
from .failures import disk_failure

DEFAULT_LIMIT_BYTES = 4 * 1024**3
HASH_CHUNK_BYTES = 1024 * 1024
# Names that Windows keeps for devices, with any ending.
RESERVED_STEMS = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
AGAIN = "Try again; if it happens again, look into the backend's log."


def check_declared(file: ResultFile, limit_bytes: int) -> None:
    """Whether a file may be fetched at all. Raises UnexpectedAnswer for odd names, checksums and sizes."""
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", file.name) and not file.name.endswith(".")
    if not plain or file.name.split(".")[0].lower() in RESERVED_STEMS:
        raise UnexpectedAnswer("The backend offers a file under a name that is not a file name.", AGAIN)
    if not re.fullmatch(r"[0-9a-f]{64}", file.sha256) or file.size < 0:
        raise UnexpectedAnswer(f"The backend's description of {file.name} is damaged.", AGAIN)
    if file.size > limit_bytes:
        raise UnexpectedAnswer(
            f"The backend says that {file.name} has {file.size / 1e9:.1f} GB; "
            f"at most {limit_bytes / 1e9:.1f} GB are fetched.",
            "Ask for a smaller result, such as a smaller texture.",
        )


def already_there(file: ResultFile, path: Path) -> bool:
    """Whether this very file lies at the path."""
    try:
        return path.stat().st_size == file.size and file_sha256(path) == file.sha256
    except OSError:
        return False


def file_sha256(path: Path) -> str:
    """The checksum of a file, read in pieces. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def store_chunks(chunks: Iterable[bytes], file: ResultFile, dest: Path) -> None:
    """Write the pieces to a temporary name, check them, and move the file into place.

    Raises UnexpectedAnswer when they are not what was declared, Unreachable when they end too early, and a
    BackendError when the disk refuses; in all cases, and when the pieces end with an exception, nothing stays behind.
    """
    partial = dest.with_name(f".{dest.name}.{uuid.uuid4().hex}.part")
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        _check_space(file, dest.parent)
        _write(chunks, file, partial)
        partial.replace(dest)
    except (requests.RequestException, ConnectionError, TimeoutError):
        raise  # OSErrors too, but the connection's, not the disk's
    except OSError as error:
        raise disk_failure(error, f"The result {file.name}") from error
    finally:
        with contextlib.suppress(OSError):  # such as a folder that is none: the reason is told already
            partial.unlink(missing_ok=True)


def _check_space(file: ResultFile, folder: Path) -> None:
    if shutil.disk_usage(folder).free < file.size:
        raise OSError(28, "no space left for it")


def _write(chunks: Iterable[bytes], file: ResultFile, path: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as stream:
        for chunk in chunks:
            size += len(chunk)
            if size > file.size:
                raise UnexpectedAnswer(f"The backend sent more of {file.name} than it announced.", AGAIN)
            digest.update(chunk)
            stream.write(chunk)
    if size < file.size:
        raise Unreachable(
            f"Only {size:,} of {file.size:,} bytes of {file.name} arrived; the connection was cut.", AGAIN
        )
    if digest.hexdigest() != file.sha256:
        raise UnexpectedAnswer(f"The result {file.name} arrived damaged (its checksum is wrong).", AGAIN)
