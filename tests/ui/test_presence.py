"""Nobody's work is done for nobody: events whose browser is gone end, those of one that is there are made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI

from app.ui import gradio_edges, presence
from app.ui.components import I18N
from app.ui.presence import AWAY_S, Presence
from tests.fakes import tone
from tests.ui.scripted import ScriptedPage, post_event, scripted_page
from tests.waiting import until


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScriptedPage]:
    async with scripted_page(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture
async def cookie(running: ScriptedPage, monkeypatch: pytest.MonkeyPatch) -> str:
    """That of a new user whose session has a voice; events are looked through often."""
    running.script.forget()
    monkeypatch.setattr(gradio_edges, "LOOK_S", 0.01)
    cookie = running.new_cookie()
    session = running.session(cookie)
    take = session.add(tone(1.0), transcript="Hello.")
    with session.changing() as tree:
        tree.use_voice(take.id)
    return cookie


def test_a_browser_is_there_while_it_asks_and_a_while_after():
    clock = Clock()
    there = Presence(clock)
    assert not there.is_there("anna")
    with there.asking("anna"), there.asking("anna"):
        clock.now_s += 10 * AWAY_S
        assert there.is_there("anna")
    clock.now_s += AWAY_S - 1
    assert there.is_there("anna")
    clock.now_s += 1
    assert not there.is_there("anna")


def test_who_left_is_not_remembered_for_ever():
    clock = Clock()
    there = Presence(clock)
    for number in range(100):
        with there.asking(f"visitor {number}"):
            clock.now_s += 1
    assert len(there._left_at) < AWAY_S + 1
    assert not there._n_open


@pytest.mark.slow
async def test_a_job_ends_when_its_browser_is_gone(running: ScriptedPage, cookie: str, monkeypatch: pytest.MonkeyPatch):
    async with running.user(cookie) as browser:
        await post_event(browser, "clone", "click", {"text": "forever"}, reader="nobody")
        await until(running.script.begun.is_set, "the job")
    monkeypatch.setattr(presence, "AWAY_S", 0.0)
    await until(lambda: not running.engine.is_busy, "the end of the job")
    assert running.script.stopped.is_set()


async def test_a_take_is_made_though_nobody_reads_the_news_while_the_browser_is_there(
    running: ScriptedPage, cookie: str
):
    async with running.user(cookie) as browser:
        await post_event(browser, "clone", "click", {"text": "wait"}, reader="nobody")
        await until(running.script.begun.is_set, "the job")
        await asyncio.sleep(0.05)  # the events are looked through
        running.script.go.set()
        await until(lambda: len(running.session(cookie).tree().all) == 2, "the take")


@pytest.mark.slow
async def test_an_event_without_news_stops_too_when_its_reader_leaves():
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def listen() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    with gr.Blocks() as blocks:
        gr.Button(elem_id="listen").click(listen)
    gradio_edges.queue_events(blocks, lambda _cookies: True)
    app = FastAPI()
    gradio_edges.mount(app, blocks, theme=gr.themes.Base(), i18n=I18N, max_upload_bytes=1)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as browser,
    ):
        await post_event(browser, "listen", "click", {}, reader="anna")
        reading = asyncio.create_task(browser.get("/gradio_api/queue/data", params={"session_hash": "anna"}))
        await until(begun.is_set, "the event")
        await until(lambda: blocks._queue.pending_messages_per_session["anna"].empty(), "its reader")
        reading.cancel()
        await until(stopped.is_set, "its end")


async def test_news_are_told_in_short_answers_until_nothing_is_under_way(running: ScriptedPage, cookie: str):
    async with running.user(cookie) as browser:
        assert (await browser.get("/page/news/stranger")).status_code == 404
        await post_event(browser, "clone", "click", {"text": "wait"}, reader="anna")
        await until(running.script.begun.is_set, "the job")
        told = (await browser.get("/page/news/anna")).text
        assert '"msg":"process_starts"' in told
        assert "close_stream" not in told
        running.script.go.set()
        n_heard = 1
        while "close_stream" not in told:
            answer = await browser.get("/page/news/anna", params={"after": n_heard})
            told, n_heard = told + answer.text, int(answer.headers["x-editx-answer"])
            await asyncio.sleep(0.01)
        assert told.index("process_completed") < told.index("close_stream")


async def test_news_that_were_lost_on_their_way_are_told_again(running: ScriptedPage, cookie: str):
    async with running.user(cookie) as browser:
        await post_event(browser, "clone", "click", {"text": "wait"}, reader="cleo")
        await until(running.script.begun.is_set, "the job")
        lost, again = [await browser.get("/page/news/cleo", params={"after": 0}) for _ in range(2)]
        assert "process_starts" in lost.text
        assert again.text.startswith(lost.text)
        assert again.headers["x-editx-answer"] == lost.headers["x-editx-answer"] == "1"
        assert "process_starts" not in (await browser.get("/page/news/cleo", params={"after": 1})).text
        assert (await browser.get("/page/news/cleo", params={"after": -1})).status_code == 400
        running.script.go.set()


async def test_a_tab_that_leaves_stops_its_job(running: ScriptedPage, cookie: str):
    async with running.user(cookie) as browser:
        await post_event(browser, "clone", "click", {"text": "forever"}, reader="ben")
        await until(running.script.begun.is_set, "the job")
        assert (await browser.post("/page/news/ben/leave")).status_code == 204
        await until(running.script.stopped.is_set, "its end")
        assert (await browser.get("/page/news/ben")).status_code == 404
