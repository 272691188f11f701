"""One scripted backend and one scripted transcriber for all tests: slow, failing, endless and cancellable on command.

They keep the contracts of `Backend` and `Transcriber`s. What a job does is written in its own text, so that tests over
HTTP can ask for it: `wait` stops until the test calls `Script.go`, `fail` raises, `bug` raises what nobody foresaw,
`forever` works until it is stopped, `log` writes a log line, `overlong` is cut short. Everything else becomes a tone
of a fixed length per sentence.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.cache.token_cache import TokenCache
from app.engine.backend import BackendStatus, TextLimits
from app.engine.content.words import TimedWord
from app.engine.edits import Edit
from app.engine.engine import EditXEngine
from app.engine.errors import DamagedFile, ForeignScript, NobodySpeaks, NothingToSpeak, UnknownModel
from app.engine.facts.fact import Plain
from app.engine.facts.reasons import AskedFor, KnownModels
from app.engine.job import JobControl
from app.engine.library.consents import ConsentLibrary
from app.engine.library.voices import VoiceLibrary
from app.engine.reading import Reading, ReadSpan, SpokenWord
from app.engine.requests import CloneJob, EditJob, Segment, TranscribeRequest
from app.engine.scheduling import Scheduler
from app.engine.script import Script as SpokenScript
from app.engine.sound.audio import Audio
from app.studio.store import TakeStore
from app.studio.studio import Studio

logger = logging.getLogger("app.engine.scripted")

RATE_HZ = 24_000
TONE_S = 0.6  # of one sentence
TONE_HZ = 330.0
STEP_S = 0.02  # how often a waiting job looks whether it was stopped
NOISE_LEVEL = 0.9  # of every sample: what the scripted transcribers hear no speech in
HEARD = " Hello there."


def tone(seconds: float, rate: int = RATE_HZ, pitch_hz: float = TONE_HZ, level: float = 0.3) -> Audio:
    """A steady sine without silence at its end, so that a lost tail shows."""
    times = np.arange(round(seconds * rate)) / rate
    return Audio((level * np.sin(2 * np.pi * pitch_hz * times)).astype(np.float32), rate)


class Script:
    """What a test tells the jobs, and what it hears of them."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.stopped = threading.Event()
        self.clones: list[CloneJob] = []
        self.edits: list[EditJob] = []
        self.transcriptions: list[TranscribeRequest] = []

    def forget(self) -> None:
        """As new."""
        for event in (self.go, self.begun, self.stopped):
            event.clear()
        for heard in (self.clones, self.edits, self.transcriptions):
            heard.clear()

    def play(self, words: str, control: JobControl) -> None:
        """Do what the words ask for. Raises what they ask for."""
        self.begun.set()
        try:
            if "forever" in words:
                self._wait(threading.Event(), control)
            if "wait" in words:
                self._wait(self.go, control)
            control.checkpoint()
        except BaseException:
            self.stopped.set()
            raise
        if "log" in words:
            logger.warning("the backend says: %s", words)
        if "fail" in words:
            raise DamagedFile(3, 4, param="prompt_audio")
        if "overlong" in words:
            control.finished("length")
        if "bug" in words:
            raise ZeroDivisionError("a secret of the server")

    def _wait(self, event: threading.Event, control: JobControl) -> None:
        while not event.wait(STEP_S):
            control.checkpoint()


