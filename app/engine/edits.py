"""The catalogue: every task and tag, once. The engine, both backends, the API, the page and the docs read it from here.

Adding a tag is one row: its name, which is Step-Audio-EditX's own spelling and the English label, its Chinese label,
what it does in both languages, the everyday words that name it, and how the model's first weights spell it where that
differs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.engine.errors import (
    CloneIsNoEdit,
    OutOfRange,
    TagMisspelt,
    TagNeeded,
    TagNotTaken,
    UnknownTask,
)
from app.engine.facts.fact import Note
from app.engine.facts.reasons import DidYouMean, KnownTags, KnownTasks

INTENSITY_RANGE = (0.1, 3.0)  # 1.0 is standard
ITERATIONS_RANGE = (1, 4)


@dataclass(frozen=True, slots=True)
class Tag:
    """One way a task can go. `synonyms` are everyday words for it, in both languages and in lower case.

    `first_spelling` is the name that weights of before 2026-01-29 know it by, None for a sound that they do not know.
    Both names are understood.
    """

    name: str
    label_zh: str
    description: str
    description_zh: str
    synonyms: tuple[str, ...] = ()
    first_spelling: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of job. With no tags the task takes none."""

    name: str
    label_zh: str
    description: str
    description_zh: str
    tags: Mapping[str, Tag] = field(default_factory=dict)
    # What Step-Audio-EditX is told, verbatim, with {tag}, {transcript} and {text} in it; "" where no backend edits.
    instruction: str = ""
    removal: str = ""  # the instruction for the tag "remove"
    # By language of the text: how many repetitions the model's authors found best. More of them make it worse.
    advised_iterations: Mapping[str, int] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, str]:
        """Every folded spelling of a tag, the tag's name for each."""
        spelt = {folded(tag.first_spelling): tag.name for tag in self.tags.values() if tag.first_spelling}
        return spelt | {folded(name): name for name in self.tags}

    def instruction_for(self, tag: str, *, transcript: str = "", text: str = "") -> str:
        """The instruction to Step-Audio-EditX. Raises InvalidRequest for `clone`, which has none."""
        if not self.instruction:
            raise CloneIsNoEdit
        wording = self.removal if tag == "remove" and self.removal else self.instruction
        return wording.format(tag=tag, transcript=transcript.strip(), text=text)


def _task(
    name: str,
    label_zh: str,
    description: str,
    description_zh: str,
    tags: Iterable[tuple[str, ...]] = (),
    *,
    instruction: str = "",
    removal: str = "",
    advised_iterations: Mapping[str, int] | None = None,
) -> Task:
    by_name = {tag.name: tag for tag in (_tag(*row) for row in tags)}
    return Task(name, label_zh, description, description_zh, by_name, instruction, removal, advised_iterations or {})


def _tag(
    name: str, label_zh: str, description: str, description_zh: str, synonyms: str = "", first_spelling: str = ""
) -> Tag:
    words = tuple(synonyms.split(", ")) if synonyms else ()
    return Tag(name, label_zh, description, description_zh, words, first_spelling or None)


_MORE = "Make the following audio more {tag}. The text corresponding to the audio is: {transcript}\n"
_TAKE_OUT = (
    "Remove any {unwanted} from the given audio while preserving the voice content clearly. Ensure that the speech "
    "quality remains intact with minimal distortion, and eliminate all {all_of_it} from the audio.\n"
)
_REMOVE_EMOTION = "Remove any emotion in the following audio and the reference text is: {transcript}\n"


