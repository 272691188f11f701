"""How single words of English text are read in their place: abbreviations, titles, streets, dialect, long vowels."""

from __future__ import annotations

import re

from app.engine.embedded.text.english.context import (
    ADDRESS_AHEAD,
    ends_sentence,
    spell,
    text_after,
    text_before,
    word_after,
    word_before,
)
from app.engine.embedded.text.english.lexicons import is_listed
from app.engine.embedded.text.english.tables import (
    ABBREVIATIONS,
    ALWAYS,
    BEFORE_NUMBER_ONLY,
    COMPASS,
    DIALECT,
    NUMBERED_PLACES,
    STATE_ABBREVIATIONS,
    STATES,
    STREETS,
    STREETS_AFTER_NAME,
    TEXTED,
    TITLES,
    UNDOTTED_TITLES,
)
from app.engine.embedded.text.word_lists import words
from app.engine.splitting import OFTEN_LAST

NO_STREET_NAMES = words(
    "the in at on from to of and near visit see with by for welcome old port fort mount mr mrs "
    "ms dear hello hi thank ask meet call tell when then after before as if but or is was are "
    "were dr prof with that this while because i we he she they you it says said"
)


def dotted(found: re.Match[str]) -> str | None:
    """A word with a dot behind: Dr., St., Ave., approx., e.g., no. 5; None: the dot ends the sentence."""
    word = found[1]
    lower = word.lower()
    is_last = ends_sentence(found)
    full_stop = "." if is_last and (lower in OFTEN_LAST or not text_after(found).strip(" \"'”’)]")) else ""
    place = _street(found, lower, word)
    if place:
        return place + ("." if is_last else "")
    if lower in TITLES and word[0].isupper() and _precedes_name(found):
        return TITLES[lower]
    if lower in STATE_ABBREVIATIONS and word[0].isupper() and re.search(r"[a-z],\s?$", text_before(found)):
        return STATE_ABBREVIATIONS[lower] + ("." if is_last else "")
    if lower == "st" and word[0].isupper():
        return "Saint" if _precedes_name(found) else "Street" + full_stop
    if word == "v" and word_before(found)[:1].isupper() and _precedes_name(found):
        return "versus"
    follows_number = word_before(found)[:1].isdigit()
    if lower in NUMBERED_PLACES and word_after(found)[:1].isalnum() and word_after(found)[:1] in "0123456789#":
        return NUMBERED_PLACES[lower]
    if word in COMPASS and (follows_number or word_before(found)[:1].isdigit()):
        return COMPASS[word]
    if lower not in ABBREVIATIONS or word == "cat":
        return None
    if lower in BEFORE_NUMBER_ONLY and not re.match(r"\s?(?:[A-Z]-?)?[#\d]|\s[ivxlc]+\b", text_after(found)):
        return None
    if lower in ("min", "ft", "sec") and follows_number:
        return None
    return ABBREVIATIONS[lower] + full_stop


def _precedes_name(found: re.Match[str]) -> bool:
    return bool(re.match(r"\s+(?:[A-Z]|[Dd]e |[Vv]on |[Vv]an )", text_after(found)))


def _street(found: re.Match[str], lower: str, word: str) -> str | None:
    """ "on Oak Dr. near us", "Park Ave", "12 N. Main St." : the word behind the name of a street."""
    before = word_before(found)
    if (
        lower in STREETS
        and word[0].isupper()
        and (before[:1].isupper() or word_after(found)[:1].isdigit() or before[:1].isdigit())
    ):
        return STREETS[lower]
    if lower not in STREETS_AFTER_NAME or not word[0].isupper():
        return None
    is_name = before[:1].isupper() and before.lower() not in NO_STREET_NAMES and len(before) > 1
    is_numbered = bool(re.search(r"\d(?:st|nd|rd|th)\s$", text_before(found)))
    opens = is_name and not word_before(found, 2)  # "Visit Dr. Smith": the first word of a text is no street
    if not (is_name or is_numbered) or (opens and _precedes_name(found)):
        return None
    if lower in ("dr", "mt", "st") and _precedes_name(found) and not _has_house_number(found):
        # "on Main St. He went" ends a sentence, "met Alice. Dr. Smith" opens one.
        following = word_after(found).lower()
        if following not in _SENTENCE_OPENERS:
            return None
    return STREETS_AFTER_NAME[lower]


