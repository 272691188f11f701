"""What the doors ask of the engine, and what the engine asks of a backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.engine.content.checks import Check
from app.engine.content.words import TimedWord
from app.engine.edits import Edit
from app.engine.script import Script
from app.engine.sound.audio import Audio


@dataclass(frozen=True, slots=True)
class Voice:
    """A reference clip with what is known about it. `gender` is "female", "male" or ""; `locale` like "en-US".

    `param` is the caller's name of the field that brought the clip, by which errors name it.
    """

    id: str
    name: str
    reference: Audio
    transcript: str
    locale: str = ""
    gender: str = ""
    description: str = ""
    param: str = "prompt_audio"


@dataclass(frozen=True, slots=True)
class Reference:
    """Whose voice: a known `voice` by id, name or alias, or a clip of the caller's own, not both.

    Without either it is the default voice.

    `param` is the caller's name of the clip's field; `reader` says whose saved voices may be named, None all.
    """

    voice: str | None = None
    audio: Audio | None = None
    transcript: str | None = None
    param: str = "prompt_audio"
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class CloneRequest:
    """Speak `script` in the voice of `reference`, then apply `edits` in their order. Paralinguistic ones are made with
    the speech: they say how strong the script's sounds are, and add their own tags at its end.

    `speed` 0.25 to 4 stretches time at the same pitch; `seed` None draws one. What misses the `check` is made again.
    """

    script: Script
    reference: Reference
    intensity: float = 1.0
    speed: float = 1.0
    seed: int | None = None
    variant: str | None = None
    edits: tuple[Edit, ...] = ()
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class EditRequest:
    """Apply `edit` to `audio`. `transcript` says what is spoken in it (Whisper fills it where a task needs it);
    `script` has the new sounds among the words, for paralinguistic edits only. `param` is the caller's name of the
    clip's field. The `check` compares the result with the clip.
    """

    edit: Edit
    audio: Audio
    transcript: str | None = None
    script: Script | None = None
    speed: float = 1.0
    seed: int | None = None
    variant: str | None = None
    param: str = "input_audio"
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class WordEdit:
    """One change of the words of a transcript, which are named by their places.

    "replace" puts `text` where the words `word` to `to` are (without `to` that one alone), "delete" takes them out,
    "insert" puts `text` before `word`; before the place behind the last word it stands at the end.
    """

    op: Literal["replace", "insert", "delete"]
    word: int
    to: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RewriteRequest:
    """Say in `audio` what `text` says, or what its words say after `edits`, and leave all else as it is.

    `transcript` is what is said in it now; Whisper fills it. The `*_param` are the caller's names of the fields. The
    `check` compares the whole result with its new words and the voice of `audio`.
    """

    audio: Audio
    text: str = ""
    edits: tuple[WordEdit, ...] = ()
    transcript: str | None = None
    seed: int | None = None
    variant: str | None = None
    param: str = "input_audio"
    text_param: str = "text"
    edits_param: str = "edits"
    transcript_param: str = "audio_text"
    check: Check | None = None


Removable = Literal["fillers", "repeats", "pauses"]


@dataclass(frozen=True, slots=True)
class FillersRequest:
    """Take out of `audio` what it can do without: all kinds of `remove`. `param` is the caller's name of its field."""

    audio: Audio
    remove: tuple[Removable, ...] = ("fillers", "repeats", "pauses")
    param: str = "input_audio"
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class TranscribeRequest:
    """Write down what is said in `audio`, in English with `translates`.

    `language` is an ISO-639-1 code of what is said, None detects it; `temperature` 0 to 1.
    """

    audio: Audio
    language: str | None = None
    prompt: str | None = None
    temperature: float = 0.0
    model: str | None = None
    translates: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of transcript, with Whisper's own figures (OpenAI's `verbose_json` returns them)."""

    id: int
    seek: int
    start_s: float
    end_s: float
    text: str
    tokens: tuple[int, ...]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    words: tuple[TimedWord, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """All segments, the language found (ISO-639-1) and the clip's length in seconds.

    `written` is the text where somebody wrote it, instead of what was heard.
    """

    language: str
    duration_s: float
    segments: tuple[Segment, ...] = field(default=())
    written: str = ""

    @property
    def text(self) -> str:
        """The whole text, without white space at its ends."""
        return self.written or "".join(s.text for s in self.segments).strip()

    @property
    def words(self) -> tuple[TimedWord, ...]:
        """All words in order."""
        return tuple(w for s in self.segments for w in s.words)


@dataclass(frozen=True, slots=True)
class CloneJob:
    """One piece of speech for a backend: `script` no longer than its limits, its sounds as strong as they say.

    `seed` is that of this piece, `seed_of_all` that of the request: what its pieces share is drawn from it.
    `is_first`: somebody waits for its first sound, rather than for all of it.
    """

    script: Script
    voice: Voice
    intensity: float
    seed: int
    variant: str | None = None
    is_first: bool = False
    seed_of_all: int = 0


@dataclass(frozen=True, slots=True)
class EditJob:
    """One piece of audio for a backend, with the words of this piece alone.

    `script` belongs to paralinguistic edits: the words with the sounds to put in, one at least.
    """

    edit: Edit
    audio: Audio
    transcript: str | None
    script: Script | None
    seed: int
    variant: str | None = None
    param: str = "input_audio"  # the caller's name of the clip's field
