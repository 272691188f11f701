"""Transcription: which Whisper transcribes a clip, in which windows, and what of its answer is believed.

A `Transcriber` is one Whisper, for one window of at most 30 s at a time. `Transcribers` chooses it, cuts the clip
into windows that hold speech, and gives the segments one clock. Whisper invents text where nobody speaks and then
loops on it; silence is therefore never shown to it, and text that repeats itself is looked at again (`loops.py`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from app.engine.content.words import TimedWord
from app.engine.errors import LanguageNotHeard, NobodySpeaks, OutOfRange, UnknownModel
from app.engine.facts.reasons import KnownModels
from app.engine.facts.warnings import CantoneseUnknown
from app.engine.hearing.chinese_script import (
    CANTONESE_OPENING,
    TRADITIONAL_OPENING,
    script_asked,
    written,
)
from app.engine.hearing.doubts import DoubtingTranscriber
from app.engine.hearing.language_changes import LANGUAGE_PAUSE_S, Part, parts_of
from app.engine.hearing.languages import language_code
from app.engine.hearing.loops import believed
from app.engine.hearing.official import official_model
from app.engine.hearing.recording_faults import faults_of_reference
from app.engine.hearing.transcriber import (
    EMBEDDED_MODEL,
    MARGIN_S,
    OPENAI_MODELS,
    Transcriber,
    TranscriberOptions,
)
from app.engine.hearing.vad import MIN_SILENCE_S, Span, joined_spans
from app.engine.hearing.word_onsets import at_onsets
from app.engine.job import JobControl
from app.engine.requests import Segment, TranscribeRequest
from app.engine.sound.audio import SILENCE_DB, Audio, frame_levels_db, split_at_silences
from app.files import can_write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.engine.hearing.speaker import Embedding, SpeakerEncoder
    from app.engine.hearing.vad import Vad
    from app.engine.parts.parts import Parts
    from app.settings import Settings

RATE_HZ = 16000
# Of the loudest 20 ms. Speech at -58 dB loses its first words, at -61 dB all; made as loud as speech mostly is, none.
# Of 16 bits too little is left below -75 dB.
FAINTEST_DB, FAINT_DB, HEARD_DB = -75.0, -45.0, -15.0
# Cantonese came with the third large model; the vocabulary of all others has no mark for it.
MANDARIN, CANTONESE = "zh", "yue"
CANTONESE_MODELS = frozenset({"large", "large-v3", "large-v3-turbo", "turbo"})

WINDOW_S = 20.0  # of the 30 s Whisper reads: base loses words in fuller ones, and a job stops sooner
MIN_JUDGED_S, MIN_SPOKEN_S = 1.0, 0.4  # of a clip whose voice is wanted: music passes for speech now and then, briefly
MAX_COMPARED_S = 60.0  # of a clip in which a second voice is looked for
SPEECH_THRESHOLD = 0.35  # a lost word is worse than a heard noise


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of a clip that one Whisper hears: where it begins, its sound, and where in it somebody speaks."""

    start_s: float
    sound: Audio
    spoken: list[Span]


