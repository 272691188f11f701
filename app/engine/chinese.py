"""Chinese script: which characters are of it, which others are set like it, and traditional ones to simplified ones."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

# For use inside the brackets of a regular expression.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇"
WIDE = rf"{HAN}\u3040-\u30ff\uac00-\ud7af"  # and kana and Hangul: one syllable or so each, mostly without spaces

HAN_CHAR = re.compile(f"[{HAN}]")
WIDE_CHAR = re.compile(f"[{WIDE}]")


def to_simplified(text: str) -> str:
    """The text in simplified characters, chosen by the words that they stand in; all else stays as it is."""
    return _converter()(text)


@functools.cache
def _converter() -> Callable[[str], str]:
    import opencc  # its dictionaries take a moment; only Chinese needs them

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert
