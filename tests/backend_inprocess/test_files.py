"""The content store, on a local folder, in memory, and on a disk that is full."""

from __future__ import annotations

import errno
import hashlib

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from backend.errors import BadInput, NotFound, StorageFull, TooLarge
from backend.jobs.files import FileStore, checked_file_id, checked_result_name


class FullDisk(MemoryFileSystem):
    """A file system with room for no byte: every write fails as a full disk makes it fail."""

    protocol = "fulldisk"

    def _open(self, path, mode="rb", **options):
        stream = super()._open(path, mode, **options)
        if "w" in mode:

            def write(_data):
                raise OSError(errno.ENOSPC, "No space left on device")

            stream.write = write
        return stream


fsspec.register_implementation("fulldisk", FullDisk, clobber=True)


@pytest.fixture(params=["local", "memory"])
def files(request, tmp_path):
    store = FileStore(str(tmp_path / "files") if request.param == "local" else f"memory://{tmp_path.name}")
    assert store.local is (request.param == "local")
    return store


def put(files, content):
    with files.upload(10**9) as upload:
        upload.write(content[:100])
        upload.write(content[100:])
        return upload.commit()


def test_what_is_uploaded_comes_back_whole_and_in_part(files, tmp_path):
    content = bytes(range(256)) * 5000
    file_id, size = put(files, content)
    assert (file_id, size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert files.size(file_id) == len(content)
    assert b"".join(files.read(file_id, 0, size)) == content
    assert b"".join(files.read(file_id, 1000, 300_000)) == content[1000:300_000]
    assert files.local_path(file_id, tmp_path / "copies").read_bytes() == content


def test_the_same_content_twice_is_one_file(files):
    assert put(files, b"once" * 99) == put(files, b"once" * 99)


def test_a_result_is_taken_over(files, tmp_path):
    path = tmp_path / "model.glb"
    path.write_bytes(b"glTF" * 1000)
    file_id, size = files.put(path, 10**6)
    assert file_id == hashlib.sha256(b"glTF" * 1000).hexdigest()
    assert b"".join(files.read(file_id, 0, size)) == b"glTF" * 1000
    path.write_bytes(b"glTF" * 1000)
    assert files.put(path, 10**6) == (file_id, size)
    path.write_bytes(b"x" * 11)
    with pytest.raises(TooLarge):
        files.put(path, 10)


def test_an_upload_that_is_given_up_leaves_nothing(tmp_path):
    files = FileStore(str(tmp_path))
    with pytest.raises(TooLarge), files.upload(10) as upload:
        upload.write(b"x" * 11)
    with pytest.raises(RuntimeError, match="broke off"), files.upload(100) as upload:
        upload.write(b"x")
        raise RuntimeError("broke off")
    with pytest.raises(BadInput), files.upload(100) as upload:
        upload.commit_unless_empty()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_server_left_is_swept_and_finished_files_stay(tmp_path):
    files = FileStore(str(tmp_path))
    file_id, _ = put(files, b"finished" * 50)
    (tmp_path / "incoming" / "half").write_bytes(b"half")
    files.sweep()
    assert list((tmp_path / "incoming").iterdir()) == []
    assert files.size(file_id) == 400


def test_a_full_disk_is_said_so(tmp_path):
    files = FileStore("fulldisk://store")
    with pytest.raises(StorageFull), files.upload(100) as upload:
        upload.write(b"x")
        upload.commit()
    path = tmp_path / "model.glb"
    path.write_bytes(b"glTF")
    with pytest.raises(StorageFull):
        files.put(path, 100)


def test_a_missing_file_is_not_found_before_a_byte_is_sent(files, tmp_path):
    for ask in (files.size, lambda file_id: files.read(file_id, 0, 1), lambda i: files.local_path(i, tmp_path)):
        with pytest.raises(NotFound):
            ask("0" * 64)


@pytest.mark.parametrize("bad", ["", "0" * 63, "0" * 65, "A" * 64, "../" + "0" * 61, "0" * 64 + "\n"])
def test_ids_are_sixty_four_digits(bad):
    with pytest.raises(BadInput):
        checked_file_id(bad)


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "a\\b", ".hidden", "a\n", "a\x00", "a..b", "x" * 121, "C:x"])
def test_result_names_are_plain(bad):
    with pytest.raises(BadInput):
        checked_result_name(bad)
