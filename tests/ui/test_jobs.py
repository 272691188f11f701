"""Jobs of the page: what they tell while they run, how they end, and that nothing is left of one that was stopped."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.access.access import Access
from app.access.keys import KeyRing
from app.access.signer import Signer
from app.bodies import BodyRoom
from app.engine.engine import MEDIA_THREADS, EditXEngine
from app.engine.executors import BoundedExecutor
from app.engine.job import JobControl
from app.engine.library.voices import PRESETS
from app.engine.requests import CloneRequest, Reference
from app.engine.script import parse_script
from app.engine.sound.decoding import DecodeLimits, decode
from app.settings import Settings
from app.studio.session import Session
from app.studio.takes import Step, Take
from app.ui import jobs
from app.ui.desk import Desk
from app.ui.jobs import Chain, Jobs
from app.ui.live import LiveSound, LiveSounds
from app.ui.messages import Mistake
from tests.fakes import TONE_S, Script, new_session_id, scripted_engine, scripted_studio, tone
from tests.ui.scripted import loaded
from tests.waiting import Held, until

PATIENCE_S = 10.0
Progress = dict[str, Any]


class KnownSounds(LiveSounds):
    """Live sounds that a test can count."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[LiveSound] = []

    def open(self, media: BoundedExecutor) -> tuple[str, LiveSound]:
        name, sound = super().open(media)
        self.opened.append(sound)
        return name, sound


@dataclass(frozen=True)
class Room:
    """One user's session, and the jobs of the page."""

    script: Script
    engine: EditXEngine
    sounds: KnownSounds
    jobs: Jobs
    session: Session
    source: Take

    def plan(self, *steps: Step) -> Callable[[], Awaitable[Chain]]:
        async def planned() -> Chain:
            return self.session, self.source, [(step,) for step in steps]

        return planned

    async def told(self, *steps: Step) -> list[Progress]:
        """All that is told until the job ends."""
        return [progress async for progress, _ in self.jobs.run(self.plan(*steps))]

    def takes(self) -> list[Take]:
        tree = self.session.tree()
        return [take for _, take in tree.rows() if take.step is not None]

    async def sounds_ended(self) -> bool:
        """Whether a reader of each live sound, if there is any, comes to its end."""
        for sound in self.sounds.opened:
            async with asyncio.timeout(PATIENCE_S):
                async for _ in sound.encoded():
                    continue
        return True

    async def is_stopped(self) -> bool:
        """Whether the running job was stopped, and its place is free again."""
        stopped = await asyncio.to_thread(self.script.stopped.wait, PATIENCE_S)
        await until(lambda: not self.engine.status().n_running, "the job to end")
        return stopped


ACCESS = Access(KeyRing(), Signer(b"s" * 32))


