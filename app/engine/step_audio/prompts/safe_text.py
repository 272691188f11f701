"""What a user's text must not carry into a prompt.

The tokenizer makes no control ids from text, but it does read `<audio_12>` as sound, and marks of roles, though plain
letters to it, could be taken for structure by the model. Invisible characters only disturb it.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(
    r"<\|[^<>|\n]{1,40}\|>"  # <|BOT|>, <|EOT|>, <|TTS|> and their like
    r"|</?s>|<unk>|<pad>"
    r"|<(?:audio|video|text|im|dream|row|column|user_defined_symbol)(?:_[A-Za-z0-9_]{1,20})?>"
    r"|<0x[0-9A-Fa-f]{2}>"
    r"|\[speaker_(?:start|end)\]"
)
_JOINERS = "\u200c\u200d"  # shape letters of some scripts and composed emoji


def safe_text(text: str) -> tuple[str, list[str]]:
    """The text without marks and invisible characters, and what was removed, each once, in words for the user.

    Line breaks, tabs, emoji and right-to-left script stay; applying it again changes nothing.
    """
    removed: dict[str, None] = {}
    kept = []
    for char in text.replace("\r\n", "\n").replace("\r", "\n"):
        if _is_invisible(char):
            removed[f"U+{ord(char):04X}"] = None
        else:
            kept.append(char)
    cleaned = "".join(kept)
    while marks := _MARKS.findall(cleaned):  # again: what is left may close up to a new mark
        removed |= dict.fromkeys(marks)
        cleaned = _MARKS.sub("", cleaned)
    return cleaned, list(removed)


def _is_invisible(char: str) -> bool:
    """Control and format characters and lone surrogates, which UTF-8 cannot hold."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\t" + _JOINERS
