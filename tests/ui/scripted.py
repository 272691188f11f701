"""The page over the scripted engine, in the process of the test: real app, real session cookies, no browser."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.engine.engine import EditXEngine
from app.engine.library.voices import PRESETS
from app.main import app_over
from app.settings import Settings
from app.studio.session import Session
from app.ui.desk import Desk
from app.ui.shell import COOKIE
from tests.fakes import Script, scripted_engine, scripted_studio
from tests.waiting import until

POLL_S = 0.005


@dataclass(frozen=True)
class ScriptedPage:
    """The running application as its users and its operator see it."""

    app: FastAPI
    script: Script
    engine: EditXEngine

    @property
    def desk(self) -> Desk:
        """What the page's handlers share."""
        desk: Desk = self.app.state.desk
        return desk

    def new_cookie(self) -> str:
        """What a new browser is given."""
        return self.desk.sessions.new()

    def user(self, cookie: str = "") -> httpx.AsyncClient:
        """A browser; with a session's cookie, or without any."""
        transport = httpx.ASGITransport(self.app)
        cookies = {COOKIE: cookie} if cookie else None
        return httpx.AsyncClient(transport=transport, base_url="http://testserver", cookies=cookies)

    def session(self, cookie: str) -> Session:
        """What the studio keeps for that cookie."""
        session = self.desk.session_of({COOKIE: cookie})
        assert session is not None
        return session


async def loaded(engine: EditXEngine) -> None:
    """Return once a started engine is ready."""
    await until(lambda: not engine.status().is_loading, "the engine")


@asynccontextmanager
async def scripted_page(folder: Path, *, workers: int = 2, **settings: Any) -> AsyncIterator[ScriptedPage]:
    """The whole application with these settings, ready for jobs."""
    script = Script()
    engine = scripted_engine(script, folder, PRESETS, workers=workers)
    app = app_over(scripted_studio(engine, folder), Settings(cache_dir=folder, **settings))
    page = ScriptedPage(app, script, engine)
    try:
        async with app.router.lifespan_context(app):
            await loaded(engine)
            yield page
    finally:
        script.go.set()
        logging.getLogger().removeHandler(page.desk.lines)


async def post_event(browser: httpx.AsyncClient, element: str, event: str, values: dict[str, Any], reader: str) -> str:
    """Put an event of the page into Gradio's queue, as its scripts do; `reader` names who may ask for its news.

    `values` go by element; what is not named stays as the page shows it at first. Returns the event's id.
    """
    body = event_body((await browser.get("/config")).json(), element, event, values, reader)
    return str((await browser.post("/gradio_api/queue/join", json=body)).raise_for_status().json()["event_id"])


def event_body(config: dict[str, Any], element: str, event: str, values: dict[str, Any], reader: str) -> dict[str, Any]:
    """What a script sends for an event; `config` is what the page told of itself."""
    parts = {part["id"]: part["props"] for part in config["components"]}
    empty = {part["id"]: "" for part in config["components"] if part["type"] == "textbox"}
    call = next(
        call
        for call in config["dependencies"]
        if any(parts.get(where, {}).get("elem_id") == element and name == event for where, name in call["targets"])
    )
    names = [parts[number].get("elem_id") for number in call["inputs"]]
    shown = [parts[number].get("value", empty.get(number)) for number in call["inputs"]]
    data = [values.get(name, value) for name, value in zip(names, shown, strict=True)]
    return {"data": data, "event_data": values.get("event"), "fn_index": call["id"], "session_hash": reader}
