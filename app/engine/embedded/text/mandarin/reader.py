"""Written Mandarin to spoken characters: numbers, dates, money, units and signs, in one pass over the text.

Where a digit or a sign stands, the spans are tried in order, each with what stands before and behind it: telephone
numbers and codes, dates, times, money, units, ranges, names with numbers, plain numbers. All else stays as it is:
characters, Latin words, and toned pinyin, whose digits are tones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.engine.chinese import HAN
from app.engine.embedded.text.english.names import ROMAN, roman_value
from app.engine.embedded.text.english.reader import normalise_english
from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.mandarin.numbers import cardinal, counted, digits, number, telephone
from app.engine.embedded.text.mandarin.tables import COUNTED_PER, CURRENCIES, SIGNS, UNITS
from app.engine.reading import Reading

NUM = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,20})?|\d{1,25}(?:\.\d{1,20})?)"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_SIGN = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_CODE = "|".join(code for code in CURRENCIES if code.isalpha())
_MONEY_WORDS = "元|块钱|块|美元|欧元|英镑|日元|港元|港币|人民币|韩元|卢比|澳元|加元|新台币|卢布|泰铢|美金"
_TO = r"\s?[-–—~～至到]\s?"
_DASH = r"\s?[-–—~～]{1,2}\s?"
_BIG = "万亿|[十百千万亿]"
LOOK_BACK, LOOK_AHEAD = 24, 12
HAN_RUN = re.compile(r"[^\x21-\x7e\u00a0-\u02ff\u0370-\u03ff\u2000-\u2bff\uff04\uffe1\uffe5]+")
ADDRESS = re.compile(
    r"(?:https?://|www\.)[\w./?=&%#:~-]{1,500}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
    r"|(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|cn|org|net|io|edu|gov|top|vip|cc|me)\b[\w/.-]{0,200}",
    re.ASCII,
)
LATIN = re.compile(r"[A-Za-zÀ-ɏ]{1,60}(?:[-'’&./+#][A-Za-zÀ-ɏ]{1,60}){0,4}(?:\+\+|\+|#|\.(?=\s[A-Za-z]))?")
CODE_BEFORE = re.compile(
    r"(?:电话|手机|号码|拨打|致电|热线|客服|传真|座机|联系方式|短信|QQ|qq|微信|身份证|卡号|账号|帐号|账户|学号|工号"
    r"|编号|订单号|订单|单号|快递|邮编|邮政编码|验证码|"
    r"密码|口令|车牌|车牌号|房号|门牌号|房间号|航班|航班号|车次|尾号|证号|证件号|税号|护照|群号|会员号|股票代码"
    r"|代码|区号|序列号|条形码|批号|档案号|请拨|打|拨|呼叫|"
    r"转|分机|邀请码|提取码|取件码|兑换码|识别码|信用代码|工单号|病历号|准考证|准考证号|电话号|手机号|银行卡|信用卡"
    r"|卡|票号|案号|流水号|ID|id|给)"
    r"(?:号码|号|是|为|:|：|\s|的|改成|改为|换成|叫|在|末尾|后四位|后六位|我|他|她|热线|电话|客服|拨打|，|,){0,6}$"
)
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
FULL_NUMBER = re.compile(
    r"[万亿千百十]|多|余|元|块|人|个|天|年(?!代)|公里|米|吨|岁|分|次|名|家|点|页|度|种|斤|克|只|张|台|件|亩|倍|票"
    r"|户|位|条|座|本|套|辆|部|所"
)


@dataclass(frozen=True, slots=True)
class _Span:
    kind: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], str | None]


def _span(kind: str, pattern: str, read: Callable[[re.Match[str]], str | None]) -> _Span:
    return _Span(kind, re.compile(pattern), read)


def read_mandarin(text: str) -> Iterator[Reading]:
    """The text as readings; their written parts joined give the text back."""
    at = 0
    while at < len(text):
        reading = _next(text, at)
        yield reading
        at += len(reading.written)


def _next(text: str, at: int) -> Reading:
    typed = pinyin.TYPED_RUN.match(text, at)
    if typed and not typed[0].isupper():
        return Reading(typed[0], typed[0], "pinyin")
    plain = HAN_RUN.match(text, at)
    if plain:
        return Reading(plain[0], plain[0], "word")
    address = (
        ADDRESS.match(text, at)
        if text[at].isalnum() and (not at or not text[at - 1].isascii() or not text[at - 1].isalnum())
        else None
    )
    if address:
        return Reading(address[0], f" {normalise_english(address[0])} ", "address")
    for span in SPANS:
        found = span.pattern.match(text, at)
        if found and found[0]:
            spoken = span.read(found)
            if spoken is not None:
                return Reading(found[0], spoken, span.kind)
    latin = LATIN.match(text, at)
    if latin:
        has_signs = not latin[0].isalpha()
        return Reading(latin[0], normalise_english(latin[0]) if has_signs else latin[0], "word")
    return Reading(text[at], SIGNS.get(text[at], "" if text[at] in "#*_^|~\\" else text[at]), "sign")


# ---- what stands around --------------------------------------------------------------------------------------------


def _before(found: re.Match[str]) -> str:
    return found.string[max(0, found.start() - LOOK_BACK) : found.start()]


def _after(found: re.Match[str]) -> str:
    return found.string[found.end() : found.end() + LOOK_AHEAD].lstrip(" ")


# ---- codes and names -----------------------------------------------------------------------------------------------


def _phone(found: re.Match[str]) -> str:
    plus = "加" if found[0].startswith("+") else ""
    return plus + telephone(found[0])


def _code(found: re.Match[str]) -> str | None:
    """Digits behind 电话, 身份证号, 密码 and their like; also where letters stand between them."""
    if not CODE_BEFORE.search(_before(found)):
        return None
    if len(found[0]) < 5 and re.match(r"[万亿千百元块个人次天点分条张年月]", _after(found)):
        return None
    parts = re.findall(r"\d+|[A-Za-z]+", found[0])
    return "，".join(telephone(part) if part[0].isdigit() else part for part in parts)


def _plate(found: re.Match[str]) -> str:
    return f"{found[2]} " + "".join(telephone(c) if c.isdigit() else f" {c}" for c in found[3])


def _identity(found: re.Match[str]) -> str:
    """The number of an identity card, whose last sign may be an X."""
    return telephone(found[0]) + (" X" if found[0][-1] in "Xx" else "")


def _named(found: re.Match[str]) -> str | None:
    """985高校, 318国道, 501室, 747客机: digit by digit."""
    text, after = found[0], _after(found)
    if re.match(r"[A-Za-z%℃°/~～:-]", after):
        return None
    if text in NAMED and not FULL_NUMBER.match(after) and len(text) > 2:
        return telephone(text)
    if len(text) in (3, 4) and text[-2:] != "00" and NAMED_AFTER.match(after):
        return telephone(text)
    return None


def _letters_and_number(found: re.Match[str]) -> str | None:
    """G1234次, A4纸, PM2.5, GPT-4, v1, CA1234航班, 双11."""
    letters, numeral = found[1], found[2]
    is_train = (
        bool(re.fullmatch(r"[GDCZTKYLS]|[A-Z]{2}", letters))
        and "." not in numeral
        and (TRAIN_AFTER.match(_after(found)) or TRAIN_BEFORE.search(_before(found)))
    )
    if is_train and len(numeral) > 1:
        return f"{letters}{telephone(numeral)}"
    joint = " " if len(found[0]) > len(letters) + len(numeral) else ""
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


def _version(found: re.Match[str]) -> str:
    return "版本" + "点".join(_number_in_name(part) for part in found[1].split("."))


def _dotted(found: re.Match[str]) -> str:
    return "点".join(digits(part) for part in found[0].split("."))


def _roman(found: re.Match[str]) -> str:
    return cardinal(str(roman_value(found[1])))


def _double_day(found: re.Match[str]) -> str:
    """双11 -> 双十一."""
    return cardinal(found[0])


# ---- dates and times -----------------------------------------------------------------------------------------------


def _date(found: re.Match[str]) -> str | None:
    month, day = int(found[3]), int(found[4])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digits(found[1])}年{cardinal(str(month))}月{cardinal(str(day))}{_day_word(found)}"


def _day_word(found: re.Match[str]) -> str:
    return "" if _after(found)[:1] in ("日", "号") else "日"


def _year(found: re.Match[str]) -> str | None:
    """1999年, 2024年; but 2000年历史, 有1000年 are counts."""
    text = found[1]
    if not 1000 <= int(text) <= 2999 or re.match(r"(?:的?历史|多|来|之久|前的?$)", _after(found)):
        return None
    if text.endswith("000") and text != "2000" and not re.match(r"\d", _after(found)):
        return None
    return f"{digits(text)}年"


def _year_range(found: re.Match[str]) -> str | None:
    """2024-2025学年, 1937—1945年."""
    first, second = found[1], found[2]
    if not (1000 <= int(first) < int(second) <= 2100) or not re.match(
        r"学年|年|财年|赛季|届|级|[）)]|期间|年度", _after(found)
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
    after, before = _after(found), _before(found)
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


def _ratio(found: re.Match[str]) -> str:
    return f"{number(found[1])}比{number(found[2])}"


# ---- amounts -------------------------------------------------------------------------------------------------------


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


def _fraction(found: re.Match[str]) -> str | None:
    top, bottom = found[1], found[2]
    if int(bottom) == 0 or len(bottom) > 3:
        return None
    if (top, bottom) == ("24", "7"):
        return "二十四七"
    return f"{cardinal(bottom)}分之{cardinal(top)}"


def _range(found: re.Match[str]) -> str:
    """10-15个, 2～3天, 3万-5万: 到, the first of them counted by the measure word of both."""
    first, big, second = found["first"], found["first_unit"] or "", found["second"]
    after = _after(found)
    measure = big or after
    minus = "负" if found["minus"] else ""
    return f"{minus}{counted(first.replace(',', ''), measure)}{big}到{counted(second.replace(',', ''), after)}"


def _plain(found: re.Match[str]) -> str:
    text, after, before = found["number"], _after(found), _before(found)
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
    return sign + counted(plain, after)


MEASURE_OF_TWO = re.compile("[个只条张本台部件位名人]")


def _chapter(text: str, before: str) -> str | None:
    return (
        cardinal(str(int(text))) if re.search(r"(?:章|节|课|第|集|期|单元|步骤?)\s?$", before) and int(text) else None
    )


def _number_sign(found: re.Match[str]) -> str:
    return f"第{cardinal(found[1])}"


def _power(found: re.Match[str]) -> str:
    base = number(found[1]) if found[1][0].isdigit() else f" {found[1]} "
    exponent = found[2]
    if exponent in ("2", "3"):
        return f"{base}的{'平' if exponent == '2' else '立'}方"
    return f"{base}的{number(exponent)}次方"


def _minus(found: re.Match[str]) -> str:
    return {"-": "减", "−": "减", "–": "减", "x": "乘以", "*": "乘以", "/": "除以"}[found[1]]


def _dash(found: re.Match[str]) -> str:
    return " " if re.search(r"[A-Za-z]$", _before(found)) else "，"


SPANS = [
    _span("phone", r"(?<![\d.])(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d{4}){2}(?!\d)", _phone),
    _span("phone", r"(?<![\d.])(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3})\s?[-–—\s]?\s?(?:\d{3,4}[-\s]\d{4}"
          r"|\d{7,8})(?:\s?[-–—转]\s?\d{1,5})?"
                   r"(?!\d)", _phone),
    _span("phone", r"(?<![\d.])[48]00[-\s]?(?:\d{3}[-\s]?\d{4}|\d{4}[-\s]?\d{3}|\d{7})(?!\d)", _phone),
    _span("phone", r"\+\d{1,3}(?:[\s-]\d{2,5}){2,5}", _phone),
    _span("code", r"(?<!\d)\d{4}(?:[ -]\d{4}){2,4}(?:[ -]\d{1,3})?(?!\d)|(?<!\d)\d{2,6}(?:-\d{2,8}){3,6}"
                  r"(?!\d)", _phone),
    _span("code", r"(?<![\d.])[1-9]\d{16}[\dXx]", _identity),
    _span("code", r"(?<=[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼])"
          r"()([A-Z])[·\s]?([A-Z0-9]{5,6})(?![A-Za-z0-9])", _plate),
    _span("code", r"(?<![\d.A-Za-z])(?=[A-Za-z-]{0,8}\d)"
          r"[A-Za-z0-9]{3,32}(?:-[A-Za-z0-9]{2,12}){0,4}(?![A-Za-z0-9.%])", _code),
    _span("date", r"(?<!\d)(\d{4})\s?([-/.])\s?(\d{1,2})\2(\d{1,2})(?![\d.])", _date),
    _span("date", r"(?<!\d)(\d{4})[-–—~～至到](\d{4})(?!\d)", _year_range),
    _span("date", r"(?<!\d)(\d{4})年", _year),
    _span("date", r"(?<!\d)(\d{2})(?=后(?!\d))", _decade),
    _span("date", r"(?<!\d)(\d{1,2})月(\d{1,2})(?=[日号])", _month_day),
    _span("time", r"(?<![\d:])(\d{1,2}:\d{2}(?::\d{2})?)\s?[-–—~～至到]\s?(\d{1,2}:\d{2}(?::\d{2})?)"
                  r"(?![\d:])", _clock_range),
    _span("time", r"(?<![\d:])(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?![\d:])", _clock),
    _span("ratio", r"(?<![\d:])(\d{1,4}(?:\.\d{1,4})?)[:：](\d{1,4}(?:\.\d{1,4})?)(?![\d:])", _ratio),
    _span("money", rf"(?P<minus>[-−])?(?P<sign>{_SIGN})\s?(?P<first>{NUM})(?P<first_big>{_BIG})?"
                   rf"(?:{_TO}(?:{_SIGN})?\s?(?P<second>{NUM})"
          rf"(?P<big>{_BIG})?)?\s?(?P<word>{_MONEY_WORDS})?(?P<per>/(?:{_UNIT}|{COUNTED_PER}))?", _money),
    _span("money", rf"({NUM})\s?({_BIG})?\s?([$€£¥￥₩₹]|(?:{_CODE})(?![A-Za-z]))", _money_behind),
    _span("percent", rf"(?P<minus>[-−](?<![\d%]-))?(?P<first>{NUM})(?P<first_sign>[%‰])?{_TO}(?P<second>{NUM})"
                     rf"(?P<sign>[%‰])", _percent),
    _span("percent", rf"(?P<minus>[-−](?<![\d%]-))?(?P<first>{NUM})(?P<second>(?!))?(?P<first_sign>(?!))?\s?"
                     rf"(?P<sign>[%‰])", _percent),
    _span("version", r"[vV](\d{1,4}(?:\.\d{1,4})+)(?![\w])", _version),
    _span("dotted", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", _dotted),
    _span("power", rf"({NUM}|[A-Za-z])\^\(?([-−]?\d{{1,4}})\)?", _power),
    _span("unit", rf"(?P<minus>[-−](?<![\d%℃°]-))?(?P<first>{NUM})(?P<both>{_UNIT})?{_DASH}(?P<second>{NUM})\s?"
                  rf"(?P<unit>{_UNIT})"
          rf"(?P<per>(?:\s?/\s?(?:{_UNIT}|{COUNTED_PER})){{1,2}})?(?![A-Za-z])", _with_unit),
    _span("unit", rf"(?P<minus>[-−](?<![\d%℃°]-))?(?P<first>{NUM})(?P<second>(?!))?(?P<both>(?!))?\s?(?P<unit>{_UNIT})"
          rf"(?P<per>(?:\s?/\s?(?:{_UNIT}|{COUNTED_PER})){{1,2}})?(?![A-Za-z])", _with_unit),
    _span("number", r"(?<=双)\d{1,2}(?!\d)", _double_day),
    _span("name", r"(?<![\d.,])\d{3,5}(?![\d.,%]|[,.]\d)", _named),
    _span("name", r"(?<![A-Za-z])([A-Za-z]{1,12})[-‐\s]?(\d{1,8}(?:\.\d{1,4}){0,3})(?![\d%]"
                  r"|[A-Za-z])", _letters_and_number),
    _span("name", r"(?<![\d.])(\d{1,4})([A-Z]{1,2}|[Kkpi])(?![A-Za-z0-9])", _number_and_letters),
    _span("roman", rf"(?<=第)({ROMAN})(?<=[IVXLC])(?![A-Za-z0-9])", _roman),
    _span("roman", rf"(?<![A-Za-z0-9])({ROMAN})(?<=[IVXLC])(?=[型级期类世章节卷部代度区号])", _roman),
    _span("sign", rf"(?<=[元块次个斤吨度升米克分件人])/(?=[{HAN}])", lambda _: "每"),
    _span("unit", rf"(\d{{2,3}})/(\d{{2,3}})\s?({_UNIT})(?![A-Za-z])", _pressure),
    _span("fraction", r"(?<![\d/.])(\d{1,4})/(\d{1,4})(?![\d/])", _fraction),
    _span("number", r"(?:[Nn][Oo]\.\s?|#)(\d{1,6})(?!\d)", _number_sign),
    _span("name", r"(?<![\d·])\d{1,2}·\d{1,2}(?![\d·])", lambda f: digits(f[0])),
    _span("range", rf"(?P<minus>[-−](?<![\d%℃°]-))?(?P<first>{NUM})"
                   rf"(?P<first_unit>{_BIG}"
                   rf"|[元块米天年月日号点人个岁度次倍])?{_DASH}(?P<second>{NUM})(?=\s?[^\d\s:/=.]|$|\s)"
          r"(?!\s?=)", _range),
    _span("sign", r"(?<=[\d)])\s?([-−–x*/])\s?(?=[\d(])", _minus),
    _span("number", rf"(?P<sign>[-−+~≈<>±](?<![\d)A-Za-z]-)(?<![\d)A-Za-z]\+))?\s?(?P<number>{NUM})", _plain),
    _span("mark", r"\s?[-–—]{1,3}\s?", _dash),
]  # fmt: skip
