"""Warnings: what a user should know about a result that is no error."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


@dataclass(frozen=True)
class ParamUnused(Note):
    """A field that this request does not read."""

    param: str


@dataclass(frozen=True)
class FieldsUnknown(Note):
    """Fields of a request that this service does not have."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class FieldMisspelt(Note):
    """A field that this service does not have, and the one that was probably meant."""

    param: str
    meant: str


@dataclass(frozen=True)
class ConsentUnknown(Note):
    """A voice was saved with a consent that is not in the library, and so without one."""

    consent_id: str


@dataclass(frozen=True)
class SpeechRepeats(Note):
    """A recording that says the same again and again, as the one who transcribes does when it fails."""


@dataclass(frozen=True)
class CantoneseUnknown(Note):
    """Cantonese for a model that does not know it, and those that do."""

    model: str
    known: tuple[str, ...]


@dataclass(frozen=True)
class OneSpeaker(Note):
    """A transcript by speakers, who are not told apart."""


@dataclass(frozen=True)
class VoiceUnused(Note):
    """`voice` beside a clip to clone."""


@dataclass(frozen=True)
class VoiceIsModel(Note):
    """A `voice` that repeats the model's name: the default one speaks."""

    name: str


@dataclass(frozen=True)
class VoicesNotMixed(Note):
    """A `voice` that names several to be mixed: the first speaks."""

    name: str


@dataclass(frozen=True)
class InstructionsUnused(Note):
    """`instructions` on the edit of a recording."""


@dataclass(frozen=True)
class InstructionsNameNothing(Note):
    """`instructions` without anything the catalogue has."""


@dataclass(frozen=True)
class InstructionsLeftOut(Note):
    """`instructions` that name more than one emotion, style or speed."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class LittleSpeech(Note):
    """A reference with less speech than matches well, in seconds."""

    speech_s: float
    enough_s: float


@dataclass(frozen=True)
class SpeechNotFound(Note):
    """A voice in whose recording no speech is found, saved because its words were given."""


@dataclass(frozen=True)
class ReferenceClipped(Note):
    """A reference recorded too loud."""


@dataclass(frozen=True)
class ReferenceNoisy(Note):
    """A reference with noise, music or echo so near below its speech."""

    distance_db: float


@dataclass(frozen=True)
class SeveralVoices(Note):
    """A reference in which more than one person speaks."""


@dataclass(frozen=True)
class TranscriptUnlike(Note):
    """A transcript that is not what is heard in the recording."""

    heard: str


@dataclass(frozen=True)
class CheckNotRun(Note):
    """A check of a result that cannot be run, as the part that it needs is missing."""

    check: str


@dataclass(frozen=True)
class DenoisingClipped(Note):
    """Clipped speech to be denoised."""


@dataclass(frozen=True)
class DenoisingReverberant(Note):
    """Reverberant speech to be denoised."""


@dataclass(frozen=True)
class ReferenceWhispered(Note):
    """A reference without voiced speech."""


@dataclass(frozen=True)
class ClipWhispered(Note):
    """A whispered clip to be made neutral."""


@dataclass(frozen=True)
class PitchUnchanged(Note):
    """An expression for a clip without a voice."""


@dataclass(frozen=True)
class OtherWords(Note):
    """A text for sounds whose words are not those of the recording."""


@dataclass(frozen=True)
class PlacesApproximate(Note):
    """Sounds placed without Whisper."""


@dataclass(frozen=True)
class IntensityApproximate(Note):
    """An intensity applied without a transcript."""


@dataclass(frozen=True)
class NoEndFound(Note):
    """An answer of the model cut after so many seconds, because it went on."""

    length_s: float


@dataclass(frozen=True)
class RepeatedItself(Note):
    """An answer of the model cut after so many seconds, because it repeated itself."""

    length_s: float


@dataclass(frozen=True)
class ReservedLeftOut(Note):
    """Words left out of a text because the model reserves them."""

    param: str
    removed: tuple[str, ...]


@dataclass(frozen=True)
class SoundsOfLaterWeights(Note):
    """Sounds that weights of before 2026-01-29 were not trained with."""

    tags: tuple[str, ...]


@dataclass(frozen=True)
class WordsUnknown(Note):
    """A recording whose words nobody gave and Whisper, which is missing, could not write down."""


@dataclass(frozen=True)
class PartLeftSilent(Note):
    """A part of a recording left as it was, because the model's answer to it was silent."""


@dataclass(frozen=True)
class SignsUnspoken(Note):
    """A text of signs alone, answered with a short silence."""


@dataclass(frozen=True)
class WordsLeftOut(Note):
    """Words of a text that no voice reads, passed over."""

    param: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class NearMiss(Note):
    """Brackets in a text that are nearly a sound's tag; they are spoken as words."""

    param: str
    written: str
    tag: str


@dataclass(frozen=True)
class NoSuchSound(Note):
    """Words in brackets that look like no sound, and are read aloud."""

    param: str
    written: str


@dataclass(frozen=True)
class HeardUncertainly(Note):
    """Words at or beside a changed place that were heard uncertainly, so that the place may be another."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class NewWordsUnclear(Note):
    """New words that are not heard clearly in what was made."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class JoinedInVoice(Note):
    """A change beside which nothing is quiet or voiceless to join at, at so many seconds of the result."""

    at_s: float


@dataclass(frozen=True)
class FillersLeft(Note):
    """What may be fillers or repeats, and may be meant: it was left."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class NothingToRemove(Note):
    """A recording without fillers, repeats or pauses that could go: it is as it was."""
