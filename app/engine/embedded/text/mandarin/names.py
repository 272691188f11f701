"""Names with numbers in them: trains and flights, types, versions, 985, 双11, Roman numerals."""

from __future__ import annotations

import re

from app.engine.embedded.text.english.context import spell
from app.engine.embedded.text.english.names import ROMAN, roman_value
from app.engine.embedded.text.mandarin.numbers import cardinal, digits, telephone
from app.engine.embedded.text.mandarin.spans import span, text_after, text_before

TRAIN_AFTER = re.compile(r"\s?(?:次|号?列车|高铁|动车|航班|班机|号航班|班次|客机)")
TRAIN_BEFORE = re.compile(r"(?:高铁|动车|列车|火车|车次|航班|班机|乘坐|坐|乘|换乘|搭乘|改签|国道|高速)\s?$")
NAMED_AFTER = re.compile(
    r"\s?(?:高校|大学|院校|名校|工程|计划|大促|晚会|事件|工作制|客机|飞机|专机|国道|省道|县道|路公交|路车|路|房间"
    r"|号房|教室|室|病房|网站|卫士|杀毒|浏览器|战机|轰炸机|"
    r"快乐|表白|狂欢|购物节|年中|活动|全球|消费者|洪水|大桥|艺术区|厂|团|师|旅|部队|高地|航班|舱|公寓|厅|会议室"
    r"|包厢|包间|实验室|系列|街区|局|区|线|球场|胶囊)"
)
NAMED = frozenset(["985", "211", "618", "315", "996", "007", "863", "973", "911", "404", "520", "521", "1314",
"666", "888", "233", "110", "119", "120", "122", "114", "12306", "12315", "12345", "10086", "10010", "10000",
"360", "1024", "886", "250", "798", "731", "301", "307", "095", "12320", "12333", "95588", "95533"])  # fmt: skip
COUNT_BEFORE = re.compile(r"(?:人均|均价|单价|价格|满|减|花了?|只要|才|卖|涨到|跌到|达到?|等于|考了|大约)\s?$")
BUILDING_BEFORE = re.compile(r"(?:单元|栋|幢|号楼|\d座|[A-Z]座)$")
MOST_SPELLED = 3  # capitals before a number are letters (MU5101); a longer row of them may be a word (COVID-19)
FULL_NUMBER = re.compile(
    r"[万亿千百十]|多|余|左右|上下|以上|以下|以内|出头|元|块|人|个|天|年(?!代)|公里|米|吨|岁|分|次|名|家|点|页|度|种|斤|克|只|张|台|件|亩|倍|票"
    r"|户|位|条|座|本|套|辆|部|所"
)


def _named(found: re.Match[str]) -> str | None:
    """985高校, 318国道, 501室, 747客机: digit by digit."""
    text, after = found[0], text_after(found)
    if re.match(r"[A-Za-z%℃°/~～:-]", after):
        return None
    if COUNT_BEFORE.search(text_before(found)):
        return None
    if text in NAMED and not FULL_NUMBER.match(after) and len(text) > 2:
        return telephone(text)
    if len(text) in (3, 4) and text[-2:] != "00" and NAMED_AFTER.match(after):
        return telephone(text)
    if len(text) in (3, 4) and BUILDING_BEFORE.search(text_before(found)) and not FULL_NUMBER.match(after):
        return telephone(text)
    return None


def _festival(found: re.Match[str]) -> str:
    """38节, 61儿童节: digit by digit."""
    return digits(found[0])


def _letters_and_number(found: re.Match[str]) -> str | None:
    """G1234次, A4纸, PM2.5, GPT-4, v1, CA1234航班, 双11."""
    letters, numeral = found[1], found[2]
    if letters.isupper() and 1 < len(letters) <= MOST_SPELLED:
        letters = spell(letters)
    is_train = (
        bool(re.fullmatch(r"[GDCZTKYLS]|[A-Z]{2}", found[1]))
        and "." not in numeral
        and (TRAIN_AFTER.match(text_after(found)) or TRAIN_BEFORE.search(text_before(found)))
    )
    if is_train and len(numeral) > 1:
        return f"{letters}{telephone(numeral)}"
    joint = " " if len(found[0]) > len(found[1]) + len(numeral) else ""
    return f"{letters}{joint}{_number_in_name(numeral)}"


def _number_in_name(text: str) -> str:
    if "." in text:
        parts = text.split(".")
        return "点".join([cardinal(parts[0]), *(digits(p) if len(parts) == 2 else cardinal(p) for p in parts[1:])])
    return digits(text) if len(text) > 2 or text.startswith("0") else cardinal(text)


def _number_and_letters(found: re.Match[str]) -> str | None:
    """5G网络, 4S店, 3D打印, 1080P."""
    numeral = found[1]
    return f"{digits(numeral) if len(numeral) > 2 else cardinal(numeral)}{found[2]}"


def _lettered_range(found: re.Match[str]) -> str:
    """8k-12k."""
    return f"{cardinal(found[1])}{found[2]}到{cardinal(found[3])}{found[2]}"


def _model(found: re.Match[str]) -> str:
    """KFR-35GW, H5N1: sign by sign, the number as in other names."""
    parts = re.findall(r"[A-Z]+|\d+", found[0])
    return "".join(_number_in_name(part) if part[0].isdigit() else f" {spell(part)}" for part in parts)


def _version(found: re.Match[str]) -> str:
    return "版本" + "点".join(_number_in_name(part) for part in found[1].split("."))


def _roman(found: re.Match[str]) -> str:
    return cardinal(str(roman_value(found[1])))


def _double_day(found: re.Match[str]) -> str:
    """双11 -> 双十一."""
    return cardinal(found[0])


NAMES = [
    span("name", r"(?<![A-Za-z0-9])(?:[A-Z]{2,6}-\d{1,5}[A-Z]{1,3}|(?:[A-Z]{1,3}\d{1,3}){2,4})(?![A-Za-z0-9])", _model),
    span("name", r"(?<=[，,。！!~ ])886?(?=[。！!~～]?$)", lambda found: digits(found[0])),  # farewell in a chat
    span("version", r"[vV](\d{1,4}(?:\.\d{1,4})+)(?![A-Za-z0-9_])", _version),
    span("number", r"(?<=双)\d{1,2}(?!\d)", _double_day),
    span("name", r"(?<!\d)(?:38|51|61|71|81)(?=(?:国际)?(?:妇女|劳动|儿童|建党|建军)?节)", _festival),
    span("name", r"(?<![\d.,])\d{3,5}(?![\d.,%]|[,.]\d)", _named),
    span("name", r"(?<![A-Za-z])([A-Za-z]{1,12})[-‐\s]?(\d{1,8}(?:\.\d{1,4}){0,3})(?![\d%]"
                  r"|[A-Za-z])", _letters_and_number),
    span("range", r"(?<![\d.])(\d{1,4})([KkWw])\s?[-–—~～]\s?(\d{1,4})\2(?![A-Za-z0-9])", _lettered_range),
    span("name", r"(?<![\d.])(\d{1,4})([A-Z]{1,2}|[Kkpi])(?![A-Za-z0-9])", _number_and_letters),
    span("roman", rf"(?<=第)({ROMAN})(?<=[IVXLC])(?![A-Za-z0-9])", _roman),
    span("roman", rf"(?<![A-Za-z0-9])({ROMAN})(?<=[IVXLC])(?=[型级期类世章节卷部代度区号])", _roman),
    span("name", r"(?<![\d·])\d{1,2}·\d{1,2}(?![\d·])", lambda f: digits(f[0])),
]  # fmt: skip
