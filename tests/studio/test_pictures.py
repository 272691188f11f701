"""What pictures of a take show, as a browser gets it."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from app.engine.sound.analysis import MAX_FRAMES
from app.engine.sound.audio import Audio, silence
from app.studio.pictures import picture
from tests.fakes import tone

MAX_BYTES = 250_000


def shown(audio: Audio) -> dict[str, Any]:
    return dict(json.loads(picture(audio)))


def levels(shown: dict[str, Any]) -> np.ndarray:
    spectrum = shown["spectrogram"]
    return np.frombuffer(base64.b64decode(spectrum["levels"]), np.uint8).reshape(
        spectrum["n_rows"], spectrum["n_frames"]
    )


def test_a_tone_is_the_brightest_row_at_its_frequency_and_a_line_at_its_pitch():
    got = shown(tone(1.0, pitch_hz=330.0))
    rows = levels(got)[:, 5:-5]
    row_hz = got["spectrogram"]["row_hz"]
    assert np.all(np.abs((rows.argmax(axis=0) + 0.5) * row_hz - 330.0) <= row_hz)
    assert rows.max() == 255
    assert len(rows) * row_hz == pytest.approx(8000, abs=row_hz)
    assert np.median(got["pitch"]["f0_hz"]) == pytest.approx(330.0, rel=0.02)
    assert len(got["pitch"]["f0_hz"]) * got["pitch"]["point_s"] == pytest.approx(1.0, abs=0.05)
    assert got["duration_s"] == 1.0


def test_silence_is_dark_and_has_no_pitch():
    got = shown(silence(0.5, 24_000))
    assert not levels(got).any()
    assert not any(got["pitch"]["f0_hz"])


def test_the_shortest_clip_has_a_picture():
    got = shown(tone(0.1))
    assert levels(got).shape[1] * got["spectrogram"]["frame_s"] == pytest.approx(0.1, abs=0.02)
    assert got["pitch"]["f0_hz"]


@pytest.mark.parametrize("seconds", [0.1, 5.0, pytest.param(60.0, marks=pytest.mark.slow)])
def test_a_picture_is_small_however_long_the_sound(seconds: float):
    data = picture(tone(seconds, rate=8000))
    got = json.loads(data)
    assert len(data) <= MAX_BYTES
    assert got["spectrogram"]["n_frames"] <= MAX_FRAMES
    assert len(got["pitch"]["f0_hz"]) <= MAX_FRAMES
    assert len(got["pitch"]["f0_hz"]) * got["pitch"]["point_s"] == pytest.approx(seconds, rel=0.05)


@pytest.mark.slow
def test_ten_minutes_have_a_picture_as_small():
    data = picture(tone(600.0, rate=8000))
    assert len(data) <= MAX_BYTES
    assert np.median(json.loads(data)["pitch"]["f0_hz"]) == pytest.approx(330.0, rel=0.02)
