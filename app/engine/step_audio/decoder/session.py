"""StreamSession: tokens in as they come, sound out as soon as it can be made."""

from __future__ import annotations

import torch
from torch import Tensor

from app.engine.errors import StreamEnded
from app.engine.sound.audio import Audio
from app.engine.step_audio.decoder.flow_stream import FlowStream
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.tokens import Tokens, checked_tokens, n_tokens_of, paired
from app.engine.step_audio.decoder.vocoder_stream import VocoderStream

CHUNKS = (15, 24, 48)  # dual frames of the first, second, and every later chunk: quick at first, then cheap


class StreamSession:
    """One stream of sound. It owns all its state: one thread at a time may use it, and sessions do not meet."""

    def __init__(
        self, flow: FlowStream, vocoder: VocoderStream, *, n_lookahead: int, vocab_size: int, sample_rate: int
    ) -> None:
        """`n_lookahead`: dual frames after a chunk that it must see. Made by `Decoder.stream`."""
        self._flow: FlowStream | None = flow
        self._vocoder: VocoderStream | None = vocoder
        self._n_lookahead = n_lookahead
        self._vocab_size = vocab_size
        self._sample_rate = sample_rate
        self._pending: list[int] = []
        self._n_taken = 0  # tokens that came in
        self._n_chunks = 0

    @property
    def is_closed(self) -> bool:
        """True after the last push, after `close`, and after a push that failed while it computed."""
        return self._flow is None

    @torch.inference_mode()
    def push(self, tokens: Tokens, last: bool = False, *, checkpoint: Checkpoint = unhindered) -> list[Audio]:
        """The sound of every chunk that is complete now, in order; with `last`, of all that is left, and it is closed.

        `checkpoint` is called between layers and may raise; the session is closed then. Tokens at fault raise
        InvalidRequest and change nothing.
        """
        if self.is_closed:
            raise StreamEnded
        taken = checked_tokens(tokens, self._vocab_size, start=self._n_taken)
        self._pending += taken
        self._n_taken += len(taken)
        sounds = []
        try:
            while (n_seen := n_tokens_of(self._chunk + self._n_lookahead)) <= len(self._pending):
                n_chunk = n_tokens_of(self._chunk)
                pairs = paired(self._pending[:n_seen])[:, : self._chunk + self._n_lookahead]
                sounds.append(self._sound(pairs, False, checkpoint))
                del self._pending[:n_chunk]
            if last and self._pending:
                sounds.append(self._sound(paired(self._pending), True, checkpoint))
        except BaseException:
            self.close()
            raise
        if last:
            self.close()
        return [sound for sound in sounds if len(sound.samples)]

    def close(self) -> None:
        """Give all memory back. Safe to repeat."""
        self._flow = self._vocoder = None
        self._pending.clear()

    @property
    def _chunk(self) -> int:
        """Dual frames of the next chunk."""
        return CHUNKS[min(self._n_chunks, len(CHUNKS) - 1)]

    def _sound(self, pairs: Tensor, last: bool, checkpoint: Checkpoint) -> Audio:
        assert self._flow is not None
        assert self._vocoder is not None
        mel = self._flow.extend(pairs, last=last, checkpoint=checkpoint)
        samples = self._vocoder.extend(mel, last=last, checkpoint=checkpoint)
        self._n_chunks += 1
        return Audio(samples.cpu().numpy(), self._sample_rate)
