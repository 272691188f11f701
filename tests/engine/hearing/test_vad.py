"""Where somebody speaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.engine.errors import Cancelled, PartMissing
from app.engine.hearing.vad import Vad
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio, joined, silence
from tests.wording import refused

LoadClip = Callable[[str], Audio]


@pytest.fixture(scope="module")
def vad(parts: Parts) -> Vad:
    return Vad(parts)


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


def test_a_stopped_job_ends_in_the_search(vad: Vad, load_clip: LoadClip) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        vad.speech_spans(load_clip("ref_en_male"), control)


def test_a_missing_part_is_named(tmp_path: Path, load_clip: LoadClip) -> None:
    with refused(PartMissing, match="silero-vad"):
        Vad(Parts(tmp_path, offline=True)).speech_spans(load_clip("ref_en_male"), JobControl())
