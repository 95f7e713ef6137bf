"""Tiny real Shap-E pipelines whose decoder knows one form: a rounded octahedron with a colour for each place.

Everything is the real thing, at random, but for the last part: its weights say, at whatever the latents are, about
``inside`` and ``colour`` below. The latents move the form a little, so that another seed is another form.
"""

import json
import warnings

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tiny_generators import renderer
from tiny_models import clip_text, clip_tokenizer

STEEPNESS = (6.0, 8.0, 4.0)
LEVEL = 3.0
SHADE = 0.5
LIFT = 12.0
"""Far enough up that the activation is the identity."""
SWAY = 0.05
FILES = (
    "model_index.json", "scheduler/*.json", "prior/config.json", "prior/*.safetensors", "renderer/config.json",
    "renderer/*.safetensors",
)  # fmt: skip


def inside(points):
    """(n,) how far inside, before the tanh, without the latents' sway."""
    waves = points * np.array(STEEPNESS)
    return 0.3 * (LEVEL - (waves * np.tanh(waves / 2.0)).sum(axis=1))


def colour(points):
    """(n, 3) sRGB 0..1."""
    return 1.0 / (1.0 + np.exp(-SHADE * points * np.array(STEEPNESS)))


def formed_renderer(empty=False):
    """silu(kx) + silu(-kx) = kx tanh(kx / 2), and silu(kx) - silu(-kx) = kx: exact with one hidden layer; the others
    pass on what they get.
    """
    made = renderer()
    with torch.no_grad():
        for layer in made.mlp.mlp:
            layer.weight.zero_()
            layer.bias.zero_()
        for number, width in enumerate((93, 8, 8, 8)):
            projection = made.params_proj.projections[f"nerstf__mlp__{number}__weight"]
            weight = torch.zeros(8, width)
            if number:
                weight += torch.eye(8)
            else:
                for axis, steepness in enumerate(STEEPNESS):
                    weight[2 * axis, axis], weight[2 * axis + 1, axis] = steepness, -steepness
            projection.proj.bias.copy_(weight.reshape(-1))
            projection.norm.weight.zero_()
            projection.norm.bias.zero_()
        made.params_proj.projections["nerstf__mlp__0__weight"].norm.weight[:3] = SWAY
        made.mlp.mlp[1].bias.fill_(LIFT)
        for number in (4, 5):
            made.mlp.mlp[number].weight[:, :8] = torch.eye(8)
        last = made.mlp.mlp[6]
        last.weight[0, :6] = -0.3
        last.bias[0] = -9.0 if empty else 0.3 * (LEVEL + 6.0 * LIFT)
        for axis in range(3):
            last.weight[3 + axis, 2 * axis], last.weight[3 + axis, 2 * axis + 1] = SHADE, -SHADE
    return made


def scheduler():
    from diffusers import HeunDiscreteScheduler

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library, of its own parts
        return HeunDiscreteScheduler(
            beta_schedule="exp", num_train_timesteps=1024, prediction_type="sample", use_karras_sigmas=True,
            clip_sample=True, clip_sample_range=1.0,
        )  # fmt: skip


def prior(**more):
    from diffusers import PriorTransformer

    return PriorTransformer(
        num_attention_heads=2, attention_head_dim=16, embedding_dim=16, num_embeddings=32, embedding_proj_dim=32,
        time_embed_dim=64, num_layers=2, clip_embed_dim=32, additional_embeddings=0, time_embed_act_fn="gelu",
        norm_in_type="layer", encoder_hid_proj_type=None, added_emb_type=None, **more,
    )  # fmt: skip


def save_text(folder, seed=0, empty=False):
    from diffusers import ShapEPipeline

    torch.manual_seed(seed)
    pipeline = ShapEPipeline(
        prior=prior(), text_encoder=clip_text(projection=True), tokenizer=clip_tokenizer(folder.parent / "words"),
        scheduler=scheduler(), shap_e_renderer=formed_renderer(empty),
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return as_published(folder)


def save_image(folder, seed=0):
    from diffusers import ShapEImg2ImgPipeline
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel

    torch.manual_seed(seed)
    config = CLIPVisionConfig(
        hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, image_size=32, patch_size=8,
        projection_dim=32,
    )  # fmt: skip
    pipeline = ShapEImg2ImgPipeline(
        prior=prior(embedding_proj_norm_type="layer"), image_encoder=CLIPVisionModel(config),
        image_processor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        scheduler=scheduler(), shap_e_renderer=formed_renderer(),
    )  # fmt: skip
    pipeline.save_pretrained(folder, safe_serialization=True)
    return as_published(folder)


def as_published(folder):
    """As the hub's files that are no pickles: the decoder in a folder of its former name and without its tables, which
    the index names twice.
    """
    (folder / "shap_e_renderer").rename(folder / "renderer")
    weights = folder / "renderer" / "diffusion_pytorch_model.safetensors"
    tensors = {name: tensor for name, tensor in load_file(weights).items() if not name.startswith("mesh_decoder.")}
    save_file(tensors, weights, {"format": "pt"})
    index = json.loads((folder / "model_index.json").read_text())
    index["renderer"] = index["shap_e_renderer"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder
