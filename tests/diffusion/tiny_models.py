"""Tiny real pipelines: the product's classes from small configurations, seeded random weights, saved to folders."""

import json

import torch

LETTERS = "abcdefghij"
VOCABULARY = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), "ab</w>", "<|startoftext|>", "<|endoftext|>"]


def clip_tokenizer(folder):
    """A byte pair encoder of 23 tokens."""
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(VOCABULARY)}))
    (folder / "merges.txt").write_text("#version: 0.2\na b</w>\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)


def clip_text(projection=False):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, vocab_size=len(VOCABULARY),
        max_position_embeddings=77, projection_dim=32, bos_token_id=21, eos_token_id=22, pad_token_id=1,
    )  # fmt: skip
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config)


def vae():
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        in_channels=3, out_channels=3, block_out_channels=(32, 64), latent_channels=4, sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
    )  # fmt: skip


def scheduler():
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1
    )


SDXL_NET = {
    "block_out_channels": (32, 64), "layers_per_block": 1, "in_channels": 4, "cross_attention_dim": 64,
    "attention_head_dim": (2, 4),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"), "use_linear_projection": True, "norm_num_groups": 8,
    "addition_embed_type": "text_time", "addition_time_embed_dim": 8, "transformer_layers_per_block": (1, 2),
    "projection_class_embeddings_input_dim": 80,
}  # fmt: skip


def sdxl_unet():
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=32, out_channels=4, up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **SDXL_NET
    )


def control_union():
    from diffusers import ControlNetUnionModel

    return ControlNetUnionModel(
        conditioning_embedding_out_channels=(16, 32), num_trans_channel=32, num_trans_head=4, num_proj_channel=32,
        num_control_type=6, **SDXL_NET,
    )  # fmt: skip


def save_sdxl(folder, seed=0):
    """Stable Diffusion XL with its two text models."""
    from diffusers import StableDiffusionXLPipeline

    torch.manual_seed(seed)
    pipeline = StableDiffusionXLPipeline(
        vae=vae(), text_encoder=clip_text(), text_encoder_2=clip_text(projection=True),
        tokenizer=clip_tokenizer(folder.parent / "words"), tokenizer_2=clip_tokenizer(folder.parent / "words"),
        unet=sdxl_unet(), scheduler=scheduler(), add_watermarker=False,
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def save_vae(folder, seed=3):
    torch.manual_seed(seed)
    vae().save_pretrained(folder, safe_serialization=True)
    return folder


def save_control_union(folder, seed=1):
    torch.manual_seed(seed)
    awakened(control_union()).save_pretrained(folder, safe_serialization=True)
    return folder


def save_sd15(folder, seed=0):
    """Stable Diffusion 1.5 without its safety checker, as the folders of the hub are after it was removed."""
    from diffusers import StableDiffusionPipeline, UNet2DConditionModel

    torch.manual_seed(seed)
    unet = UNet2DConditionModel(
        sample_size=32, in_channels=4, out_channels=4, cross_attention_dim=32, **SD15_NET,
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    pipeline = StableDiffusionPipeline(
        vae=vae(), text_encoder=clip_text(), tokenizer=clip_tokenizer(folder.parent / "words"), unet=unet,
        scheduler=scheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


SD15_NET = {
    "block_out_channels": (32, 64), "layers_per_block": 1, "norm_num_groups": 8, "attention_head_dim": 4,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
}  # fmt: skip


def save_control_depth(folder, seed=1):
    from diffusers import ControlNetModel

    torch.manual_seed(seed)
    net = ControlNetModel(
        in_channels=4, cross_attention_dim=32, conditioning_embedding_out_channels=(16, 32), **SD15_NET
    )
    awakened(net).save_pretrained(folder, safe_serialization=True)
    return folder


def awakened(net):
    """A control network that says something: fresh ones end in layers of zeros, so that training begins with none."""
    for parameter in net.parameters():
        if not parameter.any() and parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.1)
    return net


def save_clip_vision(folder, seed=2):
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(seed)
    config = CLIPVisionConfig(
        hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, image_size=32, patch_size=8,
        projection_dim=32,
    )  # fmt: skip
    CLIPVisionModelWithProjection(config).save_pretrained(folder, safe_serialization=True)
    return folder
