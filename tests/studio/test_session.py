"""A session on disk: read back as it was, never half written, never written over by a program that cannot read it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.engine.content.words import TimedPhoneme, TimedWord
from app.engine.errors import SessionTooNew, StorageFailed, StorageFull, UnknownTake
from app.engine.sound.audio import Audio
from app.studio import session as session_module
from app.studio.session import WORDS, Ending, Session
from app.studio.session_file import NAME
from app.studio.takes import Step, TakeTree
from tests.fakes import tone
from tests.full_disk import files_no_larger_than

HAPPY = Step("emotion", "happy", 1.4, 2, seed=7)
NOISE = Audio(np.random.default_rng(0).uniform(-0.5, 0.5, 8000).astype(np.float32), 24_000)
PATIENCE_S = 10.0
FIRST_VERSION = """
{"voice_id": "aa", "at": 1, "views": [{"current": null, "deleted": [], "names": {}},
{"current": "bb", "deleted": [], "names": {"bb": "better"}}], "takes": [
{"id": "aa", "number": 1, "parent_id": null, "step": null, "name": "clip", "transcript": "Hello.", "language": "en",
"duration_s": 0.5, "compute_s": 0.0, "loudness_lufs": -20.0, "created_at": 1.0, "peaks": [0.1, 0.2], "warnings": [],
"voice": "heart_en"},
{"id": "bb", "number": 2, "parent_id": "aa", "step": {"task": "emotion", "tag": "happy", "intensity": 1.4,
"iterations": 2, "text": "", "speed": 1.0, "seed": 7, "variant": null}, "name": "", "transcript": "Hello.",
"language": "en", "duration_s": 0.5, "compute_s": 0.1, "loudness_lufs": -20.0, "created_at": 2.0, "peaks": [],
"warnings": [], "voice": ""}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "session"


@pytest.fixture
def session(folder: Path) -> Session:
    return Session(folder)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_read_back_as_it_was(folder: Path, session: Session):
    source = session.add(tone(0.5), name="clip", transcript="Hello.", language="en", voice="heart_en")
    made = session.add(tone(0.25), steps=(HAPPY,), parent_id=source.id, ending=Ending(compute_s=0.1))
    with session.changing() as tree:
        tree.use_voice(source.id)
        tree.rename(made.id, "better")
        tree.select(source.id)
    again = Session(folder)
    tree = again.tree()
    assert tree.all == session.tree().all
    assert tree.current == source
    assert tree.take(made.id).name == "better"
    assert tree.voice == source
    with again.changing() as tree:
        tree.undo()
    assert again.tree().take(made.id).name == ""
    assert again.tree().current == again.tree().take(made.id)
    assert np.allclose(again.audio(made.id).samples, tone(0.25).samples, atol=1e-6)


def test_the_revision_grows_with_every_change(session: Session):
    before = session.revision
    made = session.add(tone(0.1))
    after = session.revision
    with session.changing() as tree:
        tree.use_voice(made.id)
    assert before < after < session.revision


def test_a_change_that_fails_changes_nothing(session: Session):
    made = session.add(tone(0.1))

    def fail() -> None:
        with session.changing() as tree:
            tree.rename(made.id, "half done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert session.tree().take(made.id).name == ""


def test_a_tree_that_was_looked_at_never_changes(session: Session):
    made = session.add(tone(0.1))
    seen = session.tree()
    with session.changing() as tree:
        tree.rename(made.id, "later")
    assert seen.take(made.id).name == ""


def test_a_long_take_is_encoded_while_the_session_serves_others(session: Session, monkeypatch: pytest.MonkeyPatch):
    begun, go = threading.Event(), threading.Event()
    flac_of = session_module.flac_of

    def slow(audio: Audio) -> bytes:
        begun.set()
        assert go.wait(PATIENCE_S)
        return flac_of(audio)

    first = session.add(tone(0.1))
    monkeypatch.setattr(session_module, "flac_of", slow)
    adding = threading.Thread(target=session.add, args=(tone(0.2),))
    adding.start()
    assert begun.wait(PATIENCE_S)
    seen = threading.Thread(target=session.audio, args=(first.id,))
    seen.start()
    seen.join(PATIENCE_S)
    is_served = not seen.is_alive()
    go.set()
    adding.join(PATIENCE_S)
    assert is_served
    assert len(session.tree().all) == 2


# ---- versions -------------------------------------------------------------------------------------------------------


def test_the_first_version_is_read_and_becomes_the_present_one(folder: Path):
    folder.mkdir()
    (folder / NAME).write_text(FIRST_VERSION)
    for take_id in ("aa", "bb"):
        (folder / f"{take_id}.flac").touch()
    session = Session(folder)
    tree = session.tree()
    assert tree.take("bb").name == "better"
    assert tree.take("bb").step == HAPPY
    assert tree.take("aa").peaks == (0.1, 0.2)
    assert tree.voice == tree.take("aa")
    assert tree.current == tree.take("bb")
    with session.changing() as changed:
        changed.rename("aa", "new")
    assert json.loads((folder / NAME).read_text())["version"] == 3
    assert Session(folder).tree().take("aa").name == "new"


def add_to_take(row: dict[str, Any]) -> None:
    row["takes"][0]["mood"] = "bright"


def add_to_step(row: dict[str, Any]) -> None:
    row["takes"][1]["steps"][0]["mood"] = "bright"


def add_to_view(row: dict[str, Any]) -> None:
    row["views"][0]["mood"] = "bright"


def add_to_session(row: dict[str, Any]) -> None:
    row["mood"] = "bright"


def raise_the_version(row: dict[str, Any]) -> None:
    row["version"] = 99
    row["takes"] = "packed"


@pytest.mark.parametrize("change", [add_to_take, add_to_step, add_to_view, add_to_session, raise_the_version])
def test_what_a_newer_program_wrote_is_never_written_over(folder: Path, session: Session, change):
    source = session.add(tone(0.1))
    session.add(tone(0.1), steps=(HAPPY,), parent_id=source.id)
    row = json.loads((folder / NAME).read_text())
    change(row)
    newer = json.dumps(row)
    (folder / NAME).write_text(newer)
    again = Session(folder)
    assert again.tree().current is None
    before = names(folder)
    with pytest.raises(SessionTooNew):
        again.add(tone(0.1))
    with pytest.raises(SessionTooNew), again.changing() as tree:
        tree.undo()
    assert (folder / NAME).read_text() == newer
    assert names(folder) == before


@pytest.mark.parametrize("damage", ["{torn", "[]", "{}", '{"takes": [{}], "views": [], "at": 0, "voice_id": null}'])
def test_a_damaged_file_is_kept_aside_and_the_session_begins_anew(folder: Path, damage: str):
    folder.mkdir()
    (folder / NAME).write_text(damage)
    session = Session(folder)
    assert session.tree().current is None
    made = session.add(tone(0.1))
    assert Session(folder).tree().current == made
    (kept,) = folder.glob("damaged-*")
    assert kept.read_text() == damage


@pytest.mark.parametrize("change", [{"at": -7}, {"at": 99}, {"at": 0.5}, {"views": []}])
def test_a_file_that_says_no_view_is_damaged(folder: Path, session: Session, change: dict[str, Any]):
    session.add(tone(0.1))
    row = json.loads((folder / NAME).read_text()) | change
    (folder / NAME).write_text(json.dumps(row))
    assert Session(folder).tree().current is None
    assert len(list(folder.glob("damaged-*"))) == 1


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("takes", {"duration_s": "x"}),
        ("takes", {"number": 1.5}),
        ("takes", {"transcript": None}),
        ("takes", {"peaks": [0.1, "high"]}),
        ("takes", {"finish_reason": "tired"}),
        ("takes", {"steps": [{"task": "vad", "seed": "many"}]}),
        ("views", {"current": 3}),
        ("views", {"names": ["a"]}),
        ("views", {"deleted": [[1]]}),
    ],
)
def test_a_file_with_a_value_of_another_type_is_damaged(
    folder: Path, session: Session, place: str, value: dict[str, Any]
):
    session.add(tone(0.1))
    row = json.loads((folder / NAME).read_text())
    row[place][-1] |= value
    (folder / NAME).write_text(json.dumps(row))
    assert Session(folder).tree().all == {}
    assert len(list(folder.glob("damaged-*"))) == 1


def test_a_file_in_which_a_take_is_its_own_ancestor_is_damaged(folder: Path, session: Session):
    take = session.add(tone(0.1))
    row = json.loads((folder / NAME).read_text())
    row["takes"][0]["parent_id"] = take.id
    (folder / NAME).write_text(json.dumps(row))
    assert Session(folder).tree().all == {}
    assert len(list(folder.glob("damaged-*"))) == 1


def test_a_file_that_the_disk_does_not_give_is_not_written_over(folder: Path):
    (folder / NAME).mkdir(parents=True)  # reading it fails, as on a broken disk
    session = Session(folder)
    with pytest.raises(StorageFailed):
        session.add(tone(0.1))
    assert names(folder) == [NAME]


# ---- a full disk ----------------------------------------------------------------------------------------------------


def test_a_full_disk_keeps_no_take_and_no_part_of_one(folder: Path, session: Session):
    first = session.add(tone(0.1))
    before = names(folder)
    with files_no_larger_than(4000), pytest.raises(StorageFull):
        session.add(NOISE)
    assert names(folder) == before
    assert session.tree().current == first


def test_a_take_whose_tree_finds_no_room_is_not_kept(folder: Path, session: Session):
    first = session.add(NOISE)
    n_bytes = (folder / NAME).stat().st_size
    before = names(folder)
    with files_no_larger_than(n_bytes + 10), pytest.raises(StorageFull):
        session.add(tone(0.1))
    assert names(folder) == before
    assert session.tree().current == Session(folder).tree().current == first


def test_on_a_full_disk_takes_can_still_be_chosen(session: Session):
    first = session.add(tone(0.1))
    session.add(tone(0.1))
    with files_no_larger_than(100), session.changing() as tree:
        tree.select(first.id)
    assert session.tree().current == first


def test_a_change_that_a_full_disk_does_not_take_is_refused_and_not_shown(folder: Path, session: Session):
    made = session.add(tone(0.1))

    def rename(tree: TakeTree) -> None:
        tree.rename(made.id, "mine")

    for change in (rename, lambda tree: tree.delete(made.id), lambda tree: tree.annotate(made.id, "words", "en")):
        with files_no_larger_than(100), pytest.raises(StorageFull), session.changing() as tree:
            change(tree)
    assert session.tree().take(made.id) == Session(folder).tree().take(made.id) == made


# ---- two processes --------------------------------------------------------------------------------------------------


def test_two_services_on_one_folder_lose_nothing_and_see_each_other(folder: Path, session: Session):
    other = Session(folder)
    one, two = session.add(tone(0.1)), other.add(tone(0.2))
    assert (one.number, two.number) == (1, 2)
    before = session.revision
    assert set(session.tree().all) == {one.id, two.id}
    assert session.revision > before, "a second window follows"
    with session.changing() as tree:
        tree.rename(one.id, "by one")
    with other.changing() as tree:
        tree.rename(two.id, "by two")
    assert [take.name for _, take in session.tree().rows()] == ["by one", "by two"]


def test_changes_at_the_same_time_wait_for_each_other(folder: Path):
    sessions = [Session(folder) for _ in range(4)]
    threads = [threading.Thread(target=each.add, args=(tone(0.1),)) for each in sessions for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    takes = Session(folder).tree().all.values()
    assert sorted(take.number for take in takes) == list(range(1, 13))


# ---- what is derived from a take ------------------------------------------------------------------------------------


def length(audio: Audio) -> bytes:
    return str(len(audio.samples)).encode()


def test_what_is_derived_from_a_take_is_made_once_and_kept(folder: Path, session: Session):
    made = session.add(tone(0.1))
    asked: list[Audio] = []

    def make(audio: Audio) -> bytes:
        asked.append(audio)
        return length(audio)

    assert session.derived(made.id, "length", make) == b"2400"
    assert Session(folder).derived(made.id, "length", make) == b"2400"
    assert len(asked) == 1


def test_those_who_ask_at_the_same_time_wait_for_one(session: Session):
    made = session.add(tone(0.1))
    begun, go = threading.Event(), threading.Event()
    asked: list[int] = []

    def slow(audio: Audio) -> bytes:
        asked.append(1)
        begun.set()
        assert go.wait(PATIENCE_S)
        return length(audio)

    got: list[bytes] = []
    callers = [threading.Thread(target=lambda: got.append(session.derived(made.id, "length", slow))) for _ in range(3)]
    for caller in callers:
        caller.start()
    assert begun.wait(PATIENCE_S)
    assert session.tree().current == made, "the session serves others meanwhile"
    go.set()
    for caller in callers:
        caller.join(PATIENCE_S)
    assert got == [b"2400"] * 3
    assert len(asked) == 1


def test_what_is_derived_goes_with_its_take(session: Session):
    made = session.add(tone(0.1))
    session.derived(made.id, "length", length)
    session.path(made.id).unlink()
    with pytest.raises(UnknownTake):
        session.derived(made.id, "length", length)


def test_what_no_view_shows_any_more_is_deleted_with_what_was_derived(folder: Path, session: Session, monkeypatch):
    monkeypatch.setattr("app.studio.takes.MAX_TAKES", 1)
    first = session.add(tone(0.1))
    session.derived(first.id, "length", length)
    second = session.add(tone(0.1))
    assert names(folder) == sorted([NAME, f"{second.id}.flac"])


def test_words_are_kept_with_their_sound_and_a_damaged_file_of_them_is_none(session: Session) -> None:
    words = (TimedWord("Hello", 0.1, 0.4, phonemes=(TimedPhoneme("h", 0.1, 0.2),)), TimedWord(" there.", 0.5, 0.9))
    take = session.add(replace(tone(1.0), words=words))
    assert session.audio(take.id).words == words
    session.keep(take.id, WORDS, b"{damaged")
    assert session.audio(take.id).words is None
    assert session.audio(session.add(tone(1.0)).id).words is None
