"""The scripts a stranger runs first."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from app.settings import PROJECT

SCRIPTS = ("start_unified.sh", "run_tests.sh", ".ci/run")


def run(script: str, *flags: str, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROJECT / script, *flags], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_run_as_they_are(script: str) -> None:
    assert os.access(PROJECT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", PROJECT / script]).returncode == 0


def test_the_container_says_that_it_comes_later(tmp_path: Path) -> None:
    done = run("start_unified.sh", "--docker", folder=tmp_path)
    assert done.returncode == 2
    assert "comes in a later version" in done.stderr


def test_help_of_the_start_script_installs_nothing(tmp_path: Path) -> None:
    done = run("start_unified.sh", "--help", folder=tmp_path)
    assert done.returncode == 0
    for flag in ("--local", "--docker", "--setup-only"):
        assert flag in done.stdout


def test_the_test_script_refuses_what_it_does_not_know() -> None:
    done = run("run_tests.sh", "--fast")
    assert done.returncode == 2
    assert "--quick" in done.stderr
