"""What people write into a pronunciation dictionary, checked: in a request, and in a file.

A pronunciation is a respelling ("win"), phonemes between slashes ("/wˈɪn/"), or pinyin with tones ("chong2 qing4").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.engine.embedded.text.mandarin import pinyin
from app.engine.errors import (
    BadLexicon,
    EngineError,
    LexiconUnread,
    NotInLexiconForm,
    PronunciationEmpty,
    PronunciationTooLong,
    TooManyPronunciations,
    UnknownPhonemes,
    UnknownPinyin,
    WordTwice,
)
from app.engine.lexicon import Lexicon, Pronunciation

MAX_WORD_CHARS, MAX_SAID_CHARS = 60, 200
MAX_ENTRIES, MAX_FILE_ENTRIES = 100, 1000
MAX_FILE_BYTES = 1024 * 1024
_PHONEMES = re.compile(r"/([^/]*)/")
_TONED = re.compile(r"[a-züÜ:]{1,6}[0-5](?:\s*[a-züÜ:]{1,6}[0-5])*", re.IGNORECASE | re.ASCII)
_SYLLABLE = re.compile(r"[a-züÜ:]+[0-5]", re.IGNORECASE | re.ASCII)
# IPA as dictionaries print it, in the symbols of the speech model: one letter for a diphthong or an affricate.
_IPA = {
    "eɪ": "A", "aɪ": "I", "oʊ": "O", "əʊ": "Q", "aʊ": "W", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "ɝ": "ɜɹ", "ɚ": "əɹ",
    "r": "ɹ", "g": "ɡ", "'": "ˈ", "ɫ": "l", ".": "", "ː": "", "͡": "", "ˑ": "",
}  # fmt: skip
_IPA_SIGN = re.compile("|".join(sorted(map(re.escape, _IPA), key=len, reverse=True)))


def checked_lexicon(said: Mapping[str, str], param: str, max_entries: int = MAX_ENTRIES) -> Lexicon:
    """The dictionary of these words. Raises BadPronunciation, which names the word, and TooManyPronunciations."""
    if len(said) > max_entries:
        raise TooManyPronunciations(max_entries, param=param)
    return Lexicon(tuple(_entry(word, how, param) for word, how in said.items()))


def read_lexicon(file: Path) -> Lexicon:
    """The dictionary in a file: lines of `word = pronunciation`, or remarks. Raises LexiconUnread, BadLexicon."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise LexiconUnread
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise LexiconUnread from None
    return _lexicon_of(lines, "--lexicon", MAX_FILE_ENTRIES)


def typed_lexicon(text: str, param: str) -> Lexicon:
    """The dictionary that was typed into a field, in the form of a file. Raises BadLexicon, which names `param`."""
    return _lexicon_of(text.splitlines(), param, MAX_ENTRIES)


def _lexicon_of(lines: list[str], param: str, max_entries: int) -> Lexicon:
    entries: dict[str, Pronunciation] = {}
    for n_line, word, how in _rows(lines, param):
        try:
            if word in entries:
                raise WordTwice(word)
            if len(entries) == max_entries:
                raise TooManyPronunciations(max_entries, param=param)
            entries[word] = _entry(word, how, param)
        except EngineError as error:
            raise BadLexicon(n_line, error, param=param) from None
    return Lexicon(tuple(entries.values()))


def _rows(lines: list[str], param: str) -> Iterator[tuple[int, str, str]]:
    for n_line, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, equals, how = line.partition("=")
        if not equals:
            raise BadLexicon(n_line, NotInLexiconForm(), param=param)
        yield n_line, unicodedata.normalize("NFC", word.strip()), how


def _entry(word: str, how: str, param: str) -> Pronunciation:
    shown = word[:MAX_WORD_CHARS]
    word, how = (unicodedata.normalize("NFC", part.strip()) for part in (word, how))
    if not any(map(str.isalnum, word)) or not how.strip("/ ") or not (word + how).isprintable():
        raise PronunciationEmpty(shown, param=param)
    if len(word) > MAX_WORD_CHARS or len(how) > MAX_SAID_CHARS:
        raise PronunciationTooLong(shown, MAX_WORD_CHARS, MAX_SAID_CHARS, param=param)
    if phonemes := _PHONEMES.fullmatch(how):
        return Pronunciation(word, _phonemes(phonemes[1].strip(), shown, param), "phonemes")
    if _TONED.fullmatch(how):
        return Pronunciation(word, _pinyin(how, shown, param), "pinyin")
    if not any(map(str.isalnum, how)):
        raise PronunciationEmpty(shown, param=param)
    return Pronunciation(word, how, "respelling")


def _phonemes(ipa: str, word: str, param: str) -> str:
    from app.engine.embedded.voice.kokoro import vocabulary  # loads numpy

    symbols = _IPA_SIGN.sub(lambda sign: _IPA[sign[0]], ipa)
    unknown = tuple(dict.fromkeys(symbol for symbol in symbols if symbol not in vocabulary()))
    if unknown:
        raise UnknownPhonemes(word, unknown, param=param)
    if not any(map(str.isalpha, symbols)):
        raise PronunciationEmpty(word, param=param)
    return symbols


def _pinyin(how: str, word: str, param: str) -> str:
    for syllable in _SYLLABLE.findall(how):
        if not pinyin.TYPED_RUN.fullmatch(syllable):
            raise UnknownPinyin(word, syllable, param=param)
    return " ".join(_SYLLABLE.findall(how))
