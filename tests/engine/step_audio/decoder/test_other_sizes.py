"""Nothing is sized by constants: other hyperparameters than the goldens', against the plain form of the formulas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from app.engine.step_audio.decoder import Conditioning, Decoder
from app.engine.step_audio.decoder.config import (
    DecoderConfig,
    EncoderConfig,
    EstimatorConfig,
    F0Config,
    FlowConfig,
    MelConfig,
    VocoderConfig,
)
from app.engine.step_audio.decoder.flow import aligned
from app.engine.step_audio.decoder.tokens import paired
from benchmarks.plain_flow import PlainFlow
from benchmarks.random_decoder import random_stream, write_random_decoder
from tests.engine.step_audio.decoder.measures import worst

ODD = DecoderConfig(
    mel=MelConfig(num_mels=20, n_fft=480, hop_size=120, win_size=480, sampling_rate=12_000, fmin=50, fmax=6000),
    flow=FlowConfig(
        input_size=24,
        output_size=20,
        spk_embed_dim=48,
        vocab_size=3073,
        encoder=EncoderConfig(
            input_size=24,
            output_size=24,
            pre_lookahead_len=4,
            num_blocks=1,
            num_up_blocks=3,
            attention_heads=3,
            key_bias=False,
            linear_units=40,
            activation_type="silu",
        ),
        estimator=EstimatorConfig(
            in_channels=80, out_channels=20, mlp_ratio=2.5, depth=3, num_heads=3, head_dim=10, hidden_size=24
        ),
        inference_cfg_rate=0.4,
    ),
    vocoder=VocoderConfig(
        f0_predictor=F0Config(in_channels=20, cond_channels=12),
        in_channels=20,
        base_channels=16,
        nb_harmonics=3,
        sampling_rate=12_000,
        upsample_rates=(5, 6),
        upsample_kernel_sizes=(11, 12),
        resblock_kernel_sizes=(3, 5),
        resblock_dilation_sizes=((1, 2), (1, 3)),
        source_resblock_kernel_sizes=(7, 3),
        source_resblock_dilation_sizes=((1, 2), (1, 2)),
        audio_limit=0.8,
    ),
)
WITH_KEY_BIAS = replace(ODD, flow=replace(ODD.flow, encoder=replace(ODD.flow.encoder, key_bias=True)))


@pytest.fixture(
    scope="module", params=[ODD, pytest.param(WITH_KEY_BIAS, marks=pytest.mark.slow)], ids=["odd", "key-bias"]
)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("odd")
    write_random_decoder(place, request.param)
    return place


@pytest.fixture(scope="module")
def odd(folder: Path) -> Decoder:
    return Decoder.from_pretrained(folder)


def random_conditioning(config: DecoderConfig, n_frames: int, seed: int = 0) -> Conditioning:
    generator = torch.Generator().manual_seed(seed)
    mel = torch.randn(1, n_frames, config.mel.num_mels, generator=generator)
    return Conditioning(mel, torch.randn(1, config.flow.spk_embed_dim, generator=generator))


def test_the_yaml_comes_back_as_it_was_written(odd: Decoder) -> None:
    assert odd.config in (ODD, WITH_KEY_BIAS)


@pytest.mark.parametrize(
    ("n_prompt", "n_target", "n_mel"), [(10, 23, 7), (31, 6, 60), pytest.param(55, 111, 66, marks=pytest.mark.slow)]
)
def test_mel_is_the_plain_flows(folder: Path, odd: Decoder, n_prompt: int, n_target: int, n_mel: int) -> None:
    plain = PlainFlow(torch.load(folder / "flow.pt", weights_only=True), odd.config.flow)
    prompt, target = random_stream(n_prompt, 1, 3073), random_stream(n_target, 2, 3073)
    conditioning = random_conditioning(odd.config, n_mel)
    noise = torch.randn(1, 20, 300, generator=torch.Generator().manual_seed(5))
    known = aligned(conditioning.mel, 2 * paired(prompt).shape[1])
    wanted = plain.mel(paired(prompt), paired(target), known, conditioning.speaker, noise, 6)
    found = odd.tokens_to_mel(target, prompt, conditioning, noise=noise, n_steps=6)
    assert worst(found, wanted) < 5e-5


def test_a_stream_has_the_length_of_the_file(odd: Decoder) -> None:
    prompt, target = random_stream(20, 1, 3073), random_stream(143, 2, 3073)
    conditioning = random_conditioning(odd.config, 20)
    whole = odd.mel_to_wave(odd.tokens_to_mel(target, prompt, conditioning))[0]
    session = odd.stream(prompt, conditioning)
    sounds = [sound for i in range(0, 143, 7) for sound in session.push(target[i : i + 7])] + session.push(
        [], last=True
    )
    assert sum(len(sound.samples) for sound in sounds) == len(whole) == 87 * 2 * 120
    assert {sound.sample_rate for sound in sounds} == {odd.sample_rate} == {12_000}
    assert max(abs(sound.samples).max() for sound in sounds) <= 0.8


def test_a_prompt_recording_of_any_rate_conditions_it(odd: Decoder) -> None:
    from app.engine.sound.audio import Audio

    noise = torch.randn(22_050, generator=torch.Generator().manual_seed(0)).numpy() * 0.1
    found = odd.condition(Audio(noise, 22_050))
    assert found.mel.shape == (1, 100, 20)
    assert found.speaker.shape == (1, 48)