class Transcribers:
    """All Whispers of this installation. Each is loaded when first asked; safe to use from several threads."""

    def __init__(self, parts: Parts, folder: Path, *, default: str, offline: bool, threads: int) -> None:
        """`folder` holds the checkpoints of openai-whisper; `default` answers requests that name no model."""
        self._parts = parts
        self._folder = folder
        self._default = default
        self._offline = offline
        self._threads = threads
        self._loaded: dict[str, Transcriber] = {}
        self._vad: Vad | None = None
        self._encoder: SpeakerEncoder | None = None

    @classmethod
    def from_settings(cls, settings: Settings, parts: Parts) -> Transcribers:
        """The Whispers that the settings describe; nothing is loaded yet. Raises UnknownModel for the default."""
        transcribers = cls(
            parts,
            _whisper_folder(settings),
            default=settings.whisper_model,
            offline=settings.offline,
            threads=settings.threads,
        )
        transcribers._require_known(settings.whisper_model, "whisper_model")
        return transcribers

    def known_models(self) -> list[str]:
        """Names a request may give: the embedded model, those that can be downloaded, and other checkpoints on disk."""
        on_disk = (file.stem for file in self._folder.glob("*.pt") if has_openai_whisper())
        return list(dict.fromkeys((EMBEDDED_MODEL, *OPENAI_MODELS, *sorted(on_disk))))

    def check(self, request: TranscribeRequest) -> None:
        """Raise what is wrong with the request, before any work: UnknownModel, InvalidRequest, OutOfRange."""
        model = request.model or self._default
        self._require_known(model, "model")
        if request.language:
            _require_heard(language_code(request.language), model)
        if not 0 <= request.temperature <= 1:
            raise OutOfRange(0, 1, request.temperature, param="temperature")

    def examine_reference(self, audio: Audio, control: JobControl, param: str) -> None:
        """Raise NobodySpeaks for a clip of noise, hum or music; warn of what makes a voice poor. Takes CPU time.

        Clips too short to be judged pass.
        """
        if audio.duration_s < MIN_JUDGED_S:
            return
        spans = self._spans(audio, control)
        if sum(end - start for start, end in spans) < MIN_SPOKEN_S:
            raise NobodySpeaks(param=param)

        def embeddings() -> NDArray[np.float32]:
            return self._speaker_encoder().embed_stretches(audio.slice_s(0.0, MAX_COMPARED_S), control)

        for fault in faults_of_reference(audio, spans, embeddings):
            control.warn(fault)

    def embedding(self, audio: Audio, control: JobControl) -> Embedding:
        """Whose voice it is: unit length, float32 `[256]`. Takes CPU time."""
        return self._speaker_encoder().embed(audio, control)

    def _speaker_encoder(self) -> SpeakerEncoder:
        if self._encoder is None:
            from app.engine.hearing.speaker import SpeakerEncoder

            self._encoder = SpeakerEncoder()
        return self._encoder

    def transcribe(self, request: TranscribeRequest, control: JobControl) -> Iterator[Segment]:
        """Yield the transcript segment by segment, each as soon as it is heard; a clip without speech yields none.

        Each stretch of speech is written in its own language, unless the caller names one.
        Chinese is written in simplified characters unless the caller asks for others or writes them in the prompt.
        Cantonese is warned of where the model does not know it.
        Raises as `check`, and PartMissing, Cancelled, DeadlineExceeded.
        """
        self.check(request)
        transcriber = self._doubting(self._transcriber(request.model or self._default))
        language = language_code(request.language) if request.language else None
        prompt = (request.prompt or "").strip() or None
        script = script_asked(request.language or "", prompt)
        if language == CANTONESE and not _knows_cantonese(request.model or self._default):
            control.warn(CantoneseUnknown(request.model or self._default, tuple(sorted(CANTONESE_MODELS))))
            language, prompt = MANDARIN, prompt or CANTONESE_OPENING
        elif language == MANDARIN and script not in ("simplified", None):
            prompt = prompt or TRADITIONAL_OPENING
        task: Literal["transcribe", "translate"] = "translate" if request.translates else "transcribe"
        options = TranscriberOptions(language, prompt, request.temperature, task)
        number, heard = 0, language
        for window in self._windows(loud_enough(request.audio.resampled(RATE_HZ)), control):
            whole = Part(0.0, window.sound, language)
            for part in [whole] if language else parts_of(transcriber, window.sound, window.spoken, heard, control):
                for segment in believed(transcriber, part.sound, replace(options, language=part.language), control):
                    control.checkpoint()
                    heard = segment.language
                    segment = replace(segment, words=at_onsets(segment.words, part.sound))
                    if task == "transcribe":
                        segment = written(segment, script)
                    yield _placed(segment, number, window.start_s + part.start_s)
                    number += 1

    def _windows(self, audio: Audio, control: JobControl) -> Iterator[_Window]:
        """Each stretch that holds speech; none is longer than a window."""
        spoken = self._spans(audio, control, min_silence_s=LANGUAGE_PAUSE_S)
        windows = list(_packed(_bounded(joined_spans(spoken, MIN_SILENCE_S), audio)))
        for before, (start_s, end_s), after in zip([None, *windows], windows, [*windows[1:], None], strict=False):
            # A margin ends where the neighbour's begins: no sound is heard twice.
            first_s = max(start_s - MARGIN_S, (before[1] + start_s) / 2 if before else 0.0)
            last_s = min(end_s + MARGIN_S, (end_s + after[0]) / 2 if after else audio.duration_s)
            within = [(max(a, start_s), min(b, end_s)) for a, b in spoken if a < end_s and b > start_s]
            yield _Window(first_s, audio.slice_s(first_s, last_s), [(a - first_s, b - first_s) for a, b in within])

    def _spans(self, audio: Audio, control: JobControl, min_silence_s: float = MIN_SILENCE_S) -> list[Span]:
        if "silero-vad" in self._parts.missing():  # hear everything that is not silent rather than nothing
            is_silent = float(frame_levels_db(audio).max()) < SILENCE_DB
            return [] if is_silent else [(0.0, audio.duration_s)]
        return self._detector().speech_spans(audio, control, threshold=SPEECH_THRESHOLD, min_silence_s=min_silence_s)

    def _detector(self) -> Vad:
        if self._vad is None:
            from app.engine.hearing.vad import Vad

            self._vad = Vad(self._parts)
        return self._vad

    def _doubting(self, transcriber: Transcriber) -> Transcriber:
        """The transcriber without what is probably invented; as it is where there is no detector to ask."""
        if "silero-vad" in self._parts.missing():
            return transcriber
        return DoubtingTranscriber(transcriber, self._detector().speech_probs)

    def _transcriber(self, model: str) -> Transcriber:
        # Two threads may both build one: they are empty until they hear, and `setdefault` keeps the first.
        if model not in self._loaded:
            self._loaded.setdefault(model, self._built(model))
        return self._loaded[model]

    def _built(self, model: str) -> Transcriber:
        if model == EMBEDDED_MODEL:
            return self._faster_whisper(lambda: self._parts.path("whisper-base"))
        if not has_openai_whisper():
            return self._faster_whisper(lambda: official_model(model, self._folder, offline=self._offline))
        from app.engine.hearing.openai_whisper import OpenAIWhisper

        return OpenAIWhisper(model, self._folder, offline=self._offline, threads=self._threads)

    def _faster_whisper(self, find: Callable[[], Path]) -> Transcriber:
        from app.engine.hearing.faster_whisper import FasterWhisper

        return FasterWhisper(find, threads=self._threads)

    def _require_known(self, model: str, param: str) -> None:
        if model not in (known := self.known_models()):
            raise UnknownModel(model, KnownModels(tuple(known)), param=param)


