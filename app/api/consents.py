"""Voice consents: recordings that OpenAI's clients upload before they make a voice."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from app.api.errors import documented
from app.api.incoming.forms import file_field, form_body, json_body, read_form, read_json, text_field
from app.api.incoming.sources import decoded
from app.api.refusals import MissingParameter
from app.api.schemas import MAX_WORD_CHARS, ConsentId
from app.api.service import ServiceDep
from app.connected import while_connected
from app.engine.library.consents import Consent
from app.engine.library.voices import MAX_LOCALE_CHARS, MAX_NAME_CHARS

router = APIRouter(tags=["voices"])

_FORM = form_body(
    {
        "name": text_field(MAX_NAME_CHARS, "A label for the recording."),
        "language": text_field(MAX_LOCALE_CHARS, "BCP 47 tag of the language it is spoken in, such as en-US."),
        "recording": file_field("The recording in which the speaker agrees."),
    },
    required=("name", "language", "recording"),
)


class VoiceConsent(BaseModel):
    """A consent, in OpenAI's words."""

    object: Literal["audio.voice_consent"] = "audio.voice_consent"
    id: str
    name: str
    language: str
    created_at: int


class VoiceConsentList(BaseModel):
    """One page of consents, the newest first. `last_id` is the `after` of the next page."""

    object: Literal["list"] = "list"
    data: list[VoiceConsent]
    first_id: str | None
    last_id: str | None
    has_more: bool


class VoiceConsentRename(BaseModel):
    """The new name of a consent."""

    name: str = Field(  # the library checks it
        description="What the consent is called from now on.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_NAME_CHARS},
    )


class DeletedVoiceConsent(BaseModel):
    """What deleting a consent answers."""

    object: Literal["audio.voice_consent"] = "audio.voice_consent"
    id: str
    deleted: Literal[True] = True


@router.post("/audio/voice_consents", responses=documented(400, 413, 415, 504, 507), openapi_extra=_FORM)
async def create_voice_consent(request: Request, service: ServiceDep) -> VoiceConsent:
    """Save the recording of a consent. It is kept as evidence; making a voice does not ask for it."""
    form = await read_form(request, service)
    name = form.text("name")
    if not name:
        raise MissingParameter(param="name")
    language = form.text("language", MAX_LOCALE_CHARS)
    if not language:
        raise MissingParameter(param="language")
    upload = form.required_file("recording")
    control = service.new_control(request)

    async def created() -> Consent:
        recording = await decoded(upload, "recording", service, control)
        control.cancel()  # its place is free again
        return await service.engine.files.run(service.engine.consents.create, name, language, recording)

    with service.place(control):
        return _described(await while_connected(request.receive, control, created()))


@router.get("/audio/voice_consents", responses=documented(400))
async def list_voice_consents(
    service: ServiceDep,
    limit: int = Query(default=20, ge=1, le=100, description="Consents in one answer."),
    after: str | None = Query(
        default=None, max_length=MAX_WORD_CHARS, description="Only consents older than the one of this id."
    ),
) -> VoiceConsentList:
    """List the consents page by page, the newest first."""
    found, has_more = await service.engine.files.run(service.engine.consents.page, limit, after)
    return VoiceConsentList(
        data=[_described(consent) for consent in found],
        first_id=found[0].id if found else None,
        last_id=found[-1].id if found else None,
        has_more=has_more,
    )


@router.get("/audio/voice_consents/{consent_id}", responses=documented(404))
async def retrieve_voice_consent(consent_id: ConsentId, service: ServiceDep) -> VoiceConsent:
    """Describe one consent."""
    return _described(await service.engine.files.run(service.engine.consents.find, consent_id))


@router.post(
    "/audio/voice_consents/{consent_id}",
    responses=documented(400, 404, 413, 415, 507),
    openapi_extra=json_body(VoiceConsentRename, {"name": "Consent of Ada"}),
)
async def rename_voice_consent(consent_id: ConsentId, request: Request, service: ServiceDep) -> VoiceConsent:
    """Give a consent another name."""
    body = VoiceConsentRename.model_validate(await read_json(request, service))
    return _described(await service.engine.files.run(service.engine.consents.rename, consent_id, body.name))


@router.delete("/audio/voice_consents/{consent_id}", responses=documented(400, 404, 507))
async def delete_voice_consent(consent_id: ConsentId, service: ServiceDep) -> DeletedVoiceConsent:
    """Delete a consent and its recording."""
    await service.engine.files.run(service.engine.consents.delete, consent_id)
    return DeletedVoiceConsent(id=consent_id)


def _described(consent: Consent) -> VoiceConsent:
    return VoiceConsent(**asdict(consent))
