"""Written Mandarin to spoken characters: numbers, dates, money, units and signs, in one pass over the text.

Where a digit or a sign stands, the spans are tried in order, each with what stands before and behind it: telephone
numbers and codes, dates, times, money, units, ranges, names with numbers, plain numbers. All else stays as it is:
characters, Latin words, and toned pinyin, whose digits are tones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.engine.embedded.text.english.reader import normalise_english
from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.mandarin.amounts import AMOUNTS
from app.engine.embedded.text.mandarin.codes import CODES
from app.engine.embedded.text.mandarin.names import NAMES
from app.engine.embedded.text.mandarin.plain import PLAIN
from app.engine.embedded.text.mandarin.tables import SIGNS
from app.engine.embedded.text.mandarin.times import TIMES
from app.engine.reading import Reading

HAN_RUN = re.compile(r"[^\x21-\x7e\u00a0-\u02ff\u0370-\u03ff\u2000-\u2bff\uff04\uffe1\uffe5]+")
ADDRESS = re.compile(
    r"(?:https?://|www\.)[\w./?=&%#:~-]{1,500}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
    r"|(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|cn|org|net|io|edu|gov|top|vip|cc|me)\b[\w/.-]{0,200}",
    re.ASCII,
)
LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]{1,60}(?:[-'’&./+#][A-Za-zÀ-ÖØ-öø-ɏ]{1,60}){0,4}(?:\+\+|\+|#|\.(?=\s[A-Za-z]))?")
SPANS = [*CODES, *TIMES, *AMOUNTS, *NAMES, *PLAIN]


def read_mandarin(text: str) -> Iterator[Reading]:
    """The text as readings; their written parts joined give the text back."""
    at = 0
    while at < len(text):
        reading = _next(text, at)
        yield reading
        at += len(reading.written)


def _next(text: str, at: int) -> Reading:
    typed = pinyin.TYPED_RUN.match(text, at)
    if typed and not typed[0].isupper():
        return Reading(typed[0], typed[0], "pinyin")
    plain = HAN_RUN.match(text, at)
    if plain:
        return Reading(plain[0], plain[0], "word")
    address = (
        ADDRESS.match(text, at)
        if text[at].isalnum() and (not at or not text[at - 1].isascii() or not text[at - 1].isalnum())
        else None
    )
    if address:
        return Reading(address[0], f" {normalise_english(address[0])} ", "address")
    for span in SPANS:
        found = span.pattern.match(text, at)
        if found and found[0]:
            spoken = span.read(found)
            if spoken is not None:
                return Reading(found[0], spoken, span.kind)
    latin = LATIN.match(text, at)
    if latin:
        has_signs = not latin[0].isalpha()
        return Reading(latin[0], normalise_english(latin[0]) if has_signs else latin[0], "word")
    return Reading(text[at], SIGNS.get(text[at], "" if text[at] in "#*_^|~\\" else text[at]), "sign")
