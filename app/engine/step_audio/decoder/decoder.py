"""Decoder: the face of the package. Audio tokens and a prompt recording in, 24 kHz sound out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.engine.errors import BelowLeast, EmptyPrompt, PartMissing, WrongShape
from app.engine.facts.decoder import DecoderFolderFaulty, DecoderFolderMissing
from app.engine.facts.files import FileFaulty
from app.engine.sound.audio import Audio
from app.engine.step_audio.decoder.conditioning import Conditioning, Frontend
from app.engine.step_audio.decoder.config import DecoderConfig, read_config
from app.engine.step_audio.decoder.flow import Flow
from app.engine.step_audio.decoder.flow_stream import FlowPrompt, FlowStream, NoiseFrames
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.noise import DEFAULT_SEED, SeededNoise
from app.engine.step_audio.decoder.params import load_flow, load_vocoder
from app.engine.step_audio.decoder.prompt_cache import PromptCache
from app.engine.step_audio.decoder.session import StreamSession
from app.engine.step_audio.decoder.solver import N_STEPS
from app.engine.step_audio.decoder.tokens import Tokens, checked_tokens, paired
from app.engine.step_audio.decoder.vocoder import Vocoder
from app.engine.step_audio.decoder.vocoder_stream import SourceNoise, VocoderStream
from app.engine.step_audio.device import usable
from app.engine.step_audio.weights.file_faults import file_fault
from app.engine.step_audio.weights.layout import DECODER_PARTS

Array = Tensor | NDArray[np.floating[Any]]

FLOW_NOISE, SOURCE_NOISE = 0, 1  # purposes of a seed's noise


class Decoder:
    """Holds only weights: safe to call from several threads. Made by `from_pretrained`."""

    def __init__(self, config: DecoderConfig, frontend: Frontend, flow: Flow, vocoder: Vocoder) -> None:
        self.config = config
        self._frontend = frontend
        self.flow = flow
        self.vocoder = vocoder
        self._prompts: PromptCache[FlowStream] = PromptCache()

    @classmethod
    def from_pretrained(cls, path: Path | str, device: str | torch.device = "cpu") -> Decoder:
        """The decoder in a folder with `cosyvoice.yaml`, `flow.pt`, `hift.pt` and `campplus.onnx`.

        Raises PartMissing, which names the file, and in it the key, that is absent, unknown or does not fit;
        Unavailable for a device that is not there.
        """
        folder, place = Path(path), usable(device)
        if not folder.is_dir():
            raise PartMissing(DecoderFolderMissing(folder.name))
        if faults := [FileFaulty(name, fault) for name in DECODER_PARTS if (fault := file_fault(folder / name))]:
            raise PartMissing(DecoderFolderFaulty(folder.name, tuple(faults)))
        config = read_config(folder)
        flow = Flow(load_flow(folder, config.flow, place), config.flow, place)
        vocoder = Vocoder(load_vocoder(folder, config.vocoder, place), config.vocoder)
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

    @torch.inference_mode()
    def stream(
        self,
        prompt_tokens: Tokens,
        conditioning: Conditioning,
        *,
        seed: int = DEFAULT_SEED,
        checkpoint: Checkpoint = unhindered,
    ) -> StreamSession:
        """A session that takes tokens as they come and gives sound as soon as it can. The same seed, the same sound.

        A prompt that is new is prepared here, which takes about as long as decoding a sound of its length; `checkpoint`
        is called between its layers and may raise. Its own noise is that of the default seed, so that it serves all
        seeds. Raises InvalidRequest.
        """
        prompt = self._prompt(prompt_tokens, conditioning)
        prepared = self._prompts.get_or_make(prompt.digest, lambda: self._prepared(prompt, checkpoint), checkpoint)
        n_prompt, of_seed = self.flow.n_frames(prompt.pairs), SeededNoise(seed, self.flow.n_mels, FLOW_NOISE)

        def noise(first: int, last: int) -> Tensor:
            known = self._default_noise.frames(first, max(first, min(last, n_prompt)))
            return torch.cat((known, of_seed.frames(max(first, n_prompt), max(last, n_prompt))))

        return StreamSession(
            prepared.going_on(noise),
            VocoderStream(self.vocoder, self._seeded_source_noise(seed)),
            n_lookahead=self.flow.encoder.n_lookahead,
            vocab_size=self.config.flow.vocab_size,
            sample_rate=self.sample_rate,
        )

    # The two halves of a sound that is known as a whole, to compare their numbers.

    @torch.inference_mode()
    def tokens_to_mel(
        self,
        tokens: Tokens,
        prompt_tokens: Tokens,
        conditioning: Conditioning,
        *,
        noise: Array | None = None,
        n_steps: int = N_STEPS,
    ) -> Tensor:
        """The log-mel of the target, float32 (1, M, F) on the CPU, F = 2 x its dual frames.

        `noise` (1, M, at least all frames, prompt first) is where the flow begins; without it that of the default seed.
        Raises InvalidRequest.
        """
        if n_steps < 1:
            raise BelowLeast(1, n_steps, param="n_steps")
        prompt = self._prompt(prompt_tokens, conditioning)
        target = paired(checked_tokens(tokens, self.config.flow.vocab_size))
        n_frames = self.flow.n_frames(prompt.pairs) + self.flow.n_frames(target)
        stream = FlowStream(self.flow, prompt, self._mel_noise(noise, n_frames), n_steps=n_steps)
        return stream.extend(target, last=True).cpu()

    @torch.inference_mode()
    def mel_to_wave(self, mel: Array, *, source_noise: Array | float | None = None) -> Tensor:
        """A log-mel (1, M, F) as samples (1, N), float32 on the CPU.

        `source_noise` (1, at least N, tones) drives the excitation; 0 is none; without it that of the default seed.
        Raises InvalidRequest.
        """
        n_mels, mel = self.flow.n_mels, torch.as_tensor(mel)
        if mel.ndim != 3 or mel.shape[0] != 1 or mel.shape[1] != n_mels or mel.shape[2] < 1:
            raise WrongShape((1, n_mels, "frames"), tuple(mel.shape), param="mel")
        stream = VocoderStream(self.vocoder, self._source_noise(source_noise, mel.shape[2]))
        return stream.extend(mel.to(self.flow.device, torch.float32), last=True).unsqueeze(0).cpu()

    def _prepared(self, prompt: FlowPrompt, checkpoint: Checkpoint) -> FlowStream:
        flow = FlowStream(self.flow, prompt, self._default_noise.frames)
        flow.prepare(checkpoint)
        return flow

    @property
    def _default_noise(self) -> SeededNoise:
        return SeededNoise(DEFAULT_SEED, self.flow.n_mels, FLOW_NOISE)

    def _prompt(self, tokens: Tokens, conditioning: Conditioning) -> FlowPrompt:
        ids = checked_tokens(tokens, self.config.flow.vocab_size, "prompt_tokens")
        if not ids:
            raise EmptyPrompt(param="prompt_tokens")
        mel, speaker = torch.as_tensor(conditioning.mel), torch.as_tensor(conditioning.speaker)
        n_mels, width = self.flow.n_mels, self.config.flow.spk_embed_dim
        if mel.ndim != 3 or mel.shape[0] != 1 or mel.shape[1] < 1 or mel.shape[2] != n_mels:
            raise WrongShape((1, "frames", n_mels), tuple(mel.shape), param="conditioning.mel")
        if tuple(speaker.shape) != (1, width):
            raise WrongShape((1, width), tuple(speaker.shape), param="conditioning.speaker")
        return FlowPrompt(paired(ids), mel, speaker)

    def _mel_noise(self, given: Array | None, n_frames: int) -> NoiseFrames:
        n_mels = self.flow.n_mels
        if given is None:
            return self._default_noise.frames
        noise = torch.as_tensor(given)
        if noise.ndim != 3 or noise.shape[0] != 1 or noise.shape[1] != n_mels or noise.shape[2] < n_frames:
            raise WrongShape((1, n_mels, f">={n_frames}"), tuple(noise.shape), param="noise")
        return lambda first, last: noise[0, :, first:last].T

    def _source_noise(self, given: Array | float | None, n_frames: int) -> SourceNoise:
        hop, n_tones = self.config.vocoder.hop, self.config.vocoder.n_tones
        if given is None:
            return self._seeded_source_noise(DEFAULT_SEED)
        noise = torch.as_tensor(given)
        if not noise.ndim and noise == 0:
            return lambda _first, _last: None
        if noise.ndim != 3 or noise.shape[0] != 1 or noise.shape[1] < n_frames * hop or noise.shape[2] != n_tones:
            raise WrongShape((1, f">={n_frames * hop}", n_tones), tuple(noise.shape), param="source_noise")
        return lambda first, last: noise[:, first * hop : last * hop]

    def _seeded_source_noise(self, seed: int) -> SourceNoise:
        hop, n_tones = self.config.vocoder.hop, self.config.vocoder.n_tones
        noise = SeededNoise(seed, hop * n_tones, SOURCE_NOISE)
        return lambda first, last: noise.frames(first, last).view(1, (last - first) * hop, n_tones)
