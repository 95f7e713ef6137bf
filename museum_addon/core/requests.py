"""Checked requests: what the extension may ask of a backend. The one place where job bodies are written."""

from __future__ import annotations

import math
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import InvalidRequest

MAX_PROMPT_CHARACTERS = 2000
TEXTURE_SIZES = (512, 1024, 2048)
MATERIAL_SIZES = (512, 1024, 2048, 4096)
UNWRAPPING = ("auto", "keep", "new")
VIEW_SIZES = (512, 768, 1024, 1536)
TEXTURE_MODES = ("generate", "restore", "refine", "project")
PICTURE_SIZES = (512, 768, 1024, 1280, 1536, 2048)
PICTURE_SHAPES = {
    "square": ("Square", (1, 1)),
    "landscape": ("Landscape 4:3", (4, 3)),
    "portrait": ("Portrait 3:4", (3, 4)),
    "wide": ("Wide 16:9", (16, 9)),
    "panorama": ("Panorama 2:1", (2, 1)),
}
"""By name the title and width : height."""
PICTURE_MULTIPLE = 16
MAX_CAMERAS = 64
MAX_FEATHER = 256
MIN_SIZE_M = 0.001
MAX_SIZE_M = 50.0
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class JobRequest:
    """The body of ``POST /v1/jobs``.

    params: checked by the engine's schema at the backend. inputs: role -> SHA-256 id of an uploaded file.
    idempotency_key: made here once, so that sending twice makes one job. label: what lists show.
    """

    task: str
    engine: str
    params: Mapping[str, Any]
    label: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def to_json(self) -> dict[str, Any]:
        """The JSON body, ready to send."""
        return {
            "task": self.task,
            "engine": self.engine,
            "params": dict(self.params),
            "inputs": dict(self.inputs),
            "idempotency_key": self.idempotency_key,
            "label": self.label,
        }


@dataclass(frozen=True)
class RecordReference:
    """What a generated object keeps of the collection record it stands for. Empty text when unknown."""

    id: str
    accession_number: str = ""
    title: str = ""
    classification: str = ""
    medium: str = ""
    date: str = ""
    culture: str = ""
    url: str = ""
    credit: str = ""
    licence: str = ""

    def to_json(self) -> dict[str, str]:
        """The ``record`` member of a text_to_3d request."""
        return dict(vars(self))


def checked_prompt(prompt: str) -> str:
    """The prompt, trimmed, with white space folded. Raises InvalidRequest when it cannot be used."""
    folded = " ".join(prompt.split())
    if not folded:
        raise InvalidRequest(
            "The prompt is empty.", 'Describe an object, for example "bronze ding tripod, 30 cm tall".'
        )
    if len(folded) > MAX_PROMPT_CHARACTERS:
        raise InvalidRequest(
            f"The prompt has {len(folded):,} characters; at most {MAX_PROMPT_CHARACTERS:,} are read.",
            "Shorten it to the object, its material, period and size.",
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in folded):
        raise InvalidRequest("The prompt contains control characters.", "Type it again, or paste it as plain text.")
    return folded


def checked_length(name: str, metres: float | None) -> float | None:
    """A length in metres, or None when it is not given (0 stands for "not given" in forms and records)."""
    if metres is None or metres == 0.0:
        return None
    if not math.isfinite(metres) or not MIN_SIZE_M <= metres <= MAX_SIZE_M:
        raise InvalidRequest(
            f"A {name} of {metres:g} m cannot be made.",
            f"Give a {name} between {MIN_SIZE_M * 1000:g} mm and {MAX_SIZE_M:g} m, "
            "or leave it at 0 to let the engine choose.",
        )
    return metres


