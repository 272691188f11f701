"""The single pass over the encoder is the streaming encoder, for any sizes, lengths, blocks and company."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from app.engine.errors import Cancelled
from app.engine.step_audio.tokenizer import encoder as encoder_module
from app.engine.step_audio.tokenizer.encoder import SinglePassEncoder
from benchmarks.paraformer_loop import encoded_in_pieces
from tests.engine.step_audio.tokenizer.random_paraformer import random_encoder

SIZES: list[dict[str, Any]] = [
    {"output_size": 32, "attention_heads": 4, "linear_units": 48, "num_blocks": 5, "kernel_size": 11},
    {"output_size": 24, "attention_heads": 1, "linear_units": 24, "num_blocks": 1, "kernel_size": 3},
    {"output_size": 48, "attention_heads": 6, "linear_units": 96, "num_blocks": 3, "kernel_size": 7, "sanm_shfit": 2},
]
N_FEATURES = 40


def frames(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, N_FEATURES, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: f"width {sizes['output_size']}")
def test_every_length_gives_what_the_loop_over_pieces_gives(sizes: dict[str, Any]) -> None:
    stock = random_encoder(1, N_FEATURES, **sizes)
    encoder = SinglePassEncoder(stock)
    for n in (1, 4, 5, 18, 23, 48):
        wanted = encoded_in_pieces(stock, frames(n))
        torch.testing.assert_close(encoder.encode([frames(n)])[0], wanted, rtol=0, atol=1e-5)


def test_a_first_layer_as_wide_as_the_features_is_residual() -> None:
    stock = random_encoder(2, N_FEATURES, output_size=40, attention_heads=2, linear_units=48, num_blocks=2)
    wanted = encoded_in_pieces(stock, frames(30))
    torch.testing.assert_close(SinglePassEncoder(stock).encode([frames(30)])[0], wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("block", [1, 3, 7])
def test_blocks_leave_no_seams_within_or_between_clips(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = SinglePassEncoder(random_encoder(3, N_FEATURES, **SIZES[0]))
    clips = [frames(n, seed=n) for n in (3, 41, 0, 16, 1, 22)]
    alone = [encoder.encode([clip])[0] for clip in clips]
    monkeypatch.setattr(encoder_module, "_BLOCK", block)
    together = encoder.encode(clips)
    assert [len(rows) for rows in together] == [3, 41, 0, 16, 1, 22]
    for rows, wanted in zip(together, alone, strict=True):
        torch.testing.assert_close(rows, wanted, rtol=0, atol=1e-5)


def test_it_neither_changes_its_input_nor_remembers_anything() -> None:
    encoder = SinglePassEncoder(random_encoder(4, N_FEATURES, **SIZES[0]))
    clip = frames(19)
    first = encoder.encode([clip])[0]
    encoder.encode([frames(50, seed=9)])
    assert torch.equal(clip, frames(19))
    assert torch.equal(encoder.encode([clip])[0], first)


def test_nothing_gives_nothing() -> None:
    encoder = SinglePassEncoder(random_encoder(5, N_FEATURES, **SIZES[0]))
    assert encoder.encode([]) == []
    assert encoder.encode([frames(0)])[0].shape == (0, 32)


def test_it_can_be_stopped_at_every_layer_of_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "_BLOCK", 2)
    encoder, calls = SinglePassEncoder(random_encoder(6, N_FEATURES, **SIZES[0])), []
    encoder.encode([frames(40)], lambda: calls.append(1))
    assert len(calls) == 5 * 5

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        encoder.encode([frames(40)], stop)
