"""English of the API: the sentences that all doors share, and those of refusals that only the API knows."""

from __future__ import annotations

from app.api import refusals
from app.engine.facts.fact import Fact
from app.wording.english import ENGLISH, quoted
from app.wording.rendering import Table, Wording

_REFUSALS: Table = {
    refusals.Unauthorized: "Give a valid API key: 'Authorization: Bearer <key>'.",
    refusals.OriginRefused: "Web pages of this origin may not speak here; --cors-origins allows them.",
    refusals.ForeignOrigin: "Pages of other web sites may not use this; --allowed-origins names those that may.",
    refusals.UnknownHost: "The header 'Host' names no host of this service; --allowed-hosts has them.",
    refusals.Refused: "{detail}",
    refusals.InternalError: "The server failed. The request id names the entry in its log.",
    refusals.UnknownRequest: "No speech of this request is known here: it was never asked for, was refused, or was over"
    " ten minutes ago.",
    refusals.RouteNotFound: "There is no route {method} {path}.",
    refusals.MethodNotAllowed: "{method} {path}: this method is not allowed here.",
    refusals.RequestTooLarge: "The body has more than the limit of {limit_bytes} bytes.",
    refusals.MalformedForm: "The body is no valid multipart form.",
    refusals.NoBoundary: "The form's 'Content-Type' names no boundary.",
    refusals.NamelessPart: "A part of the form has no name.",
    refusals.TooManyParts: "The form has more than the limit of {limit} parts.",
    refusals.PartNameTooLong: "The name of a part has more than the limit of {max_chars} characters.",
    refusals.TooManyValues: "The JSON document has more than the limit of {limit} values.",
    refusals.FieldTooLarge: "{param} has more than the limit of {limit_bytes} bytes.",
    refusals.UnsupportedMediaType: "The body must be sent with 'Content-Type: {wanted}'.",
    refusals.MissingParameter: "{param} is required.",
    refusals.MissingFile: "{param} is required. Send the audio file as a part of this name.",
    refusals.MissingBase64: "{param} is required. Send the audio file as base64 in it, or a form with 'file'.",
    refusals.MissingDocument: "{param} is required. Send the JSON document as a part of this name.",
    refusals.MissingText: "{param} is required. Give the text to speak, or input audio to edit.",
    refusals.GivenAgain: "{param} is given {n_times} times.",
    refusals.OnlyOneOf: "Give only one of {names:quoted and}.",
    refusals.RecordingNotEdited: "{param} is for the edit modes; to clone a voice, give it as prompt audio.",
    refusals.PromptOrRecording: "Give {param} (speak in that voice, then edit) or '{recording}' (edit that), not both.",
    refusals.UnsupportedParameter: "{param} is not offered by this service.",
    refusals.VoiceNotFromPrompt: "A voice is made from a recording ('audio_sample'), not a prompt.",
    refusals.WrongRevision: "{param} must be a revision of the session, as its 'ETag' says it: a whole number.",
    refusals.InvalidDocument: "The request is invalid: {fault}.",
    refusals.FaultyField: "{param}: {fault}.",
    refusals.NullCharacter: "{param}: a null character is not text.",
    refusals.TooManyEntries: "{param} may have at most {limit} entries.",
    refusals.NotTrueOrFalse: "{param} is true or false.",
    refusals.WrongKey: "{param}: a key is 1 to {max_chars} letters, digits, '-' and '_'.",
    refusals.ValueTooLong: "{param}: a value has at most {max_chars} characters.",
    refusals.FileForText: "{param} must be text, not a file.",
    refusals.TextForFile: "{param} must be a file: a part with a file name.",
    refusals.NotUtf8: "{param} is not UTF-8 text.",
    refusals.UnknownGender: "{param} must be female or male.",
    refusals.RecordingNotStreamed: "{param}: a recording is edited by POST /v1/audio/speech, not over a socket.",
    refusals.UnknownMessage: "A message is a JSON object with 'text', 'flush', 'cancel' or 'end'.",
    refusals.PeerIdle: "Nothing came for {limit_s:g} s.",
    refusals.NoVoice: "{param} must be the name of a voice, or an object with its 'id'; a prompt makes no voice.",
    refusals.InvalidJson: "The body is not valid JSON: {fault}.",
    refusals.InvalidJsonField: "{param} is not valid JSON: {fault}.",
    refusals.InvalidBase64: "{param} is not valid base64.",
    refusals.AddressWithoutBase64: "{param} is a data: address without base64.",
    refusals.UrlNotAllowed: "{param} leads to an address that this service does not fetch from.",
    refusals.FetchingOff: "{param}: this service does not fetch from addresses.",
    refusals.NoAddress: "{param} is not a valid address.",
    refusals.WrongScheme: "{param} must begin with http:// or https://.",
    refusals.WrongPort: "{param} has the port {port}; ports go from 1 to {highest}.",
    refusals.AddressWithUser: "{param} must not contain a user name or password.",
    refusals.UrlUnreachable: "{param} could not be fetched.",
    refusals.NoAnswerInTime: "{param} did not answer in {limit_s:g} s.",
    refusals.TooManyRedirects: "{param} redirects more than {limit} times.",
    refusals.OtherStatus: "{param} answered with status {status}.",
    refusals.CompressedBody: "{param} answered with a compressed body, which was not asked for.",
}
ENGLISH_OF_THE_API: Table = {**ENGLISH, **_REFUSALS}


def worded(fact: Fact) -> str:
    """The fact as the API says it."""
    return Wording(ENGLISH_OF_THE_API, quoted).of(fact)
