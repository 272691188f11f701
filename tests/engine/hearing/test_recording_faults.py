"""Faults of recordings are found in spoilt clips and not in clean ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy.signal import fftconvolve

from app.engine.facts.warnings import (
    DenoisingClipped,
    DenoisingReverberant,
    LittleSpeech,
    ReferenceClipped,
    ReferenceNoisy,
    SeveralVoices,
)
from app.engine.hearing.recording_faults import faults_for_denoising, faults_of_reference, has_several_voices
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.sound.audio import Audio, joined

LoadClip = Callable[[str], Audio]

CLIPS = ("ref_en_female", "ref_en_male", "ref_zh_female", "ref_zh_male")


def changed(clip: Audio, samples: np.ndarray) -> Audio:
    return Audio(samples.astype(np.float32), clip.sample_rate)


def noisy(clip: Audio, snr_db: float) -> Audio:
    noise = np.random.default_rng(0).standard_normal(len(clip.samples))
    level = np.sqrt(np.mean(clip.samples**2)) * 10 ** (-snr_db / 20)
    return changed(clip, clip.samples + level * noise)


def clipped(clip: Audio, gain: float, level: float = 1.0) -> Audio:
    return changed(clip, level * np.clip(gain * clip.samples / np.abs(clip.samples).max(), -1, 1))


def reverberant(clip: Audio, rt60_s: float) -> Audio:
    """In a room whose sound falls by 60 dB in that time, as loud as the direct one."""
    n = round(rt60_s * clip.sample_rate)
    tail = np.random.default_rng(0).standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] += 1
    wet = fftconvolve(clip.samples, tail)[: len(clip.samples)]
    return changed(clip, 0.7 * wet / np.abs(wet).max())


def chord(clip: Audio, below_db: float) -> Audio:
    times_s = np.arange(len(clip.samples)) / clip.sample_rate
    music = sum(np.sin(2 * np.pi * hz * times_s) for hz in (261.6, 329.6, 392.0))
    level = np.sqrt(np.mean(clip.samples**2) / np.mean(np.square(music))) * 10 ** (-below_db / 20)
    return changed(clip, clip.samples + level * music)


def nobody() -> np.ndarray:
    raise AssertionError("voices are compared in longer clips only")


def faults(clip: Audio) -> set[type]:
    """Of a clip in which somebody speaks nearly from its beginning to its end."""
    return {type(fault) for fault in faults_of_reference(clip, [(0.2, clip.duration_s - 0.2)], nobody)}


@pytest.mark.parametrize("name", CLIPS)
def test_a_clean_recording_has_none(load_clip: LoadClip, name: str):
    clip = load_clip(name)
    assert faults(clip) == set()
    assert faults_for_denoising(clip) == []


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (partial(noisy, snr_db=10), ReferenceNoisy),
        (partial(chord, below_db=8), ReferenceNoisy),
        (partial(clipped, gain=8), ReferenceClipped),
        (partial(clipped, gain=8, level=0.3), ReferenceClipped),
        (lambda clip: clip.slice_s(1.0, 3.5), LittleSpeech),
    ],
    ids=["noise", "music", "clipping", "clipping saved softly", "short"],
)
def test_a_spoilt_reference_is_told_of(load_clip: LoadClip, name: str, spoil: Callable[[Audio], Audio], fault: type):
    assert faults(spoil(load_clip(name))) == {fault}


@pytest.mark.parametrize("name", CLIPS)
def test_denoising_clipped_or_reverberant_speech_is_warned_of(load_clip: LoadClip, name: str):
    clip = load_clip(name)
    assert faults_for_denoising(clipped(clip, 8)) == [DenoisingClipped()]
    assert faults_for_denoising(reverberant(clip, 0.8)) == [DenoisingReverberant()]
    assert faults_for_denoising(noisy(clip, 6)) == []


def test_two_voices_are_told_from_one(load_clip: LoadClip):
    encoder = SpeakerEncoder()
    woman, man = load_clip("ref_en_female"), load_clip("ref_en_male").resampled(load_clip("ref_en_female").sample_rate)
    pair, alone = joined([woman, man]), joined([woman, woman])
    assert has_several_voices(encoder.embed_stretches(pair))
    assert not has_several_voices(encoder.embed_stretches(alone))
    found = faults_of_reference(pair, [(0.2, pair.duration_s - 0.2)], lambda: encoder.embed_stretches(pair))
    assert found == [SeveralVoices()]
