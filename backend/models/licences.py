"""Licences that were accepted on this machine: once for each, written down with the day and the terms."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import LicenceNotAccepted
from .catalogue import Licence, Model
from .disk import writing

ACCEPTED_FILE = "licences.json"


def is_accepted(folder: Path, licence: Licence) -> bool:
    """Whether nothing stands in the way: it asks for no consent, or was agreed to in its present terms."""
    return not licence.accept or _accepted(folder).get(licence.id, {}).get("terms_sha256") == _digest(licence)


def accept(folder: Path, licence: Licence, model: Model) -> None:
    """Write down that the user agrees. Raises StorageFull, BadInput."""
    if is_accepted(folder, licence):
        return
    entry = {
        "title": licence.title,
        "url": licence.url,
        "terms": licence.terms,
        "terms_sha256": _digest(licence),
        "for_model": model.id,
        "accepted": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    text = json.dumps({**_accepted(folder), licence.id: entry}, ensure_ascii=False, indent=1) + "\n"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{ACCEPTED_FILE}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(folder / ACCEPTED_FILE)


def require(folder: Path, licence: Licence, model: Model) -> None:
    """Raise LicenceNotAccepted, with its terms, unless nothing stands in the way."""
    if not is_accepted(folder, licence):
        raise LicenceNotAccepted(
            f"{model.title} is under {licence.title}: {licence.terms.rstrip('.')}.",
            f"Read {licence.url} and accept it once: in the Models panel, or with"
            f" `backend models pull {model.id} --accept-licence`.",
        )


def _accepted(folder: Path) -> dict[str, Any]:
    """What was accepted; nothing where the file is missing or no good, so that it is asked again."""
    try:
        said = json.loads((folder / ACCEPTED_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: entry for key, entry in said.items() if isinstance(entry, dict)} if isinstance(said, dict) else {}


def _digest(licence: Licence) -> str:
    return hashlib.sha256(f"{licence.id}\n{licence.url}\n{licence.terms}".encode()).hexdigest()
