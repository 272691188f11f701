"""OpenAI's free-text `instructions`, as far as they name something in the catalogue.

The catalogue's own tag names and Chinese labels count, and the synonyms that stand with them. Words that a
negation precedes do not count. One emotion, one style and one speed are taken; further ones are named as left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.engine.edits import CATALOGUE, Edit

TASKS = ("emotion", "style", "speed")

NEGATION_CHARS = 60  # how far before a word its negation is looked for
_NEGATION = re.compile(
    r"(\b(not|never|no|without|less|avoid|isn't|don't|do not)\s+(\w+\s+){0,2}|[不别没勿](要|用|太|那么)*)$"
)
_LATIN = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Heeded:
    """The edits that instructions name, in the order of mention, and the words that were left out."""

    edits: tuple[Edit, ...]
    left_out: tuple[str, ...]


def heed(instructions: str) -> Heeded:
    """Find what the text names in the catalogue."""
    taken: dict[str, Edit] = {}
    left_out: list[str] = []
    for task, tag, word in _mentions(instructions.lower().replace("’", "'")):
        edit = Edit(task, tag)
        if taken.setdefault(task, edit) != edit and word not in left_out:
            left_out.append(word)
    return Heeded(tuple(taken.values()), tuple(left_out))


def _mentions(text: str) -> Iterator[tuple[str, str, str]]:
    table, pattern = _vocabulary()
    for match in pattern.finditer(text):
        if not _NEGATION.search(text, max(0, match.start() - NEGATION_CHARS), match.start()):
            yield *table[match.group()], match.group()


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[dict[str, tuple[str, str]], re.Pattern[str]]:
    """Word -> (task, tag), and a pattern that finds the longest words first."""
    table: dict[str, tuple[str, str]] = {}
    tags = [(task, tag) for task in TASKS for tag in CATALOGUE[task].tags.values() if tag.name != "remove"]
    for task, tag in tags:
        table.update(dict.fromkeys(tag.synonyms, (task, tag.name)))
    for task, tag in tags:  # last: a tag's own name stays its own where another has it for a synonym
        table[tag.name.replace("_", " ").lower()] = table[tag.label_zh] = (task, tag.name)
    ordered = sorted(table, key=len, reverse=True)
    return table, re.compile(
        "|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if _LATIN.match(w) else re.escape(w) for w in ordered)
    )
