"""The engines that described servers are, and which parameters they take. Imports nothing heavy.

``ENGINES`` is made each time it is asked for, from the data file as it then stands.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, create_model

from ...errors import BackendError
from ...models.places import places_from
from ..base import Availability, EngineInfo, InputSpec, Params
from ..shapes.info import IMAGES, WARM, OptionalPromptParams, PromptParams, SizedParams
from .servers import EXAMPLES, HUNYUAN, HunyuanServer, ImageServer, file_of_servers, known_servers

VERSION = "0.1.0"
TASK, TEXT_TASK = "image_to_3d", "text_to_3d"
TERRITORY = (
    "The licence of the Hunyuan3D models excludes the European Union, the United Kingdom and South Korea, what they "
    "make included."
)
LICENCE = "Tencent Hunyuan Community Licence"
PICTURE = InputSpec("image", IMAGES, True, "A picture of one object, whole and seen from its front.")
_RUN = "backend.engines.external.engine"


class CutParams(BaseModel):
    """What is done with the picture before it is sent."""

    remove_background: bool = Field(
        True, description="Take the object off its background here, before the picture is sent."
    )


class HunyuanChoices(BaseModel):
    """What a server of this kind may be asked; within the bounds of its own API."""

    texture: bool = Field(True, description="Have the server paint the shape, where it was started with that.")
    octree_resolution: int = Field(256, ge=64, le=512, description="Fineness of the grid that the shape is taken from.")
    steps: int = Field(20, ge=1, le=100, description="Denoising steps; turbo models need 5, and some servers take 20.")
    guidance: float = Field(5.0, ge=0.1, le=20.0, description="How closely the shape keeps to the picture.")
    face_count: int = Field(40_000, ge=1000, le=100_000, description="Faces that the server keeps before it paints.")


class HunyuanImageParams(SizedParams, HunyuanChoices, CutParams, OptionalPromptParams, Params):
    """Parameters of ``image_to_3d`` / ``hunyuan3d``."""


class HunyuanTextParams(SizedParams, HunyuanChoices, PromptParams, Params):
    """Parameters of ``text_to_3d`` / ``hunyuan3d``."""


class ImageServerParams(SizedParams, CutParams, OptionalPromptParams, Params):
    """Parameters of ``image_to_3d`` on any other server."""

    server: ClassVar[str] = ""


def __getattr__(name: str) -> Any:
    if name == "ENGINES":
        return current_engines()
    raise AttributeError(name)


def current_engines() -> tuple[EngineInfo, ...]:
    """An engine for each server that is described. Those that need one and have none say so."""
    try:
        servers = known_servers()
    except BackendError as error:
        broken = Availability(False, error.message, error.fix)
        return (*_hunyuan(None, broken), _placeholder(broken))
    hunyuan = next((server for server in servers if isinstance(server, HunyuanServer)), None)
    others = tuple(_generic(server) for server in servers if isinstance(server, ImageServer))
    return (*others, *_hunyuan(hunyuan, None))


def warning_of(server: HunyuanServer | ImageServer) -> str:
    """What has to be said with every result; empty when nothing has."""
    return TERRITORY if isinstance(server, HunyuanServer) else server.warning


def _hunyuan(server: HunyuanServer | None, broken: Availability | None) -> tuple[EngineInfo, ...]:
    state = broken or _state(server)
    common: dict[str, Any] = {
        "name": HUNYUAN, "version": VERSION, "title": (server.title if server else "") or "Hunyuan3D server",
        "device": "network", "licence": LICENCE, "availability": lambda: state, "by_name_only": True, "warm": WARM,
    }  # fmt: skip
    found = [
        EngineInfo(
            task=TASK, summary=f"Sends a picture to a Hunyuan3D server. {TERRITORY}", params=HunyuanImageParams,
            entry=f"{_RUN}:run_hunyuan_image", inputs=(PICTURE,), **common,
        )
    ]  # fmt: skip
    if server is not None and server.text:
        found.append(
            EngineInfo(
                task=TEXT_TASK, summary=f"Sends words to a Hunyuan3D server. {TERRITORY}", params=HunyuanTextParams,
                entry=f"{_RUN}:run_hunyuan_text", **common,
            )
        )  # fmt: skip
    return tuple(found)


def _state(server: HunyuanServer | None) -> Availability:
    if server is None:
        return Availability(False, f"No Hunyuan3D server is described. {TERRITORY}", _describe())
    if not server.accept_territory:
        fix = f'If neither you nor your use is there, set "accept_territory" to true in {file_of_servers()}.'
        return Availability(False, TERRITORY, fix)
    return _online()


def _describe() -> str:
    try:
        return f"Describe it in {file_of_servers()}. {EXAMPLES}"
    except BackendError as error:
        return error.fix


def _online() -> Availability:
    if places_from().offline:
        return Availability(False, "The offline mode is on.", "Switch it off to use servers.")
    return Availability(True)


def _placeholder(broken: Availability) -> EngineInfo:
    return EngineInfo(
        task=TASK, name="external", version=VERSION, title="Servers of others",
        summary="The file that describes them cannot be used.", params=ImageServerParams,
        entry=f"{_RUN}:run_image", inputs=(PICTURE,), device="network", availability=lambda: broken, by_name_only=True,
    )  # fmt: skip


@lru_cache(maxsize=64)
def _params_of(name: str) -> type[ImageServerParams]:
    made: type[ImageServerParams] = create_model(
        "".join(word.title() for word in name.split("-")) + "Params",
        __base__=ImageServerParams,
        __doc__=f"Parameters of ``image_to_3d`` / ``{name}``.",
    )
    made.server = name
    return made


def _generic(server: ImageServer) -> EngineInfo:
    host = urlsplit(server.url).hostname
    summary = f"Sends a picture to {host} and takes the mesh that comes back. {server.warning}".strip()
    return EngineInfo(
        task=TASK, name=server.name, version=VERSION, title=server.title or server.name, summary=summary,
        params=_params_of(server.name), entry=f"{_RUN}:run_image", inputs=(PICTURE,), device="network",
        licence=server.licence, availability=_online, by_name_only=True, warm=WARM,
    )  # fmt: skip
