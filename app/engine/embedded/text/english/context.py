"""What stands around a span: a few words before, a few behind. Bounded, so that reading stays linear."""

from __future__ import annotations

import re

LOOK_BACK, LOOK_AHEAD = 64, 48  # characters
LETTER_JOINT = "·"
# What stands behind the point of the compass in "400 W. Madison St.".
ADDRESS_AHEAD = re.compile(
    r"\.?\s+(?:\d+(?:st|nd|rd|th)|[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)\s+(?:St|Ave|Blvd|Rd|Dr|Ln|Ct|Pl|Way|Hwy|Pkwy|Street|Avenue"
    r"|Boulevard|Road|Drive|Lane|Court|Place)\b"
)
_WORD = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'.&-]*|\d[\w.,]*|[^\w\s]")


def spell(letters: str) -> str:
    """ "FBI" -> "F·B·I·": letters to be named one by one."""
    return LETTER_JOINT.join(letters.upper()) + LETTER_JOINT


def text_before(found: re.Match[str]) -> str:
    """The characters before the match."""
    return found.string[max(0, found.start() - LOOK_BACK) : found.start()]


def text_after(found: re.Match[str]) -> str:
    """The characters behind the match."""
    return found.string[found.end() : found.end() + LOOK_AHEAD]


def word_before(found: re.Match[str], step: int = 1) -> str:
    """The word before the match as written, or the mark; "" at the start. `step` 2: the one before that."""
    words = _WORD.findall(text_before(found))
    return words[-step] if len(words) >= step else ""


def word_after(found: re.Match[str]) -> str:
    """The word behind the match as written, without a full stop, or the mark; "" at the end."""
    following = _WORD.search(text_after(found))
    return following[0].rstrip(".") or following[0] if following else ""


def ends_sentence(found: re.Match[str]) -> bool:
    """Whether nothing, or a word with a capital, follows the match."""
    rest = text_after(found).lstrip(" \"'”’)]")
    return not rest or (rest[0].isupper() and not rest.startswith("I "))
