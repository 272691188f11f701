"""PackedStrings: a dictionary of strings that is never changed, in two arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import numpy as np

PREFIX = 3  # bytes: a Chinese character, or three letters
END = "\0"  # stands behind each string; no word of a language has it


def begins_after(stored: bytes, end: str) -> array[int]:
    """Where the strings begin that all end with this character: the first at 0, and one after the last."""
    ends = np.flatnonzero(np.frombuffer(stored, np.uint8) == ord(end))
    return array("I", np.append(0, ends + 1).astype(np.uint32).tobytes())


def stretches(stored: bytes, begins: array[int]) -> dict[bytes, tuple[int, int]]:
    """Where those of sorted strings stand that begin with the same `PREFIX`, so that few are left to halve.

    A shorter string, which `END` follows, is brought to that length with more of them.
    """
    places = np.asarray(begins, np.int64)[:, None] + np.arange(PREFIX)
    letters = np.frombuffer(stored, np.uint8)[np.minimum(places, len(stored) - 1)]
    letters = letters * np.logical_and.accumulate(letters != ord(END), axis=1)
    edges = [0, *(np.flatnonzero((letters[1:] != letters[:-1]).any(axis=1)) + 1).tolist()]
    return {letters[begin].tobytes(): (begin, end) for begin, end in pairwise([*edges, len(begins)]) if begin < end}


class PackedStrings(Mapping[str, str]):
    """Strings by string in sorted order, found by halving: a fifth of a dict's memory, some four times its time.

    All keys and values stand in one string of bytes, key after key with its value behind it.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """The entries may come in any order; of two with one key the last counts. Raises ValueError for an `END`."""
        table = dict(entries)
        in_turn = [text for key in sorted(table) for text in (key, table[key])]  # UTF-8 sorts as its characters do
        self._bytes = END.join([*in_turn, ""]).encode()
        # Where each key and each value begins: the keys at even places.
        self._begins = begins_after(self._bytes, END)
        if len(self._begins) != len(in_turn) + 1:
            raise ValueError(f"a string holds {END!r}")
        self._stretches = stretches(self._bytes, self._begins[:-1:2])

    def __len__(self) -> int:
        return len(self._begins) // 2

    def __iter__(self) -> Iterator[str]:
        return (self._string(2 * row) for row in range(len(self)))

    def __getitem__(self, key: str) -> str:
        wanted, stored, begins = key.encode() + END.encode(), self._bytes, self._begins
        low, end = self._stretches.get(wanted[:PREFIX].ljust(PREFIX, END.encode()), (0, 0))
        high = end
        while low < high:
            middle = (low + high) // 2
            if stored[begins[2 * middle] : begins[2 * middle + 1]] < wanted:
                low = middle + 1
            else:
                high = middle
        if low == end or stored[begins[2 * low] : begins[2 * low + 1]] != wanted:
            raise KeyError(key)
        return self._string(2 * low + 1)

    def _string(self, place: int) -> str:
        return self._bytes[self._begins[place] : self._begins[place + 1] - 1].decode()
