"""Files appear and change whole, whatever the disk does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.files import replacing, sha256_of, write_whole
from tests.full_disk import files_no_larger_than


def test_a_full_disk_leaves_what_was_there_and_no_draft(tmp_path: Path):
    path = tmp_path / "kept.json"
    write_whole(path, b"before")
    with files_no_larger_than(1000), pytest.raises(OSError, match="large"):
        write_whole(path, b"x" * 5000)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_fails_leaves_what_was_there_and_no_draft(tmp_path: Path):
    path = tmp_path / "graph.onnx"
    write_whole(path, b"before")

    def fail() -> None:
        with replacing(path) as draft:
            draft.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_gone_is_not_made_again(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "gone" / "x", b"")


def test_two_writers_of_one_file_do_not_share_a_draft(tmp_path: Path):
    path = tmp_path / "x"
    with replacing(path) as first, replacing(path) as second:
        assert first != second
        first.write_bytes(b"1")
        second.write_bytes(b"2")
    assert path.read_bytes() == b"1"


def test_the_hash_is_that_of_the_content(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"content")
    assert sha256_of(tmp_path / "x") == hashlib.sha256(b"content").hexdigest()
