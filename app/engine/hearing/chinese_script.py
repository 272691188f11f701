"""In which characters Chinese is written down: simplified ones, unless the caller asks for others or writes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from app.engine.chinese import HAN_CHAR, Variety, to_simplified, to_traditional
from app.engine.requests import Segment

Script = Literal["simplified"] | Variety
CHINESE = ("zh", "yue")
# Whisper mixes both scripts, and writes Cantonese in Mandarin's words; an opening settles it, as far as it can.
TRADITIONAL_OPENING, CANTONESE_OPENING = "以下是普通話的句子。", "以下係廣東話嘅句子。"

_BY_REGION: dict[str, Script] = {"tw": "taiwan", "hk": "hong kong", "mo": "hong kong", "yue": "hong kong"}
_BY_NAME: dict[str, Script] = {
    "cantonese": "hong kong",
    "hant": "standard",
    "hans": "simplified",
    "cn": "simplified",
    "sg": "simplified",
}


def script_asked(language: str, prompt: str | None) -> Script | None:
    """The script that a locale names (`zh-TW`, `zh-Hant`, `yue`), else that of the prompt; None leaves it as heard."""
    parts = language.lower().replace("_", "-").split("-")
    for table in (_BY_REGION, _BY_NAME):
        for part in parts:
            if part in table:
                return table[part]
    if not prompt or not HAN_CHAR.search(prompt):
        return "simplified"
    return "standard" if to_simplified(prompt) != prompt else None


def written(segment: Segment, script: Script | None) -> Segment:
    """The segment in these characters; as it is where it is not Chinese."""
    if script is None or segment.language not in CHINESE:
        return segment

    def convert(text: str) -> str:
        return to_simplified(text) if script == "simplified" else to_traditional(text, script)

    words = tuple(replace(word, text=convert(word.text)) for word in segment.words)
    return replace(segment, text=convert(segment.text), words=words)
