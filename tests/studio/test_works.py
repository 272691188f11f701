"""Takes under way: made whoever waits, found by their ids, cut short or dropped, and taken up after a kill."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from app.engine.errors import (
    BadAudio,
    EmptyText,
    ParentFailed,
    QueueFull,
    RevisionPassed,
    TakeNotReady,
    TakeNotUnderWay,
    TooManyUnfinished,
    UnknownTake,
)
from app.engine.job import JobControl
from app.studio.session import Session
from app.studio.studio import Studio
from app.studio.takes import Step, Take
from app.studio.works import MAX_UNFINISHED, Work
from tests.fakes import scripted_studio, tone
from tests.waiting import until

HELLO = (Step("clone", text="Hello.", seed=1),)
FOR_EVER = (Step("clone", text="One sentence that is soon there. forever", seed=1),)


async def queued(studio: Studio, session: Session, parent: Take, *steps: Step) -> Work:
    (work,) = await studio.queue(session, parent, [steps], JobControl)
    return work


async def test_a_queued_take_is_in_the_tree_at_once_and_becomes_what_was_asked(studio, session):
    source = session.add(tone(1.0), transcript="Hi.")
    work = await queued(studio, session, source, *HELLO)
    take = session.tree().take(work.take.id)
    assert (take.state, take.has_sound, session.tree().current) == ("queued", False, take)
    await work.end()
    take = session.tree().take(take.id)
    assert (take.state, take.transcript, take.steps, take.sample_rate) == ("done", "Hello.", HELLO, 24_000)
    assert session.audio(take.id).duration_s == pytest.approx(take.duration_s)
    assert list(session.path(take.id).parent.glob("*.lease")) == []


async def test_a_chain_makes_one_take_of_all_its_steps(studio, session, script):
    source = session.add(tone(1.0), transcript="Hi.")
    steps = (*HELLO, Step("emotion", "happy", seed=2), Step("vad", seed=3))
    work = await queued(studio, session, source, *steps)
    await work.end()
    assert [take.steps for _, take in session.tree().rows()] == [(), steps]
    assert [job.edit.task for job in script.edits] == ["emotion", "vad"]
    assert script.edits[0].transcript == "Hello."


async def test_a_chain_that_fails_midway_is_one_failed_take_with_its_reason(studio, session):
    source = session.add(tone(1.0))
    work = await queued(studio, session, source, Step("vad"), Step("clone", text="fail"))
    await work.end()
    take = session.tree().take(work.take.id)
    assert take.state == "failed"
    assert isinstance(take.failure.error, BadAudio)
    assert session.tree().current == source
    with pytest.raises(TakeNotReady):
        session.audio(take.id)


async def test_what_cannot_be_made_is_refused_and_leaves_nothing(studio, session):
    source = session.add(tone(1.0))
    with pytest.raises(EmptyText):
        await queued(studio, session, source, Step("vad"), Step("clone", text=" "))
    assert list(session.tree().all) == [source.id]


async def test_variants_are_takes_of_their_own(studio, session):
    source = session.add(tone(1.0))
    plans = [(Step("clone", text="Hello.", seed=seed),) for seed in (4, 5)]
    works = await studio.queue(session, source, plans, JobControl)
    for work in works:
        await work.end()
    made = [take for _, take in session.tree().rows() if take.steps]
    assert [(take.parent_id, take.steps[0].seed) for take in made] == [(source.id, 4), (source.id, 5)]


async def test_a_step_from_an_unfinished_take_waits_for_it(studio, session, script):
    source = session.add(tone(1.0))
    first = await queued(studio, session, source, Step("clone", text="wait"))
    second = await queued(studio, session, first.take, Step("vad", seed=1))
    await asyncio.to_thread(script.begun.wait, 10)
    assert script.edits == []
    script.go.set()
    await second.end()
    assert session.tree().take(second.take.id).state == "done"
    assert session.tree().take(second.take.id).parent_id == first.take.id


async def test_what_was_to_be_made_from_a_take_that_failed_fails_too(studio, session):
    source = session.add(tone(1.0))
    first = await queued(studio, session, source, Step("clone", text="fail"))
    second = await queued(studio, session, first.take, Step("vad"))
    await second.end()
    assert isinstance(session.tree().take(second.take.id).failure.error, ParentFailed)


async def test_the_sound_of_a_work_can_be_heard_by_several_while_it_is_made(studio, session, script):
    source = session.add(tone(1.0))
    work = await queued(studio, session, source, Step("clone", text="One sentence. Another one of them. wait"))

    async def heard() -> float:
        return sum([piece.duration_s async for piece in work.sound()])

    hearing = [asyncio.create_task(heard()) for _ in range(2)]
    await asyncio.to_thread(script.begun.wait, 10)
    script.go.set()
    lengths = await asyncio.gather(*hearing)
    assert lengths == [pytest.approx(session.tree().take(work.take.id).duration_s)] * 2


async def test_a_cancelled_take_keeps_what_was_heard(studio, session, script):
    source = session.add(tone(1.0))
    work = await queued(studio, session, source, *FOR_EVER)
    await until(lambda: bool(work.pieces) and len(script.clones) == 2, "the second piece to begin")
    take = await studio.cancel(session, work.take.id)
    assert (take.state, take.finish_reason, take.has_sound) == ("cancelled", "cut_short", True)
    assert session.audio(take.id).duration_s == pytest.approx(take.duration_s)
    assert await asyncio.to_thread(script.stopped.wait, 10)
    with pytest.raises(TakeNotUnderWay):
        await studio.cancel(session, take.id)


async def test_a_take_cancelled_before_its_first_sound_has_none(studio, session, script):
    source = session.add(tone(1.0))
    work = await queued(studio, session, source, Step("clone", text="forever"))
    await asyncio.to_thread(script.begun.wait, 10)
    take = await studio.cancel(session, work.take.id)
    assert (take.state, take.has_sound) == ("cancelled", False)
    assert session.tree().current == source


async def test_deleting_a_take_under_way_stops_it(studio, session, script):
    source = session.add(tone(1.0))
    work = await queued(studio, session, source, Step("clone", text="forever"))
    await asyncio.to_thread(script.begun.wait, 10)
    await studio.delete(session, work.take.id)
    assert await asyncio.to_thread(script.stopped.wait, 10)
    assert [take.id for _, take in session.tree().rows()] == [source.id]


async def test_a_full_queue_refuses_at_once_and_leaves_nothing(studio, session):
    source = session.add(tone(1.0))
    plans = [(Step("clone", text="wait", seed=seed),) for seed in range(9)]
    with pytest.raises(QueueFull):
        await studio.queue(session, source, plans, JobControl)
    assert list(session.tree().all) == [source.id]
    assert studio.engine.status().n_waiting == 0


async def test_the_takes_that_wait_in_a_session_are_bounded(studio, session):
    source = session.add(tone(1.0))
    await queued(studio, session, source, Step("clone", text="wait"))
    waiting = session.tree().current
    for n in itertools.count(1):
        if n == MAX_UNFINISHED:
            break
        await queued(studio, session, waiting, Step("vad"))
    with pytest.raises(TooManyUnfinished):
        await queued(studio, session, waiting, Step("vad"))


async def test_a_change_against_another_revision_is_refused(studio, session):
    source = session.add(tone(1.0))
    seen = session.tree().revision
    await studio.queue(session, source, [HELLO], JobControl, expected=seen)
    with pytest.raises(RevisionPassed) as refused:
        await studio.queue(session, source, [HELLO], JobControl, expected=seen)
    assert refused.value.revision == session.tree().revision


async def test_a_take_whose_process_ended_is_made_by_the_next_start(studio, session, script, tmp_path):
    source = session.add(tone(1.0))
    work = await queued(studio, session, source, Step("clone", text="wait", seed=3))
    await asyncio.to_thread(script.begun.wait, 10)
    assert studio.store.abandoned() == []  # its process lives
    await studio.works.close()
    script.go.set()
    (tree,) = [s.tree() for s in studio.store.kept()]
    assert tree.take(work.take.id).state == "queued"
    again = scripted_studio(studio.engine, tmp_path)
    ((found, take, lease),) = again.store.abandoned()
    again.works.resume(found, take, lease, JobControl)
    await again.works.of(take.id).end()
    assert found.tree().take(take.id).state == "done"
    assert again.store.abandoned() == []


async def test_a_take_that_was_taken_back_for_good_is_not_kept(studio, session, script):
    source = session.add(tone(1.0))
    work = await queued(studio, session, source, Step("clone", text="wait"))
    await studio.change(session, lambda tree: tree.undo())
    await studio.change(session, lambda tree: tree.rename(source.id, "other"))
    script.go.set()
    await work.end()
    assert list(session.tree().all) == [source.id]
    with pytest.raises(UnknownTake):
        session.tree().take(work.take.id)
    assert {path.name for path in session.path(source.id).parent.iterdir()} == {"session.json", f"{source.id}.flac"}