def text_to_3d(
    prompt: str,
    *,
    seed: int,
    texture_size: int = 1024,
    width_m: float | None = None,
    depth_m: float | None = None,
    height_m: float | None = None,
    record: RecordReference | None = None,
    engine: str = "parametric",
    label: str = "",
    details: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> JobRequest:
    """Ask for one artifact from words.

    Lengths are metres, None or 0 when the engine shall choose. With a record, an object of no supported type
    becomes a neutral volume of its true size instead of an error. details: fields of the specification that stand
    above the words, such as ``{"material": "bronze"}``. settings: further parameters of the engine. Raises
    InvalidRequest.
    """
    text = checked_prompt(prompt)
    params = {**(settings or {}), **(details or {}), "prompt": text}
    params |= _object(seed, texture_size, {"width": width_m, "depth": depth_m, "height": height_m}, record)
    return JobRequest("text_to_3d", engine, params, label or text[:80])


def image_to_3d(
    prompt: str,
    *,
    seed: int,
    engine: str,
    texture_size: int = 1024,
    width_m: float | None = None,
    depth_m: float | None = None,
    height_m: float | None = None,
    record: RecordReference | None = None,
    label: str = "",
    settings: Mapping[str, Any] | None = None,
) -> JobRequest:
    """Ask for one object from a picture of it, which is uploaded under the role ``image``.

    prompt: what it shows, empty where nothing is to be said. The rest as in ``text_to_3d``. Raises InvalidRequest.
    """
    text = " ".join(prompt.split()) and checked_prompt(prompt)
    params = {**(settings or {}), **({"prompt": text} if text else {})}
    params |= _object(seed, texture_size, {"width": width_m, "depth": depth_m, "height": height_m}, record)
    return JobRequest("image_to_3d", engine, params, label or text[:80] or "Object from a picture")


def _object(
    seed: int, texture_size: int, sides: Mapping[str, float | None], record: RecordReference | None
) -> dict[str, Any]:
    """The parameters of every engine that makes an object. sides: metres. Raises InvalidRequest."""
    _check_choice("texture", texture_size, TEXTURE_SIZES)
    _check_seed(seed)
    params: dict[str, Any] = {"seed": seed, "texture_size": texture_size}
    for name, value in sides.items():
        length = checked_length(name, value)
        if length is not None:
            params[f"{name}_m"] = length
    if record is not None:
        params["record"] = record.to_json()
        params["fallback"] = "volume"
    return params


def text_to_image(
    prompt: str,
    *,
    seed: int,
    engine: str,
    size: int = 1024,
    shape: str = "square",
    surround: bool = False,
    label: str = "",
    settings: Mapping[str, Any] | None = None,
) -> JobRequest:
    """Ask for a picture from words.

    size: pixels of the longer side. shape: one of PICTURE_SHAPES; all around it is 2:1. surround: the left and the
    right edge join. settings: further parameters of the engine. Raises InvalidRequest.
    """
    text = checked_prompt(prompt)
    _check_seed(seed)
    _check_one_of("shape", shape, tuple(PICTURE_SHAPES))
    _check_choice("picture", size, PICTURE_SIZES)
    width, height = picture_size(size, "panorama" if surround else shape)
    params: dict[str, Any] = {**(settings or {}), "prompt": text, "seed": seed, "width": width, "height": height}
    if surround:
        params["surround"] = True
    return JobRequest("text_to_image", engine, params, label or text[:80])


def picture_size(size: int, shape: str) -> tuple[int, int]:
    """Width and height in pixels, multiples of PICTURE_MULTIPLE. size: of the longer side."""
    wide, high = PICTURE_SHAPES[shape][1]
    longest = max(wide, high)
    width, height = (round(size * side / longest / PICTURE_MULTIPLE) * PICTURE_MULTIPLE for side in (wide, high))
    return width, height


def interpret(prompt: str, *, details: Mapping[str, Any] | None = None) -> JobRequest:
    """Ask how ``text_to_3d`` would understand these words; nothing is made. Raises InvalidRequest."""
    text = checked_prompt(prompt)
    return JobRequest("interpret", "parametric", {**(details or {}), "prompt": text}, text[:80])


def texture_material(
    prompt: str,
    *,
    seed: int,
    texture_size: int = 2048,
    ageing: Mapping[str, float] | None = None,
    unwrap: str = "auto",
    label: str = "",
) -> JobRequest:
    """Ask for a material on a mesh, which is uploaded under the role ``mesh``.

    ageing: name -> amount from 0 to 1. unwrap: "auto" makes texture coordinates where there are none that can be used,
    "keep" and "new" as they say. Raises InvalidRequest.
    """
    text = checked_prompt(prompt)
    _check_choice("texture", texture_size, MATERIAL_SIZES)
    _check_seed(seed)
    if unwrap not in UNWRAPPING:
        raise InvalidRequest(f"Unwrapping cannot be {unwrap}.", f"Choose one of {', '.join(UNWRAPPING)}.")
    params: dict[str, Any] = {"prompt": text, "seed": seed, "texture_size": texture_size, "unwrap": unwrap}
    if ageing:
        params["ageing"] = [{"name": name, "amount": amount} for name, amount in ageing.items()]
    return JobRequest("texture", "material", params, label or text[:80])


def texture_views(
    prompt: str,
    *,
    mode: str,
    seed: int,
    painter: str = "auto",
    texture_size: int | None = None,
    view_size: int = 768,
    schedule: str = "automatic",
    view_count: int = 10,
    cameras: Sequence[Mapping[str, Any]] = (),
    missing: Mapping[str, Any] | None = None,
    strength: float = 0.4,
    feather: int = 16,
    unwrap: str = "auto",
    label: str = "",
    engine: str = "text2tex",
    settings: Mapping[str, Any] | None = None,
) -> JobRequest:
    """Ask for a texture painted view by view, or projected from photographs.

    Uploaded beside it: ``mesh``; ``texture``, ``mask`` and ``evidence``, or their tiles ``texture.1001`` and so on;
    ``photo.1`` and so on, of which camera i is that of the i-th; ``occluders``. mode: one of TEXTURE_MODES.
    texture_size: None for that of the given texture. cameras: as ``view_cameras.camera_json`` makes them, in the axes
    of the mesh's file. missing: what is painted in "restore" and "refine". engine: what paints; painter: of its own
    ones, "text2tex" alone has several. settings: further parameters of the engine. Raises InvalidRequest.
    """
    text = " ".join(prompt.split()) and checked_prompt(prompt)
    _check_one_of("mode", mode, TEXTURE_MODES)
    _check_one_of("unwrapping", unwrap, UNWRAPPING)
    if texture_size is not None:
        _check_choice("texture", texture_size, MATERIAL_SIZES)
    _check_choice("view", view_size, VIEW_SIZES)
    _check_seed(seed)
    if len(cameras) > MAX_CAMERAS:
        raise InvalidRequest(
            f"There are {len(cameras)} cameras; at most {MAX_CAMERAS} are used.", "Select those that shall be used."
        )
    if (mode == "project" or schedule == "cameras") and not cameras:
        raise InvalidRequest("There are no cameras.", "Add cameras to the scene, or choose other views.")
    params = {
        **(settings or {}), "prompt": text, "mode": mode, "seed": seed, "texture_size": texture_size,
        "view_size": view_size, "schedule": schedule, "view_count": view_count, "cameras": [*cameras],
        "strength": strength, "feather": feather, "unwrap": unwrap,
    }  # fmt: skip
    if engine == "text2tex":
        params["painter"] = painter
    if missing is not None:
        params["missing"] = dict(missing)
    return JobRequest("texture", engine, params, label or text[:80])


def _check_one_of(what: str, value: str, offered: Sequence[str]) -> None:
    if value not in offered:
        raise InvalidRequest(f"The {what} cannot be {value}.", f"Choose one of {', '.join(offered)}.")


def _check_choice(what: str, size: int, offered: tuple[int, ...]) -> None:
    if size not in offered:
        raise InvalidRequest(
            f"A {what} of {size} pixels is not offered.", f"Choose one of {', '.join(map(str, offered))}."
        )


def _check_seed(seed: int) -> None:
    if not 0 <= seed <= MAX_SEED:
        raise InvalidRequest(f"The seed {seed} is out of range.", f"Choose a seed from 0 to {MAX_SEED}.")
