"""The trial runs the engine that would be served, over the same parts."""

from __future__ import annotations

from pathlib import Path

from app.doctor.findings import Level
from app.doctor.trial import trial_findings
from app.engine.parts.parts import Parts
from app.settings import Settings


async def test_the_trial_speaks_with_the_parts_it_is_handed(tmp_path: Path) -> None:
    settings = Settings(backend="embedded", offline=True)  # whose own folder has all parts
    found = {finding.subject: finding async for finding in trial_findings(settings, Parts(tmp_path, offline=True))}
    assert found["engine"].level is Level.PASS
    assert found["clone"].level is Level.FAIL
    assert "kokoro" in found["clone"].seen
