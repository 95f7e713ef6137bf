"""A painting that was interrupted goes on, and comes out to the bit as if it had not been."""

import hashlib
import json

import meshes
import pytest
import serving

from backend.engines import catalogue
from backend.engines.diffusion.residents import Residents
from backend.errors import Cancelled

PARAMS = {
    "prompt": "a b c", "texture_size": 512, "view_size": 64, "view_count": 3, "refinement_views": 0, "up": "z",
    "schedule": "published", "steps": 2,
}  # fmt: skip


class Context:
    """A job's context that ends the job at a report with certain words."""

    def __init__(self, folder, mesh, residents, until=""):
        self.out_dir, self.keep_dir, self.inputs = folder / "out", folder / "kept", {"mesh": mesh}
        self.out_dir.mkdir(parents=True, exist_ok=True)
        self.residents, self.until = residents, until
        self.logged, self.reports, self.previews = [], [], []

    def progress(self, fraction, message):
        self.reports.append((fraction, message))
        if self.until and self.until in message:
            raise Cancelled

    def log(self, text):
        self.logged.append(text)

    def preview(self, png):
        self.previews.append(png)

    def check_cancelled(self):
        """Never."""


@pytest.fixture
def painted(tiny, tmp_path, monkeypatch):
    """painted(name, until="", **params) -> (context, digests of the files): one attempt in this process."""
    tiny.need("texture-sd15")
    for name, value in tiny.environment.items():
        monkeypatch.setenv(name, value)
    mesh = tmp_path / "ball.obj"
    mesh.write_bytes(meshes.ball())
    residents = Residents()

    def run(name, until="", **changes):
        context = Context(tmp_path / name, mesh, residents, until)
        info = catalogue.find("texture", "sd15")
        info.load()(context, catalogue.checked_params(info, PARAMS | changes))
        files = sorted(path for path in context.out_dir.iterdir() if path.is_file())
        return context, {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    return run


def test_a_painting_that_goes_on_has_the_same_bytes_as_one_in_one_go(painted, no_network):
    with pytest.raises(Cancelled):
        painted("interrupted", until="View 3 of 3")
    context, resumed = painted("interrupted")
    assert context.logged == ["2 views were painted by an attempt before."]
    assert not any("View 1 of 3" in words and "step" in words for _, words in context.reports)
    _, whole = painted("whole")
    assert resumed == whole and "model.glb" in whole


def test_views_painted_together_name_the_scheduler_that_stood_in(tmp_path, monkeypatch):
    """PNDM predicts no clean image from one answer alone; many models of Stable Diffusion 1.5 come with it."""
    from diffusers import PNDMScheduler

    own = serving.TinyModels(tmp_path / "own")
    own.need("texture-sd15")
    index = own.path("sd15-base") / "model_index.json"
    parts = json.loads(index.read_text("utf-8"))
    index.write_text(json.dumps({**parts, "scheduler": ["diffusers", "PNDMScheduler"]}), "utf-8")
    PNDMScheduler(skip_prk_steps=True).save_pretrained(index.parent / "scheduler")
    for name, value in own.environment.items():
        monkeypatch.setenv(name, value)
    mesh = tmp_path / "ball.obj"
    mesh.write_bytes(meshes.ball())
    info, residents, found = catalogue.find("texture", "sd15"), Residents(), []
    for synchronised in (False, True, True):
        context = Context(tmp_path / str(synchronised), mesh, residents)
        params = {**PARAMS, "view_count": 2, "synchronised": synchronised}
        found.append(info.load()(context, catalogue.checked_params(info, params)).sampling["scheduler"])
    assert found == ["PNDMScheduler", "DDIMScheduler", "DDIMScheduler"], "the last found its views painted"


@pytest.mark.parametrize("changes", [{"steps": 1}, {"negative_prompt": "d"}, {"sampler": "euler"}])
def test_views_that_were_painted_otherwise_are_painted_anew(painted, changes):
    with pytest.raises(Cancelled):
        painted("interrupted", until="View 2 of 3")
    context, _ = painted("interrupted", **changes)
    assert not context.logged and any("View 1 of 3" in words and "step" in words for _, words in context.reports)


def test_models_of_another_revision_tell_the_painter_apart(tiny):
    from dataclasses import replace

    from backend.engines.diffusion.uses import prepared
    from backend.engines.painters.engine import Models
    from backend.models.places import Places
    from backend.models.store import ModelStore

    tiny.need("texture-sd15")
    ready = prepared("texture-sd15", ModelStore(Places(tiny.folder, more=(tiny.more,), offline=True)))
    other = {**ready.models, "base": {**ready.models["base"], "revision": "f" * 40}}
    same, different = Models(ready, (), None), Models(replace(ready, models=other), (), None)
    assert repr(same.depends_on) != repr(different.depends_on)
    assert serving.TINY["sd15-base"].name in repr(same.depends_on)
