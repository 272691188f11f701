"""EditX on Ray Serve: the same application, one engine a replica. `serve run deploy.ray.editx_on_ray:application`.

Settings come from the environment (EDITX_THREADS ...), as elsewhere. README.md beside this file says what Ray does
otherwise than a plain service.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from ray import serve
from ray.serve.config import AutoscalingConfig, BackpressureConfig

from app.cli.parser import parse

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLL_S = 0.1
SETTINGS = parse([]).settings
# What a replica takes at the same time: its workers, and as many jobs again that wait, so that no worker idles. All
# further requests wait in Ray, where the next free replica gets them.
ONGOING = 2 * SETTINGS.max_concurrent_jobs
MIN_REPLICAS = int(os.environ.get("RAY_MIN_REPLICAS", "1"))
MAX_REPLICAS = int(os.environ.get("RAY_MAX_REPLICAS", "8"))
GPUS = float(os.environ.get("RAY_GPUS", "0"))  # of one replica


def build() -> FastAPI:
    """The application of one replica, which is up once its engine takes jobs. Runs in the replica's process."""
    from app.engine.engine import EditXEngine
    from app.engine.parts.parts import Parts
    from app.keeping.opening import opened
    from app.main import app_over
    from app.studio.store import TakeStore
    from app.studio.studio import Studio

    settings = SETTINGS
    use = ExitStack()
    use.enter_context(opened(settings.cache_dir))
    engine = EditXEngine.from_settings(settings, Parts.from_settings(settings))
    app = app_over(Studio(engine, TakeStore.from_settings(settings)), settings)
    started = app.router.lifespan_context

    @asynccontextmanager
    async def ready(application: FastAPI) -> AsyncIterator[None]:
        with use:
            async with started(application):
                while engine.is_loading:
                    await asyncio.sleep(POLL_S)
                if (reason := engine.status().reason) is not None:
                    raise RuntimeError(f"the engine did not load: {reason}")
                yield

    app.router.lifespan_context = ready
    app.add_middleware(NamedReplica)
    return app


class NamedReplica:
    """Says in `x-replica` which replica answered: what is heard live is heard there alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        name = serve.get_replica_context().replica_id.unique_id

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-replica", name.encode())]
            await send(message)

        await self._app(scope, receive, send_named)


@serve.deployment(
    name="EditX",
    max_ongoing_requests=ONGOING,
    max_queued_requests=SETTINGS.max_queue,
    backpressure_config=BackpressureConfig(status_code=429, retry_after_s=2),
    graceful_shutdown_wait_loop_s=1,
    graceful_shutdown_timeout_s=30,
    health_check_period_s=10,
    ray_actor_options={"num_cpus": SETTINGS.threads, "num_gpus": GPUS},
    autoscaling_config=AutoscalingConfig(
        min_replicas=MIN_REPLICAS,
        max_replicas=MAX_REPLICAS,
        target_ongoing_requests=SETTINGS.max_concurrent_jobs,
        upscale_delay_s=10,
        downscale_delay_s=600,
    ),
)
@serve.ingress(build)
class EditX:
    """One engine behind its application."""


application = EditX.bind()
