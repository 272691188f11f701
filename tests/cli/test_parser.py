"""Which command and which options a command line stands for."""

from __future__ import annotations

import pytest

from app.cli.commands import COMMANDS
from app.cli.parser import flags_of, parse
from app.cli.statuses import MEANINGS


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ([], "serve"),
        (["--server-port", "8000"], "serve"),
        (["doctor", "--offline"], "doctor"),
        (["--offline", "doctor"], "doctor"),
        (["--server-port", "8000", "--no-ui", "prepare"], "prepare"),
        (["--server-port=8000", "say", "hello", "-o", "x.wav"], "say"),
    ],
)
def test_settings_may_stand_before_a_command_and_after_it(words: list[str], command: str) -> None:
    assert parse(words).command == command


def test_a_command_has_its_options_beside_the_settings() -> None:
    asked = parse(["say", "hello", "-o", "x.wav", "--threads", "3"])
    assert (asked.options.text, asked.options.output, asked.options.voice) == ("hello", "x.wav", "alloy")
    assert asked.settings.threads == 3
    assert asked.flags == ("threads",)
    assert not hasattr(asked.options, "threads")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_tells_its_options_all_settings_and_the_statuses(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert COMMANDS[command].meaning in told
    assert all(meaning in told for meaning in MEANINGS.values())
    assert "--cache-dir" in flags_of(command)


@pytest.mark.parametrize(
    "words", [["say", "hello"], ["say", "x", "-o", "y", "--threds", "2"], ["tags", "too", "many"], ["completion", "sh"]]
)
def test_what_a_command_does_not_take_ends_with_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err
