"""Completion, asked of real shells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.commands import COMMANDS, SHELLS
from app.cli.completion import script
from app.settings import PROJECT


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["editx", "tran"], ["transcribe"]),
        (["editx", "say", "--voi"], ["--voice"]),
        (["editx", "--server-po"], ["--server-port"]),
        (["editx", "transcribe", "pyproj"], ["pyproject.toml"]),
    ],
)
def test_bash_completes_commands_flags_and_files(words: list[str], offered: list[str]) -> None:
    asked = " ".join(f"'{word}'" for word in words)
    command = f'COMP_WORDS=({asked}); COMP_CWORD={len(words) - 1}; _editx; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-c", f"{script('bash')}\n{command}"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == (offered, "")


def test_bash_completes_names_with_spaces_whole(tmp_path: Path) -> None:
    (tmp_path / "my talk *.wav").touch()
    command = 'COMP_WORDS=(editx transcribe my); COMP_CWORD=2; _editx; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "-c", f"{script('bash')}\n{command}"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("my talk *.wav\n", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_in_the_script_of_each_shell(shell: str) -> None:
    assert all(name in script(shell) for name in COMMANDS)


@pytest.mark.slow
def test_the_command_prints_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.main", "completion", "zsh"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout == script("zsh")
