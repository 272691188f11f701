"""Refusals that only the API knows, as facts: `wording.py` has their sentences, `errors.py` their statuses."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors import BadAudio, EngineError, InvalidRequest, NotFound

# ---- what surrounds a request ---------------------------------------------------------------------------------------


class Unauthorized(EngineError):
    """No API key, or a wrong one."""

    code = "invalid_api_key"


class OriginRefused(EngineError):
    """A web page of another origin asks for a socket."""

    code = "origin_not_allowed"


class ForeignOrigin(EngineError):
    """Another web site's page asks."""

    code = "foreign_origin"


class UnknownHost(InvalidRequest):
    """The service is asked by a name that is not its own."""

    code = "unknown_host"


@dataclass(eq=False)
class Refused(EngineError):
    """What the framework refuses, in its words, with a status that has no class of its own here."""

    code = "refused"

    status: int
    detail: str


class InternalError(EngineError):
    """A bug of ours."""

    code = "internal_error"


@dataclass(eq=False)
class UnknownRequest(NotFound):
    """No request of that id of this caller, or one that was over ten minutes ago."""

    code = "request_not_found"

    param: str | None = field(default="request_id", kw_only=True)


@dataclass(eq=False)
class RouteNotFound(NotFound):
    """No such path."""

    code = "route_not_found"

    method: str
    path: str


@dataclass(eq=False)
class MethodNotAllowed(EngineError):
    """The path exists, but not for this method."""

    code = "method_not_allowed"

    method: str
    path: str


@dataclass(eq=False)
class RequestTooLarge(EngineError):
    """The body has more bytes than the service reads."""

    code = "request_too_large"

    limit_bytes: int


class MalformedForm(InvalidRequest):
    """A multipart body that is none, or has more or longer parts than the service reads."""

    code = "invalid_form"


class NoBoundary(MalformedForm):
    """A form whose type names no boundary."""


class NamelessPart(MalformedForm):
    """A part of a form without a name."""


@dataclass(eq=False)
class TooManyParts(MalformedForm):
    """More parts than a form may have."""

    limit: int


@dataclass(eq=False)
class PartNameTooLong(MalformedForm):
    """A part whose name is too long."""

    max_chars: int


@dataclass(eq=False)
class UnsupportedMediaType(EngineError):
    """The body is of another type than the route reads."""

    code = "unsupported_media_type"

    wanted: str


# ---- fields that are absent, or too many ----------------------------------------------------------------------------


class MissingParameter(InvalidRequest):
    """A field that the request needs is absent."""

    code = "missing_required_parameter"


class MissingFile(MissingParameter):
    """No file where one is needed."""


class MissingBase64(MissingParameter):
    """No recording in a JSON body."""


@dataclass(eq=False)
class MissingDocument(MissingParameter):
    """No JSON document beside the files."""

    param: str | None = field(default="payload", kw_only=True)


@dataclass(eq=False)
class MissingText(MissingParameter):
    """No text to speak, and no recording to edit."""

    param: str | None = field(default="input", kw_only=True)


class ConflictingParameters(InvalidRequest):
    """Fields of which only one may be given."""

    code = "conflicting_parameters"


@dataclass(eq=False)
class GivenAgain(ConflictingParameters):
    """A field that may come once and comes more often."""

    n_times: int


@dataclass(eq=False)
class OnlyOneOf(ConflictingParameters):
    """Several sources for one clip."""

    names: tuple[str, ...]


class RecordingNotEdited(ConflictingParameters):
    """A recording to edit, without an edit."""


@dataclass(eq=False)
class PromptOrRecording(ConflictingParameters):
    """A voice to speak in beside a recording to edit."""

    recording: str


class UnsupportedParameter(InvalidRequest):
    """A field of OpenAI's contract that this service does not offer."""

    code = "unsupported_parameter"


@dataclass(eq=False)
class VoiceNotFromPrompt(UnsupportedParameter):
    """A voice to be made from a prompt."""

    param: str | None = field(default="prompt", kw_only=True)


# ---- fields that cannot be as they are ------------------------------------------------------------------------------


