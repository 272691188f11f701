"""The models a request may name, in one table, and the routes that list them."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.errors import documented
from app.api.schemas import MODEL_ID
from app.api.service import Service, ServiceDep
from app.engine.errors import UnknownModel
from app.engine.facts.reasons import KnownModels

router = APIRouter(tags=["models"])

CREATED_AT = 1_767_225_600  # 2026-01-01, Unix seconds; the same for all, as clients only need an integer
OWNER = "editx"
# Names that stock clients ship with, so that they make sound unchanged; our one model answers to all of them.
SPEECH_MODELS = (MODEL_ID, "tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15")
TRANSCRIPTION_ALIAS = "whisper-1"
VARIANT_PREFIX = f"{MODEL_ID}-"


class Model(BaseModel):
    """A model, in OpenAI's words; the rest is ours.

    A `variant` is named for a model that is one of several variants; `loaded` tells whether it waits in memory.
    """

    id: str
    object: Literal["model"] = "model"
    created: int = CREATED_AT
    owned_by: str = OWNER
    task: Literal["speech", "transcription"]
    variant: str | None = None
    loaded: bool | None = None


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
    whisper = dict.fromkeys((TRANSCRIPTION_ALIAS, *service.engine.transcription_models()))
    return [
        *(Model(id=name, task="speech") for name in SPEECH_MODELS),
        *_variant_models(service),
        *(Model(id=name, task="transcription") for name in whisper),
    ]


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


async def require_model(name: str, task: Literal["speech", "transcription"], service: Service) -> None:
    """Raise UnknownModel unless `name` is a model of this task."""
    known = [model.id for model in await _listed(service) if model.task == task]
    if name not in known:
        raise UnknownModel(name[:100], KnownModels(tuple(known)))


async def _listed(service: Service) -> list[Model]:
    return await service.engine.files.run(all_models, service)


@router.get("/models", responses=documented())
async def list_models(service: ServiceDep) -> ModelList:
    """List the models."""
    return ModelList(data=await _listed(service))


@router.get("/audio/models", responses=documented())
async def list_speech_models(service: ServiceDep) -> NamedModelList:
    """List the speech models, in the shape Open WebUI reads."""
    names = [model.id for model in await _listed(service) if model.task == "speech"]
    return NamedModelList(models=[NamedModel(id=name, name=name) for name in names])


@router.get("/models/{model:path}", responses=documented(404))
async def retrieve_model(model: str, service: ServiceDep) -> Model:
    """Describe one model."""
    models = {known.id: known for known in await _listed(service)}
    if model not in models:
        raise UnknownModel(model[:100], KnownModels(tuple(models)))
    return models[model]
