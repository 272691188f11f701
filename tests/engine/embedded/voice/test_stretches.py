"""A plan is cut at quiet places into stretches that grow, and each is rendered with what it needs around it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest

from app.engine.embedded.voice.kokoro import FRAME, Kokoro, SpeechPlan
from app.engine.embedded.voice.matched_voice import MatchedVoice
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.embedded.voice.stretches import (
    CONTEXT,
    FIRST_S,
    FRAMES_A_SECOND,
    SHORTEST_S,
    SILENCE,
    cuts,
    frames_to_render,
)
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, frame_levels_db, joined, loudness_lufs
from app.engine.sound.pitch import track
from tests.engine.embedded.voice.test_matched_voice import PROFILE

LEAD = 15
SENTENCE = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ, ænd ðə dˈɔɡ lˈʊks ˈʌp."


def plan_of(n_frames: int, pauses: tuple[int, ...] = ()) -> SpeechPlan:
    """A plan that speaks all the time after its lead, but for two frames at each pause."""
    energy, f0_hz = np.full(2 * n_frames, 3.0, np.float32), np.full(2 * n_frames, 120.0, np.float32)
    energy[: 2 * LEAD], f0_hz[: 2 * LEAD] = -10.0, 0.0
    for pause in pauses:
        energy[2 * pause : 2 * pause + 4], f0_hz[2 * pause : 2 * pause + 4] = -4.0, 0.0
    features = np.zeros((1, 512, n_frames), np.float32)
    return SpeechPlan("a", f0_hz, energy, features, np.array([LEAD, n_frames - LEAD - 1, 1]))


@pytest.mark.parametrize("n_frames", [20, 60, 90, 170, 400, 900])
def test_stretches_are_the_whole_plan_and_grow(n_frames: int):
    found = cuts(plan_of(n_frames))
    assert (found[0], found[-1]) == (0, n_frames)
    lengths_s = np.diff(found) / FRAMES_A_SECOND
    lengths_s[0] -= LEAD / FRAMES_A_SECOND
    assert lengths_s[0] <= 1.4 * FIRST_S
    assert all(later <= 3.5 * before for before, later in pairwise(lengths_s))
    assert lengths_s.max() <= 6


@pytest.mark.parametrize("n_silent", [0, 30, 45])
def test_no_stretch_is_mostly_silence(n_silent: int):
    for n_spoken in range(60, 300, 7):
        plan = plan_of(LEAD + n_spoken + n_silent)
        plan.energy[2 * (LEAD + n_spoken) :] = -9.0
        assert plan.sounding == (LEAD, LEAD + n_spoken)
        assert LEAD + n_spoken - cuts(plan)[-2] >= SHORTEST_S * FRAMES_A_SECOND


def test_silence_after_the_words_is_left_out_and_the_times_of_the_words_stay():
    plan = plan_of(200)
    plan.energy[2 * 150 :] = -9.0
    short = plan.with_silence_after(12)
    assert (short.features.shape[2], len(short.f0_hz), len(short.energy)) == (162, 324, 324)
    assert short.durations.tolist() == [LEAD, 162 - LEAD, 0]
    assert short.sounding == plan.sounding
    assert plan.with_silence_after(100).features.shape == plan.features.shape


def test_a_cut_falls_into_the_pause_nearby():
    assert cuts(plan_of(170, pauses=(50, 56, 120)))[1] in (51, 52, 57, 58)


def test_a_stretch_is_rendered_with_context_and_the_silence_before_the_passage():
    plan = plan_of(200)
    assert frames_to_render(plan, 0, 60)[0].tolist() == list(range(60 + CONTEXT))
    frames, n_before = frames_to_render(plan, 60, 120)
    assert frames.tolist() == [*range(SILENCE), *range(60 - CONTEXT, 120 + CONTEXT)]
    assert frames[n_before] == 60
    frames, n_before = frames_to_render(plan, 120, 200)
    assert frames.tolist() == list(range(120 - CONTEXT, 200))
    assert frames[n_before] == 120


@pytest.mark.slow
def test_stretches_say_what_the_whole_says_at_its_level(kokoro: Kokoro):
    voice = MatchedVoice(kokoro, StockVoices())
    whole, _ = voice.speak(SENTENCE, PROFILE, JobControl())
    stretches = list(voice.stream(SENTENCE, PROFILE, JobControl()))
    assert [is_last for _, is_last in stretches] == [False] * (len(stretches) - 1) + [True]
    assert len(stretches) > 1
    streamed = joined([stretch for stretch, _ in stretches])
    assert len(streamed.samples) == len(whole.samples)
    assert abs(loudness_lufs(streamed) - loudness_lufs(whole)) < 1.0
    levels = [frame_levels_db(audio, 0.1, 0.05) for audio in (streamed, whole)]
    sounding = levels[1] > levels[1].max() - 25
    assert np.abs(levels[0] - levels[1])[sounding].mean() < 2.5
    assert abs(12 * np.log2(track(streamed).median_hz / track(whole).median_hz)) < 0.3


class Watched:
    """A speech model that notes the length of what is rendered at once."""

    sample_rate = Kokoro.sample_rate

    def __init__(self, kokoro: Kokoro) -> None:
        self.plan = kokoro.plan
        self._kokoro = kokoro
        self.rendered_s: list[float] = []

    def render(self, *args: Any) -> Audio:
        audio = self._kokoro.render(*args)
        self.rendered_s.append(audio.duration_s)
        return audio


@pytest.mark.slow
def test_however_long_few_phonemes_last_they_are_rendered_a_few_seconds_at_a_time(kokoro: Kokoro):
    watched = Watched(kokoro)
    voice = MatchedVoice(cast(Kokoro, watched), StockVoices())
    audio, plan = voice.speak("ˈA. " * 50, PROFILE, JobControl())  # letters with pauses, of which a piece has many
    assert len(audio.samples) == plan.features.shape[2] * FRAME
    assert audio.duration_s > 12
    assert max(watched.rendered_s) < 7
