"""Pictures written without Blender, masks over texture coordinates, and cameras from frames."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from museum_addon.client.parcel import Parcel, opened
from museum_addon.core.errors import InvalidRequest
from museum_addon.core.pictures import bytes_of, sendable_suffix, suffix_of, write_png
from museum_addon.core.requests import MAX_CAMERAS, texture_views
from museum_addon.core.uv_masks import corner_mask, tiles_of
from museum_addon.core.view_cameras import Frame, camera_json, looks_past, placed_picture


def decoded(path: Path) -> np.ndarray:
    """A PNG read by its specification (ISO/IEC 15948), for 8 bits and the filters None and Up."""
    data = path.read_bytes()
    place, parts, header = 8, b"", ()
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        assert struct.unpack(">I", data[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + body)
        header = struct.unpack(">2I5B", body) if kind == b"IHDR" else header
        parts += body if kind == b"IDAT" else b""
        place += 12 + length
    width, height, _, colour, *_ = header
    channels = {0: 1, 2: 3, 6: 4}[colour]
    lines = np.frombuffer(zlib.decompress(parts), np.uint8).reshape(height, -1)
    rows = np.zeros((height, width * channels), np.uint8)
    for y, line in enumerate(lines):
        rows[y] = line[1:] + (rows[y - 1] if line[0] == 2 and y else 0)
    return rows.reshape(height, width, channels)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_holds_what_was_written(tmp_path: Path, channels: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (13, 17, channels), dtype=np.uint8)
    write_png(tmp_path / "a.png", picture)
    assert np.array_equal(decoded(tmp_path / "a.png"), picture)
    assert suffix_of((tmp_path / "a.png").read_bytes()[:12]) == ".png"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("orientation", "sent"), [(1, ".jpg"), (3, ""), (6, "")])
def test_photographs_that_others_would_turn_are_not_sent_as_they_are(order: str, orientation: int, sent: str) -> None:
    tags = struct.pack(f"{order}H", 2) + b"".join(
        struct.pack(f"{order}2HI2H", tag, 3, 1, value, 0) for tag, value in ((0x0100, 4000), (0x0112, orientation))
    )
    exif = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8) + tags
    assert sendable_suffix(b"\xff\xd8\xff\xe1\0\0Exif\0\0" + exif) == sent
    assert sendable_suffix(b"\xff\xd8\xff\xe1\0\0Exif\0\0" + exif[:12]) == ".jpg"


def test_byte_pixels_come_back_exactly_and_top_first() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (4, 5, 4), dtype=np.uint8)
    values = (picture[::-1].astype(np.float32) / np.float32(255.0)).ravel()
    assert np.array_equal(bytes_of(values, 5, 4, linear=False), picture)


def test_float_pixels_are_encoded_and_freed_of_their_alpha() -> None:
    linear = np.array([0.5 * 0.2158605, 0.5 * 0.2158605, 0.0, 0.5], dtype=np.float32)  # premultiplied; 128 in sRGB
    assert bytes_of(linear, 1, 1, linear=True)[0, 0].tolist() == [128, 128, 0, 128]


def test_an_opaque_alpha_is_left_out() -> None:
    assert bytes_of(np.ones(4 * 6, dtype=np.float32), 3, 2, linear=False).shape == (2, 3, 3)


def test_a_mask_is_the_plane_through_the_corners() -> None:
    """Weights that are linear over the square come out linear: the value of a texel is that at its centre."""
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)], dtype=np.float32)
    mask = corner_mask(square, square[:, 0].copy(), 64)
    expected = np.broadcast_to((np.arange(64) + 0.5) / 64 * 255, (64, 64))
    assert np.abs(mask - expected).max() <= 0.51
    upright = corner_mask(square, square[:, 1].copy(), 64)
    assert upright[0].min() > 250 and upright[-1].max() < 5  # row 0 is v = 1


def test_a_mask_reaches_beyond_its_chart_and_no_further() -> None:
    corners = np.array([(0.25, 0.25), (0.75, 0.25), (0.25, 0.75)], dtype=np.float32)
    mask = corner_mask(corners, np.ones(3, dtype=np.float32), 128)
    y, x = np.nonzero(mask)
    beyond = np.maximum.reduce([31.5 - x, y - 95.5, (x - y + 0.5 - 0.5) / np.sqrt(2)])
    assert mask[(np.arange(128)[:, None] > 40) & (mask > 0)].min() == 255
    assert 1.0 < beyond.max() <= 3.0


def test_faces_without_weight_leave_no_mark_and_flipped_ones_do() -> None:
    corners = np.array([(0.1, 0.1), (0.1, 0.4), (0.4, 0.1), (0.6, 0.6), (0.9, 0.6), (0.6, 0.9)], dtype=np.float32)
    mask = corner_mask(corners, np.array([1, 1, 1, 0, 0, 0], dtype=np.float32), 64)
    assert mask[45:, :24].any() and not mask[:34].any()


def test_broken_coordinates_do_no_harm() -> None:
    corners = np.array([(np.nan, 0), (1, 0), (0, 1), (2, 2), (2, 2), (2, 2)], dtype=np.float32)
    assert not corner_mask(corners, np.ones(6, dtype=np.float32), 32).any()
    assert tiles_of(corners) == (1023,)


def test_each_tile_has_its_own_mask() -> None:
    corners = np.array([(1.2, 0.2), (1.8, 0.2), (1.2, 0.8)], dtype=np.float32)
    ones = np.ones(3, dtype=np.float32)
    assert tiles_of(corners) == (1002,)
    assert not corner_mask(corners, ones, 32, 1001).any()
    assert np.array_equal(corner_mask(corners, ones, 32, 1002), corner_mask(np.subtract(corners, (1, 0)), ones, 32))


FRAME = Frame(-0.36, 0.36, -0.24, 0.24)


@pytest.mark.parametrize(
    ("method", "aspect", "size"),
    [("STRETCH", 1.0, (0.72, 0.48)), ("FIT", 1.0, (0.48, 0.48)), ("CROP", 1.0, (0.72, 0.72)),
     ("FIT", 2.0, (0.72, 0.36)), ("CROP", 2.0, (0.96, 0.48))],
)  # fmt: skip
def test_a_background_lies_in_the_frame_as_its_method_says(
    method: str, aspect: float, size: tuple[float, float]
) -> None:
    placed = placed_picture(FRAME, aspect, method)
    assert (placed.width, placed.height) == pytest.approx(size)
    assert placed.left + placed.right == pytest.approx(0.0) and placed.bottom + placed.top == pytest.approx(0.0)


def test_a_camera_looks_past_what_lies_behind_or_beside_it() -> None:
    camera = camera_json(np.eye(4), FRAME, 300, 200)
    box = np.array([(x, y, z) for x in (-0.1, 0.1) for y in (-0.1, 0.1) for z in (-0.1, 0.1)])
    assert not looks_past(camera, np.add(box, (0.0, 0.0, -2.0)))
    assert looks_past(camera, np.add(box, (0.0, 0.0, 2.0)))
    assert looks_past(camera, np.add(box, (2.0, 0.0, -2.0)))
    assert not looks_past(camera, box)  # it stands inside


def test_a_parcel_is_sent_again_from_what_it_wrote(tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"a")
    parcel = Parcel(tmp_path / "key")
    parcel.add_file("photo.1", picture)
    parcel.add("mesh", ".glb", lambda path: path.write_bytes(b"mesh") and None)
    sources = parcel.seal()
    with pytest.raises(InvalidRequest, match="not there any more"):
        opened(tmp_path / "key")
    made = sources["mesh"]()  # type: ignore[operator]
    assert made.read_bytes() == b"mesh"
    assert opened(tmp_path / "key") == {"photo.1": picture.resolve(), "mesh": made}
    with pytest.raises(InvalidRequest, match="not there any more"):
        opened(tmp_path / "another")


def test_a_request_says_what_was_chosen() -> None:
    request = texture_views("bronze", mode="generate", seed=3, texture_size=1024)
    assert (request.task, request.engine) == ("texture", "text2tex")
    assert request.params["texture_size"] == 1024 and "missing" not in request.params
    json.dumps(request.to_json())


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "other"}, {"seed": -1}, {"texture_size": 100}, {"view_size": 7}, {"unwrap": "perhaps"},
     {"mode": "project"}, {"schedule": "cameras"}, {"cameras": [{}] * (MAX_CAMERAS + 1)}],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused_with_a_way_out(wrong: dict) -> None:
    with pytest.raises(InvalidRequest) as caught:
        texture_views("bronze", **{"mode": "generate", "seed": 3, **wrong})
    assert caught.value.fix
