"""Written English to spoken words: numbers, dates, times, money, units, abbreviations, addresses.

A list of rules, each a pattern and what it is read as, applied in order: the special forms first, plain numbers last,
so that no rule sees what an earlier one has read. Letters to be spelled leave here joined by a middle dot ("F·B·I").
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.engine.embedded.text import english_dates as dates
from app.engine.embedded.text import english_names as names
from app.engine.embedded.text import english_quantities as quantities
from app.engine.embedded.text.english_numbers import cardinal, digits, number, ordinal, plural, short_number
from app.engine.embedded.text.english_symbols import (
    ABBREVIATIONS,
    CURRENCIES,
    MAGNITUDES,
    MONTHS,
    NUMBERED,
    REGNAL,
    SYMBOLS,
    TITLES,
    TOP_DOMAINS,
    UNITS,
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_CURRENCY = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_MAGNITUDE = "|".join(sorted(MAGNITUDES, key=len, reverse=True))
_ABBREVIATION = "|".join(re.escape(short) for short in sorted(ABBREVIATIONS, key=len, reverse=True))
_ROMAN = r"(?=[IVXLC])(?![LC]\b)(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[IVXLC])"
# "Part I of it" is a number, "the part I like" is not.
_NOT_ME = r"(?!')(?!(?<=\bI)\s+(?!(?:of|was|and|is|to|in|by|had|has)\b)[a-z])"


def normalise_english(text: str) -> str:
    """The words a reader would say, with punctuation. Numbers, signs and abbreviations are gone from the result."""
    for pattern, spoken in RULES:
        text = pattern.sub(spoken, text)
    return re.sub(r"\s+(?=[\s,.;:!?…])", "", text).strip()


def _said(spoken: str) -> Callable[[re.Match[str]], str]:
    return lambda _: f" {spoken} "


def _rule(pattern: str, spoken: Callable[[re.Match[str]], str], flags: int = 0) -> Rule:
    return re.compile(pattern, flags), spoken


_I = re.IGNORECASE
_LEFT, _RIGHT = r"(?<![\w.,])", r"(?![\w])"
RULES: list[Rule] = [
    # Addresses before anything that reads dots, slashes or dashes.
    _rule(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", names.address),
    _rule(r"\b(?:https?|ftp)://[^\s<>\"，。）]*[\w/]", names.address, _I),
    _rule(rf"\b(?:[\w-]+\.)+(?:{TOP_DOMAINS})(?::\d+)?(?:/[^\s<>\"，。）]*[\w/])?(?![\w])", names.address),
    _rule(r"(?<=\w)\.(?=(?:py|js|ts|md|txt|pdf|jpe?g|png|gif|mp[34]|wav|flac|csv|json|ya?ml|html?|exe|zip|docx?|xlsx?)\b)",
          _said("dot"), _I),
    # Abbreviations.
    _rule(rf"\b({'|'.join(TITLES)})\.\s+(?=[A-Z])", names.title, _I),
    _rule(r"\b(Mr|Mrs|Ms|Dr|Prof|Mt)\s+(?=[A-Z][a-z])", names.title),
    _rule(r"\bNo\.\s?(?=\d)|№\s?(?=\d)", _said("number")),
    _rule(r"(?:\b([A-Za-z]+) )?\bSt\.?\s+(?=[A-Z][a-z])", names.saint_or_street),
    _rule(rf"\b({_ABBREVIATION})\.(?![A-Za-z])", names.abbreviation, _I),
    _rule(r"\b(vs|etc)\b", lambda m: {"vs": "versus", "etc": "et cetera"}[m[1].lower()], _I),
    _rule(r"\b(fig|vol|p)\.\s?(?=\d)", lambda m: {"f": "figure ", "v": "volume ", "p": "page "}[m[1][0].lower()], _I),
    _rule(r"(?<![\w.])([A-HJ-Z])\.(?=\s(?:[A-Z]\.\s)*[A-Z][a-z])", lambda m: names.spell(m[1])),
    _rule(r"\bw/o\b", _said("without")),
    _rule(r"\bw/(?=\s)", _said("with")),
    # Dates and times.
    _rule(r"(?<=\d)T(?=\d\d:\d\d)", _said("")),
    _rule(r"(?<![\w/-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\w/-])", dates.iso_date),
    _rule(r"(?<![\w/.-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|(?<=/)\d{2})(?![\w/-])", dates.slash_date),
    _rule(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(\d{{4}})\b)?", dates.month_day, _I),
    _rule(rf"\b(?:the\s+)?(\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})\b\.?(?:,?\s+(\d{{4}})\b)?",
          dates.day_month, _I),
    _rule(rf"\b({_MONTH})\.?\s+(\d{{4}})\b", dates.month_year, _I),
    _rule(r"(?<=\d)\s?[-–]\s?(?=\d{1,2}:[0-5]\d)", _said("to")),
    _rule(r"(?<![\w:.])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?:\s?([AaPp]\.?[Mm]\b\.?))?(?![\w:])", dates.clock),
    _rule(r"(?<![\w:.])(1[0-2]|[1-9])\s?([AaPp]\.?[Mm]\b\.?)(?!\w)", dates.hour),
    _rule(r"(?:(?<=[AaPp]\.[Mm]\.)|(?<=[AaPp][Mm]))\s?[-–]\s?(?=\d)", _said("to")),
    # Money.
    _rule(rf"(?<=\d)\s?[-–]\s?(?=(?:{_CURRENCY})\d)", _said("to")),
    _rule(rf"(?P<minus>[-−]\s?)?(?:(?P<sign>{_CURRENCY})\s?(?P<amount>{NUMBER})(?P<magnitude>\s?(?:{_MAGNITUDE})\b)?)"
          r"(?P<sign_after>)", quantities.money, _I),
    _rule(rf"(?P<minus>[-−])?(?<![\w.,])(?P<amount>{NUMBER})(?P<magnitude>\s?(?:{_MAGNITUDE})\b)?\s?"
          rf"(?P<sign_after>{_CURRENCY})(?P<sign>)(?!\w)", quantities.money, _I),
    # Telephone numbers, versions, network addresses.
    _rule(r"(?<![\w.])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,4}\)\s?|\d{3}[\s.-])\d{3,4}[\s.-]\d{4}(?!\w)", quantities.phone),
    _rule(r"(?<![\w.])\+\d{1,3}(?:[\s.-]\d{2,4}){2,5}(?!\w)", quantities.phone),
    _rule(r"(?<![\w.-])\d{3}-\d{4}(?![\w-])", quantities.phone),
    _rule(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", lambda m: " dot ".join(map(short_number, m[0].split(".")))),
    _rule(r"(?:\b([vV])\.?\s?)?(?<![\w.])(\d+(?:\.\d+){2,})(?![\w])", quantities.dotted_version),
    _rule(r"\b([vV])(\d+(?:\.\d+)*)(?![\w])", quantities.dotted_version),
    _rule(r"(?<=\b[Cc]all )\d{3,}\b|(?<=\b[Dd]ial )\d{3,}\b", lambda m: digits(m[0])),
    _rule(r"\b((?:room|flight|route|highway|suite|apartment|interstate|bus|boeing|airbus)\s)(\d)(\d\d)\b",
          quantities.room, _I),
    # Decades, before "s" is taken for seconds.
    _rule(r"(?<=the )'(\d0)s\b", quantities.decade),
    _rule(r"(?<!\w)'?(\d{3}0)'?s\b", quantities.decade),
    _rule(r"(?:(?<=the |his |her |mid-)|(?<=my )|(?<=their )|(?<=late )|(?<=early ))(\d0)'?s\b", quantities.decade),
    # Quantities.
    _rule(r"(?<![\w)])[-−](?=\.?\d)", _said("minus")),
    _rule(r"(?<![\w])(\d+)'\s?(\d{1,2})?(?:\"|(?<='))(?!\w)", quantities.feet_inches),
    _rule(rf"{_LEFT}({NUMBER})\s?[-–]\s?(?=(?:{NUMBER})\s?(?:{_UNIT}){_RIGHT})", lambda m: f"{number(m[1])} to "),
    _rule(r"\b(\d{3,})s\b", lambda m: plural(number(m[1]))),
    _rule(rf"({NUMBER})\s?({_UNIT}){_RIGHT}", quantities.with_unit),
    _rule(rf"({NUMBER})-(?={_UNIT}{_RIGHT})", lambda m: f"{number(m[1])} "),
    _rule(rf"\b({NUMBER})([kKM]|\s?bn|B(?!\s[A-Z]))\b", quantities.magnitude),
    _rule(r"(?<=\d)/(?=100?\b(?!/))|(?<=\.\d)/(?=\d)", _said("out of")),
    _rule(r"(?<![\w./])(?:(\d+)\s)?(\d{1,3})/(\d{1,3})(?![\w/])", quantities.fraction),
    _rule(r"\b(\d[\d,]*)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1].replace(",", ""))), _I),
    _rule(r"(?<=\d)\s[-–]\s(?=\d[\d.]*\s?=)", _said("minus")),
    _rule(rf"{_LEFT}({NUMBER})\s?[-–]\s?({NUMBER})(?![\w-])", quantities.span),
    _rule(r"(?<![\w:.])(\d+):(\d+)(?![\w:])", lambda m: f"{cardinal(int(m[1]))} to {cardinal(int(m[2]))}"),
    # Names with numerals.
    _rule(rf"\b({'|'.join(REGNAL)})\s+({_ROMAN})\b{_NOT_ME}", names.regnal),
    _rule(rf"\b({'|'.join(NUMBERED)})\s+({_ROMAN})\b{_NOT_ME}", names.numbered),
    _rule(r"\b([A-Z][a-z]+)\s+(X{0,2}(?:I[IVX]|VI{0,3}|I{2,3}|X))\b(?=[\s.,:;!?]|$)", names.numbered),
    _rule(r"(?<![A-Za-z.])(?:[A-Za-z]\.){2,}(?![a-z])", names.initialism),
    _rule(r"\bPh\.?D\b\.?", lambda _: names.spell("PHD")),
    # Signs between and before numbers.
    _rule(r"\s?[-=]+>\s?", _said("to")),
    _rule(r"(?<=\d)\s?[×*x]\s?(?=\d)", _said("times")),
    _rule(r"(?<=\d)x\b", _said("times")),
    _rule(r"(?<=\d)\s?÷\s?(?=\d)", _said("divided by")),
    _rule(r"(?<=[\d)])\s(?:-|–)\s(?=[\d(])", _said("minus")),
    _rule(r"\^2\b", _said("squared")),
    _rule(r"\^3\b", _said("cubed")),
    _rule(r"(?<=[\d\w])\^(?=\d)", _said("to the power of")),
    _rule(r"#(?=\d)", _said("number")),
    _rule(r"#(?=[A-Za-z])", _said("hashtag")),
    _rule(r"\b([A-G])#", lambda m: f"{m[1]} sharp"),
    _rule(r"~\s?(?=\d)", _said("about")),
    # Plain numbers.
    _rule(r"(?<=\b[A-Z])\.(?=\d)", _said("")),
    _rule(r"\b\d+\.\d+(?=[A-Za-z])", lambda m: f"{number(m[0])} "),
    _rule(r"\b(?:[A-Za-z]+-?\d+|\d+(?=[A-Za-z]))[A-Za-z\d]*\b", names.letters_and_digits),
    _rule(r"(?<![\w.,])(1[1-9]\d\d|20\d\d)(?![\d]|[.,]\d)( [a-z]+)?", quantities.year_or_number),
    _rule(NUMBER, quantities.plain_number),
    # Signs that are words.
    *(_rule(re.escape(sign), _said(word)) for sign, word in SYMBOLS.items()),
    _rule(r"(?<=\band)/(?=or\b)|(?<=[A-Z]{2})/(?=[A-Z]{2})", _said("")),
    _rule(r"(?<=\w)/(?=\w)", _said("slash")),
    _rule(r"[#*_\\|~<>^{}\[\]•=§¶†‡]+", lambda _: " "),
]  # fmt: skip
