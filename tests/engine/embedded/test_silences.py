"""The clip without its silences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.engine.edits import Edit
from app.engine.embedded.silences import without_silence
from app.engine.errors import SilentAudio
from app.engine.hearing.vad import Vad
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio, joined, silence
from tests.wording import refused

LoadClip = Callable[[str], Audio]


@pytest.fixture(scope="module")
def vad(parts: Parts) -> Vad:
    return Vad(parts)


def _edit(intensity: float = 1.0, iterations: int = 1) -> Edit:
    return Edit("vad", "", intensity, iterations)


def _two_sentences(load_clip: LoadClip, pause_s: float) -> Audio:
    first, second = load_clip("ref_en_male"), load_clip("ref_en_gb_male")
    return joined([first, silence(pause_s, first.sample_rate), second])


def test_a_clip_in_which_nobody_speaks_is_refused(vad: Vad) -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal(32000)
    with refused(SilentAudio, match="no speech"):
        without_silence(vad, Audio(noise.astype(np.float32), 16000), _edit(), JobControl(), "input_audio")


@pytest.mark.parametrize(
    "name",
    [
        *("ref_en_male", "ref_zh_female"),
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("ref_en_female", "ref_en_gb_male", "ref_zh_male")),
    ],
)
def test_added_silence_is_removed_to_within_a_fifth_of_a_second(vad: Vad, load_clip: LoadClip, name: str) -> None:
    clip = load_clip(name)
    padded = joined([silence(1.0, clip.sample_rate), clip, silence(1.5, clip.sample_rate)])
    alone = without_silence(vad, clip, _edit(), JobControl(), "input_audio")
    result = without_silence(vad, padded, _edit(), JobControl(), "input_audio")
    assert result.sample_rate == clip.sample_rate
    assert result.duration_s == pytest.approx(alone.duration_s, abs=0.2)


def test_a_pause_is_shortened_and_nothing_spoken_is_lost(vad: Vad, load_clip: LoadClip) -> None:
    clip = _two_sentences(load_clip, pause_s=2.0)
    spans = vad.speech_spans(clip, JobControl())
    result = without_silence(vad, clip, _edit(), JobControl(), "input_audio")
    spoken_s = sum(end_s - start_s for start_s, end_s in spans)
    assert result.duration_s == pytest.approx(spoken_s + 0.15 * len(spans), abs=0.05)

    def energy(audio: Audio) -> float:
        return float(np.sum(audio.samples.astype(np.float64) ** 2))

    assert energy(result) == pytest.approx(energy(clip), rel=0.01)


def test_joins_do_not_click(vad: Vad, load_clip: LoadClip) -> None:
    clip = _two_sentences(load_clip, pause_s=2.0)
    noise = 0.003 * np.random.default_rng(2).standard_normal(len(clip.samples)).astype(np.float32)
    offset = np.float32(0.1)  # a cut without a fade between unequal levels would jump
    slope = np.linspace(0, offset, len(clip.samples), dtype=np.float32)
    result = without_silence(
        vad, Audio(clip.samples + noise + slope, clip.sample_rate), _edit(), JobControl(), "input_audio"
    )
    assert np.abs(np.diff(result.samples)).max() <= np.abs(np.diff(clip.samples + noise)).max() * 1.05


@pytest.mark.slow
def test_more_intensity_and_more_iterations_leave_shorter_pauses(vad: Vad, load_clip: LoadClip) -> None:
    clip = _two_sentences(load_clip, pause_s=2.0)
    edits = [_edit(0.1), _edit(0.5), _edit(1.0), _edit(2.0), _edit(1.0, iterations=3)]
    lengths_s = [without_silence(vad, clip, edit, JobControl(), "input_audio").duration_s for edit in edits]
    assert lengths_s == sorted(lengths_s, reverse=True)
    assert len(set(lengths_s)) == len(lengths_s)
