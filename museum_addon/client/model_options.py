"""Where the embedded backend keeps models and how it gets them, as options of its command line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ..paths import DataPaths

PRIVATE = 0o600


@dataclass(frozen=True)
class ModelOptions:
    """folder: where models are kept, None for the one that the backend takes by itself. more: folders that are read
    only. endpoint: a mirror of the hub. offline: never open a connection for models. token: for gated models. idle_s:
    when models that nobody uses leave the memory. servers: the file that describes servers of others, None for the one
    in the folder of models.
    """

    folder: Path | None = None
    more: tuple[Path, ...] = ()
    endpoint: str = ""
    offline: bool = False
    token: str = field(default="", repr=False)
    idle_s: float = 600.0
    servers: Path | None = None

    def arguments(self, paths: DataPaths) -> list[str]:
        """For ``python -m backend serve``. The token is not among them: other programs see a command line."""
        given = ["--models-idle-s", f"{self.idle_s:g}"]
        if self.folder is not None:
            given += ["--models", str(self.folder)]
        for folder in self.more:
            given += ["--models-more", str(folder)]
        if self.endpoint:
            given += ["--models-endpoint", self.endpoint]
        if self.offline:
            given.append("--models-offline")
        if self.servers is not None:
            given += ["--servers", str(self.servers)]
        if self.token:
            given += ["--models-token-file", str(paths.models_token)]
        return given

    def leave_token(self, paths: DataPaths) -> None:
        """Write the token to where the backend reads it, for this user's eyes only; or take it away. Raises OSError."""
        place = paths.models_token
        if not self.token:
            place.unlink(missing_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(place.name + ".part")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="utf-8") as file:
            file.write(self.token + "\n")
        partial.replace(place)
