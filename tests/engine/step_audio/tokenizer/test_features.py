"""The front end: how many frames a clip has, and that neither blocks nor other clips change them."""

from __future__ import annotations

import pytest
import torch

from app.engine.step_audio.kaldi import mel_filters
from app.engine.step_audio.tokenizer import features as features_module
from app.engine.step_audio.tokenizer.features import FrontEnd, n_feature_frames
from tests.engine.step_audio.tokenizer.golden import FACTS, voice

N_MELS = 80


def front_end(dither: float) -> FrontEnd:
    return FrontEnd(N_MELS, torch.zeros(N_MELS * 7), torch.ones(N_MELS * 7), dither)


@pytest.mark.parametrize("row", FACTS["edge_lengths"]["rows"], ids=lambda row: str(row["n"]))
def test_a_clip_has_as_many_frames_as_the_original_has_codes(row: dict[str, int]) -> None:
    assert n_feature_frames(row["n"]) == len(row["vq02"])
    assert len(front_end(0.0).features(torch.zeros(row["n"]))) == len(row["vq02"])


def test_the_same_clip_has_the_same_features_always(monkeypatch: pytest.MonkeyPatch) -> None:
    samples, end = torch.from_numpy(voice(1, 16_000, 0.9)), front_end(1.0)
    first = end.features(samples)
    end.features(samples[:9_000])
    assert torch.equal(end.features(samples), first)
    monkeypatch.setattr(features_module, "_BLOCK", 7)
    assert torch.equal(end.features(samples), first)


def test_dither_is_of_the_strength_asked_for() -> None:
    """Digital silence plus noise of deviation d has energies d squared times those of deviation 1."""
    silence = torch.zeros(16_000)
    weak, strong = (front_end(dither).features(silence) for dither in (1.0, 8.0))
    torch.testing.assert_close(strong - weak, torch.full_like(weak, 2 * torch.tensor(8.0).log().item()))
    assert front_end(0.0).features(silence).eq(torch.tensor(2.0**-23).log()).all()


def test_the_generator_of_the_process_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    front_end(1.0).features(torch.zeros(4_000))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_tone_is_loudest_in_the_band_around_it() -> None:
    t = torch.arange(8_000) / 16_000
    levels = front_end(0.0).features(torch.sin(2 * torch.pi * 1000 * t))[5, :N_MELS]
    centres = mel_filters(N_MELS).argmax(dim=0) * 16_000 / 512
    assert abs(float(centres[levels.argmax()]) - 1000) < 50
