"""Mandarin characters to phonemes: words by jieba, readings by pypinyin, then the changes of tone in running speech."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate, groupby

from app.engine.chinese import HAN
from app.engine.dictionaries.chinese_cutting import frequency, is_adverbial, words_of
from app.engine.dictionaries.chinese_readings import is_phrase, readings_of
from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.mandarin.readings import reading_alone, reading_at
from app.engine.embedded.text.mandarin.tone_changes import Syllable, change_tones
from app.engine.embedded.text.marks import MARK
from app.engine.embedded.text.punctuation import KEPT, PUNCTUATION
from app.engine.embedded.text.word_lists import words
from app.engine.reading import SpokenWord

LONGEST_RUN = 250  # characters cut into words at once: jieba's time for unknown ones is quadratic in their number
PIECE = re.compile(
    rf"(?P<han>[{HAN}]{{1,{LONGEST_RUN}}})|(?P<pinyin>{pinyin.TYPED_RUN.pattern})|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
# Words that end in 得 with its full tone; in others it is the particle (跑得快, 看得见).
FULL_DE = words(
    "获得 取得 赢得 博得 求得 夺得 心得 所得 难得 应得 既得 不得 只得 值得 使得 求之不得 不得不 自得 两得 习得 购得"
)


def mandarin_phonemes(text: str) -> str:
    """Phonemes of normalised Mandarin without Latin words: words apart by spaces, punctuation kept."""
    return joined_phonemes(mandarin_words(text))


def mandarin_words(text: str) -> list[SpokenWord]:
    """The words and marks of normalised Mandarin without Latin words."""
    spoken: list[SpokenWord] = []
    phrase: list[Syllable] = []
    for piece in PIECE.finditer(text):
        n_words = phrase[-1].word + 1 if phrase else 0
        if piece.lastgroup == "han":
            phrase += _read_characters(piece[0], n_words)
        elif piece.lastgroup == "pinyin":
            phrase += [_typed(syllable, n_words) for syllable in pinyin.syllables_of(piece[0])]
        elif not piece[0].isspace():
            spoken += _said(phrase)
            phrase = []
            mark = piece[0].translate(PUNCTUATION)
            if MARK.match(mark) or (mark.strip() and KEPT.issuperset(mark)):
                spoken.append(SpokenWord(piece[0], mark))
    return spoken + _said(phrase)


def joined_phonemes(words: list[SpokenWord]) -> str:
    """The phonemes of Mandarin words one after the other; marks have the spaces that they need."""
    sounds = ""
    for before, word in zip([None, *words], words, strict=False):
        is_mark = KEPT.issuperset(word.phonemes) or (before and KEPT.issuperset(before.phonemes))
        sounds += ("" if is_mark else " ") + word.phonemes
    return re.sub(r"\s+", " ", sounds).strip()


def _typed(syllable: str, word: int) -> Syllable:
    return Syllable(syllable, syllable[:-1], int(syllable[-1]), word, is_fixed=True)


def _said(phrase: list[Syllable]) -> list[SpokenWord]:
    """The words between two pauses, after the changes of tone."""
    words = groupby(change_tones(phrase), key=lambda syllable: syllable.word)
    return [
        SpokenWord("".join(syllable.char for syllable in word), "".join(syllable.sound() for syllable in word))
        for word in (list(syllables) for _, syllables in words)
    ]


# --- readings --------------------------------------------------------------------------------------------------------


def _read_characters(text: str, first_word: int) -> list[Syllable]:
    """Cut a run of characters into words and read them: by the phrases around a character, else as its word is read."""
    words = words_of(text)
    ends = list(accumulate(map(len, words)))
    extents = [(end - len(word), end) for word, end in zip(words, ends, strict=True) for _ in word]
    syllables, at = [], 0
    for number, word in enumerate(words, first_word):
        for char, reading in zip(word, _word_readings(word), strict=False):
            placed = reading_at(text, at, extents)
            reading = placed or _particle(text, at, extents) or reading
            at += 1
            base, tone = reading[:-1], reading[-1:]
            if tone.isdigit() and base in pinyin.SYLLABLES:
                syllables.append(Syllable(char, base, int(tone), number))
    return syllables


def _particle(text: str, at: int, extents: list[tuple[int, int]]) -> str | None:
    """The reading of 地 and 得 as particles, which hangs on the words before; None where they are none."""
    begin, end = extents[at]
    if text[at] == "地" and _is_adverb_ending(text, at, extents):
        return "de5"
    if text[at] == "得" and at > begin and text[begin:end] not in FULL_DE:
        return "de5"  # 跑得快, 看得见
    return "de5" if text[begin:end] == "得" and at else None


def _is_adverb_ending(text: str, at: int, extents: list[tuple[int, int]]) -> bool:
    """Whether 地 stands behind an adverb: as a word, at the head of what is none (高兴|地笑), or at its end."""
    begin, end = extents[at]
    if at + 1 == len(text):
        return False
    if at > begin:
        return at + 1 == end and at - begin > 1 and is_adverbial(text[begin:at])
    follows_word = at > 0 and at - extents[at - 1][0] > 1
    return follows_word and (end - begin == 1 or not frequency(text[begin:end]))


@lru_cache(maxsize=8192)
def _word_readings(word: str) -> tuple[str, ...]:
    """Readings of a word's characters: of its phrase in the dictionary, else those of each on its own."""
    # The dictionary has 一 and 不 as they change in their phrase; the changes come later, over the whole of it.
    plain = {"一": "yi1", "不": "bu4"}
    readings = [
        plain.get(char, reading) if reading[-1:] != "5" else reading
        for char, reading in zip(word, readings_of(word), strict=True)
    ]
    if is_phrase(word):
        return tuple(readings)
    return tuple(reading_alone(char) or reading for char, reading in zip(word, readings, strict=True))
