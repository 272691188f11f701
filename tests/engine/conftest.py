"""What tests of several rooms need: the installed parts."""

from __future__ import annotations

import pytest

from app.engine.parts.parts import Parts
from app.settings import PROJECT


@pytest.fixture(scope="session")
def parts() -> Parts:
    """The installed parts (`python -m app.main prepare` brings them)."""
    return Parts(PROJECT / "models" / "embedded", offline=True)
