"""How amounts found in English text are read: money, units, fractions, ranges. Each function reads one match."""

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
from app.engine.embedded.text.english.numbers import cardinal, digits, number, ordinal, plural
from app.engine.embedded.text.english.tables import (
    BIBLE,
    CURRENCIES,
    DENOMINATORS,
    DIMENSIONS,
    MAGNITUDES,
    MEASURED_IN_METERS,
    NUMBERED,
    PER_SHORT,
    PER_WORDS,
    UNITS,
    WORDLIKE_UNITS,
)
from app.engine.embedded.text.word_lists import words

PLACES = words("gate row seat platform exit terminal apartment room flat bus route suite door bay dock locker building")
WEIGHED = words("g kg mg lb lbs oz ml mL cl l L")  # of each of so many
ELECTRICAL = words("A F J K N T")  # units where the number has a fraction and touches them (1.8A)
DOTTED_UNITS = words("in ac pt ct mo bu c")

FRACTION_DENOMINATORS = frozenset({*range(2, 21), 25, 32, 50, 64, 100, 1000})
MINUS = frozenset("-−–")


def signed(sign: str | None, spoken: str) -> str:
    """The words with those of a sign before the number."""
    words = {"-": "minus", "−": "minus", "–": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "about",
             "<": "less than", ">": "more than", "≤": "at most", "≥": "at least", "#": "number"}  # fmt: skip
    return f"{words[sign]} {spoken}" if sign else spoken


# ---- money ---------------------------------------------------------------------------------------------------------


def money(found: re.Match[str]) -> str | None:
    """$3.50, -€20, CA$20, $1.2 million, 100 USD, $20-30, $5/month, $10k."""
    forms = CURRENCIES.get(found["money"]) or CURRENCIES.get(found["money"].upper())
    if forms is None:
        return None
    amount, magnitude, last = found["amount"], found["magnitude"], found["last"]
    last_magnitude = found["last_magnitude"]
    if last:
        spoken = f"{_money_number(amount, magnitude)} to {_money_number(last, last_magnitude)} {forms[1]}"
    elif magnitude:
        spoken = f"{_money_number(amount, magnitude)} {forms[1]}"
    else:
        spoken = _coins(amount, forms)
    return signed(found["sign"], spoken) + _per(found["per"]) + (" or more" if found["more"] else "")


def _money_number(amount: str, magnitude: str | None) -> str:
    return number(amount) + (f" {MAGNITUDES[magnitude.strip().lower()]}" if magnitude else "")


def _coins(amount: str, forms: tuple[str, str, str, str]) -> str:
    one, many, hundredth, hundredths = forms
    whole, _, cents = amount.replace(",", "").partition(".")
    if len(cents) > 2 or (cents and not hundredth):
        return f"{number(amount)} {many}"
    n_whole, n_cents = int(whole or "0"), int(cents.ljust(2, "0") or "0") if cents else 0
    spoken = [f"{cardinal(n_whole)} {one if n_whole == 1 else many}"] if n_whole or not n_cents else []
    if n_cents:
        spoken.append(f"{cardinal(n_cents)} {hundredth if n_cents == 1 else hundredths}")
    return " and ".join(spoken)


def money_adjective(found: re.Match[str]) -> str:
    """A $5-a-day habit, a $20-million deal: the unit in the singular."""
    one = CURRENCIES[found["money"]][0]
    magnitude = f" {MAGNITUDES[found['magnitude'].lower()]}" if found["magnitude"] else ""
    return f"{number(found['amount'])}{magnitude} {one} "


def _per(units: str | None) -> str:
    """ "/kg/day" -> " per kilogram per day"."""
    return "".join(_per_one(unit) for unit in (units or "").split("/")[1:])


def _per_one(unit: str) -> str:
    unit = unit.strip().rstrip(".")
    if unit.startswith("100"):
        return f" per one hundred {UNITS.get(unit[3:].strip(), ('', unit[3:].strip()))[1]}"
    spoken = PER_SHORT.get(unit) or (unit if unit.lower() in PER_WORDS else None) or UNITS.get(unit, (unit, unit))[0]
    return f" {spoken}" if spoken == "each" else f" per {spoken}"


# ---- units ---------------------------------------------------------------------------------------------------------


