"""Every way a job can fail, as one family that knows nothing of HTTP.

EngineError
  InvalidRequest        the caller asked for something impossible; nothing was computed
    EmptyText, TextTooLong, UnspeakableText, OutOfRange, UnknownTask, UnknownTag
    BadAudio            SilentAudio, AudioTooShort, AudioTooLong, AudioTooLarge
  NotFound              UnknownVoice, UnknownConsent, UnknownTake, UnknownModel
  Conflict              VoiceNameTaken, SessionTooNew
  Unavailable           PartMissing, NotReady, SilentResult: right request, wrong moment or installation
  StorageFailed         StorageFull: the disk does not take what is to be kept
  QueueFull
  DeadlineExceeded
  Cancelled

Each class carries a stable `code`; `param` names the field of the request that is at fault, in the caller's words.
The message is shown to users: it names the field and the limit, never a path.
"""

from __future__ import annotations

from collections.abc import Sequence


class EngineError(Exception):
    """A job failed for a reason that can be told to the user."""

    code = "engine_error"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class InvalidRequest(EngineError):
    """The request can never succeed as it stands."""

    code = "invalid_value"


class EmptyText(InvalidRequest):
    """No text, or only white space."""

    code = "empty_text"

    def __init__(self, param: str = "input") -> None:
        super().__init__(f"'{param}' is empty: give the text to speak.", param=param)


class TextTooLong(InvalidRequest):
    """More characters than the service takes in one request."""

    code = "text_too_long"

    def __init__(self, limit: int, got: int, param: str = "input") -> None:
        super().__init__(f"'{param}' has {got} characters; the limit is {limit}.", param=param)
        self.limit = limit


class UnspeakableText(InvalidRequest):
    """The text holds nothing that can be spoken, or a language the backend does not speak."""

    code = "unsupported_language"


class OutOfRange(InvalidRequest):
    """A number outside its limits."""

    code = "out_of_range"

    def __init__(self, param: str, low: float, high: float, got: float) -> None:
        super().__init__(f"'{param}' must be between {low:g} and {high:g}; got {got:g}.", param=param)


class UnknownTask(InvalidRequest):
    """No such task in the catalogue."""

    code = "unknown_task"


class UnknownTag(InvalidRequest):
    """No such tag for the task; the message names the closest ones."""

    code = "unknown_tag"


class BadAudio(InvalidRequest):
    """The clip cannot be decoded or cannot be used."""

    code = "invalid_audio"


class SilentAudio(BadAudio):
    """The clip holds no sound above the noise floor."""

    code = "silent_audio"


class AudioTooShort(BadAudio):
    """Fewer seconds (or fewer voiced seconds) than the job needs."""

    code = "audio_too_short"


class AudioTooLong(BadAudio):
    """More seconds than the service takes."""

    code = "audio_too_long"


class AudioTooLarge(BadAudio):
    """More bytes, packed or decoded, than the service takes."""

    code = "audio_too_large"


class NotFound(EngineError):
    """Something the request names does not exist."""

    code = "not_found"


class UnknownVoice(NotFound):
    """No preset, alias or saved voice of that name."""

    code = "voice_not_found"

    def __init__(self, voice: str, known: Sequence[str] = (), param: str = "voice") -> None:
        hint = f" Known voices: {', '.join(known)}." if known else ""
        super().__init__(f"There is no voice '{voice}'.{hint}", param=param)


class UnknownConsent(NotFound):
    """No saved consent of that id."""

    code = "consent_not_found"

    def __init__(self, consent_id: str) -> None:
        super().__init__(f"There is no consent '{consent_id}'.", param="consent_id")


class UnknownTake(NotFound):
    """No such take in this session: never made, deleted, or expired."""

    code = "take_not_found"

    def __init__(self) -> None:
        super().__init__("This take is no longer there: it was deleted or has expired.", param="take")


class UnknownModel(NotFound):
    """No model of that name."""

    code = "model_not_found"

    def __init__(self, model: str, known: Sequence[str] = (), param: str = "model") -> None:
        hint = f" Known models: {', '.join(known)}." if known else ""
        super().__init__(f"There is no model '{model}'.{hint}", param=param)


class Conflict(EngineError):
    """The request collides with something that exists."""

    code = "conflict"


class VoiceNameTaken(Conflict):
    """A voice of that name exists already."""

    code = "voice_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"A voice named '{name}' exists already; delete it or choose another name.", param="name")


class SessionTooNew(Conflict):
    """A newer program wrote the session; this one would lose what it does not know."""

    code = "session_too_new"

    def __init__(self) -> None:
        super().__init__("A newer version of EditX wrote this session: it is kept as it is and cannot be changed here.")


class Unavailable(EngineError):
    """The service cannot do this job now, or not in this installation."""

    code = "unavailable"


class PartMissing(Unavailable):
    """A weight file that the job needs is absent or has the wrong hash."""

    code = "part_missing"


class SilentResult(Unavailable):
    """The model answered with silence; another seed may do better."""

    code = "silent_result"

    def __init__(self) -> None:
        super().__init__("The model's answer was silent; try another seed.")


class NotReady(Unavailable):
    """The engine is still loading or is shutting down; try again in `retry_after_s`."""

    code = "not_ready"

    def __init__(self, message: str, retry_after_s: float = 2.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StorageFailed(EngineError):
    """The server's disk cannot be written; nothing was kept, and nothing of it is left."""

    code = "storage_failed"
    sentence = "The server's disk cannot be written: nothing was kept."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class StorageFull(StorageFailed):
    """The server's disk has no room for what is to be kept."""

    code = "storage_full"
    sentence = "The server's disk is full: nothing was kept."


class QueueFull(EngineError):
    """Too many jobs wait already; try again in `retry_after_s`."""

    code = "queue_full"

    def __init__(self, limit: int, retry_after_s: float) -> None:
        super().__init__(f"All {limit} places in the queue are taken; try again in {retry_after_s:.0f} s.")
        self.retry_after_s = retry_after_s


class DeadlineExceeded(EngineError):
    """The job did not end within its time limit."""

    code = "deadline_exceeded"

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"The job did not end within its limit of {limit_s:g} s.")


class Cancelled(EngineError):
    """The caller gave the job up."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("The job was cancelled.")
