"""Written Mandarin to spoken characters: numbers, dates, money, units and signs, by WeTextProcessing's grammars.

`wetext` carries its compiled grammars in the package and needs no network. What it reads wrongly or leaves alone is
prepared here before (names with digits, ranges, units, addresses) or mended after. Toned pinyin must not pass through:
its digits are tones, not numbers.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from app.engine.chinese import HAN
from app.engine.embedded.text import pinyin
from app.engine.embedded.text.normalise_english import normalise_english

if TYPE_CHECKING:
    from wetext import Normalizer

DIGITS = "零一二三四五六七八九"
UNITS = {
    "km/h": "公里每小时", "km": "公里", "kg": "公斤", "cm": "厘米", "mm": "毫米", "ml": "毫升", "mL": "毫升",
    "mg": "毫克",
    "m/s": "米每秒", "m²": "平方米", "m^2": "平方米", "m^3": "立方米", "°C": "摄氏度", "℃": "摄氏度", "°F": "华氏度",
    "g": "克", "m": "米", "L": "升", "W": "瓦", "V": "伏", "h": "小时", "min": "分钟", "s": "秒", "dB": "分贝",
    "kW": "千瓦", "Hz": "赫兹", "kHz": "千赫兹", "MHz": "兆赫兹", "GHz": "吉赫兹", "°": "度", "px": "像素",
}  # fmt: skip
CURRENCIES = {
    "$": "美元",
    "US$": "美元",
    "€": "欧元",
    "£": "英镑",
    "¥": "元",
    "￥": "元",
    "₩": "韩元",
    "HK$": "港元",
    "₹": "卢比",
}
SIGNS = {
    "&": "和", "+": "加", "=": "等于", "×": "乘以", "÷": "除以", "≈": "约等于", "±": "正负", "%": "百分号", "@": "艾特",
    "≥": "大于等于", "≤": "小于等于", ">": "大于", "<": "小于", "π": "派", "°": "度", "→": "到", "№": "号",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_SIGN = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_NUMBER = r"\d[\d,]*(?:\.\d+)?"

CLAUSE = re.compile("([，。！？；、：…—“”（）《》])")
ADDRESS = re.compile(
    r"(?:https?://|www\.)[\w./?=&%#:~-]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:[\w-]+\.)+(?:com|cn|org|net|io)\b[\w/.-]*",
    re.ASCII,
)
BEFORE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=\d)：(?=\d)"), ":"),
    (re.compile(r"\bNo\.\s?(?=\d)|#(?=\d)", re.IGNORECASE), "第"),
    (re.compile(r"#"), ""),
    (re.compile(rf"({_SIGN})\s?({_NUMBER})\s?([万亿百千]*)"), "{money}"),
    (re.compile(r"(?<!\d)2(?=点(?:半|钟|整|多|一刻))"), "两"),
    (re.compile(r"(?<!\d)(\d\d)(?=后(?!\d))"), "{dotted}"),
    (re.compile(rf"(?<=[\d%])\s?[-–~～—至]\s?(?=[$¥€£]?\d+(?:\.\d+)?\s?[{HAN}%°℃A-Za-z])"), "到"),
    (re.compile(rf"({_NUMBER})\s?({_UNIT})(?![A-Za-z])"), "{unit}"),
    (re.compile(r"(?<=[A-Za-z])[-‐](?=\d)"), " "),
    (re.compile(r"\b[vV](\d+(?:\.\d+)+)"), "{version}"),
    (re.compile(r"(?<!\d)(\d{1,3}(?:\.\d{1,3}){3})(?!\d)"), "{dotted}"),
    (re.compile(r"(?<=[A-Za-z])(\d+)(?![\d.])"), "{name}"),
    (re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])(?=\s*(?:比|大胜|战胜|击败|领先))"), r"\1比\2"),
)  # fmt: skip


def normalise_mandarin(text: str) -> str:
    """The text with every number and sign in characters. Latin words stay; toned pinyin stays as typed."""
    pieces = []
    begin = 0
    for run in pinyin.TYPED_RUN.finditer(text):
        if not run[0].isupper():
            pieces += [_plain(text[begin : run.start()]), run[0]]
            begin = run.end()
    return "".join([*pieces, _plain(text[begin:])])


def _plain(text: str) -> str:
    if not text.strip():
        return text
    text = ADDRESS.sub(lambda found: f" {normalise_english(found[0])} ", text)
    for pattern, reading in BEFORE:
        reader = READERS.get(reading)
        text = pattern.sub(reader or reading, text)
    text = "".join(_read_numbers(clause) for clause in CLAUSE.split(text))
    for sign, word in SIGNS.items():
        text = text.replace(sign, word)
    return text


def _read_numbers(clause: str) -> str:
    """A clause with its numbers in characters. The grammars see one at a time: they join numbers over a comma."""
    return str(_normalizer().normalize(clause)) if re.search(r"\d", clause) else clause


def _money(found: re.Match[str]) -> str:
    """ "$3.50" -> "3.5美元": the sign behind, no idle zeros."""
    amount = found[2].replace(",", "")
    if "." in amount:
        amount = amount.rstrip("0").rstrip(".")
    return f"{amount}{found[3]}{CURRENCIES[found[1]]}"


def _unit(found: re.Match[str]) -> str:
    return f"{found[1]}{UNITS[found[2]]}"


def _digits(text: str) -> str:
    return "".join(DIGITS[int(c)] for c in text)


def _version(found: re.Match[str]) -> str:
    return "版本" + "点".join(_name_number(part) for part in found[1].split("."))


def _dotted(found: re.Match[str]) -> str:
    return "点".join(_digits(part) for part in found[1].split("."))


def _name(found: re.Match[str]) -> str:
    """The number in a name: "GPT4", "iPhone15", "A380"."""
    return _name_number(found[1])


def _name_number(text: str) -> str:
    if len(text) > 2 or text.startswith("0"):
        return _digits(text)
    return str(_normalizer().normalize(f"{text}号")).removesuffix("号")


READERS = {
    "{money}": _money, "{unit}": _unit, "{version}": _version, "{dotted}": _dotted, "{name}": _name,
}  # fmt: skip


@cache
def _normalizer() -> Normalizer:
    """The grammars, about 2 MB; loaded at the first number."""
    from wetext import Normalizer

    return Normalizer(lang="zh", operator="tn", traditional_to_simple=False)