def with_unit(found: re.Match[str]) -> str | None:
    """5 km/h, 20 °C, 50%, 50%-60%, 3-4 kg, 120 mg/dL, 3 ft. deep, 5-kg bag."""
    unit, last = found["unit"], found["last"]
    dot = found["dot"]
    if (
        unit in WORDLIKE_UNITS
        and not (dot and unit in DOTTED_UNITS)
        and not found["per"]
        and not _means_unit(found, unit)
        and not (unit in ELECTRICAL and re.search(r"\.\d+[A-Z]$", found[0]))
    ):
        return None
    if unit in ("N", "S", "E", "W") and (ADDRESS_AHEAD.match(text_after(found)) or (dot and not ends_sentence(found))):
        return None  # 45 W. 32nd St.
    if unit == "m" and _counts_millions(found):
        unit = ""
    if unit == "bps" and found["amount"].isdigit() and not _SPEEDS.search(text_before(found) + text_after(found)):
        return f"{spoken_range(found)} basis points"
    if found["hyphen"]:
        return None if unit in WORDLIKE_UNITS else f"{number(found['amount'])} {UNITS[unit][0]}"
    final = last or found["amount"]
    one, many = UNITS[unit] if unit else ("million", "million")
    spoken = spoken_range(found)
    is_adjective = not last and word_before(found).lower() in ("a", "an") and _is_thing(word_after(found))
    spoken = signed(found["sign"], f"{spoken} {one if final == '1' or is_adjective else many}") + _per(found["per"])
    return spoken + ("." if dot and _is_full_stop(found) else "")


def spoken_range(found: re.Match[str]) -> str:
    """The number of an amount, or both of them."""
    return number(found["amount"]) + (f" to {number(found['last'])}" if found["last"] else "")


_SPEEDS = re.compile(r"(?i:modem|baud|bit ?rate|link|speed|network|stream|serial|bandwidth|connection)")


def _counts_millions(found: re.Match[str]) -> bool:
    """Whether people or things follow "9m": a plural that is not run, swum or cut by the meter."""
    following = word_after(found).lower()
    is_plural = bool(re.fullmatch(r"[a-z]{4,}s", following)) and not following.endswith("ss")
    return following in _PEOPLE or (is_plural and following not in MEASURED_IN_METERS)


_PEOPLE = words("people men women children")


def two_amounts(found: re.Match[str]) -> str | None:
    """12V/2A: one after the other; 8 L/100 km is one amount."""
    if found[3] == "100":
        return None
    return f"{number(found[1])} {UNITS[found[2]][1]}, {number(found[3])} {UNITS[found[4]][found[3] != '1']}"


def either_amount(found: re.Match[str]) -> str | None:
    """50/60 Hz, 120/80 mmHg."""
    if found[3] in WORDLIKE_UNITS:
        return None
    return f"{number(found[1])} {'over' if found[3] == 'mmHg' else 'slash'} {number(found[2])} {UNITS[found[3]][1]}"


def so_many_per(found: re.Match[str]) -> str:
    """8/day."""
    return f"{number(found[1])}{_per_one(found[2])}"


def things_per_unit(found: re.Match[str]) -> str | None:
    """5 cups/day, 60 miles/hour: behind a number."""
    if not word_before(found)[:1].isdigit():
        return None
    return f"{found['thing']}{_per_one(found['unit'])}"


def fraction_of_unit(found: re.Match[str]) -> str | None:
    """1/2 tsp, 2 1/2 in.: one unit below one."""
    whole, top, bottom, unit = found["whole"], int(found["top"]), int(found["bottom"]), found["unit"]
    is_part = bottom in FRACTION_DENOMINATORS and 0 < top < bottom and (bottom <= 32 or top == 1)
    if not is_part or (unit in WORDLIKE_UNITS and not found["dot"]):
        return None
    part = _fraction_words(top, bottom)
    spoken = f"{cardinal(int(whole))} and {_and_a(f'{top}/{bottom}', part)}" if whole else part
    return f"{spoken} {UNITS[unit][1 if whole else 0]}" + ("." if found["dot"] and _is_full_stop(found) else "")


def _is_thing(word: str) -> bool:
    return bool(word) and word[0].isalpha() and word.lower() not in _NOT_MEASURED


def _means_unit(found: re.Match[str], unit: str) -> bool:
    """Whether "2 in wide" has inches: a word of dimension follows. A unit that is a word too is none elsewhere."""
    if unit in ("in", "ac", "bar", "pt", "mo", "bu", "d", "t", "bit", "c"):
        following = word_after(found).lower()
        return (unit == "in" and following in DIMENSIONS - {"and", "or", "of"}) or unit == "bar"
    return False


def _is_full_stop(found: re.Match[str]) -> bool:
    """Whether the dot of a unit ends the sentence too."""
    return ends_sentence(found)


