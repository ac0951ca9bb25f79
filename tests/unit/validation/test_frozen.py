"""Files as they were when they were read: bytes, digests, and what is never opened."""

import os

import pytest
from odd_files import odd_files
from runs_by_hand import packed

from assay.core.files import digest_bytes
from assay.validation import frozen
from assay.validation.frozen import File, FrozenArrays, NoFileError, Store


@pytest.mark.parametrize("room", [0, 3, 4, 100])
def test_bytes_are_kept_in_memory_or_beside(tmp_path, room):
    store = Store(room)
    contents = [b"abcd", b"", b"efgh" * 3]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    files = [store.keep(tmp_path / str(number)) for number in range(3)]
    for number in range(3):
        (tmp_path / str(number)).write_bytes(b"other")
    assert [file.read() for file in files] == contents
    assert [file.digest for file in files] == [digest_bytes(content) for content in contents]


def test_large_files_are_read_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(frozen, "CHUNK", 3)
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, count, at: real(fd, min(count, 2), at))
    (tmp_path / "a").write_bytes(b"0123456789")
    file = Store(0).keep(tmp_path / "a")
    assert (file.read(), file.digest) == (b"0123456789", digest_bytes(b"0123456789"))


def test_when_a_file_was_changed_is_kept(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    os.utime(tmp_path / "a", (5.0, 7.5))
    assert Store().keep(tmp_path / "a").modified == 7.5


def test_what_is_no_file_is_named_and_not_opened(tmp_path, monkeypatch):
    kinds = odd_files(tmp_path)
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("it was opened"))
    for name, kind in kinds.items():
        with pytest.raises(NoFileError) as error:
            Store().keep(tmp_path / name)
        assert error.value.kind == kind
    with pytest.raises(NoFileError, match="a device"):
        Store().keep(tmp_path / "device", follow=True)
    with pytest.raises(NoFileError, match="a folder"):
        Store().keep(tmp_path, follow=True)


def test_a_file_that_is_replaced_while_it_is_opened(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    seen = (tmp_path / "a").lstat()
    monkeypatch.setattr(type(tmp_path), "lstat", lambda _: seen)
    with pytest.raises(NoFileError, match="unreadable"):
        Store().keep(tmp_path / "b")


def test_a_link_is_followed_where_that_is_asked_for(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert Store().keep(tmp_path / "b", follow=True).read() == b"x"
    with pytest.raises(FileNotFoundError):
        Store().keep(tmp_path / "none")


def test_arrays_are_parsed_when_they_are_asked_for():
    files = {"a": File.of(packed({"x": [1.0]})), "b": File.of(packed({"x": [2.0] * 9}))}
    for room, kept in ((0, False), (20_000, True)):
        arrays = FrozenArrays(files, room)
        assert (list(arrays), len(arrays)) == (["a", "b"], 2)
        assert [arrays[name]["x"][0] for name in arrays] == [1.0, 2.0]
        assert (arrays["a"]["x"] is arrays["a"]["x"]) == kept
        assert arrays["a"]["x"].flags.writeable != kept
        assert arrays["b"]["x"] is not arrays["b"]["x"]
        arrays["a"].clear()
        assert arrays["a"]
