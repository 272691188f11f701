"""How names, abbreviations and addresses found in English text are read. Each function reads one match of a rule."""

from __future__ import annotations

import re

from app.engine.embedded.text.english_numbers import cardinal, ordinal, short_number
from app.engine.embedded.text.english_symbols import ABBREVIATIONS, SPELLED_DOMAINS, TITLES, URL_SIGNS
from app.engine.embedded.text.word_lists import words

LETTER_JOINT = "·"
OFTEN_LAST = words("inc ltd co corp etc jr sr ave blvd rd st")
NO_STREET_NAMES = words("the in at on from to of and near visit see with by for welcome old port fort mount mr mrs")


def spell(letters: str) -> str:
    """ "FBI" -> "F·B·I·": letters to be named one by one."""
    return LETTER_JOINT.join(letters.upper()) + LETTER_JOINT


def address(found: re.Match[str]) -> str:
    """A URL, a host name or an e-mail address: every sign by its name, the scheme left out."""
    address = re.sub(r"^(?:https?|ftp)://", "", found[0], flags=re.IGNORECASE).rstrip("/")
    parts = re.findall(r"[A-Za-zÀ-ÿ]+|\d+|[^\w\s]|_", address)
    spoken = []
    for i, part in enumerate(parts):
        if part.isdigit():
            spoken.append(short_number(part))
        elif not part[0].isalnum():
            spoken.append(URL_SIGNS.get(part, " "))
        elif part.lower() in SPELLED_DOMAINS and (i == 0 or parts[i - 1] == "."):
            spoken.append(spell(part))
        else:
            spoken.append(part)
    return " ".join(spoken) + " "


def abbreviation(found: re.Match[str]) -> str:
    """ "approx.", "e.g."; the dot stays where it ends a sentence too."""
    spoken = ABBREVIATIONS[found[1].lower().replace(" ", "")]
    rest = found.string[found.end() :]
    is_last = not rest.strip() or (found[1].lower() in OFTEN_LAST and re.match(r"\s+[A-Z]", rest))
    return spoken + ("." if is_last else "")


def saint_or_street(found: re.Match[str]) -> str:
    """ "in St. Louis" but "on Main St. He went": a street has its name before it."""
    before = found[1] or ""
    is_name = before[:1].isupper() and before.lower() not in NO_STREET_NAMES
    return f"{before} Street. " if is_name else f"{before} Saint ".lstrip()


def title(found: re.Match[str]) -> str:
    """ "Dr. Smith"."""
    return f"{TITLES[found[1].lower()]} "


def initialism(found: re.Match[str]) -> str:
    """ "U.S.", "a.k.a.": letters to be spelled; at the end of the text the dot is a full stop too."""
    rest = found.string[found.end() :].lstrip()
    return spell(re.sub(r"[.\s]", "", found[0])) + ("" if rest else ".")


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[c] for c in text]
    return sum(v if v >= following else -v for v, following in zip(values, [*values[1:], 0], strict=True))


def regnal(found: re.Match[str]) -> str:
    """ "Henry VIII"."""
    return f"{found[1]} the {ordinal(_roman(found[2]))}"


def numbered(found: re.Match[str]) -> str:
    """ "Chapter IV", "World War II"."""
    return f"{found[1]} {cardinal(_roman(found[2]))}"


def letters_and_digits(found: re.Match[str]) -> str:
    """GPT-4, B2B, mp3, H2O: the parts one after the other."""
    parts = re.findall(r"[A-Za-z]+|\d+", found[0])
    return " ".join(short_number(part) if part.isdigit() else part for part in parts)
