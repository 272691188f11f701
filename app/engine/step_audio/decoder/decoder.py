"""Decoder: the face of the package. Audio tokens and a prompt recording in, 24 kHz sound out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.engine.errors import InvalidRequest, PartMissing
from app.engine.sound.audio import Audio, joined
from app.engine.step_audio.decoder.checkpoint import load_flow, load_vocoder
from app.engine.step_audio.decoder.conditioning import Conditioning, Frontend
from app.engine.step_audio.decoder.config import DecoderConfig, read_config
from app.engine.step_audio.decoder.flow import Flow, FlowInput
from app.engine.step_audio.decoder.flow_stream import FlowStream, Prompt
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.noise import SeededNoise
from app.engine.step_audio.decoder.reference_vocoder_stream import ReferenceVocoderStream
from app.engine.step_audio.decoder.session import StreamSession
from app.engine.step_audio.decoder.solver import EXACT, FAST, Pace
from app.engine.step_audio.decoder.tokens import Tokens, checked_tokens, paired
from app.engine.step_audio.decoder.vocoder import Vocoder
from app.engine.step_audio.decoder.vocoder_stream import SourceNoise, VocoderStream
from app.engine.step_audio.device import usable
from app.engine.step_audio.weights.file_faults import file_fault
from app.engine.step_audio.weights.layout import DECODER_PARTS

Array = Tensor | NDArray[np.floating[Any]]

WHOLE_TOKENS = 5000  # two minutes of speech
FLOW_NOISE, SOURCE_NOISE = 0, 1  # purposes of a seed's noise


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sequence of a batch. `noise` as in `Decoder.tokens_to_mel`."""

    tokens: Sequence[SupportsIndex]
    prompt_tokens: Sequence[SupportsIndex]
    conditioning: Conditioning
    noise: Array | None = None