@asynccontextmanager
async def room(folder: Path, *, starts: bool = True, **options: Any) -> AsyncIterator[Room]:
    script, sounds = Script(), KnownSounds()
    timeout_s = options.pop("job_timeout_s", 60.0)
    engine = scripted_engine(script, folder, PRESETS, **options)
    if starts:
        await engine.start()
        await loaded(engine)
    settings = Settings(cache_dir=folder, job_timeout_s=timeout_s)
    studio, limits = scripted_studio(engine, folder), DecodeLimits.from_settings(settings)
    desk = Desk(studio, settings, limits, ACCESS, BodyRoom(0), live=sounds)
    session = desk.studio.store.session(new_session_id())
    try:
        yield Room(script, engine, sounds, Jobs(desk), session, session.add(tone(1.0), transcript="Hello."))
    finally:
        script.go.set()
        await engine.stop()


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is told more often than to users, so that tests are quick."""
    monkeypatch.setattr(jobs, "TICK_S", 0.02)


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Room]:
    async with room(tmp_path) as made:
        yield made


def words(progress: Progress) -> list[str]:
    """What a progress says: the codes of facts, and the keys of other words."""
    spans = re.findall(r'(?:data-fact="(\w+)" )?data-word="(\w+)"', progress["html"])
    return [code or key for code, key in spans]


def shares(told: Sequence[Progress]) -> list[float]:
    return [progress["share"] for progress in told if progress["state"] == "working"]


CLONE = Step("clone", text="One sentence. And another sentence. And a third one.", seed=1)


# ---- what is told -------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_progress_goes_up_until_the_take_is_there(studio: Room):
    told = []
    async for progress, _ in studio.jobs.run(studio.plan(replace(CLONE, text="One sentence. And another. Then wait."))):
        told.append(progress)
        if progress["state"] == "working" and progress["share"] > 0.5 and "step_speaking" in progress["html"]:
            studio.script.go.set()
    assert [progress["state"] for progress in told] == ["working"] * (len(told) - 1) + ["done"]
    assert shares(told) == sorted(shares(told))
    assert shares(told)[0] == 0.0
    assert words(told[0]) == ["step_preparing"]
    assert words(told[-1]) == ["state_done"]
    (made,) = studio.takes()
    assert f"Done: {made.duration_s:.1f} s of sound" in told[-1]["html"]
    assert made.parent_id == studio.source.id


async def test_a_clone_is_heard_from_its_first_piece_on(studio: Room):
    playing = [sound async for _, sound in studio.jobs.run(studio.plan(CLONE)) if sound]
    assert len(playing) == 3
    (address,) = {sound["live"] for sound in playing}
    name = address.removeprefix("./page/live/").removesuffix(".mp3")
    assert studio.sounds.taken(name) is studio.sounds.opened[0]
    data = b"".join([part async for part in studio.sounds.opened[0].encoded()])
    heard = decode(data, DecodeLimits(10**7, 60.0, 10**7), "file")
    assert heard.duration_s == pytest.approx(3 * TONE_S, abs=0.1)


async def test_an_edit_does_not_play_what_is_heard_already(studio: Room):
    assert [sound async for _, sound in studio.jobs.run(studio.plan(Step("vad"))) if sound] == []
    assert studio.sounds.opened == []


async def test_a_job_that_takes_longer_than_thought_does_not_say_it_is_done(studio: Room):
    stream = studio.jobs.run(studio.plan(Step("emotion", "happy"), Step("paralinguistic", text="[Sigh] wait")))
    told = []
    async for progress, _ in stream:
        told.append(progress)
        if len(told) > 20:  # long past the first guess of how long it takes
            studio.script.go.set()
    assert told[-1]["state"] == "done"
    assert max(shares(told[:20])) < 1
    assert len(studio.takes()) == 2


async def test_the_last_moments_of_a_job_are_not_called_preparing():
    assert "Keeping the result" in jobs._step_words("done", 1.0, 0.0)
    assert "step_preparing" in jobs._step_words("unheard of", 0.1, 0.0)


async def test_the_time_left_is_told_where_it_is_a_second_or_more():
    assert "about 3 s left" in jobs._step_words("speaking", 0.25, 3.2)
    assert "state_left" not in jobs._step_words("speaking", 0.9, 0.4)
    assert "state_left" not in jobs._step_words("speaking", 0.95, -5.0)


async def test_the_place_in_the_queue_is_told(tmp_path: Path):
    async with room(tmp_path, workers=1) as studio:
        first = asyncio.create_task(studio.told(Step("clone", text="wait")))
        await asyncio.to_thread(studio.script.begun.wait, PATIENCE_S)
        second = studio.jobs.run(studio.plan(CLONE))
        told = [progress async for progress, _ in _until_queued(second)]
        assert "place 1 in the queue" in told[-1]["html"]
        third = studio.jobs.run(studio.plan(CLONE))
        assert "place 2 in the queue" in [p async for p, _ in _until_queued(third)][-1]["html"]
        assert shares(told) == [0.0] * len(told)
        studio.script.go.set()
        for stream in (second, third):
            assert [progress async for progress, _ in stream][-1]["state"] == "done"
        assert (await first)[-1]["state"] == "done"


async def test_a_request_that_is_still_looked_through_is_not_told_as_work(tmp_path: Path):
    async with room(tmp_path, workers=1) as studio:
        first = asyncio.create_task(studio.told(Step("clone", text="wait")))
        await asyncio.to_thread(studio.script.begun.wait, PATIENCE_S)
        held = [Held() for _ in range(MEDIA_THREADS)]
        looking = [asyncio.create_task(studio.engine.media.run(one)) for one in held]
        second = studio.jobs.run(studio.plan(CLONE))
        told = []
        async for progress, _ in _until_queued(second):
            told.append(progress)
            if len(told) == 3:
                for one in held:
                    one.let_go()
        assert {word for progress in told for word in words(progress)} == {"step_preparing", "state_queued"}
        await second.aclose()  # type: ignore[attr-defined]
        studio.script.go.set()
        await asyncio.gather(first, *looking)


async def _until_queued(stream: AsyncIterator[jobs.Told]) -> AsyncIterator[jobs.Told]:
    async for told in stream:
        yield told
        if "state_queued" in words(told[0]):
            return


async def test_a_job_waits_for_an_engine_that_loads(tmp_path: Path):
    async with room(tmp_path, starts=False) as studio:
        told = []
        async for progress, _ in studio.jobs.run(studio.plan(CLONE)):
            told.append(progress)
            if words(progress) == ["state_loading"]:
                await studio.engine.start()
                await loaded(studio.engine)
        assert "state_loading" in [word for progress in told for word in words(progress)]
        assert told[-1]["state"] == "done"


async def test_a_job_under_way_that_lets_others_take_a_turn_is_not_shown_as_queued(
    studio: Room, monkeypatch: pytest.MonkeyPatch
):
    positions = iter([0])
    monkeypatch.setattr(studio.engine, "queue_position", lambda _: next(positions, 2))
    told = await studio.told(CLONE)
    assert "state_queued" not in [word for progress in told for word in words(progress)]
    assert shares(told) == sorted(shares(told))


# ---- several steps ------------------------------------------------------------------------------------------------

RECIPE = (CLONE, Step("emotion", "happy", seed=2), Step("speed", "faster", seed=3))


async def test_the_steps_of_a_recipe_build_on_each_other(studio: Room):
    told = await studio.told(*RECIPE)
    first, second, third = studio.takes()
    assert [take.step for take in (first, second, third)] == list(RECIPE)
    assert [take.parent_id for take in (first, second, third)] == [studio.source.id, first.id, second.id]
    assert told[-1]["state"] == "done"
    assert shares(told) == sorted(shares(told))
    assert await studio.sounds_ended()
    assert len(studio.sounds.opened) == 1  # that of the clone


async def test_each_step_says_which_one_it_is(studio: Room):
    told = await studio.told(*RECIPE)
    html = "".join(progress["html"] for progress in told)
    assert "Step 1 of 3" in html
    assert "Step 3 of 3" in html
    assert "Step 1 of 1" not in "".join(progress["html"] for progress in await studio.told(CLONE))


async def test_what_was_made_before_a_step_failed_stays(studio: Room):
    told = await studio.told(CLONE, Step("paralinguistic", text="[Sigh] fail"), Step("vad"))
    assert told[-1]["state"] == "error"
    assert [take.step for take in studio.takes()] == [CLONE]
    assert await studio.sounds_ended()


# ---- failures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "word"),
    [
        (Step("clone", text="fail"), "invalid_audio"),
        (Step("clone", text=" "), "empty_text"),
        (Step("clone", text="a" * 5000), "text_too_long"),
        (Step("paralinguistic"), "invalid_value"),  # which sound, and where?
        (Step("clone", text="Hello.", speed=9.0), "out_of_range"),
        (Step("dance"), "unknown_task"),
        (Step("clone", text="bug"), "error_internal"),
    ],
)
async def test_a_failure_is_told_and_leaves_nothing(studio: Room, step: Step, word: str):
    told = await studio.told(step)
    assert told[-1]["state"] == "error"
    assert words(told[-1]) == [word]
    assert 'role="alert"' in told[-1]["html"]
    assert "secret" not in told[-1]["html"]
    assert studio.takes() == []
    assert await studio.sounds_ended()


async def test_a_mistake_in_the_plan_is_told(studio: Room):
    async def planned() -> Chain:
        raise Mistake("error_no_voice")

    told = [progress async for progress, _ in studio.jobs.run(planned)]
    assert [(progress["state"], words(progress)) for progress in told] == [("error", ["error_no_voice"])]
    assert studio.sounds.opened == []


async def test_a_take_that_is_gone_is_told(studio: Room):
    with studio.session.changing() as tree:
        tree.delete(studio.source.id)
    assert words((await studio.told(Step("vad")))[-1]) == ["take_not_found"]


async def test_a_full_queue_is_told(tmp_path: Path):
    async with room(tmp_path, workers=1, max_jobs=1) as studio:
        other = studio.engine.clone(CloneRequest(parse_script("wait"), Reference(voice="heart_en")), JobControl())
        waiting = asyncio.ensure_future(anext(other))
        await asyncio.to_thread(studio.script.begun.wait, PATIENCE_S)
        assert words((await studio.told(CLONE))[-1]) == ["queue_full"]
        assert await studio.sounds_ended()
        studio.script.go.set()
        await waiting
        await other.aclose()


async def test_a_job_past_its_time_limit_is_stopped_and_told(tmp_path: Path):
    async with room(tmp_path, job_timeout_s=0.2) as studio:
        told = await studio.told(Step("clone", text="forever"))
        assert words(told[-1]) == ["deadline_exceeded"]
        assert await studio.is_stopped()
        assert await studio.sounds_ended()


# ---- stopping -----------------------------------------------------------------------------------------------------


async def test_closing_the_stream_stops_the_job(studio: Room):
    stream = studio.jobs.run(studio.plan(Step("clone", text="One sentence that is soon there. forever")))
    assert [sound async for _, sound in _until_heard(stream)][-1]
    await until(lambda: len(studio.script.clones) == 2, "the second piece")
    await stream.aclose()  # type: ignore[attr-defined]  # an async generator, as Gradio closes it
    assert await studio.is_stopped()
    assert studio.takes() == []
    assert await studio.sounds_ended()


async def _until_heard(stream: AsyncIterator[jobs.Told]) -> AsyncIterator[jobs.Told]:
    async for told in stream:
        yield told
        if told[1]:
            return


async def test_cancelling_who_reads_stops_the_job(studio: Room):
    reading = asyncio.create_task(studio.told(Step("clone", text="forever")))
    await asyncio.to_thread(studio.script.begun.wait, PATIENCE_S)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await studio.is_stopped()
    assert studio.takes() == []
    assert await studio.sounds_ended()


async def test_a_waiting_job_that_is_closed_gives_its_place_back(tmp_path: Path):
    async with room(tmp_path, workers=1) as studio:
        first = asyncio.create_task(studio.told(Step("clone", text="wait")))
        await asyncio.to_thread(studio.script.begun.wait, PATIENCE_S)
        second = studio.jobs.run(studio.plan(CLONE))
        assert [progress async for progress, _ in _until_queued(second)]
        await second.aclose()  # type: ignore[attr-defined]
        assert studio.engine.status().n_waiting == 0
        studio.script.go.set()
        assert (await first)[-1]["state"] == "done"
        assert len(studio.script.clones) == 1


async def test_a_job_can_follow_one_that_was_stopped(studio: Room):
    stream = studio.jobs.run(studio.plan(Step("clone", text="forever")))
    await asyncio.gather(anext(stream), asyncio.sleep(0))  # type: ignore[arg-type]
    await stream.aclose()  # type: ignore[attr-defined]
    assert (await studio.told(CLONE))[-1]["state"] == "done"