# fmt: off
CATALOGUE: Mapping[str, Task] = {
    task.name: task
    for task in (
        _task(
            "clone",
            "声音克隆",
            "Speak new text in the voice of a short recording.",
            "用一段短录音里的声音朗读新的文字。",
        ),
        _task(
            "emotion",
            "情感",
            "Give the recording an emotion, or take emotion out.",
            "给录音加上情感，或去掉情感。",
            (
                ("happy", "高兴", "Bright, higher and livelier.", "明亮、更高、更有活力。",
                 "happily, cheerful, cheerfully, cheery, joyful, joyfully, "
                 "joyous, upbeat, 开心, 快乐, 愉快, 喜悦, 欢快"),
                ("angry", "愤怒", "Loud, hard and pressed.", "响亮、生硬、紧绷。",
                 "angrily, anger, furious, furiously, annoyed, irritated, 生气, 气愤, 恼火"),
                ("sad", "悲伤", "Low, slow and subdued.", "低沉、缓慢、压抑。",
                 "sadly, sadness, sorrowful, sorrowfully, mournful, melancholy, 悲伤, 伤心, 难过, 忧伤"),
                ("humour", "幽默", "Playful, with a swing in the melody.", "俏皮，语调起伏。",
                 "humor, humorous, humorously, funny, playful, playfully, joking, 搞笑, 风趣"),
                ("confusion", "困惑", "Hesitant, ending on a questioning rise.", "犹豫，句尾疑问上扬。",
                 "confused, puzzled, bewildered, 疑惑, 迷茫"),
                ("disgusted", "厌恶", "Low and drawn, with a falling end.", "低沉拖长，句尾下降。",
                 "disgust, disgustedly, 恶心, 嫌弃"),
                ("empathy", "共情", "Soft, slow and understanding.", "轻柔、缓慢、体贴。",
                 "empathetic, empathic, sympathetic, compassionate, 同情, 体谅"),
                ("embarrass", "尴尬", "Quiet, breathy and unsure.", "小声、带气息、不自信。",
                 "embarrassed, embarrassment, 难为情"),
                ("fear", "恐惧", "High, trembling and hurried.", "高而颤抖，急促。",
                 "fearful, fearfully, scared, afraid, frightened, terrified, 害怕, 惊恐"),
                ("surprised", "惊讶", "High and wide, with a rising end.", "高而起伏大，句尾上扬。",
                 "surprise, astonished, amazed, 吃惊, 惊奇"),
                ("excited", "兴奋", "Fast, loud and very lively.", "快、响亮、非常活跃。",
                 "excitedly, excitement, enthusiastic, enthusiastically, energetic, thrilled, 激动, 热情"),
                ("depressed", "沮丧", "Very low, slow and flat.", "很低、缓慢、平淡。",
                 "gloomy, despondent, 消沉, 低落"),
                ("coldness", "冷漠", "Flat, distant and even.", "平直、疏远、冷静。",
                 "cold, coldly, indifferent, aloof, 冷淡, 冷冰冰"),
                ("admiration", "钦佩", "Warmly impressed, with a wide melody.", "由衷赞叹，旋律舒展。",
                 "admiring, admiringly, 敬佩, 赞叹"),
                ("remove", "去除情感", "Toward a neutral reading without emotion.", "回到没有情感的中性朗读。"),
            ),
            instruction=_MORE,
            removal=_REMOVE_EMOTION,
            advised_iterations={"en": 3, "zh": 3},
        ),
        _task(
            "style",
            "说话风格",
            "Change the manner of speaking, or bring it back to plain.",
            "改变说话方式，或回到平实的朗读。",
            (
                ("serious", "严肃", "Earnest and measured.", "认真而稳重。",
                 "seriously, earnest, earnestly, solemn, 认真, 庄重"),
                ("arrogant", "傲慢", "Slow and self-important.", "缓慢而自大。", "arrogantly, haughty, 高傲"),
                ("child", "儿童", "Small and high, like a child.", "细而高，像孩子。",
                 "childlike, childish, kid, 小孩, 孩子"),
                ("older", "年长", "Slow, rough and a little shaky.", "缓慢、沙哑、略带颤抖。",
                 "elderly, old, 老人, 苍老"),
                ("girl", "少女", "Light and high, like a girl.", "轻而高，像少女。"),
                ("pure", "清纯", "Clear and innocent.", "清澈、天真。"),
                ("sister", "御姐", "A mature, confident woman.", "成熟自信的女性。"),
                ("sweet", "甜美", "Light and charming.", "轻盈、甜美。"),
                ("ethereal", "空灵", "Airy, slow and floating.", "空灵、缓慢、飘渺。", "airy, dreamy"),
                ("whisper", "耳语", "Whispered, without voice.", "耳语，没有嗓音。",
                 "whispering, whispered, whispers, 悄悄话, 悄声, 轻声细语"),
                ("gentle", "温柔", "Soft and calm.", "柔和、平静。",
                 "gently, soft, softly, tender, calm, calmly, soothing, 柔和, 轻柔, 平静"),
                ("recite", "朗诵", "Slow, with the swing of a recital.", "缓慢，有朗诵的节奏。",
                 "reciting, poetic, 朗读"),
                ("generous", "大气", "Open and at ease.", "大方、从容。"),
                ("act_coy", "撒娇", "Pouting and playful.", "撒娇、俏皮。"),
                ("warm", "温暖", "Mellow and close.", "醇厚、亲近。", "warmly, 温馨"),
                ("shy", "害羞", "Quiet and hesitant.", "小声、迟疑。", "shyly, timid, 羞涩"),
                ("comfort", "安慰", "Slow and soothing.", "缓慢、抚慰。", "comforting, consoling, 抚慰"),
                ("authority", "权威", "Low, firm and commanding.", "低沉、坚定、威严。",
                 "authoritative, authoritatively, commanding, 威严"),
                ("chat", "闲聊", "Quick and casual.", "轻快、随意。",
                 "chatty, casual, casually, conversational, 聊天, 随意"),
                ("radio", "电台", "Even and full, like a host on air.", "平稳饱满，像电台主持。", "广播"),
                ("soulful", "深情", "Slow, full of feeling.", "缓慢而深情。", "heartfelt, 动情"),
                ("story", "讲故事", "Telling a story.", "讲故事的口吻。", "storyteller, storytelling, narrator, 故事"),
                ("vivid", "生动", "Lively and colourful.", "生动、有色彩。", "vividly, lively"),
                ("program", "节目主持", "Bright, like a show's presenter.", "明亮，像节目主持人。"),
                ("news", "新闻播报", "Brisk and even, like a newsreader.", "利落平稳，像新闻播报。",
                 "newsreader, newscaster, anchor, 新闻"),
                ("advertising", "广告", "Bright and selling.", "明亮，有推销感。", "advertisement, salesy"),
                ("roar", "咆哮", "Roared, rough and loud.", "咆哮，粗糙而响亮。", "roaring, 怒吼"),
                ("murmur", "低语", "Mumbled, low and quiet.", "嘟囔，低而轻。", "murmuring, mumbling, 呢喃"),
                ("shout", "呼喊", "Shouted, high and loud.", "高声呼喊。",
                 "shouting, shouted, yelling, yell, 大喊, 喊叫"),
                ("deeply", "深沉", "Deep and dark.", "低沉、浑厚。", "低沉"),
                ("loudly", "大声", "Loud and clear.", "响亮、清晰。", "loud, louder"),
                ("remove", "去除风格", "Toward plain reading without style.", "回到没有风格的平实朗读。"),
                ("exaggerated", "夸张", "Everything larger than life.", "一切都更夸张。",
                 "dramatic, dramatically, theatrical, 夸张"),
            ),
            instruction="Make the following audio more {tag} style. "
            "The text corresponding to the audio is: {transcript}\n",
            removal="Remove any speaking styles in the following audio and the reference text is: {transcript}\n",
            advised_iterations={"en": 3, "zh": 2},
        ),
        _task(
            "paralinguistic",
            "副语言",
            "Put sounds such as laughter or a sigh into the recording, where the tag stands in the text.",
            "在文字中标签所在的位置加入笑声、叹息等声音。",
            (
# In the order of the table that came with the weights of 2026-01-29.
                ("sigh", "叹气", "A sigh.", "一声叹息。", "sighing, 叹息", "Sigh"),
                ("inhale", "吸气", "A breath drawn in.", "深吸一口气。", "gasp, gasping, breathe in, breathes in"),
                ("laugh", "笑声", "A laugh.", "笑声。", "ha, haha, hahaha, lol, 笑, 大笑, 哈哈", "Laughter"),
                ("chuckle", "轻笑", "A short, low laugh behind closed lips.", "闭着嘴的低声轻笑。", "heh, hehe, 呵呵"),
                ("exhale", "呼气", "A breath let out.", "长长地呼出一口气。", "breathe out, breathes out, phew"),
                ("clears throat", "清嗓子", "The throat is cleared.", "清一清嗓子。",
                 "clear throat, clearing throat, throat clearing, ahem, 清嗓"),
                ("snort", "哼鼻", "A puff through the nose.", "从鼻子里喷出一股气。", "snorting"),
                ("giggle", "咯咯笑", "A quick, high laugh.", "又快又高的咯咯笑。", "giggling, hee hee, tee hee, 嘻嘻"),
                ("cough", "咳嗽", "A cough.", "咳嗽两声。", "coughing, 咳"),
                ("breath", "呼吸声", "A short breath.", "一次短促的呼吸。", "breathe, breathes, 呼吸", "Breathing"),
                ("uhm", "犹豫-嗯", "A hesitating 'uhm'.", "思考时的“呃”。", "uh, um, umm, er, erm, 呃", "Uhm"),
                ("Confirmation-en", "确认-嗯", "A confirming 'mm'.", "表示同意的“嗯”。", "mm, mhm, 嗯",
                 "Confirmation-en"),
                ("Surprise-oh", "惊讶-哦", "A surprised 'oh'.", "惊讶的“哦”。", "", "Surprise-oh"),
                ("Surprise-ah", "惊讶-啊", "A surprised 'ah'.", "惊讶的“啊”。", "", "Surprise-ah"),
                ("Surprise-wa", "惊讶-哇", "A surprised 'wa'.", "惊叹的“哇”。", "wow, 哇", "Surprise-wa"),
                ("Surprise-yo", "惊讶-哟", "A surprised 'yo'.", "惊讶的“哟”。", "哟"),
                ("Dissatisfaction-hnn", "不满-哼", "A displeased 'hnn'.", "不满的“哼”。", "hmph, 哼",
                 "Dissatisfaction-hnn"),
                ("Question-ei", "疑问-诶", "A questioning 'ei?'.", "疑问的“诶”。", "eh, 诶", "Question-ei"),
                ("Question-ah", "疑问-啊", "A questioning 'ah?'.", "疑问的“啊”。"),
                ("Question-en", "疑问-嗯", "A questioning 'en?'.", "疑问的“嗯”。", "huh"),
                ("Question-yi", "疑问-咦", "A questioning 'yi?'.", "疑问的“咦”。", "咦"),
                ("Question-oh", "疑问-哦", "A questioning 'oh?'.", "疑问的“哦”。"),
            ),
            instruction="Add some non-verbal sounds to make the audio more natural, the new text is : {text}\n"
            "  The text corresponding to the audio is: {transcript}\n",
        ),
        _task(
            "speed",
            "语速",
            "Change the speed at the same pitch.",
            "让录音更快或更慢，音高不变。",
            (
                ("faster", "加快", "A quarter faster.", "快四分之一。",
                 "fast, quick, quickly, quicker, 快一点, 快点, 快速"),
                ("slower", "减慢", "A fifth slower.", "慢五分之一。", "slow, slowly, 慢一点, 慢点, 慢慢, 缓慢"),
                ("more faster", "更快", "Half as fast again.", "再快一半。",
                 "very fast, very quickly, much faster, as fast as possible, 非常快"),
                ("more slower", "更慢", "A third slower.", "慢三分之一。",
                 "very slow, very slowly, much slower, as slowly as possible, 非常慢"),
            ),
            instruction=_MORE,
            removal=_REMOVE_EMOTION,
        ),
        _task(
            "denoise",
            "降噪",
            "Take the background noise away.",
            "去除背景噪声。",
            instruction=_TAKE_OUT.format(unwanted="noise", all_of_it="noise"),
        ),
        _task(
            "vad",
            "去除静音",
            "Take the silences out.",
            "去除静音部分。",
            instruction=_TAKE_OUT.format(unwanted="silent portions", all_of_it="silence"),
        ),
        _task(
            "rewrite",
            "改词",
            "Change words of the recording; all else stays as it is.",
            "改动录音里的词语，其余部分保持原样。",
        ),
        _task(
            "fillers",
            "去口头禅",
            "Take out um and uh, repeated words and long pauses; all else stays as it is.",
            "去掉嗯、呃、重复的词和过长的停顿，其余部分保持原样。",
        ),
    )
}
# fmt: on


