"""Loading: real tiny pipelines come back as they were saved; everything that is wrong with files is a sentence."""

import json
import os
import struct
import threading

import numpy as np
import PIL.Image
import pytest
import torch
from safetensors.torch import load_file, save_file

from backend.engines.diffusion.faults import ModelUnusable
from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.recipes import IpAdapter, LoraFile, Recipe
from backend.errors import Cancelled, DamagedModel

UNION = "StableDiffusionXLControlNetUnionInpaintPipeline"
DEPTH = "StableDiffusionControlNetInpaintPipeline"
SIZE = 64


def sdxl(folder, **more):
    return Recipe(UNION, folder / "sdxl", {"controlnet": folder / "union"}, **more)


def sd15(folder, **more):
    return Recipe(DEPTH, folder / "sd15", {"controlnet": folder / "depth"}, **more)


def painted(pipeline, **more):
    """One picture of 64² pixels in 3 steps."""
    grey = PIL.Image.fromarray(np.full((SIZE, SIZE, 3), 90, np.uint8))
    mask = PIL.Image.fromarray(np.full((SIZE, SIZE), 255, np.uint8))
    union = "XL" in type(pipeline).__name__
    control = {"control_image": [grey], "control_mode": [1]} if union else {"control_image": grey}
    return pipeline(
        prompt="a b", image=grey, mask_image=mask, num_inference_steps=3, strength=0.99, height=SIZE, width=SIZE,
        generator=torch.Generator().manual_seed(3), output_type="np", **control, **more,
    ).images[0]  # fmt: skip


def refused(recipe):
    with pytest.raises((ModelUnusable, DamagedModel)) as caught:
        load_pipeline(recipe, "float32")
    assert caught.value.message.endswith(".") or ":" in caught.value.message
    assert caught.value.fix
    return caught.value.message


@pytest.mark.parametrize("recipe", [sdxl, sd15])
def test_a_pipeline_paints_and_paints_the_same_again_without_the_network(models, recipe, no_network):
    first = painted(load_pipeline(recipe(models), "float32"))
    again = painted(load_pipeline(recipe(models), "float32"))
    assert first.shape == (SIZE, SIZE, 3) and np.isfinite(first).all() and first.std() > 0.01
    assert np.abs(first - again).max() < 1e-5


def test_every_weight_is_the_saved_one(models):
    pipeline = load_pipeline(sdxl(models), "float32")
    for part, file in (("unet", "sdxl/unet"), ("vae", "sdxl/vae"), ("controlnet", "union")):
        saved = load_file(models / file / "diffusion_pytorch_model.safetensors")
        held = getattr(pipeline, part).state_dict()
        assert saved.keys() <= held.keys()
        assert all(torch.equal(saved[name], held[name]) for name in saved)


def test_precision_is_the_one_that_was_asked_for(models):
    pipeline = load_pipeline(sdxl(models), "bfloat16")
    assert {pipeline.unet.dtype, pipeline.text_encoder_2.dtype, pipeline.controlnet.dtype} == {torch.bfloat16}


