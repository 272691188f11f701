"""Write docs/command_line.md from the table of commands: `make docs`. A test fails when it is not current."""

from __future__ import annotations

import argparse

from app.cli.commands import COMMANDS
from app.cli.parser import parser_of
from app.cli.statuses import MEANINGS
from app.settings import PROJECT, Settings

PAGE = PROJECT / "docs" / "command_line.md"

HEAD = """# Command line

Made by `make docs` from `app/cli`; do not edit.

`editx` is the whole program: the service, and everything that can be asked of one. After `./start_unified.sh` has set
up once it is `.venv/bin/editx`; the wheel brings it as a command ([installation](installation.md)). `python -m
app.main` is the same.

```bash
editx say "The kettle is on, and the rain has stopped." -o kettle.wav
editx clone me.wav "I never said this." -o cloned.wav
editx edit me.wav denoise emotion:happy --intensity 1.5 -o happy.mp3
editx rewrite me.wav "I really like the blue car." --said "I really like the red car." -o blue.wav
editx transcribe me.wav
editx subtitle talk.mp3 -o talk.srt
echo "From a pipe." | editx say - -o - | editx transcribe -
editx say --from chapters -o book --format mp3
```

**Where it is done.** Without `--server` a command loads an engine for itself, with the same settings as the service
(`--threads`, `--models-dir`, `EDITX_CACHE_DIR` ...): about four seconds for the embedded one. `--server URL` asks a
running service instead, with the first `--api-key` (or `EDITX_API_KEY`) as its key. Either way the request goes
through the API, so fields, limits and messages are the same. A busy service is asked again, up to six times, when it
says that it will have room.

**Files.** `-` is standard input or output. A file is written whole or not at all. Of a folder every recording (or
text) is taken, folders in it too, and its result gets the same name in the folder of `-o`, with the ending of its
source where two would have one name; what is there already is left, so the same command goes on where it was stopped.
`--again` makes all of it anew. What lies in the folder of `-o` is no source. The format is that of
`--format`, else of the file's name. Sound on standard output begins before all of it is made.

**What is told.** Results go to standard output, all else to standard error. At a terminal a line shows what is under
way; in a pipe there is none. `--json` prints one object a line for each file: `source`, `output`, `seconds`, `seed`,
`backend`, `finish_reason`, `warnings`, of rewritten recordings `rewrite`, of transcripts `transcript`; `skipped` or
`error` instead where nothing was made.

**Completion.** `eval "$(editx completion bash)"` in `~/.bashrc`; the same with `zsh` in `~/.zshrc`;
`editx completion fish | source` in `config.fish`.

## Exit status

| status | means |
|---|---|
"""


def page() -> str:
    """The whole page."""
    statuses = "".join(f"| {status} | {meaning} |\n" for status, meaning in MEANINGS.items())
    return HEAD + statuses + "".join(_section(name) for name in COMMANDS)


def _section(name: str) -> str:
    command = COMMANDS[name]
    rows = [row for action in parser_of(name)._actions if (row := _row(action))]
    table = (
        "| option | meaning |\n|---|---|\n" + "".join(rows)
        if rows
        else "No options beside the [settings](settings.md).\n"
    )
    meaning = command.meaning[0].upper() + command.meaning[1:]
    return f"\n## {name}\n\n{meaning}.\n\n`editx {command.usage}`\n\n{table}"


def _row(action: argparse.Action) -> str:
    if action.dest in Settings.model_fields or action.dest == "help":
        return ""
    choices = ", ".join(f"`{choice}`" for choice in action.choices or ())
    names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{action.metavar or action.dest.upper()}`"
    value = f" {action.metavar}" if action.option_strings and isinstance(action.metavar, str) else ""
    meaning = " ".join(filter(None, (action.help, f"One of {choices}." if choices else "")))
    return f"| {names}{value} | {meaning} |\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
