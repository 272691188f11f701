"""`backup`, `restore` and `erase` as commands: what they tell, and their statuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.engine.library.voices import VoiceLibrary
from app.files import in_use
from app.keeping import restoring
from app.keeping.archive import back_up
from tests.cli.conftest import Done
from tests.fakes import tone

Run = Callable[..., Done]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    VoiceLibrary(tmp_path / "cache" / "voices", 10).create("Ada", tone(0.5), "A tone.")
    return tmp_path / "cache"


def test_a_voice_goes_round_and_is_erased(editx: Run, cache: Path, tmp_path: Path) -> None:
    done = editx("backup", tmp_path / "all.tar", "--cache-dir", cache, "--json")
    assert done.status == 0, done.err
    assert done.rows[0]["voices"] == 1
    there = ("--cache-dir", tmp_path / "there")
    assert "1 voices" in editx("restore", tmp_path / "all.tar", *there).out
    again = editx("restore", tmp_path / "all.tar", *there)
    assert again.status == 1
    assert "--replace" in again.err
    assert editx("restore", tmp_path / "all.tar", "--replace", *there).status == 0
    asked = editx("erase", "--voice", "ada", *there)
    assert asked.out.startswith("would be erased (say --yes to do it): voices Ada")
    assert editx("erase", "--voice", "ada", "--yes", *there).out.startswith("erased: voices Ada")
    assert editx("erase", "--voice", "ada", "--yes", *there).status == 2


def test_what_a_killed_restore_left_is_ended_before_anything_is_saved_or_erased(
    editx: Run, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for word, command in enumerate((["backup", tmp_path / "again.tar"], ["erase", "--voice", "Ada"])):
        here = tmp_path / f"{word}"
        back_up(cache, tmp_path / "all.tar")
        with monkeypatch.context() as kill:
            kill.setattr(restoring, "_move", lambda *_: 1 / 0)  # it is decided, and nothing is in its place
            with pytest.raises(ZeroDivisionError):
                restoring.restore(tmp_path / "all.tar", here, replaces=False)
        done = editx(*command, "--cache-dir", here, "--json")
        assert done.status == 0, done.err
        assert done.rows[0]["voices"] in (1, ["Ada"])


def test_wrong_use_and_what_cannot_be_done_have_their_statuses(editx: Run, cache: Path, tmp_path: Path) -> None:
    there = ("--cache-dir", cache)
    assert editx("restore", tmp_path / "none.tar", *there).status == 2
    assert editx("erase", *there).status == 2
    assert editx("erase", "--voice", "Ada", "--key", "alice", *there).status == 2
    assert editx("erase", "--voice", "heart_en", *there).status == 2
    assert editx("erase", "--session", "../..", *there).status == 2
    assert editx("backup", tmp_path / "no" / "folder" / "x.tar", *there).status == 1
    editx("backup", tmp_path / "all.tar", *there)
    with in_use(cache):
        done = editx("restore", tmp_path / "all.tar", "--replace", *there)
    assert (done.status, "stop it first" in done.err) == (1, True)


@pytest.mark.parametrize("command", ["serve", "erase", "backup"])
def test_a_program_refuses_stores_of_a_newer_one_in_words(
    editx: Run, cache: Path, tmp_path: Path, command: str, free_port_flags: list[str]
) -> None:
    (cache / "versions.json").write_text(json.dumps({"voices": 9}))
    words = {"serve": free_port_flags, "erase": ["--voice", "Ada"], "backup": [str(tmp_path / "x.tar")]}[command]
    done = editx(command, *words, "--cache-dir", cache)
    assert done.status == 1
    assert "'voices' was written by a newer EditX (version 9, this one knows 2)" in done.err
