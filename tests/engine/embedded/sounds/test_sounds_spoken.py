"""Sounds in matched voices, inside real sentences: the melodies are right, and the sentence's own words stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import jiwer
import numpy as np
import pytest
from pypinyin import lazy_pinyin

from app.engine.content.words import TimedWord
from app.engine.embedded.sounds.breath import speech_level_db
from app.engine.embedded.sounds.insertion import insert_sounds
from app.engine.embedded.sounds.interjector import Contour
from app.engine.embedded.sounds.sounds import SoundMaker
from app.engine.embedded.voice.kokoro import Kokoro
from app.engine.embedded.voice.matched_voice import MatchedVoice
from app.engine.embedded.voice.matching import Matcher
from app.engine.embedded.voice.profile import VoiceProfile
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import TranscribeRequest
from app.engine.script import Sound, parse_script
from app.engine.sound.audio import Audio, rms_db
from app.engine.sound.pitch import track
from app.settings import Settings
from tests.sound_traits import TAGS, stored_traits, told_as, traits_of_voice


@dataclass
class Speaker:
    """A matched voice as the Interjector of its sounds, and the clip it was matched to."""

    voice: MatchedVoice
    profile: VoiceProfile
    clip: Audio
    sample_rate: int = Kokoro.sample_rate

    def speak(self, phonemes: str, contour: Contour, rate: float, control: JobControl) -> Audio:
        return self.voice.speak_contour(phonemes, self.profile, contour, rate, control)

    def maker(self) -> SoundMaker:
        return SoundMaker(self, self.clip, seed=1)


@pytest.fixture(scope="module")
def speaker_of(load_clip: Callable[[str], Audio]) -> Callable[[str, str], Speaker]:
    """The matched speaker of a clip, by the clip's name and language; each is matched once."""
    kokoro, voices = Kokoro(Parts(Settings().models_dir / "embedded", offline=True), threads=2), StockVoices()
    matcher, voice = Matcher(voices, SpeakerEncoder(threads=2)), MatchedVoice(kokoro, voices)

    @cache
    def matched(name: str, language: str) -> Speaker:
        clip = load_clip(name)
        return Speaker(voice, matcher.profile(clip, language, JobControl()), clip)

    return matched


@pytest.fixture(scope="module")
def english_man(speaker_of: Callable[[str, str], Speaker]) -> Speaker:
    return speaker_of("ref_en_male", "en")


@pytest.fixture(scope="module")
def words_in(parts: Parts) -> Callable[[Audio, str], list[TimedWord]]:
    """What Whisper hears, with times."""
    transcribers = Transcribers.from_settings(Settings(offline=True), parts)

    def heard(audio: Audio, language: str) -> list[TimedWord]:
        segments = transcribers.transcribe(TranscribeRequest(audio, language), JobControl())
        return [word for segment in segments for word in segment.words]

    return heard


def lost_share(said: str, heard: str) -> float:
    """Share of the words or Mandarin syllables that are not among what was heard; what was heard besides is free."""
    units = [" ".join(lazy_pinyin(re.sub(r"[^\w\s]", " ", text.lower()))) for text in (said, heard)]
    found = jiwer.process_words(*units)
    return (found.deletions + found.substitutions) / len(units[0].split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tagged"),
    [
        (
            "ref_en_male",
            "[Breathing]Every morning he opened the shop[Laughter] early and swept the wooden floor.[Sigh]",
        ),
        ("ref_zh_female", "[Breathing]今天下午我们一起去[Laughter]图书馆看书，好不好？[Sigh]"),
    ],
)
def test_the_sentences_own_words_stay(
    name: str,
    tagged: str,
    clip_facts: dict[str, dict[str, Any]],
    speaker_of: Callable[[str, str], Speaker],
    words_in: Callable[[Audio, str], list[TimedWord]],
) -> None:
    language = clip_facts[name]["language"]
    speaker = speaker_of(name, language)
    script = parse_script(tagged)
    make = partial(speaker.maker().make, control=JobControl())
    words = words_in(speaker.clip, language)
    result = insert_sounds(speaker.clip, script, words, make, np.random.default_rng(0), JobControl())
    assert 2.5 < result.duration_s - speaker.clip.duration_s < 4.0
    heard = " ".join(word.text for word in words_in(result, language))
    assert lost_share(script.text, heard) <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tag", "length_s", "change_st"),
    [
        ("Question-ei", (0.45, 0.8), (4.0, 11.0)),
        ("sigh", (0.8, 1.3), (-8.0, -1.0)),
        ("Dissatisfaction-hnn", (0.65, 1.15), (-8.0, -2.0)),
        ("Confirmation-en", (0.45, 0.9), (-6.0, -1.0)),
    ],
)
def test_a_spoken_sound_has_its_length_melody_and_level(
    english_man: Speaker, tag: str, length_s: tuple[float, float], change_st: tuple[float, float]
) -> None:
    sound = english_man.maker().make(Sound(tag, 0), JobControl())
    f0_hz = track(sound).f0_hz
    voiced = f0_hz[f0_hz > 0]
    assert length_s[0] <= sound.duration_s <= length_s[1]
    assert change_st[0] <= 12 * np.log2(np.median(voiced[-4:]) / np.median(voiced[:4])) <= change_st[1]
    assert -15 <= rms_db(sound.samples) - speech_level_db(english_man.clip) <= 0.5
    assert abs(12 * np.log2(np.median(voiced) / english_man.profile.f0_median_hz)) < 4


def test_all_22_sounds_are_told_apart_by_their_traits_in_every_voice() -> None:
    table = stored_traits()
    wrong = [
        (name, tag, told)
        for name, own in table.items()
        for tag, told in zip(TAGS, told_as(own, [rows for other, rows in table.items() if other != name]), strict=True)
        if told != tag
    ]
    assert len(table) == 5
    assert len(wrong) <= 5, wrong  # of 110


@pytest.mark.slow
def test_sounds_made_now_are_told_by_those_of_other_voices(english_man: Speaker) -> None:
    own = traits_of_voice(english_man.voice, english_man.profile, english_man.clip)
    others = [rows for name, rows in stored_traits().items() if name != "ref_en_male"]
    assert sum(told == tag for told, tag in zip(told_as(own, others), TAGS, strict=True)) >= 20


@pytest.mark.slow
def test_the_pitch_of_sounds_follows_the_voice(speaker_of: Callable[[str, str], Speaker]) -> None:
    for name, language in (("ref_en_male", "en"), ("ref_zh_female", "zh")):
        speaker = speaker_of(name, language)
        for tag in ("uhm", "chuckle"):
            f0_hz = track(speaker.maker().make(Sound(tag, 0), JobControl())).f0_hz
            assert abs(12 * np.log2(np.median(f0_hz[f0_hz > 0]) / speaker.profile.f0_median_hz)) < 4
