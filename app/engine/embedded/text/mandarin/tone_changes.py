"""How tones change in running speech: neutral tones, 一 and 不, third tones in a row; and 儿, which colours a syllable.

After Lin, "The Sounds of Chinese" (2007), chapter 9.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.dictionaries.chinese_cutting import frequency
from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.word_lists import words

NUMERALS = frozenset("零一二三四五六七八九十百千万亿两几")
_DIGITS = frozenset("零一二三四五六七八九")
MEASURED_BY_GE = frozenset("一二三四五六七八九十百千万亿两几这那哪每半整各多")
ORDINAL_AFTER_YI = frozenset("月号楼级")
# 儿 is a syllable of its own in these words, and before and behind these characters; else it colours the one before.
FULL_ER = words("小儿 新生儿 混血儿 早产儿 幸运儿 低能儿 龟儿 乞儿")
FULL_ER_AFTER = frozenset("女婴幼孤胎健育男宠弃妻孩少孙")
FULL_ER_BEFORE = frozenset("女子童科媳孙时歌戏郎皇")
# Everyday words whose second syllable is neutral, where the reading list has a full tone.
NEUTRAL_SECOND = words(
    "东西 朋友 喜欢 知道 意思 先生 明白 事情 地方 告诉 漂亮 便宜 消息 关系 休息 认识 清楚 舒服 衣服 头发 眼睛 "
    "耳朵 窗户 护士 学生 力气 客气 厉害 麻烦 暖和 干净 聪明 热闹 商量 收拾 打听 打算 咳嗽 故事 名字 月亮 太阳 "
    "豆腐 葡萄 萝卜 石头 木头 骨头 舌头 师傅 客人 大夫 丈夫 姑娘 小姐 妈妈 爸爸 爷爷 奶奶 哥哥 姐姐 弟弟 妹妹 "
    "叔叔 时候 晚上 早上 屋里 心里 家里 部分 规矩 精神 主意 生意 脾气 味道 办法 困难 钥匙 胳膊 脑袋 嘴巴 尾巴 "
    "行李 云彩 亲戚 闺女 媳妇 本事 答应 招呼 照顾 打扮 耽误 糊涂 结实 老实 马虎 痛快 凉快 新鲜 在乎 似的 什么 "
    "怎么 那么 这么 多么 粮食"
)


@dataclass(slots=True)
class Syllable:
    """A character's reading: `base` toneless, `tone` 1 to 5, `word` the number of its word; typed ones are fixed.

    `char` has 儿 behind the character that it colours, and is the pinyin of a typed one.
    """

    char: str
    base: str
    tone: int
    word: int
    is_fixed: bool = False
    has_er: bool = False

    def sound(self) -> str:
        """Kokoro symbols."""
        toned = f"{self.base}{self.tone}"
        return pinyin.with_er(toned) if self.has_er else pinyin.sound(toned)


def change_tones(phrase: list[Syllable]) -> list[Syllable]:
    """The syllables between two pauses as they are said one after the other."""
    phrase = _merge_er(phrase)
    _soften(phrase)
    _change_yi_and_bu(phrase)
    _change_third_tones(phrase)
    return phrase


def _merge_er(phrase: list[Syllable]) -> list[Syllable]:
    """Fold 儿 into the syllable before it, except where it is a word or a full syllable (儿子, 女儿)."""
    merged: list[Syllable] = []
    words: dict[int, str] = {}
    for syllable in phrase:
        words[syllable.word] = words.get(syllable.word, "") + syllable.char
    for i, syllable in enumerate(phrase):
        word = words[syllable.word]
        starts_longer_word = len(word) > 1 and (i == 0 or phrase[i - 1].word != syllable.word)
        is_suffix = syllable.char == "儿" and not starts_longer_word and not _is_full_er(phrase, i, word)
        if is_suffix and merged and merged[-1].base != "er":
            merged[-1].has_er = True
            merged[-1].char += syllable.char
        else:
            merged.append(syllable)
    return merged


def _is_full_er(phrase: list[Syllable], i: int, word: str) -> bool:
    """Whether 儿 stands for a child (婴儿, 中华儿女)."""
    before = phrase[i - 1].char if i else ""
    after = phrase[i + 1] if i + 1 < len(phrase) else None
    is_in_child = after is not None and after.word == phrase[i].word and after.char in FULL_ER_BEFORE
    return word in FULL_ER or before in FULL_ER_AFTER or is_in_child


def _soften(phrase: list[Syllable]) -> None:
    """Neutral tones that the reading list does not give."""
    for i, syllable in enumerate(phrase):
        if syllable.is_fixed or i == 0:
            continue
        before = phrase[i - 1]
        same_word = before.word == syllable.word
        pair = before.char + syllable.char
        is_softened = same_word and pair in NEUTRAL_SECOND
        is_suffix = syllable.char == "们" or (syllable.char == "个" and before.char in MEASURED_BY_GE)
        if is_softened or is_suffix:
            syllable.tone = 5
        if syllable.char == "们":
            syllable.word = before.word


def _change_yi_and_bu(phrase: list[Syllable]) -> None:
    """不 rises before a fourth tone; 一 rises before a fourth, falls before the others, and stays in counting."""
    for i, syllable in enumerate(phrase[:-1]):
        following = phrase[i + 1]
        if syllable.is_fixed or syllable.tone == 5:
            continue
        if syllable.char == "不" and following.tone == 4:
            syllable.tone = 2
        elif syllable.char == "一":
            _change_yi(phrase, i)


def _change_yi(phrase: list[Syllable], i: int) -> None:
    syllable, following = phrase[i], phrase[i + 1]
    before = phrase[i - 1] if i else None
    if before and before.char == following.char and before.char not in _DIGITS:  # 看一看
        syllable.tone = 5
        return
    is_counted = following.char in _DIGITS or following.char in ORDINAL_AFTER_YI or following.char == "十"
    is_first_of_score = following.char == "比" and i + 2 < len(phrase) and phrase[i + 2].char in NUMERALS
    is_score = i > 1 and phrase[i - 1].char == "比" and phrase[i - 2].char in NUMERALS
    is_date = before is not None and before.char == "月" and following.char == "日"
    follows_number = before is not None and before.char in NUMERALS | {"第", "点", "幺", "之", "周", "期"}
    is_label = before is not None and before.char in "图表例" and following.char in "所中"
    ends_word = before is not None and before.word == syllable.word and following.word != syllable.word
    if (
        is_counted
        or is_score
        or is_first_of_score
        or is_date
        or follows_number
        or is_label
        or ends_word
        or _begins_decimal(phrase, i)
    ):
        return
    syllable.tone = 2 if following.tone == 4 or following.char == "个" else 4


def _begins_decimal(phrase: list[Syllable], i: int) -> bool:
    """Whether 点 and a digit follow (一点二), not what is a little (一点零食, 一点一滴)."""
    if phrase[i + 1].char != "点" or i + 2 >= len(phrase) or phrase[i + 2].word == phrase[i].word:
        return False
    digit = phrase[i + 2]
    rest = [syllable.char for syllable in phrase[i + 3 : i + 5] if syllable.word == digit.word]
    return digit.char in _DIGITS and (digit.char != "零" or NUMERALS.issuperset(rest))


def _change_third_tones(phrase: list[Syllable]) -> None:
    """A third tone before a third tone rises: inside words first, then across a word of one syllable."""
    third = [syllable.tone == 3 for syllable in phrase]
    for i in range(len(phrase) - 1):
        if third[i] and third[i + 1] and phrase[i].word == phrase[i + 1].word and not _starts_pair(phrase, third, i):
            _raise(phrase[i])
    for i in range(len(phrase) - 1):
        meet = phrase[i].tone == phrase[i + 1].tone == 3 and phrase[i].word != phrase[i + 1].word
        if meet and (_is_alone(phrase, i) or _is_alone(phrase, i + 1)):
            _raise(phrase[i])


def _raise(syllable: Syllable) -> None:
    if not syllable.is_fixed:
        syllable.tone = 2


def _starts_pair(phrase: list[Syllable], third: list[bool], i: int) -> bool:
    """In a word of three third tones cut 1 + 2 (纸老虎) the first keeps its tone."""
    word = phrase[i : i + 3]
    if len(word) != 3 or not all(third[i : i + 3]) or len({s.word for s in word}) > 1:
        return False
    is_whole = all(not 0 <= j < len(phrase) or phrase[j].word != word[0].word for j in (i - 1, i + 3))
    tail, head = word[1].char + word[2].char, word[0].char + word[1].char
    return is_whole and frequency(tail) > frequency(head)


def _is_alone(phrase: list[Syllable], i: int) -> bool:
    return (i == 0 or phrase[i - 1].word != phrase[i].word) and (
        i + 1 == len(phrase) or phrase[i + 1].word != phrase[i].word
    )
