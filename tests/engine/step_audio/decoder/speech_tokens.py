"""Random interleaved token streams."""

from __future__ import annotations

import random

from app.engine.step_audio.decoder.tokens import FIRST_SIZE, GROUP, N_FIRST


def random_tokens(n_tokens: int, seed: int, vocab_size: int = 5121) -> list[int]:
    """A valid stream of that length."""
    draw = random.Random(seed)
    return [
        draw.randrange(FIRST_SIZE) if i % GROUP < N_FIRST else draw.randrange(FIRST_SIZE, vocab_size - 1)
        for i in range(n_tokens)
    ]
