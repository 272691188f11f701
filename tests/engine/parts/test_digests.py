"""Digests of files, remembered in their folder by every store that looks there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.engine.parts import digests
from app.engine.parts.digests import FileDigests


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are hashed from now on."""
    names: list[str] = []
    real = digests.sha256_of
    monkeypatch.setattr(digests, "sha256_of", lambda path, *rest: names.append(path.name) or real(path, *rest))
    return names


def test_two_stores_of_one_folder_keep_what_the_other_found(tmp_path: Path, hashed: list[str]):
    for name in "ab":
        (tmp_path / name).write_text(name)
    first, second = FileDigests(tmp_path), FileDigests(tmp_path)
    first.of(tmp_path / "a")
    second.of(tmp_path / "b")
    again = FileDigests(tmp_path)
    assert again.of(tmp_path / "a") != again.of(tmp_path / "b")
    assert hashed == ["a", "b"]


def test_a_folder_that_cannot_be_written_only_means_hashing_again(tmp_path: Path, hashed: list[str], monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(digests, "write_whole", refuse)
    (tmp_path / "a").write_text("a")
    store = FileDigests(tmp_path)
    assert store.of(tmp_path / "a") == store.of(tmp_path / "a")
    FileDigests(tmp_path).of(tmp_path / "a")
    assert hashed == ["a", "a"]


def test_a_change_that_keeps_size_and_modification_time_is_seen(tmp_path: Path):
    path = tmp_path / "a"
    path.write_text("right")
    before = path.stat()
    digest = FileDigests(tmp_path).of(path)
    path.write_text("wrong")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert FileDigests(tmp_path).of(path) != digest


def test_a_pipe_or_a_device_is_no_file_and_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    store = FileDigests(tmp_path)
    assert store.of(tmp_path / "pipe") is None
    assert store.of(tmp_path / "device") is None
    with pytest.raises(OSError, match="no plain file"):
        digests.sha256_of(tmp_path / "pipe")
