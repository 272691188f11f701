"""A real server on loopback with the real engine over the scripted backend, and the official client."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import soundfile
import uvicorn
from fastapi import FastAPI
from openai import OpenAI

from app.api import create_api
from app.engine.engine import EditXEngine
from app.settings import Settings
from tests.fakes import Script, scripted_engine, scripted_studio, tone
from tests.waiting import PATIENCE_S, wait_until

Serve = Callable[..., "Api"]


@dataclass(frozen=True)
class Api:
    """A running service as a test sees it."""

    url: str
    script: Script
    engine: EditXEngine
    app: FastAPI
    client: OpenAI  # the official client; it tries once

    def http(self, **options: Any) -> httpx.Client:
        """A plain client, for what the official one would not send."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S, **options)


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The address of a server for this app on a free port."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, "the server to start")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)


@contextmanager
def serving(folder: Path, presets: Path, *, workers: int = 2, max_jobs: int = 8, **settings: Any) -> Iterator[Api]:
    """A service with these settings."""
    script = Script()
    engine = scripted_engine(script, folder, presets, workers=workers, max_jobs=max_jobs)
    studio = scripted_studio(engine, folder)
    app = create_api(studio, Settings(cache_dir=folder, **settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await studio.start(app.state.service.resumed)
        yield
        await studio.stop()

    app.router.lifespan_context = lifespan
    with running(app) as url:
        wait_until(lambda: engine.status().is_ready, "the engine")
        try:
            yield Api(url, script, engine, app, OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0))
        finally:
            script.go.set()


@pytest.fixture(scope="session")
def presets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two preset voices and an alias."""
    folder = tmp_path_factory.mktemp("presets")
    rows = [
        {
            "id": name,
            "name": name,
            "locale": "en-US",
            "gender": gender,
            "description": "a tone",
            "transcript": "A tone.",
            "created_at": 1,
        }
        for name, gender in (("low_tone", "male"), ("high_tone", "female"))
    ]
    table = {"voices": rows, "aliases": {"alloy": "high_tone"}, "kokoro": {"bm_fable": "low_tone"}}
    (folder / "voices.json").write_text(json.dumps(table), encoding="utf-8")
    for row, pitch_hz in zip(rows, (110, 220), strict=True):
        soundfile.write(folder / f"{row['id']}.flac", tone(1.0, pitch_hz=pitch_hz).samples, 24000)
    return folder


@pytest.fixture(scope="session")
def shared_api(tmp_path_factory: pytest.TempPathFactory, presets: Path) -> Iterator[Api]:
    """The one server most tests use."""
    with serving(tmp_path_factory.mktemp("cache"), presets, url_allowed_hosts=("localhost",)) as api:
        yield api


@pytest.fixture
def api(shared_api: Api) -> Iterator[Api]:
    """The shared server, with nothing left over from the test before."""
    shared_api.script.forget()
    yield shared_api
    shared_api.script.go.set()
    wait_until(lambda: shared_api.engine.status().n_running == 0, "the jobs to end")
    for voice in shared_api.engine.voices.all():
        if voice.source == "custom":
            shared_api.engine.voices.delete(voice.id)
    for consent in shared_api.engine.consents.page(100)[0]:
        shared_api.engine.consents.delete(consent.id)


@pytest.fixture
def serve(tmp_path: Path, presets: Path) -> Iterator[Serve]:
    """Start a service with settings of the test's own."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(serving(tmp_path, presets, **settings))


@pytest.fixture(scope="session")
def clip_wav() -> bytes:
    """A second of tone as a WAV file."""
    from app.engine.sound.encoding import MEDIA, encode_whole

    return encode_whole(MEDIA["wav"], tone(1.0))
