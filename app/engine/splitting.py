"""Long text in pieces a model can speak: cut at sentence ends, else at clause marks, else between words.

Knows punctuation of English, Chinese, Japanese and Korean, and nothing of any backend. Pieces are parts of the script
without the white space at their ends, so nothing else is lost and the order is kept; each has its own sounds.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum

from app.engine.chinese import WIDE, WIDE_CHAR
from app.engine.script import Script


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLOSERS = "\"'”’」』）)\\]}》〉】»"
SENTENCE_END = re.compile(
    rf"[。！？；｡]+[{CLOSERS}]*\s*"
    # The second look back and the possessive quantifiers keep the search linear over long rows of marks and spaces.
    rf"|(?<![\s.])(?<![.!?…]{{2}})(?P<mark>[.!?…]++)[{CLOSERS}]*+(?:\s+|$|(?=[{WIDE}]))"
    r"|(?<!\s)\s*\n\s*"
)
CLAUSE_END = re.compile(rf"[，、：]+[{CLOSERS}]*\s*|…+\s*|[,;:][{CLOSERS}]*(?:\s+|(?=[{WIDE}]))|\s[—–-]+\s|——\s*")
SPACE = re.compile(rf"\s+|(?<=[{WIDE}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{WIDE}])")
BEFORE_WORD = re.compile(r"[\s\"'“‘(\[]")
# Abbreviations that go on.
SELDOM_LAST = _words(
    "mr mrs ms dr prof mt ft gen col capt lt sgt rev hon gov sen rep pres vs e.g i.e cf al approx no fig vol pp dept "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat u.s u.k a.k.a"
)
# Abbreviations that often end a sentence too: an end when a capital follows.
OFTEN_LAST = _words("etc jr sr inc ltd co corp bros ave blvd rd a.m p.m ph.d st esq")

LONGEST_LOOK_BACK = 12  # characters: longer words are no abbreviations and no numbers of a list

SHORTEST_PIECE = 0.1  # of the limit: a shorter sentence is joined to a neighbour
LONGEST_WHOLE = 0.5  # of the limit: longer text begins with a piece of one sentence, for an early first sound
SHORTEST_CLAUSE = 0.25  # of the limit: cutting earlier than this at a comma would make speech choppy


class Break(IntEnum):
    """How good a place is for a cut."""

    NEVER = 0
    ANYWHERE = 1
    SPACE = 2
    CLAUSE = 3
    SENTENCE = 4


def split_script(script: Script, max_chars: int, max_han_chars: int) -> list[Script]:
    """Pieces of at most `max_chars` characters, or `max_han_chars` of Chinese, Japanese or Korean script.

    In mixed text each character takes its share of either limit. Text within half the limit stays whole; else the
    first piece is one sentence, for an early first sound, and the others hold as many sentences as fit. No piece is
    without words, unless the script has nothing but sounds; a script of white space alone gives none. Each pause is a
    piece of its own, without words and sounds.
    """
    if max_chars < 1 or max_han_chars < 1:
        raise ValueError("the limits must be at least one character")
    if script.pauses:
        return list(_split_around_pauses(script, max_chars, max_han_chars))
    loads = _loads(script.text, max_chars, max_han_chars)
    breaks = _breaks(script)
    last_word = len(script.text.rstrip())
    cuts: list[int] = []
    begin = 0
    while (end := _next_cut(loads, breaks, begin, max_chars * max_han_chars)) < last_word:
        if script.text[begin:end].strip():  # white space alone stays with what follows it
            cuts.append(end)
        begin = end
    return [piece for piece in script.cut(cuts) if not piece.is_empty]


def sentence_ends(text: str) -> list[int]:
    """Where sentences of the text end, the end of the text included."""
    return [at for at, rank in enumerate(_breaks(Script(text))) if rank is Break.SENTENCE]


def _split_around_pauses(script: Script, max_chars: int, max_han_chars: int) -> Iterator[Script]:
    parts = script.cut([pause.position for pause in script.pauses])
    for n, part in enumerate(parts):
        if n:
            yield Script(language=script.language, pauses=(replace(script.pauses[n - 1], position=0),))
        yield from split_script(part, max_chars, max_han_chars)


def _loads(text: str, max_chars: int, max_han_chars: int) -> list[int]:
    """`[n + 1]`: how much of the limit the text before each position takes, in parts of `max_chars * max_han_chars`."""
    loads = [0]
    for c in text:
        loads.append(loads[-1] + (max_chars if WIDE_CHAR.match(c) else max_han_chars))
    return loads


def _breaks(script: Script) -> list[Break]:
    """`[n + 1]`: for each position, how good it is to cut there; never within a word of the lexicon ("San Jose")."""
    text = script.text
    breaks = [Break.ANYWHERE if not _joins_on(c) else Break.NEVER for c in text] + [Break.SENTENCE]
    for pattern, rank in ((SPACE, Break.SPACE), (CLAUSE_END, Break.CLAUSE), (SENTENCE_END, Break.SENTENCE)):
        for found in pattern.finditer(text):
            if rank is not Break.SENTENCE or _ends_sentence(text, found):
                breaks[found.end()] = rank
    for begin, end, _ in script.lexicon.found(text):
        breaks[begin + 1 : end] = [Break.NEVER] * (end - begin - 1)
    return breaks


def _joins_on(c: str) -> bool:
    """Whether a character belongs to the one before it: accents, variation selectors, emoji joined into one."""
    return unicodedata.combining(c) > 0 or c in "\u200d\ufe0e\ufe0f\u20e3" or "\U0001f3fb" <= c <= "\U0001f3ff"


def _ends_sentence(text: str, found: re.Match[str]) -> bool:
    """Whether a dot is a full stop, and dots are an end: not after "Dr." or an initial, not "wait... what"."""
    mark = found["mark"]
    if mark is None or "!" in mark or "?" in mark:
        return True
    following = text[found.end() : found.end() + 1]
    if mark != ".":
        return not following.islower() and not WIDE_CHAR.match(following)
    word = _word_before(text, found.start())
    if word.lower() in OFTEN_LAST:
        return following.isupper() or not following
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    is_list_number = word.isdigit() and (found.start() == len(word) or text[found.start() - len(word) - 1] == "\n")
    return not (word.lower() in SELDOM_LAST or is_initial or is_list_number)


def _word_before(text: str, end: int) -> str:
    """The word that ends here; "" for one too long to be an abbreviation or the number of a list's item."""
    begin = end
    while begin > 0 and not BEFORE_WORD.match(text[begin - 1]):
        begin -= 1
        if end - begin > LONGEST_LOOK_BACK:
            return ""
    return text[begin:end]


