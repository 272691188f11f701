"""Recordings are written down while a page of their session asks, and given up when nobody wants them."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.engine.job import JobControl
from app.engine.requests import Segment, TranscribeRequest
from app.logs import FORMAT, OneLine
from app.studio.session import Session
from app.studio.takes import Take
from app.ui import listening
from tests.fakes import HEARD, ScriptedTranscribers, segment, tone
from tests.ui.scripted import ScriptedPage, scripted_page
from tests.waiting import until

HEARD_WORDS = f"{HEARD} 你好 --> world".strip()


@dataclass(frozen=True)
class Tab:
    """An open page of a user of their own."""

    page: ScriptedPage
    browser: httpx.AsyncClient
    session: Session

    async def asks(self) -> str:
        """What a look of the page shows of the voice."""
        return str((await self.browser.get("/page/state")).raise_for_status().json()["heard"])

    def brings(self, *, is_voice: bool = True, **facts: str) -> Take:
        take = self.session.add(tone(1.0), **facts)  # type: ignore[arg-type]
        if is_voice:
            with self.session.changing() as tree:
                tree.use_voice(take.id)
        return take

    def words_of(self, take: Take) -> str:
        return self.session.tree().take(take.id).transcript

    def is_idle(self) -> bool:
        return not self.page.desk.listening._tasks


@pytest.fixture
async def tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tab]:
    monkeypatch.setattr(listening, "LOOK_S", 0.02)
    async with scripted_page(tmp_path) as page:
        cookie = page.new_cookie()
        yield Tab(page, page.user(cookie), page.session(cookie))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> list[JobControl]:
    """Listening never ends by itself; the controls of what is listened to."""
    begun: list[JobControl] = []

    def transcribe(self: ScriptedTranscribers, _: TranscribeRequest, control: JobControl) -> Iterator[Segment]:
        begun.append(control)
        yield segment(0, 0.0, 1.0, HEARD)
        self._script.play("forever", control)

    monkeypatch.setattr(ScriptedTranscribers, "transcribe", transcribe)
    return begun


async def test_every_recording_is_written_down_the_voice_first(tab: Tab, monkeypatch: pytest.MonkeyPatch):
    order: list[str] = []
    listen = type(tab.page.desk.studio).listen

    async def noted(self: object, session: Session, take_id: str, control: JobControl) -> None:
        order.append(take_id)
        await listen(self, session, take_id, control)  # type: ignore[arg-type]

    monkeypatch.setattr(type(tab.page.desk.studio), "listen", noted)
    first, voice, third = tab.brings(is_voice=False), tab.brings(), tab.brings(is_voice=False)
    assert 'data-word="listening"' in await tab.asks()
    await until(tab.is_idle, "the end of listening")
    assert order == [voice.id, first.id, third.id]
    assert {tab.words_of(take) for take in (first, voice, third)} == {HEARD_WORDS}
    assert "language_is" in await tab.asks()


async def test_what_somebody_wrote_down_is_not_listened_to(tab: Tab):
    tab.brings(transcript="Known.")
    assert await tab.asks() == ""
    assert tab.is_idle()


async def test_a_recording_that_is_deleted_is_given_up(tab: Tab, endless: list[JobControl]):
    take = tab.brings()
    await tab.asks()
    await until(lambda: bool(endless), "listening")
    with tab.session.changing() as tree:
        tree.delete(take.id)
    await until(lambda: endless[0].is_stopped and tab.is_idle(), "the end of listening")
    with tab.session.changing() as tree:
        tree.undo()
    assert 'data-word="listening"' in await tab.asks()
    await until(lambda: len(endless) == 2, "listening anew")


async def test_listening_ends_when_no_tab_is_open(tab: Tab, endless: list[JobControl], monkeypatch: pytest.MonkeyPatch):
    tab.brings()
    await tab.asks()
    await until(lambda: bool(endless), "listening")
    monkeypatch.setattr(tab.page.desk.presence, "_now_s", lambda: float("inf"))
    await until(lambda: endless[0].is_stopped and tab.is_idle(), "the end of listening")


async def test_a_failure_to_listen_is_told_once_and_not_tried_again(tab: Tab):
    take = tab.brings()
    tab.session.path(take.id).write_bytes(b"no sound")
    await tab.asks()
    await until(tab.is_idle, "the end of listening")
    told = await tab.asks()
    assert 'role="alert"' in told
    assert "/" not in re.sub(r"<[^>]*>", "", told)
    assert tab.is_idle()


async def test_what_listening_logs_carries_an_id_of_its_own(tab: Tab, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "app")
    caplog.handler.setFormatter(OneLine(FORMAT))
    tab.brings()
    await tab.asks()
    await until(tab.is_idle, "the end of listening")
    (told,) = [line for line in caplog.text.splitlines() if "job task=transcribe" in line]
    assert re.search(r" request_id=page_[0-9a-f]{32}$", told)


async def test_words_that_somebody_typed_are_kept_with_their_own_recording(tab: Tab):
    take = tab.brings(transcript="Helo.", is_voice=False)
    tab.brings(transcript="The voice.")
    answer = await tab.browser.put(f"/page/takes/{take.id}/words", content="  Hello. ")
    assert answer.status_code == 204
    assert tab.words_of(take) == "Hello."
    too_long = await tab.browser.put(f"/page/takes/{take.id}/words", content="a" * 4097)
    assert too_long.status_code == 400
    assert (await tab.browser.put("/page/takes/gone/words", content="x")).status_code == 404