class ScriptedBackend:
    """A Backend of tones: a clone's pitch is TONE_HZ, an edit gives the clip back louder by its intensity in dB."""

    name = "scripted"
    sample_rate = RATE_HZ
    text_limits = TextLimits(30, 30)
    needs_reference_transcript = False
    reads_phonemes = True
    streams_pieces = False
    loads_beside_doors = False

    def __init__(self, script: Script) -> None:
        self._script = script

    def load(self) -> None:
        """Nothing to load."""

    def status(self) -> BackendStatus:
        """Always ready, one part missing."""
        return BackendStatus(self.name, ("base",), {"denoise": Plain("the part is not installed")})

    def variant_for(self, variant: str | None, param: str = "variant") -> str:
        """There is only one."""
        del variant, param
        return "base"

    def max_audio_s(self, task: str) -> float:
        """The same for all tasks."""
        del task
        return 30.0

    def needs_transcript(self, edit: Edit) -> bool:
        """Paralinguistic edits only."""
        return edit.task == "paralinguistic"

    def check_text(self, script: SpokenScript, param: str) -> None:
        """Cyrillic cannot be spoken."""
        if any("а" <= letter <= "я" for letter in script.text.lower()):
            raise ForeignScript("Cyrillic", ("English", "Mandarin"), param=param)
        if not any(letter.isalnum() for letter in script.text):
            raise NothingToSpeak(param=param)

    def words_left_out(self, script: SpokenScript) -> tuple[str, ...]:
        """Greek words are passed over."""
        return tuple(word for word in script.text.split() if "α" <= word[0] <= "ω")

    def read(self, script: SpokenScript) -> list[ReadSpan]:
        """Every word as written, or as the lexicon writes it."""
        spoken = script.written_out().text
        words = tuple(SpokenWord(word, word) for word in re.findall(r"\w+", spoken.lower()))
        return [ReadSpan("en", (Reading(script.text, spoken, "word"),), script.text.lower(), words)]

    def clone(self, job: CloneJob, control: JobControl) -> Iterator[Audio]:
        """One tone per piece of text."""
        self._script.clones.append(job)
        self._script.play(job.script.text, control)
        yield tone(TONE_S)

    def edit(self, job: EditJob, control: JobControl) -> Iterator[Audio]:
        """The clip itself."""
        self._script.edits.append(job)
        self._script.play(f"{job.transcript} {job.script.text if job.script else None}", control)
        yield job.audio


class ScriptedTranscribers:
    """Hears "Hello there." and then a second sentence, whatever is said."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def known_models(self) -> list[str]:
        """Two of them."""
        return ["base", "small"]

    def check(self, request: TranscribeRequest) -> None:
        """Only the model is checked."""
        if request.model is not None and request.model not in self.known_models():
            raise UnknownModel(request.model, KnownModels(tuple(self.known_models())))

    def examine_reference(self, audio: Audio, control: JobControl, param: str) -> None:
        """Noise at full level is no speech."""
        del control
        if float(np.abs(audio.samples).min()) > NOISE_LEVEL:
            raise NobodySpeaks(param=param)

    def embedding(self, audio: Audio, control: JobControl) -> np.ndarray:
        """All voices are one."""
        del audio, control
        return np.ones(1, np.float32)

    def transcribe(self, request: TranscribeRequest, control: JobControl) -> Iterator[Segment]:
        """Two segments."""
        self._script.transcriptions.append(request)
        yield segment(0, 0.0, 1.0, HEARD)
        self._script.play(request.prompt or "", control)
        yield segment(1, 1.0, 3661.5, " 你好 --> world")


def segment(number: int, start_s: float, end_s: float, text: str) -> Segment:
    """A segment whose first word fills it."""
    words = (TimedWord(text.split()[0], start_s, end_s, 0.9),)
    return Segment(number, 0, start_s, end_s, text, (1, 2), 0.0, -0.2, 1.1, 0.01, words, "en")


def scripted_engine(
    script: Script,
    folder: Path,
    presets: Path,
    *,
    workers: int = 2,
    max_jobs: int = 8,
    requires_consent: bool = False,
) -> EditXEngine:
    """The real engine over the scripted backend; its cache, saved voices and consents live in `folder`."""
    return EditXEngine(
        backend=ScriptedBackend(script),
        chosen_because=AskedFor(),
        transcribers=ScriptedTranscribers(script),  # type: ignore[arg-type]
        voices=VoiceLibrary(folder / "voices", 5, presets),
        consents=ConsentLibrary(folder / "consents", 5),
        cache=TokenCache(folder / "tokens", 10, 100_000),
        scheduler=Scheduler(workers, max_jobs),
        max_input_chars=4096,
        max_audio_s=60.0,
        requires_consent=requires_consent,
    )


def scripted_studio(engine: EditXEngine, folder: Path) -> Studio:
    """A studio over the engine; its takes live in `folder`."""
    return Studio(engine, TakeStore(folder / "takes", 3600.0, 100_000_000))


def new_session_id() -> str:
    """A public id of a session, as the page makes it of a cookie."""
    return secrets.token_hex(16)
