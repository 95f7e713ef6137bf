"""A maintainer fills in, with one command, what the catalogue does not know."""

from __future__ import annotations

import hashlib
import json

from backend.models.catalogue import Catalogue
from backend.models.hub import Hub
from backend.models.places import Token
from devtools import model_pins
from devtools.hub_server import COMMIT
from tests.models.conftest import UNET, VASE, model_data


def test_the_catalogue_is_written_as_it_lies_there():
    text = model_pins.CATALOGUE.read_text(encoding="utf-8")
    assert model_pins.written(json.loads(text)) == text


def test_what_is_missing_is_filled_in_and_what_is_known_stays(hub):
    listing = Hub(hub.address, Token()).listing("potter/vase", "main")
    known = "0" * 64
    index = "text_encoder/model-00001-of-00002.safetensors"
    files = [{"path": UNET}, {"path": index, "sha256": known}, {"path": "text_encoder/*.safetensors"},
             {"path": "model_index.json"}]  # fmt: skip
    entry = model_data(revision="main", pinned=False, missing="all", files=files)
    said = model_pins.pin(entry, listing)
    assert (entry["revision"], entry["pinned"], "missing" in entry) == (COMMIT, True, False)
    assert entry["files"][0] == {
        "path": UNET, "size": len(VASE[UNET]), "sha256": hashlib.sha256(VASE[UNET]).hexdigest()
    }  # fmt: skip
    assert entry["files"][1]["sha256"] == known and any("ANOTHER" in line for line in said)
    assert entry["files"][2] == {"path": "model_index.json", "size": len(VASE["model_index.json"])}
    assert [file["path"] for file in entry["files"][3:]] == ["text_encoder/model-00002-of-00002.safetensors"]
    licence = {"id": "kiln", "title": "", "terms": "", "url": "", "accept": False}
    Catalogue.model_validate({"schema": "museum-models/1", "hub": "x", "models": [entry], "licences": [licence]})
    again = model_pins.pin(entry, listing)
    assert [line for line in again if "ANOTHER" not in line] == []


def test_a_file_that_is_not_there_is_told(hub):
    listing = Hub(hub.address, Token()).listing("potter/vase", "main")
    assert "there is no gone.safetensors" in model_pins.pin(model_data(files=[{"path": "gone.safetensors"}]), listing)