@dataclass(eq=False)
class InvalidDocument(InvalidRequest):
    """A body that is of another form than the route reads, in pydantic's words."""

    fault: str


class InvalidField(InvalidRequest):
    """A field that cannot be as it is."""


@dataclass(eq=False)
class FaultyField(InvalidField):
    """A field that is wrong in pydantic's words."""

    fault: str


class NumberOutOfRange(FaultyField):
    """A number outside its limits, in pydantic's words."""

    code = "out_of_range"


class NullCharacter(InvalidField):
    """Text with a null character in it."""


@dataclass(eq=False)
class TooManyEntries(InvalidField):
    """More entries than the field may have."""

    limit: int


@dataclass(eq=False)
class NotTrueOrFalse(InvalidField):
    """A field of a form that is yes or no."""


@dataclass(eq=False)
class WrongKey(InvalidField):
    """An entry whose key is empty, too long, or of other characters."""

    max_chars: int


@dataclass(eq=False)
class ValueTooLong(InvalidField):
    """An entry with too long a value."""

    max_chars: int


class FileForText(InvalidField):
    """A file where text belongs."""


class TextForFile(InvalidField):
    """Text where a file belongs."""


class NotUtf8(InvalidField):
    """Text in another encoding."""


@dataclass(eq=False)
class UnknownGender(InvalidField):
    """A gender that voices are not sorted by."""

    param: str | None = field(default="gender", kw_only=True)


class RecordingNotStreamed(InvalidField):
    """A recording to edit, where text is spoken as it arrives."""


class WrongRevision(InvalidField):
    """An `If-Match` that is no revision of a session."""


class UnknownMessage(InvalidRequest):
    """A message of a socket that is none of those it takes."""

    code = "unknown_message"


@dataclass(eq=False)
class PeerIdle(InvalidRequest):
    """Nothing came over a socket for so long."""

    code = "idle_timeout"

    limit_s: float


class NoVoice(InvalidField):
    """A voice that is neither a name nor an object with an id."""


@dataclass(eq=False)
class InvalidJson(InvalidRequest):
    """The body, or a field that holds JSON, is not valid JSON; `fault` in the parser's words."""

    code = "invalid_json"

    fault: str


class InvalidJsonField(InvalidJson):
    """A field that holds JSON is not valid JSON."""


@dataclass(eq=False)
class TooManyValues(InvalidRequest):
    """A JSON document with more values than a request can have."""

    code = "invalid_json"

    limit: int


@dataclass(eq=False)
class FieldTooLarge(InvalidField):
    """A text in a form with more bytes than any text of a form may have."""

    limit_bytes: int


class InvalidBase64(BadAudio):
    """A clip whose text is no base64."""


class AddressWithoutBase64(InvalidBase64):
    """A `data:` address of another encoding."""


# ---- addresses that clips are fetched from --------------------------------------------------------------------------


class UrlNotAllowed(InvalidField):
    """An address the service does not fetch from."""

    code = "url_not_allowed"


class FetchingOff(UrlNotAllowed):
    """Any address, where the service fetches from none."""


class NoAddress(UrlNotAllowed):
    """Text that is no address."""


class WrongScheme(UrlNotAllowed):
    """An address that is neither http nor https."""


@dataclass(eq=False)
class WrongPort(UrlNotAllowed):
    """A port that does not exist."""

    port: int
    highest: int


class AddressWithUser(UrlNotAllowed):
    """An address with a name or a password in it."""


class UrlUnreachable(InvalidField):
    """The address did not give the file."""

    code = "url_unreachable"


@dataclass(eq=False)
class NoAnswerInTime(UrlUnreachable):
    """A server that is too slow."""

    limit_s: float


@dataclass(eq=False)
class TooManyRedirects(UrlUnreachable):
    """A server that sends on and on."""

    limit: int


@dataclass(eq=False)
class OtherStatus(UrlUnreachable):
    """A server that answers with something else than the file."""

    status: int


class CompressedBody(UrlUnreachable):
    """A body in an encoding that was not asked for."""
