"""Painted views that outlive a failed attempt."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import trimesh

from backend.engines.texture.checkpoint import Checkpoint, key_of
from backend.engines.texture.contract import TextureOptions


def pictures(count: int, size: int = 40, seed: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.random((size, size, 3), dtype=np.float32) for _ in range(count)]


def test_a_retry_sees_what_was_stored_to_the_bit(tmp_path):
    first = Checkpoint(tmp_path / "kept", "key")
    stored = [first.store(number, picture) for number, picture in enumerate(pictures(3))]
    again = Checkpoint(tmp_path / "kept", "key")
    loaded = [again.load(number) for number in range(3)]
    for mine, theirs, original in zip(stored, loaded, pictures(3), strict=True):
        assert np.array_equal(mine, theirs)
        assert np.abs(mine - original).max() <= 0.5 / 65535 + 1e-7
    assert again.load(3) is None


def test_without_a_folder_pictures_are_rounded_alike(tmp_path):
    (picture,) = pictures(1)
    kept = Checkpoint(tmp_path, "key").store(0, picture)
    nowhere = Checkpoint(None, "key")
    assert nowhere.load(0) is None
    assert np.array_equal(nowhere.store(0, picture), kept)


def test_a_view_painted_after_another_picture_is_painted_anew(tmp_path):
    first = Checkpoint(tmp_path, "key")
    for number, picture in enumerate(pictures(3)):
        first.store(number, picture)
    other = Checkpoint(tmp_path, "key")
    assert other.load(0) is not None
    other.store(1, pictures(1, seed=9)[0])
    assert other.load(2) is None


def test_another_work_starts_afresh(tmp_path):
    Checkpoint(tmp_path, "key").store(0, pictures(1)[0])
    assert Checkpoint(tmp_path, "other").load(0) is None


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_file_counts_as_none(tmp_path, harm):
    Checkpoint(tmp_path, "key").store(0, pictures(1)[0])
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    if harm == "flipped":
        content[-7] ^= 1
    harmed = {"cut": content[: len(content) // 2], "flipped": content, "empty": b"", "foreign": b"PNG" * 99}[harm]
    path.write_bytes(bytes(harmed))
    again = Checkpoint(tmp_path, "key")
    assert again.load(0) is None
    again.store(0, pictures(1)[0])
    assert Checkpoint(tmp_path, "key").load(0) is not None


def test_clearing_leaves_nothing(tmp_path):
    kept = Checkpoint(tmp_path / "kept", "key")
    kept.store(0, pictures(1)[0])
    kept.clear()
    assert list((tmp_path / "kept").iterdir()) == []


def test_the_key_tells_works_apart_and_places_not(tmp_path):
    ball, box = trimesh.creation.icosphere(subdivisions=1), trimesh.creation.box()
    options = TextureOptions(seed=4, albedo=np.zeros((8, 8, 3), np.uint8), occluders=(box,))
    same = dataclasses.replace(options, albedo=np.zeros((8, 8, 3), np.uint8), checkpoint=tmp_path)
    key = key_of(ball, options, "exemplar")
    assert key == key_of(ball.copy(), same, "exemplar")
    others = [
        key_of(box, options, "exemplar"),
        key_of(ball, options, "material"),
        key_of(ball, dataclasses.replace(options, seed=5), "exemplar"),
        key_of(ball, dataclasses.replace(options, albedo=np.ones((8, 8, 3), np.uint8)), "exemplar"),
        key_of(ball, dataclasses.replace(options, occluders=(ball,)), "exemplar"),
        key_of(ball, dataclasses.replace(options, occluders=()), "exemplar"),
    ]
    assert len({key, *others}) == 7
