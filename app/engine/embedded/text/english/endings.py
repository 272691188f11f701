"""Phonemes of English words with the endings -s, -ed and -ing."""

from __future__ import annotations

FLAPPING = frozenset("AIOWYiuæɑəɛɪɹʊʌ")  # a "t" after one of these becomes a flap before -ed, -ing


def with_s(stem: str) -> str:
    """The phonemes of a word with the ending of a plural or possessive."""
    if stem[-1] in "ptkfθ":
        return stem + "s"
    return stem + ("ᵻz" if stem[-1] in "szʃʒʧʤ" else "z")


def with_ed(stem: str) -> str:
    """The phonemes of a verb with the ending of the past."""
    if stem[-1] in "pkfθʃsʧ":
        return stem + "t"
    if stem[-1] in "td":
        return flapped(stem) + "ᵻd"
    return stem + "d"


def flapped(stem: str) -> str:
    """The phonemes of a verb as they sound before an ending with a vowel: its "t" may become a flap."""
    return stem[:-1] + "ɾ" if stem[-1] == "t" and stem[-2:-1] in FLAPPING and len(stem) > 2 else stem
