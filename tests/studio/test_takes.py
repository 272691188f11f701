"""The tree of takes: what one stands on, undo, redo, branches, deletion."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from app.engine.errors import InvalidName, InvalidRequest, NothingToRedo, NothingToUndo, UnknownTake
from app.studio.takes import MAX_TAKES, MAX_VIEWS, Step, Take, TakeTree
from tests.wording import refused

HAPPY = Step("emotion", "happy", 1.4, 2, seed=7)


def take(number: int, parent: int | None = None) -> Take:
    parent_id = None if parent is None else f"t{parent}"
    return Take(f"t{number}", number, parent_id, (HAPPY,) if parent else (), "", "", "", 1.0, 0.5, -20.0, 0.0)


def tree_of(*links: tuple[int, int | None]) -> TakeTree:
    tree = TakeTree()
    for number, parent in links:
        tree.add(take(number, parent))
    return tree


def current(tree: TakeTree) -> str | None:
    return tree.current.id if tree.current else None


def test_a_new_take_is_the_one_that_one_stands_on():
    tree = tree_of((1, None), (2, 1))
    assert current(tree) == "t2"


def test_undo_takes_the_last_take_back_and_redo_brings_it_again():
    tree = tree_of((1, None), (2, 1), (3, 2))
    tree.undo()
    assert current(tree) == "t2"
    with pytest.raises(UnknownTake):
        tree.take("t3")
    tree.redo()
    assert current(tree) == "t3"
    assert not tree.can_redo


def test_undo_at_the_beginning_and_redo_at_the_end_are_refused():
    tree = tree_of((1, None))
    with pytest.raises(NothingToRedo):
        tree.redo()
    tree.undo()
    assert current(tree) is None
    with pytest.raises(NothingToUndo):
        tree.undo()


def test_selecting_is_nothing_to_undo():
    tree = tree_of((1, None), (2, 1))
    tree.select("t1")
    tree.undo()
    assert [t.id for _, t in tree.rows()] == ["t1"]


def test_where_one_stands_is_there_after_undo():
    tree = tree_of((1, None))
    tree.delete("t1")
    tree.add(take(2))
    tree.undo()
    assert current(tree) is None
    tree.undo()
    assert current(tree) == "t1"


def test_a_star_a_corrected_transcript_and_the_chosen_voice_can_be_undone():
    tree = tree_of((1, None))
    tree.star("t1", True)
    tree.correct("t1", "Hello.")
    tree.use_voice("t1")
    assert (tree.take("t1").is_starred, tree.take("t1").transcript, tree.voice) == (True, "Hello.", tree.take("t1"))
    tree.undo()
    assert tree.voice is None
    tree.undo()
    assert tree.take("t1").transcript == ""
    tree.undo()
    assert not tree.take("t1").is_starred


def test_what_is_said_of_a_take_at_once_is_taken_back_at_once():
    tree = tree_of((1, None))
    tree.describe("t1", "First", "Hello.", is_starred=True)
    tree.describe("t1", None, "Hello.", is_starred=None)  # which says nothing new
    assert (tree.take("t1").name, tree.take("t1").transcript, tree.take("t1").is_starred) == ("First", "Hello.", True)
    tree.undo()
    assert (tree.take("t1").transcript, tree.take("t1").is_starred) == ("", False)
    assert tree.take("t1").name != "First"
    tree.redo()
    assert tree.take("t1").name == "First"


def test_a_name_that_cannot_be_leaves_the_take_as_it_was():
    tree = tree_of((1, None))
    with pytest.raises(InvalidName):
        tree.describe("t1", "x" * 81, "Hello.", is_starred=True)
    assert not tree.take("t1").is_starred


def test_what_changes_nothing_is_nothing_to_undo():
    tree = tree_of((1, None))
    tree.star("t1", False)
    tree.correct("t1", "")
    tree.use_voice(None)
    tree.undo()
    assert current(tree) is None


def test_who_stood_on_a_take_that_failed_stands_on_its_parent():
    tree = tree_of((1, None))
    queued = replace(take(2, 1), state="queued", duration_s=0.0)
    tree.add(queued)
    assert current(tree) == "t2"
    assert tree.audible == tree.take("t1")
    tree.finish(replace(queued, state="failed"))
    assert current(tree) == "t1"


def test_a_take_that_is_made_while_it_is_taken_back_is_there_after_redo():
    tree = tree_of((1, None))
    queued = replace(take(2, 1), state="queued", duration_s=0.0)
    tree.add(queued)
    tree.undo()
    tree.finish(replace(queued, state="done", duration_s=1.0))
    assert current(tree) == "t1"
    tree.redo()
    assert tree.take("t2").state == "done"


def test_a_branch_hangs_on_the_take_it_was_made_from():
    tree = tree_of((1, None), (2, 1), (3, 2))
    tree.select("t2")
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
    with refused(InvalidRequest, match="80"):
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


def test_a_copy_changes_without_the_tree_it_came_from():
    tree = tree_of((1, None))
    copy = tree.copy()
    copy.rename("t1", "new")
    copy.use_voice("t1")
    copy.delete("t1")
    assert tree.take("t1").name == ""
    assert tree.voice is None


def test_a_deleted_take_is_no_voice_until_it_is_brought_back():
    tree = tree_of((1, None))
    tree.use_voice("t1")
    tree.delete("t1")
    assert tree.voice is None
    tree.undo()
    assert tree.voice == tree.take("t1")
