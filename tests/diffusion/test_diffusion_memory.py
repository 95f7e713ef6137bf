"""Memory: which plans are tried for what is free, and that trying the next one starts from nothing."""

import weakref

import pytest
import torch

from backend.engines.diffusion.devices import Device, best, survey
from backend.engines.diffusion.faults import NotEnoughMemory
from backend.engines.diffusion.loading import load_pipeline
from backend.engines.diffusion.memory import (
    Needs,
    arrange,
    is_out_of_memory,
    needs_in_gb,
    needs_of,
    plans_to_try,
    with_plans,
)
from backend.engines.diffusion.recipes import Recipe

CARD = Device("cuda", "NVIDIA Card", "cuda:0", "bfloat16", 8 * 10**9)
NEEDS = needs_in_gb(12.0, 6.5, 2.5)


@pytest.mark.parametrize(
    ("free_gb", "expected"),
    [
        (24, ("full", "model_offload", "sequential_offload")),
        (8, ("model_offload", "sequential_offload")),
        (3, ("sequential_offload",)),
        (1, ("sequential_offload",)),
    ],
)
def test_the_first_plan_is_the_quickest_that_fits(free_gb, expected):
    assert plans_to_try(CARD, NEEDS, free_gb * 10**9) == expected


def test_plans_that_a_model_does_not_have_are_not_tried():
    assert plans_to_try(CARD, Needs(12 * 10**9, None, None), 0) == ("full",)
    assert plans_to_try(best(survey()[-1:]), NEEDS, 0) == ("full",)


def test_out_of_memory_leads_to_the_next_plan_with_nothing_left_of_the_last():
    left, told = [], []

    class Weights:
        pass

    def work(plan):
        weights = Weights()
        assert all(reference() is None for reference in left), "the last try still holds its weights"
        left.append(weakref.ref(weights))
        if plan != "sequential_offload":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return plan

    plans = plans_to_try(CARD, NEEDS, 24 * 10**9)
    processor = best(survey()[-1:])
    assert with_plans(plans, processor, NEEDS, work, told.append) == "sequential_offload"
    assert len(told) == 2


def test_when_no_plan_fits_the_smallest_is_named_with_its_size():
    def work(_plan):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(NotEnoughMemory) as caught:
        with_plans(("full", "model_offload", "sequential_offload"), CARD, NEEDS, work, lambda text: None)
    assert "2.5 GB" in caught.value.message and "one layer at a time" in caught.value.message
    assert "Release memory" in caught.value.fix


def test_a_real_allocation_that_fails_counts_as_out_of_memory_and_other_errors_do_not():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.float32)
    assert is_out_of_memory(caught.value) or "Storage size" in str(caught.value)
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**45, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    with pytest.raises(RuntimeError) as caught:
        torch.zeros(2) + torch.zeros(3)
    assert not is_out_of_memory(caught.value)


def test_other_errors_are_not_tried_again():
    calls = []

    def work(plan):
        calls.append(plan)
        raise RuntimeError("a size does not fit")

    with pytest.raises(RuntimeError, match="does not fit"):
        with_plans(("full", "model_offload"), best(survey()[-1:]), NEEDS, work, lambda text: None)
    assert calls == ["full"]


def test_needs_follow_from_the_weights(models):
    recipe = Recipe("StableDiffusionControlNetInpaintPipeline", models / "sd15", {"controlnet": models / "depth"})
    pipeline = load_pipeline(recipe, "float32")
    needs = needs_of(pipeline, working=1000)
    on_disk = sum(path.stat().st_size for name in ("sd15", "depth") for path in (models / name).rglob("*.safetensors"))
    assert abs(needs.full - 1000 - on_disk) < 0.02 * on_disk
    assert needs.sequential_offload < needs.model_offload < needs.full


def test_offloading_one_model_at_a_time_paints_and_can_be_undone(models):
    recipe = Recipe("StableDiffusionControlNetInpaintPipeline", models / "sd15", {"controlnet": models / "depth"})
    pipeline = load_pipeline(recipe, "float32")
    processor = best(survey()[-1:])
    arrange(pipeline, "model_offload", processor)
    assert pipeline._all_hooks
    assert pipeline.vae.use_slicing and not pipeline.vae.use_tiling
    arrange(pipeline, "full", processor)
    assert not pipeline._all_hooks and not pipeline.vae.use_slicing


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card: layers are moved onto it")
def test_offloading_layer_by_layer_keeps_the_weights_off_the_card(models):
    recipe = Recipe("StableDiffusionControlNetInpaintPipeline", models / "sd15", {"controlnet": models / "depth"})
    pipeline = load_pipeline(recipe, "float32")
    arrange(pipeline, "sequential_offload", best(survey()))
    assert pipeline.vae.use_tiling
    assert {parameter.device.type for parameter in pipeline.unet.parameters()} == {"meta"}