def feet_inches(found: re.Match[str]) -> str:
    """5'10" as people give their height, 6' as feet, 12" as inches, 3/4"; singular before the thing that is so long."""
    feet, inches, part = found["feet"], found["inches"], found["part"]
    is_adjective = _is_thing(word_after(found)) or text_after(found).startswith("-")
    fraction_words = _fraction_words(*map(int, part.split("/"))) if part else ""
    if feet and inches:
        spoken = f"{cardinal(int(feet))} foot {number(inches)}"
        return f"{spoken} and {fraction_words}" if part else spoken
    if feet:
        return f"{cardinal(int(feet))} {'foot' if is_adjective or feet == '1' else 'feet'}"
    if part and not inches:
        return f"{fraction_words} inch"
    amount = number(inches) + (f" and {_and_a(part, fraction_words)}" if part else "")
    return f"{amount} {'inch' if is_adjective or (inches == '1' and not part) else 'inches'}"


_NOT_MEASURED = DIMENSIONS | words("in on at to from is was are were for with the a an than above below away")


def coordinates(found: re.Match[str]) -> str:
    """40°26'46"N."""
    names = {"N": "north", "S": "south", "E": "east", "W": "west"}
    spoken = f"{number(found[1])} degrees"
    spoken += f" {number(found[2])} minutes" if found[2] else ""
    spoken += f" {number(found[3])} seconds" if found[3] else ""
    return f"{spoken} {names[found[4]]}"


def magnitude(found: re.Match[str]) -> str | None:
    """10k, 5M, 7B, 1.5bn, 5-10k; not "gate 3B"."""
    if word_before(found).lower() in NUMBERED | PLACES:
        return None
    if found[2] is None and found[3] == "K" and found[1] in ("2", "4", "5", "8"):
        return f"{number(found[1])} {spell('K')}"
    spoken = number(found[1]) + (f" to {number(found[2])}" if found[2] else "")
    return f"{spoken} {MAGNITUDES[found[3].lower()]}"


def dimensions(found: re.Match[str]) -> str:
    """4x4, 1920x1080, 10×15 cm: by; 2 x 400g: times."""
    parts = re.split(r"\s?[x×X]\s?", found["sides"])
    unit = found["unit"]
    spoken = (" times " if unit in WEIGHED else " by ").join(_side(part) for part in parts)
    return spoken + (f" {UNITS[unit][1]}" if unit in UNITS else "")


def named_sides(found: re.Match[str]) -> str:
    """W x D x H."""
    return " by ".join(spell(side) for side in re.findall("[A-Z]", found[0]))


def plural_size(found: re.Match[str]) -> str:
    """Two 4x4s."""
    return plural(" by ".join(number(side) for side in found[1].split("x")))


def _side(text: str) -> str:
    if len(text) == 4 and text.isdigit() and text[1:3] != "00":  # 1920, 1080
        return f"{cardinal(int(text[:2]))} {cardinal(int(text[2:])) if text[2] != '0' else 'oh ' + text[3]}"
    return number(text)


def times(found: re.Match[str]) -> str:
    """10x faster, 2.5x."""
    return f"{number(found[1])} times"


# ---- numbers -------------------------------------------------------------------------------------------------------


def _fraction_words(top: int, bottom: int) -> str:
    name = DENOMINATORS.get(bottom) or ordinal(bottom)
    return f"{cardinal(top)} {name if top == 1 else 'halves' if bottom == 2 else name + 's'}"


def _and_a(part: str, spoken: str) -> str:
    return {"1/2": "a half", "1/4": "a quarter"}.get(part, spoken)


def fraction(found: re.Match[str]) -> str | None:
    """1/2, 2 1/2, 2-1/2, 3/4."""
    whole, top, bottom = found["whole"], int(found["top"]), int(found["bottom"])
    if bottom == 0 or top == 0:
        return None
    if bottom not in FRACTION_DENOMINATORS or (top >= bottom and not whole):
        is_name = bool(whole) or text_after(found).startswith("-")  # "24/7-style"
        return None if is_name else f"{cardinal(top)} over {cardinal(bottom)}"
    if bottom in (10, 100) and not whole and (found["top"] == found["bottom"] or word_before(found).lower() in _SCORED):
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    part = _fraction_words(top, bottom)
    if not whole:
        return part
    return f"{cardinal(int(whole))} and {_and_a(f'{top}/{bottom}', part)}"


_SCORED = words("scored score rated rating got gave a it")


def out_of(found: re.Match[str]) -> str:
    """8/10, 4.5/5, 95/100."""
    return f"{number(found[1])} out of {number(found[2])}"


def power(found: re.Match[str]) -> str:
    """10^-9, x^2, 2^10, 3.5×10^-4."""
    base, exponent = found["base"], found["exponent"]
    spoken = number(base) if base[0].isdigit() else base
    unit = f" {UNITS[found['unit']][1]}" if found["unit"] else ""
    if exponent in ("2", "3"):
        return f"{spoken} {'squared' if exponent == '2' else 'cubed'}{unit}"
    return f"{spoken} to the {_signed_number(exponent)}{unit}"


