"""From words on the command line to a command, its settings and its options. Loads nothing heavy: `--help` is quick.

Each command takes every setting as a flag, and options of its own. Only the parser of the command that is asked for is
built. `serve` may be left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_origin

from pydantic.fields import FieldInfo

from app.cli.asked import Asked
from app.cli.commands import COMMANDS, DEFAULT
from app.cli.statuses import MEANINGS
from app.settings import SHORTER_FLAGS, Settings, choices_of, default_text, flag_of, settings_of

_SWITCHES = {"--help", "-h"}
_USAGE = "%(prog)s [COMMAND] [options] [settings]     (--help lists them)"


def parse(argv: Sequence[str]) -> Asked:
    """What is asked for. Raises BadSettings; unknown flags and `--help` end the process (status 2 and 0)."""
    before, command, after = _split(argv)
    parser = parser_of(command or DEFAULT, is_named=command is not None)
    if command is not None and command not in COMMANDS:
        parser.error(f"unknown command '{command}'; there is: {', '.join(COMMANDS)}")
    options = parser.parse_args([*before, *after])
    given = {name: value for name, value in vars(options).items() if name in Settings.model_fields}
    for name in given:
        delattr(options, name)
    return Asked(command or DEFAULT, settings_of(given), options, tuple(given))


def parser_of(command: str, *, is_named: bool = True) -> argparse.ArgumentParser:
    """The parser of one command; that of the default one also tells of the others, unless it is named."""
    name = Path(sys.argv[0]).name if Path(sys.argv[0]).name == "editx" else "python -m app.main"
    parser = argparse.ArgumentParser(
        prog=name,
        usage=f"%(prog)s {COMMANDS[command].usage} [settings]" if is_named and command in COMMANDS else _USAGE,
        description=COMMANDS[command].meaning if is_named and command in COMMANDS else _overview(),
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if command in COMMANDS:
        COMMANDS[command].add_options(parser)
    settings = parser.add_argument_group("settings")
    for field_name, field in Settings.model_fields.items():
        _add_flag(settings, field_name, field)
    return parser


def flags_of(command: str) -> list[str]:
    """All flags of a command, for completion."""
    return sorted(flag for action in parser_of(command)._actions for flag in action.option_strings)


def _split(argv: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """What stands before the command, the command, and what comes after it; None where no word is one.

    Settings may stand before it. After a flag that is none of them no command is looked for: the value of a misspelled
    flag must not be blamed.
    """
    takes_value = {
        flag: field.annotation is not bool
        for name, field in Settings.model_fields.items()
        for flag in (flag_of(name), SHORTER_FLAGS.get(name, flag_of(name)))
    }
    takes_value |= {f"--no-{flag[2:]}": False for flag, value in takes_value.items() if not value}
    at = 0
    while at < len(argv):
        word = argv[at]
        if not word.startswith("-"):
            return list(argv[:at]), word, list(argv[at + 1 :])
        flag, has_equals, _ = word.partition("=")
        if flag not in takes_value and flag not in _SWITCHES:
            break
        at += 2 if takes_value.get(flag, False) and not has_equals else 1
    return list(argv), None, []


def _overview() -> str:
    width = max(map(len, COMMANDS)) + 2
    rows = [f"  {name:<{width}}{command.meaning}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "EditX: speech cloning and editing, as a web page and an OpenAI-compatible API.",
            "",
            "commands (COMMAND --help tells of one):",
            *rows,
        ]
    )


def _epilog() -> str:
    rows = [f"  {status:<5}{meaning}" for status, meaning in MEANINGS.items()]
    return "\n".join(
        [
            "Every setting can be given by a variable too: --server-port is EDITX_SERVER_PORT. The flag wins.",
            "",
            "exit status:",
            *rows,
        ]
    )


def _add_flag(parser: argparse._ArgumentGroup, name: str, field: FieldInfo) -> None:
    text = (field.description or "").replace("%", "%%")
    if field.annotation is bool:
        parser.add_argument(
            flag_of(name), dest=name, action=argparse.BooleanOptionalAction, help=text, default=argparse.SUPPRESS
        )
        return
    choices = choices_of(field)
    parser.add_argument(
        flag_of(name),
        *([SHORTER_FLAGS[name]] if name in SHORTER_FLAGS else []),
        dest=name,
        action="append" if get_origin(field.annotation) is tuple else "store",
        metavar="{" + ",".join(choices) + "}" if choices else _metavar(name),
        help=f"{text} Default: {default_text(field)}.",
        default=argparse.SUPPRESS,
    )


def _metavar(name: str) -> str:
    unit = name.rsplit("_", 1)[-1]
    named = {"s": "SECONDS", "bytes": "BYTES", "chars": "N", "dir": "FOLDER", "path": "FOLDER"}
    named |= {"file": "FILE", "lexicon": "FILE"}
    return named.get(unit, "VALUE")
