"""How amounts found in English text are read: money, units, fractions, years. Each function reads one match."""

from __future__ import annotations

import re

from app.engine.embedded.text.english_names import spell
from app.engine.embedded.text.english_numbers import (
    cardinal,
    digits,
    is_year,
    number,
    ordinal,
    plural,
    short_number,
    year,
)
from app.engine.embedded.text.english_symbols import CURRENCIES, DENOMINATORS, MAGNITUDES, UNITS

FRACTION_DENOMINATORS = frozenset({*range(2, 11), 12, 16, 32, 64, 100})


def money(found: re.Match[str]) -> str:
    """$3.50, -€20, $1.2 million, 100 USD."""
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


def phone(found: re.Match[str]) -> str:
    """555-123-4567: digit by digit, a short rest between the groups."""
    groups = re.findall(r"\d+", found[0])
    plus = "plus " if found[0].lstrip().startswith("+") else ""
    return plus + ", ".join(digits(group) for group in groups)


def with_unit(found: re.Match[str]) -> str:
    """5 km/h, 20 °C, 50%."""
    one, many = UNITS[found[2]]
    return f"{number(found[1])} {one if found[1] == '1' else many}"


def magnitude(found: re.Match[str]) -> str:
    """10k, 5M, 7B; but 4K and 8K are names of picture sizes."""
    if found[2] == "K" and found[1] in ("2", "4", "5", "8"):
        return f"{number(found[1])} {spell('K')}"
    return f"{number(found[1])} {MAGNITUDES[found[2].strip().lower()]}"


def feet_inches(found: re.Match[str]) -> str:
    """5'10" as people give their height, 6' as feet."""
    feet = f"{cardinal(int(found[1]))} {'foot' if found[2] or found[1] == '1' else 'feet'}"
    return f"{feet} {cardinal(int(found[2]))}" if found[2] else feet


def fraction(found: re.Match[str]) -> str:
    """1/2, 2 1/2, 3/4; 24/7 and 9/11 by their own names."""
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


def span(found: re.Match[str]) -> str:
    """10-15, 1999-2003, 3-2: "to". Both sides are years or both are numbers."""
    first, second = found[1], found[2]
    if is_year(first) and (is_year(second) or len(second) == 2):
        last = year(int(second)) if len(second) == 4 else cardinal(int(second))
        return f"{year(int(first))} to {last}"
    return f"{number(first)} to {number(second)}"


def year_or_number(found: re.Match[str]) -> str:
    """Four digits from 1100 to 2099 are a year, unless things are counted by them ("1500 people", "1200 steps")."""
    text, counted = found[1], found[2] or ""
    is_count = bool(re.match(r" (?:people|men|women|children|(?!is|was|has|this|as)[a-z]+s)\b", counted))
    return (cardinal if is_count else year)(int(text)) + counted


def room(found: re.Match[str]) -> str:
    """Room 101: "one oh one"; room 302: "three oh two"; room 415: "four fifteen"."""
    rest = int(found[3])
    middle = "hundred" if rest == 0 else f"oh {cardinal(rest)}" if rest < 10 else cardinal(rest)
    return f"{found[1]}{cardinal(int(found[2]))} {middle}"


def decade(found: re.Match[str]) -> str:
    """1990s, '80s."""
    return plural(year(int(found[1])))


def dotted_version(found: re.Match[str]) -> str:
    """v2.1.3."""
    prefix = "version " if found[1] else ""
    return prefix + " point ".join(short_number(part) for part in found[2].split("."))


def plain_number(found: re.Match[str]) -> str:
    """What no other rule took; very long rows of digits one by one."""
    text = found[0]
    if len(text) > 10 and text.isdigit():
        return digits(text)
    return number(text)
