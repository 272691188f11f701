"""PackedStrings: a dictionary of strings that is never changed, in two arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, chain, groupby

PREFIX = 3  # bytes: a Chinese character, or three letters


def stretches(keys: Iterable[bytes]) -> dict[bytes, tuple[int, int]]:
    """Where those of sorted keys stand that begin with the same `PREFIX`: so that few are left to halve."""
    found, begin = {}, 0
    for prefix, shared in groupby(keys, key=lambda key: key[:PREFIX]):
        end = begin + sum(1 for _ in shared)
        found[prefix] = begin, end
        begin = end
    return found


class PackedStrings(Mapping[str, str]):
    """Strings by string in sorted order, found by halving: a fifth of a dict's memory, some four times its time.

    All keys and values stand in one string of bytes, key after key with its value behind it.
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        """The entries may come in any order; of two with one key the last counts."""
        rows = sorted((key.encode(), value.encode()) for key, value in dict(entries).items())
        self._bytes = b"".join(chain.from_iterable(rows))
        # Where each key and each value begins: the keys at even places.
        self._begins = array("I", accumulate(map(len, chain.from_iterable(rows)), initial=0))
        self._stretches = stretches(key for key, _ in rows)

    def __len__(self) -> int:
        return len(self._begins) // 2

    def __iter__(self) -> Iterator[str]:
        return (self._string(2 * row) for row in range(len(self)))

    def __getitem__(self, key: str) -> str:
        wanted, stored, begins = key.encode(), self._bytes, self._begins
        low, end = self._stretches.get(wanted[:PREFIX], (0, 0))
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
        return self._bytes[self._begins[place] : self._begins[place + 1]].decode()
