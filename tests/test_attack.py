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


@pytest.mark.slow
def test_the_embedded_engine_loses_no_take_that_was_acknowledged_however_often_it_is_killed():
    """Half a minute where nothing else runs."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.attacks.take_kills", "10"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 kills" in done.stdout
