"""The commands of the page about installing, as a shell reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.settings import PROJECT

PAGE = (PROJECT / "docs" / "installation.md").read_text(encoding="utf-8")
COMMANDS = [line for line in PAGE.splitlines() if line.startswith("pipx install")]


@pytest.mark.parametrize("command", COMMANDS)
def test_pipx_is_given_the_wheel_that_was_built(command: str, tmp_path: Path) -> None:
    wheel = tmp_path / "dist" / "editx-0.2.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    script = f'pipx() {{ printf "%s" "${{!#}}"; }}\n{command}'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    path, _, extra = done.stdout.partition("[")
    assert (tmp_path / path) == wheel
    assert extra in ("", "gpu]")


def test_both_ways_to_install_the_wheel_are_told() -> None:
    assert [command.endswith('[gpu]"') for command in COMMANDS] == [False, True]
