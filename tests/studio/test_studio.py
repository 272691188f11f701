"""Making takes over the engine: what is kept, what a job is asked, what is left after Cancel."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable

import pytest

from app.engine.errors import (
    BadAudio,
    Cancelled,
    InvalidRequest,
    SilentAudio,
    StorageFailed,
    TextTooLong,
    UnknownTake,
    UnknownVoice,
    UnspeakableText,
    VoiceNameTaken,
)
from app.engine.job import JobControl
from app.engine.library.voices import VoiceInfo
from app.engine.requests import Segment
from app.engine.sound.audio import Audio, silence
from app.studio.making import Begin, expected_s
from app.studio.session import Session
from app.studio.session_file import read_session
from app.studio.studio import Made, Studio
from app.studio.sweeping import Sweeping
from app.studio.takes import Step, Take, TakeTree
from tests.fakes import new_session_id, tone
from tests.waiting import until

PATIENCE_S = 10.0


async def make(studio: Studio, session: Session, parent: Take, step: Step) -> tuple[list[Audio], Take]:
    pieces, made = [], None
    async for item in studio.make(session, parent, (step,), JobControl):
        if isinstance(item, Made):
            made = item.take
        else:
            pieces.append(item)
    assert made is not None
    return pieces, made


async def test_a_clone_becomes_a_take_of_its_voice(studio, session, script):
    source = session.add(tone(1.0), transcript="Hello.", language="en")
    step = Step("clone", text="One sentence. Another [Laughter] one.", seed=9, intensity=1.5)
    pieces, made = await make(studio, session, source, step)
    assert len(pieces) == len(script.clones) == 2
    assert made.duration_s == pytest.approx(sum(p.duration_s for p in pieces))
    assert (made.parent_id, made.step, made.number) == (source.id, step, 2)
    assert made.transcript == "One sentence. Another one."
    assert script.clones[0].intensity == 1.5
    assert script.clones[0].voice.transcript == "Hello."
    tree = session.tree()
    assert tree.current == made


async def test_an_edit_works_on_the_sound_and_words_of_its_parent(studio, session, script):
    source = session.add(tone(1.0), transcript="Hello.", language="en")
    _, made = await make(studio, session, source, Step("emotion", "happy", 0.7, 3, seed=1))
    edit = script.edits[0]
    assert (edit.edit.tag, edit.edit.intensity, edit.edit.iterations) == ("happy", 0.7, 3)
    assert edit.transcript == "Hello."
    assert made.transcript == "Hello."
    assert made.language == "en"
    assert made.real_time_factor is not None


async def test_the_words_of_a_paralinguistic_take_are_those_of_its_text(studio, session):
    source = session.add(tone(1.0), transcript="Great the weather is nice.")
    step = Step("paralinguistic", "", text="Great[Laughter], the weather is nice.")
    _, made = await make(studio, session, source, step)
    assert made.transcript == "Great, the weather is nice."


async def test_a_paralinguistic_text_of_sounds_alone_leaves_the_words(studio, session, script):
    source = session.add(tone(1.0), transcript="Let us go.")
    _, made = await make(studio, session, source, Step("paralinguistic", text="[Sigh]"))
    assert made.transcript == "Let us go."
    assert script.edits[0].script.text == "Let us go."


async def test_a_take_keeps_how_its_sound_ended(studio, session):
    source = session.add(tone(1.0))
    ends = [(await make(studio, session, source, Step("clone", text=text)))[1] for text in ("Fine.", "overlong")]
    assert [take.finish_reason for take in ends] == ["end", "length"]
    assert read_session(session.path(source.id).parent).take(ends[1].id).finish_reason == "length"


async def test_a_failed_job_leaves_no_take(studio, session):
    source = session.add(tone(1.0))
    with pytest.raises(BadAudio):
        await make(studio, session, source, Step("clone", text="fail"))
    tree = session.tree()
    assert tree.current == source


async def test_a_cancelled_job_leaves_no_take_and_stops(studio, session):
    source = session.add(tone(1.0))
    control = JobControl()
    job = studio.make(session, source, (Step("clone", text="Now. forever"),), lambda: control)
    control.cancel()
    with pytest.raises(Cancelled):
        await anext(job)
    tree = session.tree()
    assert len(tree.all) == 1


async def test_a_take_of_another_session_is_unknown(studio, session):
    source = session.add(tone(1.0))
    other = studio.store.session(new_session_id())
    with pytest.raises(UnknownTake):
        await make(studio, other, source, Step("vad"))


async def test_a_chain_of_steps_makes_each_take_from_the_one_before(studio, session):
    source = session.add(tone(1.0), transcript="Hello.")
    plans = ((Step("emotion", "happy", seed=1),), (Step("vad", seed=2),))
    begun: list[tuple[tuple[Step, ...], Take]] = []

    def begin(steps: tuple[Step, ...], parent: Take) -> Begin:
        begun.append((steps, parent))
        return JobControl

    made = [item.take async for item in studio.run(session, source, plans, begin) if isinstance(item, Made)]
    assert [take.steps for take in made] == list(plans)
    assert [take.parent_id for take in made] == [source.id, made[0].id]
    assert begun == [(plans[0], source), (plans[1], made[0])]


async def test_a_chain_that_fails_keeps_what_was_made_before(studio, session):
    source = session.add(tone(1.0))
    plans = ((Step("vad"),), (Step("clone", text="fail"),))
    with pytest.raises(BadAudio):
        _ = [item async for item in studio.run(session, source, plans, lambda *_: JobControl)]
    assert len(session.tree().all) == 2


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (Step("clone", text="Привет."), UnspeakableText),
        (Step("clone", text="x" * 5000), TextTooLong),
        (Step("paralinguistic", text="No sound."), InvalidRequest),
    ],
)
async def test_a_chain_with_a_step_that_cannot_be_done_makes_no_take(studio, session, bad: Step, error):
    source = session.add(tone(1.0))
    with pytest.raises(error):
        _ = [item async for item in studio.run(session, source, ((Step("vad"),), (bad,)), lambda *_: JobControl)]
    assert session.tree().current == source


async def test_the_speed_of_an_edit_is_kept(studio, session):
    source = session.add(tone(1.0))
    _, made = await make(studio, session, source, Step("vad", speed=2.0))
    assert made.duration_s == pytest.approx(0.5, abs=0.05)
    assert expected_s(made.step, source) == 0.5


async def test_a_library_voice_becomes_one_take_however_often_it_is_used(studio, session):
    first = await studio.use_library_voice(session, "heart_en")
    other = session.add(tone(1.0))
    again = await studio.use_library_voice(session, "heart_en")
    tree = session.tree()
    assert again == first
    assert tree.voice == tree.current == first
    assert set(tree.all) == {first.id, other.id}
    assert first.transcript
    with pytest.raises(UnknownVoice):
        await studio.use_library_voice(session, "nobody")


async def test_what_is_heard_in_a_take_is_noted(studio, session):
    take = session.add(tone(1.0))
    await studio.listen(session, take.id, JobControl())
    heard = session.tree().take(take.id)
    assert heard.transcript.startswith("Hello there.")
    assert heard.language == "en"


async def test_what_somebody_wrote_meanwhile_is_not_replaced_by_what_is_heard(studio, session, monkeypatch):
    take = session.add(tone(1.0))
    heard = studio.engine.heard

    async def slow(*args: object) -> list[Segment]:
        await studio.note_transcript(session, take.id, " My words. ")
        return await heard(*args)

    monkeypatch.setattr(studio.engine, "heard", slow)
    await studio.listen(session, take.id, JobControl())
    assert session.tree().take(take.id).transcript == "My words."


async def test_a_transcript_that_is_the_same_changes_nothing(studio, session):
    take = session.add(tone(1.0), transcript="Hello.")
    revision = session.revision
    await studio.note_transcript(session, take.id, "Hello. ")
    assert session.revision == revision


async def test_a_take_is_saved_as_a_voice_of_the_library(studio, session):
    take = session.add(tone(1.0), language="en")
    saved = await studio.save_voice(session, take.id, "Ann", " Hello. ", JobControl())
    assert (saved.name, saved.transcript, saved.locale) == ("Ann", "Hello.", "en")
    assert (await studio.use_library_voice(session, saved.id)).name == "Ann"


async def saved_voice(studio, session, name: str) -> VoiceInfo:
    take = session.add(tone(0.5), language="en")
    return await studio.save_voice(session, take.id, name, "Hello.", JobControl())


async def test_an_undo_that_the_library_cannot_follow_changes_nothing(studio, session):
    voices, first = studio.engine.voices, await saved_voice(studio, session, "Ann")
    await studio.delete_voice(session, first.id)
    second = voices.create("Ann", tone(0.5), "Hello.", owner=session.reader)
    revision = session.revision
    with pytest.raises(VoiceNameTaken):
        await studio.go(session, "undo")
    voices.erase(second)
    voices.erase(first)
    with pytest.raises(UnknownVoice):
        await studio.go(session, "undo")
    assert (session.revision, session.tree().can_redo) == (revision, False)


async def test_a_voice_that_the_session_cannot_note_is_not_saved(studio, session, monkeypatch):
    def refuse(*_: object) -> None:
        raise StorageFailed

    monkeypatch.setattr(TakeTree, "save_voice", refuse)
    with pytest.raises(StorageFailed):
        await saved_voice(studio, session, "Ann")
    assert studio.engine.voices.kept() == []


async def test_undoing_that_a_voice_was_saved_leaves_a_later_one_of_its_name_alone(studio, session):
    voices, first = studio.engine.voices, await saved_voice(studio, session, "Ann")
    voices.delete(first.id, session.reader)
    second = voices.create("Ann", tone(0.5), "Hello.", owner=session.reader)
    await studio.go(session, "undo")
    assert voices.info("Ann", reader=session.reader) == second
    assert first.id != second.id


async def test_a_voice_that_was_put_away_keeps_its_recording_when_another_takes_its_name(studio, session):
    voices, first = studio.engine.voices, await saved_voice(studio, session, "Ann")
    await studio.go(session, "undo")
    second = voices.create("Ann", tone(0.7), "Hello.", owner=session.reader)
    voices.delete(second.id, session.reader)
    await studio.go(session, "redo")
    assert voices.info("Ann", reader=session.reader).id == first.id
    assert voices.reference(first).duration_s == pytest.approx(0.5)


def sweeping_of(studio: Studio) -> Sweeping:
    return Sweeping(studio.engine, studio.store, studio.works, lambda _: JobControl())


async def test_voices_end_with_their_session_but_those_it_shared(studio, session):
    voices = studio.engine.voices
    for name in ("Private", "Shared", "Away"):
        await saved_voice(studio, session, name)
    await studio.delete_voice(session, "Away")
    voices.share("Shared", session.reader, is_shared=True)
    await studio.forget(session)
    assert [(voice.name, voice.owner) for voice in voices.kept()] == [("Shared", "")]


async def test_voices_end_with_a_session_that_is_swept_though_not_while_it_is_visited(studio, session):
    voices = studio.engine.voices
    take = (await saved_voice(studio, session, "Ann")) and session.tree().audible
    studio.store._max_age_s = 1000.0
    assert take is not None
    for path in [*session.path(take.id).parent.iterdir(), session.path(take.id).parent]:
        os.utime(path, (0, 0))
    session.note_visit()
    sweeping_of(studio).sweep_takes()
    assert (session.tree().all, [voice.name for voice in voices.kept()]) == ({}, ["Ann"])
    month_ago = time.time() - 30 * 86_400
    os.utime(session.path(take.id).parent, (month_ago, month_ago))
    sweeping_of(studio).sweep_takes()
    assert [voice.name for voice in voices.kept()] == ["Ann"], "people come back to their voices"
    os.utime(session.path(take.id).parent, (0, 0))
    sweeping_of(studio).sweep_takes()
    assert voices.kept() == []


async def test_sweeping_goes_on_after_a_disk_that_took_nothing(studio, monkeypatch):
    swept = []

    def sweep() -> None:
        swept.append(1)
        raise StorageFailed

    monkeypatch.setattr("app.studio.sweeping.SWEEP_S", 0.01)
    monkeypatch.setattr(studio.engine.voices, "sweep", sweep)
    sweeping = asyncio.create_task(sweeping_of(studio).run())
    await until(lambda: len(swept) > 2, "the third sweep")
    sweeping.cancel()


async def test_a_recording_without_sound_is_refused_and_not_kept(studio, session):
    with pytest.raises(SilentAudio):
        await studio.bring(session, silence(1.0, 24_000), "clip")
    assert session.tree().all == {}


async def test_the_loop_serves_while_a_session_is_busy(studio, session):
    """Whatever holds the lock of a session, only its own callers wait."""
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with session.changing():
            held.set()
            go.wait(PATIENCE_S)

    holding = threading.Thread(target=hold)
    holding.start()
    await asyncio.to_thread(held.wait, PATIENCE_S)
    asked = asyncio.create_task(studio.tree(session))
    other = studio.store.session(new_session_id())
    async with asyncio.timeout(PATIENCE_S):
        assert (await studio.tree(other)).all == {}
    assert not asked.done()
    go.set()
    assert (await asked).all == {}
    holding.join()


async def test_takes_that_are_too_old_are_swept_without_anyone_asking(studio, session, monkeypatch):
    monkeypatch.setattr("app.studio.sweeping.SWEEP_S", 0.01)
    sweep, swept = studio.store.sweep, threading.Event()

    def watched(has_voices: Callable[[Session], bool]) -> list[Session]:
        gone = sweep(has_voices)
        swept.set()
        return gone

    monkeypatch.setattr(studio.store, "sweep", watched)
    await studio.start()
    for _ in range(2):  # at the start, and again
        old = session.path(session.add(tone(0.1)).id)
        os.utime(old, (0, 0))
        swept.clear()
        assert await asyncio.to_thread(swept.wait, PATIENCE_S)  # one that had begun before
        swept.clear()
        assert await asyncio.to_thread(swept.wait, PATIENCE_S)
        assert not old.exists()
    await studio.stop()


def test_the_expected_length_follows_text_and_speed():
    parent = Take("a", 1, None, (), "", "", "", 3.0, 0.0, -20.0, 0.0)
    assert expected_s(Step("vad"), parent) == 3.0
    assert expected_s(Step("clone", text="天" * 10), parent) == pytest.approx(2.4)
    assert expected_s(Step("clone", text="a" * 100, speed=2.0), parent) == pytest.approx(3.25)
