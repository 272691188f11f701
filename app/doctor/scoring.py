"""How much of a sentence was heard: the share of words, or of Chinese characters, that are wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.engine.chinese import HAN

_UNITS = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*")


def word_error(said: str, heard: str) -> float:
    """Edits per unit of `said` that turn it into `heard`; 0 is perfect, above 1 means many words too many.

    A unit is a word, in Chinese a character; case and punctuation do not count.
    """
    wanted, got = units(said), units(heard)
    return _distance(wanted, got) / max(1, len(wanted))


def units(text: str) -> list[str]:
    """The words and Chinese characters of a text."""
    return _UNITS.findall(text.lower().replace("’", "'"))


def _distance(wanted: Sequence[str], got: Sequence[str]) -> int:
    """Levenshtein's: insertions, deletions and substitutions count one each."""
    row = list(range(len(got) + 1))
    for i, unit in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(got, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (unit != other))
    return row[-1]
