"""Rows in columns, for people."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the last one ends where it ends."""
    cells = [list(heads), *(list(map(str, row)) for row in rows)]
    widths = [max(_columns(row[at]) for row in cells) for at in range(len(heads))]
    return "".join(
        "  ".join(cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in cells
    )


def _columns(text: str) -> int:
    """How wide a terminal draws it."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
