"""Amounts: money, percentages, powers, and numbers with units."""

from __future__ import annotations

import re

from app.engine.embedded.text.mandarin.numbers import cardinal, counted, number
from app.engine.embedded.text.mandarin.spans import BIG, DASH, NUM, span
from app.engine.embedded.text.mandarin.tables import COUNTED_PER, CURRENCIES, UNITS

UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
SIGN = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
CODE = "|".join(code for code in CURRENCIES if code.isalpha())
MONEY_WORDS = "元|块钱|块|美元|欧元|英镑|日元|港元|港币|人民币|韩元|卢比|澳元|加元|新台币|卢布|泰铢|美金"
TO = r"\s?[-–—~～至到]\s?"


def _money(found: re.Match[str]) -> str:
    """ "$3.50" -> 三点五美元, "¥145.6元" -> 一百四十五点六元: the sign behind, no idle zeros, the word once."""
    word = found["word"] or CURRENCIES[found["sign"]]
    if found["word"] in ("元", "块", "块钱") and CURRENCIES[found["sign"]] != "元":
        word = CURRENCIES[found["sign"]]
    first = _amount(found["first"], found["first_big"] or "", word)
    minus = "负" if found["minus"] else ""
    if found["second"]:
        big = found["big"] or ""
        return f"{minus}{first}到{_amount(found['second'], big, word)}{big}{word}{_per(found['per'])}"
    return f"{minus}{first}{found['first_big'] or ''}{word}{_per(found['per'])}"


def _money_behind(found: re.Match[str]) -> str:
    """100 USD, 20€."""
    return f"{_amount(found[1], found[2] or '', '元')}{found[2] or ''}{CURRENCIES[found[3]]}"


def _amount(text: str, big: str, following: str) -> str:
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return counted(text.replace(",", ""), big + following)


def _per(unit: str | None) -> str:
    if not unit:
        return ""
    name = unit.strip(" /")
    return "每" + UNITS.get(name, name)


def _with_unit(found: re.Match[str]) -> str | None:
    """35μg/m³, 120mmHg, 5-10km, -10℃: 每 between two units; 百分之 before percentages."""
    unit, second, per = found["unit"], found["second"], found["per"]
    minus = "负" if found["minus"] else ""
    if unit == "ppm":
        return f"百万分之{number(found['first'])}"
    name = UNITS[unit]
    first = counted(found["first"].replace(",", ""), name)
    spoken = f"{minus}{first}"
    if second:
        spoken += f"{name if found['both'] else ''}到{number(second)}"
    return f"{spoken}{name}" + "".join(_per(part) for part in (per or "").split("/")[1:])


def _pressure(found: re.Match[str]) -> str:
    """120/80mmHg: the higher and the lower one after the other."""
    return f"{cardinal(found[1])}，{cardinal(found[2])}{UNITS[found[3]]}"


def _percent(found: re.Match[str]) -> str:
    """50%, 10-15%, 50%～60%, 5‰, -3.5%."""
    base = {"%": "百分之", "‰": "千分之"}[found["sign"]]
    minus = "负" if found["minus"] else ""
    if found["second"]:
        again = base if found["first_sign"] else ""
        return f"{minus}{base}{number(found['first'])}到{again}{number(found['second'])}"
    return f"{minus}{base}{number(found['first'])}"


def _power(found: re.Match[str]) -> str:
    base = number(found[1]) if found[1][0].isdigit() else f" {found[1]} "
    exponent = found[2]
    if exponent in ("2", "3"):
        return f"{base}的{'平' if exponent == '2' else '立'}方"
    return f"{base}的{number(exponent)}次方"


AMOUNTS = [
    span("money", rf"(?P<minus>[-−])?(?P<sign>{SIGN})\s?(?P<first>{NUM})(?P<first_big>{BIG})?"
                   rf"(?:{TO}(?:{SIGN})?\s?(?P<second>{NUM})"
          rf"(?P<big>{BIG})?)?\s?(?P<word>{MONEY_WORDS})?(?P<per>/(?:{UNIT}|{COUNTED_PER}))?", _money),
    span("money", rf"({NUM})\s?({BIG})?\s?([$€£¥￥₩₹]|(?:{CODE})(?![A-Za-z]))", _money_behind),
    span("percent", rf"(?P<minus>[-−](?<![\d%]-))?(?P<first>{NUM})(?P<first_sign>[%‰])?{TO}(?P<second>{NUM})"
                     rf"(?P<sign>[%‰])", _percent),
    span("percent", rf"(?P<minus>[-−](?<![\d%]-))?(?P<first>{NUM})(?P<second>(?!))?(?P<first_sign>(?!))?\s?"
                     rf"(?P<sign>[%‰])", _percent),
    span("power", rf"({NUM}|[A-Za-z])\^\(?([-−]?\d{{1,4}})\)?", _power),
    span("unit", rf"(?P<minus>[-−](?<![\d%℃°]-))?(?P<first>{NUM})(?P<both>{UNIT})?{DASH}(?P<second>{NUM})\s?"
                  rf"(?P<unit>{UNIT})"
          rf"(?P<per>(?:\s?/\s?(?:{UNIT}|{COUNTED_PER})){{1,2}})?(?![A-Za-z])", _with_unit),
    span("unit", rf"(?P<minus>[-−](?<![\d%℃°]-))?(?P<first>{NUM})(?P<second>(?!))?(?P<both>(?!))?\s?(?P<unit>{UNIT})"
          rf"(?P<per>(?:\s?/\s?(?:{UNIT}|{COUNTED_PER})){{1,2}})?(?![A-Za-z])", _with_unit),
    span("unit", rf"(\d{{2,3}})/(\d{{2,3}})\s?({UNIT})(?![A-Za-z])", _pressure),
]  # fmt: skip
