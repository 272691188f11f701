"""The word lists of English: misaki's American gold and silver lexicons (Apache-2.0), read as plain JSON, and our own.

misaki is not imported. Its one-letter diphthongs (A = eɪ, I = aɪ, O = oʊ, W = aʊ, Y = ɔɪ) are what the speech model was
trained with.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

Entry = str | dict[str, str | None]


def is_listed(word: str) -> bool:
    """Whether a word, written so, stands in any list."""
    return word in gold() or word in silver() or word in own_words()


@cache
def own_words() -> dict[str, str]:
    """What the lexicons lack and spelling misleads about; also settles what they spell oddly."""
    table = (files("app") / "assets" / "embedded" / "text_words.tsv").read_text("utf-8")
    return dict(line.split("\t") for line in table.splitlines() if not line.startswith("#"))


@cache
def gold() -> dict[str, Entry]:
    """The list that people have looked through."""
    return _lexicon("us_gold.json")


@cache
def silver() -> dict[str, Entry]:
    """The larger list that was made by machine."""
    return _lexicon("us_silver.json")


def _lexicon(name: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = json.loads((files("misaki") / "data" / name).read_text("utf-8"))
    return entries