def loud_enough(audio: Audio) -> Audio:
    """The clip, louder where it is so faint that the voice detector and Whisper would miss the words in it."""
    if not len(audio.samples):
        return audio
    loudest_db = float(frame_levels_db(audio).max())
    if not FAINTEST_DB < loudest_db < FAINT_DB:
        return audio
    return replace(audio, samples=(audio.samples * np.float32(10 ** ((HEARD_DB - loudest_db) / 20))).clip(-1, 1))


def has_openai_whisper() -> bool:
    """True in the full set of packages. Without it faster-whisper serves the official models, and no others."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "whisper"))


def _whisper_folder(settings: Settings) -> Path:
    """Beside the other weights; under the cache where that folder is not there and cannot be made."""
    folder = settings.models_dir / "whisper"
    return folder if folder.is_dir() or can_write(folder) else settings.cache_dir / "models" / "whisper"


def _require_heard(language: str, model: str) -> None:
    """Raise InvalidRequest when an official model cannot write this language; it would answer nothing or nonsense."""
    if model.endswith(".en") and language != "en":
        raise LanguageNotHeard(language, model)


def _knows_cantonese(model: str) -> bool:
    """Models of others may; of the official ones those that came with it."""
    return model in CANTONESE_MODELS or model not in (EMBEDDED_MODEL, *OPENAI_MODELS)


def _bounded(spans: list[Span], audio: Audio) -> Iterator[Span]:
    """The spans, those longer than a window cut at their quietest moments."""
    for start_s, end_s in spans:
        for piece in split_at_silences(audio.slice_s(start_s, end_s), WINDOW_S):
            yield start_s, start_s + piece.duration_s
            start_s += piece.duration_s


def _packed(spans: Iterator[Span]) -> Iterator[Span]:
    """Neighbouring spans together in as few windows as hold them: a window costs the same however little it holds."""
    window: Span | None = None
    for start_s, end_s in spans:
        if window is not None and end_s - window[0] <= WINDOW_S:
            window = (window[0], end_s)
            continue
        if window is not None:
            yield window
        window = (start_s, end_s)
    if window is not None:
        yield window


def _placed(segment: Segment, number: int, start_s: float) -> Segment:
    """The segment on the clip's clock."""
    words = tuple(
        TimedWord(w.text, _ms(w.start_s + start_s), _ms(w.end_s + start_s), w.probability) for w in segment.words
    )
    return replace(
        segment,
        id=number,
        seek=segment.seek + round(start_s * 100),  # Whisper counts in frames of 10 ms
        start_s=_ms(segment.start_s + start_s),
        end_s=_ms(segment.end_s + start_s),
        words=words,
    )


def _ms(time_s: float) -> float:
    """Rounded to milliseconds: sums of binary fractions have long tails."""
    return round(time_s, 3)
