"""Where models are looked for and kept, whether the network may be used, and with which token.

Everything comes from environment variables, so that the server, its workers and the command line agree:

- ``MUSEUM_MODELS``: the folder in which pulled models are kept; by default the user's data folder;
- ``MUSEUM_MODELS_MORE``: further folders with models, separated as in ``PATH``; never written to;
- ``MUSEUM_MODELS_OFFLINE`` or ``HF_HUB_OFFLINE``: 1 for never opening a connection;
- ``MUSEUM_MODELS_ENDPOINT`` or ``HF_ENDPOINT``: a mirror of the hub;
- ``MUSEUM_MODELS_TOKEN_FILE``, ``HF_TOKEN``, ``HF_TOKEN_PATH``, or the hub library's own file: the token;
- ``HF_HUB_CACHE``, ``HF_HOME``, ``XDG_CACHE_HOME``: where the hub library keeps what it loaded; never written to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import BadInput

FOLDER, MORE, OFFLINE = "MUSEUM_MODELS", "MUSEUM_MODELS_MORE", "MUSEUM_MODELS_OFFLINE"
SERVERS = "MUSEUM_SERVERS"
"""The file that describes servers of others; it lies in the folder of models when nothing is said."""
ENDPOINT, TOKEN_FILE = "MUSEUM_MODELS_ENDPOINT", "MUSEUM_MODELS_TOKEN_FILE"
APPLICATION = "museum_addon"
_YES, _NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Token:
    """What opens gated models. source: where it was found, for people; empty when there is none."""

    value: str = field(default="", repr=False)
    source: str = ""


@dataclass(frozen=True)
class Places:
    """Where models lie. folder: written to; more, caches: read only. endpoint: of the hub, empty for the usual one."""

    folder: Path
    more: tuple[Path, ...] = ()
    caches: tuple[Path, ...] = ()
    offline: bool = False
    endpoint: str = ""
    token: Token = Token()


def places_from(environment: Mapping[str, str] | None = None, home: Path | None = None) -> Places:
    """The places that an environment (this process's own if none is given) names. Raises BadInput."""
    said = os.environ if environment is None else environment
    home = home or Path.home()
    hub_home = Path(said.get("HF_HOME") or Path(said.get("XDG_CACHE_HOME") or home / ".cache") / "huggingface")
    cache = Path(said.get("HF_HUB_CACHE") or said.get("HUGGINGFACE_HUB_CACHE") or hub_home / "hub")
    return Places(
        folder=Path(said.get(FOLDER) or _data_folder(said, home) / "models").expanduser().absolute(),
        more=tuple(Path(path).expanduser().absolute() for path in said.get(MORE, "").split(os.pathsep) if path),
        caches=(cache.expanduser().absolute(),),
        offline=_is_on(said, OFFLINE) or _is_on(said, "HF_HUB_OFFLINE"),
        endpoint=checked_endpoint(said.get(ENDPOINT) or said.get("HF_ENDPOINT") or ""),
        token=_token(said, hub_home),
    )


def checked_endpoint(address: str) -> str:
    """The address without a slash at its end. Raises BadInput for what is no http or https address."""
    address = address.strip().rstrip("/")
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise BadInput(f"The mirror {address[:200]!r} is no address.", "Give one such as https://mirror.example.org.")
    if parts.username or parts.password:
        raise BadInput("The mirror's address holds a name or a password.", "Give the token in a file of its own.")
    return address


def _data_folder(said: Mapping[str, str], home: Path) -> Path:
    """Where programs of this user keep data, by the custom of the platform."""
    if sys.platform == "win32":
        return Path(said.get("LOCALAPPDATA") or home / "AppData" / "Local") / APPLICATION
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / APPLICATION
    return Path(said.get("XDG_DATA_HOME") or home / ".local" / "share") / APPLICATION


def _is_on(said: Mapping[str, str], name: str) -> bool:
    value = said.get(name, "").strip().lower()
    if value not in (*_YES, *_NO):
        raise BadInput(f"{name} is {value[:40]!r}.", f"Set {name} to 1 or 0.")
    return value in _YES


def _token(said: Mapping[str, str], hub_home: Path) -> Token:
    """The first token that is set. Whatever is wrong with it, its characters are told to nobody."""
    if path := said.get(TOKEN_FILE):
        return Token(_characters(_text(Path(path), must=True), f"the token file {path}"), "token file")
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if value := said.get(name, "").strip():
            return Token(_characters(value, f"the variable {name}"), name)
    value = _text(Path(said.get("HF_TOKEN_PATH") or hub_home / "token"), must=False)
    return Token(_characters(value, "the hub library's token file"), "hub library") if value else Token()


def _text(path: Path, must: bool) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        if must:
            raise BadInput(
                f"The token file {path} cannot be read.", "Give a text file with the token alone."
            ) from error
        return ""


def _characters(value: str, where: str) -> str:
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise BadInput(f"There is no usable token in {where}.", "It has to hold the token alone, on one line.")
    return value
