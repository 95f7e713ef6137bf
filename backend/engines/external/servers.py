"""Which servers a user has described: one small data file, read anew each time. Imports nothing heavy.

``MUSEUM_SERVERS`` names the file; by default it is ``servers.json`` in the folder of models.
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ...errors import BadInput
from ...models.places import SERVERS, places_from

FILE_NAME = "servers.json"
HUNYUAN = "hunyuan3d"
MAX_BYTES = 1 << 20
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EXAMPLES = "See docs/external.md for examples."
_NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_TAKEN = ("shap-e", "via-image", "hunyuan3d", "external")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Auth(_Strict):
    """What opens the server. The secret itself stands in an environment variable, never in the file."""

    variable: str = Field(min_length=1, max_length=100, description="The environment variable that holds the token.")
    header: str = Field("Authorization", description="The header in which it is sent.")
    prefix: str = Field("Bearer ", max_length=40, description="What stands before the token in the header.")

    @field_validator("header")
    @classmethod
    def _a_header(cls, header: str) -> str:
        if not _HEADER.fullmatch(header):
            raise ValueError("a header's name has letters, digits and hyphens")
        return header


class _Server(_Strict):
    url: str = Field(description="Address, http or https.")
    title: str = Field("", max_length=80, description="What people read; the name when empty.")
    auth: Auth | None = Field(None, description="What opens the server.")
    time_limit_s: float = Field(900.0, ge=1.0, le=86_400.0, description="How long one answer may take in all.")
    silence_s: float = Field(60.0, ge=0.5, le=86_400.0, description="How long a connection may take, or say nothing.")
    max_mb: float = Field(256.0, gt=0.0, le=2048.0, description="The largest answer that is taken, MiB.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        parts = urlsplit(url.strip())
        try:
            parts.port  # noqa: B018 (raises for what is no port)
        except ValueError:
            raise ValueError("the address has a port that is none") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
            raise ValueError("give an address such as http://127.0.0.1:8081")
        if parts.username or parts.password:
            raise ValueError("the address holds a name or password; name an environment variable in auth instead")
        if not url.isascii() or any(c.isspace() for c in url.strip()):
            raise ValueError("the address has characters that addresses do not have")
        return url.strip()

    @model_validator(mode="after")
    def _safe(self) -> _Server:
        parts = urlsplit(self.url)
        if self.auth is not None and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ValueError("a token is sent over https, or within this machine; use an https address")
        return self


class HunyuanServer(_Server):
    """A server with the routes of the Hunyuan3D-2 API server: /health, /send, /status/{uid}."""

    kind: Literal["hunyuan3d"]
    text: bool = Field(False, description="Whether this server also makes shapes from words; most do not.")
    accept_territory: bool = Field(
        False,
        description="Whether you are, and use the results, outside of the EU, the UK and South Korea, which the "
        "licence of the models excludes.",
    )
    poll_s: float = Field(1.0, ge=0.05, le=60.0, description="Seconds between two questions whether it is done.")

    @property
    def name(self) -> str:
        """The engine's name."""
        return HUNYUAN


class Answer(_Strict):
    """How the mesh is found in what the server answers."""

    kind: Literal["glb", "base64", "url"] = Field(
        "glb",
        description="glb: the answer is the file. base64: JSON that holds it. url: JSON with an address on its host.",
    )  # fmt: skip
    path: str = Field("", max_length=200, description='Where it stands in the JSON, as in "data.0.model".')

    @model_validator(mode="after")
    def _named(self) -> Answer:
        if (self.kind == "glb") != (self.path == ""):
            raise ValueError("path is given for base64 and url, and for them alone")
        return self


class ImageServer(_Server):
    """A server that takes one picture in one request and answers with a mesh."""

    kind: Literal["image"]
    name: str = Field(pattern=_NAME, description="The engine's name: small letters, digits, hyphens.")
    method: Literal["POST", "PUT"] = Field("POST", description="How it is asked.")
    send: Literal["multipart", "raw", "json"] = Field(
        "multipart", description="How the picture is sent: as a field of a form, as the body, or in base64 in JSON."
    )
    field: str = Field("image", min_length=1, max_length=80, description="The field that holds the picture.")
    fields: dict[str, str | int | float | bool] = Field({}, max_length=40, description="Further fields, always sent.")
    seed_field: str = Field("", max_length=80, description="The field for the seed; empty when the server has none.")
    prompt_field: str = Field("", max_length=80, description="The field for the words; empty when it has none.")
    answer: Answer = Field(Answer(), description="How the mesh is found in the answer.")
    licence: str = Field("unknown", max_length=120, description="Licence of the models behind the server.")
    warning: str = Field("", max_length=500, description="What people have to know; stands in every result.")
    unit_m: float | None = Field(None, gt=0.0, le=1000.0, description="Metres a unit, where its files do not keep it.")
    up: Literal["y", "z"] | None = Field(None, description="The axis that points up, where its files do not keep it.")

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in _TAKEN:
            raise ValueError(f'"{name}" is the name of another engine')
        return name


Server = Annotated[HunyuanServer | ImageServer, Field(discriminator="kind")]


class Servers(_Strict):
    """The data file."""

    servers: tuple[Server, ...] = Field((), max_length=40, description="At most one of the kind hunyuan3d.")

    @model_validator(mode="after")
    def _apart(self) -> Servers:
        names = [server.name for server in self.servers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f'two servers have the name "{twice[0]}"')
        return self


def file_of_servers() -> Path:
    """Where the servers are described. Raises BadInput when the folder of models cannot be told."""
    named = os.environ.get(SERVERS)
    return Path(named).expanduser().absolute() if named else places_from().folder / FILE_NAME


def known_servers() -> tuple[HunyuanServer | ImageServer, ...]:
    """The servers that are described; none without the file. Raises BadInput, which says what is wrong with it."""
    path = file_of_servers()
    try:
        about = path.stat()
        if about.st_size > MAX_BYTES:
            raise BadInput(f"{path} has more than {MAX_BYTES >> 20} MiB.", EXAMPLES)
        return _read(path, about.st_mtime_ns, about.st_size)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}).", "Check who may read it.") from error


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int, _size: int) -> tuple[HunyuanServer | ImageServer, ...]:
    try:
        return Servers.model_validate(json.loads(path.read_text(encoding="utf-8-sig"))).servers
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise BadInput(f"{path.name}: {place}: {reason}.", f"Correct {path}. {EXAMPLES}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} is no JSON ({str(error)[:100]}).", f"Correct {path}. {EXAMPLES}") from error


def schema() -> dict[str, Any]:
    """The JSON Schema of the data file."""
    return Servers.model_json_schema()
