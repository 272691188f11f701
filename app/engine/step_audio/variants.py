"""Variants: the language models that requests choose from, loaded when first asked for, at most one load at a time.

A load runs in a thread of its own, so that a job which waits for it can be cancelled while the load goes on for the
next one. A model is used inside `hold`; while it is held, nothing unloads it. When a model to be loaded does not fit
beside those already there, the ones that nobody holds go, the least recently used first. If that is not enough the job
is refused, not made to wait: a waiting worker could be the one that the holder needs to finish.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from app.engine.errors import EngineError, Unavailable, VariantMissing
from app.engine.facts.fact import Fact
from app.engine.facts.reasons import ModelBroke, NoRoomBeside, NoSuchVariant
from app.engine.job import JobControl

logger = logging.getLogger(__name__)

WAIT_STEP_S = 0.05


class Sized(Protocol):
    """A model that knows its size."""

    @property
    def memory_bytes(self) -> int:
        """Bytes of its weights."""


M = TypeVar("M", bound=Sized)
LoadProgress = Callable[[float], None]  # is told the share of a load that is done, 0 to 1
Loader = Callable[[str, Path, LoadProgress], M]


@dataclass(slots=True)
class _Load:
    """One load under way: those who want the model wait for `ended`; `error` tells why there is none."""

    ended: threading.Event = field(default_factory=threading.Event)
    share: float = 0.0
    error: Exception | None = None


@dataclass(slots=True)
class _Loaded(Generic[M]):
    model: M
    memory_bytes: int
    used_at: float
    n_users: int = 0


class Variants(Generic[M]):
    """The variants of one installation. Thread-safe."""

    def __init__(
        self,
        folders: Mapping[str, Path],
        absent: Mapping[str, Fact],
        default: str,
        load: Loader[M],
        wanted_bytes: Callable[[str, Path], int],
        free_bytes: Callable[[], int],
        give_back: Callable[[], None],
    ) -> None:
        """`folders` maps each variant that can be loaded to its weights, `absent` the others to why they cannot.

        `wanted_bytes` is the memory that a variant of a folder needs, `free_bytes` what is left; `give_back` is called
        after a model was dropped.
        """
        self.names = tuple(folders)
        self.absent = dict(absent)
        self.default = default
        self._folders = dict(folders)
        self._load_model = load
        self._wanted_bytes = wanted_bytes
        self._free_bytes = free_bytes
        self._give_back = give_back
        self._lock = threading.Lock()
        self._one_load = threading.Lock()
        self._loaded: dict[str, _Loaded[M]] = {}
        self._loads: dict[str, _Load] = {}

    def resolve(self, variant: str | None, param: str = "variant") -> str:
        """The variant that answers for the one asked for. Raises VariantMissing, naming `param`."""
        name = variant or self.default
        if name in self._folders:
            return name
        why = self.absent.get(name, NoSuchVariant())
        raise VariantMissing(name, why, self.names, param=param)

    def load(self, variant: str) -> None:
        """Load one before anybody asks for it. Raises EngineError."""
        with self.hold(variant, JobControl()):
            return

    @contextmanager
    def hold(self, variant: str, control: JobControl) -> Iterator[M]:
        """The model, loaded, for as long as the block lasts. Raises EngineError, Cancelled, DeadlineExceeded."""
        entry = self._taken(variant, control)
        try:
            yield entry.model
        finally:
            with self._lock:
                entry.n_users -= 1
                entry.used_at = time.monotonic()

    def memory_bytes(self) -> dict[str, int]:
        """Bytes of each loaded variant."""
        with self._lock:
            return {name: entry.memory_bytes for name, entry in self._loaded.items()}

    # ---- loading ---------------------------------------------------------------------------------------------------

    def _taken(self, variant: str, control: JobControl) -> _Loaded[M]:
        while True:
            with self._lock:
                entry = self._loaded.get(variant)
                if entry is not None:
                    entry.n_users += 1
                    return entry
                load = self._loads.get(variant) or self._begin(variant)
            while not load.ended.wait(WAIT_STEP_S):
                control.progress(0.0, "loading")
            if load.error is not None:
                raise load.error

    def _begin(self, variant: str) -> _Load:
        """Start a load; the caller holds the lock. The thread does not keep a stopping process alive."""
        load = _Load()
        self._loads[variant] = load
        threading.Thread(target=self._run, args=(variant, load), name=f"load-{variant}", daemon=True).start()
        return load

    def _run(self, variant: str, load: _Load) -> None:
        model: M | None = None
        try:
            with self._one_load:
                model = self._load(variant, load)
        except EngineError as error:
            load.error = error
        except Exception as error:
            logger.exception("the %s model did not load", variant)
            load.error = Unavailable(ModelBroke(variant))
            load.error.__cause__ = error
        with self._lock:
            if model is not None:
                self._loaded[variant] = _Loaded(model, model.memory_bytes, time.monotonic())
            del self._loads[variant]
        load.ended.set()

    def _load(self, variant: str, load: _Load) -> M:
        folder = self._folders[variant]
        self._make_room(variant, self._wanted_bytes(variant, folder))
        logger.info("loading language model variant=%s folder=%s", variant, folder.name)
        began, logged = time.monotonic(), 0.0

        def report(share: float) -> None:
            nonlocal logged
            load.share = share
            if share - logged >= 0.25:
                logged = share
                logger.info("loading language model variant=%s done=%.0f%%", variant, 100 * share)

        model = self._load_model(variant, folder, report)
        megabytes = model.memory_bytes / 1e6
        logger.info(
            "loaded language model variant=%s mb=%.0f seconds=%.1f", variant, megabytes, time.monotonic() - began
        )
        return model

    # ---- room ------------------------------------------------------------------------------------------------------

    def _make_room(self, variant: str, wanted_bytes: int) -> None:
        """Drop models that nobody holds until so much is free. Raises Unavailable if a held one is in the way.

        Where nothing is loaded any more the load is tried whatever the figures say: they are estimates.
        """
        self._give_back()
        while self._free_bytes() < wanted_bytes:
            with self._lock:
                idle = [name for name, entry in self._loaded.items() if not entry.n_users]
                held = [name for name in self._loaded if name not in idle]
                if idle:
                    oldest = min(idle, key=lambda name: self._loaded[name].used_at)
                    del self._loaded[oldest]
            if idle:
                gc.collect()
                self._give_back()
                logger.info("dropped language model variant=%s to make room for variant=%s", oldest, variant)
                continue
            if held:
                raise Unavailable(NoRoomBeside(variant, tuple(held)))
            return
