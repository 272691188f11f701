"""What nobody here can read: refused where it is the text, passed over where it is a word in a readable one."""

from __future__ import annotations

import re
import unicodedata

from app.engine.chinese import HAN_CHAR
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.english.tables import SYMBOLS
from app.engine.embedded.text.languages import LANGUAGES
from app.engine.embedded.text.scripts import LATIN_CHAR
from app.engine.errors import EmptyText, ForeignLanguage, ForeignScript, NothingToSpeak
from app.engine.script import Script

SPOKEN = tuple(language.name for language in LANGUAGES.values())
SPOKEN_LANGUAGES = ("", *(language.tag for language in LANGUAGES.values()))  # that a script may ask for
MAX_FOREIGN_SHARE = 0.25  # of the words, one apart: with more of them, what is left makes no sense
MAX_LETTERS = 2.0  # of theirs to one of ours: a single "word" of a script without spaces may be a whole sentence
KANA = ("HIRAGANA", "KATAKANA")
MAX_KANA_SHARE = 0.2  # of the letters of a text with Chinese characters: with more of them it is Japanese
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|\w?[\u0300-\u036f\u0590-\u05c7\u064b-\u0652\u0900-\u0e4e])*")

SCRIPT_NAMES = {
    "HANGUL": "Korean (Hangul)", "HIRAGANA": "Japanese (kana)", "KATAKANA": "Japanese (kana)", "ARABIC": "Arabic",
    "CYRILLIC": "Cyrillic", "THAI": "Thai", "DEVANAGARI": "Devanagari", "HEBREW": "Hebrew", "GREEK": "Greek",
    "BENGALI": "Bengali", "TAMIL": "Tamil", "GEORGIAN": "Georgian", "ARMENIAN": "Armenian", "KHMER": "Khmer",
    "LAO": "Lao", "MYANMAR": "Burmese", "ETHIOPIC": "Ethiopic", "BOPOMOFO": "Bopomofo", "TELUGU": "Telugu",
}  # fmt: skip


def check_speakable(script: Script, param: str) -> None:
    """Raise EmptyText or UnspeakableText, naming `param`, for words no voice here can read. Cheap; loads nothing."""
    if not script.text.strip():
        raise EmptyText(param=param)
    if script.language not in SPOKEN_LANGUAGES:
        raise ForeignLanguage(script.language, SPOKEN, param=param)
    plain = clean(script.lexicon.readable(script.text))
    foreign = foreign_words(plain)
    if foreign and _is_foreign(plain, foreign):
        letter = next(c for c in foreign[0] if _is_foreign_letter(c))
        raise ForeignScript(script_name(letter), SPOKEN, param=param)
    if not any(c.isdigit() or _is_spoken(c) or (c.isalpha() and c in SYMBOLS) for c in plain):
        raise NothingToSpeak(param=param)


def foreign_words(text: str) -> list[str]:
    """The words with letters that nobody here reads, in their order. Letters that are symbols (π, µ) are read."""
    return [word for word in _words(text) if any(map(_is_foreign_letter, word))]


def script_name(letter: str) -> str:
    """The script of a letter as users call it."""
    return SCRIPT_NAMES.get(kind := _kind(letter), f"the {kind.capitalize()} script")


def _is_foreign(plain: str, foreign: list[str]) -> bool:
    letters = [c for word in foreign for c in word if c.isalpha()]
    n_kana, n_han = sum(_kind(c) in KANA for c in letters), len(HAN_CHAR.findall(plain))
    n_spoken = n_han + sum(c.isdigit() or _is_spoken(c) for c in plain)  # a character is worth two letters
    if not n_spoken or len(letters) > MAX_LETTERS * n_spoken:
        return True
    if n_han and n_kana > max(1, MAX_KANA_SHARE * sum(map(str.isalpha, plain))):
        return True
    n_words = len(_words(plain)) + n_han / 2  # most words of Chinese have two characters
    return len(foreign) > max(1, MAX_FOREIGN_SHARE * n_words)


def _words(text: str) -> list[str]:
    """Runs of letters with their marks, Chinese characters apart."""
    return _WORD.findall(HAN_CHAR.sub(" ", text))


def _is_spoken(c: str) -> bool:
    return bool(HAN_CHAR.match(c) or LATIN_CHAR.match(c))


def _is_foreign_letter(c: str) -> bool:
    return c.isalpha() and not _is_spoken(c) and c not in SYMBOLS


def _kind(letter: str) -> str:
    return unicodedata.name(letter, "an unknown script").split(" ")[0]
