"""Where the extension keeps what it writes, below one base folder. Knows nothing of Blender."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataPaths:
    """The places below the extension's writable folder. Nothing is created by asking."""

    base: Path

    @property
    def backend(self) -> Path:
        """Everything about the embedded backend's installation."""
        return self.base / "backend"

    @property
    def environment(self) -> Path:
        """The embedded backend's virtual environment."""
        return self.backend / "env"

    @property
    def installed(self) -> Path:
        """Says what the environment holds; written last, so its presence means "complete"."""
        return self.backend / "installed.json"

    @property
    def install_log(self) -> Path:
        """What the installer and pip said."""
        return self.backend / "install.log"

    @property
    def server_log(self) -> Path:
        """What the embedded server said."""
        return self.backend / "server.log"

    @property
    def models_token(self) -> Path:
        """The token for the hub of models, readable by this user alone."""
        return self.backend / "models-token"

    @property
    def launched(self) -> Path:
        """With which options the embedded server was started, and which one it was."""
        return self.backend / "launched.json"

    @property
    def jobs(self) -> Path:
        """The embedded server's data folder."""
        return self.base / "jobs"

    @property
    def server(self) -> Path:
        """Where a running embedded server says how to reach it."""
        return self.jobs / "server.json"

    @property
    def results(self) -> Path:
        """Downloaded results, one folder a job."""
        return self.base / "results"

    @property
    def history(self) -> Path:
        """What was generated, a line each."""
        return self.base / "history.jsonl"

    def upload(self, key: str) -> Path:
        """The mesh that the request with this key sends; kept until its job is removed, to be sent again."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", key):
            raise ValueError(f"{key!r} is not a request's key")
        return self.base / "uploads" / f"{key}.glb"

    def upload_folder(self, key: str) -> Path:
        """What else the request with this key sends, and a list of all of it."""
        path = self.upload(key)
        return path.with_suffix("")

    def result_folder(self, job_id: str) -> Path:
        """The folder of one job's results. An id that is not a plain name is refused with ValueError."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", job_id):
            raise ValueError(f"{job_id!r} is not a job id")
        return self.results / job_id