# What changes words, leaves every other sample as it is, and is made by the engine over any backend.
WORD_TASKS = frozenset({"rewrite", "fillers"})

_WITHOUT: Mapping[str, frozenset[str]] = {  # fields of a step: the tasks that refuse them
    "intensity": WORD_TASKS,
    "iterations": WORD_TASKS | {"clone"},
    "text": frozenset(CATALOGUE) - {"clone", "paralinguistic", "rewrite"},
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A task with its tag ("" where the task takes none). `iterations` repeats it on its own result."""

    task: str
    tag: str = ""
    intensity: float = 1.0
    iterations: int = 1


def folded(name: str) -> str:
    """The form in which names are compared: case, `-`, `_` and spaces do not count."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def find_task(name: str, param: str = "task") -> Task:
    """The task of that name. Raises UnknownTask with the closest names."""
    by_folded = {folded(task): task for task in CATALOGUE}
    if folded(name) in by_folded:
        return CATALOGUE[by_folded[folded(name)]]
    raise UnknownTask(name, _hint(name, by_folded, KnownTasks), param=param)


def takes(task: str, name: str) -> bool:
    """Whether a step of this task may have `intensity`, `iterations` or `text`; so may an unknown one."""
    return folded(task) not in {folded(refusing) for refusing in _WITHOUT[name]}


def find_tag(task: Task, name: str, param: str = "tag") -> str:
    """The catalogue's spelling of a tag; "" for a task without tags. Raises UnknownTag with the closest names."""
    by_folded = task.names
    wanted = folded(name.strip().strip("[]"))
    if wanted in by_folded:
        return by_folded[wanted]
    if not task.tags:
        if wanted:
            raise TagNotTaken(task.name, name, param=param)
        return ""
    if not wanted:
        raise TagNeeded(task.name, tuple(task.tags), param=param)
    raise TagMisspelt(task.name, name, _hint(name, by_folded, KnownTags), param=param)


def make_edit(
    task: str,
    tag: str = "",
    intensity: float = 1.0,
    iterations: int = 1,
    *,
    task_param: str = "task",
    tag_param: str = "tag",
    intensity_param: str = "intensity",
    iterations_param: str = "iterations",
) -> Edit:
    """A checked Edit in the catalogue's spelling; the `*_param` are the caller's names for the fields.

    A paralinguistic edit carries its tags in the text, so its `tag` may be empty.
    Raises UnknownTask, UnknownTag, OutOfRange, InvalidRequest (for `clone`, which is no edit).
    """
    found = find_task(task, task_param)
    if found.name == "clone":
        raise CloneIsNoEdit(param=task_param)
    spelled = "" if found.name == "paralinguistic" and not tag.strip() else find_tag(found, tag, tag_param)
    check_intensity(intensity, intensity_param)
    low, high = ITERATIONS_RANGE
    if not low <= iterations <= high:
        raise OutOfRange(low, high, iterations, param=iterations_param)
    return Edit(found.name, spelled, intensity, iterations)


def check_intensity(intensity: float, param: str = "intensity") -> None:
    """Raise OutOfRange unless 0.1 <= intensity <= 3."""
    low, high = INTENSITY_RANGE
    if not low <= intensity <= high:
        raise OutOfRange(low, high, intensity, param=param)


def _hint(name: str, by_folded: Mapping[str, str], known: Callable[[tuple[str, ...]], Note]) -> Note:
    close = difflib.get_close_matches(folded(name), by_folded, n=3, cutoff=0.5)
    if close:
        return DidYouMean(tuple(dict.fromkeys(by_folded[c] for c in close)))
    return known(tuple(dict.fromkeys(by_folded.values())))
