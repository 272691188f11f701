"""The catalogue: every task and tag, once. The engine, both backends, the API, the page and the docs read it from here.

Names are verbatim those of Step-Audio-EditX. Adding a tag is one line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.engine.errors import InvalidRequest, OutOfRange, UnknownTag, UnknownTask

INTENSITY_RANGE = (0.1, 3.0)  # 1.0 is standard
ITERATIONS_RANGE = (1, 4)


@dataclass(frozen=True, slots=True)
class Tag:
    """One way a task can go."""

    name: str
    description: str
    label_zh: str


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of job. With no tags the task takes none."""

    name: str
    description: str
    label_zh: str
    tags: Mapping[str, Tag] = field(default_factory=dict)
    instruction: str = ""  # what Step-Audio-EditX is told, verbatim, with {tag}, {transcript} and {text} in it
    removal: str = ""  # the instruction for the tag "remove"

    def instruction_for(self, tag: str, *, transcript: str = "", text: str = "") -> str:
        """The instruction to Step-Audio-EditX. Raises InvalidRequest for `clone`, which has none."""
        if not self.instruction:
            raise InvalidRequest(f"'{self.name}' is not an edit of a recording.")
        wording = self.removal if tag == "remove" and self.removal else self.instruction
        return wording.format(tag=tag, transcript=transcript.strip(), text=text)


def _task(
    name: str,
    description: str,
    label_zh: str,
    tags: Iterable[tuple[str, str, str]] = (),
    *,
    instruction: str = "",
    removal: str = "",
) -> Task:
    return Task(name, description, label_zh, {row[0]: Tag(*row) for row in tags}, instruction, removal)


_MORE = "Make the following audio more {tag}. The text corresponding to the audio is: {transcript}\n"
_TAKE_OUT = (
    "Remove any {unwanted} from the given audio while preserving the voice content clearly. Ensure that the speech "
    "quality remains intact with minimal distortion, and eliminate all {all_of_it} from the audio.\n"
)
_REMOVE_EMOTION = "Remove any emotion in the following audio and the reference text is: {transcript}\n"


