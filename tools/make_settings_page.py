"""Write docs/settings.md from app/settings.py: `make docs`. A test fails when the page is not what this makes."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from app.settings import PROJECT, Settings, choices_of, default_text, flag_of, variable_of

PAGE = PROJECT / "docs" / "settings.md"

HEAD = """# Settings

Made by `make docs` from `app/settings.py`; do not edit.

Every setting is a flag of `./start_unified.sh` (and of `python -m app.main`), or a variable of the environment. The
flag wins. Units stand in the names: `-s` seconds, `-bytes` bytes, `-chars` characters. A flag or `EDITX_` variable
that does not exist, or a value that cannot be, ends the start with status 2 and names the setting. A switch is turned
off by `--no-…`, or by `0` or `false` in its variable; a list takes commas. Default folders lie in the project's
folder, relative ones you give in the current one.

By default the service listens on every network of the machine and asks for no key, as the predecessor did:
`--server-name 127.0.0.1` keeps it to this machine, `--api-key` closes the API.

| flag | variable | takes | default | meaning |
|---|---|---|---|---|
"""

KINDS = {"bool": "switch", "int": "whole number", "float": "number", "str": "text", "Path": "folder"}


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    flag = flag_of(name)
    shown = f"--no-{flag[2:]}" if field.default is True else flag
    cells = (f"`{shown}`", f"`{variable_of(name)}`", _kind(field), f"`{default_text(field)}`", field.description or "")
    return "| " + " | ".join(cells) + " |\n"


def _kind(field: FieldInfo) -> str:
    if choices := choices_of(field):
        return ", ".join(f"`{choice}`" for choice in choices)
    if get_origin(field.annotation) is tuple:
        return "list"
    types = [kind for kind in get_args(field.annotation) or (field.annotation,) if kind is not type(None)]
    return (KINDS[getattr(types[0], "__name__", "")] + " " + _range(field)).strip()


def _range(field: FieldInfo) -> str:
    limits = {
        name: getattr(rule, name) for rule in field.metadata for name in ("ge", "gt", "le") if hasattr(rule, name)
    }
    if "le" in limits:
        return f"{'above ' if 'gt' in limits else ''}{limits.get('ge', limits.get('gt'))} to {limits['le']}"
    return f"from {limits['ge']}" if "ge" in limits else ""


def main(target: Path = PAGE) -> None:
    """Write the page."""
    target.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
