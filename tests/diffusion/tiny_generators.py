"""Tiny real pipelines for making pictures and shapes, beside those of ``tiny_models`` for painting."""

import json

import torch
from tiny_models import clip_text, clip_tokenizer, vae

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }} {{ message['content'] }}<|im_end|>{% endfor %}"
)


def qwen_tokenizer(folder):
    """A byte pair encoder of single letters with the special words of the Qwen family."""
    from transformers import Qwen2Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    tokens = [*LETTERS, *LETTERS.upper(), *"0123456789_.,:;!?-'\"()ĠĊ", *SPECIAL]
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = Qwen2Tokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), unk_token="<|endoftext|>", pad_token="<|endoftext|>",
        eos_token="<|im_end|>", additional_special_tokens=SPECIAL[1:3],
    )  # fmt: skip
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def qwen_config(layers):
    from transformers import Qwen3Config

    return Qwen3Config(
        hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2, num_key_value_heads=2,
        vocab_size=160, head_dim=8, max_position_embeddings=512,
    )  # fmt: skip


def flow():
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler()


def save_flux2_klein(folder, seed=0):
    from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline, Flux2Transformer2DModel
    from transformers import Qwen3ForCausalLM

    torch.manual_seed(seed)
    transformer = Flux2Transformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=16 * 3, timestep_guidance_channels=256, axes_dims_rope=[4, 4, 4, 4], guidance_embeds=False,
    )  # fmt: skip
    pictures = AutoencoderKLFlux2(
        sample_size=32, in_channels=3, out_channels=3, down_block_types=("DownEncoderBlock2D",),
        up_block_types=("UpDecoderBlock2D",), block_out_channels=(4,), layers_per_block=1, latent_channels=1,
        norm_num_groups=1, use_quant_conv=False, use_post_quant_conv=False,
    )  # fmt: skip
    pipeline = Flux2KleinPipeline(
        scheduler=flow(), vae=pictures, text_encoder=Qwen3ForCausalLM(qwen_config(28)),
        tokenizer=qwen_tokenizer(folder.parent / "qwen-words"), transformer=transformer, is_distilled=True,
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def save_zimage(folder, seed=0):
    from diffusers import AutoencoderKL, ZImagePipeline, ZImageTransformer2DModel
    from transformers import Qwen3Model

    torch.manual_seed(seed)
    transformer = ZImageTransformer2DModel(
        all_patch_size=(2,), all_f_patch_size=(1,), in_channels=16, dim=32, n_layers=2, n_refiner_layers=1, n_heads=2,
        n_kv_heads=2, qk_norm=True, cap_feat_dim=16, rope_theta=256.0, t_scale=1000.0, axes_dims=[8, 4, 4],
        axes_lens=[256, 32, 32],
    )  # fmt: skip
    for name, parameter in transformer.named_parameters():
        if "pad_token" in name:
            parameter.data.zero_()  # made without a value
    pictures = AutoencoderKL(
        in_channels=3, out_channels=3, down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, block_out_channels=(32, 64), layers_per_block=1, latent_channels=16,
        norm_num_groups=32, sample_size=32, scaling_factor=0.3611, shift_factor=0.1159,
    )  # fmt: skip
    pipeline = ZImagePipeline(
        scheduler=flow(), vae=pictures, text_encoder=Qwen3Model(qwen_config(2)),
        tokenizer=qwen_tokenizer(folder.parent / "qwen-words"), transformer=transformer,
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def save_zimage_control(folder, seed=1, prefix="Z-Image-Turbo-Fun-Controlnet-Union-2.1"):
    """A control net for it, as it is published: one file of weights, no configuration."""
    from diffusers import ZImageControlNetModel
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    net = ZImageControlNetModel(
        control_layers_places=list(range(0, 30, 2)), control_refiner_layers_places=[0, 1], control_in_dim=33,
        add_control_noise_refiner="control_noise_refiner", dim=32, n_refiner_layers=2, n_heads=2, n_kv_heads=2,
    )  # fmt: skip
    for name, parameter in net.named_parameters():
        if "_proj" in name:
            torch.nn.init.normal_(parameter, std=0.3)  # zeros before they are trained
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(net.state_dict()), folder / f"{prefix}.safetensors", metadata={"format": "pt"})
    return folder


def renderer():
    from diffusers.pipelines.shap_e import ShapERenderer

    return ShapERenderer(
        param_shapes=((8, 93), (8, 8), (8, 8), (8, 8)), d_latent=16, d_hidden=8, n_output=12,
        background=(0.1, 0.1, 0.1),
    )  # fmt: skip


def save_shap_e(folder, seed=0):
    from diffusers import HeunDiscreteScheduler, PriorTransformer, ShapEPipeline

    torch.manual_seed(seed)
    prior = PriorTransformer(
        num_attention_heads=2, attention_head_dim=16, embedding_dim=16, num_embeddings=32, embedding_proj_dim=32,
        time_embed_dim=64, num_layers=1, clip_embed_dim=32, additional_embeddings=0, time_embed_act_fn="gelu",
        norm_in_type="layer", encoder_hid_proj_type=None, added_emb_type=None,
    )  # fmt: skip
    pipeline = ShapEPipeline(
        prior=prior, text_encoder=clip_text(projection=True), tokenizer=clip_tokenizer(folder.parent / "words"),
        scheduler=HeunDiscreteScheduler(
            beta_schedule="exp", num_train_timesteps=1024, prediction_type="sample", use_karras_sigmas=True,
            clip_sample=True, clip_sample_range=1.0,
        ),
        shap_e_renderer=renderer(),
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def save_marigold(folder, seed=0):
    from diffusers import DDIMScheduler, MarigoldIntrinsicsPipeline, UNet2DConditionModel

    torch.manual_seed(seed)
    unet = UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=32, in_channels=12, out_channels=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32, norm_num_groups=8, attention_head_dim=4,
    )  # fmt: skip
    pipeline = MarigoldIntrinsicsPipeline(
        unet=unet, vae=vae(), text_encoder=clip_text(), tokenizer=clip_tokenizer(folder.parent / "words"),
        scheduler=DDIMScheduler(prediction_type="v_prediction", steps_offset=1, clip_sample=False),
        prediction_type="intrinsics", default_denoising_steps=2, default_processing_resolution=64,
        target_properties={
            "target_names": ["albedo", "material"],
            "albedo": {"prediction_space": "srgb"},
            "material": {"prediction_space": "stack", "sub_target_names": ["roughness", "metallicity", None]},
        },
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder
