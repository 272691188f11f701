"""Script: a text parsed once, at the door, into words, sounds and pauses in their places, and the language asked for.

Doors parse; requests and jobs carry the result; splitting cuts it. Nothing below the door looks for tags in a text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.engine.chinese import HAN
from app.engine.edits import CATALOGUE, Edit, folded
from app.engine.lexicon import NO_WORDS, Lexicon, written_out

# Language -> how a tag at the start of a text may name it, as in "[Cantonese] 你好".
LANGUAGES = {
    "English": ("english", "英语"),
    "Mandarin": ("mandarin", "chinese", "putonghua", "普通话", "中文"),
    "Sichuanese": ("sichuanese", "四川话"),
    "Cantonese": ("cantonese", "粤语", "广东话"),
    "Japanese": ("japanese", "日语"),
    "Korean": ("korean", "韩语"),
}
_LANGUAGE_OF = {name: language for language, names in LANGUAGES.items() for name in names}
_LANGUAGE_TAG = re.compile(rf"\s*[\[【]\s*([A-Za-z{HAN}]+)\s*[\]】]")
_BRACKETED = re.compile(r"\[([^\[\]\n]{1,40})\]")
_PAUSE = re.compile(r"pause\s+(\d{1,4}(?:\.\d{1,3})?)\s*(s|ms)", re.IGNORECASE)
_LIKE_A_SOUND = re.compile(r"[a-z]{2,}([ -][a-z]+)?", re.IGNORECASE | re.ASCII)  # one word or two, as sounds have
_SOUNDS = CATALOGUE["paralinguistic"].names
_EVERYDAY_SOUNDS = {
    folded(word): tag.name for tag in CATALOGUE["paralinguistic"].tags.values() for word in tag.synonyms
}

LIKENESS_OF_A_SLIP = 0.8  # "Laugther" is 0.88 like "Laughter", "later" 0.77
SHORT_NAME = 7  # letters: below, another letter makes another word, as "couch" of "cough" and "short" of "snort"
SHORTEST_STEM = 4  # letters: "laughs" and "breaths" begin as a tag's name does
_ENDING = re.compile(r"(s|es|ing|ed)$")


@dataclass(frozen=True, slots=True)
class Sound:
    """A paralinguistic tag and its place in a script's text; how strong it is made, and how often that edit is done."""

    tag: str
    position: int
    intensity: float = 1.0
    iterations: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence of so many seconds, at its place in a script's text."""

    position: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Slip:
    """Words in brackets that are no tag but look like one."""

    written: str
    tag: str


@dataclass(frozen=True, slots=True)
class Script:
    """`text` without tags, its `sounds` and `pauses` in their order, and the `language` a tag asked for, or "".
    `lexicon` says how words of it are said. `near_misses` and `no_sounds` are words in brackets that are read aloud:
    those that look like a sound, and those that do not.

    Parts of a cut script have no pauses; splitting makes a part of its own of each.
    """

    text: str = ""
    sounds: tuple[Sound, ...] = ()
    language: str = ""
    near_misses: tuple[Slip, ...] = ()
    no_sounds: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    lexicon: Lexicon = NO_WORDS

    @property
    def is_empty(self) -> bool:
        """True without words and sounds."""
        return not self.text.strip() and not self.sounds

    @property
    def n_chars(self) -> int:
        """Characters of the text, the tags of its sounds and pauses included."""
        n_pause_chars = sum(len(f"[pause {pause.seconds:g}s]") for pause in self.pauses)
        return len(self.text) + sum(len(f"[{sound.tag}]") for sound in self.sounds) + n_pause_chars

    @property
    def pauses_s(self) -> float:
        """Seconds of all pauses."""
        return sum(pause.seconds for pause in self.pauses)

    def with_sounds(self, sounds: Iterable[Sound]) -> Script:
        """The same words with other sounds."""
        return replace(self, sounds=tuple(sorted(sounds, key=lambda sound: sound.position)))

    def written_out(self) -> Script:
        """The words of the lexicon written as they are said, for a model that reads letters; it is then empty."""
        text, shifts = written_out(self.text, self.lexicon)
        moved = [(sound, [shift for end, shift in shifts if end <= sound.position]) for sound in self.sounds]
        sounds = tuple(replace(sound, position=sound.position + (past[-1] if past else 0)) for sound, past in moved)
        return replace(self, text=text, sounds=sounds, lexicon=NO_WORDS)

    def overrules(self, edit: Edit) -> bool:
        """Whether sounds stand in the text, others than the one that the edit names: it only brings one where none is.

        That is, whether the tag of a paralinguistic edit has no effect.
        """
        sounds = {sound.tag for sound in self.sounds}
        return edit.task == "paralinguistic" and bool(edit.tag and sounds) and edit.tag not in sounds

    def cut(self, positions: Sequence[int]) -> list[Script]:
        """The parts between ascending positions of the text, without the white space at their ends.

        A sound at a cut begins the later part. There is always one part more than positions; parts may be empty.
        """
        ends = [*positions, len(self.text)]
        return [
            self._part(begin, end, is_last=n == len(positions))
            for n, (begin, end) in enumerate(zip([0, *positions], ends, strict=True))
        ]

    def _part(self, begin: int, end: int, *, is_last: bool) -> Script:
        written = self.text[begin:end]
        text = written.strip()
        start = begin + len(written) - len(written.lstrip())
        sounds = tuple(
            replace(sound, position=min(max(sound.position - start, 0), len(text)))
            for sound in self.sounds
            if begin <= sound.position < end or (is_last and sound.position == end)
        )
        return Script(text, sounds, self.language, lexicon=self.lexicon)


