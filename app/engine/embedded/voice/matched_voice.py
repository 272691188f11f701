"""MatchedVoice: speech in the voice of a profile: its blend of timbres, its pitch, its spectrum, its level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.engine.content.words import begun_within
from app.engine.embedded.sounds.interjector import Contour
from app.engine.embedded.text.placed_words import PlacedWord
from app.engine.embedded.voice.delivery import PLAIN, Delivery, delivery_of
from app.engine.embedded.voice.equaliser import GRID_HZ, Decibels, equalised, shaped_by
from app.engine.embedded.voice.kokoro import FRAME, SAMPLE_RATE, Kokoro, SpeechPlan
from app.engine.embedded.voice.profile import VoiceProfile
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.embedded.voice.stretches import FIRST_S, STEP_S, cuts, frames_to_render
from app.engine.embedded.voice.word_times import timed
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, crossfade, faded_gain, joined, loudness_lufs, soft_limited
from app.engine.steps import Pace, Steps, finished

LEVEL_LUFS = -23.0  # EBU R 128

SILENCE_AFTER = 12  # frames of 25 ms that are rendered behind the words, of the 20 to 45 that the model plans

FRAME_S = FRAME / SAMPLE_RATE
SEAM = 240  # samples, 10 ms, over which one stretch fades into the next
SEAM_S = SEAM / SAMPLE_RATE
UNSHAPED: Decibels = np.zeros(len(GRID_HZ))

SPREAD_RATIO_LIMITS = (0.7, 1.5)  # how far the model's pitch range is narrowed or widened towards the reference's

# Intensity travels from the neutral voice (0) over the match (1) outwards. Further than this it would leave what a
# voice can be: timbres outside the stock voices' hull garble, so they stop first.
FURTHEST_TIMBRE = 1.5
FURTHEST_SPREAD_RATIO = (0.4, 2.2)
FURTHEST_MEDIAN_HZ = (65.0, 420.0)
FURTHEST_EQUALISER_DB = 15.0

LOWEST_HZ, HIGHEST_HZ = 50.0, 700.0
# The weakest fifth of the frames the model calls voiced cannot be heard as such: without them the median of the plan is
# that of the sound (measured on four voices: off by 0.3 semitones at most, with them by 1.1).
_INAUDIBLE_PERCENT = 20
_TYPICAL_OCTAVES = (-1.0, 1.14)  # around the median; outside, the model is gliding in or out of a voiced stretch


class MatchedVoice:
    """Speaks phonemes in the voice of a profile. Safe to use from several threads; deterministic."""

    sample_rate = Kokoro.sample_rate

    def __init__(self, kokoro: Kokoro, voices: StockVoices) -> None:
        self._kokoro = kokoro
        self._voices = voices

    def speak(
        self,
        phonemes: str,
        profile: VoiceProfile,
        control: JobControl,
        *,
        intensity: float = 1.0,
        seed: int = 0,
    ) -> tuple[Audio, SpeechPlan]:
        """The phonemes (at most 509) in the profile's voice, and the plan they were spoken by.

        `intensity` scales the way from the neutral stock voice to the match: timbre, pitch and spectrum; `seed` stands
        for a delivery. Level: -23 LUFS. Raises Cancelled, DeadlineExceeded.
        """
        return finished(self.speaking(phonemes, profile, control, Pace(), intensity=intensity, seed=seed))

    def speaking(
        self,
        phonemes: str,
        profile: VoiceProfile,
        control: JobControl,
        pace: Pace,
        *,
        intensity: float = 1.0,
        seed: int = 0,
    ) -> Steps[tuple[Audio, SpeechPlan]]:
        """The same in steps."""
        style, plan = self._planned(phonemes, profile, control, intensity, delivery_of(seed))
        audio = yield from self._rendered(plan, style, profile, intensity, control, pace)
        audio = audio.scaled(LEVEL_LUFS - loudness_lufs(audio))
        return Audio(soft_limited(audio.samples), audio.sample_rate), plan

    def stream(
        self,
        phonemes: str,
        profile: VoiceProfile,
        control: JobControl,
        *,
        words: Sequence[PlacedWord] | None = None,
        intensity: float = 1.0,
        seed: int = 0,
        first_s: float = FIRST_S,
    ) -> Iterator[tuple[Audio, bool]]:
        """What `speak` says, in stretches from `first_s` on, cut at quiet places; and whether each is the last.

        Each has those of the `words` that begin in it, where they are known. The gain follows the loudness of what has
        been heard, as the level of the whole is not known yet.
        """
        style, plan = self._planned(phonemes, profile, control, intensity, delivery_of(seed))
        times = None if words is None else timed(words, phonemes, plan.times_s())
        edges = cuts(plan, first_s)
        heard: list[Audio] = []
        level_db: float | None = None
        seam: Audio | None = None
        rendered_all = self._stretches(plan, style, edges, equaliser_db(profile, intensity), control)
        for (begin, end), rendered in zip(pairwise(edges), rendered_all, strict=True):
            heard.append(rendered)
            before_db, level_db = level_db, LEVEL_LUFS - loudness_lufs(joined(heard))
            stretch = faded_gain(rendered, level_db if before_db is None else before_db, level_db)
            if seam is not None:
                stretch = crossfade(seam, stretch, SEAM_S)
            is_last = end == edges[-1]
            n_kept = len(stretch.samples) - (0 if is_last else SEAM)
            seam = Audio(stretch.samples[n_kept:], stretch.sample_rate)
            said = None if times is None else begun_within(times, begin * FRAME_S, end * FRAME_S)
            yield Audio(soft_limited(stretch.samples[:n_kept]), stretch.sample_rate, said), is_last

    def speak_contour(
        self, phonemes: str, profile: VoiceProfile, contour: Contour, rate: float, control: JobControl
    ) -> Audio:
        """The phonemes at `rate`, their pitch following `contour` around the speaker's median; level left as it is."""
        style = self._style(profile, len(phonemes), 1.0)
        plan = self._kokoro.plan(phonemes, style, control, rate)
        voiced, audible = np.flatnonzero(plan.voiced), np.flatnonzero(audibly_voiced(plan))
        if len(voiced):
            median_hz = profile.f0_median_hz or float(np.median(plan.f0_hz[audible]))
            place = np.clip((voiced - audible[0]) / max(1, audible[-1] - audible[0]), 0, 1)
            f0_hz = np.zeros(len(plan.f0_hz))
            f0_hz[voiced] = np.clip(median_hz * 2 ** (contour(place) / 12), LOWEST_HZ, HIGHEST_HZ)
            plan = plan.with_f0(f0_hz)
        return finished(self._rendered(plan, style, profile, 1.0, control, Pace()))

    def _planned(
        self, phonemes: str, profile: VoiceProfile, control: JobControl, intensity: float, delivery: Delivery
    ) -> tuple[NDArray[np.float32], SpeechPlan]:
        """The style, and the plan with the profile's pitch as it is delivered."""
        for warning in profile.warnings:
            control.warn(warning)
        style = self._style(profile, len(phonemes), intensity, delivery.prosody)
        plan = self._kokoro.plan(phonemes, style, control, delivery.rate)
        plan = plan.with_f0(matched_f0(plan, profile, intensity, delivery))
        return style, plan.with_silence_after(SILENCE_AFTER)

    def _style(self, profile: VoiceProfile, n_phonemes: int, intensity: float, prosody: int = 0) -> NDArray[np.float32]:
        neutral = self._voices.style(profile.neutral_voice, n_phonemes)
        lender = profile.prosody_voices[prosody % len(profile.prosody_voices)]
        matched = sum(weight * self._voices.timbre(name, n_phonemes) for name, weight in profile.blend.items())
        timbre = neutral[:128] + min(intensity, FURTHEST_TIMBRE) * (matched - neutral[:128])
        return np.concatenate((timbre, self._voices.style(lender, n_phonemes)[128:])).astype(np.float32)

    def _rendered(
        self,
        plan: SpeechPlan,
        style: NDArray[np.float32],
        profile: VoiceProfile,
        intensity: float,
        control: JobControl,
        pace: Pace,
    ) -> Steps[Audio]:
        """The sound of a whole plan. A long one is rendered in steps: working memory grows with what is rendered."""
        whole: Audio | None = None
        for stretch in self._stretches(plan, style, cuts(plan, STEP_S), UNSHAPED, control):
            whole = stretch if whole is None else crossfade(whole, stretch, SEAM_S)
            yield from pace.pause()
        assert whole is not None, "a plan has a stretch at least"
        return equalised(whole, equaliser_db(profile, intensity))

    def _stretches(
        self,
        plan: SpeechPlan,
        style: NDArray[np.float32],
        edges: Sequence[int],
        gains_db: Decibels,
        control: JobControl,
    ) -> Iterator[Audio]:
        """The sound between these frames of a plan under the gains; each but the last goes on for `SEAM` samples."""
        for begin, end in pairwise(edges):
            frames, n_before = frames_to_render(plan, begin, end)
            shaped = shaped_by(self._kokoro.render(plan, style, control, frames), gains_db)
            first, overlap = n_before * FRAME, 0 if end == edges[-1] else SEAM
            yield Audio(shaped.samples[first : first + (end - begin) * FRAME + overlap], shaped.sample_rate)


