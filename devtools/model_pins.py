"""``python3 dev.py lock models``: asks the hub for what the catalogue of models does not know yet, and writes it there.

Fills in, for each model, the commit (where none is pinned), the names of files that a pattern stands for, their sizes,
and the SHA-256 of weights. What is pinned stays pinned: hashes of another commit are never taken. Needs the network,
for gated models a token, and the backend's environment.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from backend.errors import BackendError
from backend.models.catalogue import Catalogue, NeededFile
from backend.models.hub import Hub, Listing
from backend.models.places import places_from
from backend.models.safety import WEIGHTS

CATALOGUE = Path(__file__).resolve().parents[1] / "backend" / "models" / "catalogue.json"


def main(arguments: list[str]) -> int:
    """arguments: names of models; none for all. Returns 1 when one could not be asked for."""
    said = json.loads(CATALOGUE.read_text("utf-8"))
    places = places_from()
    hub = Hub(places.endpoint or said["hub"], places.token)
    failed = 0
    for entry in said["models"]:
        if not arguments or entry["id"] in arguments:
            try:
                changes = pin(entry, hub.listing(entry["hub"], entry["revision"]))
            except (BackendError, OSError) as error:
                failed += 1
                changes = [f"not asked for: {error}"]
            print(f"{entry['id']}: {'; '.join(changes) or 'nothing new'}", flush=True)
    CATALOGUE.write_text(written(said), "utf-8")
    return 1 if failed else 0


def pin(entry: dict[str, Any], listing: Listing) -> list[str]:
    """Write into a model's entry what the listing says of it; what was changed, in words."""
    changes = []
    if not entry["pinned"]:
        changes.append(f"commit {listing.commit}")
        entry.update(revision=listing.commit, pinned=True)
        entry.pop("missing", None)
    named = {needed["path"]: needed for needed in entry["files"]}
    for needed in entry["files"]:
        fitting = [file for file in listing.files if NeededFile(**needed).fits(file.path)]
        if not fitting:
            changes.append(f"there is no {needed['path']}")
        elif needed["path"] != fitting[0].path:
            # At a commit a pattern stands for the same files for ever: they are named.
            changes.append(f"{needed['path']} is {len(fitting)} files")
            del named[needed["path"]]
            named.update({file.path: {"path": file.path} for file in fitting if file.path not in named})
    sizes = {file.path: file for file in listing.files}
    for path, needed in named.items():
        if path in sizes:
            changes += _filled(needed, sizes[path].size, sizes[path].sha256)
    entry["files"] = list(named.values())
    total = sum(sizes[path].size for path in named if path in sizes)
    if total and total != entry["size_bytes"]:
        changes.append(f"{entry['size_bytes']:,} bytes are {total:,}")
        entry["size_bytes"] = total
    return changes


def _filled(needed: dict[str, Any], size: int, sha256: str) -> list[str]:
    changes = []
    for name, value in (("size", size), ("sha256", sha256 if needed["path"].endswith(WEIGHTS) else "")):
        if not value or needed.get(name) == value:
            continue
        changes.append(f"{name} of {needed['path']}" + (" IS ANOTHER ONE" if needed.get(name) else ""))
        # A hash that is known already is never overwritten: somebody has to look.
        needed.setdefault(name, value)
    return changes


def written(said: dict[str, Any]) -> str:
    """The catalogue as text, one statement a line, so that a change shows as what it is."""
    Catalogue.model_validate(said)
    head = "".join(f" {json.dumps(key)}: {json.dumps(said[key])},\n" for key in ("schema", "hub"))
    lists = (f" {json.dumps(kind)}: [\n" + ",\n".join(map(_entry, said[kind])) + "\n ]" for kind in _LISTS)
    return "{\n" + head + ",\n".join(lists) + "\n}\n"


_LISTS = ("licences", "models", "uses")


def _entry(entry: dict[str, Any]) -> str:
    parts = []
    for key, value in entry.items():
        text = json.dumps(value, ensure_ascii=False)
        if key == "files":
            text = "[\n     " + ",\n     ".join(json.dumps(file, ensure_ascii=False) for file in value) + "\n    ]"
        parts.append(f"{json.dumps(key)}: {text}")
    return "   {\n    " + ",\n    ".join(parts) + "\n   }"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
