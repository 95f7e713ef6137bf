"""What is put onto tiny models: LoRAs as trainers save them, and image prompt adapters in the published format."""

from __future__ import annotations

import tempfile
from pathlib import Path

import tiny_models
import torch
from safetensors.torch import save_file

IP_FILES = ("adapter/*.safetensors", "encoder/config.json", "encoder/*.safetensors")


def unet_of(model):
    """The tiny network of a saved model."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel.from_pretrained(model / "unet")


def save_lora(unet, path, seed=5, strength=1.0):
    """A low-rank adaptation of a network's attention."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, module in unet.named_modules():
        if name.endswith(("to_q", "to_v")):
            down = torch.randn(4, module.in_features, generator=generator)
            tensors[f"unet.{name}.lora_A.weight"] = down
            tensors[f"unet.{name}.lora_B.weight"] = strength * torch.randn(module.out_features, 4, generator=generator)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata={"format": "pt"})
    return path


def save_ip_adapter(unet, folder, tokens=4):
    """An image prompt adapter of random weights beside its encoder."""
    width = unet.config.cross_attention_dim
    generator = torch.Generator().manual_seed(9)
    tensors = {
        "image_proj.proj.weight": torch.randn(tokens * width, 32, generator=generator),
        "image_proj.proj.bias": torch.zeros(tokens * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    layers = [name for name in unet.attn_processors if "attn2" in name]
    for number, name in enumerate(layers):
        layer = unet.get_submodule(name.removesuffix(".processor"))
        for key in ("k", "v"):
            shape = (layer.to_k.out_features, width)
            tensors[f"ip_adapter.{2 * number + 1}.to_{key}_ip.weight"] = torch.randn(shape, generator=generator)
    (folder / "adapter").mkdir(parents=True)
    save_file(tensors, folder / "adapter" / "ip-adapter.safetensors", metadata={"format": "pt"})
    tiny_models.save_clip_vision(folder / "encoder")
    return folder


def save_ip_adapter_sdxl(folder):
    """For the tiny SDXL."""
    return save_ip_adapter(tiny_models.sdxl_unet(), folder)


def save_ip_adapter_sd15(folder):
    """For the tiny SD 1.5."""
    return save_ip_adapter(sd15_unet(), folder)


def save_lcm_sdxl(folder):
    """A LoRA in the place of the one for few steps of the tiny SDXL."""
    return save_lora(tiny_models.sdxl_unet(), folder / "pytorch_lora_weights.safetensors", seed=11)


def save_lcm_sd15(folder):
    """A LoRA in the place of the one for few steps of the tiny SD 1.5."""
    return save_lora(sd15_unet(), folder / "pytorch_lora_weights.safetensors", seed=11)


def sd15_unet():
    """A network of the shape of the tiny SD 1.5's."""
    with tempfile.TemporaryDirectory() as place:
        return unet_of(tiny_models.save_sd15(Path(place) / "sd15"))
