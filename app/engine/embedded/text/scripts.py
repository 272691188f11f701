"""Which script a character belongs to, and which language a stretch of text is read in.

Two languages are spoken: English (Latin script) and Mandarin (Han script). Letters decide; digits and symbols are read
in the language of their neighbours, and in the language of the whole text where the neighbours differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.engine.chinese import HAN, HAN_CHAR
from app.engine.embedded.text import pinyin
from app.engine.embedded.text.cleaning import clean

Language = Literal["en", "zh"]

LATIN_CHAR = re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]")
_LATIN = LATIN_CHAR.pattern[1:-1]
LATIN_WORD = rf"[{_LATIN}](?:[{_LATIN}0-9_'.@/:&+#%=?~-]*[{_LATIN}0-9+#])?"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text read by the rules of one language."""

    language: Language
    text: str


def document_language(text: str) -> Language:
    """The language of most of a text; English where there is nothing to go by."""
    return _main_language(list(_tokens(clean(text))))


def language_spans(text: str) -> list[Span]:
    """Cut clean text into spans of one language; joined they give the text back."""
    tokens = list(_tokens(text))
    document = _main_language(tokens)
    spans: list[Span] = []
    for i, (language, token) in enumerate(tokens):
        chosen = language or _neighbours_language(tokens, i, document)
        if spans and spans[-1].language == chosen:
            spans[-1] = Span(chosen, spans[-1].text + token)
        else:
            spans.append(Span(chosen, token))
    return spans


# A number keeps a unit that stands right behind it, so that both are read in one language.
_TOKEN = re.compile(
    rf"(?P<pinyin>{pinyin.TYPED_RUN.pattern})"
    rf"|(?P<zh>[{HAN}]+)"
    r"|(?P<en>\d+(?:st|nd|rd|th|s)\b)"
    r"|(?P<number>[$€£¥₩₹+~≈-]*\d(?:[\d.,:/–~^×*÷+=-]*\d)?(?:\s?(?:[°℃℉%‰$€£¥]C?F?|[kKMGTmcdµμ]?[A-Za-z]{1,2}(?:/[a-z]{1,2})?(?![A-Za-z'])))?)"
    rf"|(?P<latin>{LATIN_WORD})"
    r"|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)


def _tokens(text: str) -> list[tuple[Language | None, str]]:
    """Tokens with their language; None where the neighbours decide."""
    found: list[tuple[Language | None, str]] = []
    has_only_pinyin = _is_all_pinyin(text)
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "pinyin":
            is_mandarin = not token.isupper() and (
                has_only_pinyin or _touches_mandarin(text, match.start(), match.end())
            )
            found.append(("zh" if is_mandarin else "en", token))
        elif kind == "zh":
            found.append(("zh", token))
        elif kind in ("en", "latin"):
            found.append(("en", token))
        else:
            found.append((None, token))
    return found


def _is_all_pinyin(text: str) -> bool:
    """Whether text of Latin letters is nothing but toned syllables, two at least: "ni3 hao3"."""
    rest, n_runs = pinyin.TYPED_RUN.subn("", text)
    return n_runs > 1 and not any(c.isalnum() for c in rest)


def _touches_mandarin(text: str, start: int, end: int) -> bool:
    """Whether a run of toned syllables has a Han character or another such run beside it."""
    left, right = text[:start].rstrip(), text[end:].lstrip()
    has_han = bool(HAN_CHAR.match(left[-1:]) or HAN_CHAR.match(right[:1]))
    return has_han or (bool(HAN_CHAR.search(text)) and (left[-1:].isdigit() or bool(pinyin.TYPED_RUN.match(right))))


def _main_language(tokens: list[tuple[Language | None, str]]) -> Language:
    """The language of most of the text; a Han character weighs about as much as half an English word."""
    n_han = sum(len(token) for language, token in tokens if language == "zh")
    n_words = sum(1 for language, _ in tokens if language == "en")
    return "zh" if n_han and n_han >= 2 * n_words else "en"


def _neighbours_language(tokens: list[tuple[Language | None, str]], at: int, document: Language) -> Language:
    if tokens[at][1][-1].isdigit() and at + 1 < len(tokens) and tokens[at + 1][0] == "zh":
        return "zh"  # a measure word: "100元"
    left = _nearest(tokens, range(at - 1, -1, -1))
    right = _nearest(tokens, range(at + 1, len(tokens)))
    if left and right and left != right:
        return document
    return left or right or document


def _nearest(tokens: list[tuple[Language | None, str]], order: range) -> Language | None:
    """The language of the nearest letters before a sentence ends."""
    for i in order:
        language, token = tokens[i]
        if language:
            return language
        if token in ".!?。！？；\n" and token:
            return None
    return None