def scientific(found: re.Match[str]) -> str:
    """3.5e-4, 6.02×10^23: times ten to the."""
    mantissa = signed(found["sign"], number(found["mantissa"]))
    unit = f" {UNITS[found['unit']][1]}{_per(found['per'])}" if found["unit"] else ""
    return f"{mantissa} times ten to the {_signed_number(found['exponent'])}{unit}"


def _signed_number(text: str) -> str:
    return f"minus {number(text[1:])}" if text[0] in MINUS else number(text.lstrip("+"))


def an_ordinal(found: re.Match[str]) -> str:
    """21st, 1,000th, 1st-3rd."""
    return ordinal(int(found[1].replace(",", ""))) + (
        f" to {ordinal(int(found[2].replace(',', '')))}" if found[2] else ""
    )


LABELLED = words("table figure fig exhibit equation example plate form appendix")


def number_range(found: re.Match[str]) -> str:
    """10-15, 3-2, 1.5-2, 50,000-60,000: "to"; "Table 2-1" is a label; beside an equals sign a difference."""
    first, second = found["first"], found["second"]
    if word_before(found).lower().rstrip(".") in LABELLED and len(first) + len(second) < 5:
        return f"{number(first)} {number(second)}"
    if "=" in (found.string[found.end() : found.end() + 3]) and " " in found[0]:
        return f"{number(first)} minus {number(second)}"
    return signed(found["sign"], f"{number(first)} to {number(second)}")


def difference(found: re.Match[str]) -> str:
    """5 - 3: minus."""
    return f"{number(found[1])} minus {number(found[2])}"


def ratio(found: re.Match[str]) -> str:
    """16:9, and John 3:16."""
    first, second = int(found[1]), int(found[2])
    if word_before(found).lower() in BIBLE:
        verses = f" to {cardinal(int(found[3]))}" if found[3] else ""
        return f"{cardinal(first)} {cardinal(second)}{verses}"
    return f"{cardinal(first)} to {cardinal(second)}"


def plain(found: re.Match[str]) -> str:
    """What no other rule took; after the word for a code, with a zero in front, or very long: digit by digit."""
    text = found["number"]
    if text.isdigit() and ((len(text) > 10 and not text.endswith("000000")) or (text[0] == "0" and len(text) > 1)):
        spoken = cardinal(int(text)) if _counts_chapters(found, text) else digits(text)
    else:
        spoken = number(text)
    return signed(found["sign"], spoken)


def _counts_chapters(found: re.Match[str], text: str) -> bool:
    """ "Chapter 01", "Track 07": the zero only keeps the width."""
    before = word_before(found).rstrip(".").lower()
    return len(text) <= 3 and int(text) > 0 and before in _COUNTED


_COUNTED = words("chapter part track lesson unit episode season volume vol section exercise day week step level page "
                 "scene act book no number question module round stage lecture session")  # fmt: skip


def sum_of_signs(found: re.Match[str]) -> str:
    """The signs between numbers: + − × ÷ =."""
    words = {"+": "plus", "-": "minus", "−": "minus", "–": "minus", "×": "times", "*": "times", "x": "times",
             "÷": "divided by", "=": "equals", "<": "is less than", ">": "is greater than"}  # fmt: skip
    return words[found[0].strip()]


CODE_WORDS = re.compile(
    r"\b(?:zip|postcode|postal|code|pin|passcode|password|account|acct|card|ssn|serial|order|invoice|ticket|ref"
    r"|reference|"
    r"id|identifier|ext|extension|extn|tracking|confirmation|case|passport|license|licence|plate|isbn|issn|booking"
    r"|policy|"
    r"social security|routing|sort|membership|member|employee|badge|locker|combination|vin|imei|iban|otp|verification|"
    r"phone|telephone|tel|mobile|cell|fax|call|dial|ring|text|hotline|whatsapp|contact|landline)\b"
    r"(?:[\s:#=,()-]|\b(?:code|number|numbers|no|num|nr|id|is|was|of|ends|ending|ended|in|to|at|with|my|your|his|her"
    r"|the|us|"
    r"me|him|them|are|on|now|line|key|office|security|card|reads|please)\b\.?){0,12}$",
    re.IGNORECASE,
)


def follows_code_word(found: re.Match[str]) -> bool:
    """Whether a number is the code, the telephone number or the like that the words before announce."""
    return bool(CODE_WORDS.search(text_before(found)))
