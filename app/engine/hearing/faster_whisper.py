"""FasterWhisper: a Whisper in int8 on the CPU.

faster-whisper supplies features, beam search with fallback, and word times; the loop over a window is ours. A window is
read again only where a real stretch of it is left: what faster-whisper's own loop makes of the last fraction of a
second is invention ("subtitles by ...", or one character 200 times).

CTranslate2 cannot be interrupted inside a call. One call is one window's encoding or its decoding, and the decoding is
bounded by the window's length; the job is checked between the calls.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from app.engine.hearing import whisper_edges
from app.engine.hearing.records import segment_of
from app.engine.hearing.shared_load import SharedLoad
from app.engine.hearing.transcriber import TranscriberOptions, max_tokens
from app.engine.job import JobControl
from app.engine.large_work import LARGE_WORK
from app.engine.machine import give_back_memory
from app.engine.requests import Segment
from app.engine.sound.audio import Audio

if TYPE_CHECKING:
    from pathlib import Path

FRAMES_PER_S = 100
TIMESTAMP_S = 0.02  # step of Whisper's timestamp tokens
MIN_REREAD_FRAMES = 120  # a shorter rest of a window, its margin included, seldom holds a word


class FasterWhisper:
    """One Whisper. Loads in a second, when first asked; safe to call from several threads."""

    def __init__(self, find: Callable[[], Path], *, threads: int) -> None:
        """`find` gives the folder of the model, and may download it; it raises PartMissing."""
        self._find = find
        self._threads = threads
        self._model: SharedLoad[Any] = SharedLoad(self._load)

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """Yield what is said in a window of at most 30 s at 16 kHz. Raises PartMissing, Cancelled, DeadlineExceeded."""
        model = self._model.get(control)
        features = whisper_edges.features_of(model, window.samples)
        seek, n_frames, tokenizer = 0, features.shape[1], None
        while seek == 0 or n_frames - seek >= MIN_REREAD_FRAMES:
            with LARGE_WORK.taken(self._threads, control):
                control.checkpoint()
                encoding = whisper_edges.encoded(model, features[:, seek:])
            control.checkpoint()
            tokenizer = tokenizer or whisper_edges.tokenizer_of(
                model, options.language or next(iter(whisper_edges.language_probs(model, encoding))), options.task
            )
            reading = _reading(model, encoding, tokenizer, options, n_frames - seek)
            control.checkpoint()
            stretches = _cut(reading.tokens, tokenizer.timestamp_begin, n_frames - seek)
            segments = _with_words(model, encoding, tokenizer, stretches, seek, n_frames - seek)
            records = (_complete(s, reading, tokenizer) for s in segments)
            yield from (segment_of(record, tokenizer.language_code, window.duration_s) for record in records)
            # Base often stops at a pause with speech behind it; a window ends with speech, so go on from there.
            read_until = round(segments[-1]["end"] * FRAMES_PER_S)
            seek = max(read_until, seek + MIN_REREAD_FRAMES)  # always forward

    def language_probs(self, sound: Audio, control: JobControl) -> Mapping[str, float]:
        """As Transcriber: takes 12 ms of CPU time for each second of sound."""
        model = self._model.get(control)
        return whisper_edges.language_probs(model, whisper_edges.shortly_encoded(model, sound.samples))

    def _load(self) -> Any:
        from faster_whisper import WhisperModel

        folder = self._find()
        with LARGE_WORK.taken(self._threads):  # twice the memory that it keeps
            model = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=self._threads, local_files_only=True
            )
        give_back_memory()
        return model


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Tokens between two timestamps, in seconds from where the reading began."""

    start_s: float
    end_s: float
    tokens: list[int]


def _reading(
    model: Any, encoding: Any, tokenizer: Any, options: TranscriberOptions, n_frames: int
) -> whisper_edges.Decoding:
    return whisper_edges.read(
        model,
        encoding,
        tokenizer,
        options.prompt_for(tokenizer.language_code) or "",
        temperatures=options.temperatures,
        max_new_tokens=max_tokens(n_frames / FRAMES_PER_S),
    )


def _cut(tokens: Sequence[int], first_timestamp: int, n_frames: int) -> list[_Stretch]:
    """The stretches that the timestamps enclose; at least one.

    Two timestamps in a row end one stretch and begin the next; one alone at the end closes the reading. Text left open
    behind the last pair is not taken: it is read again, from there, in full.
    """

    def seconds(token: int) -> float:
        return (token - first_timestamp) * TIMESTAMP_S

    duration_s = n_frames / FRAMES_PER_S
    is_mark = [token >= first_timestamp for token in tokens]
    joints = [n for n in range(1, len(tokens)) if is_mark[n - 1] and is_mark[n]]
    closed = len(tokens) >= 2 and is_mark[-1] and not is_mark[-2]
    if not joints:
        last_s = max((seconds(t) for t, marks in zip(tokens, is_mark, strict=True) if marks), default=0.0)
        return [_Stretch(0.0, last_s or duration_s, list(tokens))]
    edges = [0, *joints, len(tokens)] if closed else [0, *joints]
    return [
        _Stretch(seconds(tokens[a]), seconds(tokens[b - 1]), list(tokens[a:b])) for a, b in itertools.pairwise(edges)
    ]


def _with_words(
    model: Any, encoding: Any, tokenizer: Any, stretches: list[_Stretch], seek: int, n_frames: int
) -> list[dict[str, Any]]:
    """The stretches as faster-whisper's own records, with times from the window's start and words by alignment."""
    offset_s = seek / FRAMES_PER_S
    records = [
        {"seek": seek, "start": offset_s + s.start_s, "end": offset_s + s.end_s, "tokens": s.tokens} for s in stretches
    ]
    whisper_edges.add_words(model, encoding, tokenizer, records, n_frames)
    return records


def _complete(record: dict[str, Any], decoding: whisper_edges.Decoding, tokenizer: Any) -> dict[str, Any]:
    """The record with its text and the figures of the decoding that it is a stretch of."""
    return {**asdict(decoding), **record, "text": tokenizer.decode(record["tokens"])}
