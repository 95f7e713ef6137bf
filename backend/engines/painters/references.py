"""A picture to follow, as image prompt adapters read it."""

from __future__ import annotations

from typing import Any

from .painter import Settings


def image_prompt(pipeline: Any, settings: Settings, device: Any) -> dict[str, Any]:
    """What the network is told besides; nothing where no picture is followed. Such a pipeline has an adapter."""
    if settings.reference is None:
        return {}
    from PIL import Image

    picture = Image.fromarray(settings.reference)
    embeds = pipeline.prepare_ip_adapter_image_embeds(picture, None, device, 1, settings.guided)
    return {"image_embeds": [one.to(pipeline.unet.dtype) for one in embeds]}
