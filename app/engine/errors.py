"""Every way a job can fail, as one family that knows nothing of HTTP and has no sentences.

EngineError
  InvalidRequest        the caller asked for something impossible; nothing was computed
    EmptyText, TextTooLong, UnspeakableText, OutOfRange, UnknownTask, UnknownTag, ...
    BadAudio            SilentAudio, AudioTooShort, AudioTooLong, AudioTooLarge, ...
  NotFound              UnknownVoice, UnknownConsent, UnknownTake, UnknownModel
  Conflict              VoiceNameTaken, SessionTooNew
  Unavailable           PartMissing, NotReady, SilentResult: right request, wrong moment or installation
  StorageFailed         StorageFull: the disk does not take what is to be kept
  QueueFull
  DeadlineExceeded
  Cancelled

Each class carries a stable `code` and the values of the failure; `param` names the field of the request that is at
fault, in the caller's words. Doors make sentences of them, each by one table (`app/wording`, `app/ui/sentences.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.facts.fact import Fact
from app.engine.facts.reasons import NoPackages, SilentAnswer


@dataclass(eq=False)
class EngineError(Fact, Exception):
    """A job failed for a reason that users are told."""

    code = "engine_error"

    param: str | None = field(default=None, kw_only=True)


@dataclass(eq=False)
class NoSound(EngineError):
    """The job ended without a sound."""


@dataclass(eq=False)
class NoAnswer(EngineError):
    """The language model's answer was empty."""


class InvalidRequest(EngineError):
    """The request can never succeed as it stands."""

    code = "invalid_value"


# ---- text ----------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class EmptyText(InvalidRequest):
    """No text, or only white space."""

    code = "empty_text"

    param: str | None = field(default="input", kw_only=True)


@dataclass(eq=False)
class TextTooLong(InvalidRequest):
    """More characters than the service takes in one request."""

    code = "text_too_long"

    limit: int
    length: int
    param: str | None = field(default="input", kw_only=True)


class UnspeakableText(InvalidRequest):
    """The text holds nothing that can be spoken, or a language the backend does not speak."""

    code = "unsupported_language"


@dataclass(eq=False)
class NothingToSpeak(UnspeakableText):
    """No letter or digit that any voice can read."""


@dataclass(eq=False)
class OnlySigns(UnspeakableText):
    """Signs or emoji alone."""

    spoken: tuple[str, ...]


@dataclass(eq=False)
class ForeignLanguage(UnspeakableText):
    """A language tag of a language that the backend does not speak."""

    language: str
    spoken: tuple[str, ...]


@dataclass(eq=False)
class ForeignScript(UnspeakableText):
    """Letters of a script that the backend does not read."""

    script: str
    spoken: tuple[str, ...]


@dataclass(eq=False)
class TextAndClipTooLong(InvalidRequest):
    """Text and recording together are more tokens than the model takes."""

    n_tokens: int


@dataclass(eq=False)
class ReservedSymbols(InvalidRequest):
    """Symbols in the text that are the model's own."""


@dataclass(eq=False)
class TooManyPhonemes(InvalidRequest):
    """More phonemes than one synthesis takes."""

    n_phonemes: int
    limit: int


# ---- numbers and names ---------------------------------------------------------------------------------------------


@dataclass(eq=False)
class OutOfRange(InvalidRequest):
    """A number outside its limits."""

    code = "out_of_range"

    low: float
    high: float
    value: float


@dataclass(eq=False)
class InvalidName(InvalidRequest):
    """A name of no character, of too many, or of some that cannot be seen."""

    min_chars: int
    max_chars: int
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class UnknownTask(InvalidRequest):
    """No such task in the catalogue."""

    code = "unknown_task"

    name: str
    hint: Fact


@dataclass(eq=False)
class CloneIsNoEdit(InvalidRequest):
    """`clone` where an edit of a recording is wanted."""


class UnknownTag(InvalidRequest):
    """No such tag for the task, or none where one is needed."""

    code = "unknown_tag"


@dataclass(eq=False)
class TagMisspelt(UnknownTag):
    """A name that no tag of the task has; the hint names the closest ones."""

    task: str
    name: str
    hint: Fact


@dataclass(eq=False)
class TagNotTaken(UnknownTag):
    """A tag for a task that has none."""

    task: str
    name: str


@dataclass(eq=False)
class TagNeeded(UnknownTag):
    """No tag for a task that needs one."""

    task: str
    known: tuple[str, ...]


@dataclass(eq=False)
class NoSoundTag(InvalidRequest):
    """An edit for sounds that names none."""

    known: tuple[str, ...]
    param: str | None = field(default="input", kw_only=True)


@dataclass(eq=False)
class VoiceOrClip(InvalidRequest):
    """A voice and a clip."""

    param: str | None = field(default="voice", kw_only=True)