class Decoder:
    """Holds only weights: safe to call from several threads. Made by `from_pretrained`."""

    def __init__(self, config: DecoderConfig, frontend: Frontend, flow: Flow, vocoder: Vocoder) -> None:
        self.config = config
        self._frontend = frontend
        self.flow = flow
        self.vocoder = vocoder

    @classmethod
    def from_pretrained(
        cls, path: Path | str, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
    ) -> Decoder:
        """The decoder in a folder with `cosyvoice.yaml`, `flow.pt`, `hift.pt` and `campplus.onnx`.

        Raises PartMissing, which names the file, and in it the key, that is absent, unknown or does not fit;
        Unavailable for a device that is not there.
        """
        folder, place = Path(path), usable(device)
        if not folder.is_dir():
            raise PartMissing(f"There is no decoder folder '{folder.name}'.")
        if faults := [f"'{name}' {fault}" for name in DECODER_PARTS if (fault := file_fault(folder / name))]:
            raise PartMissing(f"Decoder, folder '{folder.name}': {'; '.join(faults)}.")
        config = read_config(folder)
        flow = Flow(load_flow(folder, config.flow, place, dtype), config.flow, place)
        # The vocoder stays in float32: it is small, and its exponentials and phases need it.
        vocoder = Vocoder(load_vocoder(folder, config.vocoder, place, torch.float32), config.vocoder)
        return cls(config, Frontend(folder, config), flow, vocoder)

    @property
    def sample_rate(self) -> int:
        """Of the sound that comes out, in Hz."""
        return self.config.vocoder.sampling_rate

    def condition(self, audio: Audio, *, speaker: Tensor | None = None) -> Conditioning:
        """What the decoder takes from a prompt recording of any rate. Raises AudioTooShort, BadAudio.

        `speaker` is the vector of this recording where it is known already; it costs most of the time.
        """
        with torch.inference_mode():
            return self._frontend(audio, speaker)

    def tokens_to_mel(
        self,
        tokens: Tokens,
        prompt_tokens: Tokens,
        conditioning: Conditioning,
        *,
        noise: Array | None = None,
        n_steps: int | None = None,
        seed: int | None = None,
        fast: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> Tensor:
        """The log-mel of the target, float32 (1, M, F) on the CPU, F = 2 x its dual frames.

        `noise` (1, M, at least all frames, prompt first) is where the flow begins; without it `seed` decides, and
        without that a fixed seed. `checkpoint` is called between layers and may raise. Raises InvalidRequest.
        """
        utterance = Utterance([*tokens], [*prompt_tokens], conditioning, noise)
        return self.batch_to_mels([utterance], n_steps=n_steps, seed=seed, fast=fast, checkpoint=checkpoint)[0]

    @torch.inference_mode()
    def batch_to_mels(
        self,
        utterances: Sequence[Utterance],
        *,
        n_steps: int | None = None,
        seed: int | None = None,
        fast: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> list[Tensor]:
        """The log-mel of each utterance, (1, M, F), solved together; each as `tokens_to_mel` gives it."""
        pace = _pace(n_steps, is_fast=fast)
        if not utterances:
            return []
        inputs = [self._flow_input(utterance, seed) for utterance in utterances]
        return [mel.cpu() for mel in self.flow.mels(inputs, pace, checkpoint or unhindered)]

    @torch.inference_mode()
    def mel_to_wave(
        self,
        mel: Array,
        *,
        source_noise: Array | float | None = None,
        seed: int | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Tensor:
        """A log-mel (1, M, F) as samples (1, N), float32 on the CPU.

        `source_noise` (1, at least N, tones) drives the excitation; 0 is none; without it `seed` decides, and without
        that a fixed seed. `checkpoint` is called between layers and may raise. Raises InvalidRequest.
        """
        n_mels, mel = self.flow.n_mels, torch.as_tensor(mel)
        if mel.ndim != 3 or mel.shape[0] != 1 or mel.shape[1] != n_mels or mel.shape[2] < 1:
            raise InvalidRequest(f"'mel' must be (1, {n_mels}, frames); got {tuple(mel.shape)}.", param="mel")
        place, n_samples = self.flow.device, mel.shape[2] * self.config.vocoder.hop
        noise = self._source_noise(source_noise, mel.shape[2], n_samples, seed)
        wave = self.vocoder.wave(mel.to(place, torch.float32), noise, checkpoint or unhindered)
        return wave.cpu()

    def decode(
        self,
        tokens: Tokens,
        prompt_tokens: Tokens,
        conditioning: Conditioning,
        *,
        seed: int | None = None,
        n_steps: int | None = None,
        fast: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> Audio:
        """The sound of the target. The same seed gives the same sound. Raises InvalidRequest.

        `fast` solves the flow with fewer steps. A target beyond WHOLE_TOKENS is decoded as a stream is, because the
        work of a whole grows with its square.
        """
        tokens = [*tokens]
        if len(tokens) > WHOLE_TOKENS:
            session = self.stream(
                prompt_tokens, conditioning, seed=seed, n_steps=n_steps, fast=fast, checkpoint=checkpoint
            )
            return joined(session.push(tokens, last=True, checkpoint=checkpoint))
        mel = self.tokens_to_mel(
            tokens, prompt_tokens, conditioning, n_steps=n_steps, seed=seed, fast=fast, checkpoint=checkpoint
        )
        if not mel.shape[2]:
            return Audio(mel.new_zeros(0).numpy(), self.sample_rate)
        wave = self.mel_to_wave(mel, seed=seed, checkpoint=checkpoint)
        return Audio(wave[0].numpy(), self.sample_rate)

    @torch.inference_mode()
    def stream(
        self,
        prompt_tokens: Tokens,
        conditioning: Conditioning,
        *,
        seed: int | None = None,
        n_steps: int | None = None,
        fast: bool = False,
        exact: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> StreamSession:
        """A session that takes tokens as they come and gives sound as soon as it can.

        The prompt is prepared here, which takes about as long as decoding a sound of its length. Seeded as `decode`,
        the sound differs from the whole file's only by what a chunk cannot see of the future. `exact` does what the
        reference does, faults included, to compare against. Raises InvalidRequest.
        """
        pace = _pace(n_steps, is_fast=fast)
        vocab_size, frontend = self.config.flow.vocab_size, self._checked(conditioning)
        prompt = Prompt(self._prompt_pairs(prompt_tokens), *frontend)
        mel_noise = SeededNoise(seed, self.flow.n_mels, FLOW_NOISE).frames
        flow = FlowStream(self.flow, prompt, mel_noise, pace=pace, is_exact=exact, checkpoint=checkpoint or unhindered)
        source_noise = self._source_noise_of(seed)
        vocoder = (ReferenceVocoderStream if exact else VocoderStream)(self.vocoder, source_noise)
        return StreamSession(
            flow,
            vocoder,
            n_lookahead=self.flow.encoder.n_lookahead,
            vocab_size=vocab_size,
            sample_rate=self.sample_rate,
        )

    def _flow_input(self, utterance: Utterance, seed: int | None) -> FlowInput:
        vocab_size = self.config.flow.vocab_size
        prompt = self._prompt_pairs(utterance.prompt_tokens)
        target = paired(checked_tokens(utterance.tokens, vocab_size))
        n_frames = self.flow.n_frames(prompt) + self.flow.n_frames(target)
        return FlowInput(
            prompt, target, *self._checked(utterance.conditioning), self._flow_noise(utterance.noise, n_frames, seed)
        )

    def _prompt_pairs(self, tokens: Tokens) -> Tensor:
        ids = checked_tokens(tokens, self.config.flow.vocab_size, "prompt_tokens")
        if not ids:
            raise InvalidRequest("'prompt_tokens' is empty: the decoder needs a prompt.", param="prompt_tokens")
        return paired(ids)

    def _checked(self, conditioning: Conditioning) -> tuple[Tensor, Tensor]:
        mel, speaker = torch.as_tensor(conditioning.mel), torch.as_tensor(conditioning.speaker)
        n_mels, width = self.flow.n_mels, self.config.flow.spk_embed_dim
        if mel.ndim != 3 or mel.shape[0] != 1 or mel.shape[1] < 1 or mel.shape[2] != n_mels:
            raise InvalidRequest(f"The prompt's mel must be (1, frames, {n_mels}); got {tuple(mel.shape)}.")
        if tuple(speaker.shape) != (1, width):
            raise InvalidRequest(f"The speaker vector must be (1, {width}); got {tuple(speaker.shape)}.")
        return mel, speaker

    def _flow_noise(self, given: Array | None, n_frames: int, seed: int | None) -> Tensor:
        """Frames first, (1, F, M)."""
        n_mels = self.flow.n_mels
        if given is None:
            return SeededNoise(seed, n_mels, FLOW_NOISE).frames(0, n_frames).unsqueeze(0)
        given = torch.as_tensor(given)
        if given.ndim != 3 or given.shape[0] != 1 or given.shape[1] != n_mels or given.shape[2] < n_frames:
            message = f"'noise' must be (1, {n_mels}, at least {n_frames}); got {tuple(given.shape)}."
            raise InvalidRequest(message, param="noise")
        return given[:, :, :n_frames].transpose(1, 2)

    def _source_noise_of(self, seed: int | None) -> SourceNoise:
        """Frames to noise of their samples, (1, N, K)."""
        hop, n_tones = self.config.vocoder.hop, self.config.vocoder.n_tones
        noise = SeededNoise(seed, hop * n_tones, SOURCE_NOISE)
        return lambda first, last: noise.frames(first, last).view(1, (last - first) * hop, n_tones)

    def _source_noise(
        self, given: Array | float | None, n_frames: int, n_samples: int, seed: int | None
    ) -> Tensor | None:
        n_tones = self.config.vocoder.n_tones
        if given is None:
            return self._source_noise_of(seed)(0, n_frames)
        given = torch.as_tensor(given)
        if not given.ndim and given == 0:
            return None
        if given.ndim != 3 or given.shape[0] != 1 or given.shape[1] < n_samples or given.shape[2] != n_tones:
            message = f"'source_noise' must be 0 or (1, at least {n_samples}, {n_tones}); got {tuple(given.shape)}."
            raise InvalidRequest(message, param="source_noise")
        return given[:, :n_samples]


def _pace(n_steps: int | None, *, is_fast: bool) -> Pace:
    pace = FAST if is_fast else EXACT
    if n_steps is None:
        return pace
    if n_steps < 1:
        raise InvalidRequest(f"'n_steps' must be at least 1; got {n_steps}.", param="n_steps")
    return replace(pace, n_steps=n_steps)