_SENTENCE_OPENERS = words(
    "he she it they we you the a an this that these those then there when after before in on "
    "at if but and his her their my our your i what where who how why no yes please"
)


def _has_house_number(found: re.Match[str]) -> bool:
    return bool(re.search(r"\d+\s+(?:[NSEW]\.?\s+)?[A-Z][a-z]+\s$", text_before(found)))


def undotted(found: re.Match[str]) -> str | None:
    """Blvd, Hwy 9, Oak Dr, St John, Mr Smith, w/o, vs: abbreviations without a dot."""
    word = found[0]
    lower = word.lower()
    if lower in ALWAYS and (word[1:].islower() or word.isupper() or not word.isalpha()):
        return ALWAYS[lower]
    if word == "v" and word_before(found)[:1].isupper() and _precedes_name(found):
        return "versus"  # Roe v Wade
    if word[:1].isupper() and not word.isupper():
        if lower in STREETS or lower in STREETS_AFTER_NAME:
            place = _street(found, lower, word)
            if place:
                return place
        if lower == "st" and _precedes_name(found):
            return "Saint"
        if lower in UNDOTTED_TITLES and _precedes_name(found):
            return TITLES[lower]
        if lower in NUMBERED_PLACES and re.match(r"\s#?\d", text_after(found)):
            return NUMBERED_PLACES[lower]
    if word in COMPASS and re.search(r"(?:^|\s)\d+\s$", text_before(found)) and ADDRESS_AHEAD.match(text_after(found)):
        return COMPASS[word]
    if word in STATES and re.search(r"[a-z], $", text_before(found)):
        return STATES[word]
    return None


def party_and_state(found: re.Match[str]) -> str | None:
    """ "(R-Tex.)": how newspapers name a politician's party and state."""
    state = STATE_ABBREVIATIONS.get(found[2].lower())
    return f"{spell(found[1])} {state}" if state else None


def dialect(found: re.Match[str]) -> str | None:
    """th', ol', 'em: as the whole word sounds."""
    return DIALECT.get(found[0].lower())


def texted(found: re.Match[str]) -> str | None:
    """gr8, 2nite, bday."""
    return TEXTED.get(found[0])


def initialism(found: re.Match[str]) -> str:
    """ "U.S.", "a.k.a.", "J.": letters to be spelled; at the end of the text the dot is a full stop too."""
    is_end = not text_after(found).strip(" \"'”’)]")
    return spell(re.sub(r"[.\s]", "", found[0])) + ("." if is_end else "")


def ampersand(found: re.Match[str]) -> str:
    """AT&T, R&D, Q&A: letters, an "and" between."""
    parts = found[0].split("&")
    return " and ".join(
        spell(part) if part.isupper() and (1 < len(part) <= 3 or part == "A") else part for part in parts
    )


def stretched(text: str) -> str:
    """ "sooooo" -> "so", "gooood" -> "good": the listed spelling with each long row of letters at two or one.

    A row is tried at two letters first, since that is the longer word ("good", not "god"). Unknown words keep
    one, sounds without a vowel two ("brr").
    """
    if len(text) == 3 and text.isupper():
        return text  # AAA
    runs = list(re.finditer(r"(.)\1{2,}", text, re.IGNORECASE))[:3]
    if not runs:
        return text
    for choice in range(2 ** len(runs)):
        spelling, end = "", 0
        for bit, run in enumerate(runs):
            spelling += text[end : run.start()] + run[1] * (1 if choice >> bit & 1 else 2)
            end = run.end()
        spelling += text[end:]
        if is_listed(spelling.lower()):
            return spelling
    is_word = len(set(text.lower())) > 1 and re.search("[aeiouy]", text, re.IGNORECASE)
    return re.sub(r"(.)\1{2,}", r"\1" if is_word else r"\1\1", text)
