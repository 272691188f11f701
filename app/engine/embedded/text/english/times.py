"""How dates, times and durations found in English text are read. Each function reads one match; None: it is none."""

from __future__ import annotations

import re

from app.engine.embedded.text.english.context import ends_sentence, spell, text_before, word_after, word_before
from app.engine.embedded.text.english.numbers import cardinal, digits, number, ordinal, plural, year
from app.engine.embedded.text.english.tables import DAYS, MONTHS, UNITS
from app.engine.embedded.text.word_lists import words

MONTH_NAMES = list(dict.fromkeys(MONTHS.values()))


def _date(year_number: str, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{MONTH_NAMES[int(month) - 1]} {ordinal(int(day))}, {year(int(year_number))}"


def iso_date(found: re.Match[str]) -> str | None:
    """2026-11-22, 2026/11/22: year, month, day."""
    return _date(found["year"], found["month"], found["day"])


def iso_time(found: re.Match[str]) -> str | None:
    """2024-07-04T09:30:00Z: date, time, zone."""
    date = _date(found["year"], found["month"], found["day"])
    if date is None or int(found["hour"]) > 24:
        return None
    zone = found["zone"] or ""
    if zone in ("Z", "+00:00", "+0000"):
        zone = spell("UTC")
    elif zone:
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        zone = f"{spell('UTC')} {'minus' if zone[0] == '-' else 'plus'} {cardinal(hours)}" + (
            f" {cardinal(minutes)}" if minutes else ""
        )
    return f"{date}, at {_clock(found['hour'], found['minute'], found['second'], '')} {zone}".strip()


def slash_date(found: re.Match[str]) -> str | None:
    """American month/day/year; day/month/year where the first number can be no month."""
    first, second, year_number = found[1], found[3], found[4]
    if len(year_number) == 2:
        year_number = ("20" if int(year_number) < 50 else "19") + year_number
    return _date(year_number, first, second) or _date(year_number, second, first)


def day_before(found: re.Match[str]) -> str | None:
    """ "on Tues., 4/8": month and day behind the name of a day."""
    month, day = int(found[1]), int(found[2])
    if word_before(found).strip(",.").lower() not in DAYS and not _AFTER_DAY.search(text_before(found)):
        return None
    return f"{MONTH_NAMES[month - 1]} {ordinal(day)}" if 1 <= month <= 12 and 1 <= day <= 31 else None


_AFTER_DAY = re.compile(rf"\b(?:{'|'.join(DAYS)})\.?,?\s$", re.IGNORECASE)


def month_day(found: re.Match[str]) -> str | None:
    """Nov. 22nd, 2026, Jan 5-7; the year may be absent."""
    name = MONTHS[found["name"].lower()]
    if not 1 <= int(found["day"]) <= 31:
        return None
    spoken = f"{name} {ordinal(int(found['day']))}"
    if found["last"]:
        other = found["other"]
        spoken += f" to {MONTHS[other.lower()] + ' ' if other else ''}{ordinal(int(found['last']))}"
    return spoken + (f", {year(int(found['year']))}" if found["year"] else "")


def day_month(found: re.Match[str]) -> str | None:
    """22 November 2026, 5-7 March; the year may be absent."""
    if not 1 <= int(found["day"]) <= 31:
        return None
    article = "" if word_before(found).lower() == "the" else "the "
    days = f"{article}{ordinal(int(found['day']))}" + (
        f" to the {ordinal(int(found['last']))}" if found["last"] else ""
    )
    spoken = f"{days} of {MONTHS[found['name'].lower()]}"
    return spoken + (f", {year(int(found['year']))}" if found["year"] else "")


def month_year(found: re.Match[str]) -> str:
    """Nov. 2026."""
    return f"{MONTHS[found[1].lower()]} {year(int(found[2]))}"


def named_range(found: re.Match[str]) -> str:
    """Mon-Fri, Jan.-Mar."""
    names = DAYS | MONTHS
    return f"{names[found[1].lower()]} to {names[found[2].lower()]}"


def day_name(found: re.Match[str]) -> str | None:
    """ "Mon" before a date, a time or a comma; "Sat" and "Sun" are words of their own elsewhere."""
    following = word_after(found)
    is_dated = following.lower() in MONTHS or following[:1].isdigit()
    is_dated = is_dated or word_before(found).lower() in _BEFORE_DAYS
    if not is_dated and not (following == "," and found[1].lower() not in ("sat", "sun")):
        return None
    return DAYS[found[1].lower()] + ("." if found[0].endswith(".") and ends_sentence(found) else "")


_BEFORE_DAYS = words("on by until till since this next last every each from before after through thru")


def _clock(hour: str, minute: str | None, second: str | None, half: str) -> str:
    spoken = cardinal(int(hour))
    if minute and int(minute):
        spoken += f" oh {cardinal(int(minute))}" if int(minute) < 10 else f" {cardinal(int(minute))}"
    elif not half and minute is not None:
        spoken += " o'clock" if int(hour) <= 12 else " hundred"
    if second and int(second):
        spoken += f" and {cardinal(int(second))} seconds"
    return spoken + (f" {spell(half.replace('.', '').replace(' ', ''))}" if half else "")


def clock(found: re.Match[str]) -> str | None:
    """14:30, 3:05 p.m., 7 pm, 7-8pm, 7:30am-9pm, 10 a.m. EST."""
    parts = [found[name] for name in ("hour", "minute", "half", "last_hour", "last_minute", "last_half")]
    hour, minute, half, last_hour, last_minute, last_half = parts
    if int(hour) > 24 or (minute and int(minute) > 59) or (not minute and int(hour) > 12):
        return None
    if last_hour and int(last_hour) > 24:
        return None
    spoken = _clock(hour, minute, found["second"], half or "")
    if last_hour:
        if not half and last_half and minute is None:
            spoken = cardinal(int(hour))
        spoken += f" to {_clock(last_hour, last_minute, None, last_half or '')}"
    if found["zone"]:
        spoken += f" {spell(found['zone'])}"
    is_full_stop = found[0].endswith(".") and (ends_sentence(found) or found[0].count(".") == 1)  # "2pm. I left"
    return spoken + ("." if is_full_stop else "")


def race_time(found: re.Match[str]) -> str:
    """1:23:45.6, 2:05.31: minutes and seconds of a race."""
    *minutes, seconds = found[0].split(":")
    return " ".join([*(cardinal(int(part)) for part in minutes), number(seconds.lstrip("0") or "0")])


_RACED = re.compile(
    r"\b(?:record|marathon|race|raced|ran|runs?|finish(?:ed|es)?|laps?|splits?|clocked|lasts?|lasted|took|takes|runtime|duration"
    r"|elapsed|pace|time of|best of)\b[^.!?]*$"
)


def race_hours(found: re.Match[str]) -> str | None:
    """A marathon in 2:00:35: hours, minutes, seconds, where the words before tell of a race or of how long it takes."""
    if not _RACED.search(text_before(found)):
        return None
    parts = [(int(number), unit) for number, unit in zip(found.groups(), ("hour", "minute", "second"), strict=True)]
    return " ".join(f"{cardinal(n)} {unit}{'s' * (n != 1)}" for n, unit in parts if n)


def military(found: re.Match[str]) -> str:
    """0900 hours, 1430h."""
    hour, minute = found[1][:2], found[1][2:]
    first = f"oh {cardinal(int(hour))}" if hour[0] == "0" else cardinal(int(hour))
    return f"{first} {'hundred' if minute == '00' else cardinal(int(minute))} hours"


def duration(found: re.Match[str]) -> str:
    """1h30m, 2m15s, 1d 4h, 1h30."""
    parts = re.findall(r"(\d+)\s?([A-Za-z]*)", found[0])
    spoken = []
    for amount, unit in parts:
        one, many = {"m": ("minute", "minutes"), "": ("minute", "minutes")}.get(unit.lower()) or UNITS[unit.lower()]
        spoken.append(f"{cardinal(int(amount))} {one if int(amount) == 1 else many}")
    return " ".join(spoken)


def decade(found: re.Match[str]) -> str | None:
    """1990s, '80s, the 90s, in his 40s."""
    text = found[1]
    if len(text) == 2 and not found[0].startswith("'"):
        before = word_before(found).lower()
        if before not in _BEFORE_DECADES and not before.endswith("-"):
            return None
    return plural(year(int(text))) if len(text) == 4 else plural(cardinal(int(text)))


_BEFORE_DECADES = words("the his her my their our your late early mid - in")


def year_alone(found: re.Match[str]) -> str | None:
    """Four digits from 1100 to 2099 are a year, unless things are counted by them; from 1000 on after "in"."""
    text = found[0]
    following, before = word_after(found), word_before(found).lower()
    is_counted = bool(
        re.fullmatch(r"(?:people|men|women|children|(?!is|was|has|this|as|us|its|his)[a-z]+s)", following)
    )
    if is_counted or (text < "1100" and before not in _BEFORE_YEARS) or before in _BEFORE_COUNTS:
        return None
    return year(int(text))


_BEFORE_YEARS = words("in since by before after until till from around circa year of ad early late during")
_BEFORE_COUNTS = words("about exactly nearly almost over only than")


def abbreviated_year(found: re.Match[str]) -> str:
    """ "class of '98", "summer '05"."""
    return f"oh {digits(found[1][1])}" if found[1][0] == "0" else cardinal(int(found[1]))


def year_span(found: re.Match[str]) -> str | None:
    """2023/24, 2024-25, 1999-2003."""
    first, second = found[1], found[2]
    if not 1000 <= int(first) <= 2100:
        return None
    if len(second) == 4:
        if not int(first) < int(second) <= 2100:
            return None
        if not (int(first) >= 1100 or word_before(found).lower() in _BEFORE_YEARS):
            return None
        if re.fullmatch(r"[a-z]+s", word_after(found)) and int(first) % 100 == int(second) % 100 == 0:
            return None  # 1500-2000 people
        return f"{year(int(first))} to {year(int(second))}"
    if int(second) != (int(first) + 1) % 100 and int(second) <= int(first) % 100:
        return None
    return f"{year(int(first))} to {'oh ' if second[0] == '0' else ''}{cardinal(int(second))}"
