"""Numbers that are read digit by digit: telephones, cards, orders, plates, addresses of machines."""

from __future__ import annotations

import re

from app.engine.embedded.text.mandarin.numbers import digits, telephone
from app.engine.embedded.text.mandarin.spans import span, text_after, text_before

CODE_BEFORE = re.compile(
    r"(?:电话|手机|号码|拨打|致电|热线|客服|传真|座机|联系方式|短信|QQ|qq|微信|身份证|卡号|账号|帐号|账户|学号|工号"
    r"|编号|订单号|订单|单号|快递|邮编|邮政编码|验证码|"
    r"密码|口令|车牌|车牌号|房间|房号|门牌号|房间号|航班|航班号|车次|尾号|证号|证件号|税号|护照|群号|会员号|股票代码"
    r"|代码|区号|序列号|条形码|批号|档案号|请拨|打|拨|呼叫|"
    r"转|分机|邀请码|提取码|取件码|兑换码|识别码|信用代码|工单号|病历号|准考证|准考证号|电话号|手机号|银行卡|信用卡"
    r"|卡|票号|案号|流水号|ID|id|给)"
    r"(?:号码|号|是|为|:|：|\s|的|改成|改为|换成|叫|在|末尾|后四位|后六位|我|他|她|热线|电话|客服|拨打|，|,){0,6}$"
)


def _phone(found: re.Match[str]) -> str:
    plus = "加" if found[0].startswith("+") else ""
    return plus + telephone(found[0])


def _code(found: re.Match[str]) -> str | None:
    """Digits behind 电话, 身份证号, 密码 and their like; also where letters stand between them."""
    if not CODE_BEFORE.search(text_before(found)):
        return None
    if len(found[0]) < 5 and re.match(r"[万亿千百元块个人次天点分条张年月架班列趟]", text_after(found)):
        return None
    parts = re.findall(r"\d+|[A-Za-z]+", found[0])
    return "，".join(telephone(part) if part[0].isdigit() else part for part in parts)


def _plate(found: re.Match[str]) -> str:
    return f"{found[2]} " + "".join(telephone(c) if c.isdigit() else f" {c}" for c in found[3])


def _identity(found: re.Match[str]) -> str:
    """The number of an identity card, whose last sign may be an X."""
    return telephone(found[0]) + (" X" if found[0][-1] in "Xx" else "")


def _dotted(found: re.Match[str]) -> str:
    return "点".join(digits(part) for part in found[0].split("."))


CODES = [
    span("phone", r"(?<![\d.])(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d{4}){2}(?!\d)", _phone),
    span("phone", r"(?<![\d.])(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3})\s?[-–—\s]?\s?(?:\d{3,4}[-\s]\d{4}"
          r"|\d{7,8})(?:\s?[-–—转]\s?\d{1,5})?"
                   r"(?!\d)", _phone),
    span("phone", r"(?<![\d.])[48]00[-\s]?(?:\d{3}[-\s]?\d{4}|\d{4}[-\s]?\d{3}|\d{7})(?!\d)", _phone),
    span("phone", r"\+\d{1,3}(?:[\s-]\d{2,5}){2,5}", _phone),
    span("code", r"(?<!\d)\d{4}(?:[ -]\d{4}){2,4}(?:[ -]\d{1,3})?(?!\d)|(?<!\d)\d{2,6}(?:-\d{2,8}){3,6}"
                  r"(?!\d)", _phone),
    span("code", r"(?<![\d.])[1-9]\d{16}[\dXx]", _identity),
    span("code", r"(?<=[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼])"
          r"()([A-Z])[·\s]?([A-Z0-9]{5,6})(?![A-Za-z0-9])", _plate),
    span("code", r"(?<![\d.A-Za-z])(?=[A-Za-z-]{0,8}\d)"
          r"[A-Za-z0-9]{3,32}(?:-[A-Za-z0-9]{2,12}){0,4}(?![A-Za-z0-9.%])", _code),
    span("code", r"(?<![\d.A-Za-z-])\d{1,2}(?:-\d{2,12}){1,4}(?![A-Za-z0-9.%-])", _code),
    span("dotted", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", _dotted),
]  # fmt: skip
