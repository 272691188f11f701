"""Audio tokens as the flow reads them: the interleaved stream checked and regrouped into pairs.

Five tokens are one group of 0.12 s: two of codebook one (0 to 1023), then three of codebook two (from 1024 on). A
group becomes three frames at 25 Hz: (a0, b0 + 1), (a1, b1 + 1), (pad, b2 + 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import SupportsIndex

import torch
from torch import Tensor

from app.engine.errors import WrongTokens
from app.engine.facts.decoder import NotInteger, OutOfCodebook
from app.engine.step_audio.codes import GROUP_VQ02, N_VQ02, PATTERN

GROUP = len(PATTERN)  # tokens
GROUP_FRAMES = 3
Tokens = Iterable[SupportsIndex]

PAD_TOKENS = (0, 0, 0, 1024, 1024, 1024)  # a partial group is filled from the end of this list


def n_tokens_of(n_frames: int) -> int:
    """Tokens of the whole groups that hold `n_frames` dual frames."""
    return -(-n_frames // GROUP_FRAMES) * GROUP


def checked_tokens(tokens: Tokens, vocab_size: int, param: str = "tokens", *, start: int = 0) -> list[int]:
    """The ids as plain ints, each fit for its place; `start` ids of the stream came before.

    Raises InvalidRequest, which names the first position at fault.
    """
    highest = vocab_size - 2  # codebook two is stored one row further on
    ids: list[int] = []
    for i, token in enumerate(tokens, start):
        low, high, book = (0, N_VQ02 - 1, 1) if i % GROUP < GROUP_VQ02 else (N_VQ02, highest, 2)
        try:
            ids.append(index(token))
        except TypeError:
            raise WrongTokens(NotInteger(repr(token), i), param=param) from None
        if not low <= ids[-1] <= high:
            raise WrongTokens(OutOfCodebook(ids[-1], i, book, low, high), param=param)
    return ids


def paired(tokens: Sequence[int]) -> Tensor:
    """Checked tokens as pairs of table rows, int64 `(1, dual frames, 2)`; a partial last group is filled up."""
    missing = -len(tokens) % GROUP
    filled = [*tokens, *(PAD_TOKENS[-missing:] if missing else ())]
    groups = torch.tensor(filled, dtype=torch.long).view(-1, GROUP)
    first = torch.full((len(groups), GROUP_FRAMES), N_VQ02)  # the pad id stands behind codebook one
    first[:, :GROUP_VQ02] = groups[:, :GROUP_VQ02]
    return torch.stack((first, groups[:, GROUP_VQ02:] + 1), dim=-1).view(1, -1, 2)
