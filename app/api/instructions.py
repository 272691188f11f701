"""OpenAI's free-text `instructions`, as far as they name something in the catalogue.

The catalogue's own tag names and Chinese labels count, and the everyday words for them listed here. Words that a
negation precedes do not count. One emotion, one style and one speed are taken; further ones are named as left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.engine.edits import CATALOGUE, Edit

TASKS = ("emotion", "style", "speed")

# Words people use -> (task, tag). A test holds every target against the catalogue.
SYNONYMS: dict[tuple[str, str], str] = {
    (
        "emotion",
        "happy",
    ): "happily, cheerful, cheerfully, cheery, joyful, joyfully, joyous, upbeat, 开心, 快乐, 愉快, 喜悦, 欢快",
    ("emotion", "angry"): "angrily, anger, furious, furiously, annoyed, irritated, 生气, 气愤, 恼火",
    ("emotion", "sad"): "sadly, sadness, sorrowful, sorrowfully, mournful, melancholy, 悲伤, 伤心, 难过, 忧伤",
    ("emotion", "humour"): "humor, humorous, humorously, funny, playful, playfully, joking, 搞笑, 风趣",
    ("emotion", "confusion"): "confused, puzzled, bewildered, 疑惑, 迷茫",
    ("emotion", "disgusted"): "disgust, disgustedly, 恶心, 嫌弃",
    ("emotion", "empathy"): "empathetic, empathic, sympathetic, compassionate, 同情, 体谅",
    ("emotion", "embarrass"): "embarrassed, embarrassment, 难为情",
    ("emotion", "fear"): "fearful, fearfully, scared, afraid, frightened, terrified, 害怕, 惊恐",
    ("emotion", "surprised"): "surprise, astonished, amazed, 吃惊, 惊奇",
    ("emotion", "excited"): "excitedly, excitement, enthusiastic, enthusiastically, energetic, thrilled, 激动, 热情",
    ("emotion", "depressed"): "gloomy, despondent, 消沉, 低落",
    ("emotion", "coldness"): "cold, coldly, indifferent, aloof, 冷淡, 冷冰冰",
    ("emotion", "admiration"): "admiring, admiringly, 敬佩, 赞叹",
    ("style", "serious"): "seriously, earnest, earnestly, solemn, 认真, 庄重",
    ("style", "arrogant"): "arrogantly, haughty, 高傲",
    ("style", "child"): "childlike, childish, kid, 小孩, 孩子",
    ("style", "older"): "elderly, old, 老人, 苍老",
    ("style", "ethereal"): "airy, dreamy",
    ("style", "whisper"): "whispering, whispered, whispers, 悄悄话, 悄声, 轻声细语",
    ("style", "gentle"): "gently, soft, softly, tender, calm, calmly, soothing, 柔和, 轻柔, 平静",
    ("style", "recite"): "reciting, poetic, 朗读",
    ("style", "warm"): "warmly, 温馨",
    ("style", "shy"): "shyly, timid, 羞涩",
    ("style", "comfort"): "comforting, consoling, 抚慰",
    ("style", "authority"): "authoritative, authoritatively, commanding, 威严",
    ("style", "chat"): "chatty, casual, casually, conversational, 聊天, 随意",
    ("style", "radio"): "广播",
    ("style", "soulful"): "heartfelt, 动情",
    ("style", "story"): "storyteller, storytelling, narrator, 故事",
    ("style", "vivid"): "vividly, lively",
    ("style", "news"): "newsreader, newscaster, anchor, 新闻",
    ("style", "advertising"): "advertisement, salesy",
    ("style", "roar"): "roaring, 怒吼",
    ("style", "murmur"): "murmuring, mumbling, 呢喃",
    ("style", "shout"): "shouting, shouted, yelling, yell, 大喊, 喊叫",
    ("style", "deeply"): "低沉",
    ("style", "loudly"): "loud, louder",
    ("style", "exaggerated"): "dramatic, dramatically, theatrical, 夸张",
    ("speed", "faster"): "fast, quick, quickly, quicker, 快一点, 快点, 快速",
    ("speed", "slower"): "slow, slowly, 慢一点, 慢点, 慢慢, 缓慢",
    ("speed", "more faster"): "very fast, very quickly, much faster, as fast as possible, 非常快",
    ("speed", "more slower"): "very slow, very slowly, much slower, as slowly as possible, 非常慢",
}
NEGATION_CHARS = 60  # how far before a word its negation is looked for
_NEGATION = re.compile(
    r"(\b(not|never|no|without|less|avoid|isn't|don't|do not)\s+(\w+\s+){0,2}|[不别没勿](要|用|太|那么)*)$"
)
_LATIN = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Heeded:
    """The edits that instructions name, in the order of mention, and the words that were left out."""

    edits: tuple[Edit, ...]
    left_out: tuple[str, ...]


def heed(instructions: str) -> Heeded:
    """Find what the text names in the catalogue."""
    taken: dict[str, Edit] = {}
    left_out: list[str] = []
    for task, tag, word in _mentions(instructions.lower().replace("’", "'")):
        edit = Edit(task, tag)
        if taken.setdefault(task, edit) != edit and word not in left_out:
            left_out.append(word)
    return Heeded(tuple(taken.values()), tuple(left_out))


def _mentions(text: str) -> Iterator[tuple[str, str, str]]:
    table, pattern = _vocabulary()
    for match in pattern.finditer(text):
        if not _NEGATION.search(text, max(0, match.start() - NEGATION_CHARS), match.start()):
            yield *table[match.group()], match.group()


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[dict[str, tuple[str, str]], re.Pattern[str]]:
    """Word -> (task, tag), and a pattern that finds the longest words first."""
    table: dict[str, tuple[str, str]] = {}
    for target, phrases in SYNONYMS.items():
        table.update(dict.fromkeys(phrases.split(", "), target))
    for task in TASKS:
        for tag in CATALOGUE[task].tags.values():
            if tag.name != "remove":
                table[tag.name.replace("_", " ").lower()] = table[tag.label_zh] = (task, tag.name)
    ordered = sorted(table, key=len, reverse=True)
    return table, re.compile(
        "|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if _LATIN.match(w) else re.escape(w) for w in ordered)
    )
