"""The speaker encoder gives what the original network gives, and hears speech, not pauses or level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.engine.hearing.speaker import SpeakerEncoder, partial_mels, without_pauses
from app.engine.sound.audio import Audio, joined, silence
from tests.acoustics import similarity

DATA = Path(__file__).parents[2] / "data"
CLIPS = sorted(path.stem for path in (DATA / "clips").glob("*.flac"))


def clip(name: str) -> Audio:
    samples, rate = soundfile.read(DATA / "clips" / f"{name}.flac", dtype="float32")
    return Audio(samples, rate)


@pytest.fixture(scope="module")
def encoder() -> SpeakerEncoder:
    return SpeakerEncoder()


@pytest.mark.parametrize("name", CLIPS)
def test_embedding_equals_that_of_the_original_network(encoder: SpeakerEncoder, name: str) -> None:
    golden = np.load(DATA / "speaker_embeddings.npz")[name]
    embedding = encoder.embed(clip(name))
    assert embedding.dtype == np.float32
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)
    assert similarity(embedding, golden) > 0.999


def test_two_halves_of_a_clip_are_nearer_than_two_speakers(encoder: SpeakerEncoder) -> None:
    voices = [clip(name) for name in CLIPS]
    first = [encoder.embed(v.slice_s(0, v.duration_s / 2)) for v in voices]
    second = [encoder.embed(v.slice_s(v.duration_s / 2, v.duration_s)) for v in voices]
    scores = np.array(first) @ np.array(second).T
    assert (scores.argmax(axis=1) == np.arange(len(CLIPS))).all()


def test_level_and_pauses_do_not_change_the_speaker(encoder: SpeakerEncoder) -> None:
    speech = clip("ref_en_male")
    quiet = joined([silence(2, speech.sample_rate), speech.scaled(-20), silence(2, speech.sample_rate)])
    assert similarity(encoder.embed(speech), encoder.embed(quiet)) > 0.98


def test_long_pauses_are_shortened_to_a_quarter_second() -> None:
    rate = 16_000
    tone = Audio((0.1 * np.sin(2 * np.pi * 200 * np.arange(rate) / rate)).astype(np.float32), rate)
    gapped = joined([tone, silence(0.2, rate), tone, silence(3, rate), tone])
    assert without_pauses(gapped).duration_s == pytest.approx(3 + 0.2 + 0.25, abs=0.06)


@pytest.mark.parametrize(("seconds", "stretches"), [(0.5, 1), (1.6, 1), (3.2, 3), (10.0, 12)])
def test_an_utterance_is_heard_in_overlapping_stretches(seconds: float, stretches: int) -> None:
    mels = partial_mels(np.full(round(seconds * 16_000), 0.01, np.float32))
    assert mels.shape == (stretches, 160, 40)
    assert mels.dtype == np.float32
