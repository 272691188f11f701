"""Candidates: the ids that may come next. Only their logits are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.engine.step_audio.vocabulary import PATTERN, audio_ids


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
