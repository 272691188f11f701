"""The speech model, loaded once for all tests that need it."""

from __future__ import annotations

import pytest

from app.engine.embedded.voice.kokoro import Kokoro
from app.engine.parts.parts import Parts
from app.settings import PROJECT


@pytest.fixture(scope="session")
def parts() -> Parts:
    """The installed parts (`python -m app.main prepare` brings them)."""
    return Parts(PROJECT / "models" / "embedded", offline=True)


@pytest.fixture(scope="session")
def kokoro(parts: Parts) -> Kokoro:
    """The loaded speech model."""
    return Kokoro(parts, threads=2)
