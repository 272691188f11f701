"""Making takes over the engine: what is kept, what a job is asked, what is left after Cancel."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.engine.engine import EditXEngine
from app.engine.errors import BadAudio, Cancelled, UnknownTake
from app.engine.job import JobControl
from app.engine.library.voices import PRESETS
from app.engine.sound.audio import Audio
from app.studio.session import Session
from app.studio.store import new_session_id
from app.studio.studio import Made, Studio, expected_s
from app.studio.takes import Step, Take
from tests.fakes import Script, scripted_engine, scripted_studio, tone

PATIENCE_S = 10.0


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def engine(script: Script, tmp_path: Path) -> AsyncIterator[EditXEngine]:
    made = scripted_engine(script, tmp_path, PRESETS)
    await made.start()
    while not made.status().is_ready:
        await _breathe()
    yield made
    await made.stop()


@pytest.fixture
def studio(engine: EditXEngine, tmp_path: Path) -> Studio:
    return scripted_studio(engine, tmp_path)


@pytest.fixture
def session(studio: Studio) -> Session:
    return studio.store.session(new_session_id())


async def _breathe() -> None:
    await asyncio.sleep(0.01)


async def make(studio: Studio, session: Session, parent: Take, step: Step) -> tuple[list[Audio], Take]:
    pieces, made = [], None
    async for item in studio.make(session, parent, step, JobControl()):
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


async def test_a_failed_job_leaves_no_take(studio, session):
    source = session.add(tone(1.0))
    with pytest.raises(BadAudio):
        await make(studio, session, source, Step("clone", text="fail"))
    tree = session.tree()
    assert tree.current == source


async def test_a_cancelled_job_leaves_no_take_and_stops(studio, session):
    source = session.add(tone(1.0))
    control = JobControl()
    job = studio.make(session, source, Step("clone", text="Now. forever"), control)
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


async def test_takes_that_are_too_old_are_swept_without_anyone_asking(studio, session, monkeypatch):
    monkeypatch.setattr("app.studio.studio.SWEEP_S", 0.01)
    await studio.start()
    old = session.path(session.add(tone(0.1)).id)
    os.utime(old, (0, 0))
    async with asyncio.timeout(PATIENCE_S):
        while await asyncio.to_thread(old.exists):
            await _breathe()
    await studio.stop()


def test_the_expected_length_follows_text_and_speed():
    parent = Take("a", 1, None, None, "", "", "", 3.0, 0.0, -20.0, 0.0)
    assert expected_s(Step("vad"), parent) == 3.0
    assert expected_s(Step("clone", text="天" * 10), parent) == pytest.approx(2.4)
    assert expected_s(Step("clone", text="a" * 100, speed=2.0), parent) == pytest.approx(3.25)
