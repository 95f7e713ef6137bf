"""The mark in a picture's file, the words of panoramas, and sizes."""

import json
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from backend.engines.pictures.info import Flux2KleinParams, SdxlParams
from backend.engines.pictures.marking import marked_png
from backend.engines.pictures.words import panorama

TERM = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
WORDS = 'a <jar> & "lid", \u9752\u94dc\u5668'
PARADATA = {"engine": {"name": "sdxl"}, "model": {"id": "a/b&c"}, "prompt": WORDS, "digital_source_type": TERM}
NAMES = {"iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "dc": "http://purl.org/dc/elements/1.1/"}


def test_other_programs_find_what_kind_of_picture_it_is():
    picture = np.random.default_rng(1).integers(0, 256, (24, 40, 3), dtype=np.uint8)
    file = Image.open(BytesIO(marked_png(picture, PARADATA)))
    assert np.array_equal(np.asarray(file), picture)
    (xmp,) = [text for name, text in file.text.items() if name == "XML:com.adobe.xmp"]
    tree = ElementTree.fromstring(xmp)
    assert tree.findtext(".//iptc:DigitalSourceType", namespaces=NAMES) == TERM
    assert "".join(tree.find(".//dc:description", NAMES).itertext()).strip() == WORDS
    assert json.loads(file.text["museum_paradata"]) == PARADATA


def test_the_same_picture_has_the_same_bytes():
    picture = np.zeros((8, 8, 3), dtype=np.uint8)
    assert marked_png(picture, PARADATA) == marked_png(picture.copy(), dict(reversed(PARADATA.items())))


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a quarry", "a quarry, seamless 360° equirectangular panorama"),
        ("Panorama of a quarry", "Panorama of a quarry"),
        ("采石场", "采石场，无缝360°全景图，等距柱状投影"),
        ("采石场全景", "采石场全景"),
    ],
)
def test_a_background_says_once_that_it_is_all_around(prompt, said):
    assert panorama(prompt) == said


def test_a_missing_height_follows_the_width():
    assert Flux2KleinParams(prompt="a", width=1024).size == (1024, 1024)
    assert Flux2KleinParams(prompt="a", width=2048, surround=True).size == (2048, 1024)
    assert Flux2KleinParams(prompt="a", width=80, surround=True).size == (80, 64)
    assert Flux2KleinParams(prompt="a", width=640, height=480, surround=True).size == (640, 480)


def test_edges_join_only_where_the_network_has_whole_columns():
    assert SdxlParams(prompt="a", width=1040).size == (1040, 1040)
    with pytest.raises(ValidationError, match="multiple of 32"):
        SdxlParams(prompt="a", width=1040, surround=True)
