"""Every stage against the reference, each from the golden input of that stage."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.sound.audio import Audio
from app.engine.step_audio.decoder import Conditioning, Decoder
from app.engine.step_audio.decoder.campplus import fbank
from app.engine.step_audio.decoder.estimator import BlockState
from app.engine.step_audio.decoder.flow import aligned
from app.engine.step_audio.decoder.layers import unhindered
from app.engine.step_audio.decoder.solver import time_grid
from app.engine.step_audio.decoder.tokens import paired
from app.engine.step_audio.waves import peak_limited, resampled
from tests.engine.step_audio.decoder.measures import snr_db, worst
from tests.engine.step_audio.decoder.reference_stream import rendered

Goldens = Mapping[str, Tensor]
CASES = ("c1", "c2")
RATES_HZ = {"c1": 24_000, "c2": 16_000}


@pytest.fixture(autouse=True)
def _no_gradients() -> None:
    torch.set_grad_enabled(False)


def pairs(goldens: Goldens, case: str) -> tuple[Tensor, Tensor]:
    return paired(goldens[f"{case}_prompt_mixed"].tolist()), paired(goldens[f"{case}_target_mixed"].tolist())


def conditions(goldens: Goldens, case: str) -> Conditioning:
    return Conditioning(goldens[f"{case}_prompt_feat"], goldens[f"{case}_spk_embedding"])


@pytest.mark.parametrize("case", CASES)
def test_tokens_are_regrouped_exactly(goldens: Goldens, case: str) -> None:
    prompt, target = pairs(goldens, case)
    assert torch.equal(prompt, goldens[f"{case}_prompt_dual"])
    assert torch.equal(target, goldens[f"{case}_target_dual"])


@pytest.mark.parametrize("case", CASES)
def test_frontends_give_the_references_features(goldens: Goldens, decoder: Decoder, case: str) -> None:
    rate_hz = RATES_HZ[case]
    mono = goldens[f"{case}_wav_raw"].mean(dim=0)
    wave = peak_limited(Audio(mono.numpy(), rate_hz)).samples
    other_hz = 40_000 - rate_hz
    other = torch.from_numpy(resampled(wave, rate_hz, other_hz)).unsqueeze(0)
    assert worst(other, goldens[f"{case}_wav_{other_hz}"]) < 2e-5
    assert (
        worst(fbank(torch.from_numpy(wave).unsqueeze(0) if rate_hz == 16_000 else other), goldens[f"{case}_fbank"])
        < 2e-3
    )
    found = decoder.condition(Audio(mono.numpy(), rate_hz))
    assert worst(found.mel, goldens[f"{case}_prompt_feat"]) < 1e-3
    assert worst(found.speaker, goldens[f"{case}_spk_embedding"]) < 1e-4


@pytest.mark.parametrize("case", CASES)
def test_the_encoder_agrees_stage_by_stage(goldens: Goldens, decoder: Decoder, case: str) -> None:
    flow, encoder = decoder.flow, decoder.flow.encoder
    prompt, target = pairs(goldens, case)
    embedded = flow.embedded(torch.cat((prompt, target), dim=1))
    stages = {"tok_embedded": embedded}
    state = encoder.start(embedded)
    n_below = len(encoder.blocks)
    stages["enc_embed"] = encoder.embed(embedded)
    stages["enc_prelookahead"] = encoder.look_ahead(stages["enc_embed"], state, last=True)
    below = encoder.through(encoder.blocks, stages["enc_prelookahead"], state.attention[:n_below])
    stages["enc_blocks"] = below
    stages["enc_up"] = encoder.upsampled(below, state).transpose(1, 2)
    stages["enc_up_embed"] = encoder.up_embed(stages["enc_up"].transpose(1, 2))
    first = state.attention[n_below : n_below + 1]
    stages["enc_up_block0"] = encoder.through(encoder.up_blocks[:1], stages["enc_up_embed"], first)
    stages["enc_out"] = encoder(embedded, encoder.start(embedded))
    stages["mu"] = flow.mu(stages["enc_out"])
    compared = [name for name in stages if f"{case}_{name}" in goldens]
    assert {name: worst(stages[name], goldens[f"{case}_{name}"]) < 3e-5 for name in compared} == dict.fromkeys(
        compared, True
    )
    assert len(compared) == (len(stages) if case == "c1" else 2)


@pytest.mark.parametrize("case", CASES)
def test_the_prompts_conditions_agree(goldens: Goldens, decoder: Decoder, case: str) -> None:
    prompt, _ = pairs(goldens, case)
    found = aligned(goldens[f"{case}_prompt_feat"], 2 * prompt.shape[1])
    assert torch.equal(found, goldens[f"{case}_prompt_feat_aligned"])
    assert worst(decoder.flow.speaker(goldens[f"{case}_spk_embedding"]), goldens[f"{case}_spk_projected"]) < 1e-5


def test_the_estimator_agrees_stage_by_stage(goldens: Goldens, decoder: Decoder) -> None:
    estimator = decoder.flow.estimator
    x, time = goldens["c1_dit_x"].transpose(1, 2), goldens["c1_dit_t"]
    known = goldens["c1_prompt_feat_aligned"]
    cond = F.pad(known, (0, 0, 0, x.shape[1] - known.shape[1]))
    conditioned = estimator.conditioned(goldens["c1_mu"], goldens["c1_spk_projected"], cond)
    steer = estimator.modulations(time[:1])[0]
    noisy = estimator.noisy_in(x)
    entering = conditioned + torch.cat((noisy, noisy))
    assert worst(estimator.time_embedding(time), goldens["c1_dit_temb"]) < 5e-5
    assert worst(entering, goldens["c1_dit_in"]) < 5e-5
    block, turn = estimator.blocks[0], steer.blocks[0]
    attended = block.attention(turn.attention.modulated(entering), BlockState())
    assert worst(attended, goldens["c1_dit_block0_attn"]) < 5e-5
    after = entering + turn.attention.gate * attended
    assert worst(block.conv(turn.conv.modulated(after), BlockState()), goldens["c1_dit_block0_conv"]) < 5e-5
    assert worst(block(entering.clone(), turn, BlockState()), goldens["c1_dit_block0"]) < 5e-5
    velocities = estimator(x, conditioned, steer, estimator.start(), unhindered)
    assert worst(velocities.transpose(1, 2), goldens["c1_dit_out"]) < 5e-5


def test_the_time_grid_is_the_references(goldens: Goldens) -> None:
    assert torch.equal(time_grid(10), goldens["t_span_10"])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("name", "n_steps"), [("mel", 10), ("mel_4steps", 4)])
def test_mel_agrees(goldens: Goldens, decoder: Decoder, case: str, name: str, n_steps: int) -> None:
    prompt, target = (goldens[f"{case}_{part}_mixed"].tolist() for part in ("prompt", "target"))
    noise = goldens["rand_noise"]  # longer than needed
    found = decoder.tokens_to_mel(target, prompt, conditions(goldens, case), noise=noise, n_steps=n_steps)
    assert worst(found, goldens[f"{case}_{name}"]) < 5e-5


def test_rounded_conditions_give_the_mel_of_the_references_upper_layer(goldens: Goldens, decoder: Decoder) -> None:
    prompt, target = (goldens[f"c1_{part}_mixed"].tolist() for part in ("prompt", "target"))
    given = conditions(goldens, "c1")
    rounded = Conditioning(given.mel.bfloat16().float(), given.speaker.bfloat16().float())
    found = decoder.tokens_to_mel(target, prompt, rounded, noise=goldens["rand_noise"])
    assert worst(found, goldens["c1_mel_bf16_prompt"]) < 5e-5


@pytest.mark.parametrize("case", CASES)
def test_pitch_agrees(goldens: Goldens, decoder: Decoder, case: str) -> None:
    assert worst(decoder.vocoder.f0(goldens[f"{case}_mel"]), goldens[f"{case}_f0"]) < 3e-3


def test_excitation_agrees_within_what_float32_phase_allows(goldens: Goldens, decoder: Decoder) -> None:
    source = decoder.vocoder.source
    assert worst(source(goldens["c1_f0"], None), goldens["c1_source_zero_noise"]) < 2e-3
    f0 = decoder.vocoder.f0(goldens["h_mel"])
    assert worst(source(f0, goldens["h_noise"]), goldens["h_source"]) < 2e-3


def test_generator_agrees_from_the_golden_excitation(goldens: Goldens, decoder: Decoder) -> None:
    vocoder, source = decoder.vocoder, goldens["c1_source_zero_noise"]
    spectrum = vocoder.generator.spectrum(source)
    assert worst(spectrum[:, :, :64], goldens["c1_source_stft_head"]) < 5e-5
    columns = vocoder.generator.columns(goldens["c1_mel"], spectrum)
    assert worst(columns[:, :, :256], goldens["c1_conv_post_head"]) < 5e-5
    assert worst(rendered(vocoder, goldens["c1_mel"], source), goldens["c1_wav_zero_noise"]) < 5e-5
    assert worst(rendered(vocoder, goldens["h_mel"], goldens["h_source"]), goldens["h_wav"]) < 5e-5
    overwritten = goldens["h_source"].clone()
    overwritten[:, :, :960] = source[:, :, :960]
    assert worst(rendered(vocoder, goldens["h_mel"], overwritten), goldens["h_wav_cached_source"]) < 5e-5


def test_wave_agrees_without_and_with_given_noise(goldens: Goldens, decoder: Decoder) -> None:
    found = decoder.mel_to_wave(goldens["c1_mel"], source_noise=0)
    assert worst(found, goldens["c1_wav_zero_noise"]) < 5e-3
    assert snr_db(found, goldens["c1_wav_zero_noise"]) > 60
    longer = F.pad(goldens["h_noise"], (0, 0, 0, 100))
    assert worst(decoder.mel_to_wave(goldens["h_mel"], source_noise=longer), goldens["h_wav"]) < 5e-3


def test_seeded_file_agrees_from_end_to_end(goldens: Goldens, decoder: Decoder) -> None:
    prompt, target = (goldens[f"c1_{part}_mixed"].tolist() for part in ("prompt", "target"))
    mel = decoder.tokens_to_mel(target, prompt, conditions(goldens, "c1"), noise=goldens["rand_noise"])
    found = decoder.mel_to_wave(mel, source_noise=reference_noise(20300, 480 * mel.shape[2]))
    assert worst(found, goldens["c1_e2e_seeded"]) < 2e-2
    assert snr_db(found, goldens["c1_e2e_seeded"]) > 60


def reference_noise(seed: int, n_samples: int, n_tones: int = 9) -> Tensor:
    """The source noise that the reference draws after seeding, (1, N, K): behind its phases, transposed in memory."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.rand(1, n_tones)
        return torch.randn_like(torch.empty(1, n_tones, n_samples).transpose(1, 2))
