"""What a server can be told. Every setting is an option of ``python -m backend serve`` of the same name."""

from __future__ import annotations

import ipaddress
import os
import secrets
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .compiled import code_digest
from .errors import BadInput

TOKEN_VARIABLE = "MUSEUM_TOKEN"  # noqa: S105 (the name of a variable, not a secret)
MIN_TOKEN_CHARACTERS = 16


OPTIONS: Mapping[str, str] = {
    "data": "the folder of jobs and results",
    "host": "the address to listen on; any other than this machine's needs a token file",
    "port": "the port; 0 for a free one",
    "token_file": "a file with one token a line, readable by its owner only",
    "certificate": "a PEM certificate chain: serve HTTPS",
    "certificate_key": "the certificate's PEM key",
    "store_url": "an SQLAlchemy URL for the jobs; empty for SQLite in the data folder",
    "files_url": "an fsspec URL for the files; empty for a folder in the data folder",
    "max_body_mb": "largest upload",
    "max_result_mb": "largest result of one job, all files together",
    "max_queue": "how many jobs may wait",
    "job_time_limit_s": "how long one attempt at a job may run",
    "cancel_grace_s": "how long a cancelled job may take to stop before its worker is ended",
    "cpu_workers": "how many jobs run on processors at the same time",
    "keep_events_s": "how long the events of ended jobs are kept",
    "keep_unfinished_s": "how long a failed job keeps what a retry can go on from",
    "models_idle_s": "after how long models that no job uses leave the memory",
    "embedded": "end when nobody listens and no job runs",
    "embedded_idle_s": "embedded: how long after the last listener left",
    "embedded_start_s": "embedded: how long to wait for the first listener",
}
"""What each setting is, for the command line."""


def default_cpu_workers() -> int:
    """Half the cores: an engine's own libraries use several threads, and Blender wants some too."""
    return max(1, (os.cpu_count() or 1) // 2)


@dataclass(frozen=True)
class Settings:
    """One server's settings. Sizes in MiB, times in seconds."""

    data: Path = Path("museum-jobs")
    host: str = "127.0.0.1"
    port: int = 0
    token_file: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    store_url: str = ""
    files_url: str = ""
    max_body_mb: int = 512
    max_result_mb: int = 2048
    max_queue: int = 5000
    job_time_limit_s: float = 3600.0
    cancel_grace_s: float = 3.0
    cpu_workers: int = field(default_factory=default_cpu_workers)
    keep_events_s: float = 86400.0
    keep_unfinished_s: float = 604800.0
    models_idle_s: float = 600.0
    embedded: bool = False
    embedded_idle_s: float = 15.0
    embedded_start_s: float = 60.0

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.store_url or "sqlite:///" + (self.data / "jobs.sqlite3").resolve().as_posix()

    @property
    def storage_url(self) -> str:
        """The fsspec URL, or the local path, in force."""
        return self.files_url or str((self.data / "files").resolve())

    @property
    def scratch(self) -> Path:
        """Where workers write before a result is complete."""
        return (self.data / "scratch").resolve()

    @property
    def kept(self) -> Path:
        """Where jobs keep what their next attempt can go on from."""
        return (self.data / "kept").resolve()

    @property
    def numba_cache(self) -> Path:
        """Where compiled functions are kept between worker processes.

        Inside the virtual environment, so that compiling once serves every data folder; beside the data where the
        environment cannot be written, or there is none. Each state of the code has a folder of its own.
        """
        environment = Path(sys.prefix)
        if sys.prefix != sys.base_prefix and os.access(environment, os.W_OK):
            return environment / "cache" / "numba" / code_digest()
        return (self.data / "cache" / "numba").resolve() / code_digest()

    def checked(self) -> Settings:
        """The same settings. Raises BadInput for any that cannot be used."""
        for name in ("max_body_mb", "max_result_mb", "max_queue", "job_time_limit_s", "cpu_workers", "models_idle_s"):
            if getattr(self, name) <= 0:
                raise BadInput(f"{name} is {getattr(self, name)}.", f"Give a {name} above 0.")
        if not 0 <= self.port <= 65535:
            raise BadInput(f"There is no port {self.port}.", "Give a port from 1 to 65535, or 0 for a free one.")
        if not self.loopback and self.token_file is None:
            raise BadInput(
                f"The address {self.host} can be reached from other machines, and no token file was given.",
                "Add --token-file FILE with a secret of your own, or listen on 127.0.0.1.",
            )
        if (self.certificate is None) != (self.certificate_key is None):
            raise BadInput("HTTPS needs both a certificate and its key.", "Give --certificate and --certificate-key.")
        for path in (self.certificate, self.certificate_key):
            if path is not None and not path.is_file():
                raise BadInput(f"There is no file {path}.", "Give the path of a PEM file.")
        return self


def is_loopback(host: str) -> bool:
    """Whether the host is a name or an address of this machine that no other machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Tokens:
    """Accepted tokens, the first being the one that server.json tells. remark: a sentence for the log, or empty."""

    values: tuple[str, ...]
    remark: str = ""


def load_tokens(settings: Settings) -> Tokens:
    """Tokens from the token file, else from MUSEUM_TOKEN, else, on loopback, a fresh one.

    Raises BadInput for a file that is missing, empty, or holds a token short enough to guess.
    """
    if settings.token_file is not None:
        return _tokens_of_file(settings.token_file)
    if given := os.environ.get(TOKEN_VARIABLE, "").strip():
        return Tokens((_checked_token(given, f"The variable {TOKEN_VARIABLE}"),))
    return Tokens((secrets.token_urlsafe(32),), "No token was given: a fresh one was made and written to server.json.")


def _tokens_of_file(path: Path) -> Tokens:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The token file {path} cannot be read ({error}).", "Give the path of a text file.") from error
    tokens = tuple(
        _checked_token(line.strip(), f"The token file {path}")
        for line in lines
        if line.strip() and not line.lstrip().startswith("#")
    )
    if not tokens:
        raise BadInput(f"The token file {path} is empty.", "Write a long random secret into it.")
    others_can_read = os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO)
    remark = f"Warning: other users can read the token file {path}. Run: chmod 600 {path}" if others_can_read else ""
    return Tokens(tokens, remark)


def _checked_token(token: str, where: str) -> str:
    if len(token) < MIN_TOKEN_CHARACTERS or not token.isascii() or not token.isprintable() or " " in token:
        raise BadInput(
            f"{where} holds a token that cannot be used.",
            f"Use at least {MIN_TOKEN_CHARACTERS} ASCII characters without spaces, chosen at random.",
        )
    return token
