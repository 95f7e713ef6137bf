"""What is particular to each family of models: how its pipeline is called, and what its latents are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from PIL import Image

from ...geometry.typing import ByteImage
from ..diffusion.previews import measured

CHAT_TOKENS = 500
"""Of the 512 that both transformers' pipelines read, what the words of a conversation around a prompt leave."""


@dataclass(frozen=True)
class Order:
    """One picture. words: the prompt as the model gets it. size: width and height, pixels. reference: (H, W, 3) uint8,
    and how strongly it counts.
    """

    words: str
    negative: str
    size: tuple[int, int]
    steps: int
    guidance: float
    sampler: str
    seed: int
    surround: bool
    reference: ByteImage | None = None
    reference_strength: float = 0.0


class Family(Protocol):
    """A family of models. use_id: in the catalogue of models. steps, guidance: what it is made for. unguided: the most
    guidance that is none. tokens: how many it reads of a prompt, without those that mark its beginning and end.
    """

    name: str
    use_id: str
    steps: int
    guidance: float
    unguided: float
    tokens: int

    def arguments(self, order: Order) -> dict[str, Any]:
        """What its pipeline is called with, besides size, steps and noise."""

    def decodable(self, pipeline: Any, latents: Any, grid: tuple[int, int]) -> Any:
        """Latents in the middle of a run as its autoencoder takes them, (B, C, h, w). grid: columns and rows."""


class Flux2Klein:
    """FLUX.2 klein: a transformer that was made for few steps without guidance, and sees reference pictures itself."""

    name, use_id = "flux2-klein", "image-flux2-klein"
    steps, guidance, unguided, tokens = 4, 1.0, 1.0, CHAT_TOKENS

    def arguments(self, order: Order) -> dict[str, Any]:
        """As ``Flux2KleinPipeline`` takes them."""
        shown = {} if order.reference is None else {"image": Image.fromarray(order.reference)}
        return {"prompt": order.words, "guidance_scale": order.guidance, **shown}

    def decodable(self, pipeline: Any, latents: Any, grid: tuple[int, int]) -> Any:
        """Pieces in a row, each of 2 x 2 places, to a picture of them, in the measure of the autoencoder."""
        columns, rows = grid
        pieces = latents.unflatten(1, (rows, columns)).permute(0, 3, 1, 2)
        norm = pipeline.vae.bn
        spread = (norm.running_var + pipeline.vae.config.batch_norm_eps).sqrt()
        mean, spread = (one.view(1, -1, 1, 1).to(pieces) for one in (norm.running_mean, spread))
        batch, channels = pieces.shape[:2]
        parts = (pieces * spread + mean).reshape(batch, channels // 4, 2, 2, rows, columns)
        return parts.permute(0, 1, 4, 2, 5, 3).reshape(batch, channels // 4, rows * 2, columns * 2)


class ZImage:
    """Z-Image Turbo: a transformer that was made for eight steps without guidance."""

    name, use_id = "zimage", "image-zimage"
    steps, guidance, unguided, tokens = 8, 0.0, 0.0, CHAT_TOKENS

    def arguments(self, order: Order) -> dict[str, Any]:
        """As ``ZImagePipeline`` takes them."""
        return {"prompt": order.words, "negative_prompt": order.negative or None, "guidance_scale": order.guidance}

    def decodable(self, pipeline: Any, latents: Any, grid: tuple[int, int]) -> Any:
        """In the measure of the autoencoder."""
        return measured(pipeline.vae, latents)


class Sdxl:
    """Stable Diffusion XL. Steps and guidance: documentation of diffusers 0.42, StableDiffusionXLPipeline."""

    name, use_id = "sdxl", "image-sdxl"
    steps, guidance, unguided, tokens = 30, 5.0, 1.0, 75

    def arguments(self, order: Order) -> dict[str, Any]:
        """As ``StableDiffusionXLPipeline`` takes them."""
        shown = {} if order.reference is None else {"ip_adapter_image": Image.fromarray(order.reference)}
        negative = order.negative or None
        return {"prompt": order.words, "negative_prompt": negative, "guidance_scale": order.guidance, **shown}

    def decodable(self, pipeline: Any, latents: Any, grid: tuple[int, int]) -> Any:
        """In the measure of the autoencoder."""
        return measured(pipeline.vae, latents)


FAMILIES: Mapping[str, Family] = MappingProxyType({kind.name: kind() for kind in (Flux2Klein, ZImage, Sdxl)})
"""By the names of their engines."""
