"""The Backend protocol: what makes and edits speech.

A backend knows nothing of queues, threads or HTTP: each call runs in one worker thread and yields Audio as it becomes
ready. Several calls may run at once; a backend's loaded models are shared and read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.engine.edits import Edit
from app.engine.facts.fact import Fact
from app.engine.job import JobControl
from app.engine.reading import ReadSpan
from app.engine.requests import CloneJob, EditJob
from app.engine.script import Script
from app.engine.sound.audio import Audio


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """What a backend can do now.

    `variants` can answer, `absent_variants` maps the others to why they cannot; `missing` maps a job ("clone",
    "denoise", ...) to why it cannot be done; `memory_bytes` maps each loaded part to its share, where it is known.
    `has_variants`: a request may choose among variants; else one model answers for all names. `matches_voices`: a clone
    is a stock voice brought close to the reference, not the voice itself.
    """

    name: str
    variants: tuple[str, ...]
    missing: Mapping[str, Fact] = field(default_factory=dict)
    absent_variants: Mapping[str, Fact] = field(default_factory=dict)
    memory_bytes: Mapping[str, int] = field(default_factory=dict)
    has_variants: bool = True
    matches_voices: bool = False


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How much text one call takes, counted in characters of Latin and of Han script; the engine splits longer text."""

    max_chars: int
    max_han_chars: int


class Backend(Protocol):
    """One way to make and edit speech."""

    name: str
    sample_rate: int
    text_limits: TextLimits
    needs_reference_transcript: bool  # True: clones work better or only with the words of their reference
    reads_phonemes: bool  # True: a script's lexicon may hold phonemes; False: respellings and pinyin only
    streams_pieces: bool  # True: a call yields its sound in chunks as they are made, faded at both ends; False: whole
    loads_beside_doors: bool  # True: `load` shares no library with the doors, which may be imported while it runs

    def load(self) -> None:
        """Load what every job needs. Raises PartMissing only when nothing at all could work."""

    def status(self) -> BackendStatus:
        """What works now."""

    def variant_for(self, variant: str | None, param: str = "variant") -> str:
        """The variant that will answer for the one asked for; None asks for the default.

        Raises VariantMissing, naming the field, where requests choose among variants.
        """

    def max_audio_s(self, task: str) -> float:
        """Seconds of audio one edit call takes; the engine splits longer clips at silences."""

    def needs_transcript(self, edit: Edit) -> bool:
        """True if the edit works better or only with the words of the clip."""

    def check_text(self, script: Script, param: str) -> None:
        """Raise UnspeakableText, naming the field, for words this backend cannot speak. Cheap; no models.

        NothingToSpeak, a kind of it, where there are only signs: the engine then answers with a silence.
        """

    def words_left_out(self, script: Script) -> tuple[str, ...]:
        """Words of a text that passes `check_text` which will all the same not be spoken. Cheap; no models."""

    def read(self, script: Script) -> list[ReadSpan]:
        """How the text will be read, span by span. Cheap; no models of sound."""

    def clone(self, job: CloneJob, control: JobControl) -> Iterator[Audio]:
        """Speak the text in the voice. Raises PartMissing, BadAudio, UnspeakableText, Cancelled, DeadlineExceeded."""

    def edit(self, job: EditJob, control: JobControl) -> Iterator[Audio]:
        """Edit the clip as often as `edit.iterations` says. The output has the backend's own rate or the clip's.

        Raises as `clone`; SilentResult where the result of an iteration that is to be edited again holds no sound.
        """
