"""A matched voice sounds like its reference: nearer than the stock voices, at its pitch, at the service's level.

The references are clips of stock voices, so the voice itself is taken out of the table first: what remains is what an
unknown speaker gets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from app.engine.embedded.voice.kokoro import Kokoro, SpeechPlan
from app.engine.embedded.voice.matched_voice import LEVEL_LUFS, MatchedVoice
from app.engine.embedded.voice.matching import Matcher
from app.engine.embedded.voice.profile import VoiceProfile
from app.engine.embedded.voice.stock_table import StockTable, stock_table
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, loudness_lufs
from app.engine.sound.pitch import track
from tests.acoustics import similarity

SENTENCE = {
    "en": "ʃi fˈWnd hɪz jˈɛlO kˈOt, bˌʌt wˌI ɡˌO ðˈɛɹ?",
    "zh": "wo↓mən ʨʰy↘ ʂa→nɕja↘ xɤ→ꭧʰa↗, fə→ŋ xə↓nta↘.",
}


@dataclass(frozen=True)
class Match:
    """A reference, the profile made of it without its own voice, and the table that was used."""

    clip: Audio
    profile: VoiceProfile
    table: StockTable


def table_without(voice: str) -> StockTable:
    whole = stock_table()
    rows = [row for row, name in enumerate(whole.names) if name != voice]
    return StockTable(tuple(whole.names[row] for row in rows), whole.embeddings[rows], whole.spectra[rows])


@pytest.fixture(scope="module")
def encoder() -> SpeakerEncoder:
    return SpeakerEncoder()


@pytest.fixture(scope="module")
def match(
    load_clip: Callable[[str], Audio], clip_facts: dict[str, dict[str, Any]], encoder: SpeakerEncoder
) -> Callable[[str], Match]:
    def matched(name: str) -> Match:
        clip, facts = load_clip(name), clip_facts[name]
        table = table_without(facts["voice"])
        profile = Matcher(StockVoices(), encoder, table).profile(clip, facts["language"], JobControl())
        return Match(clip, profile, table)

    return cache(matched)


@pytest.fixture(scope="module")
def spoken(kokoro: Kokoro, match: Callable[[str], Match]) -> Callable[[str, float], tuple[Audio, SpeechPlan]]:
    """The test sentence in the voice of a clip at an intensity; each is spoken once."""

    def speak(name: str, intensity: float) -> tuple[Audio, SpeechPlan]:
        profile = match(name).profile
        return MatchedVoice(kokoro, StockVoices()).speak(
            SENTENCE[profile.language], profile, JobControl(), intensity=intensity
        )

    return cache(speak)


@pytest.mark.parametrize("name", ["ref_en_female", "ref_en_male", "ref_zh_female", "ref_zh_male"])
def test_a_profile_blends_voices_of_one_gender_and_takes_prosody_from_the_language(
    match: Callable[[str], Match], clip_facts: dict[str, dict[str, Any]], name: str
) -> None:
    profile, facts = match(name).profile, clip_facts[name]
    info = StockVoices().info
    assert len({info(voice).gender for voice in profile.blend}) == 1
    assert sum(profile.blend.values()) == pytest.approx(1, abs=1e-3)
    assert info(profile.neutral_voice).locale.startswith(facts["language"])
    assert profile.warnings == ()


def test_english_is_read_by_english_timbres_only(encoder: SpeakerEncoder, load_clip: Callable[[str], Audio]) -> None:
    profile = Matcher(StockVoices(), encoder).profile(load_clip("ref_zh_female"), "en", JobControl())
    assert all(StockVoices().info(voice).locale.startswith("en") for voice in profile.blend)


def test_the_voice_itself_is_found_when_it_is_there(
    encoder: SpeakerEncoder, load_clip: Callable[[str], Audio], clip_facts: dict[str, dict[str, Any]]
) -> None:
    profile = Matcher(StockVoices(), encoder).profile(load_clip("ref_en_gb_male"), "en", JobControl())
    voice = clip_facts["ref_en_gb_male"]["voice"]
    assert profile.neutral_voice == voice
    assert profile.blend[voice] > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ref_en_male", "ref_zh_female"])
def test_speech_has_the_references_voice_pitch_and_the_services_level(
    spoken: Callable[[str, float], tuple[Audio, SpeechPlan]],
    encoder: SpeakerEncoder,
    match: Callable[[str], Match],
    name: str,
) -> None:
    found = match(name)
    audio, plan = spoken(name, 1.0)
    reference = np.asarray(found.profile.embedding, np.float32)
    reached = similarity(encoder.embed(audio), reference)
    assert reached >= 0.70
    assert reached >= np.mean(found.table.embeddings @ reference) + 0.1
    assert abs(12 * np.log2(track(audio).median_hz / track(found.clip).median_hz)) < 1
    assert loudness_lufs(audio) == pytest.approx(LEVEL_LUFS, abs=0.5)
    assert audio.duration_s == pytest.approx(plan.duration_s)


@pytest.mark.slow
def test_interjections_follow_the_asked_melody_around_the_speakers_pitch(
    kokoro: Kokoro, match: Callable[[str], Match]
) -> None:
    profile = match("ref_en_male").profile
    audio = MatchedVoice(kokoro, StockVoices()).speak_contour(
        "ˈɑː!", profile, lambda place: 8 * place - 2, 0.75, JobControl()
    )
    voiced = track(audio).f0_hz
    semitones = 12 * np.log2(voiced[voiced > 0] / profile.f0_median_hz)
    quarter = len(semitones) // 4
    assert np.median(semitones[:quarter]) == pytest.approx(-1, abs=1.5)
    assert np.median(semitones[-quarter:]) == pytest.approx(5, abs=1.5)


@pytest.mark.slow
def test_intensity_leads_from_the_neutral_voice_to_the_reference(
    spoken: Callable[[str, float], tuple[Audio, SpeechPlan]], encoder: SpeakerEncoder, match: Callable[[str], Match]
) -> None:
    reference = np.asarray(match("ref_en_male").profile.embedding, np.float32)
    barely, standard = (spoken("ref_en_male", intensity)[0] for intensity in (0.1, 1.0))
    assert similarity(encoder.embed(standard), reference) > similarity(encoder.embed(barely), reference)
