"""The tree of takes: what one stands on, undo, redo, branches, deletion; and how sessions live on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from app.engine.errors import InvalidRequest, UnknownTake
from app.studio.store import Session, TakeStore, is_session_id, new_session_id, outline
from app.studio.takes import MAX_TAKES, MAX_VIEWS, Step, Take, TakeTree
from tests.fakes import tone

HAPPY = Step("emotion", "happy", 1.4, 2, seed=7)


def take(number: int, parent: int | None = None) -> Take:
    parent_id = None if parent is None else f"t{parent}"
    return Take(f"t{number}", number, parent_id, HAPPY if parent else None, "", "", "", 1.0, 0.5, -20.0, 0.0)


def tree_of(*links: tuple[int, int | None]) -> TakeTree:
    tree = TakeTree()
    for number, parent in links:
        tree.add(take(number, parent))
    return tree


def current(tree: TakeTree) -> str | None:
    return tree.current.id if tree.current else None


@pytest.fixture
def store(tmp_path: Path) -> TakeStore:
    return TakeStore(tmp_path, max_age_s=3600, max_bytes=10**8)


@pytest.fixture
def session(store: TakeStore) -> Session:
    return store.session(new_session_id())


# ---- the tree -------------------------------------------------------------------------------------------------------


def test_a_new_take_is_the_one_that_one_stands_on():
    tree = tree_of((1, None), (2, 1))
    assert current(tree) == "t2"


def test_undo_goes_back_and_keeps_the_take_redo_goes_forth():
    tree = tree_of((1, None), (2, 1), (3, 2))
    tree.undo()
    assert current(tree) == "t2"
    assert tree.take("t3").number == 3
    tree.redo()
    assert current(tree) == "t3"
    assert not tree.can_redo


def test_undo_at_the_beginning_and_redo_at_the_end_change_nothing():
    tree = tree_of((1, None))
    tree.redo()
    assert current(tree) == "t1"
    for _ in range(3):
        tree.undo()
    assert current(tree) is None
    assert not tree.can_undo


def test_a_branch_hangs_on_the_take_it_was_made_from():
    tree = tree_of((1, None), (2, 1), (3, 2))
    tree.undo()
    tree.add(take(4, 2))
    assert [(depth, t.id) for depth, t in tree.rows()] == [(0, "t1"), (1, "t2"), (2, "t3"), (2, "t4")]
    assert not tree.can_redo


def test_deleting_a_take_keeps_what_was_made_from_it_and_can_be_undone():
    tree = tree_of((1, None), (2, 1), (3, 2))
    tree.delete("t2")
    assert [(depth, t.id) for depth, t in tree.rows()] == [(0, "t1"), (1, "t3")]
    assert [t.id for t in tree.lineage("t3")] == ["t1", "t2", "t3"]
    with pytest.raises(UnknownTake):
        tree.take("t2")
    tree.undo()
    assert tree.take("t2").id == "t2"


def test_deleting_the_current_take_leads_to_its_parent_or_to_another():
    tree = tree_of((1, None), (2, 1), (3, None))
    tree.select("t2")
    tree.delete("t2")
    assert current(tree) == "t1"
    tree.delete("t1")
    assert current(tree) == "t3"
    tree.delete("t3")
    assert current(tree) is None


def test_a_name_given_by_hand_shows_everywhere_and_can_be_undone():
    tree = tree_of((1, None))
    tree.rename("t1", "  my \n favourite ")
    assert tree.take("t1").name == "my favourite"
    assert tree.current is not None
    assert tree.current.name == "my favourite"
    tree.undo()
    assert tree.take("t1").name == ""


def test_a_name_of_many_pages_is_refused():
    tree = tree_of((1, None))
    with pytest.raises(InvalidRequest, match="80"):
        tree.rename("t1", "x" * 81)


def test_what_is_forgotten_is_in_no_view():
    tree = tree_of((1, None), (2, 1), (3, 1))
    tree.forget({"t1", "t3"})
    assert current(tree) == "t2"
    tree.undo()
    assert current(tree) == "t2"
    assert [(depth, t.id) for depth, t in tree.rows()] == [(0, "t2")]


def test_old_takes_and_old_views_make_room():
    tree = tree_of(*((n, None) for n in range(1, MAX_TAKES + 4)))
    assert tree.surplus() == {"t1", "t2", "t3"}
    assert len(tree.views[0]) == MAX_VIEWS


def test_a_deleted_take_is_surplus_once_no_view_shows_it():
    tree = tree_of((1, None), (2, 1))
    tree.delete("t1")
    assert tree.surplus() == set()
    for _ in range(MAX_VIEWS):
        tree.rename("t2", str(time.monotonic_ns()))
    assert tree.surplus() == {"t1"}


# ---- on disk --------------------------------------------------------------------------------------------------------


def test_a_session_is_read_back_as_it_was(tmp_path: Path, session: Session):
    source = session.add(tone(0.5), name="clip", transcript="Hello.", language="en", voice="heart_en")
    made = session.add(tone(0.25), step=HAPPY, parent_id=source.id, compute_s=0.1, warnings=("loud",))
    session.use_voice(source.id)
    with session.changing() as tree:
        tree.rename(made.id, "better")
        tree.select(source.id)
    again = TakeStore(tmp_path, 3600, 10**8).session(next(iter(p.name for p in tmp_path.iterdir())))
    with again.tree() as tree:
        assert current(tree) == source.id
        assert tree.take(made.id).name == "better"
        assert tree.take(made.id).step == HAPPY
        assert tree.take(made.id).warnings == ("loud",)
        tree.undo()
        assert current(tree) == made.id
    voice = again.voice()
    assert voice is not None
    assert voice.id == source.id
    assert np.allclose(again.audio(made.id).samples, tone(0.25).samples, atol=1e-6)


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


def test_expired_takes_vanish_from_disk_and_tree(store: TakeStore, session: Session):
    old, new = session.add(tone(0.2)), session.add(tone(0.2))
    long_ago = time.time() - 4000
    os.utime(session.path(old.id), (long_ago, long_ago))
    store.sweep()
    with session.tree() as tree:
        assert [t.id for _, t in tree.rows()] == [new.id]


def test_the_oldest_takes_make_room_when_the_disk_limit_is_reached(tmp_path: Path):
    store = TakeStore(tmp_path, 3600, max_bytes=30_000)
    session = store.session(new_session_id())
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8000).astype(np.float32)
    takes = [session.add(type(tone(0.1))(noise, 24_000)) for _ in range(3)]
    for n, made in enumerate(takes):
        os.utime(session.path(made.id), (time.time() - 100 + n,) * 2)
    store.sweep()
    left = [made.id for made in takes if session.path(made.id).exists()]
    assert left == [takes[2].id]


def test_a_damaged_session_file_begins_anew(tmp_path: Path, store: TakeStore):
    id_ = new_session_id()
    (tmp_path / id_).mkdir()
    (tmp_path / id_ / "session.json").write_text("{torn")
    with store.session(id_).tree() as tree:
        assert tree.current is None


def test_the_revision_grows_with_every_change(session: Session):
    before = session.revision
    made = session.add(tone(0.1))
    after = session.revision
    session.use_voice(made.id)
    assert before < after < session.revision


def test_the_outline_shows_where_the_sound_is():
    loud, quiet = tone(0.5, level=0.8), tone(0.5, level=0.1)
    both = type(loud)(np.concatenate([loud.samples, quiet.samples]), loud.sample_rate)
    points = outline(both, 10)
    assert points[:5] == pytest.approx([0.8] * 5, abs=0.02)
    assert points[5:] == pytest.approx([0.1] * 5, abs=0.02)
    assert outline(type(loud)(loud.samples[:0], 24_000), 4) == (0, 0, 0, 0)
