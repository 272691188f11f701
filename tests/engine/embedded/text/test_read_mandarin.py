"""What written Mandarin is read as."""

from __future__ import annotations

import pytest

from app.engine.chinese import to_simplified
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.mandarin.reader import read_mandarin

READINGS = {
    "今天是2026-11-22。": "今天是二零二六年十一月二十二日。",
    "2026年11月22日": "二零二六年十一月二十二日",
    "他1999年出生": "他一九九九年出生",
    "90年代，95后": "九十年代，九五后",
    "下午14:30": "下午十四点三十分",
    "2点半": "两点半",
    "10:00-12:00": "十点到十二点",
    "一共1234567人": "一共一百二十三万四千五百六十七人",
    "我有2个苹果": "我有两个苹果",
    "1.2亿，100万": "一点二亿，一百万",
    "第3名": "第三名",
    "No. 5": "第五",
    "1/2": "二分之一",
    "涨了3.5%": "涨了百分之三点五",
    "占50%～60%": "占百分之五十到百分之六十",
    "3块5": "三块五",
    "¥100，$3.50，€20": "一百元，三点五美元，二十欧元",
    "-5度，20°C": "负五度，二十摄氏度",
    "5 km/h": "五公里每小时",
    "10kg，3GB内存": "十公斤，三GB内存",
    "10-15个人": "十到十五个人",
    "比分3:2，10-15个人": "比分三比二，十到十五个人",
    "电话13800138000": "电话幺三八零零幺三八零零零",
    "2+3=5": "二加三等于五",
    "v2.1.3": "版本二点一点三",
    "iPhone 15和GPT-4": "iPhone 十五和G·P·T· 四",
    "5G网络": "五G网络",
    "我想guo4guo4去3次": "我想guo4guo4去三次",
    "這個問題很難": "这个问题很难",
    "**重点**：#话题#": "重点：话题",
}


@pytest.mark.parametrize(("written", "read"), READINGS.items())
def test_mandarin_is_read_as_people_read_it(written: str, read: str) -> None:
    assert "".join(reading.spoken for reading in read_mandarin(to_simplified(clean(written)))) == read
