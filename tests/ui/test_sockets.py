"""A WebSocket of the browser is its session's, like any other request."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.types import Message

from app.ui.shell import COOKIE
from tests.fakes import tone
from tests.ui.scripted import scripted_page

PATIENCE_S = 20.0


async def told(app: FastAPI, cookie: str, said: list[dict[str, object]]) -> list[str]:
    """The kinds of the events of one conversation, up to its end."""
    headers = [(b"host", b"testserver"), (b"cookie", f"{COOKIE}={cookie}".encode())]
    where = {"path": "/v1/audio/speech/stream", "query_string": b"", "client": ("127.0.0.1", 1), "scheme": "ws"}
    sent = asyncio.Queue[Message]()
    for message in [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "text": json.dumps(s)} for s in said),
    ]:
        sent.put_nowait(message)
    kinds = []

    async def send(message: Message) -> None:
        if "text" in message:
            kinds.append(json.loads(message["text"])["type"])
        if message["type"] == "websocket.close":
            sent.put_nowait({"type": "websocket.disconnect", "code": 1000})

    scope = {"type": "websocket", "headers": headers, "server": ("testserver", 80), "subprotocols": [], **where}
    async with asyncio.timeout(PATIENCE_S):
        await app(scope, sent.get, send)
    return kinds


@pytest.mark.slow
async def test_a_session_speaks_in_its_own_voice_and_no_other_does(tmp_path: Path) -> None:
    async with scripted_page(tmp_path) as page:
        own, other = page.new_cookie(), page.new_cookie()
        reader = page.session(own).reader
        page.engine.voices.create("Ann", tone(3.0), "A tone.", owner=reader)
        fields = {"model": "tts-1", "voice": "Ann", "response_format": "pcm"}
        said = [fields, {"text": "Hello there."}, {"end": True}]
        assert "done" in await told(page.app, own, said)
        assert (await told(page.app, other, said))[-1] == "error"
