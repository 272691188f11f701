"""What callers of the decoder rely on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import app.engine.step_audio.decoder as package
from app.engine.errors import AudioTooShort, BadAudio, Cancelled, InvalidRequest
from app.engine.sound.audio import Audio, joined
from app.engine.step_audio.decoder import Conditioning, Decoder
from app.engine.step_audio.decoder.noise import SeededNoise
from benchmarks.random_decoder import random_stream
from tests.engine.step_audio.decoder.measures import worst
from tests.wording import refused


def test_the_packages_front_door() -> None:
    assert set(package.__all__) == {"Conditioning", "Decoder"}


def streamed(decoder: Decoder, tokens: list[int], *prompt: Any, **how: Any) -> Audio:
    """The sound of all tokens at once."""
    return joined(decoder.stream(*prompt, **how).push(tokens, last=True))


def test_the_same_seed_gives_the_same_sound_whatever_torch_was_seeded_with(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    tokens = random_stream(31, 0)
    torch.manual_seed(1)
    first = streamed(decoder, tokens, prompt_tokens, conditioning, seed=7)
    state = torch.random.get_rng_state()
    again = streamed(decoder, tokens, prompt_tokens, conditioning, seed=7)
    assert torch.equal(state, torch.random.get_rng_state())
    assert first.sample_rate == 24_000
    assert len(first.samples) == 21 * 2 * 480
    assert np.array_equal(first.samples, again.samples)
    other = streamed(decoder, tokens, prompt_tokens, conditioning, seed=3)
    assert not np.array_equal(first.samples, other.samples)


def test_arrays_of_numpy_serve_as_tensors_do(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    tokens, noise = np.array(random_stream(5, 0)), torch.randn(1, 80, 100)
    mel = decoder.tokens_to_mel(tokens, np.array(prompt_tokens), conditioning, noise=noise)
    plain = Conditioning(conditioning.mel.numpy(), conditioning.speaker.numpy())  # type: ignore[arg-type]
    assert torch.equal(decoder.tokens_to_mel(tokens, prompt_tokens, plain, noise=noise.numpy()), mel)
    source_noise = torch.randn(1, 6 * 480, 9)
    wave = decoder.mel_to_wave(mel, source_noise=source_noise)
    assert torch.equal(decoder.mel_to_wave(mel.numpy(), source_noise=source_noise.numpy()), wave)


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ([0, 1, 1024, 1024, 5120], r"'tokens' has 5120 at position 4, where codebook 2 \(1024 to 5119\)"),
        ([0, 1024, 1024, 1024, 1024], r"has 1024 at position 1, where codebook 1 \(0 to 1023\)"),
        ([0, 1, 7], "has 7 at position 2"),
        ([-1], "has -1 at position 0"),
        ([0, 1.5], r"has 1\.5 at position 1; it must hold whole numbers"),
    ],
)
def test_tokens_out_of_place_are_told(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int], tokens: list[int], told: str
) -> None:
    with refused(InvalidRequest, match=told) as caught:
        decoder.tokens_to_mel(tokens, prompt_tokens, conditioning)
    assert caught.value.param == "tokens"
    with refused(InvalidRequest, match="'prompt_tokens'"):
        decoder.stream(tokens, conditioning)


def test_tokens_may_be_arrays(decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]) -> None:
    tokens = random_stream(11, 0)
    wanted = decoder.tokens_to_mel(tokens, prompt_tokens, conditioning)
    found = decoder.tokens_to_mel(np.array(tokens), torch.tensor(prompt_tokens), conditioning)  # type: ignore[arg-type]
    assert torch.equal(found, wanted)


def test_one_token_is_enough_and_a_prompt_is_needed(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    assert decoder.tokens_to_mel([5], prompt_tokens, conditioning).shape == (1, 80, 6)
    assert decoder.tokens_to_mel([], prompt_tokens, conditioning).shape == (1, 80, 0)
    with refused(InvalidRequest, match="prompt"):
        decoder.tokens_to_mel([5], [], conditioning)


def test_inputs_of_the_wrong_form_are_told(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    calls = {
        r"'noise' must be \(1, 80, >=48\)": lambda: decoder.tokens_to_mel(
            [5], prompt_tokens, conditioning, noise=torch.zeros(1, 80, 47)
        ),
        "'n_steps' must be at least 1": lambda: decoder.tokens_to_mel([5], prompt_tokens, conditioning, n_steps=0),
        r"'mel' must be \(1, 80, frames\)": lambda: decoder.mel_to_wave(torch.zeros(80, 5)),
        r"'source_noise' must be \(1, >=2400, 9\); got \(1, 2399, 9\)": lambda: decoder.mel_to_wave(
            torch.zeros(1, 80, 5), source_noise=torch.zeros(1, 2399, 9)
        ),
        r"'source_noise' must be \(1, >=2400, 9\); got \(\)": lambda: decoder.mel_to_wave(
            torch.zeros(1, 80, 5), source_noise=1
        ),
        r"conditioning.speaker' must be \(1, 192\)": lambda: decoder.tokens_to_mel(
            [5], prompt_tokens, Conditioning(conditioning.mel, torch.zeros(1, 80))
        ),
        "conditioning.mel' must be": lambda: decoder.tokens_to_mel(
            [5], prompt_tokens, Conditioning(conditioning.mel[:, :0], conditioning.speaker)
        ),
    }
    for told, call in calls.items():
        with refused(InvalidRequest, match=told):
            call()


def test_preparing_a_prompt_stops_at_a_checkpoint(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    calls = []

    def stop_at_third() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        decoder.stream(prompt_tokens, a_new(conditioning), checkpoint=stop_at_third)
    assert len(calls) == 3


def a_new(conditioning: Conditioning) -> Conditioning:
    """One that no stream has had yet."""
    return Conditioning(conditioning.mel + torch.rand(1), conditioning.speaker)


def test_a_prompt_is_prepared_once_for_all_seeds(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    conditioning, calls = a_new(conditioning), list[int]()
    for seed in range(3):
        decoder.stream(prompt_tokens, conditioning, seed=seed, checkpoint=lambda seed=seed: calls.append(seed))
    assert set(calls) == {0}


def test_streams_after_one_prompt_do_not_meet(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    conditioning, tokens = a_new(conditioning), random_stream(60, 0)
    alone = joined(decoder.stream(prompt_tokens, conditioning, seed=1).push(tokens, last=True))
    first, second = (decoder.stream(prompt_tokens, conditioning, seed=seed) for seed in (1, 2))
    pieces: list[list[Audio]] = [[], []]
    for begin in range(0, 60, 20):
        for heard, session in zip(pieces, (first, second), strict=True):
            heard += session.push(tokens[begin : begin + 20], last=begin == 40)
    mine, other = map(joined, pieces)
    assert np.array_equal(mine.samples, alone.samples)
    assert not np.array_equal(other.samples, alone.samples)


def test_a_job_is_asked_between_all_layers_whether_it_goes_on(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    session, calls = decoder.stream(prompt_tokens, conditioning), []
    session.push(random_stream(20, 0), last=True, checkpoint=lambda: calls.append(1))
    n_steps, n_blocks, n_encoder_blocks, n_stages = 10, 2, 4, 3
    assert len(calls) == n_steps * n_blocks + n_encoder_blocks + n_stages * 3


def test_noise_belongs_to_its_frame() -> None:
    noise = SeededNoise(5, 3, purpose=0)
    whole = noise.frames(0, 300)
    parts = torch.cat([noise.frames(0, 1), noise.frames(1, 64), noise.frames(64, 200), noise.frames(200, 300)])
    assert torch.equal(whole, parts)
    assert abs(float(whole.mean())) < 0.1
    assert abs(float(whole.std()) - 1) < 0.1
    assert not torch.equal(whole, SeededNoise(5, 3, purpose=1).frames(0, 300))
    assert not torch.equal(whole[:64], whole[64:128])


def test_phase_stays_exact_in_a_long_file(decoder: Decoder) -> None:
    """After ten minutes a constant pitch still has its frequency and its phase."""
    n_frames, f0_hz, rate = 30_000, 123.4, 24_000
    source = decoder.vocoder.source
    phase = source.phase_after(torch.full((1, n_frames), f0_hz), None)
    harmonics = torch.arange(1, 10, dtype=torch.float64)
    wanted = torch.remainder(float(np.float32(f0_hz)) * harmonics * n_frames * 480 / rate, 1.0)
    distance = (phase.cycles - wanted + 0.5) % 1 - 0.5
    assert float(distance.abs().max()) < 1e-5


def test_recordings_that_cannot_condition_are_told(decoder: Decoder) -> None:
    with refused(AudioTooShort, match=r"lasts 0\.02 s; at least 0\.03 s"):
        decoder.condition(Audio(np.zeros(480, np.float32), 24_000))
    with pytest.raises(AudioTooShort):
        decoder.condition(Audio(np.zeros(0, np.float32), 24_000))
    with pytest.raises(BadAudio):
        decoder.condition(Audio(np.full(24_000, np.nan, np.float32), 24_000))


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 44_101, 48_000])
def test_any_rate_conditions_alike(decoder: Decoder, rate_hz: int) -> None:
    time_s = np.arange(rate_hz) / rate_hz
    tone = (0.3 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    found = decoder.condition(Audio(tone, rate_hz))
    assert found.mel.shape == (1, 50, 80)
    assert int(found.mel[0, 25].argmax()) == 11  # the band around 440 Hz


def test_loud_prompts_are_levelled_and_quiet_ones_stay(decoder: Decoder) -> None:
    noise = np.random.default_rng(0).standard_normal(24_000).astype(np.float32)
    noise /= np.abs(noise).max()
    loud, level, quiet = (decoder.condition(Audio(noise * peak, 24_000)).mel for peak in (1.0, 0.6, 0.06))
    assert worst(loud, level) < 1e-3
    assert worst(quiet, level) > 1
