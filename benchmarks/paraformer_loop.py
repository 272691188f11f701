"""The straightforward way through the streaming Paraformer's encoder: piece by piece, as FunASR does it.

What the single pass is measured against, and checked against in tests.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from app.engine.step_audio.tokenizer.encoder import LOOK_BACK, NEW, OLD


@torch.inference_mode()
def encoded_in_pieces(stock: nn.Module, features: Tensor) -> Tensor:
    """Feature frames `[n, n_features]` through a stock `SANMEncoderChunkOpt`, four at a time; `[n, width]`."""
    cache: dict[str, Any] = {
        "start_idx": 0,
        "chunk_size": [0, NEW, OLD],
        "encoder_chunk_look_back": LOOK_BACK,
        "feats": torch.zeros(1, OLD, features.shape[1]),
        "tail_chunk": False,
        "opt": None,
    }
    encoded = []
    for piece in torch.split(features, NEW):
        # A clone, because the encoder scales what it is given in place.
        rows, _, _ = stock.forward_chunk(piece.unsqueeze(0).clone(), torch.tensor([len(piece)]), cache=cache)
        encoded.append(rows[0, -len(piece) :])
    return torch.cat(encoded)
