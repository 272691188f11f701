"""What is left when codes, times, amounts and names are found: ratios, ranges, fractions, plain numbers, signs."""

from __future__ import annotations

import re

from app.engine.chinese import HAN
from app.engine.embedded.text.mandarin.numbers import cardinal, counted, digits, number
from app.engine.embedded.text.mandarin.spans import BIG, DASH, NUM, span, text_after, text_before


def _ratio(found: re.Match[str]) -> str:
    return f"{number(found[1])}比{number(found[2])}"


def _fraction(found: re.Match[str]) -> str | None:
    top, bottom = found[1], found[2]
    if int(bottom) == 0 or len(bottom) > 3:
        return None
    if re.search(r"(?:血压|高压)\D{0,4}$", text_before(found)):
        return f"{cardinal(top)}，{cardinal(bottom)}"
    if (top, bottom) == ("24", "7"):
        return "二十四七"
    return f"{cardinal(bottom)}分之{cardinal(top)}"


SCORED = re.compile(
    r"\s?(?:[大险完小]?胜|逆转|击败|战胜|战平|打平|言和|取胜|获胜|领先|落后|负于|不敌|横扫|淘汰|绝杀|力克|告负|惜败|收场|拿下|打破僵局)"
)


def _score(found: re.Match[str]) -> str | None:
    """客场2-1逆转, 4-1, 0-0: what is told of a game, or falls, is no range."""
    first, second = int(found[1]), int(found[2])
    ends = re.match(r"[。，、！；,.!;）)]|$", text_after(found))
    if not (SCORED.match(text_after(found)) or (first >= second and ends)):
        return None
    return f"{cardinal(found[1])}比{cardinal(found[2])}"


def _range(found: re.Match[str]) -> str:
    """10-15个, 2～3天, 3万-5万: 到, the first of them counted by the measure word of both."""
    first, big, second = found["first"], found["first_unit"] or "", found["second"]
    after = text_after(found)
    measure = big or after
    minus = "负" if found["minus"] else ""
    return f"{minus}{counted(first.replace(',', ''), measure)}{big}到{counted(second.replace(',', ''), after)}"


def _plain(found: re.Match[str]) -> str:
    text, after, before = found["number"], text_after(found), text_before(found)
    if len(text) == 2 and re.search(r"\d[米秒块元]$", before) and not re.match(r"[万亿千百十\d.]", after):
        return digits(text)  # 1米75, 9秒58
    sign = {"-": "负", "−": "负", "+": "加", "~": "约", "≈": "约", "<": "小于", ">": "大于", "±": "正负"}.get(
        found["sign"] or "", ""
    )
    plain = text.replace(",", "")
    if (
        before.endswith(("第", "初", "周", "星期", "礼拜", "十", "百", "点", "高", "初", "大"))
        and not (before.endswith("点") and after.startswith("点"))
        and not (before.endswith(("大", "高")) and MEASURE_OF_TWO.match(after))
    ):
        return sign + (cardinal(plain) if "." not in plain else number(plain))
    if plain.isdigit() and (len(plain) >= 12 or (len(plain) > 1 and plain[0] == "0")):
        return sign + (_chapter(plain, before) or digits(plain))
    return sign + counted(plain, re.sub(r"^[到至]\d{1,4}", "", after))  # 2到3个


MEASURE_OF_TWO = re.compile("[个只条张本台部件位名人]")


def _chapter(text: str, before: str) -> str | None:
    return (
        cardinal(str(int(text))) if re.search(r"(?:章|节|课|第|集|期|单元|步骤?)\s?$", before) and int(text) else None
    )


def _number_sign(found: re.Match[str]) -> str:
    return f"第{cardinal(found[1])}"


def _operator(found: re.Match[str]) -> str:
    """The sign of a sum (10-4=6); without one, 4×100米 multiplies and 10/11 names two."""
    is_sum = re.match(r"[\d\s.+×x*/()−-]*=", text_after(found))
    if not is_sum and found[1] in "×x*/":
        return "，" if found[1] == "/" else "乘"
    return {"x": "乘以", "×": "乘以", "*": "乘以", "/": "除以"}.get(found[1], "减")


def _dash(found: re.Match[str]) -> str:
    return " " if re.search(r"[A-Za-z]$", text_before(found)) else "，"


PLAIN = [
    span("ratio", r"(?<![\d:])(\d{1,4}(?:\.\d{1,4})?)[:：](\d{1,4}(?:\.\d{1,4})?)(?![\d:])", _ratio),
    span("sign", rf"(?<=[元块次个斤吨度升米克分件人])/(?=[{HAN}])", lambda _: "每"),
    span("fraction", r"(?<![\d/.])(\d{1,4})/(\d{1,4})(?![\d/])", _fraction),
    span("number", r"(?:[Nn][Oo]\.\s?|#)(\d{1,6})(?!\d)", _number_sign),
    span("score", r"(?<![\d.:-])(\d{1,3})\s?[-–—]\s?(\d{1,3})(?![\d.:-])", _score),
    span("range", rf"(?P<minus>[-−](?<![\d%℃°]-))?(?P<first>{NUM})"
                   rf"(?P<first_unit>{BIG}"
                   rf"|[元块米天年月日号点人个岁度次倍])?{DASH}(?P<second>{NUM})(?=\s?[^\d\s:/=.]|$|\s)"
          r"(?!\s?=)", _range),
    span("sign", r"(?<=[\d)])\s?([-−–x×*/])\s?(?=[\d(])", _operator),
    span("sign", r"(?<=[\"“「『])[-−](?=[\"”」』])", lambda _: "减"),  # the key that says so
    span("number", rf"(?P<sign>[-−+~≈<>±](?<![\d)A-Za-z]-)(?<![\d)A-Za-z]\+))?\s?(?P<number>{NUM})", _plain),
    span("mark", r"\s?[-–—]{1,3}\s?", _dash),
]  # fmt: skip
