"""AudioTokenizer: a clip to the codes that the language model reads and the decoder speaks from.

Two tokenizers hear the same preprocessed wave at the same time, each in a thread of its own: a linguistic one (vq02)
and a semantic one (vq06). Calls may come from several threads; what is loaded is shared and read-only.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.engine.job import JobControl
from app.engine.sound.audio import Audio
from app.engine.step_audio.codes import AudioCodes
from app.engine.step_audio.device import usable
from app.engine.step_audio.tokenizer.files import TokenizerFiles
from app.engine.step_audio.tokenizer.linguistic import LinguisticTokenizer
from app.engine.step_audio.tokenizer.preprocessing import preprocessed
from app.engine.step_audio.tokenizer.semantic import SemanticTokenizer

CODE_VERSION = 1  # raise it when the same weights give other codes than before


class AudioTokenizer:
    """The audio tokenizer of Step-Audio. Safe from any thread."""

    def __init__(self, linguistic: LinguisticTokenizer, semantic: SemanticTokenizer, version: str) -> None:
        """`version` names the weights, the code and the dither: where it is equal, a clip gets equal codes."""
        self._linguistic = linguistic
        self._semantic = semantic
        self.version = version

    @classmethod
    def from_pretrained(
        cls, path: str | Path, device: str = "cpu", dither: float = 1.0, *, threads: int = 2
    ) -> AudioTokenizer:
        """Load a `Step-Audio-Tokenizer` folder; nothing is fetched.

        Raises PartMissing, which names the file, and Unavailable for a device that is not there.

        `device` as torch names it. `dither` is the strength, in 16-bit steps, of the noise that keeps digital silence
        within what the encoder knows; the same clip gets the same noise, always. `threads` serve the semantic graph on
        the CPU; torch uses those of the process.
        """
        folder, device = Path(path), str(usable(device))
        files = TokenizerFiles.in_folder(folder)
        linguistic = LinguisticTokenizer.from_files(files, device, dither)
        semantic = SemanticTokenizer(files.semantic_graph, device, threads)
        version = f"{CODE_VERSION}-{dither:g}-{files.content_hash(folder)[:32]}"
        return cls(linguistic, semantic, version)

    def encode(self, audio: Audio, control: JobControl | None = None, *, trim: bool = True) -> AudioCodes:
        """The codes of a clip of any rate. Raises BadAudio, Cancelled, DeadlineExceeded.

        `trim` cuts the silent ends first and leaves 270 ms or more; without it, less than 55 ms have no codes.
        """
        return self.encode_batch([audio], control, trim=trim)[0]

    def encode_batch(
        self, clips: Sequence[Audio], control: JobControl | None = None, *, trim: bool = True
    ) -> list[AudioCodes]:
        """The codes of several clips in one pass, each as if it were alone. Raises as `encode`."""
        return self.encode_preprocessed([preprocessed(clip, trim=trim) for clip in clips], control)

    def encode_preprocessed(self, waves: Sequence[Audio], control: JobControl | None = None) -> list[AudioCodes]:
        """The codes of what `preprocessed` made, for callers who hash it to look into a cache first."""
        control = control or JobControl()
        with ThreadPoolExecutor(1, "semantic-tokenizer") as beside:
            semantic = beside.submit(lambda: [self._semantic.codes(wave.samples, control) for wave in waves])
            vq02 = self._linguistic.codes([wave.samples for wave in waves], control.checkpoint)
            vq06 = semantic.result()
        return [AudioCodes(*codes) for codes in zip(vq02, vq06, strict=True)]
