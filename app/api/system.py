"""Probes, the catalogue of edits, and the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel, Field

from app.access.keys import Key
from app.api.errors import documented
from app.api.service import Service, ServiceDep
from app.api.wording import worded
from app.cache.token_cache import CacheStats
from app.engine.edits import CATALOGUE, INTENSITY_RANGE, ITERATIONS_RANGE, Tag
from app.engine.facts.fact import Fact

METRICS = "/metrics"
probes = APIRouter(tags=["system"])
metrics = APIRouter(tags=["system"])
router = APIRouter(tags=["system"])

RETRY_AFTER_S = 2


class Alive(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the engine answers, and with what.

    `missing` maps a kind of job, `absent_variants` a variant of the model to why it cannot be had in this installation;
    `memory_bytes` maps each part that is loaded to its size, where it is known.
    """

    status: Literal["ready", "not_ready"]
    reason: str
    backend: str
    variants: list[str]
    absent_variants: dict[str, str]
    memory_bytes: dict[str, int]
    missing: dict[str, str]
    changed_weights: list[str]
    running: int
    waiting: int


class Range(BaseModel):
    """The limits of a number, both included."""

    minimum: float
    maximum: float
    default: float


class TagInfo(BaseModel):
    """One tag of a task."""

    name: str
    description: str
    label_zh: str
    spellings: list[str] = Field(description="All names that it is understood by, beside case, hyphens and spaces.")


class TaskInfo(BaseModel):
    """One task of the catalogue."""

    name: str
    description: str
    label_zh: str
    tags: list[TagInfo]
    advised_n_edit_iter: dict[str, int] = Field(
        description="By language of the recording (en, zh): the repetitions with which the authors of Step-Audio-EditX "
        "measured the best effect; more make it worse. Empty where none were measured."
    )


class Tags(BaseModel):
    """The catalogue: `data` maps a task to the names of its tags, `tasks` tells all about them."""

    object: Literal["list"] = "list"
    data: dict[str, list[str]]
    tasks: list[TaskInfo]
    intensity: Range
    n_edit_iter: Range


class KeyUse(BaseModel):
    """What one key did since the start, and may do. Limits that are null do not exist."""

    name: str
    requests: int
    audio_s: float
    audio_s_last_hour: float
    audio_s_per_hour: float | None
    max_jobs: int | None


class KeyUses(BaseModel):
    """What keys did."""

    object: Literal["list"] = "list"
    data: list[KeyUse]


class Cleared(BaseModel):
    """What clearing the cache answers."""

    cleared: int


@probes.head("/healthz", include_in_schema=False)
@probes.get("/health", include_in_schema=False)  # where clients of Speaches, Kokoro-FastAPI and others look
@probes.get("/healthz")
async def tell_alive() -> Alive:
    """Answer while the process lives, whatever it is busy with."""
    return Alive()


@probes.head("/readyz", include_in_schema=False)
@probes.get("/readyz", responses={503: {"model": Readiness}})
async def tell_readiness(response: Response, service: ServiceDep) -> Readiness:
    """Answer 200 once the engine takes jobs, 503 with the reason until then."""
    status = await service.engine.files.run(service.engine.status)
    if not status.is_ready:
        response.status_code = 503
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return Readiness(
        status="ready" if status.is_ready else "not_ready",
        reason="" if status.reason is None else worded(status.reason),
        backend=status.backend.name,
        variants=list(status.backend.variants),
        absent_variants=_sentences(status.backend.absent_variants),
        memory_bytes=dict(status.backend.memory_bytes),
        missing=_sentences(status.backend.missing),
        changed_weights=[worded(fault) for fault in status.changed_weights],
        running=status.n_running,
        waiting=status.n_waiting,
    )


@metrics.get(METRICS, response_class=Response, responses={200: {"content": {"text/plain": {}}}, **documented()})
async def tell_metrics(service: ServiceDep) -> Response:
    """Tell what the service did since the start and does now, in Prometheus' format."""
    text = await service.engine.files.run_admitted(service.metrics.text)
    return Response(text, headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})


def _sentences(reasons: Mapping[str, Fact]) -> dict[str, str]:
    return {name: worded(reason) for name, reason in reasons.items()}


@router.get("/tags", responses=documented())
async def list_tags() -> Tags:
    """List every task and tag, with descriptions and Chinese labels."""
    tasks = [
        TaskInfo(
            name=task.name,
            description=task.description,
            label_zh=task.label_zh,
            tags=[_tag_info(tag) for tag in task.tags.values()],
            advised_n_edit_iter=dict(task.advised_iterations),
        )
        for task in CATALOGUE.values()
    ]
    return Tags(
        data={task.name: [tag.name for tag in task.tags] for task in tasks},
        tasks=tasks,
        intensity=Range(minimum=INTENSITY_RANGE[0], maximum=INTENSITY_RANGE[1], default=1),
        n_edit_iter=Range(minimum=ITERATIONS_RANGE[0], maximum=ITERATIONS_RANGE[1], default=1),
    )


def _tag_info(tag: Tag) -> TagInfo:
    spellings = dict.fromkeys((tag.name, tag.first_spelling or tag.name))
    return TagInfo(name=tag.name, description=tag.description, label_zh=tag.label_zh, spellings=list(spellings))


@router.get("/cache", responses=documented())
async def tell_cache(service: ServiceDep) -> CacheStats:
    """Tell what the cache holds and did since the start."""
    return await service.engine.files.run(service.engine.cache.stats)


@router.delete("/cache", responses=documented())
async def clear_cache(service: ServiceDep) -> Cleared:
    """Remove every entry; answers how many there were."""
    return Cleared(cleared=await service.engine.files.run(service.engine.cache.clear))


@router.get("/usage", responses=documented())
async def tell_usage(request: Request, service: ServiceDep) -> KeyUses:
    """Tell what the key that asks did since the start; a key of `--api-key` sees all keys. Empty without keys."""
    key: Key | None = request.state.key
    if key is None:
        return KeyUses(data=[])
    return KeyUses(data=[_use_of(one, service) for one in (service.access.keys.all if key.sees_all else (key,))])


def _use_of(key: Key, service: Service) -> KeyUse:
    requests, audio_s, lately_s = service.access.usage.told(key.name)
    return KeyUse(
        name=key.name,
        requests=requests,
        audio_s=round(audio_s, 3),
        audio_s_last_hour=round(lately_s, 3),
        audio_s_per_hour=key.audio_s_per_hour,
        max_jobs=key.max_jobs,
    )
