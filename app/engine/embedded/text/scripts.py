"""Which script a character belongs to, and which language a stretch of text is read in.

Two languages are spoken: English (Latin script) and Mandarin (Han script). Letters decide; digits and symbols are read
in the language of their neighbours, and in the language of the whole text where the neighbours differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.engine.chinese import HAN, HAN_CHAR
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.marks import HAN_MARKS, LATIN_MARKS

Language = Literal["en", "zh"]
Token = tuple[Language | None, str]  # its language, None where the neighbours decide; as written

LATIN_CHAR = re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]")
_LATIN = LATIN_CHAR.pattern[1:-1]
LATIN_WORD = rf"[{_LATIN}](?:[{_LATIN}0-9_'.@/:&+#%=?~-]*[{_LATIN}0-9+#])?"
SENTENCE_ENDS = frozenset(".!?。！？；\n")
MOST_WORDS_INSIDE = 2


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
    runs: list[tuple[Language, list[Token]]] = []
    for language, token in zip(_languages(tokens, document), tokens, strict=True):
        if not runs or runs[-1][0] != language:
            runs.append((language, []))
        runs[-1][1].append(token)
    spans: list[tuple[Language, list[str]]] = []
    for language, run in runs:
        own: Language = "zh" if document == "zh" and _is_short(run) else language
        if not spans or spans[-1][0] != own:
            spans.append((own, []))
        spans[-1][1].extend(token for _, token in run)
    return [Span(language, "".join(parts)) for language, parts in spans]


def _is_short(run: list[Token]) -> bool:
    """Whether a stretch of English in Mandarin text is a word or two, read with the Mandarin around it."""
    return sum(language == "en" for language, _ in run) <= MOST_WORDS_INSIDE


# A number keeps a unit that stands right behind it, so that both are read in one language.
_TOKEN = re.compile(
    rf"(?P<pinyin>{pinyin.TYPED_RUN.pattern})"
    rf"|(?P<zh>[{HAN}]*[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{{5,6}}(?![A-Za-z0-9])|[{HAN}{HAN_MARKS}]+|"
    rf"(?<=第)[IVXLC]+(?![A-Za-z])|(?<![A-Za-z])[IVX]{{1,4}}(?=[型级期类世章节卷部代度区号]))"
    rf"|(?P<en>\d+(?:st|nd|rd|th|s)\b|[{LATIN_MARKS}](?:'s\b)?)"
    # A name with a number: read in the language around it ("G1234次", "GPT-4写").
    r"|(?P<name>[A-Za-z]{1,12}[-‐]?\d{1,8}(?:\.\d{1,4}){0,3}(?![A-Za-z0-9_.@/-]))"
    r"|(?P<number>[$€£¥₩₹+~≈-]{0,3}\d(?:[\d.,:/–~^×*÷+=-]*\d)?(?:\s?(?:[°℃℉%‰$€£¥]C?F?|[kKMGTmcdnµμ]?[A-Za-z]{1,3}"
    r"(?:\^[23])?"
    r"(?:/[A-Za-zµμ]{1,4}(?:\^[23])?)?(?![A-Za-z'])))?)"
    rf"|(?P<latin>{LATIN_WORD})"
    r"|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)


def _tokens(text: str) -> list[Token]:
    """Tokens with their language; None where the neighbours decide."""
    found: list[Token] = []
    has_only_pinyin = _is_all_pinyin(text)
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "pinyin":
            is_mandarin = has_only_pinyin or _touches_mandarin(text, match.start(), match.end())
            # "A4" is a name with a number, read in the language around it.
            found.append((None if token.isupper() else "zh" if is_mandarin else "en", token))
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
    # Clean text has no two spaces in a row.
    left, right = start - 1 - _is_space(text, start - 1), end + _is_space(text, end)
    has_han = bool(HAN_CHAR.match(text[max(left, 0) : left + 1]) or HAN_CHAR.match(text[right : right + 1]))
    follows_run = text[max(left, 0) : left + 1].isdigit() or bool(pinyin.TYPED_RUN.match(text, right))
    return has_han or (follows_run and bool(HAN_CHAR.search(text)))


def _is_space(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at] == " "


def _main_language(tokens: list[Token]) -> Language:
    """The language of most of the text; a Han character weighs about as much as half an English word.

    Where there is neither, Chinese punctuation tells.
    """
    n_han = sum(len(token) for language, token in tokens if language == "zh")
    n_words = sum(1 for language, _ in tokens if language == "en")
    if not n_han and not n_words:
        return "zh" if any(token in "。，！？；：、" for _, token in tokens) else "en"
    return "zh" if n_han and n_han >= 2 * n_words else "en"


def _languages(tokens: list[Token], document: Language) -> list[Language]:
    """The language of each token: its own, else its neighbours', else the document's."""
    left = _nearest(tokens)
    right = _nearest(tokens[::-1])[::-1]
    chosen: list[Language] = []
    for i, (own, token) in enumerate(tokens):
        if own is None and token[-1].isdigit() and i + 1 < len(tokens) and tokens[i + 1][0] == "zh":
            own = "zh"  # a measure word: "100元"
        meets = left[i] if left[i] == right[i] else None if left[i] and right[i] else left[i] or right[i]
        chosen.append(own or meets or document)
    return chosen


def _nearest(tokens: list[Token]) -> list[Language | None]:
    """For each token the language of the nearest letters before it; None where a sentence ended between."""
    nearest: list[Language | None] = []
    last: Language | None = None
    for language, token in tokens:
        nearest.append(last)
        last = language or (None if token in SENTENCE_ENDS else last)
    return nearest
