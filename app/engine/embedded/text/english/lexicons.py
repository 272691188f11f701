"""The word lists of English: misaki's American gold and silver lexicons (Apache-2.0), read as plain JSON, and our own.

misaki is not imported. Its one-letter diphthongs (A = eɪ, I = aɪ, O = oʊ, W = aʊ, Y = ɔɪ) are what the speech model was
trained with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from app.engine.dictionaries.package_data import package_file
from app.engine.dictionaries.packed import PackedStrings

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
def gold() -> ListedWords:
    """The list that people have looked through."""
    return ListedWords("us_gold.json")


@cache
def silver() -> ListedWords:
    """The larger list that was made by machine."""
    return ListedWords("us_silver.json")


class ListedWords(Mapping[str, Entry]):
    """The entries of one of misaki's files in compact form: as dicts the two would take 45 MB."""

    def __init__(self, name: str) -> None:
        listed: dict[str, Entry] = json.loads(package_file("misaki", "data", name).read_bytes())
        self._packed = PackedStrings(
            (word, entry if isinstance(entry, str) else json.dumps(entry)) for word, entry in listed.items()
        )

    def __getitem__(self, word: str) -> Entry:
        packed = self._packed[word]
        entry: Entry = json.loads(packed) if packed.startswith("{") else packed
        return entry

    def __contains__(self, word: object) -> bool:
        return word in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)
