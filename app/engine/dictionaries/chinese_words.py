"""How often Chinese words are written: jieba's list of 349,000, which `Tokenizer.FREQ` asks for.

jieba itself makes a dict of all words and all their beginnings, 60 MB. In the sorted list the beginnings need no place
of their own: what begins a word stands where that word would stand.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from app.engine.dictionaries.package_data import package_file
from app.engine.dictionaries.packed import PREFIX, begins_after, stretches


@cache
def chinese_words() -> ChineseWords:
    """The list, read once."""
    return ChineseWords()


class ChineseWords:
    """What jieba asks of its dictionary: a word gives its count, the beginning of a word 0, all else nothing."""

    def __init__(self) -> None:
        rows = package_file("jieba", "dict.txt").read_bytes()
        self.n_counted = sum(map(int, re.findall(rb" ([0-9]+) ", rows)))  # words in the texts that were counted
        self._rows = b"\n".join([*sorted(rows.splitlines()), b""])
        self._begins = begins_after(self._rows, "\n")[:-1]
        self._stretches = stretches(self._rows, self._begins)
        self._entry = lru_cache(maxsize=4096)(self._find)  # jieba asks three times for each

    def __contains__(self, word: str) -> bool:
        return self._entry(word) is not None

    def __getitem__(self, word: str) -> int:
        entry = self._entry(word)
        if entry is None:
            raise KeyError(word)
        return entry[0]

    def get(self, word: str, default: int | None = None) -> int | None:
        """As of a dict."""
        entry = self._entry(word)
        return default if entry is None else entry[0]

    def tag(self, word: str) -> str:
        """The part of speech, as jieba tags it: "a" an adjective, "v" a verb; "" for what is no word."""
        entry = self._entry(word)
        return entry[1] if entry else ""

    def _find(self, word: str) -> tuple[int, str] | None:
        wanted, rows, begins = word.encode(), self._rows, self._begins
        low, end = self._stretches.get(wanted[:PREFIX], (0, 0)) if len(wanted) >= PREFIX else (0, len(begins))
        high = end
        while low < high:
            middle = (low + high) // 2
            if rows[begins[middle] : begins[middle] + len(wanted)] < wanted:
                low = middle + 1
            else:
                high = middle
        if low == end or not rows.startswith(wanted, begins[low]):
            return None
        # A blank is less than all letters: the word itself comes before those that it begins.
        after = begins[low] + len(wanted)
        if rows[after : after + 1] != b" ":
            return 0, ""
        count, tag = rows[after : rows.index(b"\n", after)].split()
        return int(count), tag.decode()