CATALOGUE: Mapping[str, Task] = {
    task.name: task
    for task in (
        _task("clone", "Speak new text in the voice of a short recording.", "声音克隆"),
        _task(
            "emotion",
            "Give the recording an emotion, or take emotion out.",
            "情感",
            (
                ("happy", "Bright, higher and livelier.", "高兴"),
                ("angry", "Loud, hard and pressed.", "愤怒"),
                ("sad", "Low, slow and subdued.", "悲伤"),
                ("humour", "Playful, with a swing in the melody.", "幽默"),
                ("confusion", "Hesitant, ending on a questioning rise.", "困惑"),
                ("disgusted", "Low and drawn, with a falling end.", "厌恶"),
                ("empathy", "Soft, slow and understanding.", "共情"),
                ("embarrass", "Quiet, breathy and unsure.", "尴尬"),
                ("fear", "High, trembling and hurried.", "恐惧"),
                ("surprised", "High and wide, with a rising end.", "惊讶"),
                ("excited", "Fast, loud and very lively.", "兴奋"),
                ("depressed", "Very low, slow and flat.", "沮丧"),
                ("coldness", "Flat, distant and even.", "冷漠"),
                ("admiration", "Warmly impressed, with a wide melody.", "钦佩"),
                ("remove", "Toward a neutral reading without emotion.", "去除情感"),
            ),
            instruction=_MORE,
            removal=_REMOVE_EMOTION,
        ),
        _task(
            "style",
            "Change the manner of speaking, or bring it back to plain.",
            "说话风格",
            (
                ("serious", "Earnest and measured.", "严肃"),
                ("arrogant", "Slow and self-important.", "傲慢"),
                ("child", "Small and high, like a child.", "儿童"),
                ("older", "Slow, rough and a little shaky.", "年长"),
                ("girl", "Light and high, like a girl.", "少女"),
                ("pure", "Clear and innocent.", "清纯"),
                ("sister", "A mature, confident woman.", "御姐"),
                ("sweet", "Light and charming.", "甜美"),
                ("ethereal", "Airy, slow and floating.", "空灵"),
                ("whisper", "Whispered, without voice.", "耳语"),
                ("gentle", "Soft and calm.", "温柔"),
                ("recite", "Slow, with the swing of a recital.", "朗诵"),
                ("generous", "Open and at ease.", "大气"),
                ("act_coy", "Pouting and playful.", "撒娇"),
                ("warm", "Mellow and close.", "温暖"),
                ("shy", "Quiet and hesitant.", "害羞"),
                ("comfort", "Slow and soothing.", "安慰"),
                ("authority", "Low, firm and commanding.", "权威"),
                ("chat", "Quick and casual.", "闲聊"),
                ("radio", "Even and full, like a host on air.", "电台"),
                ("soulful", "Slow, full of feeling.", "深情"),
                ("story", "Telling a story.", "讲故事"),
                ("vivid", "Lively and colourful.", "生动"),
                ("program", "Bright, like a show's presenter.", "节目主持"),
                ("news", "Brisk and even, like a newsreader.", "新闻播报"),
                ("advertising", "Bright and selling.", "广告"),
                ("roar", "Roared, rough and loud.", "咆哮"),
                ("murmur", "Mumbled, low and quiet.", "低语"),
                ("shout", "Shouted, high and loud.", "呼喊"),
                ("deeply", "Deep and dark.", "深沉"),
                ("loudly", "Loud and clear.", "大声"),
                ("remove", "Toward plain reading without style.", "去除风格"),
                ("exaggerated", "Everything larger than life.", "夸张"),
            ),
            instruction="Make the following audio more {tag} style. "
            "The text corresponding to the audio is: {transcript}\n",
            removal="Remove any speaking styles in the following audio and the reference text is: {transcript}\n",
        ),
        _task(
            "paralinguistic",
            "Put sounds such as laughter or a sigh into the recording, where the tag stands in the text.",
            "副语言",
            (
                ("Breathing", "A breath.", "呼吸声"),
                ("Laughter", "A laugh.", "笑声"),
                ("Surprise-oh", "A surprised 'oh'.", "惊讶-哦"),
                ("Confirmation-en", "A confirming 'mm'.", "确认-嗯"),
                ("Uhm", "A hesitating 'uhm'.", "犹豫-嗯"),
                ("Surprise-ah", "A surprised 'ah'.", "惊讶-啊"),
                ("Surprise-wa", "A surprised 'wa'.", "惊讶-哇"),
                ("Sigh", "A sigh.", "叹气"),
                ("Question-ei", "A questioning 'ei?'.", "疑问-诶"),
                ("Dissatisfaction-hnn", "A displeased 'hnn'.", "不满-哼"),
            ),
            instruction="Add some non-verbal sounds to make the audio more natural, the new text is : {text}\n"
            "  The text corresponding to the audio is: {transcript}\n",
        ),
        _task(
            "speed",
            "Change the speed at the same pitch.",
            "语速",
            (
                ("faster", "A quarter faster.", "加快"),
                ("slower", "A fifth slower.", "减慢"),
                ("more faster", "Half as fast again.", "更快"),
                ("more slower", "A third slower.", "更慢"),
            ),
            instruction=_MORE,
            removal=_REMOVE_EMOTION,
        ),
        _task(
            "denoise",
            "Take the background noise away.",
            "降噪",
            instruction=_TAKE_OUT.format(unwanted="noise", all_of_it="noise"),
        ),
        _task(
            "vad",
            "Take the silences out.",
            "去除静音",
            instruction=_TAKE_OUT.format(unwanted="silent portions", all_of_it="silence"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A task with its tag ("" where the task takes none). `iterations` repeats it on its own result."""

    task: str
    tag: str = ""
    intensity: float = 1.0
    iterations: int = 1


@dataclass(frozen=True, slots=True)
class Sound:
    """A paralinguistic tag found in a text: its catalogue name and its place in the text without tags."""

    tag: str
    position: int


def folded(name: str) -> str:
    """The form in which names are compared: case, `-`, `_` and spaces do not count."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def find_task(name: str, param: str = "task") -> Task:
    """The task of that name. Raises UnknownTask with the closest names."""
    by_folded = {folded(task): task for task in CATALOGUE}
    if folded(name) in by_folded:
        return CATALOGUE[by_folded[folded(name)]]
    raise UnknownTask(f"There is no task '{name}'. {_hint(name, by_folded, 'Tasks')}", param=param)


def find_tag(task: Task, name: str, param: str = "tag") -> str:
    """The catalogue's spelling of a tag; "" for a task without tags. Raises UnknownTag with the closest names."""
    by_folded = {folded(tag): tag for tag in task.tags}
    wanted = folded(name.strip().strip("[]"))
    if wanted in by_folded:
        return by_folded[wanted]
    if not task.tags:
        if wanted:
            raise UnknownTag(f"The task '{task.name}' takes no tag; got '{name}'.", param=param)
        return ""
    if not wanted:
        known = ", ".join(task.tags)
        raise UnknownTag(f"The task '{task.name}' needs a tag in '{param}': {known}.", param=param)
    raise UnknownTag(f"The task '{task.name}' has no tag '{name}'. {_hint(name, by_folded, 'Tags')}", param=param)


def make_edit(
    task: str,
    tag: str = "",
    intensity: float = 1.0,
    iterations: int = 1,
    *,
    task_param: str = "task",
    tag_param: str = "tag",
    iterations_param: str = "iterations",
) -> Edit:
    """A checked Edit in the catalogue's spelling; the `*_param` are the caller's names for the fields.

    A paralinguistic edit carries its tags in the text, so its `tag` may be empty.
    Raises UnknownTask, UnknownTag, OutOfRange, InvalidRequest (for `clone`, which is no edit).
    """
    found = find_task(task, task_param)
    if found.name == "clone":
        raise InvalidRequest("'clone' makes new speech; it is not an edit of a recording.", param=task_param)
    spelled = "" if found.name == "paralinguistic" and not tag.strip() else find_tag(found, tag, tag_param)
    check_intensity(intensity)
    low, high = ITERATIONS_RANGE
    if not low <= iterations <= high:
        raise OutOfRange(iterations_param, low, high, iterations)
    return Edit(found.name, spelled, intensity, iterations)


def check_intensity(intensity: float, param: str = "intensity") -> None:
    """Raise OutOfRange unless 0.1 <= intensity <= 3."""
    low, high = INTENSITY_RANGE
    if not low <= intensity <= high:
        raise OutOfRange(param, low, high, intensity)


_BRACKETED = re.compile(r"\[([^\[\]\n]{1,40})\]")


def split_sounds(text: str, param: str = "input") -> tuple[str, list[Sound]]:
    """The text without its paralinguistic tags, and the sounds with their places in it.

    Brackets around anything but a near miss of a tag are ordinary text. A near miss raises UnknownTag.
    """
    task = CATALOGUE["paralinguistic"]
    by_folded = {folded(tag): tag for tag in task.tags}
    plain, sounds, end = "", [], 0
    for match in _BRACKETED.finditer(text):
        name = match.group(1)
        tag = by_folded.get(folded(name))
        if tag is None:
            close = difflib.get_close_matches(folded(name), by_folded, n=1, cutoff=0.7)
            if not close:
                continue
            raise UnknownTag(f"There is no sound '[{name}]'. {_hint(name, by_folded, 'Sounds')}", param=param)
        plain += text[end : match.start()]
        sounds.append(Sound(tag, len(plain)))
        end = match.end()
    return plain + text[end:], sounds


def _hint(name: str, by_folded: Mapping[str, str], label: str) -> str:
    close = difflib.get_close_matches(folded(name), by_folded, n=3, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(repr(by_folded[c]) for c in close)}?"
    return f"{label}: {', '.join(by_folded.values())}."
