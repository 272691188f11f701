"""Generation of audio ids by the language model, one at a time.

A generation owns its cache and its random numbers; the model is only read, so several may run at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch

from app.engine.edits import check_intensity
from app.engine.errors import BelowLeast, EmptyPrompt, NoAudioIds, PromptTooLong, UnknownIds
from app.engine.job import FinishReason
from app.engine.step_audio.language_model.decoding_rows import Cancel, DecodingRows, Stopped
from app.engine.step_audio.language_model.endless import LoopDetector
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.language_model.token_choice import (
    Candidates,
    TokenChooser,
    all_candidates,
    pattern_candidates,
)


@dataclass(frozen=True, slots=True)
class Guidance:
    """Classifier-free guidance: logits = identity + intensity * (edited - identity).

    `prompt_ids` is the prompt that asks for the same thing said in the same way. At intensity 1 it is not computed.
    Raises OutOfRange for an intensity outside 0.1 to 3.
    """

    prompt_ids: Sequence[int]
    intensity: float

    def __post_init__(self) -> None:
        check_intensity(self.intensity)


def generate(
    model: Step1ForCausalLM,
    prompt_ids: Sequence[int],
    *,
    max_new_tokens: int,
    temperature: float = 0.7,
    top_k: int = 50,
    seed: int | None = None,
    repetition_aware: bool = True,
    constrain: bool = True,
    guidance: Guidance | None = None,
    cancel: Cancel | None = None,
) -> Generation:
    """The ids that follow the prompt, as they come, without the end id; `.reason` says afterwards why they ended.

    `temperature` 0 takes the likeliest id; `top_k` 0 is off. `seed` None draws a new one.
    `repetition_aware`: an id that stands twice in the last ten does not follow itself. `constrain`: at each place only
    ids of the codebook that belongs there, or the end. `cancel` is called before every layer: it may raise, which goes
    through to the caller, or return True, which ends the ids. Raises InvalidRequest for a prompt that is empty, too
    long or has ids the model does not know, OutOfRange for settings.
    """
    prompts = [[int(token) for token in prompt_ids]]
    if guidance is not None and guidance.intensity != 1.0:
        prompts.append([int(token) for token in guidance.prompt_ids])
    _check(model, prompts, max_new_tokens)
    config = model.config
    places = pattern_candidates(config.eos_token_id) if constrain else all_candidates(config.vocab_size)
    if places[-1].ranges[-1].stop > config.vocab_size:
        raise NoAudioIds(config.vocab_size)
    chooser = TokenChooser(
        temperature=temperature,
        top_k=top_k,
        seed=seed,
        repetition_aware=repetition_aware,
        prompt_ids=prompts[0],
    )
    rows = DecodingRows(model, prompts, max_new_tokens, cancel)
    return Generation(rows, chooser, places, max_new_tokens, 1.0 if guidance is None else guidance.intensity)


class Generation(Iterator[int]):
    """An iterator over new ids. Nothing is computed before the first is asked for.

    `reason` is None as long as more may come, then "end" (the model ended), "length" (`max_new_tokens` are there),
    "degenerate" (it repeats itself without end) or "cancelled" (so also after an exception).
    """

    def __init__(
        self,
        rows: DecodingRows,
        chooser: TokenChooser,
        places: Sequence[Candidates],
        max_new_tokens: int,
        intensity: float,
    ) -> None:
        self.reason: FinishReason | Literal["cancelled"] | None = None
        self._rows: DecodingRows | None = rows
        self._chooser = chooser
        self._places = places
        self._max_new_tokens = max_new_tokens
        self._intensity = intensity
        self._loops = LoopDetector()
        self._n_ids = 0
        self._last: int | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> int:
        if self._n_ids == self._max_new_tokens:
            self._end("length")
        if self._rows is None:
            raise StopIteration
        try:
            token = self._next_id(self._rows)
        except Stopped:
            self._end("cancelled")
            raise StopIteration from None
        except BaseException:
            self._end("cancelled")
            raise
        if token == self._rows.end_id:
            self._end("end")
            raise StopIteration
        self._last = token
        self._n_ids += 1
        if self._loops.is_looping(token):
            self._end("degenerate")
        return token

    @torch.inference_mode()
    def _next_id(self, rows: DecodingRows) -> int:
        states = rows.prompt_states() if self._last is None else rows.next_states(self._last)
        candidates = self._places[self._n_ids % len(self._places)]
        logits = candidates.logits(rows.head, states)
        if len(logits) == 1:
            return self._chooser.choose(logits[0], candidates)
        edited, identity = logits
        return self._chooser.choose(identity + self._intensity * (edited - identity), candidates)

    def _end(self, reason: FinishReason | Literal["cancelled"]) -> None:
        """Stop, and free the cache at once: the generation itself may be kept for its reason."""
        if self.reason is None:
            self.reason = reason
        self._rows = None


def _check(model: Step1ForCausalLM, prompts: Sequence[Sequence[int]], max_new_tokens: int) -> None:
    if max_new_tokens < 0:
        raise BelowLeast(0, max_new_tokens, param="max_new_tokens")
    known, limit = range(model.config.vocab_size), model.config.max_seq_len
    for prompt in prompts:
        if not prompt:
            raise EmptyPrompt(param="prompt_ids")
        if any(token not in known for token in prompt):
            raise UnknownIds(len(known), param="prompt_ids")
        if len(prompt) + max_new_tokens > limit:
            raise PromptTooLong(len(prompt), max_new_tokens, limit, param="prompt_ids")
