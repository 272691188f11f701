"""A studio over an engine that plays a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.engine.engine import EditXEngine
from app.engine.library.voices import PRESETS
from app.studio.session import Session
from app.studio.studio import Studio
from tests.fakes import Script, new_session_id, scripted_engine, scripted_studio
from tests.waiting import until


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def engine(script: Script, tmp_path: Path) -> AsyncIterator[EditXEngine]:
    made = scripted_engine(script, tmp_path, PRESETS)
    await made.start()
    await until(lambda: made.status().is_ready, "the engine")
    yield made
    script.go.set()
    await made.stop()


@pytest.fixture
def studio(engine: EditXEngine, tmp_path: Path) -> Studio:
    return scripted_studio(engine, tmp_path)


@pytest.fixture
def session(studio: Studio) -> Session:
    return studio.store.session(new_session_id())
