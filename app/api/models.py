"""The models a request may name, in one table, and the routes that list them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from app.api.errors import documented
from app.api.model_names import KOKORO, SPEECH_ALIASES, TRANSCRIPTION_ALIASES, plain_name
from app.api.schemas import MODEL_ID, ModelWord
from app.api.service import Service, ServiceDep
from app.engine.errors import UnknownModel
from app.engine.facts.reasons import KnownModels
from app.engine.library.voices import VoiceLibrary

router = APIRouter(tags=["models"])

CREATED_AT = 1_767_225_600  # 2026-01-01, Unix seconds; the same for all, as clients only need an integer
OWNER = "editx"
SPEECH_MODELS = (MODEL_ID, *SPEECH_ALIASES)
VARIANT_PREFIX = f"{MODEL_ID}-"
Task = Literal["speech", "transcription"]
TASKS: Mapping[str, Task] = {"text-to-speech": "speech", "automatic-speech-recognition": "transcription"}  # Speaches'


class ModelVoice(BaseModel):
    """A voice that a model's speech may name, as Speaches lists it."""

    id: str
    name: str
    language: str
    gender: str


class Model(BaseModel):
    """A model, in OpenAI's words; the rest is ours.

    A `variant` is named for a model that is one of several variants; `loaded` tells whether it waits in memory.
    `voices` are those that a speech model's requests may name.
    """

    id: str
    object: Literal["model"] = "model"
    created: int = CREATED_AT
    owned_by: str = OWNER
    task: Task
    variant: str | None = None
    loaded: bool | None = None
    voices: list[ModelVoice] | None = None


class ModelList(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[Model]


class NamedModel(BaseModel):
    """A model as Open WebUI asks for it."""

    id: str
    name: str


class NamedModelList(BaseModel):
    """All speech models, as Open WebUI asks for them."""

    object: Literal["list"] = "list"
    models: list[NamedModel]


def all_models(service: Service) -> list[Model]:
    """Every name a request may carry in `model`. Looks for checkpoints on disk: call it in the engine's `files`."""
    whisper = dict.fromkeys((*TRANSCRIPTION_ALIASES, *service.engine.transcription_models()))
    return [
        *(Model(id=name, task="speech") for name in SPEECH_MODELS),
        *_variant_models(service),
        *(Model(id=name, task="transcription") for name in whisper),
    ]


def find_model(name: str, models: Iterable[Model]) -> Model:
    """The model of that name, or of the plain one that it means. Raises UnknownModel."""
    known = {model.id: model for model in models}
    model = known.get(name) or known.get(plain_name(name))
    if model is None:
        raise UnknownModel(name[:100], KnownModels(tuple(known)))
    return model


def whisper_of(model: Model) -> str | None:
    """The Whisper that a model of transcription asks for; None where it leaves the choice."""
    return None if model.id in TRANSCRIPTION_ALIASES else model.id


def models_with_voices(service: Service, reader: str) -> list[Model]:
    """The same, speech models with the voices that a reader sees. Reads the library's files."""
    library = service.engine.voices
    voices = _voices(library, reader)
    kokoro = [*_voices_named(library, library.kokoro), *voices]
    return [
        model.model_copy(update={"voices": kokoro if model.id == KOKORO else voices})
        if model.task == "speech"
        else model
        for model in all_models(service)
    ]


def _voices(library: VoiceLibrary, reader: str) -> list[ModelVoice]:
    own = [ModelVoice(id=v.id, name=v.name, language=v.locale, gender=v.gender) for v in library.all(reader)]
    return [*own, *_voices_named(library, library.aliases)]


def _voices_named(library: VoiceLibrary, names: Mapping[str, str]) -> Iterator[ModelVoice]:
    for name in names:
        voice = library.info(name)
        yield ModelVoice(id=name, name=name, language=voice.locale, gender=voice.gender)


def variant_of(name: str | None) -> str | None:
    """The variant that a model's name asks for; None where it leaves the choice."""
    return name.removeprefix(VARIANT_PREFIX) if name and name.startswith(VARIANT_PREFIX) else None


def _variant_models(service: Service) -> list[Model]:
    """A name for each variant, where there is more than one to choose from."""
    status = service.engine.status().backend
    if len(status.variants) < 2:
        return []
    return [
        Model(id=f"{VARIANT_PREFIX}{name}", task="speech", variant=name, loaded=name in status.memory_bytes)
        for name in status.variants
    ]


async def require_model(name: str, task: Task, service: Service) -> Model:
    """The model of this task that `name` means. Raises UnknownModel."""
    models = await service.engine.files.run(all_models, service)
    return find_model(name, [model for model in models if model.task == task])


async def _listed(request: Request, service: Service) -> list[Model]:
    return await service.engine.files.run(models_with_voices, service, service.reader(request))


@router.get("/models", responses=documented(400))
async def list_models(
    request: Request,
    service: ServiceDep,
    task: Annotated[
        Literal["speech", "transcription", "text-to-speech", "automatic-speech-recognition"] | None,
        Query(description="Only models of this task; the longer names are those that Speaches has for the two."),
    ] = None,
) -> ModelList:
    """List the models."""
    wanted = TASKS.get(task or "", task)
    return ModelList(data=[model for model in await _listed(request, service) if wanted in (None, model.task)])


@router.get("/audio/models", responses=documented())
async def list_speech_models(request: Request, service: ServiceDep) -> NamedModelList:
    """List the speech models, in the shape Open WebUI reads."""
    names = [model.id for model in await _listed(request, service) if model.task == "speech"]
    return NamedModelList(models=[NamedModel(id=name, name=name) for name in names])


@router.get("/models/{model:path}", responses=documented(404))
async def retrieve_model(request: Request, model: ModelWord, service: ServiceDep) -> Model:
    """Describe one model."""
    return find_model(model, await _listed(request, service)).model_copy(update={"id": model})
