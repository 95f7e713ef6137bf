"""Tiny real models under the names of the product's own, and what tests ask of a server that has them.

``TinyModels`` is a models' folder with a catalogue of its own, whose entries take the places of the product's, and a
further folder in which the models lie. A model is saved when a test file first needs it: add a line to ``TINY``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tiny_adapters
import tiny_generators
import tiny_models
import tiny_shapes

from backend.models.catalogue import built_in

NET = ("config.json", "*.safetensors")
WORDS = ("tokenizer/*.json", "text_encoder/config.json", "text_encoder/*.safetensors")
TRANSFORMER = ("model_index.json", "transformer/config.json", "transformer/*.safetensors")
PICTURES = ("model_index.json", "scheduler/*.json", "unet/config.json", "unet/*.safetensors", *WORDS)


@dataclass(frozen=True)
class Tiny:
    """A tiny model in the place of a real one. name: of its folder. save: writes it there. files: as a catalogue has
    them.
    """

    name: str
    save: Callable[[Path], Any]
    files: tuple[str, ...]


TINY: Mapping[str, Tiny] = {
    "sdxl-base": Tiny("sdxl", tiny_models.save_sdxl, PICTURES),
    "sdxl-vae-fp16-fix": Tiny("sdxl-vae", tiny_models.save_vae, NET),
    "sdxl-controlnet-union": Tiny("union", tiny_models.save_control_union, NET),
    "ip-adapter-sdxl": Tiny("ip-sdxl", tiny_adapters.save_ip_adapter_sdxl, tiny_adapters.IP_FILES),
    "sd15-base": Tiny("sd15", tiny_models.save_sd15, PICTURES),
    "sd15-controlnet-depth": Tiny("depth", tiny_models.save_control_depth, NET),
    "ip-adapter-sd15": Tiny("ip-sd15", tiny_adapters.save_ip_adapter_sd15, tiny_adapters.IP_FILES),
    "lcm-lora-sdxl": Tiny("lcm-sdxl", tiny_adapters.save_lcm_sdxl, ("*.safetensors",)),
    "lcm-lora-sd15": Tiny("lcm-sd15", tiny_adapters.save_lcm_sd15, ("*.safetensors",)),
    "z-image-turbo": Tiny("z-image", tiny_generators.save_zimage, TRANSFORMER),
    "z-image-controlnet-union": Tiny("z-control", tiny_generators.save_zimage_control, ("*.safetensors",)),
    "flux2-klein-4b": Tiny("klein", tiny_generators.save_flux2_klein, TRANSFORMER),
    "shap-e": Tiny("shap-e", tiny_shapes.save_text, (*tiny_shapes.FILES, *WORDS)),
    "shap-e-img2img": Tiny("shap-e-image", tiny_shapes.save_image, (*tiny_shapes.FILES, "image_encoder/*.safetensors")),
    "marigold-appearance": Tiny("marigold", tiny_generators.save_marigold, ("model_index.json", "unet/*.safetensors")),
}


class TinyModels:
    """A models' folder for a server. environment: what makes a backend look here, and nowhere else."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.more = folder / "models", folder / "tiny"
        (self.folder / "loras").mkdir(parents=True)
        self.more.mkdir()
        entries = [_entry(model_id, tiny) for model_id, tiny in TINY.items()]
        (self.folder / "catalogue.json").write_text(json.dumps({"models": entries}), encoding="utf-8")
        self.environment = {
            "MUSEUM_MODELS": str(self.folder), "MUSEUM_MODELS_MORE": str(self.more), "MUSEUM_MODELS_OFFLINE": "1",
            "HF_HUB_CACHE": str(folder / "no-cache"), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
        }  # fmt: skip

    def need(self, *model_ids: str) -> None:
        """Have these models; a use of the product (``texture-sdxl``) means all that it cannot do without."""
        for name in model_ids:
            for model in built_in().meant(name):
                tiny = TINY[model.id]
                if not (self.more / tiny.name).exists():
                    tiny.save(self.more / tiny.name)

    def path(self, model_id: str) -> Path:
        """Where a model lies, saved or not."""
        return self.more / TINY[model_id].name


def _entry(model_id: str, tiny: Tiny) -> dict[str, Any]:
    real = built_in().model(model_id)
    return {
        "id": model_id, "title": real.title, "hub": f"tiny/{tiny.name}", "revision": "main", "pinned": False,
        "missing": "it is made up", "files": [{"path": path} for path in tiny.files], "size_bytes": 1_000_000_000,
        "licence": real.licence, "source": "made up",
    }  # fmt: skip


def upload(server, content: bytes | Path) -> str:
    """The id of a file that the server has been given."""
    data = content if isinstance(content, bytes) else content.read_bytes()
    return str(server.json("POST", "/v1/files", data=data)["id"])


def order(server, task: str, engine: str, inputs: Mapping[str, str] | None = None, **params: Any) -> dict[str, Any]:
    """A queued job."""
    body = {"task": task, "engine": engine, "params": params, "inputs": dict(inputs or {})}
    return dict(server.json("POST", "/v1/jobs", json=body))


def finished(server, job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All events of a job that has to succeed."""
    events = server.events(job["id"])
    ended = events[-1]["data"]["job"]
    assert ended["state"] == "succeeded", f"{ended['error']}\n{server.log()[-4000:]}"
    return list(events)


def failure(server, job: Mapping[str, Any]) -> dict[str, Any]:
    """The problem of a job that has to fail: a sentence and a fix."""
    ended = server.wait(job["id"])
    assert ended["state"] == "failed", ended["state"]
    assert ended["error"]["detail"] and ended["error"]["fix"]
    return dict(ended["error"])


def digests(events: list[dict[str, Any]]) -> dict[str, str]:
    """Name -> SHA-256 of the results of a job, without ``result.json``, which holds times."""
    results = events[-1]["data"]["job"]["results"]
    return {file["name"]: file["sha256"] for file in results if file["name"] != "result.json"}


def result(server, events: list[dict[str, Any]], name: str) -> bytes:
    """The bytes of a result."""
    job = events[-1]["data"]["job"]["id"]
    response = server.request("GET", f"/v1/jobs/{job}/files/{name}")
    assert response.ok, response.text
    return bytes(response.content)


def report(server, events: list[dict[str, Any]]) -> dict[str, Any]:
    """The job's ``result.json``."""
    return dict(json.loads(result(server, events, "result.json")))
