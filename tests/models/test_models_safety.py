"""What a file is, is told by its bytes; where it lies, by nobody but us."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import DamagedModel, UnsafeModel
from backend.models import safety
from devtools.hub_server import safetensors


def weights(header):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text


def looked_at(tmp_path, path, data):
    file = tmp_path / "file"
    file.write_bytes(data)
    safety.check_file(file, path)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("path", ["model.safetensors", "config.json", "merges.txt", "spiece.model"])
def test_real_pickles_are_refused_under_any_name(tmp_path, protocol, path):
    with pytest.raises(UnsafeModel):
        looked_at(tmp_path, path, pickle.dumps({"weight": list(range(500))}, protocol))


def test_a_torch_zip_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps([1, 2, 3]))
    with pytest.raises(UnsafeModel, match="zip"):
        looked_at(tmp_path, "model.safetensors", buffer.getvalue())


@pytest.mark.parametrize("path", ["model.bin", "model.pt", "model.ckpt", "code.py", "model", "model.safetensors.exe"])
def test_other_kinds_are_refused_by_name(path):
    with pytest.raises(UnsafeModel):
        safety.check_name(path)


@given(st.integers(min_value=2, max_value=90_000))
def test_safetensors_are_accepted_whatever_the_length_of_their_header(length):
    """A header of 640 bytes begins like a pickle, one of 23,117 like a program."""
    empty = b'{"__metadata__": {}}'
    head = struct.pack("<Q", max(length, len(empty))) + empty.ljust(max(length, len(empty)))
    safety.check_head("model.safetensors", head[: safety.HEAD_BYTES], len(head))


def test_good_files_are_accepted(tmp_path):
    looked_at(tmp_path, "model.safetensors", safetensors(100))
    looked_at(tmp_path, "model.safetensors", weights({"__metadata__": {"format": "pt"}}))
    looked_at(tmp_path, "config.json", b'{"a": 1}')
    looked_at(tmp_path, "merges.txt", "#version: 0.2\nĠ t\n".encode())
    looked_at(tmp_path, "spiece.model", b"\n\x0e\n\x05<pad>\x15\x00\x00\x00\x00\x18\x03")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"short",
        safetensors(100)[:-1],
        safetensors(100) + b"x",
        weights(b'{"a": '),
        weights([1]),
        weights({"a": {"data_offsets": "no"}}),
        struct.pack("<Q", 1 << 62) + b"{",
        struct.pack("<Q", 50) + b"{}",
    ],
)
def test_damaged_weights_are_told(tmp_path, data):
    with pytest.raises(DamagedModel) as caught:
        looked_at(tmp_path, "model.safetensors", data)
    assert caught.value.fix


def test_a_page_of_a_proxy_is_no_configuration(tmp_path):
    with pytest.raises(DamagedModel, match="not JSON"):
        looked_at(tmp_path, "config.json", b"<html>Blocked</html>")


@given(st.text(max_size=60))
def test_no_name_leads_out_of_the_folder(tmp_path_factory, path):
    folder = tmp_path_factory.getbasetemp() / "inside"
    folder.mkdir(exist_ok=True)
    try:
        target = safety.inside(folder, path)
    except UnsafeModel:
        return
    assert target.resolve().is_relative_to(folder.resolve()) and target != folder


def test_a_link_does_not_lead_out_either(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "model"
    folder.mkdir()
    try:
        (folder / "unet").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("This user may not make links.")
    with pytest.raises(UnsafeModel):
        safety.inside(folder, "unet/config.json")


@given(st.binary(max_size=2000))
def test_any_bytes_are_an_index_or_no_good(data):
    try:
        assert all(isinstance(name, str) for name in safety.shards(data))
    except ValueError:
        return
