"""Dates and times of day."""

from __future__ import annotations

import re

from app.engine.embedded.text.mandarin.numbers import cardinal, digits
from app.engine.embedded.text.mandarin.spans import span, text_after, text_before


def _date(found: re.Match[str]) -> str | None:
    month, day = int(found[3]), int(found[4])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digits(found[1])}年{cardinal(str(month))}月{cardinal(str(day))}{_day_word(found)}"


def _day_word(found: re.Match[str]) -> str:
    return "" if text_after(found)[:1] in ("日", "号") else "日"


def _year(found: re.Match[str]) -> str | None:
    """1999年, 2024年; but 2000年历史, 有1000年 are counts."""
    text = found[1]
    if not 1000 <= int(text) <= 2999 or re.match(r"(?:的?历史|多|来|之久|前的?$)", text_after(found)):
        return None
    if text.endswith("000") and text != "2000" and not re.match(r"\d", text_after(found)):
        return None
    return f"{digits(text)}年"


def _year_range(found: re.Match[str]) -> str | None:
    """2024-2025学年, 1937—1945年."""
    first, second = found[1], found[2]
    if not (1000 <= int(first) < int(second) <= 2100) or not re.match(
        r"学年|年|财年|赛季|届|级|[）)]|期间|年度", text_after(found)
    ):
        return None
    return f"{digits(first)}到{digits(second)}"


def _decade(found: re.Match[str]) -> str:
    """90后, 95后: digit by digit."""
    return digits(found[1])


def _month_day(found: re.Match[str]) -> str:
    return f"{cardinal(str(int(found[1])))}月{cardinal(str(int(found[2])))}"


def _clock(found: re.Match[str]) -> str | None:
    hour, minute, second = int(found[1]), int(found[2]), found[3]
    after, before = text_after(found), text_before(found)
    if (
        hour > 24
        or minute > 59
        or re.match(r"\s*(?:比|大胜|战胜|击败|领先|落后|的比例|的比分|获胜|险胜|逆转|战平)", after)
    ):
        return f"{cardinal(found[1])}比{cardinal(found[2])}" if not second else None
    if re.search(r"(?:比分|比例|画面|屏幕|宽高|以|配比|按)(?:是|为|：|:)?$", before):
        return f"{cardinal(found[1])}比{cardinal(str(minute))}"
    spoken = _hour(hour) + "点"
    if minute or second:
        spoken += (("零" if 0 < minute < 10 else "") + cardinal(str(minute)) if minute else "零") + "分"
    if second:
        spoken += ("零" if int(second) < 10 else "") + cardinal(str(int(second))) + "秒"
    return spoken


def _hour(hour: int) -> str:
    return "两" if hour == 2 else cardinal(str(hour))


def _clock_range(found: re.Match[str]) -> str | None:
    first, second = CLOCK.match(found[1]), CLOCK.match(found[2])
    if first is None or second is None:
        return None
    left, right = _clock(first), _clock(second)
    return f"{left}到{right}" if left and right else None


CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


TIMES = [
    span("date", r"(?<!\d)(\d{4})\s?([-/.])\s?(\d{1,2})\2(\d{1,2})(?![\d.])", _date),
    span("date", r"(?<!\d)(\d{4})[-–—~～至到/](\d{4})(?!\d)", _year_range),
    span("date", r"(?<!\d)(\d{4})年", _year),
    span("date", r"(?<!\d)(\d{2})(?=后(?!\d))", _decade),
    span("date", r"(?<!\d)(\d{1,2})月(\d{1,2})(?=[日号])", _month_day),
    span("time", r"(?<![\d:])(\d{1,2}:\d{2}(?::\d{2})?)\s?[-–—~～至到]\s?(\d{1,2}:\d{2}(?::\d{2})?)"
                  r"(?![\d:])", _clock_range),
    span("time", r"(?<![\d:])(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?![\d:])", _clock),
]  # fmt: skip
