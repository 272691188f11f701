"""Lists of words, written as running text so that they stay readable and short."""

from __future__ import annotations


def word_list(text: str) -> list[str]:
    """The words of a text, in order."""
    return text.split()


def words(text: str) -> frozenset[str]:
    """The set of words of a text."""
    return frozenset(text.split())