def _next_cut(loads: list[int], breaks: list[Break], begin: int, limit: int) -> int:
    """Where the piece that starts at `begin` ends."""
    last = len(loads) - 1
    reach = bisect_right(loads, loads[begin] + limit) - 1
    if reach >= last and (begin > 0 or loads[last] <= LONGEST_WHOLE * limit):
        return last
    fitting = [i for i in range(begin + 1, reach + 1) if breaks[i] > Break.NEVER]
    if not fitting:
        return next(i for i in range(begin + 1, last + 1) if breaks[i] > Break.NEVER)
    sentences = [i for i in fitting if breaks[i] is Break.SENTENCE]
    long_enough = [i for i in sentences if loads[i] - loads[begin] >= SHORTEST_PIECE * limit]
    # Leave no crumb for the end, if there is another place.
    leaves_enough = [i for i in long_enough if i == last or loads[last] - loads[i] >= SHORTEST_PIECE * limit]
    if begin == 0 and long_enough:
        return (leaves_enough or long_enough)[0]
    if sentences:
        return (leaves_enough or long_enough or sentences)[-1]
    clauses = [i for i in fitting if breaks[i] is Break.CLAUSE and loads[i] - loads[begin] >= SHORTEST_CLAUSE * limit]
    if clauses:
        return clauses[-1]
    return max(fitting, key=lambda i: (min(breaks[i], Break.SPACE), i))
