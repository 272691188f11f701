"""TokenChooser: which id comes next, from its logits.

The steps and their order are those of transformers' `generate` with the rule on repetition of Step-Audio-EditX, so that
the same seed chooses the same ids: rule, temperature, the `top_k` best, one draw.
"""

from __future__ import annotations

import math
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.engine.errors import OutOfRange
from app.engine.step_audio.codes import PATTERN
from app.engine.step_audio.vocabulary import audio_ids

REPETITION_WINDOW = 10  # ids
MOST_IN_WINDOW = 1  # an id that is there more often is not repeated again
MAX_TEMPERATURE = 10.0


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ranges of ids; index i of a row of logits is the i-th id of all ranges end to end."""

    ranges: tuple[range, ...]

    def logits(self, head: Tensor, states: Tensor) -> Tensor:
        """Float32 `[rows, candidates]` of final states `[rows, hidden]`; `head` is `[vocabulary, hidden]`.

        The head is a third of a small model's work and a tenth of the published one's, so its other rows are left out.
        """
        return torch.cat([states @ head[ids.start : ids.stop].T for ids in self.ranges], dim=-1).float()

    def token(self, index: int) -> int:
        """The id at an index."""
        for ids in self.ranges:
            if index < len(ids):
                return ids[index]
            index -= len(ids)
        raise IndexError(index)

    def index(self, token: int) -> int | None:
        """The index of an id; None if it is no candidate."""
        before = 0
        for ids in self.ranges:
            if token in ids:
                return before + token - ids.start
            before += len(ids)
        return None


def all_candidates(vocabulary_size: int) -> Sequence[Candidates]:
    """Any id at any place, as a cycle of one place."""
    return (Candidates((range(vocabulary_size),)),)


def pattern_candidates(end_id: int) -> Sequence[Candidates]:
    """At each place of a group of codes those of its codebook, and the end at any place."""
    return tuple(Candidates((range(end_id, end_id + 1), audio_ids(codes))) for codes in PATTERN)


class TokenChooser:
    """Chooses one id after the other. Draws on the CPU, so that a seed means the same on every device."""

    def __init__(
        self,
        *,
        temperature: float,
        top_k: int,
        seed: int | None,
        repetition_aware: bool,
        prompt_ids: Sequence[int],
    ) -> None:
        """`temperature` 0 takes the best; `top_k` 0 leaves nothing out; `seed` None draws a new one."""
        _check("temperature", temperature, 0.0, MAX_TEMPERATURE)
        _check("top_k", top_k, 0, math.inf)
        self._temperature = temperature
        self._top_k = top_k
        self._random = torch.Generator().manual_seed(secrets.randbits(63) if seed is None else seed)
        self._repetition_aware = repetition_aware
        self._recent = deque(prompt_ids, maxlen=REPETITION_WINDOW)

    def choose(self, logits: Tensor, candidates: Candidates) -> int:
        """The id chosen by float32 logits `[candidates]`, which are changed."""
        scores = logits.cpu()
        if (banned := self._banned(candidates)) is not None:
            scores[banned] = -torch.inf
        index = int(scores.argmax()) if self._temperature == 0 else self._drawn(scores)
        token = candidates.token(index)
        self._recent.append(token)
        return token

    def _banned(self, candidates: Candidates) -> int | None:
        """The index of the last id if it stands in the window twice already."""
        if not self._repetition_aware or len(self._recent) < REPETITION_WINDOW:
            return None
        last = self._recent[-1]
        return candidates.index(last) if self._recent.count(last) > MOST_IN_WINDOW else None

    def _drawn(self, scores: Tensor) -> int:
        scores = scores / self._temperature
        if 0 < self._top_k < len(scores):
            scores[scores < scores.topk(self._top_k).values[-1]] = -torch.inf
        return int(torch.multinomial(scores.softmax(-1), 1, generator=self._random))


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise OutOfRange(low, high, value, param=name)
