"""All sessions: apart from each other, one object each, and within their limits on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from app.engine.errors import InvalidRequest, UnknownTake
from app.engine.sound.audio import Audio
from app.studio import store as store_module
from app.studio.session import Session
from app.studio.store import TakeStore, is_session_id
from tests.fakes import new_session_id, tone

MAX_AGE_S = 3600.0
NOISE = Audio(np.random.default_rng(0).uniform(-0.5, 0.5, 8000).astype(np.float32), 24_000)


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    return TakeStore(tmp_path, MAX_AGE_S, max_bytes=10**8)


@pytest.fixture
def session(store: TakeStore) -> Session:
    return store.session(new_session_id())


def aged(path: Path, seconds: float) -> None:
    """Make the file or folder that old."""
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_sessions_do_not_see_each_other(store: TakeStore):
    mine, theirs = (store.session(new_session_id()) for _ in range(2))
    made = mine.add(tone(0.2))
    with pytest.raises(UnknownTake):
        theirs.audio(made.id)


def test_what_is_no_session_id_never_becomes_a_path(store: TakeStore):
    for text in ("", "../../etc", "a" * 21, "a" * 65, "ä" * 30, "a/" * 15):
        assert not is_session_id(text)
        with pytest.raises(InvalidRequest):
            store.session(text)


def test_a_session_in_use_stays_one_object_however_many_others_come(store: TakeStore, monkeypatch):
    monkeypatch.setattr(store_module, "MAX_OPEN_SESSIONS", 2)
    id_ = new_session_id()
    used = store.session(id_)
    first = used.add(tone(0.1))
    for _ in range(3):
        store.session(new_session_id())
    second = store.session(id_).add(tone(0.1))
    third = used.add(tone(0.1))
    assert store.session(id_) is used
    assert set(used.tree().all) == {first.id, second.id, third.id}
    assert [take.number for take in (first, second, third)] == [1, 2, 3]


def test_a_session_nobody_uses_is_read_again_when_it_comes_back(store: TakeStore, monkeypatch):
    monkeypatch.setattr(store_module, "MAX_OPEN_SESSIONS", 2)
    id_ = new_session_id()
    made = store.session(id_).add(tone(0.1))
    for _ in range(3):
        store.session(new_session_id())
    assert store.session(id_).tree().current == made


def test_expired_takes_vanish_from_disk_and_tree(store: TakeStore, session: Session):
    old, new = session.add(tone(0.2)), session.add(tone(0.2))
    aged(session.path(old.id), MAX_AGE_S + 400)
    store.sweep()
    assert [t.id for _, t in session.tree().rows()] == [new.id]


def test_the_oldest_takes_make_room_when_the_disk_limit_is_reached(tmp_path: Path):
    store = TakeStore(tmp_path, MAX_AGE_S, max_bytes=30_000)
    session = store.session(new_session_id())
    takes = [session.add(NOISE) for _ in range(3)]
    for n, made in enumerate(takes):
        aged(session.path(made.id), 100 - n)
    store.sweep()
    left = [made.id for made in takes if session.path(made.id).exists()]
    assert left == [takes[2].id]


def test_what_was_derived_counts_and_goes_with_its_take(tmp_path: Path):
    store = TakeStore(tmp_path, MAX_AGE_S, max_bytes=60_000)
    session = store.session(new_session_id())
    old, new = session.add(NOISE), session.add(NOISE)
    aged(session.path(old.id), 10)
    session.derived(old.id, "array", lambda _: bytes(50_000))
    store.sweep()
    assert sorted(path.stem for path in tmp_path.glob("*/*.*") if path.suffix != ".json") == [new.id]


def test_what_a_killed_process_left_is_swept(store: TakeStore, session: Session):
    made = session.add(tone(0.1))
    folder = session.path(made.id).parent
    left = [".x.flac-0.tmp", ".session.json-0.tmp", f"{'0' * 16}.array", f"{'1' * 16}.flac"]
    for name in left:
        (folder / name).touch()
    store.sweep()
    assert not [name for name in left if (folder / name).exists()]
    assert session.tree().current == made
    assert session.audio(made.id).duration_s > 0


def test_sounds_stay_where_the_tree_was_damaged(store: TakeStore, session: Session):
    made = session.add(tone(0.1))
    (session.path(made.id).parent / "session.json").write_text("{")
    for _ in range(2):
        store.sweep()
    assert session.path(made.id).exists()


def test_an_idle_session_without_takes_leaves_no_folder_and_can_begin_again(store: TakeStore, session: Session):
    made = session.add(tone(0.1))
    folder = session.path(made.id).parent
    aged(session.path(made.id), MAX_AGE_S + 400)
    store.sweep()
    assert folder.exists(), "a folder that was changed just now is not idle"
    aged(folder, MAX_AGE_S + 400)
    store.sweep()
    assert not folder.exists()
    again = session.add(tone(0.1))
    assert session.tree().current == again


def test_asking_for_a_session_touches_no_file(tmp_path: Path):
    store = TakeStore(tmp_path / "absent", MAX_AGE_S, 10**8)
    store.session(new_session_id())
    store.sweep()
    assert not (tmp_path / "absent").exists()
