"""Streaming: built of parts that give the reference's stream golden for golden, and better than it."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from app.engine.errors import Cancelled, InvalidRequest
from app.engine.sound.audio import Samples, joined
from app.engine.step_audio.decoder import Conditioning, Decoder
from app.engine.step_audio.decoder.decoder import FLOW_NOISE
from app.engine.step_audio.decoder.flow_stream import FlowPrompt, FlowStream
from app.engine.step_audio.decoder.noise import DEFAULT_SEED, SeededNoise
from app.engine.step_audio.decoder.tokens import paired
from app.engine.step_audio.decoder.vocoder_stream import VocoderStream
from benchmarks.random_decoder import random_stream
from tests.engine.step_audio.decoder.measures import relative_rms, snr_db, worst
from tests.engine.step_audio.decoder.reference_stream import ReferenceFlowStream, ReferenceVocoderStream
from tests.engine.step_audio.decoder.test_goldens import reference_noise
from tests.wording import refused

Goldens = Mapping[str, Tensor]
pytestmark = pytest.mark.slow  # a second each: together more than the quick suite can spare

CHUNK_TOKENS = (25, 40, 80, 80)  # of the golden stream; the rest is the last chunk
HOP = 480


@pytest.fixture(autouse=True)
def _no_gradients() -> None:
    torch.set_grad_enabled(False)


def streamed_mels(stream: FlowStream, tokens: list[int]) -> list[Tensor]:
    mels, start = [], 0
    for n_tokens in CHUNK_TOKENS:
        mels.append(stream.extend(paired(tokens[start : start + n_tokens + 5]), last=False))
        start += n_tokens
    return [*mels, stream.extend(paired(tokens[start:]), last=True)]


@pytest.fixture(scope="module")
def reference_flow(
    goldens: Goldens, decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> FlowStream:
    prompt = FlowPrompt(paired(prompt_tokens), conditioning.mel, conditioning.speaker)
    noise = goldens["rand_noise"][0].T
    return ReferenceFlowStream(decoder.flow, prompt, lambda first, last: noise[first:last])


def test_mels_in_its_order_are_the_references(
    goldens: Goldens, reference_flow: FlowStream, stream_tokens: list[int]
) -> None:
    mels = streamed_mels(reference_flow, stream_tokens)
    assert [worst(mel, goldens[f"s_mel_{i}"]) < 5e-5 for i, mel in enumerate(mels)] == [True] * 5


def test_sounds_in_its_order_are_the_references(goldens: Goldens, decoder: Decoder) -> None:
    stream = ReferenceVocoderStream(decoder.vocoder, lambda _first, _last: None)
    for i in range(5):
        found = stream.extend(goldens[f"s_mel_{i}"], last=i == 4).unsqueeze(0)
        if i != 3:
            assert worst(found, goldens[f"s_wav_{i}"]) < 2e-2
            assert snr_db(found, goldens[f"s_wav_{i}"]) > 60
    seeded = ReferenceVocoderStream(decoder.vocoder, lambda first, last: reference_noise(20332, HOP * (last - first)))
    found = seeded.extend(goldens["s_mel_0"], last=False).unsqueeze(0)
    assert worst(found, goldens["q_wav_0"]) < 2e-2


def test_setting_up_leaves_the_references_context(
    goldens: Goldens, decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int], stream_tokens: list[int]
) -> None:
    prompt = FlowPrompt(paired(prompt_tokens), conditioning.mel, conditioning.speaker)
    noise = goldens["rand_noise"][0].T
    stream = ReferenceFlowStream(decoder.flow, prompt, lambda first, last: noise[first:last])
    stream.prepare_before(paired(stream_tokens[:5]))
    encoder, states = stream._encoder_state, stream._states
    context = torch.cat((encoder.lookahead, encoder.upsampling), dim=1).transpose(1, 2)
    assert worst(context, goldens["s_setup_conformer_cnn"]) < 5e-5
    for i, layer in enumerate(encoder.attention):
        assert layer.keys is not None
        assert layer.values is not None
        kept = torch.cat((layer.keys, layer.values), dim=3)[:, :, :8]
        assert worst(kept, goldens["s_setup_conformer_att"][i]) < 5e-5
    for place, step in enumerate((0, 9)):
        for depth, block in enumerate(states[step].blocks):
            kept = torch.cat([part[:, :, :8] for part in block.seen], dim=3)
            assert worst(kept, goldens["s_setup_estimator_att"][place, depth]) < 5e-5
            inputs = torch.cat([part.transpose(1, 2) for part in block.conv_inputs if part is not None], dim=1)
            assert worst(inputs, goldens["s_setup_estimator_cnn"][place, depth]) < 5e-5


def push_in_pieces(
    decoder: Decoder, tokens: list[int], *prompt: object, piece: int = 10, **how: object
) -> list[Samples]:
    session = decoder.stream(*prompt, **how)  # type: ignore[arg-type]
    sounds = []
    for i in range(0, len(tokens), piece):
        sounds += session.push(tokens[i : i + piece], last=i + piece >= len(tokens))
    assert session.is_closed
    return [sound.samples for sound in sounds]


def test_chunks_have_the_references_lengths(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int], stream_tokens: list[int]
) -> None:
    sounds = push_in_pieces(decoder, stream_tokens, prompt_tokens, conditioning)
    assert [len(sound) for sound in sounds] == [10560, 23040, 46080, 46080, 15360]


def test_how_tokens_arrive_changes_nothing(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int], stream_tokens: list[int]
) -> None:
    one, many = (
        np.concatenate(push_in_pieces(decoder, stream_tokens, prompt_tokens, conditioning, piece=piece))
        for piece in (243, 1)
    )
    assert np.array_equal(one, many)


def test_the_seed_decides(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int], stream_tokens: list[int]
) -> None:
    tokens = stream_tokens[:60]
    torch.manual_seed(1)
    first = np.concatenate(push_in_pieces(decoder, tokens, prompt_tokens, conditioning, seed=7))
    torch.manual_seed(2)
    again = np.concatenate(push_in_pieces(decoder, tokens, prompt_tokens, conditioning, seed=7))
    other = np.concatenate(push_in_pieces(decoder, tokens, prompt_tokens, conditioning, seed=8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_vocoders_stream_is_the_files_wave(goldens: Goldens, decoder: Decoder) -> None:
    """Without what the flow cannot know of the future, hardly anything is left between stream and file."""
    mels = [goldens[f"s_mel_{i}"] for i in range(5)]
    whole = decoder.mel_to_wave(torch.cat(mels, dim=2), source_noise=0)[0]
    figures = {}
    for kind in (VocoderStream, ReferenceVocoderStream):
        stream = kind(decoder.vocoder, lambda _first, _last: None)
        figures[kind] = torch.cat([stream.extend(mel, last=i == 4) for i, mel in enumerate(mels)])
    assert snr_db(figures[VocoderStream], whole) > 55  # 63.6 measured
    assert snr_db(figures[ReferenceVocoderStream], whole) < 10  # 2.5: its phase starts anew in each chunk
    assert float(figures[VocoderStream].abs().max()) < 0.99001
    assert float(figures[ReferenceVocoderStream].abs().max()) > 1.05


def test_joints_are_better_than_the_references(goldens: Goldens, decoder: Decoder) -> None:
    """Level and spectral flux within 160 ms of each joint, against the wave of the whole mel."""
    mels = [goldens[f"s_mel_{i}"] for i in range(5)]
    whole = decoder.mel_to_wave(torch.cat(mels, dim=2), source_noise=0)[0]
    errors = {}
    for kind in (VocoderStream, ReferenceVocoderStream):
        stream = kind(decoder.vocoder, lambda _first, _last: None)
        found = torch.cat([stream.extend(mel, last=i == 4) for i, mel in enumerate(mels)])
        errors[kind] = [joint_errors(found, whole, joint) for joint in (10560, 33600, 79680, 125760)]
    level, flux = (max(error[i] for error in errors[VocoderStream]) for i in range(2))
    reference_level, reference_flux = (np.mean([e[i] for e in errors[ReferenceVocoderStream]]) for i in range(2))
    assert level < 0.05  # dB
    assert reference_level > 0.3
    assert flux < 0.05 * reference_flux


def joint_errors(found: Tensor, whole: Tensor, joint: int) -> tuple[float, float]:
    """Level error in dB over the 160 ms after a joint, and RMS error of the log-spectral flux around it in dB."""
    after = slice(joint, joint + 8 * HOP)
    level = 10 * torch.log10(found[after].square().mean() / whole[after].square().mean())
    return abs(float(level)), float((flux_db(found, joint) - flux_db(whole, joint)).square().mean().sqrt())


def flux_db(wave: Tensor, joint: int) -> Tensor:
    window = torch.hann_window(512)
    near = wave[joint - 8 * HOP : joint + 8 * HOP]
    spectrum = torch.stft(near, 512, 128, window=window, return_complex=True).abs()
    return (20 * torch.log10(spectrum.clamp(min=1e-4))).diff(dim=1).clamp(min=0).mean(dim=0)


def test_the_mel_is_nearer_to_the_files_than_the_references(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int], stream_tokens: list[int]
) -> None:
    """Its noise goes on with time. What is left, 0.08 of the deviation, is the unseen future; theirs has 0.46."""
    whole = decoder.tokens_to_mel(stream_tokens, prompt_tokens, conditioning)
    prompt = FlowPrompt(paired(prompt_tokens), conditioning.mel, conditioning.speaker)
    noise = SeededNoise(DEFAULT_SEED, 80, FLOW_NOISE).frames
    ours, references = (kind(decoder.flow, prompt, noise) for kind in (FlowStream, ReferenceFlowStream))
    ours.prepare()
    errors = [
        relative_rms(torch.cat(streamed_mels(stream, stream_tokens), dim=2), whole) for stream in (ours, references)
    ]
    assert errors[0] < 0.1
    assert errors[1] > 0.3


def test_few_tokens_still_sound(decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]) -> None:
    for n_tokens in (1, 4, 5, 6, 29):
        session = decoder.stream(prompt_tokens, conditioning)
        sounds = session.push(random_stream(n_tokens, 3), last=True)
        assert len(joined(sounds).samples) == 2 * HOP * 3 * -(-n_tokens // 5)
        assert session.is_closed


def test_no_tokens_give_no_sound(decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]) -> None:
    session = decoder.stream(prompt_tokens, conditioning)
    assert session.push([]) == []
    assert session.push([], last=True) == []
    assert session.is_closed


def test_a_closed_session_refuses_more(decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]) -> None:
    session = decoder.stream(prompt_tokens, conditioning)
    session.close()
    session.close()
    with refused(InvalidRequest, match="ended"):
        session.push([1])


def test_a_token_out_of_place_is_told_by_its_place_in_the_stream_and_changes_nothing(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    tokens = random_stream(40, 4)
    session = decoder.stream(prompt_tokens, conditioning)
    session.push(tokens[:7])
    with refused(InvalidRequest, match=r"has 5 at position 7, where codebook 2 \(1024 to 5119\)"):
        session.push([5])
    sounds = session.push(tokens[7:], last=True)
    assert sum(len(sound.samples) for sound in sounds) == 24 * 2 * HOP


def test_a_stopped_push_closes_the_session(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    def stop() -> None:
        raise Cancelled

    session = decoder.stream(prompt_tokens, conditioning)
    with pytest.raises(Cancelled):
        session.push(random_stream(40, 4), checkpoint=stop)
    assert session.is_closed


def test_sessions_in_threads_do_not_disturb_each_other(
    decoder: Decoder, conditioning: Conditioning, prompt_tokens: list[int]
) -> None:
    streams = [random_stream(90, seed) for seed in range(4)]
    alone = [np.concatenate(push_in_pieces(decoder, tokens, prompt_tokens, conditioning)) for tokens in streams]
    together: dict[int, Samples] = {}

    def run(i: int) -> None:
        together[i] = np.concatenate(push_in_pieces(decoder, streams[i], prompt_tokens, conditioning))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(alone[i], together[i]) for i in range(4))


def test_a_long_prompt_and_a_long_flush_have_no_limit(
    decoder: Decoder, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1200 frames of prompt and 150 s at once: the reference fails beyond 1000 frames of context."""
    monkeypatch.setitem(FlowStream.__init__.__kwdefaults__, "n_steps", 2)  # quicker: the steps do not matter here
    tokens = random_stream(6250, 2)
    session = decoder.stream(random_stream(1000, 1), conditioning)
    sounds = session.push(tokens, last=True)
    assert len(sounds) > 75
    assert sum(len(sound.samples) for sound in sounds) == 3750 * 2 * HOP
