"""Commands with an engine of their own: the program as users start it, over the real embedded engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import PROJECT

pytestmark = pytest.mark.slow


def editx(*words: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "app.main", *map(str, words)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=240, check=False, **options)  # type: ignore[call-overload]


def test_a_pipe_of_commands_speaks_and_hears_it_and_leaves_standard_error_quiet(tmp_path: Path) -> None:
    spoken = editx("say", "-", "-o", "-", "--cache-dir", tmp_path, input=b"The harbor is quiet at noon.")
    assert (spoken.returncode, spoken.stderr) == (0, b"")
    heard = editx("transcribe", "-", "--cache-dir", tmp_path, input=spoken.stdout)
    assert (heard.returncode, heard.stderr) == (0, b"")
    assert "quiet at noon" in heard.stdout.decode().lower()


def test_keys_and_hosts_of_the_service_do_not_close_an_engine_of_ones_own(tmp_path: Path) -> None:
    environ = os.environ | {"EDITX_ALLOWED_HOSTS": "speech.example.org"}
    done = editx("voices", "--api-key", "secret", "--cache-dir", tmp_path, env=environ)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"heart_en" in done.stdout


def test_without_parts_and_network_the_service_says_what_is_missing(tmp_path: Path) -> None:
    done = editx(
        "say", "Hello.", "-o", tmp_path / "x.wav", "--models-dir", tmp_path, "--cache-dir", tmp_path, "--offline"
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"kokoro" in done.stderr
