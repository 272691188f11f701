"""TokenChooser: which ids come next, for all rows at once, from their final states.

The steps and their order are those of transformers' `generate` with the rule on repetition of Step-Audio-EditX, so that
the same random numbers choose the same ids: rule, temperature, the `top_k` best, one draw. Nothing here waits for the
device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.engine.errors import NoAudioIds, OutOfRange
from app.engine.step_audio.codes import CODES, PATTERN
from app.engine.step_audio.language_model.noise import HashedNoise, Noise
from app.engine.step_audio.language_model.packed_linear import linear_of
from app.engine.step_audio.language_model.rows import REPETITION_WINDOW, Rows
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.vocabulary import audio_ids

MOST_IN_WINDOW = 1  # an id that is there more often is not repeated again
MAX_TEMPERATURE = 10.0


@dataclass(frozen=True, slots=True)
class Choice:
    """How ids are chosen. `temperature` 0 takes the likeliest; `top_k` 0 leaves nothing out.

    `repetition_aware`: an id that stands twice in the last ten does not follow itself. `constrain`: at each place only
    ids of the codebook that belongs there, or the end. Raises OutOfRange.
    """

    temperature: float = 0.7
    top_k: int = 50
    repetition_aware: bool = True
    constrain: bool = True

    def __post_init__(self) -> None:
        _check("temperature", self.temperature, 0.0, MAX_TEMPERATURE)
        _check("top_k", self.top_k, 0, math.inf)


class TokenChooser:
    """Chooses the next ids of up to `n_rows` rows. Call inside of torch.inference_mode."""

    def __init__(self, model: Step1ForCausalLM, choice: Choice, n_rows: int, noise: Noise | None = None) -> None:
        """`noise` None: HashedNoise. Raises NoAudioIds for a vocabulary without them."""
        head, self._choice = model.lm_head.weight, choice
        ids = _candidates(len(head), model.config.eos_token_id, constrain=choice.constrain)
        # Of the head only what can be chosen is computed: the whole of it is a third of a small model's work and a
        # tenth of the published one's.
        self._head = linear_of(head if len(ids) == len(head) else head[ids.to(head.device)])
        self._ids = ids.to(head.device)
        self._index = torch.full((len(head),), len(ids), dtype=torch.long).scatter_(0, ids, torch.arange(len(ids)))
        self._index = self._index.to(head.device)
        self._forbidden = _forbidden(ids, model.config.eos_token_id).to(head.device) if choice.constrain else None
        self._noise = noise or HashedNoise(n_rows, len(ids), head.device)
        self._numbers = torch.empty(n_rows, len(ids), device=head.device)

    def choose(self, states: Tensor, rows: Rows, n_rows: int) -> Tensor:
        """Ids `[rows]` of the first rows, from final states `[rows or more, hidden]`."""
        return self.chosen_of(self._head(states)[:n_rows].float(), rows)

    def chosen_of(self, scores: Tensor, rows: Rows) -> Tensor:
        """Ids `[rows]` by logits `[rows, candidates]`, in float32, which are changed."""
        n = len(scores)
        opposite = scores.index_select(0, rows.opposites[:n])
        scores = opposite + rows.intensities[:n, None] * (scores - opposite)
        if self._forbidden is not None:
            scores += self._forbidden.index_select(0, rows.n_new[:n] % len(self._forbidden))
        if self._choice.repetition_aware:
            self._ban(scores, rows)
        index = scores.argmax(-1) if self._choice.temperature == 0 else self._drawn(scores, rows)
        return self._ids.index_select(0, index).index_select(0, rows.leaders[:n])

    def _ban(self, scores: Tensor, rows: Rows) -> None:
        """Take out the last id of each row that stands in its window twice already."""
        n = len(scores)
        last, recent = rows.ids[:n], rows.recent[:n]
        index = self._index.index_select(0, last)
        is_banned = (recent == last[:, None]).sum(-1) > MOST_IN_WINDOW
        is_banned &= (rows.positions[:n] >= REPETITION_WINDOW - 1) & (index < scores.shape[1])
        at = index.clamp(max=scores.shape[1] - 1)[:, None]
        scores.scatter_(1, at, scores.gather(1, at).masked_fill_(is_banned[:, None], -torch.inf))

    def _drawn(self, scores: Tensor, rows: Rows) -> Tensor:
        scores /= self._choice.temperature
        if 0 < self._choice.top_k < scores.shape[1]:
            least = scores.topk(self._choice.top_k).values[:, -1:]
            scores.masked_fill_(scores < least, -torch.inf)
        numbers = self._numbers[: len(scores)]
        self._noise.fill(numbers, rows)
        return scores.softmax(-1).div_(numbers).argmax(-1)


def _candidates(vocabulary_size: int, end_id: int | None, *, constrain: bool) -> Tensor:
    """The ids that may be chosen at any place."""
    if not constrain:
        return torch.arange(vocabulary_size)
    audio = audio_ids(CODES)
    if end_id is None or audio.stop > vocabulary_size:
        raise NoAudioIds(vocabulary_size)
    return torch.cat([torch.tensor([end_id]), torch.arange(audio.start, audio.stop)])


def _forbidden(ids: Tensor, end_id: int | None) -> Tensor:
    """Float32 `[places of the pattern, candidates]`: -inf for all but the end and the codebook that belongs there."""
    allowed: Sequence[range] = [audio_ids(codes) for codes in PATTERN]
    rows = [(ids == end_id) | ((ids >= some.start) & (ids < some.stop)) for some in allowed]
    return torch.zeros(len(rows), len(ids)).masked_fill_(~torch.stack(rows), -torch.inf)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise OutOfRange(low, high, value, param=name)