@dataclass(eq=False)
class VariantMissing(InvalidRequest):
    """A variant of the model that this installation does not have."""

    name: str
    reason: Fact
    known: tuple[str, ...]


@dataclass(eq=False)
class WrongShape(InvalidRequest):
    """An array of another shape than the models take; names stand for any length."""

    wanted: tuple[str | int, ...]
    got: tuple[int, ...]


@dataclass(eq=False)
class WrongTokens(InvalidRequest):
    """Tokens that the decoder cannot take; `reason` says which."""

    reason: Fact


@dataclass(eq=False)
class StreamEnded(InvalidRequest):
    """More tokens for a stream that has ended."""


@dataclass(eq=False)
class BelowLeast(InvalidRequest):
    """A number below its least value."""

    code = "out_of_range"

    least: int
    value: int


@dataclass(eq=False)
class GroupsDoNotDivide(InvalidRequest):
    """Groups of a quantisation that leave inputs over."""

    group_size: int
    n_inputs: int


@dataclass(eq=False)
class EmptyPrompt(InvalidRequest):
    """No prompt for the model or the decoder."""


@dataclass(eq=False)
class UnknownIds(InvalidRequest):
    """Ids that the model does not have."""

    n_known: int


@dataclass(eq=False)
class PromptTooLong(InvalidRequest):
    """More tokens, together with those to come, than the model takes."""

    n_tokens: int
    n_new_tokens: int
    limit: int


@dataclass(eq=False)
class NoAudioIds(InvalidRequest):
    """A model without audio codes."""

    n_ids: int


# ---- recordings ----------------------------------------------------------------------------------------------------


class BadAudio(InvalidRequest):
    """The clip cannot be decoded or cannot be used."""

    code = "invalid_audio"


@dataclass(eq=False)
class EmptyFile(BadAudio):
    """A file without a byte."""


@dataclass(eq=False)
class NotDecodable(BadAudio):
    """Damaged, or no audio file."""


@dataclass(eq=False)
class NoSoundInFile(BadAudio):
    """A file without a track of sound, or with an empty one."""


@dataclass(eq=False)
class NoSpeechFormat(BadAudio):
    """Channels and rate that no recording of speech has."""

    n_channels: int
    rate_hz: int


@dataclass(eq=False)
class DamagedFile(BadAudio):
    """Too many packets cannot be decoded."""

    n_damaged: int
    n_packets: int


@dataclass(eq=False)
class NotFinite(BadAudio):
    """Samples that are no numbers."""


class SilentAudio(BadAudio):
    """The clip holds no sound above the noise floor, or no speech."""

    code = "silent_audio"


@dataclass(eq=False)
class SilentClip(SilentAudio):
    """Nothing above the noise floor."""

    floor_db: float


@dataclass(eq=False)
class NoSpeech(SilentAudio):
    """Nothing is left without silence."""


class AudioTooShort(BadAudio):
    """Fewer seconds (or fewer voiced seconds) than the job needs."""

    code = "audio_too_short"


@dataclass(eq=False)
class ClipTooShort(AudioTooShort):
    """A clip of fewer seconds than any job takes."""

    length_s: float
    min_s: float


@dataclass(eq=False)
class VoiceTooShort(AudioTooShort):
    """A clip of fewer seconds than a voice can be told from."""

    length_s: float
    min_s: float


@dataclass(eq=False)
class TooLittleSpeech(AudioTooShort):
    """A clip with fewer seconds of speech than a voice can be told from."""

    speech_s: float
    min_s: float


@dataclass(eq=False)
class NoCodes(AudioTooShort):
    """A clip too short for one code."""

    length_s: float


class AudioTooLong(BadAudio):
    """More seconds than the service takes."""

    code = "audio_too_long"


@dataclass(eq=False)
class ClipTooLong(AudioTooLong):
    """A clip of more seconds than the service takes."""

    length_s: float
    limit_s: float


@dataclass(eq=False)
class FileTooLong(AudioTooLong):
    """A file that was not read to its end, because it is longer than the limit."""

    limit_s: float


@dataclass(eq=False)
class VoiceTooLong(AudioTooLong):
    """A reference of more seconds than the model takes."""

    length_s: float
    limit_s: float


class AudioTooLarge(BadAudio):
    """More bytes, packed or decoded, than the service takes."""

    code = "audio_too_large"


@dataclass(eq=False)
class FileTooLarge(AudioTooLarge):
    """A file of more bytes than the service takes."""

    limit_bytes: int


@dataclass(eq=False)
class UnpacksTooLarge(AudioTooLarge):
    """A file that unpacks to more bytes than the service takes."""

    limit_bytes: int


