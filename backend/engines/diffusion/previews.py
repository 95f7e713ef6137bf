"""Small pictures: of latents on their way, and of results."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...geometry.glb import png_bytes
from ...geometry.typing import ByteImage

LARGEST = 256
"""Pixels along the longer side."""
SAMPLED = 8
"""Places along a side of the noise by which a decoder's colours are learned, each two latents wide."""
COLOURS = "museum_colours_of_latents"
"""The attribute of a pipeline that holds what was learned of its decoder."""


class Previews:
    """Shows latents of one pipeline, quickly beside a step.

    Latents are in the measure of the autoencoder (``measured``). What the decoder makes of colours is found out once
    for a pipeline.
    """

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def png(self, latents: Any) -> bytes:
        """A picture of (1, C, h, w) as a file.

        Where the decoder lies on the device it decodes a part of them. Where it waits elsewhere for its turn (one model
        at a time on the device) it is slow there, and fetching it would send away the model that denoises: then they
        are sketched.
        """
        weights = next(self._pipeline.vae.decoder.parameters())
        device = self._pipeline._execution_device
        if weights.device.type in ("meta", device.type):
            return small_png(_bytes(decoded(self._pipeline.vae, self._shrunk(latents), device)))
        return small_png(self.sketch(latents))

    def sketch(self, latents: Any) -> ByteImage:
        """(h, w, 3) uint8 of (1, C, h, w): each latent in about the colour that the decoder gives it."""
        colours = getattr(self._pipeline, COLOURS, None)
        if colours is None:
            weights = next(self._pipeline.vae.decoder.parameters())
            place = self._pipeline._execution_device if weights.device.type == "meta" else weights.device
            colours = colours_of(self._pipeline.vae, latents, place)
            setattr(self._pipeline, COLOURS, colours)
        return _bytes(coloured(latents, colours))

    def _shrunk(self, latents: Any) -> Any:
        from torch.nn.functional import adaptive_avg_pool2d

        most = max(LARGEST // self._pipeline.vae_scale_factor, 1)
        share = min(1.0, most / max(latents.shape[-2:]))
        return adaptive_avg_pool2d(latents.float(), [max(1, round(side * share)) for side in latents.shape[-2:]])


def measured(vae: Any, latents: Any) -> Any:
    """Latents as a model denoises them in the measure of the autoencoder, for families that scale and shift them."""
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    return latents / vae.config.scaling_factor + shift


def decoded(vae: Any, latents: Any, device: Any) -> Any:
    """(1, 3, H, W) in -1..1. The decoder is called by itself, so that nothing is moved for it."""
    weights = next(vae.decoder.parameters())
    given = latents.to(device, weights.dtype)
    before = getattr(vae, "post_quant_conv", None)
    return vae.decoder(given if before is None else before(given)).float().cpu()


def colours_of(vae: Any, latents: Any, device: Any) -> Any:
    """(C + 1, 3): the linear map from latents, and one, to colours that is nearest to what the decoder does with smooth
    noise as strong as these latents (least squares). Grey levels of their mean where the decoder overflows.
    """
    import torch
    from torch.nn.functional import adaptive_avg_pool2d, interpolate

    channels = latents.shape[1]
    noise = torch.randn(1, channels, SAMPLED, SAMPLED, generator=torch.Generator().manual_seed(0))
    strength = latents.float().std().cpu().nan_to_num(1.0)
    smooth = interpolate(noise * strength, scale_factor=2, mode="bilinear")
    picture = adaptive_avg_pool2d(decoded(vae, smooth, device), smooth.shape[-2:])
    if not torch.isfinite(picture).all():
        return torch.cat([torch.full((channels, 3), 1.0 / channels), torch.zeros(1, 3)])
    rows = smooth[0].flatten(1).T
    return torch.linalg.lstsq(torch.cat([rows, torch.ones(len(rows), 1)], 1), picture[0].flatten(1).T).solution


def coloured(latents: Any, colours: Any) -> Any:
    """(1, 3, h, w) of (1, C, h, w)."""
    import torch

    rows = latents[0].float().cpu().movedim(0, -1)
    return (torch.einsum("hwc,cr->rhw", rows, colours[:-1]) + colours[-1][:, None, None])[None]


def _bytes(picture: Any) -> ByteImage:
    """(H, W, 3) uint8 of (1, 3, H, W) in -1..1."""
    shown = np.nan_to_num(picture[0].permute(1, 2, 0).numpy() * 0.5 + 0.5)
    return np.rint(np.clip(shown, 0.0, 1.0) * 255.0).astype(np.uint8)


def small_png(picture: ByteImage) -> bytes:
    """(H, W, 3) uint8 as a PNG file that is no larger than a preview."""
    scale = LARGEST / max(picture.shape[:2])
    if scale < 1.0:
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return png_bytes(picture)
