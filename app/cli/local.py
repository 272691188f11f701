"""An engine for one command: the API over it, on a socket that nobody else reaches."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import uvicorn

from app.cli.sentences import told
from app.cli.statuses import FAILED, WRONG_USE, CommandFailed
from app.engine.errors import EngineError
from app.engine.facts.fact import Note
from app.keeping.faults import CannotKeep
from app.keeping.opening import opened
from app.settings import Settings
from app.wording.english import english

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.engine.engine import EditXEngine

POLL_S = 0.05
STOP_S = 10.0


@contextmanager
def local_service(settings: Settings) -> Iterator[httpx.BaseTransport]:
    """Load the engine of these settings; gives the transport to it once it is ready. Raises CommandFailed.

    The folder of the socket is this user's alone, so keys, hosts and origins are not asked about.
    """
    own = settings.model_copy(update={"api_keys": (), "key_file": None, "allowed_hosts": (), "ui": False, "api": True})
    with ExitStack() as use:
        try:
            use.enter_context(opened(own.cache_dir))
            app, engine = _app(own)
        except EngineError as error:
            raise CommandFailed(english(error), WRONG_USE) from None
        except CannotKeep as fault:
            raise CommandFailed(told(fault)) from None
        yield use.enter_context(_served(app, engine))


@contextmanager
def _served(app: FastAPI, engine: EditXEngine) -> Iterator[httpx.BaseTransport]:
    with tempfile.TemporaryDirectory(prefix="editx-") as folder:
        path = str(Path(folder) / "api")
        server = uvicorn.Server(uvicorn.Config(app, uds=path, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            _wait(server, thread, engine)
            yield httpx.HTTPTransport(uds=path)
        finally:
            server.should_exit = True
            thread.join(STOP_S)


def _app(settings: Settings) -> tuple[FastAPI, EditXEngine]:
    """The API, with its engine but without the keeper of sessions: what a killed service left is not this one's."""
    from app.api import create_api
    from app.engine.engine import EditXEngine
    from app.engine.parts.parts import Parts
    from app.studio.store import TakeStore
    from app.studio.studio import Studio

    parts = Parts.from_settings(settings)
    if not settings.offline and parts.missing():
        parts.fetch(_report)
    engine = EditXEngine.from_settings(settings, parts)
    app = create_api(Studio(engine, TakeStore.from_settings(settings)), settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        yield
        await engine.stop()

    app.router.lifespan_context = lifespan
    return app, engine


def _report(note: Note) -> None:
    sys.stderr.write(f"editx: {english(note)}\n")


def _wait(server: uvicorn.Server, thread: threading.Thread, engine: EditXEngine) -> None:
    """Until the engine takes jobs. Raises CommandFailed with its reason when it will not."""
    pause = threading.Event()
    while not server.started or engine.is_loading:
        if not thread.is_alive():
            raise CommandFailed("the engine did not start; --log-level info tells more", FAILED)
        pause.wait(POLL_S)
    if (reason := engine.status().reason) is not None:
        raise CommandFailed(english(reason), FAILED)
