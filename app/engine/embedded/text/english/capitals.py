"""What capitals mean: shouting, an initialism, or a name. Decided by the run of capitals that a word stands in.

A run of words in capitals with ordinary words in it is shouted, and read as if written small; what the lexicons do not
know in it stays an initialism. A word in capitals on its own is an initialism where readers spell it (WHO, US, IT),
else a word that is stressed (STOP).
"""

from __future__ import annotations

from collections.abc import Sequence

from app.engine.embedded.text.english.context import LETTER_JOINT, spell
from app.engine.embedded.text.english.lexicons import gold, is_listed
from app.engine.embedded.text.word_lists import words

SENTENCE_ENDS = frozenset(".!?…")
# Words of the lexicons that readers spell where they stand in capitals on their own.
SPELLED_CAPITALS = words(
    "US IT ID OS PA MA LA AD ER GI AI TV PC UK EU UN PM AM PR HR IP QA CD DVD WHO ETA SAT ACT IRA POW MIA RIP LED "
    "DOE DOT HUD "
    "OT ALS ADD ABS GED DUI APR ATP ICU EMS PTO MS OR EST CST MST PST EDT RAF ADA COO COD SOB SEC PAC MOT TIA ATM "
    "CAP DIP "
    "MOD MP MC DA OD VA DC BA BS AP IB HS PE RE ED SE NE LAX SOS VIP DIY FAQ RSVP ASL BMI ECG EKG IUD IVF OCD PIP "
    "SUV UFO URL AA "
    "HIV CBD THC CNN BBC NBC ABC CBS NBA NFL NHL MLB FIFA IOC IMF ECB GOP FED FDA CDC EPA IRS FBI CIA NSA DEA ATF FAA"
) - words("FIFA FED")  # fmt: skip
# In a shouted run these stay initialisms only behind an article or its like.
ARTICLES = words("the a an this that our your their my his her its from by")
AUXILIARIES = words("is was are were will would has have had does did do can could should may might must isn't wasn't")
PLAIN_OBJECT_AFTER = words(
    "told tell tells give gave gives let lets help helps helped show shows showed join joins call calls"
)


def read_capitals(tokens: Sequence[str]) -> list[str]:
    """The tokens with shouted words in small letters and initialisms that look like words as letters ("W·H·O·")."""
    read = list(tokens)
    for begin, end in _runs(tokens):
        is_shouted = _is_shouted(tokens[begin:end])
        for i in range(begin, end):
            if _is_capital_word(tokens[i]) or (is_shouted and tokens[i] == "A"):
                read[i] = _shouted(tokens, i) if is_shouted else _alone(tokens, i)
    return read


def _runs(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where words in capitals stand side by side; "A" and "I" join runs and open none."""
    runs: list[tuple[int, int]] = []
    begin = None
    for i, token in enumerate([*tokens, ""]):
        if token and (_is_capital_word(token) or (token in ("A", "I") and _borders_capitals(tokens, i))):
            begin = i if begin is None else begin
        elif begin is not None and (not token or token[0].isalpha() or token in SENTENCE_ENDS):
            runs.append((begin, i))
            begin = None
    return runs


def _borders_capitals(tokens: Sequence[str], i: int) -> bool:
    return any(0 <= j < len(tokens) and _is_capital_word(tokens[j]) for j in (i - 1, i + 1))


def _is_capital_word(token: str) -> bool:
    return len(token) > 1 and token.isupper() and LETTER_JOINT not in token


def _is_shouted(run: Sequence[str]) -> bool:
    """Whether several words of a run, more than half, are ordinary ones."""
    content = [token.rstrip("'") for token in run if _is_capital_word(token)]
    ordinary = [word for word in content if word not in SPELLED_CAPITALS and _is_ordinary(word)]
    maybe = [word for word in content if word in SPELLED_CAPITALS and word.lower() in gold()]
    return (
        len(content) > 1
        and bool(ordinary)
        and 2 * (len(ordinary) + len(maybe)) > len(content)
        and not (len(ordinary) == 1 and len(content) == 2 and not maybe and _is_acronym_pair(content, ordinary[0]))
    )


def _is_acronym_pair(content: Sequence[str], ordinary: str) -> bool:
    """ "NASA CEO", "AIDS NGO": one known name beside one unknown is no shouting."""
    return ordinary.lower() not in gold() or any(
        word != ordinary and not is_listed(word.lower()) and len(word) < 5 for word in content
    )


def _is_ordinary(word: str) -> bool:
    lower = word.lower()
    return lower in gold() or (is_listed(lower) and len(word) > 3) or (len(word) > 5 and _stem_is_listed(lower))


def _stem_is_listed(lower: str) -> bool:
    return any(
        lower.endswith(suffix) and lower.removesuffix(suffix) in gold()
        for suffix in ("s", "ed", "ing", "d", "ly", "er")
    )


def _shouted(tokens: Sequence[str], i: int) -> str:
    word = tokens[i]
    if word == "A":
        return "a"
    if word in SPELLED_CAPITALS:
        before = tokens[i - 1].lower() if i else ""
        is_noun = before in ARTICLES and word != "OR"
        return spell(word) if is_noun or word.lower() not in gold() else word.lower()
    if is_listed(word.lower()) or len(word) > 5:
        return word.lower()
    return word


def _alone(tokens: Sequence[str], i: int) -> str:
    word = tokens[i]
    if word not in SPELLED_CAPITALS:
        return word
    before = tokens[i - 1].lower() if i else ""
    following = tokens[i + 1].lower() if i + 1 < len(tokens) else ""
    if word in ("WHO", "IT") and before not in ARTICLES and following in AUXILIARIES:
        return word.lower() if word == "IT" or "?" in tokens[i : i + 20] else spell(word)
    if word == "US" and before in PLAIN_OBJECT_AFTER:
        return word.lower()
    return spell(word)
