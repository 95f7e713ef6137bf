"""Which devices there are, found out without loading PyTorch into the server: a child process looks, once."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from typing import Any

from ..engines.diffusion.packages import neural_packages

log = logging.getLogger("museum.survey")

LIMIT_S = 120.0


class DeviceSurvey:
    """Looks when it is first asked. A child, because what has spoken to a graphics card keeps some of its memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._devices: list[dict[str, Any]] | None = None

    def devices(self) -> list[dict[str, Any]] | None:
        """What ``backend devices`` says; None while it is being found out; empty without the neural tier."""
        if not neural_packages().available:
            return []
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="survey", daemon=True)
                self._thread.start()
        return self._devices

    def _look(self) -> None:
        command = [sys.executable, "-m", "backend", "devices", "--json"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True)
            self._devices = json.loads(done.stdout)["devices"]
        except (OSError, subprocess.SubprocessError, ValueError, KeyError):
            log.exception("the devices could not be listed")
            self._devices = []
