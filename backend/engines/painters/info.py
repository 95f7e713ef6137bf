"""Which diffusion models paint views. Imports nothing heavy."""

from __future__ import annotations

from ..base import EngineInfo
from ..diffusion.adapters import LORA_INPUTS, REFERENCE_INPUT
from ..diffusion.uses import availability_of
from ..texture.info import SURFACE_INPUTS
from .params import Sd15Params, SdxlParams, ZimageParams

INPUTS = (*SURFACE_INPUTS, LORA_INPUTS, REFERENCE_INPUT)

ENGINES = (
    EngineInfo(
        task="texture",
        name="sdxl",
        version="0.1.0",
        title="Stable Diffusion XL",
        summary="Paints a mesh from words view by view, held to its depth and relief. A graphics card with 12 GB.",
        params=SdxlParams,
        entry="backend.engines.painters.engine:run_sdxl",
        inputs=INPUTS,
        device="neural",
        weights=("sdxl-base", "sdxl-vae-fp16-fix", "sdxl-controlnet-union"),
        availability=lambda: availability_of("texture-sdxl"),
    ),
    EngineInfo(
        task="texture",
        name="sd15",
        version="0.1.0",
        title="Stable Diffusion 1.5",
        summary="Paints a mesh from words view by view, held to its depth. A graphics card with 6 GB.",
        params=Sd15Params,
        entry="backend.engines.painters.engine:run_sd15",
        inputs=INPUTS,
        device="neural",
        weights=("sd15-base", "sd15-controlnet-depth"),
        availability=lambda: availability_of("texture-sd15"),
    ),
    EngineInfo(
        task="texture",
        name="zimage",
        version="0.1.0",
        title="Z-Image Turbo",
        summary="Paints a mesh from words, English or Chinese, view by view, held to its depth. A graphics card with "
        "24 GB or more.",
        params=ZimageParams,
        entry="backend.engines.painters.engine:run_zimage",
        inputs=(*SURFACE_INPUTS, LORA_INPUTS),
        device="neural",
        weights=("z-image-turbo", "z-image-controlnet-union"),
        availability=lambda: availability_of("texture-zimage"),
    ),
)
