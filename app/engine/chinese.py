"""Chinese script: which characters are of it, which others are set like it; traditional and simplified ones."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Literal

# For use inside the brackets of a regular expression.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
WIDE = rf"{HAN}\u3040-\u30ff\uac00-\ud7af"  # and kana and Hangul: one syllable or so each, mostly without spaces

HAN_CHAR = re.compile(f"[{HAN}]")
WIDE_CHAR = re.compile(f"[{WIDE}]")


Variety = Literal["standard", "taiwan", "hong kong"]  # of traditional characters
_TO_TRADITIONAL: dict[Variety, str] = {"standard": "s2t", "taiwan": "s2tw", "hong kong": "s2hk"}


def to_simplified(text: str) -> str:
    """The text in simplified characters, chosen by the words that they stand in; all else stays as it is."""
    return _converter("t2s")(text)


def to_traditional(text: str, variety: Variety = "standard") -> str:
    """The text in traditional characters, as they are written there; all else stays as it is."""
    return _converter(_TO_TRADITIONAL[variety])(text)


@functools.cache
def _converter(name: str) -> Callable[[str], str]:
    import opencc  # its dictionaries take a moment; only Chinese needs them

    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert
