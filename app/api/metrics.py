"""Metrics: what the service did and does, for Prometheus, in a registry of its own.

Labels come from small sets alone: the path of a route, not of a request, and codes, not messages. Names without our
prefix are those that other speech services use.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Receive, Scope, Send

from app.answering import answered
from app.engine.engine import EditXEngine
from app.engine.job import JobReport

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
UNDERRUNS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONTINUOUS_S = 0.1
RATIOS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 4)


class Metrics:
    """Counts requests and jobs from now on. `note_job` is for the event loop; `text` reads files."""

    def __init__(self, engine: EditXEngine) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Counter("editx_requests", "Requests answered.", ("route", "status"), registry=registry)
        self._request_s = Histogram(
            "editx_request_seconds",
            "From a request to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self._jobs = Counter(
            "editx_jobs", "Jobs that ended, by `done` or a code.", ("task", "outcome"), registry=registry
        )
        self._audio_s = Counter("editx_audio_seconds", "Seconds of sound made.", ("task",), registry=registry)
        self._queue_s = Histogram(
            "editx_job_queue_seconds", "What jobs waited for a worker.", buckets=SECONDS, registry=registry
        )
        self._first_s = Histogram(
            "audio_ttfp_s", "From a job to its first sound.", ("task",), buckets=SECONDS, registry=registry
        )
        self._rtf = Histogram(
            "audio_rtf", "Seconds of computing per second of sound.", ("task",), buckets=RATIOS, registry=registry
        )
        self._underrun_s = Histogram(
            "audio_underrun_s",
            "What a listener who plays the sound of a job from its first piece on waits for the rest.",
            ("task",),
            buckets=UNDERRUNS,
            registry=registry,
        )
        self._continuous = Counter(
            "audio_continuity_ok",
            f"Jobs whose sound came with gaps of {CONTINUOUS_S} s at most in all.",
            ("task",),
            registry=registry,
        )
        registry.register(_Now(engine))
        ProcessCollector(registry=registry)
        engine.listeners.append(self.note_job)

    def note_request(self, route: str, status: int, seconds: float) -> None:
        """A request has its answer; status 0 where its client left before that."""
        self._requests.labels(route, status).inc()
        self._request_s.labels(route).observe(seconds)

    def note_job(self, report: JobReport) -> None:
        """A job is over."""
        task = report.task.partition("/")[0]
        self._jobs.labels(task, report.outcome).inc()
        self._queue_s.observe(report.queued_s)
        if report.first_s is not None:
            self._first_s.labels(task).observe(report.first_s)
        if report.audio_s:
            self._audio_s.labels(task).inc(report.audio_s)
            self._underrun_s.labels(task).observe(report.underrun_s)
            if report.underrun_s <= CONTINUOUS_S:
                self._continuous.labels(task).inc()
            self._rtf.labels(task).observe(report.compute_s / report.audio_s)

    def text(self) -> bytes:
        """All of it, in Prometheus' format."""
        return generate_latest(self._registry)


class _Now(Collector):
    """What is read from the engine when somebody asks."""

    def __init__(self, engine: EditXEngine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """As prometheus_client calls it."""
        status, cache = self._engine.status(), self._engine.cache.stats()
        gauges = {
            "editx_ready": ("1 once jobs are taken.", status.is_ready),
            "editx_jobs_running": ("Jobs that compute.", status.n_running),
            "editx_jobs_waiting": ("Jobs that hold a place and wait for a worker.", status.n_waiting),
            "editx_places": ("Jobs that may run and wait; further ones are refused.", self._engine.max_jobs),
            "editx_weights_changed": (
                "Files of weights that are no longer what was verified.",
                len(status.changed_weights),
            ),
            "editx_cache_bytes": ("Bytes of the cache on disk.", cache.bytes),
        }
        for name, (meaning, value) in gauges.items():
            yield GaugeMetricFamily(name, meaning, value)
        looked_up = CounterMetricFamily("editx_cache_lookups", "References looked up in the cache.", labels=["found"])
        looked_up.add_metric(["yes"], cache.hits)
        looked_up.add_metric(["no"], cache.misses)
        yield looked_up


class Counted:
    """Counts every request by its route, whatever comes of it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        def note(status: int, seconds: float) -> None:
            self._metrics.note_request(_route_of(scope), status, seconds)

        return await answered(self._app, scope, receive, send, note)


def _route_of(scope: Scope) -> str:
    """The path of the route that answers; `page` for what the page asks, `none` where no route has been looked for."""
    is_api = scope["path"].startswith("/v1/")
    path: str = getattr(scope.get("route"), "path", "")
    if not path:
        return "none" if is_api else "page"
    return f"/v1{path}" if is_api and not path.startswith("/v1/") else path
