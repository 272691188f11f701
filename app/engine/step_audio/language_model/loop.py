"""LanguageModelLoop: all prompts are continued together, one id for each in a step.

`waiting` are generations without a slot. One at a time has its prompt read, chunk by chunk; those whose prompts have
been read run: they get an id in every step. Who comes and who goes does so between steps. A step reads one chunk at
most before it decodes, so that nobody waits longer for another's prompt than for two ids (docs/performance.md).

A guided generation is two rows, the edited one and its identity; both go on with the id chosen from both.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import torch

from app.engine.errors import BelowLeast, EmptyPrompt, PromptTooLong, UnknownIds
from app.engine.step_audio.language_model.generation import Generation
from app.engine.step_audio.language_model.noise import Noise
from app.engine.step_audio.language_model.rows import Rows
from app.engine.step_audio.language_model.slots import Slots
from app.engine.step_audio.language_model.step import DecodingStep
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.language_model.token_choice import Choice, TokenChooser

# Tokens of a prompt computed at once. The same whatever else runs: their number decides how results are rounded.
PROMPT_CHUNK = {"cpu": 16, "cuda": 256}


@dataclass(slots=True, eq=False)
class _Row:
    """A prompt in a slot: the first `n_filled` of its ids are remembered there."""

    generation: Generation
    prompt: list[int]
    is_identity: bool
    n_filled: int = 0

    @property
    def is_read(self) -> bool:
        """Whether only the last id of the prompt is left, which the first step computes."""
        return self.n_filled >= len(self.prompt) - 1


@dataclass(slots=True)
class LoopCounts:
    """What a loop has done: chunks of prompts read, steps (each is one pass through the model), rows in them all."""

    chunks: int = 0
    steps: int = 0
    rows: int = 0


class LanguageModelLoop:
    """One owner calls `step`; `add` may be called from any thread."""

    def __init__(
        self,
        model: Step1ForCausalLM,
        *,
        n_slots: int,
        capacity: int,
        choice: Choice | None = None,
        noise: Noise | None = None,
    ) -> None:
        """`capacity` is the most ids of a prompt and its answer together. Raises NoAudioIds, OutOfRange."""
        weight = model.model.embed_tokens.weight
        self.model, self.n_slots, self.capacity = model, n_slots, capacity
        self.counts = LoopCounts()
        self.waiting: deque[Generation] = deque()
        self._in_slots: list[_Row] = []  # slot by slot: the rows that run, then those whose prompts are being read
        self._n_running = 0
        self.chunk = PROMPT_CHUNK.get(weight.device.type, PROMPT_CHUNK["cpu"])
        with torch.inference_mode():
            self._slots = Slots(model.config, n_slots, capacity, device=weight.device, dtype=weight.dtype)
            self._rows = Rows(n_slots, self._slots.nowhere, weight.device)
            chooser = TokenChooser(model, choice or Choice(), n_slots, noise)
            self._step = DecodingStep(model, self._slots, self._rows, chooser)

    @property
    def n_running(self) -> int:
        """Rows that get an id in every step."""
        return self._n_running

    @property
    def n_free(self) -> int:
        """Slots that nobody has."""
        return self.n_slots - len(self._in_slots)

    @property
    def is_idle(self) -> bool:
        """Whether a step would do nothing."""
        return not self._in_slots and not self.waiting

    @property
    def memory_bytes(self) -> int:
        """Bytes of the model and of all slots."""
        return self.model.memory_bytes + self._slots.nbytes

    def add(self, generation: Generation) -> None:
        """Let it wait for a slot. Raises InvalidRequest for a prompt that is empty, too long or has unknown ids."""
        known, limit = range(self.model.config.vocab_size), min(self.capacity, self.model.config.max_seq_len)
        if generation.max_new_tokens < 0:
            raise BelowLeast(0, generation.max_new_tokens, param="max_new_tokens")
        for prompt in generation.prompts:
            if not prompt:
                raise EmptyPrompt(param="prompt_ids")
            if any(token not in known for token in prompt):
                raise UnknownIds(len(known), param="prompt_ids")
            if len(prompt) + generation.max_new_tokens > limit:
                raise PromptTooLong(len(prompt), generation.max_new_tokens, limit, param="prompt_ids")
        self.waiting.append(generation)

    @torch.inference_mode()
    def step(self) -> None:
        """Let go who is over, read a chunk of a prompt, give everybody who runs an id."""
        self._let_go()
        self._read_prompt()
        if self._n_running:
            self._decode()

    @torch.inference_mode()
    def fail(self, error: Exception) -> None:
        """A step broke: everybody who was in it is told, and all slots are free."""
        for slot, row in enumerate(self._in_slots):
            row.generation.fail(error)
            self._rows.clear(slot)
        self._in_slots.clear()
        self._n_running = 0
        self._tell_pairs()

    # ---- a step ----------------------------------------------------------------------------------------------------

    def _let_go(self) -> None:
        ended = {id(row.generation) for row in self._in_slots if row.generation.is_over}  # it may end between two rows
        over = [slot for slot, row in enumerate(self._in_slots) if id(row.generation) in ended]
        for slot in reversed(over):
            self._free(slot)
        if over:
            self._tell_pairs()

    def _read_prompt(self) -> None:
        rows = self._in_slots[self._n_running :] or self._admit()
        unread = next((row for row in rows if not row.is_read), None)
        if unread is not None:
            slot, first = self._in_slots.index(unread), unread.n_filled
            ids = unread.prompt[first : min(first + self.chunk, len(unread.prompt) - 1)]
            self._step.prefill(ids, slot, first)
            unread.n_filled += len(ids)
            self.counts.chunks += 1
        if rows and all(row.is_read for row in rows):
            self._join(rows)

    def _admit(self) -> list[_Row]:
        """The first of those who wait gets its slots, if they are free."""
        while self.waiting and self.waiting[0].is_over:
            self.waiting.popleft()
        if not self.waiting or len(self.waiting[0].prompts) > self.n_free:
            return []
        generation = self.waiting.popleft()
        rows = [_Row(generation, prompt, is_identity=n > 0) for n, prompt in enumerate(generation.prompts)]
        self._in_slots += rows
        return rows

    def _join(self, rows: list[_Row]) -> None:
        for row in rows:
            self._rows.join(self._n_running, row.prompt, row.generation.seed)
            self._n_running += 1
        self._tell_pairs()

    def _decode(self) -> None:
        running = self._in_slots[: self._n_running]
        tokens = self._step.decode(len(running), max(row.n_filled for row in running) + 1)
        self.counts.steps += 1
        self.counts.rows += len(running)
        for row, token in zip(running, tokens, strict=True):
            row.n_filled += 1
            if not row.is_identity:
                row.generation.put(token, self.model.config.eos_token_id)

    # ---- slots -----------------------------------------------------------------------------------------------------

    def _free(self, slot: int) -> None:
        """The last row that runs moves to where one ran; those whose prompts are being read close up."""
        if slot < self._n_running:
            self._n_running -= 1
            self._move(self._n_running, slot)
            slot = self._n_running
        for source in range(slot + 1, len(self._in_slots)):
            self._move(source, source - 1)
        self._in_slots.pop()
        self._rows.clear(len(self._in_slots))

    def _move(self, source: int, target: int) -> None:
        if source != target:
            row = self._in_slots[target] = self._in_slots[source]
            self._slots.move(source, target, row.n_filled)
            self._rows.move(source, target)

    def _tell_pairs(self) -> None:
        running = self._in_slots[: self._n_running]
        leaders = {id(row.generation): slot for slot, row in enumerate(running) if not row.is_identity}
        identities = {id(row.generation): slot for slot, row in enumerate(running) if row.is_identity}
        keys = [id(row.generation) for row in running]
        self._rows.pair(
            [leaders[key] for key in keys],
            [identities.get(key, leaders[key]) for key in keys],
            [row.generation.intensity for row in running],
        )


def run_alone(
    model: Step1ForCausalLM, generation: Generation, choice: Choice | None = None, noise: Noise | None = None
) -> Generation:
    """The same generation, all its ids there, by a loop of its own. Raises as `add` does."""
    n_ids = max(map(len, generation.prompts)) + max(0, generation.max_new_tokens)
    loop = LanguageModelLoop(model, n_slots=len(generation.prompts), capacity=n_ids, choice=choice, noise=noise)
    loop.add(generation)
    while not loop.is_idle:
        loop.step()
    return generation