def parse_script(written: str) -> Script:
    """The script that a text to be spoken stands for.

    Brackets around anything but a tag are ordinary text. Near misses of a sound are noted and lose their brackets.
    """
    language, rest = _split_off_language(written)
    text, end = "", 0
    sounds: list[Sound] = []
    near_misses: list[Slip] = []
    no_sounds: list[str] = []
    pauses: list[Pause] = []
    for match in _BRACKETED.finditer(rest):
        name = match[1]
        pause = _PAUSE.fullmatch(name.strip())
        tag = _SOUNDS.get(folded(name))
        meant = None if tag or pause else _meant_by(name)
        if tag is None and meant is None and pause is None:
            if _LIKE_A_SOUND.fullmatch(name):
                no_sounds.append(name)
            continue
        text += rest[end : match.start()]
        if pause is not None:
            pauses.append(Pause(len(text), float(pause[1]) / (1000 if pause[2].lower() == "ms" else 1)))
        elif tag is not None:
            sounds.append(Sound(tag, len(text)))
        elif meant is not None:
            near_misses.append(Slip(name, meant))
            text += name
        end = _end_of(match, text)
    return Script(text + rest[end:], tuple(sounds), language, tuple(near_misses), tuple(no_sounds), tuple(pauses))


def without_sound_tags(transcript: str) -> str:
    """The words of a transcript: tags of sounds and pauses are left out, other words in brackets stay as they are."""
    text, end = "", 0
    for match in _BRACKETED.finditer(transcript):
        if _is_tag(match[1]):
            text += transcript[end : match.start()]
            end = _end_of(match, text)
    return text + transcript[end:]


def _end_of(tag: re.Match[str], before: str) -> int:
    """Where the text goes on after a tag that was taken out: of spaces on both sides one stays."""
    return tag.end() + (before.endswith(" ") and tag.string[tag.end() : tag.end() + 1] == " ")


def _is_tag(name: str) -> bool:
    return folded(name) in _SOUNDS or _PAUSE.fullmatch(name.strip()) is not None


def _split_off_language(written: str) -> tuple[str, str]:
    tag = _LANGUAGE_TAG.match(written)
    language = _LANGUAGE_OF.get(tag[1].casefold()) if tag else None
    return (language, written[tag.end() :]) if tag and language else ("", written)


def _meant_by(name: str) -> str | None:
    """The sound that somebody who wrote this probably meant: an everyday word for it, a slip, or a form of its name."""
    wanted = folded(name)
    if wanted in _EVERYDAY_SOUNDS:
        return _EVERYDAY_SOUNDS[wanted]
    close = difflib.get_close_matches(wanted, _SOUNDS, n=3, cutoff=LIKENESS_OF_A_SLIP)
    if slips := [known for known in close if len(known) >= SHORT_NAME or _has_no_other_letter(wanted, known)]:
        return _SOUNDS[slips[0]]
    stem = _ENDING.sub("", wanted)
    begun = [tag for known, tag in _SOUNDS.items() if len(stem) >= SHORTEST_STEM and known.startswith(stem)]
    return begun[0] if begun and " " not in begun[0] else None


def _has_no_other_letter(written: str, known: str) -> bool:
    """Whether letters were only exchanged, or some left out."""
    rest = iter(known)
    return sorted(written) == sorted(known) or all(letter in rest for letter in written)
