"""Written English to spoken words: one pass over the text, chunk by chunk.

At each place where a chunk may begin (after white space, a bracket, a dash) the spans are tried in order: addresses,
dates, times, money, codes, amounts, ranges, names with numerals. A span must end where a chunk may end, so no rule
reads a part of something larger ("4.5" of "GPT-4.5"). What no span takes is a word or a composite of letters, digits
and signs, read part by part. Letters to be spelled leave here joined by a middle dot ("F·B·I·").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.engine.embedded.text.english import amounts, names, times, words
from app.engine.embedded.text.english.numbers import number
from app.engine.embedded.text.english.tables import (
    CURRENCIES,
    DAYS,
    MAGNITUDES,
    MONTHS,
    PER_WORDS,
    SIGNED,
    SYMBOLS,
    TOP_DOMAINS,
    UNITS,
    ZONES,
)
from app.engine.embedded.text.marks import HAN_MARKS, LATIN_MARKS, MARKED
from app.engine.reading import Reading

Reader = Callable[[re.Match[str]], str | None]


def _any(words: object) -> str:
    return "|".join(re.escape(word) for word in sorted(map(str, words), key=len, reverse=True))  # type: ignore[call-overload]


NUM = r"(?:\d{1,3}(?:,\d{2,3}){0,6},\d{3}(?:\.\d{1,20})?|\d{1,25}(?:\.\d{1,20})?|\.\d{1,20})"
SIGN = r"(?P<sign>[-−–+±~≈<>≤≥])?\s?"
DASH = r"\s?[-−–—]\s?"
_UNIT, _PER_UNIT = _any(UNITS), r"\s?/\s?(?:100\s?)?[A-Za-zµΩ°]{1,12}(?:\^[23])?"
_SIGNS, _CODES = _any(SIGNED), _any(sign for sign in CURRENCIES if sign not in SIGNED)
_MAGNITUDE = f"(?i:{_any(MAGNITUDES)})"
_MONTH, _DAY, _ZONE = _any(MONTHS), _any(DAYS), _any(ZONES)
_HALF = r"\s?[AaPp]\.?\s?[Mm](?:\.|\b)"
_ISO = r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
# Where a chunk may end.
END = r"(?=[\s，。！？；：、)\]}\"”’;:!?…—|]|,(?!\d{3}(?!\d))|['.](?:\s|$|[)\]}\"”’'…,;:!?—])|['’]s\b|--|–|-(?!\d)|/|$)"
STRICT_END = r"(?=[\s，。！？；：、)\]}\"”’;:!?…—|]|,(?!\d{3}(?!\d))|['.](?:\s|$|[)\]}\"”’'…,;:!?—])|$)"


@dataclass(frozen=True, slots=True)
class _Span:
    kind: str
    pattern: re.Pattern[str]
    read: Reader


def _span(kind: str, pattern: str, read: Reader, flags: int = 0, end: str = STRICT_END) -> _Span:
    return _Span(kind, re.compile(f"(?:{pattern}){end}", flags), read)


_I = re.IGNORECASE
# Spans that begin with a letter or a sign.
LETTER_SPANS = [
    _span("address", r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}", names.address),
    _span("address", r"(?:https?|ftp|file)://[^\s<>\"，。）]{0,500}[\w/]"
                     r"|mailto:[\w.+-]{1,64}@[\w.-]{1,100}\w", names.address, _I),
    _span("address", rf"(?:[\w-]{{1,63}}\.){{1,5}}(?:{TOP_DOMAINS})(?::\d{{1,5}})?"
                     rf"(?:/[^\s<>\"，。）]{{0,500}}[\w/])?", names.address),
    _span("path", r"(?:~|\.{1,2})?/(?!/)[\w.-]{1,64}(?:/[\w.-]{0,64}){0,12}(?<=[\w/])|[A-Za-z]:\\[\w.\\ -]{1,200}"
                  r"(?<=\w)"
          r"|\.[a-z][a-z0-9_]{1,12}", names.path),
    _span("path", r"(?:[\w-]{1,64}/){0,8}[\w-]{2,64}\.(?:py|js|ts|md|txt|pdf|jpe?g|png|gif|mp[34]|wav|flac|csv|jsonl?"
                  r"|ya?ml|html?"
          r"|exe|zip|docx?|xlsx?|toml|sh|cpp|hpp|[ch]|rs|go|java|css|xml|sql|ini|conf|log|tar|gz|iso|svg|pptx?|mov"
          r"|avi|mkv|bin)", names.path, _I),
    _span("option", r"(?<![^\s(])(-{1,2})([A-Za-z][\w-]{0,30})", names.option),
    _span("amount", rf"(?P<thing>[A-Za-z]{{3,20}})/(?P<unit>{_any(PER_WORDS)}|{_UNIT})", amounts.things_per_unit),
    _span("date", rf"(?P<name>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:{DASH}(?:(?P<other>{_MONTH})\.?\s+)?"
          r"(?P<last>\d{1,2})(?:st|nd|rd|th)?)?(?:,?\s+(?P<year>\d{4})(?!\d))?(?![:\d])(?!\.\d)", times.month_day, _I),
    _span("date", rf"({_MONTH})\.?,?\s+(\d{{4}})", times.month_year, _I),
    _span("range", rf"({_DAY})\.?\s?[-–—]\s?({_DAY})(?:\.(?=\s+[a-z\d]))?", times.named_range, _I),
    _span("range", rf"({_MONTH})\.?\s?[-–—]\s?({_MONTH})(?:\.(?=\s+[a-z\d]))?", times.named_range, _I),
    _span("date", rf"({_any(day.capitalize() for day in DAYS)})\.?", times.day_name),
    _span("year", r"['’](\d\d)(?![\d'])", times.abbreviated_year),
    _span("decade", r"['’](\d0)s", times.decade),
    _span("money", rf"{SIGN}(?P<money>{_SIGNS})\s?(?P<amount>{NUM})(?P<magnitude>\s?(?:{_MAGNITUDE})\b)?"
          rf"(?:{DASH}(?:(?:{_SIGNS})\s?)?(?P<last>{NUM})(?P<last_magnitude>\s?(?:{_MAGNITUDE})\b)?)?"
          rf"(?P<more>\+)?(?P<per>(?:{_PER_UNIT}){{1,2}}(?:\.(?=\s+[a-z]))?)?", amounts.money),
    _span("money", rf"{SIGN}(?P<money>{_CODES})\s?(?P<amount>{NUM})(?P<magnitude>\s?(?:{_MAGNITUDE})\b)?"
          rf"(?:{DASH}(?P<last>{NUM})(?P<last_magnitude>\s?(?:{_MAGNITUDE})\b)?)?(?P<more>\+)?"
          rf"(?P<per>(?:{_PER_UNIT}){{1,2}})?", amounts.money),
    _span("money", rf"(?P<money>{_SIGNS})(?P<amount>{NUM})-(?P<magnitude>{_MAGNITUDE})?-?"
                   rf"(?=[A-Za-z])", amounts.money_adjective, end=""),
    _span("power", r"(?P<base>[A-Za-z]{1,3})\^\(?(?P<exponent>[-−–]?\d{1,6})\)?(?P<unit>(?!))?", amounts.power),
    _span("name", r"(?:[A-Z][a-z]?\d{0,2}){2,8}", names.formula),
    _span("music", r"(?P<note>[A-G])(?P<sign>[♯♭♮#])(?P<mode>maj|m|dim)?(?P<degree>\d{1,2})?", names.music_key),
    _span("chess", r"(?P<piece>[KQRBN])?(?P<from>[a-h])?(?P<takes>x)?(?P<file>[a-h])(?P<rank>[1-8])(?:="
                   r"(?P<to>[QRBN]))?(?P<end>[+#])?"
          r"(?<!^[a-h][1-8])(?<!\s[a-h][1-8])(?<![(.][a-h][1-8])", names.chess_move),
    _span("chess", r"[O0]-[O0](?:-[O0])?", names.castling),
    _span("size", r"[LWHD](?:\s?[x×]\s?[LWHD]){1,2}", amounts.named_sides),
    _span("version", r"(?P<v>[vV])\.?\s?(?P<numbers>\d{1,4}(?:\.\d{1,4}){0,5})", names.version),
    _span("roman", rf"(?P<numeral>{names.ROMAN}|{names.ROMAN.lower()})(?P<suffix>'s)?"
                   rf"(?<=[IVXLCMivxlcms])", names.roman, 0,
          STRICT_END[:-3] + r"|-|$)"),
    _span("roman", rf"(?P<numeral>{names.ROMAN})\.(?=\s+[A-Z])", names.heading_numeral, 0, ""),
    _span("code", r"(?=[A-Z-]{0,6}\d)[A-Z]{1,4}-?\d{2,12}(?:-?[A-Z0-9]{1,12}){0,6}", names.code),
    _span("code", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,8}(?: ?[A-Z0-9]{1,3})?", names.digit_groups),
    _span("phone", r"\(\d{2,5}\)\s?\d{3,4}(?:[\s.-]\d{2,5}){1,2}(?:\s?(?:x|ext)\.?\s?\d{1,5})?", names.phone),
    _span("abbreviation", r"([DRI])-([A-Z][a-z]{1,5})\.", words.party_and_state, 0, ""),
    _span("abbreviation", r"([A-Za-z](?:\.[A-Za-z]){1,3}|[A-Za-z]{1,6})\.(?![A-Za-z])(?!\.)", words.dotted, 0, ""),
    _span("initials", r"(?:[A-Za-z]\.){2,}(?![A-Za-z])|[A-HJ-Z]\.(?=\s(?:[A-Z]\.\s?){0,3}[A-Z][a-z])"
                      r"|Ph\.\s?D\.?", words.initialism, 0, ""),
    _span("abbreviation", r"(no|nos|vol|fig|ch|sec|pp?|art|eq)\.(?=\d)", words.dotted, _I, ""),
    _span("abbreviation", r"[A-Za-z&]{1,7}(?:/[A-Za-z]{0,3})?", words.undotted),
    _span("word", r"[a-z]{1,3}\d[a-z]?|[a-z]{2,5}", words.texted),
    _span("sign", r"§§", lambda _: "sections", end=""),
    _span("word", r"['’]?[A-Za-z]{0,8}['’][A-Za-z]{0,6}['’]?", words.dialect, end=r"(?![A-Za-z'’])"),
    _span("abbreviation", r"[A-Z][A-Za-z]{0,2}(?:&[A-Z][a-z]{0,2}){1,3}(?:'s)?", words.ampersand),
]  # fmt: skip
# Spans that begin with a digit, a dot or the sign of a number.
DIGIT_SPANS = [
    _span("address", rf"(?:[\w-]{{1,63}}\.){{1,5}}(?:{TOP_DOMAINS})(?::\d{{1,5}})?"
                     rf"(?:/[^\s<>\"，。）]{{0,500}}[\w/])?", names.address),
    _span("address", r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}", names.address),
    _span("name", r"\d{1,4}(?:[A-Za-z]\d?[a-z]?|\([a-z]\)(?:\(\d\))?|/\d{1,2}|-[Ee]leven)"
                  r"|[A-Za-z]\d[a-z]s?", names.named_code),
    _span("time", rf"{_ISO}[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{{1,9}})?)?(?P<zone>Z"
                  rf"|[+-]\d\d:?\d\d)?", times.iso_time),
    _span("date", r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})", times.iso_date),
    _span("date", r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|(?<=/)\d{2})", times.slash_date),
    _span("date", rf"(?P<day>\d\d?)(?:st|nd|rd|th)?(?:{DASH}(?P<last>\d\d?)(?:st|nd|rd|th)?)?\s+(?:of\s+)?"
                  rf"(?P<name>{_MONTH})\b\.?"
          r"(?:,?\s+(?P<year>\d{4})(?!\d))?", times.day_month, _I, r"(?!\w)"),
    _span("chess", r"0-0-0", names.castling),
    _span("time", r"(\d{1,2}):(\d\d):(\d\d)", times.race_hours),
    _span("time", r"\d{1,2}:\d\d:\d\d\.\d{1,3}|\d{1,2}:\d\d\.\d{1,3}", times.race_time),
    _span("time", rf"(?P<hour>\d{{1,2}})(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?(?P<half>{_HALF})?{DASH}"
          rf"(?P<last_hour>\d{{1,2}})(?::(?P<last_minute>[0-5]\d))?(?P<last_half>{_HALF})(?:\s?\(?"
          rf"(?P<zone>{_ZONE})\b\)?)?", times.clock, 0, r"(?!\w)"),
    _span("time", rf"(?P<hour>\d{{1,2}})(?::(?P<minute>[0-5]\d)(?P<second>)?)?(?P<half>{_HALF})?{DASH}"
          rf"(?P<last_hour>\d{{1,2}}):(?P<last_minute>[0-5]\d)(?P<last_half>)(?:\s?"
          rf"(?P<zone>{_ZONE})\b)?", times.clock, 0, r"(?![\w:])"),
    _span("time", rf"(?P<hour>\d{{1,2}})(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?(?P<half>{_HALF})(?:\s?\(?"
                  rf"(?P<zone>{_ZONE})\b\)?)?"
          r"(?P<last_hour>(?!))?(?P<last_minute>(?!))?(?P<last_half>(?!))?", times.clock, 0, r"(?!\w)"),
    _span("time", rf"(?P<hour>\d{{1,2}}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?P<half>(?!))?(?:\s?"
                  rf"(?P<zone>{_ZONE})\b)?"
          r"(?P<last_hour>(?!))?(?P<last_minute>(?!))?(?P<last_half>(?!))?(?![:\d])", times.clock),
    _span("time", r"([01]\d[0-5]\d|2[0-3][0-5]\d)\s?(?:hours|hrs|h)", times.military),
    _span("duration", r"\d{1,3}\s?(?:d|h|hrs?|m|min)\s?\d{1,3}\s?(?:hrs?|h|mins?|m|secs?|s)(?:\s?\d{1,3}\s?(?:mins?|m"
                      r"|secs?|s))?|\d{1,2}h\d\d", times.duration),
    _span("phone", r"\+(?=(?:[\s().-]{0,2}\d){7,15}(?!\d))\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,5}"
                   r"(?:[\s.-]?\d{2,5}){1,5}(?:\s?(?:x|ext)\.?\s?\d{1,5})?", names.phone),
    _span("phone", r"(?:\d[\s.-])?(?:\d{3}[\s.-]){2}\d{4}(?:\s?(?:x|ext)\.?\s?\d{1,5})?"
                   r"|\d[\s.-]\(\d{3}\)\s?\d{3}[\s.-]\d{4}|1-8\d\d-[A-Z\d-]{5,9}", names.phone),
    _span("phone", r"0\d{2,4}[\s-]\d{3,4}(?:[\s-]?\d{3,4})?|0\d{2,3}[\s-]\d{6,8}", names.phone),
    _span("phone", r"\d{2}(?:[\s.]\d{2}){4}", names.phone),
    _span("code", r"\d{4}(?:[ -]\d{4}){2,4}(?:[ -]\d{1,3})?|\d{2,6}(?:-\d{1,8}){2,6}", names.digit_groups),
    _span("code", r"(\d{3,5})-(\d{3,8})", names.two_groups),
    _span("address", r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?:/\d{1,2})?", names.ip_address),
    _span("version", r"(?P<v>(?!))?(?P<numbers>\d{1,4}(?:\.\d{1,6}){2,5})", names.version),
    _span("code", r"\d{3,20}(?:-?[A-Z0-9]{1,6}){0,3}", names.code),
    _span("name", r"(\d{3,4})['’]?s", names.plural_number),
    _span("name", r"(\d{1,2})s", names.plural_model),
    _span("name", r"(\d{2,3})ers", names.members),
    _span("word", r"\d[a-z]{2,6}", words.texted),
    _span("name", r"(\d{3,4})([pi])", names.picture_lines),
    _span("decade", r"(\d{2}|1\d|[12]\d)(?<=0)['’]?s|(?!)", times.decade),
    _span("decade", r"([12]\d{2}0)['’]?s", times.decade),
    _span("power", rf"(?P<sign>[-−–+])?(?P<mantissa>{NUM})(?:[eE]|\s?[×x*·]\s?10\^)(?P<exponent>[-−–+]?\d{{1,4}})"
                   rf"(?:\s?(?P<unit>{_UNIT})(?P<per>{_PER_UNIT})?)?", amounts.scientific),
    _span("power", rf"(?P<base>{NUM}|[A-Za-z])\^\(?(?P<exponent>[-−–]?\d{{1,6}})\)?(?:\s?"
                   rf"(?P<unit>{_UNIT}))?", amounts.power),
    _span("money", rf"(?P<sign>[-−–+~])?(?P<amount>{NUM})(?P<magnitude>\s?(?:{_MAGNITUDE})\b)?"
                   rf"(?:{DASH}(?P<last>{NUM})(?P<last_magnitude>\s?(?:{_MAGNITUDE})\b)?)?"
          rf"\s?(?P<money>[€£¥₹₩₽₺₪₱฿₴$]|{_CODES})(?P<more>(?!))?(?P<per>(?:{_PER_UNIT}){{1,2}})?", amounts.money),
    _span("length", r"(?P<feet>(?!))?(?:(?P<inches>\d{1,3}(?:\.\d)?)[ -]?)?"
                    r"(?P<part>\d{1,2}/\d{1,2})\"", amounts.feet_inches, end=r"(?![\w\"])"),
    _span("length", r"(?P<feet>\d{1,3})'[\s-]?(?:(?P<inches>\d{1,2})(?:[ -](?P<part>\d{1,2}/\d{1,2}))?(?:\"|''|"
                    r"(?=[\s.,;:!?)]|$)))?", amounts.feet_inches, end=r"(?![\w\"])"),
    _span("length", r"(?P<feet>(?!))?(?P<inches>\d{1,3}(?:\.\d{1,2})?)\"(?P<part>(?!))?", amounts.feet_inches,
          end=r"(?![\w\"])"),
    _span("angle", r"(\d{1,3}(?:\.\d{1,8})?)°\s?(?:(\d{1,2}(?:\.\d{1,4})?)'\s?)?(?:(\d{1,2}(?:\.\d{1,4})?)\"\s?)?"
                   r"([NSEW])", amounts.coordinates),
    _span("size", r"(\dx\d)s", amounts.plural_size),
    _span("size", rf"(?P<sides>{NUM}(?:[x×]{NUM}){{1,3}})(?:\s?(?P<unit>{_UNIT}))?", amounts.dimensions, end=r"(?!\w)"),
    _span("size", rf"(?P<sides>{NUM}(?:\s?[x×]\s?{NUM}){{1,3}})\s?(?P<unit>{_UNIT})", amounts.dimensions),
    _span("times", rf"({NUM})[x×]", amounts.times),
    _span("amount", rf"(?:(?P<whole>\d{{1,4}})[ -])?(?P<top>\d{{1,3}})/(?P<bottom>\d{{1,4}})\s?(?P<unit>{_UNIT})"
                    rf"(?P<dot>\.(?=\s|$|[,;:)]))?", amounts.fraction_of_unit, end=r"(?![\w'])"),
    _span("amount", rf"({NUM})\s?({_UNIT})/({NUM})\s?({_UNIT})", amounts.two_amounts, end=r"(?![\w'/])"),
    _span("amount", rf"({NUM})/({NUM})\s?({_UNIT})", amounts.either_amount, end=r"(?![\w'/])"),
    _span("amount", rf"{SIGN}(?P<amount>{NUM})(?:\s?(?:{_UNIT}))?{DASH}(?P<last>{NUM})(?P<hyphen>(?!))?\s?"
                    rf"(?P<unit>{_UNIT})(?P<per>(?:{_PER_UNIT}){{1,2}})?(?P<dot>\.(?=\s|$|[,;:)]))?",
          amounts.with_unit, end=r"(?![\w])"),
    _span("amount", rf"{SIGN}(?P<amount>{NUM})(?P<last>(?!))?(?P<hyphen>(?!))?\s?(?P<unit>{_UNIT})(?P<per>"
                    rf"(?:{_PER_UNIT}){{1,2}})?(?P<dot>\.(?=\s|$|[,;:)]))?", amounts.with_unit, end=r"(?![\w'])"),
    _span("amount", rf"(?P<sign>(?!))?(?P<amount>{NUM})(?P<last>(?!))?(?P<hyphen>-)(?P<unit>{_UNIT})(?P<per>(?!))?"
                    rf"(?P<dot>\.(?=\s[a-z]))?", amounts.with_unit, end=r"(?![\w/])"),
    _span("number", rf"({NUM})(?:{DASH}({NUM}))?\s?([kKMB]|bn|mn)", amounts.magnitude),
    _span("year", r"([12]\d{3})\s?[/–-]\s?(\d{4}|\d{2})", times.year_span),
    _span("date", r"(\d{1,2})/(\d{1,2})", times.day_before),
    _span("name", r"[45]\d\d", names.status_code),
    _span("amount", rf"({NUM})/({_any(PER_WORDS)})", amounts.so_many_per),
    _span("fraction", r"(?:(?P<whole>\d{1,4})[ -])?(?P<top>\d{1,3})/(?P<bottom>\d{1,4})", amounts.fraction, 0,
          STRICT_END[:-3] + r"|-(?=[a-z])|$)"),
    _span("number", rf"({NUM})/({NUM})", amounts.out_of),
    _span("ordinal", r"(\d{1,3}(?:,?\d{3}){0,4})(?:st|nd|rd|th)(?:\s?[-–]\s?(\d{1,3}(?:,?\d{3}){0,4})(?:st|nd|rd"
                     r"|th))?", amounts.an_ordinal, _I, END),
    _span("ratio", r"(\d{1,3}):(\d{1,3})(?:-(\d{1,3}))?", amounts.ratio),
    _span("range", rf"{SIGN}(?P<first>{NUM}){DASH}(?P<second>{NUM})", amounts.number_range),
    _span("year", r"1\d{3}|20\d{2}", times.year_alone, 0, END),
    _span("number", rf"(?P<sign>[-−–+±~≈<>≤≥#])?\s?(?P<number>{NUM})", amounts.plain, 0, STRICT_END),
    _span("number", rf"(?P<sign>[-−–+±~≈<>≤≥#])?\s?(?P<number>{NUM})", amounts.plain, 0, r"(?=[-/–](?![\d]))"),
]  # fmt: skip

_NUMBERED_PLACE = _span("number", r"(?P<place>(?:[Bb]oeing|[Aa]irbus|(?P<site>[Rr]oom|[Ff]light|[Rr]oute|[Hh]ighway"
                                  r"|[Ss]uite|[Aa]partment|[Ii]nterstate|[Bb]us|[Hh]wy|[Rr]te))\s)"
                        r"(?P<head>\d{1,2})(?P<rest>\d\d)(?(site)|(?:-(?P<series>\d{1,3}))?)", names.room)  # fmt: skip
OPENING = frozenset('([{"“‘„«')
DASHES = re.compile(r"\s?(?:—|–(?!\d))\s?|\s--+\s|(?<=\w)--+|\s-\s")
SUM = re.compile(r"\s?[-+−–×÷=*<>]\s?(?=[\d(√π.-])|\s?÷\s?|\s?=\s?")
BY = re.compile(r"(?<=[\w\"'.])\s[xX×]\s(?=\d)")
ARROW = re.compile(r"\s?(?:[-=]+>|→|⇒)\s?")
# No word is so long: a row of signs without a space is read in parts, so that each costs little whatever it is.
CHUNK = re.compile(rf"[^\s—…\"“”()\[\]{{}}{LATIN_MARKS}{HAN_MARKS}]{{1,250}}")
TRAILING = re.compile(r"[.,;:!?'’，。、；：！？]+$")
PART = re.compile(
    r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*['’]?(?:\.(?=[A-Za-z]\.))?|\d[\d,]*(?:\.\d+)*|[^\w\s]|_+|\w", re.UNICODE
)


def normalise_english(text: str) -> str:
    """The words a reader would say, with punctuation. Numbers, signs and abbreviations are gone from the result."""
    return joined(read_english(text))


def joined(readings: Iterable[Reading]) -> str:
    """What is said for all of them, as one text."""
    parts: list[str] = []
    for reading in readings:
        touches = bool(parts and parts[-1][-1].isalnum() and reading.spoken[:1].isalnum())
        parts += [" ", reading.spoken] if touches else [reading.spoken] if reading.spoken else []
    spoken = re.sub(r"\s{2,}", " ", "".join(parts))
    return re.sub(r"\s+(?=[,.;:!?…])", "", spoken).strip()


def read_english(text: str) -> Iterator[Reading]:
    """The text as readings; their written parts joined give the text back."""
    at = 0
    follows_number = False
    while at < len(text):
        reading = _next(text, at, follows_number)
        yield reading
        at += len(reading.written)
        if not reading.written.isspace():
            follows_number = reading.written[-1].isdigit() or reading.written[-1] == ")"


def _next(text: str, at: int, follows_number: bool) -> Reading:
    c = text[at]
    if given := MARKED.match(text, at):
        return Reading(given[0], given[0], "lexicon")
    sign = _between(text, at, follows_number)
    if sign:
        return sign
    if c == "(":
        found = _spanned(text, at)
        if found or text.startswith("()", at):
            return found or Reading("()", "", "mark")
    if c == "-" and at and text[at - 1].isalnum():
        return Reading(c, " ", "mark")
    if c.isspace() or c in OPENING or c in "”)]}…»":
        return Reading(c, c if c not in "{}[]«»„" else " ", "mark")
    found = _spanned(text, at)
    return found or _chunk(text, at)


def _between(text: str, at: int, follows_number: bool) -> Reading | None:
    """Dashes, arrows, and the signs of a sum."""
    if text[at] not in " -—–+−×÷=*<>→⇒":
        return None
    arrow = ARROW.match(text, at)
    if arrow:
        return Reading(arrow[0], " to ", "sign")
    if follows_number:
        found = SUM.match(text, at)
        if found and (found[0].strip() not in "-–+<>" or re.match(r"\s\S\s", found[0])):
            return Reading(found[0], f" {amounts.sum_of_signs(found)} ", "sign")
    found = DASHES.match(text, at)
    if found and found[0].strip():
        return Reading(found[0], " — ", "mark")
    by = BY.match(text, at)
    return Reading(by[0], " by ", "sign") if by and re.search(r"\d[^\d]{0,6}$", text[max(0, at - 8) : at]) else None


def _spanned(text: str, at: int) -> Reading | None:
    c = text[at]
    if c.isdigit() or (c in "-−–+±~≈<>≤≥#." and re.match(r"\s?\.?\d", text[at + 1 : at + 4])):
        spans = DIGIT_SPANS
    elif c.isalpha() or c in "'’/.~-§$€£¥₹₩₽₺₪₱₫₦฿₴₿(+":
        spans = LETTER_SPANS
    else:
        return None
    place = _NUMBERED_PLACE.pattern.match(text, at)
    if place:
        return Reading(place[0], f" {names.room(place)} ".strip(), "number")
    for span in spans:
        found = span.pattern.match(text, at)
        if found and found[0]:
            spoken = span.read(found)
            if spoken is not None:
                return Reading(found[0], spoken, span.kind)
    return None


def _chunk(text: str, at: int) -> Reading:
    """One chunk that no span took: a word with its marks, or a composite."""
    found = CHUNK.match(text, at)
    if found is None:
        return Reading(text[at], f" {SYMBOLS.get(text[at], ' ')} ", "sign")
    chunk = found[0]
    inner = DASHES.search(chunk)
    if inner and inner.start():
        chunk = chunk[: inner.start()]
    marks = TRAILING.search(chunk)
    tail = marks[0] if marks else ""
    body = chunk[: len(chunk) - len(tail)]
    if tail and tail[0] in "'’" and body[-1:].lower() in ("s", "n") and body.isalpha():
        body, tail = body + "'", tail[1:]
    spoken, kind = _composite(body) if body else ("", "mark")
    return Reading(chunk, spoken + tail.replace("’", "'").replace("'", ""), kind)


def _composite(body: str) -> tuple[str, str]:
    """Letters, digits and signs in one: part by part."""
    if re.fullmatch(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*['’]?", body):
        return words.stretched(body), "word"
    if re.fullmatch(r"[A-Za-z]+-?\d[\d.,]*[A-Za-z\d-]*|\d+[A-Za-z][A-Za-z\d-]*", body) and re.search(r"[A-Za-z]", body):
        return names.letters_and_digits(body), "name"
    body = re.sub(r"\^([23])(?!\d)", lambda power: " squared " if power[1] == "2" else " cubed ", body)
    if re.match(r"#[A-Za-z]+-?\d", body):
        return f"number {_composite(body[1:])[0]}", "name"
    parts = PART.findall(body)
    is_sum = "=" in parts
    spoken = []
    for i, part in enumerate(parts):
        before, after = parts[i - 1] if i else "", parts[i + 1] if i + 1 < len(parts) else ""
        spoken.append(_part(part, before, after, is_sum=is_sum))
    return " ".join(" ".join(spoken).split()), "composite" if len(parts) > 1 else "sign"


def _part(part: str, before: str, after: str, *, is_sum: bool) -> str:
    if part[0].isdecimal():
        return number(part) if re.fullmatch(NUM, part) else ", ".join(map(number, re.findall(r"\d+", part)))
    if part[0].isalpha():
        if part in SYMBOLS:
            return SYMBOLS[part]
        return words.stretched(part)
    if part in "-−" and before[-1:].isdigit() and after[:1].isdigit() and is_sum:
        return "minus"
    if part in "-_.,'’" or part[0] == "_":
        return "dot" if part == "." and before[-1:].isalpha() and after[:1].isalpha() else " "
    if part == "#":
        return _hash(before, after)
    if part == "+" and before == "+":
        return "plus"
    if part in "*~^|\\`":
        return {"^": "to the"}.get(part, " ") if before and after else " "
    if part == "/":
        return _slash(before, after)
    if part in ":;!?":
        return part if not (before and after) else f"{part}"
    return SYMBOLS.get(part, " ")


def _hash(before: str, after: str) -> str:
    if before[-1:].isalnum():
        return "sharp"
    return "number" if after[:1].isdigit() else "hashtag" if after[:1].isalpha() else " "


def _slash(before: str, after: str) -> str:
    if not (before[-1:].isalnum() and after[:1].isalnum()):
        return " "
    if (before.lower(), after.lower()) == ("and", "or") or (before.isupper() and after.isupper() and len(before) > 1):
        return " "
    return "slash"