def test_progress_grows_by_bytes_and_names_the_part(models):
    told = []
    load_pipeline(sdxl(models), "float32", lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    assert any("unet" in what for _, what in told) and any("controlnet" in what for _, what in told)


def test_loading_stops_between_parts_when_the_job_is_cancelled(models):
    told = []

    def cancel_at_the_third(share, _what):
        told.append(share)
        if len(told) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_pipeline(sdxl(models), "float32", cancel_at_the_third)
    assert len(told) == 3


def test_a_part_from_another_folder_takes_the_place_of_the_pipelines_own(models, copied):
    weights = copied / "sdxl" / "vae" / "diffusion_pytorch_model.safetensors"
    changed = {name: tensor * 1.5 for name, tensor in load_file(weights).items()}
    save_file(changed, weights, metadata={"format": "pt"})
    parts = {"controlnet": models / "union", "vae": copied / "sdxl" / "vae"}
    pipeline = load_pipeline(Recipe(UNION, models / "sdxl", parts), "float32")
    held = pipeline.vae.state_dict()
    assert all(torch.equal(changed[name], held[name]) for name in changed)


def test_a_class_that_is_not_on_the_list_is_refused_with_its_neighbours():
    with pytest.raises(ModelUnusable) as caught:
        load_pipeline(Recipe("StableDiffusionXLControlNetPipeline", None), "float32")
    assert UNION in caught.value.fix


def test_a_folder_of_another_kind_of_model_is_refused(models):
    message = refused(Recipe(UNION, models / "sd15", {"controlnet": models / "union"}))
    assert "StableDiffusionPipeline" in message


def test_a_control_net_of_the_other_family_is_refused(models):
    assert "ControlNetModel" in refused(Recipe(UNION, models / "sdxl", {"controlnet": models / "depth"}))
    assert "controlnet" in refused(Recipe(UNION, models / "sdxl"))


def test_missing_folders_and_files_are_named(models, copied):
    assert "nowhere" in refused(Recipe(UNION, models / "nowhere", {"controlnet": models / "union"}))
    (copied / "sdxl" / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    assert "unet" in refused(sdxl(copied))
    (copied / "sd15" / "model_index.json").write_text("{")
    assert "model_index.json" in refused(sd15(copied))


def test_half_a_download_is_told_by_its_length(copied):
    weights = copied / "sdxl" / "unet" / "diffusion_pytorch_model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)
    message = refused(sdxl(copied))
    assert "header speaks of" in message and weights.name in message


def test_missing_shards_are_counted(copied):
    folder = copied / "sdxl" / "unet"
    index = {"metadata": {}, "weight_map": {"a": "diffusion_pytorch_model.safetensors", "b": "second.safetensors"}}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    assert "1 of 2 files" in refused(sdxl(copied))


def test_an_altered_file_is_told_by_its_hash(copied):
    name = "unet/diffusion_pytorch_model.safetensors"
    assert "SHA-256" in refused(sdxl(copied, sha256={name: "0" * 64}))


def pickled_mark(folder):
    """A pickle that makes a file when it is opened, in place of the weights."""
    mark = folder / "it-ran"
    code = b"cposix\nsystem\n(S'touch " + os.fsencode(mark) + b"'\ntR."
    return mark, code


@pytest.mark.parametrize("name", ["diffusion_pytorch_model.bin", "diffusion_pytorch_model.safetensors"])
def test_pickled_weights_are_refused_under_every_name_and_never_opened(copied, tmp_path, name):
    mark, code = pickled_mark(tmp_path)
    (copied / "sdxl" / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    (copied / "sdxl" / "unet" / name).write_bytes(code)
    message = refused(sdxl(copied))
    assert "pickled" in message or "no safetensors" in message
    assert not mark.exists()


def test_code_that_comes_with_a_model_is_refused(copied):
    path = copied / "sdxl" / "model_index.json"
    index = json.loads(path.read_text())
    path.write_text(json.dumps({**index, "unet": ["my_code", "MyUNet"]}))
    assert "code of its own" in refused(sdxl(copied))
    path.write_text(json.dumps({**index, "_class_name": ["pipeline", "Mine"]}))
    assert "class of its own" in refused(sdxl(copied))


def test_weights_of_another_model_are_found_out_instead_of_being_made_up(copied):
    weights = copied / "sdxl" / "unet" / "diffusion_pytorch_model.safetensors"
    kept = load_file(weights)
    name = next(name for name in kept if name.endswith("conv_in.weight"))
    del kept[name]
    save_file(kept, weights, metadata={"format": "pt"})
    assert name in refused(sdxl(copied))


def test_a_half_precision_variant_is_taken_where_the_plain_weights_are_missing(copied):
    for part in ("unet", "text_encoder", "text_encoder_2"):
        for path in (copied / "sdxl" / part).glob("*.safetensors"):
            path.rename(path.with_name(f"{path.stem}.fp16.safetensors"))
    whole = load_file(copied / "sdxl" / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    held = load_pipeline(sdxl(copied), "float32").unet.state_dict()
    assert all(torch.equal(whole[name], held[name]) for name in whole)


def test_the_pipelines_own_part_may_be_missing_where_another_takes_its_place(copied):
    (copied / "sdxl" / "vae").rename(copied / "other-vae")
    parts = {"controlnet": copied / "union", "vae": copied / "other-vae"}
    assert load_pipeline(Recipe(UNION, copied / "sdxl", parts), "float32").vae is not None


def test_a_header_that_claims_terabytes_is_refused(copied):
    weights = copied / "sdxl" / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(struct.pack("<Q", 2**60) + b"{}")
    assert "no safetensors" in refused(sdxl(copied))


def lora(pipeline, path, seed=5):
    """A low-rank adaptation of the pipeline's attention, as trainers save it."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, module in pipeline.unet.named_modules():
        if name.endswith(("to_q", "to_v")):
            tensors[f"unet.{name}.lora_A.weight"] = torch.randn(4, module.in_features, generator=generator)
            tensors[f"unet.{name}.lora_B.weight"] = torch.randn(module.out_features, 4, generator=generator)
    path.parent.mkdir(exist_ok=True)
    save_file(tensors, path, metadata={"format": "pt"})
    return path


def test_a_lora_changes_the_picture_by_its_weight(models, tmp_path):
    plain = load_pipeline(sdxl(models), "float32")
    without = painted(plain)
    file = lora(plain, tmp_path / "loras" / "style.safetensors")
    none = painted(load_pipeline(sdxl(models, loras=(LoraFile(file, 0.0),)), "float32"))
    full = painted(load_pipeline(sdxl(models, loras=(LoraFile(file, 1.0),)), "float32"))
    assert np.abs(none - without).max() < 1e-4
    assert np.abs(full - without).mean() > 1e-4


def test_two_loras_with_weights_add_up(models, tmp_path):
    plain = load_pipeline(sdxl(models), "float32")
    files = [lora(plain, tmp_path / "loras" / f"{seed}.safetensors", seed) for seed in (1, 2)]
    pipeline = load_pipeline(sdxl(models, loras=tuple(map(LoraFile, files, (0.5, 2.0)))), "float32")
    name = next(name for name, _ in plain.unet.named_modules() if name.endswith("attn2.to_q"))
    layer, before = pipeline.unet.get_submodule(name), plain.unet.get_submodule(name)
    given = torch.randn(3, before.in_features)
    expected = before(given)
    for path, weight in zip(files, (0.5, 2.0), strict=True):
        tensors = load_file(path)
        down, up = tensors[f"unet.{name}.lora_A.weight"], tensors[f"unet.{name}.lora_B.weight"]
        expected = expected + weight * (given @ down.T @ up.T)
    assert torch.allclose(layer(given), expected, rtol=1e-4, atol=1e-4)


def test_a_lora_of_another_family_or_kind_is_refused(models, tmp_path):
    tensors = {"unet.nowhere.lora_A.weight": torch.zeros(4, 7), "unet.nowhere.lora_B.weight": torch.zeros(7, 4)}
    foreign = tmp_path / "foreign.safetensors"
    save_file(tensors, foreign, metadata={"format": "pt"})
    assert "does not fit" in refused(sdxl(models, loras=(LoraFile(foreign),)))
    pickled = tmp_path / "style.ckpt"
    pickled.write_bytes(b"\x80\x04")
    assert "pickled" in refused(sdxl(models, loras=(LoraFile(pickled),)))
    assert "SHA-256" in refused(sdxl(models, loras=(LoraFile(foreign, sha256="1" * 64),)))


def ip_adapter(pipeline, path, tokens=4):
    """An image prompt adapter of random weights, in the format of the published ones."""
    width = pipeline.unet.config.cross_attention_dim
    generator = torch.Generator().manual_seed(9)
    tensors = {
        "image_proj.proj.weight": torch.randn(tokens * width, 32, generator=generator),
        "image_proj.proj.bias": torch.zeros(tokens * width),
        "image_proj.norm.weight": torch.ones(width),
        "image_proj.norm.bias": torch.zeros(width),
    }
    number = 1
    for name, processor in pipeline.unet.attn_processors.items():
        if "attn2" in name:
            layer = pipeline.unet.get_submodule(name.removesuffix(".processor"))
            for key in ("k", "v"):
                shape = (layer.to_k.out_features, width)
                tensors[f"ip_adapter.{number}.to_{key}_ip.weight"] = torch.randn(shape, generator=generator)
            number += 2
        assert processor is not None
    save_file(tensors, path, metadata={"format": "pt"})
    return path


def test_a_reference_picture_changes_the_result(models, tmp_path):
    file = ip_adapter(load_pipeline(sdxl(models), "float32"), tmp_path / "ip.safetensors")
    adapter = IpAdapter(file, models / "vision", scale=0.8)
    pipeline = load_pipeline(sdxl(models, ip_adapter=adapter), "float32")
    dark, light = (PIL.Image.fromarray(np.full((48, 48, 3), value, np.uint8)) for value in (10, 240))
    difference = painted(pipeline, ip_adapter_image=dark) - painted(pipeline, ip_adapter_image=light)
    assert np.abs(difference).mean() > 1e-4


def test_loading_in_a_thread_of_its_own_works(models):
    """Workers load while another thread listens for a cancel."""
    found = []
    thread = threading.Thread(target=lambda: found.append(load_pipeline(sd15(models), "float32")))
    thread.start()
    thread.join()
    assert type(found[0]).__name__ == DEPTH
