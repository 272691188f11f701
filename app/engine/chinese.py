"""Chinese script: traditional characters to simplified ones, for transcripts and for reading aloud alike."""

from __future__ import annotations

import functools
from collections.abc import Callable


def to_simplified(text: str) -> str:
    """The text in simplified characters, chosen by the words that they stand in; all else stays as it is."""
    return _converter()(text)


@functools.cache
def _converter() -> Callable[[str], str]:
    import opencc  # its dictionaries take a moment; only Chinese needs them

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert
