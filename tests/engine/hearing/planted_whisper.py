"""A Whisper checkpoint, in the real format, that says what was planted in it, whatever it hears.

The network's blocks are nearly silent, so the next token depends on the position alone: the embedding of position p is
the direction of the token that is to follow it. The package's own loading, decoding and word alignment all run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from whisper.model import ModelDimensions, Whisper

DIMENSIONS = ModelDimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=96,
    n_audio_head=6,
    n_audio_layer=1,
    n_vocab=51865,
    n_text_ctx=448,
    n_text_state=96,
    n_text_head=6,
    n_text_layer=4,  # layers and heads as in "tiny", whose table of alignment heads the package brings
)


def save_planted(path: Path, tokens_at: Mapping[int, int] | Sequence[int]) -> None:
    """Write a checkpoint whose decoder answers, at each position, the token given for it."""
    torch.manual_seed(0)
    model = Whisper(DIMENSIONS)
    decoder = model.decoder
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.02)
        directions = torch.nn.functional.normalize(torch.randn(DIMENSIONS.n_text_ctx, DIMENSIONS.n_text_state), dim=1)
        decoder.token_embedding.weight.mul_(0.01)
        decoder.positional_embedding.copy_(100 * directions)
        rows = tokens_at.items() if isinstance(tokens_at, Mapping) else enumerate(tokens_at)
        for position, token in rows:
            decoder.token_embedding.weight[token] = 4 * directions[position]
        decoder.ln.weight.fill_(1.0)
        decoder.ln.bias.zero_()
    state = {name: value.half() for name, value in model.state_dict().items()}
    torch.save({"dims": vars(DIMENSIONS), "model_state_dict": state}, path)
