"""How dates and times found in English text are read. Each function reads one match of a rule."""

from __future__ import annotations

import re

from app.engine.embedded.text.english_names import spell
from app.engine.embedded.text.english_numbers import cardinal, ordinal, year
from app.engine.embedded.text.english_symbols import MONTHS


def _date(year_number: str, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    name = list(dict.fromkeys(MONTHS.values()))[int(month) - 1]
    return f"{name} {ordinal(int(day))}, {year(int(year_number))}"


def iso_date(found: re.Match[str]) -> str:
    """2026-11-22, 2026/11/22: year, month, day."""
    return _date(found[1], found[3], found[4]) or found[0]


def slash_date(found: re.Match[str]) -> str:
    """American month/day/year; day/month/year where the first number can be no month."""
    first, second, year_number = found[1], found[3], found[4]
    if len(year_number) == 2:
        year_number = ("20" if int(year_number) < 50 else "19") + year_number
    return _date(year_number, first, second) or _date(year_number, second, first) or found[0]


def month_day(found: re.Match[str]) -> str:
    """Nov. 22nd, 2026; the year may be absent."""
    spoken = f"{MONTHS[found[1].rstrip('.').lower()]} {ordinal(int(found[2]))}"
    return spoken + (f", {year(int(found[3]))}" if found[3] else "")


def day_month(found: re.Match[str]) -> str:
    """22 November 2026; the year may be absent."""
    spoken = f"the {ordinal(int(found[1]))} of {MONTHS[found[2].rstrip('.').lower()]}"
    return spoken + (f", {year(int(found[3]))}" if found[3] else "")


def month_year(found: re.Match[str]) -> str:
    """Nov. 2026."""
    return f"{MONTHS[found[1].rstrip('.').lower()]} {year(int(found[2]))}"


def clock(found: re.Match[str]) -> str:
    """14:30, 3:05 p.m., 12:00:10."""
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


def hour(found: re.Match[str]) -> str:
    """3 pm."""
    return f"{cardinal(int(found[1]))} {spell(found[2].replace('.', ''))}"