# ---- transcription -------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class UnknownLanguage(InvalidRequest):
    """No language of that code or name."""

    language: str


@dataclass(eq=False)
class LanguageNotHeard(InvalidRequest):
    """A language that the model, which knows English alone, does not write."""

    language: str
    model: str
    param: str | None = field(default="language", kw_only=True)


@dataclass(eq=False)
class CantoneseNotHeard(InvalidRequest):
    """Cantonese, asked of a model that does not know it."""

    model: str
    known: tuple[str, ...]
    param: str | None = field(default="language", kw_only=True)


# ---- what is kept --------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class TooManyVoices(InvalidRequest):
    """As many voices are saved as the service keeps."""

    limit: int
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class TooManyConsents(InvalidRequest):
    """As many consents are saved as the service keeps."""

    limit: int
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class PresetStays(InvalidRequest):
    """A preset voice cannot be deleted."""

    name: str
    param: str | None = field(default="voice_id", kw_only=True)


@dataclass(eq=False)
class WrongLanguageTag(InvalidRequest):
    """No BCP 47 language tag."""

    param: str | None = field(default="language", kw_only=True)


@dataclass(eq=False)
class UnknownPlace(InvalidRequest):
    """A place in a list that no entry has."""

    param: str | None = field(default="after", kw_only=True)


@dataclass(eq=False)
class NoSession(InvalidRequest):
    """No id of a session."""

    param: str | None = field(default="session", kw_only=True)


@dataclass(eq=False)
class BadRecipe(InvalidRequest):
    """A recipe that cannot be played; `reason` says why."""

    reason: Fact
    param: str | None = field(default="recipe", kw_only=True)


class NotFound(EngineError):
    """Something the request names does not exist."""

    code = "not_found"


@dataclass(eq=False)
class UnknownVoice(NotFound):
    """No preset, alias or saved voice of that name."""

    code = "voice_not_found"

    name: str
    hint: Fact | None = None
    param: str | None = field(default="voice", kw_only=True)


@dataclass(eq=False)
class UnknownConsent(NotFound):
    """No saved consent of that id."""

    code = "consent_not_found"

    consent_id: str
    param: str | None = field(default="consent_id", kw_only=True)


@dataclass(eq=False)
class UnknownTake(NotFound):
    """No such take in this session: never made, deleted, or expired."""

    code = "take_not_found"

    param: str | None = field(default="take", kw_only=True)


@dataclass(eq=False)
class UnknownModel(NotFound):
    """No model of that name."""

    code = "model_not_found"

    name: str
    hint: Fact | None = None
    param: str | None = field(default="model", kw_only=True)


class Conflict(EngineError):
    """The request collides with something that exists."""

    code = "conflict"


@dataclass(eq=False)
class VoiceNameTaken(Conflict):
    """A voice of that name exists already."""

    code = "voice_name_taken"

    name: str
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class SessionTooNew(Conflict):
    """A newer program wrote the session; this one would lose what it does not know."""

    code = "session_too_new"


# ---- the machine and its state -------------------------------------------------------------------------------------


@dataclass(eq=False)
class Unavailable(EngineError):
    """The service cannot do this job now, or not in this installation."""

    code = "unavailable"

    reason: Fact


@dataclass(eq=False)
class PartMissing(Unavailable):
    """A weight file that the job needs is absent or cannot be used."""

    code = "part_missing"


@dataclass(eq=False)
class PackagesMissing(Unavailable):
    """The packages that the neural backend needs are not installed."""

    code = "packages_missing"

    reason: Fact = field(default_factory=NoPackages)


@dataclass(eq=False)
class SilentResult(Unavailable):
    """The model answered with silence; another seed may do better."""

    code = "silent_result"

    reason: Fact = field(default_factory=SilentAnswer)


@dataclass(eq=False)
class NotReady(Unavailable):
    """The engine is still loading or is shutting down; try again in `retry_after_s`."""

    code = "not_ready"

    retry_after_s: float = 2.0


@dataclass(eq=False)
class StorageFailed(EngineError):
    """The server's disk cannot be written; nothing was kept, and nothing of it is left."""

    code = "storage_failed"


@dataclass(eq=False)
class StorageFull(StorageFailed):
    """The server's disk has no room for what is to be kept."""

    code = "storage_full"


@dataclass(eq=False)
class QueueFull(EngineError):
    """Too many jobs wait already; try again in `retry_after_s`."""

    code = "queue_full"

    limit: int
    retry_after_s: float


@dataclass(eq=False)
class DeadlineExceeded(EngineError):
    """The job did not end within its time limit."""

    code = "deadline_exceeded"

    limit_s: float


@dataclass(eq=False)
class Cancelled(EngineError):
    """The caller gave the job up."""

    code = "cancelled"
