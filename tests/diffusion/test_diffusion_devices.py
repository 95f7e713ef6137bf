"""Devices: what is concluded from facts about machine and PyTorch, and what this machine really has."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.engines.diffusion.devices import Card, Facts, best, devices_of, free_bytes, gathered, named, survey
from backend.engines.diffusion.memory import resident_bytes
from backend.errors import BadInput, Unavailable

ROOT = Path(__file__).resolve().parents[2]
H100 = Card("NVIDIA H100 80GB HBM3", (9, 0), 80 * 2**30)
TURING = Card("NVIDIA GeForce RTX 2070", (7, 5), 8 * 2**30)
PASCAL = Card("NVIDIA GeForce GTX 1080", (6, 1), 8 * 2**30)
BUILT_FOR = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120")
LINUX = Facts("linux", "2.13.0+cu130", cuda="13.0", architectures=BUILT_FOR, nvidia=True, processor="a", memory=2**34)


def with_facts(**changes):
    return devices_of(dataclasses.replace(LINUX, **changes))


def test_the_card_with_most_memory_leads_and_the_processor_is_always_there():
    devices = with_facts(cards=(TURING, H100))
    assert [device.address for device in devices] == ["cuda:1", "cuda:0", "cpu"]
    assert [device.precision for device in devices] == ["bfloat16", "float16", "float32"]
    assert best(devices).name == H100.name


def test_a_card_without_code_for_it_is_named_with_its_reason_and_passed_over():
    card, processor = with_facts(cards=(PASCAL,))
    assert not card.usable and "6.1" in card.reason and "GTX 1080" in card.reason and card.fix
    assert best((card, processor)) is processor
    with pytest.raises(Unavailable, match=r"6\.1"):
        named("cuda:0", (card, processor))


@pytest.mark.parametrize(
    ("capability", "usable"),
    [((7, 5), True), ((8, 9), True), ((9, 0), True), ((12, 1), True), ((13, 0), True), ((7, 0), False)],
)
def test_compiled_code_runs_on_the_same_major_version_and_intermediate_code_on_all_later_ones(capability, usable):
    assert with_facts(cards=(Card("a card", capability, 2**33),))[0].usable is usable


def test_code_for_one_exact_card_runs_on_no_other():
    only = ("sm_90a",)
    assert with_facts(cards=(H100,), architectures=only)[0].usable
    assert not with_facts(cards=(Card("other", (9, 1), 1),), architectures=only)[0].usable


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"cuda": "", "torch": "2.13.0+cpu"}, "cuda", "without CUDA"),
        ({"cuda_failure": "The NVIDIA driver on your system is too old"}, "cuda", "too old"),
        ({"nvidia": False, "amd": True, "cuda": ""}, "rocm", "without ROCm"),
        ({"nvidia": False, "amd": True, "cuda": "", "hip": "7.1"}, "rocm", "could not use"),
        ({"nvidia": False, "mps": "old", "system": "darwin"}, "mps", "too old"),
    ],
)
def test_what_cannot_be_used_says_why_and_what_to_do(changes, kind, words):
    unusable, processor = with_facts(**changes)
    assert unusable.kind == kind and words in unusable.reason and unusable.fix and not unusable.address
    assert best((unusable, processor)).kind == "cpu"


def test_a_card_that_fails_a_small_sum_is_not_used():
    card, _ = with_facts(cards=(dataclasses.replace(H100, works="an illegal memory access was encountered"),))
    assert "illegal memory access" in card.reason


def test_amd_cards_and_apples_have_names_of_their_own():
    amd, _ = with_facts(cards=(Card("AMD Radeon PRO W7900", (11, 0), 2**35),), hip="7.1", cuda="", nvidia=False)
    assert (amd.kind, amd.address, amd.precision) == ("rocm", "cuda:0", "bfloat16")
    apple, _ = with_facts(system="darwin", nvidia=False, cuda="", mps="works", macos=15)
    assert (apple.kind, apple.precision) == ("mps", "bfloat16")


def test_a_device_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(BadInput) as caught:
        named("cuda:7", with_facts(cards=(H100,)))
    assert "cuda:0" in caught.value.fix and "cpu" in caught.value.fix


def test_this_machine_agrees_with_pytorch():
    devices = survey()
    assert devices[-1].kind == "cpu" and devices[-1].usable
    assert any(device.kind in ("cuda", "rocm") and device.usable for device in devices) == torch.cuda.is_available()
    chosen = best(devices)
    tensor = torch.arange(8.0, device=chosen.address)
    assert np.allclose(tensor.cpu().numpy(), np.arange(8.0))
    assert free_bytes(chosen) > 0 and resident_bytes(chosen) >= 0
    assert gathered().torch == torch.__version__


def test_the_command_lists_what_there_is():
    done = subprocess.run(
        [sys.executable, "-m", "backend", "devices", "--json"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    (line,) = done.stdout.splitlines()
    listed = json.loads(line)["devices"]
    assert [device["kind"] for device in listed] == [device.kind for device in survey()]
    assert listed[-1]["free_bytes"] > 0
    plain = subprocess.run(
        [sys.executable, "-m", "backend", "devices"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "float32" in plain.stdout


def test_descriptions_of_what_is_missing_load_no_pytorch():
    code = (
        "import sys; from backend.engines.diffusion.packages import neural_packages; state = neural_packages();"
        "print(state.available, 'torch' in sys.modules, 'diffusers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False"]
