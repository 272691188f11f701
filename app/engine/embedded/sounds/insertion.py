"""Putting sounds into a recording at the places their tags have in the text; every other sample stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from app.engine.content.words import TimedWord
from app.engine.facts.warnings import OtherWords
from app.engine.hearing.alignment import boundary_times, same_words
from app.engine.job import JobControl
from app.engine.script import Script, Sound
from app.engine.sound.audio import Audio, crossfade, frame_levels_db
from app.engine.sound.noise import room_tone

SEARCH_S = 0.12  # a cut may move this far to a quiet moment: recognised word times are off by as much
FAR_DB = 6.0  # a moment at the rim of the search must be quieter by this to win over one at its centre
FADE_S = 0.012
GAP_S = 0.09
FRAME_S, HOP_S = 0.01, 0.005


def warn_of_other_words(script: Script, transcript: str | None, control: JobControl) -> None:
    """Only sounds are added: other words in the script than in the transcript bring a warning."""
    if transcript and not same_words(script.text, transcript):
        control.warn(OtherWords())


def insert_sounds(
    audio: Audio,
    script: Script,
    words: Sequence[TimedWord],
    make: Callable[[Sound], Audio],
    rng: np.random.Generator,
    control: JobControl,
) -> Audio:
    """The recording with `make(sound)` put in for every sound of the script, at its place among the words.

    `words` are the recogniser's, with times in `audio`; without any, places are taken in proportion to the text.
    """
    start_s, end_s = speech_span_s(audio)
    times_s = boundary_times(script.text, [s.position for s in script.sounds], words, start_s, end_s)
    inserts = []
    for sound, time_s in zip(script.sounds, times_s, strict=True):
        control.checkpoint()
        inserts.append((time_s, make(sound)))
    return insert_at(audio, inserts, rng, control)


def insert_at(
    audio: Audio, inserts: Sequence[tuple[float, Audio]], rng: np.random.Generator, control: JobControl
) -> Audio:
    """The recording with each sound put in at about its time (s), in the order given where times are equal.

    A cut moves to the quietest 10 ms within 120 ms, or to outside the speech at its ends. Around each sound are 90 ms
    of the recording's own background. Output has the recording's rate.
    """
    if not inserts:
        return audio
    span_s = speech_span_s(audio)
    levels_db = frame_levels_db(audio, FRAME_S, HOP_S)
    ordered = sorted(inserts, key=lambda insert: insert[0])
    cuts = np.maximum.accumulate([_cut_s(time_s, span_s, levels_db) for time_s, _ in ordered])
    result, done_s = audio.part(0, 0), 0.0
    for cut_s, group in groupby(zip(cuts, ordered, strict=True), key=lambda pair: float(pair[0])):
        control.checkpoint()
        result = _joined(result, audio.slice_s(done_s, cut_s))
        result = _joined(result, _bedded(audio, [sound for _, (_, sound) in group], rng))
        done_s = cut_s
    return _joined(result, audio.slice_s(done_s, audio.duration_s))


def speech_span_s(audio: Audio) -> tuple[float, float]:
    """When the first sounding frame starts and the last one ends, in seconds.

    Sounding is what lies clearly above the background and within 35 dB of the loud frames.
    """
    levels = frame_levels_db(audio)
    background, loud = np.percentile(levels, (5.0, 95.0))
    threshold = max(loud - 35.0, min(background + 8.0, loud - 20.0))
    sounding = np.flatnonzero(levels >= threshold)
    return float(sounding[0] * 0.01), min(float(sounding[-1] * 0.01 + 0.02), audio.duration_s)


def _cut_s(time_s: float, span_s: tuple[float, float], levels_db: NDArray[np.float64]) -> float:
    """The best moment to cut near `time_s`: quiet, near, and not inside the first or last word."""
    start_s, end_s = span_s
    moments_s = np.arange(len(levels_db)) * HOP_S + FRAME_S / 2
    low_s, high_s = max(time_s - SEARCH_S, start_s), min(time_s + SEARCH_S, end_s)
    if time_s <= start_s:
        low_s, high_s = start_s - SEARCH_S, start_s
    elif time_s >= end_s:
        low_s, high_s = end_s, end_s + SEARCH_S
    near = np.flatnonzero((moments_s >= low_s) & (moments_s <= high_s))
    if not len(near):
        return float(np.clip(time_s, 0.0, len(levels_db) * HOP_S + FRAME_S))
    cost = levels_db[near] + FAR_DB * np.abs(moments_s[near] - time_s) / SEARCH_S
    return float(moments_s[near[np.argmin(cost)]])


def _bedded(audio: Audio, sounds: Sequence[Audio], rng: np.random.Generator) -> Audio:
    """The sounds with gaps before, between and after, on the recording's own background; fades lie in the gaps."""
    rate = audio.sample_rate
    fitted = [sound.resampled(rate).samples for sound in sounds]
    gap = np.zeros(round((GAP_S + FADE_S / 2) * rate), np.float32)
    laid = np.concatenate([gap, *[part for samples in fitted for part in (samples, gap)]])
    bed = room_tone(audio, len(laid) / rate, rng).samples
    return Audio(laid + bed[: len(laid)], rate, words=())


def _joined(left: Audio, right: Audio) -> Audio:
    return crossfade(left, right, FADE_S)
