"""Written English to spoken words: numbers, dates, times, money, units, abbreviations, addresses.

A list of rules, each a pattern and what it is read as, applied in order: the special forms first, plain numbers last,
so that no rule sees what an earlier one has read. Letters to be spelled leave here joined by a middle dot ("F·B·I").
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.engine.embedded.text.english_numbers import cardinal, digits, number, ordinal, plural, year
from app.engine.embedded.text.english_symbols import (
    ABBREVIATIONS,
    CURRENCIES,
    DENOMINATORS,
    MAGNITUDES,
    MONTHS,
    NUMBERED,
    REGNAL,
    SPELLED_DOMAINS,
    SYMBOLS,
    TITLES,
    TOP_DOMAINS,
    UNITS,
    URL_SIGNS,
)
from app.engine.embedded.text.word_lists import words

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

LETTER_JOINT = "·"
NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_CURRENCY = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_MAGNITUDE = "|".join(sorted(MAGNITUDES, key=len, reverse=True))
_ABBREVIATION = "|".join(re.escape(short) for short in sorted(ABBREVIATIONS, key=len, reverse=True))
_ROMAN = r"(?=[IVXLC])(?![LC]\b)(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[IVXLC])"
# "Part I of it" is a number, "the part I like" is not.
_NOT_ME = r"(?!')(?!(?<=\bI)\s+(?!(?:of|was|and|is|to|in|by|had|has)\b)[a-z])"
OFTEN_LAST = words("inc ltd co corp etc jr sr ave blvd rd st")
NO_STREET_NAMES = words("the in at on from to of and near visit see with by for welcome old port fort mount mr mrs")
FRACTION_DENOMINATORS = frozenset({*range(2, 11), 12, 16, 32, 64, 100})


def normalise_english(text: str) -> str:
    """The words a reader would say, with punctuation. Numbers, signs and abbreviations are gone from the result."""
    for pattern, spoken in RULES:
        text = pattern.sub(spoken, text)
    return re.sub(r"\s+(?=[\s,.;:!?…])", "", text).strip()


def spell(letters: str) -> str:
    """ "FBI" -> "F·B·I·": letters to be named one by one."""
    return LETTER_JOINT.join(letters.upper()) + LETTER_JOINT


# --- addresses -------------------------------------------------------------------------------------------------------


def _address(found: re.Match[str]) -> str:
    """A URL, a host name or an e-mail address: every sign by its name, the scheme left out."""
    address = re.sub(r"^(?:https?|ftp)://", "", found[0], flags=re.IGNORECASE).rstrip("/")
    parts = re.findall(r"[A-Za-zÀ-ÿ]+|\d+|[^\w\s]|_", address)
    spoken = []
    for i, part in enumerate(parts):
        if part.isdigit():
            spoken.append(_short_number(part))
        elif not part[0].isalnum():
            spoken.append(URL_SIGNS.get(part, " "))
        elif part.lower() in SPELLED_DOMAINS and (i == 0 or parts[i - 1] == "."):
            spoken.append(spell(part))
        else:
            spoken.append(part)
    return " ".join(spoken) + " "


def _short_number(text: str) -> str:
    """A number inside a name: up to two digits as one, a year as a year, else digit by digit."""
    if _is_year(text):
        return year(int(text))
    return cardinal(int(text)) if len(text) <= 2 and text[0] != "0" else digits(text)


# --- dates and times -------------------------------------------------------------------------------------------------


def _date(year_number: str, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    name = list(dict.fromkeys(MONTHS.values()))[int(month) - 1]
    return f"{name} {ordinal(int(day))}, {year(int(year_number))}"


def _iso_date(found: re.Match[str]) -> str:
    return _date(found[1], found[3], found[4]) or found[0]


def _slash_date(found: re.Match[str]) -> str:
    """American month/day/year; day/month/year where the first number can be no month."""
    first, second, year_number = found[1], found[3], found[4]
    if len(year_number) == 2:
        year_number = ("20" if int(year_number) < 50 else "19") + year_number
    return _date(year_number, first, second) or _date(year_number, second, first) or found[0]


def _month_day(found: re.Match[str]) -> str:
    spoken = f"{MONTHS[found[1].rstrip('.').lower()]} {ordinal(int(found[2]))}"
    return spoken + (f", {year(int(found[3]))}" if found[3] else "")


def _day_month(found: re.Match[str]) -> str:
    spoken = f"the {ordinal(int(found[1]))} of {MONTHS[found[2].rstrip('.').lower()]}"
    return spoken + (f", {year(int(found[3]))}" if found[3] else "")


def _month_year(found: re.Match[str]) -> str:
    return f"{MONTHS[found[1].rstrip('.').lower()]} {year(int(found[2]))}"


def _clock(found: re.Match[str]) -> str:
    hour, minute, second, half = int(found[1]), int(found[2]), found[3], found[4]
    if hour > 24 or minute > 59:
        return f"{cardinal(hour)} {cardinal(minute)}"
    spoken = cardinal(hour)
    if minute:
        spoken += f" oh {cardinal(minute)}" if minute < 10 else f" {cardinal(minute)}"
    elif not half:
        spoken += " o'clock" if hour <= 12 else " hundred"
    if second:
        spoken += f" and {cardinal(int(second))} seconds"
    return spoken + (f" {spell(half.replace('.', ''))}" if half else "")


def _hour(found: re.Match[str]) -> str:
    return f"{cardinal(int(found[1]))} {spell(found[2].replace('.', ''))}"


# --- quantities ------------------------------------------------------------------------------------------------------


def _money(found: re.Match[str]) -> str:
    sign, amount, magnitude = found["sign"] or found["sign_after"], found["amount"], found["magnitude"]
    one, many, hundredth, hundredths = CURRENCIES[sign.upper() if sign.isascii() else sign]
    minus = "minus " if found["minus"] else ""
    if magnitude:
        return f"{minus}{number(amount)} {MAGNITUDES[magnitude.strip().lower()]} {many}"
    whole, _, cents = amount.replace(",", "").partition(".")
    if len(cents) > 2 or (cents and not hundredth):
        return f"{minus}{number(amount)} {many}"
    n_whole, n_cents = int(whole or "0"), int(cents.ljust(2, "0") or "0") if cents else 0
    spoken = [f"{cardinal(n_whole)} {one if n_whole == 1 else many}"] if n_whole or not n_cents else []
    if n_cents:
        spoken.append(f"{cardinal(n_cents)} {hundredth if n_cents == 1 else hundredths}")
    return minus + " and ".join(spoken)


def _phone(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    plus = "plus " if found[0].lstrip().startswith("+") else ""
    return plus + ", ".join(digits(group) for group in groups)


def _with_unit(found: re.Match[str]) -> str:
    one, many = UNITS[found[2]]
    return f"{number(found[1])} {one if found[1] == '1' else many}"


def _magnitude(found: re.Match[str]) -> str:
    """10k, 5M, 7B; but 4K and 8K are names of picture sizes."""
    if found[2] == "K" and found[1] in ("2", "4", "5", "8"):
        return f"{number(found[1])} {spell('K')}"
    return f"{number(found[1])} {MAGNITUDES[found[2].strip().lower()]}"


def _feet_inches(found: re.Match[str]) -> str:
    feet = f"{cardinal(int(found[1]))} {'foot' if found[2] or found[1] == '1' else 'feet'}"
    return f"{feet} {cardinal(int(found[2]))}" if found[2] else feet


def _fraction(found: re.Match[str]) -> str:
    whole, top, bottom = found[1], int(found[2]), int(found[3])
    if (top, bottom) in ((24, 7), (9, 11)):
        return f"{cardinal(top)} {cardinal(bottom)}"
    if bottom not in FRACTION_DENOMINATORS or (top >= bottom and not whole):
        return f"{cardinal(top)} over {cardinal(bottom)}" if not whole else found[0]
    name = DENOMINATORS.get(bottom) or ordinal(bottom)
    part = f"{cardinal(top)} {name if top == 1 else 'halves' if bottom == 2 else name + 's'}"
    if not whole:
        return part
    return f"{cardinal(int(whole))} and {'a half' if (top, bottom) == (1, 2) else part}"


def _range(found: re.Match[str]) -> str:
    """10-15, 1999-2003, 3-2: "to". Both sides are years or both are numbers."""
    first, second = found[1], found[2]
    if _is_year(first) and (_is_year(second) or len(second) == 2):
        last = year(int(second)) if len(second) == 4 else cardinal(int(second))
        return f"{year(int(first))} to {last}"
    return f"{number(first)} to {number(second)}"


def _is_year(text: str) -> bool:
    return text.isdigit() and 1100 <= int(text) <= 2099


def _year_or_number(found: re.Match[str]) -> str:
    """Four digits from 1100 to 2099 are a year, unless things are counted by them ("1500 people", "1200 steps")."""
    text, counted = found[1], found[2] or ""
    is_count = bool(re.match(r" (?:people|men|women|children|(?!is|was|has|this|as)[a-z]+s)\b", counted))
    return (cardinal if is_count else year)(int(text)) + counted


def _room(found: re.Match[str]) -> str:
    """Room 101: "one oh one"; room 302: "three oh two"; room 415: "four fifteen"."""
    rest = int(found[3])
    middle = "hundred" if rest == 0 else f"oh {cardinal(rest)}" if rest < 10 else cardinal(rest)
    return f"{found[1]}{cardinal(int(found[2]))} {middle}"


def _decade(found: re.Match[str]) -> str:
    return plural(year(int(found[1])))


def _dotted_version(found: re.Match[str]) -> str:
    prefix = "version " if found[1] else ""
    return prefix + " point ".join(_short_number(part) for part in found[2].split("."))


def _plain_number(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) > 10 and text.isdigit():
        return digits(text)
    return number(text)


# --- words -----------------------------------------------------------------------------------------------------------


def _abbreviation(found: re.Match[str]) -> str:
    spoken = ABBREVIATIONS[found[1].lower().replace(" ", "")]
    rest = found.string[found.end() :]
    is_last = not rest.strip() or (found[1].lower() in OFTEN_LAST and re.match(r"\s+[A-Z]", rest))
    return spoken + ("." if is_last else "")


def _saint_or_street(found: re.Match[str]) -> str:
    """ "in St. Louis" but "on Main St. He went": a street has its name before it."""
    before = found[1] or ""
    is_name = before[:1].isupper() and before.lower() not in NO_STREET_NAMES
    return f"{before} Street. " if is_name else f"{before} Saint ".lstrip()


def _title(found: re.Match[str]) -> str:
    return f"{TITLES[found[1].lower()]} "


def _initialism(found: re.Match[str]) -> str:
    rest = found.string[found.end() :].lstrip()
    return spell(re.sub(r"[.\s]", "", found[0])) + ("" if rest else ".")


def _roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[c] for c in text]
    return sum(v if v >= following else -v for v, following in zip(values, [*values[1:], 0], strict=True))


def _regnal(found: re.Match[str]) -> str:
    return f"{found[1]} the {ordinal(_roman(found[2]))}"


def _numbered(found: re.Match[str]) -> str:
    return f"{found[1]} {cardinal(_roman(found[2]))}"


def _letters_and_digits(found: re.Match[str]) -> str:
    """GPT-4, B2B, mp3, H2O: the parts one after the other."""
    parts = re.findall(r"[A-Za-z]+|\d+", found[0])
    return " ".join(_short_number(part) if part.isdigit() else part for part in parts)


def _said(spoken: str) -> Callable[[re.Match[str]], str]:
    return lambda _: f" {spoken} "


def _rule(pattern: str, spoken: Callable[[re.Match[str]], str], flags: int = 0) -> Rule:
    return re.compile(pattern, flags), spoken


_I = re.IGNORECASE
_LEFT, _RIGHT = r"(?<![\w.,])", r"(?![\w])"
RULES: list[Rule] = [
    # Addresses before anything that reads dots, slashes or dashes.
    _rule(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
    _rule(r"\b(?:https?|ftp)://[^\s<>\"，。）]*[\w/]", _address, _I),
    _rule(rf"\b(?:[\w-]+\.)+(?:{TOP_DOMAINS})(?::\d+)?(?:/[^\s<>\"，。）]*[\w/])?(?![\w])", _address),
    _rule(r"(?<=\w)\.(?=(?:py|js|ts|md|txt|pdf|jpe?g|png|gif|mp[34]|wav|flac|csv|json|ya?ml|html?|exe|zip|docx?|xlsx?)\b)",
          _said("dot"), _I),
    # Abbreviations.
    _rule(rf"\b({'|'.join(TITLES)})\.\s+(?=[A-Z])", _title, _I),
    _rule(r"\b(Mr|Mrs|Ms|Dr|Prof|Mt)\s+(?=[A-Z][a-z])", _title),
    _rule(r"\bNo\.\s?(?=\d)|№\s?(?=\d)", _said("number")),
    _rule(r"(?:\b([A-Za-z]+) )?\bSt\.?\s+(?=[A-Z][a-z])", _saint_or_street),
    _rule(rf"\b({_ABBREVIATION})\.(?![A-Za-z])", _abbreviation, _I),
    _rule(r"\b(vs|etc)\b", lambda m: {"vs": "versus", "etc": "et cetera"}[m[1].lower()], _I),
    _rule(r"\b(fig|vol|p)\.\s?(?=\d)", lambda m: {"f": "figure ", "v": "volume ", "p": "page "}[m[1][0].lower()], _I),
    _rule(r"\b([A-HJ-Z])\.(?=\s(?:[A-Z]\.\s)*[A-Z][a-z])", lambda m: spell(m[1])),
    _rule(r"\bw/o\b", _said("without")),
    _rule(r"\bw/(?=\s)", _said("with")),
    # Dates and times.
    _rule(r"(?<=\d)T(?=\d\d:\d\d)", _said("")),
    _rule(r"(?<![\w/-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\w/-])", _iso_date),
    _rule(r"(?<![\w/.-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|(?<=/)\d{2})(?![\w/-])", _slash_date),
    _rule(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(\d{{4}})\b)?", _month_day, _I),
    _rule(rf"\b(?:the\s+)?(\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})\b\.?(?:,?\s+(\d{{4}})\b)?", _day_month, _I),
    _rule(rf"\b({_MONTH})\.?\s+(\d{{4}})\b", _month_year, _I),
    _rule(r"(?<=\d)\s?[-–]\s?(?=\d{1,2}:[0-5]\d)", _said("to")),
    _rule(r"(?<![\w:.])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?:\s?([AaPp]\.?[Mm]\b\.?))?(?![\w:])", _clock),
    _rule(r"(?<![\w:.])(1[0-2]|[1-9])\s?([AaPp]\.?[Mm]\b\.?)(?!\w)", _hour),
    _rule(r"(?:(?<=[AaPp]\.[Mm]\.)|(?<=[AaPp][Mm]))\s?[-–]\s?(?=\d)", _said("to")),
    # Money.
    _rule(rf"(?<=\d)\s?[-–]\s?(?=(?:{_CURRENCY})\d)", _said("to")),
    _rule(rf"(?P<minus>[-−]\s?)?(?:(?P<sign>{_CURRENCY})\s?(?P<amount>{NUMBER})(?P<magnitude>\s?(?:{_MAGNITUDE})\b)?)"
          r"(?P<sign_after>)", _money, _I),
    _rule(rf"(?P<minus>[-−])?(?<![\w.,])(?P<amount>{NUMBER})(?P<magnitude>\s?(?:{_MAGNITUDE})\b)?\s?"
          rf"(?P<sign_after>{_CURRENCY})(?P<sign>)(?!\w)", _money, _I),
    # Telephone numbers, versions, network addresses.
    _rule(r"(?<![\w.])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,4}\)\s?|\d{3}[\s.-])\d{3,4}[\s.-]\d{4}(?!\w)", _phone),
    _rule(r"(?<![\w.])\+\d{1,3}(?:[\s.-]\d{2,4}){2,5}(?!\w)", _phone),
    _rule(r"(?<![\w.-])\d{3}-\d{4}(?![\w-])", _phone),
    _rule(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", lambda m: " dot ".join(map(_short_number, m[0].split(".")))),
    _rule(r"(?:\b([vV])\.?\s?)?(?<![\w.])(\d+(?:\.\d+){2,})(?![\w])", _dotted_version),
    _rule(r"\b([vV])(\d+(?:\.\d+)*)(?![\w])", _dotted_version),
    _rule(r"(?<=\b[Cc]all )\d{3,}\b|(?<=\b[Dd]ial )\d{3,}\b", lambda m: digits(m[0])),
    _rule(r"\b((?:room|flight|route|highway|suite|apartment|interstate|bus|boeing|airbus)\s)(\d)(\d\d)\b", _room, _I),
    # Decades, before "s" is taken for seconds.
    _rule(r"(?<=the )'(\d0)s\b", _decade),
    _rule(r"(?<!\w)'?(\d{3}0)'?s\b", _decade),
    _rule(r"(?:(?<=the |his |her |mid-)|(?<=my )|(?<=their )|(?<=late )|(?<=early ))(\d0)'?s\b", _decade),
    # Quantities.
    _rule(r"(?<![\w)])[-−](?=\.?\d)", _said("minus")),
    _rule(r"(?<![\w])(\d+)'\s?(\d{1,2})?(?:\"|(?<='))(?!\w)", _feet_inches),
    _rule(rf"{_LEFT}({NUMBER})\s?[-–]\s?(?=(?:{NUMBER})\s?(?:{_UNIT}){_RIGHT})", lambda m: f"{number(m[1])} to "),
    _rule(r"\b(\d{3,})s\b", lambda m: plural(number(m[1]))),
    _rule(rf"({NUMBER})\s?({_UNIT}){_RIGHT}", _with_unit),
    _rule(rf"({NUMBER})-(?={_UNIT}{_RIGHT})", lambda m: f"{number(m[1])} "),
    _rule(rf"\b({NUMBER})([kKM]|\s?bn|B(?!\s[A-Z]))\b", _magnitude),
    _rule(r"(?<=\d)/(?=100?\b(?!/))|(?<=\.\d)/(?=\d)", _said("out of")),
    _rule(r"(?<![\w./])(?:(\d+)\s)?(\d{1,3})/(\d{1,3})(?![\w/])", _fraction),
    _rule(r"\b(\d[\d,]*)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1].replace(",", ""))), _I),
    _rule(r"(?<=\d)\s[-–]\s(?=\d[\d.]*\s?=)", _said("minus")),
    _rule(rf"{_LEFT}({NUMBER})\s?[-–]\s?({NUMBER})(?![\w-])", _range),
    _rule(r"(?<![\w:.])(\d+):(\d+)(?![\w:])", lambda m: f"{cardinal(int(m[1]))} to {cardinal(int(m[2]))}"),
    # Names with numerals.
    _rule(rf"\b({'|'.join(REGNAL)})\s+({_ROMAN})\b{_NOT_ME}", _regnal),
    _rule(rf"\b({'|'.join(NUMBERED)})\s+({_ROMAN})\b{_NOT_ME}", _numbered),
    _rule(r"\b([A-Z][a-z]+)\s+(X{0,2}(?:I[IVX]|VI{0,3}|I{2,3}|X))\b(?=[\s.,:;!?]|$)", _numbered),
    _rule(r"(?<![A-Za-z.])(?:[A-Za-z]\.){2,}(?![a-z])", _initialism),
    _rule(r"\bPh\.?D\b\.?", lambda _: spell("PHD")),
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
    _rule(r"\b(?:[A-Za-z]+-?\d+|\d+(?=[A-Za-z]))[A-Za-z\d]*\b", _letters_and_digits),
    _rule(r"(?<![\w.,])(1[1-9]\d\d|20\d\d)(?![\d]|[.,]\d)( [a-z]+)?", _year_or_number),
    _rule(NUMBER, _plain_number),
    # Signs that are words.
    *(_rule(re.escape(sign), _said(word)) for sign, word in SYMBOLS.items()),
    _rule(r"(?<=\band)/(?=or\b)|(?<=[A-Z]{2})/(?=[A-Z]{2})", _said("")),
    _rule(r"(?<=\w)/(?=\w)", _said("slash")),
    _rule(r"[#*_\\|~<>^{}\[\]•=§¶†‡]+", lambda _: " "),
]  # fmt: skip
