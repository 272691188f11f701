"""The speech model, loaded once for all tests that need it."""

from __future__ import annotations

import pytest

from app.engine.embedded.voice.kokoro import Kokoro
from app.engine.parts.parts import Parts


@pytest.fixture(scope="session")
def kokoro(parts: Parts) -> Kokoro:
    """The loaded speech model."""
    return Kokoro(parts, threads=2)
