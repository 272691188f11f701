"""What is wrong with a voice or a consent that is kept, or is to be."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import Conflict, InvalidRequest, NotFound
from app.engine.facts.fact import Fact


@dataclass(eq=False)
class UnknownVoice(NotFound):
    """No preset, alias or saved voice of that name."""

    code = "voice_not_found"

    name: str
    hint: Fact | None = None
    param: str | None = field(default="voice", kw_only=True)


@dataclass(eq=False)
class VoiceNameTaken(Conflict):
    """A voice of that name exists already."""

    code = "voice_name_taken"

    name: str
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class TooManyVoices(InvalidRequest):
    """As many voices are saved as the service keeps."""

    limit: int
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class PresetStays(InvalidRequest):
    """A preset voice cannot be deleted."""

    name: str
    param: str | None = field(default="voice_id", kw_only=True)


@dataclass(eq=False)
class VoiceOfOthers(InvalidRequest):
    """A shared voice is deleted, and no longer shared, by its owner alone."""

    code = "voice_of_others"

    name: str
    param: str | None = field(default="voice_id", kw_only=True)


@dataclass(eq=False)
class UnknownConsent(NotFound):
    """No saved consent of that id."""

    code = "consent_not_found"

    consent_id: str
    param: str | None = field(default="consent_id", kw_only=True)


@dataclass(eq=False)
class ConsentMissing(InvalidRequest):
    """No saved consent stands behind a voice, where one has to."""

    code = "consent_required"

    param: str | None = field(default="consent", kw_only=True)


@dataclass(eq=False)
class TooManyConsents(InvalidRequest):
    """As many consents are saved as the service keeps."""

    limit: int
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class UnknownPlace(InvalidRequest):
    """A place in a list that no entry has."""

    param: str | None = field(default="after", kw_only=True)


@dataclass(eq=False)
class WrongLanguageTag(InvalidRequest):
    """No BCP 47 language tag."""

    param: str | None = field(default="language", kw_only=True)
