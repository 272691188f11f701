"""Chinese numerals: cardinals, decimals, digits one by one, and 两 where 二 stands alone before a measure word."""

from __future__ import annotations

import re

DIGITS = "零一二三四五六七八九"
TELEPHONE_DIGITS = "零幺二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_MYRIADS = ("", "万", "亿", "万亿", "亿亿")
MOST_DIGITS = 16  # longer numbers are read digit by digit
# Behind a lone 2 these name something by its number; before any other measure word it is 两.
ORDINAL_WORDS = re.compile(
    r"月|日|号|楼|班|单元|年级|等奖|等座|等舱|级|环|路|线|期|届|[%％‰]|点(?!\d{2}|零?\d分|零?[一二三四五六七八九十]+分)[零一二三四五六七八九\d]|[比：:]|进制|维"
    r"|元[论次一]|次元|股东|把手|手[车房货烟]|"
    r"战|话不说|胡|奶|姐|哥|弟|妹|叔|爷|郎|百|十|环|栋|幢|座|区|队|室(?![一二两三四五\d]厅)|组|桌|床|车间|中$|中学|小$|院|厂|连|营|团|师"
    r"|型|类|册|卷|章|节(?!课|\d|电池|[五七]号|车厢|干电|藕)|页|集|季|季度|"
    r"则|号线|品|流|氧|极|甲|乙|丁|伏|黑|锅头|人转|维码|手|战|氏|表|线"
)
MEASURES = re.compile(
    r"个|只|条|张|本|台|部|件|位|名|人|口|头|匹|辆|艘|架|列|座|栋|间|套|双|对|副|把|支|枝|根|颗|粒|块|片|滴|瓶|杯"
    r"|碗|盘|盒|包|袋|箱|桶|罐|壶|"
    r"米|公里|里|厘米|毫米|千米|公分|英寸|英尺|尺|寸|丈|亩|公顷|平|平方|立方|克|公斤|千克|斤|吨|磅|盎司|毫克|升"
    r"|毫升|加仑|"
    r"元|块|角|毛|分|美元|欧元|英镑|日元|港元|韩元|卢比|倍|成|折|次|遍|趟|回|场|局|轮|届|顿|下|番|年|天|周|星期"
    r"|礼拜|小时|分钟|秒|刻钟|点|岁|代|"
    r"层|级台阶|步|种|类|项|份|篇|首|句|段|行|页书|字|题|道|门|节课|堂|封|幅|枚|朵|棵|株|束|串|群|批|排|组人|队人"
    r"|节(?=课|\d|电池|[五七]号|车厢|干电|藕)|家|户|国|省|市|县|村|处|所|扇|面|顶|"
    r"勺|汤匙|茶匙|匙|管|剂|针|圈|声|拳|刀|笼|屉|摞|叠|捆|卷|筐|篮|车|桌|版|桩|宗|起|例|股|缕|丝|阵|丛|窝|茬|拨|伙"
    r"|帮|尊|盏|笔|票|票数|度|瓦|伏|安|赫|兆|千|万|亿|半|旁|边|侧|岸|端|者|岁半|个半|周岁|晚|夜|餐|人份|平米|像素|英里"
    r"|海里|码|胎|孩|宝|室[一二两三四五\d]厅"
)


def cardinal(text: str) -> str:
    """ "20005" -> "二万零五", "12" -> "十二", "2000" -> "两千"; too long, or led by a zero: digit by digit."""
    if len(text) > MOST_DIGITS or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    number = int(text)
    if number == 0:
        return "零"
    groups = []
    while number:
        number, group = divmod(number, 10000)
        groups.append(group)
    spoken = ""
    needs_zero = False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            needs_zero = bool(spoken)
            continue
        if spoken and (needs_zero or group < 1000):
            spoken += "零"
        spoken += _group(group) + _MYRIADS[place]
        needs_zero = False
    spoken = re.sub("^一十", "十", spoken)
    return re.sub("^二(?=[千万亿])", "两", spoken)


def _group(number: int) -> str:
    """One to four digits, without a zero in front."""
    spoken, zero = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            spoken += ("零" if zero and spoken else "") + DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return spoken


def digits(text: str, table: str = DIGITS) -> str:
    """ "007" -> "零零七"; other characters are passed over."""
    return "".join(table[int(c)] for c in text if c in "0123456789")


def telephone(text: str) -> str:
    """Digit by digit with 幺 for one, groups apart by a comma where signs stand between them."""
    groups = re.findall(r"\d+", text)
    return "，".join(digits(group, TELEPHONE_DIGITS) for group in groups)


def number(text: str) -> str:
    """ "3,248.51" -> "三千二百四十八点五一", "-5" -> "负五"."""
    sign, text = ("负", text[1:]) if text[:1] in "-−" else ("", text.removeprefix("+"))
    whole, _, fraction = text.replace(",", "").partition(".")
    return sign + cardinal(whole or "0") + (f"点{digits(fraction)}" if fraction else "")


def counted(text: str, following: str) -> str:
    """A number before `following`: a lone 2 is 两 before measure words, 二 before what is named by its number."""
    if text == "2" and not ORDINAL_WORDS.match(following) and MEASURES.match(following):
        return "两"
    return number(text)
