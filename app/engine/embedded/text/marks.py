"""Private characters that stand for words whose pronunciation is given, and are read as one word of their script."""

from __future__ import annotations

import re

FIRST_LATIN, FIRST_HAN, LAST = 0xE000, 0xF000, 0xF8FF  # of an odd Latin one the sound begins with a vowel
LATIN_MARKS = f"{chr(FIRST_LATIN)}-{chr(FIRST_HAN - 1)}"
HAN_MARKS = f"{chr(FIRST_HAN)}-{chr(LAST)}"
MARK = re.compile(f"[{LATIN_MARKS}{HAN_MARKS}]")
MARKED = re.compile(f"{MARK.pattern}(?:'s(?![A-Za-z]))?")


def begins_with_vowel(mark: str) -> bool:
    """Whether the sound of the word behind a mark begins with a vowel; of Chinese ones False."""
    return ord(mark) < FIRST_HAN and ord(mark) % 2 == 1
