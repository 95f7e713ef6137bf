"""Stable Diffusion XL and ControlNet-Union of their true size with seeded random weights: what a graphics card has to
do does not depend on what the weights say. Configurations: config.json files of the two models' repositories.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NET: dict[str, Any] = {
    "in_channels": 4,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
SCHEDULE: dict[str, Any] = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1,
    "timestep_spacing": "leading",
}  # fmt: skip
WORDS = ("a", "b", "c", "a</w>", "b</w>", "c</w>")


def unet() -> Any:
    """2.57 billion weights."""
    from diffusers import UNet2DConditionModel

    up = ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")
    return UNet2DConditionModel(sample_size=128, out_channels=4, up_block_types=up, **NET)


def control_union() -> Any:
    """1.26 billion weights, six kinds of control."""
    from diffusers import ControlNetUnionModel

    return ControlNetUnionModel(num_control_type=6, **NET)


def vae() -> Any:
    """84 million weights."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        sample_size=1024,
        scaling_factor=0.13025,
    )


def text(second: bool) -> Any:
    """CLIP ViT-L, 123 million weights; the second OpenCLIP ViT-bigG, 695 million."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    # Dictionary keys are configuration names of the libraries.
    size = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
    if second:
        size = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20}
    ends = {"bos_token_id": len(WORDS), "eos_token_id": len(WORDS) + 1, "pad_token_id": 1}
    config = CLIPTextConfig(**size, **ends, vocab_size=49408, projection_dim=1280 if second else 768)
    return (CLIPTextModelWithProjection if second else CLIPTextModel)(config)


def tokenizer(folder: Path) -> Any:
    """Six letters: how long a prompt is does not change the work."""
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    tokens = [*WORDS, "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)


def save(folder: Path, device: str, seed: int = 0) -> None:
    """``<folder>/sdxl`` and ``<folder>/union``: about 10 GB in half precision. device: where the weights are drawn."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    torch.manual_seed(seed)
    with _half(device):
        pipeline = StableDiffusionXLPipeline(
            vae=vae(), text_encoder=text(second=False), text_encoder_2=text(second=True), unet=unet(),
            tokenizer=tokenizer(folder / "words"), tokenizer_2=tokenizer(folder / "words"),
            scheduler=EulerDiscreteScheduler(**SCHEDULE), add_watermarker=False,
        )  # fmt: skip
        pipeline.save_pretrained(folder / "sdxl", safe_serialization=True)
        del pipeline
        control_union().save_pretrained(folder / "union", safe_serialization=True)


@contextmanager
def _half(device: str) -> Iterator[None]:
    import torch

    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            yield
    finally:
        torch.set_default_dtype(usual)
