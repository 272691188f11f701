"""The service under attack, in the short form of `tools/attack.py`; the full one is for `make release-check`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.settings import PROJECT


@pytest.mark.slow
def test_the_service_stands_short_attacks_and_its_stores_stand_kills():
    """Its bars of time are for a quiet machine, and not judged here."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.attack", "--short"], cwd=PROJECT, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "40 kills of writers" in done.stdout