def equaliser_db(profile: VoiceProfile, intensity: float) -> Decibels:
    """The profile's gains at an intensity, on the equaliser's grid."""
    return np.clip(intensity * np.asarray(profile.equaliser_db), -FURTHEST_EQUALISER_DB, FURTHEST_EQUALISER_DB)


def audibly_voiced(plan: SpeechPlan) -> NDArray[np.bool_]:
    """`[2T]`: the voiced frames of a plan that can be heard as such; some, if any frame is voiced."""
    voiced = plan.voiced
    if not voiced.any():
        return voiced
    weakest = np.percentile(plan.energy[voiced], _INAUDIBLE_PERCENT)
    return np.asarray(voiced & (plan.energy >= weakest))


def matched_f0(
    plan: SpeechPlan, profile: VoiceProfile, intensity: float = 1.0, delivery: Delivery = PLAIN
) -> NDArray[np.float64]:
    """The plan's F0 `[2T]` in Hz, moved to the reference's median and towards its range by `intensity`.

    `delivery` widens the range and tilts the line around the median. A whispered reference is whispered after: no frame
    is voiced.
    """
    f0_hz = plan.f0_hz.astype(np.float64)
    voiced = plan.voiced
    if not profile.f0_median_hz:
        return np.zeros_like(f0_hz)
    if not voiced.any():
        return f0_hz
    octaves = np.log2(f0_hz[voiced])
    audible = np.log2(f0_hz[audibly_voiced(plan)])
    median = float(np.median(audible))
    typical = audible[(audible > median + _TYPICAL_OCTAVES[0]) & (audible < median + _TYPICAL_OCTAVES[1])]
    spread_ratio = np.clip(profile.f0_spread_semitones / max(12 * float(typical.std()), 0.1), *SPREAD_RATIO_LIMITS)
    spread_ratio = np.clip(spread_ratio**intensity * delivery.pitch_range, *FURTHEST_SPREAD_RATIO)
    target = median + intensity * (np.log2(profile.f0_median_hz) - median)
    low, high = FURTHEST_MEDIAN_HZ
    target = np.clip(target, np.log2(min(low, profile.f0_median_hz)), np.log2(max(high, profile.f0_median_hz)))
    tilt = delivery.declination_st / 12 * np.linspace(-0.5, 0.5, len(octaves))
    f0_hz[voiced] = np.clip(2 ** (target + (octaves - median) * spread_ratio + tilt), LOWEST_HZ, HIGHEST_HZ)
    return f0_hz
