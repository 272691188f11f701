"""Where somebody speaks, and the clip without its silences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.engine.edits import Edit
from app.engine.embedded.vad import Vad
from app.engine.errors import Cancelled, PartMissing, SilentAudio
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio, joined, silence

LoadClip = Callable[[str], Audio]


@pytest.fixture(scope="module")
def vad(parts: Parts) -> Vad:
    return Vad(parts)


def _edit(intensity: float = 1.0, iterations: int = 1) -> Edit:
    return Edit("vad", "", intensity, iterations)


def _two_sentences(load_clip: LoadClip, pause_s: float) -> Audio:
    first, second = load_clip("ref_en_male"), load_clip("ref_en_gb_male")
    return joined([first, silence(pause_s, first.sample_rate), second])


def test_speech_is_found_where_it_was_put(vad: Vad, load_clip: LoadClip) -> None:
    clip = load_clip("ref_en_male")
    (start_s, end_s), *more = vad.speech_spans(joined([silence(2.0, clip.sample_rate), clip]), JobControl())
    alone_start_s, alone_end_s = vad.speech_spans(clip, JobControl())[0]
    assert not more
    assert start_s == pytest.approx(alone_start_s + 2.0, abs=0.1)
    assert end_s == pytest.approx(alone_end_s + 2.0, abs=0.1)


@pytest.mark.parametrize("kind", ["silence", "noise", "tone"])
def test_no_speech_is_found_where_nobody_speaks(vad: Vad, kind: str) -> None:
    time_s = np.arange(2 * 16000) / 16000
    sounds = {
        "silence": np.zeros_like(time_s),
        "noise": 0.1 * np.random.default_rng(1).standard_normal(len(time_s)),
        "tone": 0.2 * np.sin(2 * np.pi * 440 * time_s),
    }
    clip = Audio(sounds[kind].astype(np.float32), 16000)
    assert vad.speech_spans(clip, JobControl()) == []
    with pytest.raises(SilentAudio, match="no speech"):
        vad.without_silence(clip, _edit(), JobControl())


@pytest.mark.parametrize("name", ["ref_en_female", "ref_en_male", "ref_en_gb_male", "ref_zh_female", "ref_zh_male"])
def test_added_silence_is_removed_to_within_a_fifth_of_a_second(vad: Vad, load_clip: LoadClip, name: str) -> None:
    clip = load_clip(name)
    padded = joined([silence(1.0, clip.sample_rate), clip, silence(1.5, clip.sample_rate)])
    alone = vad.without_silence(clip, _edit(), JobControl())
    result = vad.without_silence(padded, _edit(), JobControl())
    assert result.sample_rate == clip.sample_rate
    assert result.duration_s == pytest.approx(alone.duration_s, abs=0.2)


def test_a_pause_is_shortened_and_nothing_spoken_is_lost(vad: Vad, load_clip: LoadClip) -> None:
    clip = _two_sentences(load_clip, pause_s=2.0)
    spans = vad.speech_spans(clip, JobControl())
    result = vad.without_silence(clip, _edit(), JobControl())
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
    result = vad.without_silence(Audio(clip.samples + noise + slope, clip.sample_rate), _edit(), JobControl())
    assert np.abs(np.diff(result.samples)).max() <= np.abs(np.diff(clip.samples + noise)).max() * 1.05


def test_more_intensity_and_more_iterations_leave_shorter_pauses(vad: Vad, load_clip: LoadClip) -> None:
    clip = _two_sentences(load_clip, pause_s=2.0)
    edits = [_edit(0.1), _edit(0.5), _edit(1.0), _edit(2.0), _edit(1.0, iterations=3)]
    lengths_s = [vad.without_silence(clip, edit, JobControl()).duration_s for edit in edits]
    assert lengths_s == sorted(lengths_s, reverse=True)
    assert len(set(lengths_s)) == len(lengths_s)


def test_a_stopped_job_ends_in_the_search(vad: Vad, load_clip: LoadClip) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        vad.speech_spans(load_clip("ref_en_male"), control)


def test_a_missing_part_is_named(tmp_path: Path, load_clip: LoadClip) -> None:
    with pytest.raises(PartMissing, match="silero-vad"):
        Vad(Parts(tmp_path, offline=True)).speech_spans(load_clip("ref_en_male"), JobControl())
