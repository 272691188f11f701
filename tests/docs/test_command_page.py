"""docs/command_line.md is what the table of commands says, and its examples are lines that the parser takes."""

from __future__ import annotations

import re
import shlex

from app.cli.commands import COMMANDS
from app.cli.parser import parse
from tools import make_command_page


def test_the_page_of_commands_is_current() -> None:
    assert make_command_page.PAGE.read_text(encoding="utf-8") == make_command_page.page(), "run `make docs`"


def test_every_option_says_what_it_means() -> None:
    assert [row for row in make_command_page.page().splitlines() if re.fullmatch(r"\| .* \| +\|", row)] == []


def test_its_examples_are_commands() -> None:
    block = re.search(r"```bash\n(.*?)```", make_command_page.HEAD, re.DOTALL)
    assert block
    lines = [part.strip() for line in block[1].splitlines() for part in line.split("|") if "editx" in part]
    assert {parse(shlex.split(line)[1:]).command for line in lines} <= COMMANDS.keys()
    assert len(lines) == 9
