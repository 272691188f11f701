"""Commands in this process, against a running service over the scripted engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.main import main
from tests.api.conftest import Api, presets, serving
from tests.serving import free_port

__all__ = ["presets"]  # a fixture that ours use


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What it printed as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="session")
def shared_service(tmp_path_factory: pytest.TempPathFactory, presets: Path) -> Iterator[Api]:
    with serving(tmp_path_factory.mktemp("cache"), presets) as api:
        yield api


@pytest.fixture
def api(shared_service: Api) -> Iterator[Api]:
    """The service, with nothing left over from the test before."""
    shared_service.script.forget()
    yield shared_service
    for voice in shared_service.engine.voices.all():
        if voice.source == "custom":
            shared_service.engine.voices.delete(voice.id)


@pytest.fixture
def editx(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run a command."""

    def run(*words: str | Path) -> Done:
        capsys.readouterr()
        status = main([str(word) for word in words])
        told = capsys.readouterr()
        return Done(status, told.out, told.err)

    return run


@pytest.fixture
def asks(api: Api, editx: Callable[..., Done]) -> Callable[..., Done]:
    """Run a command that asks the service."""
    return lambda *words: editx(*words, "--server", api.url)


@pytest.fixture
def free_port_flags() -> list[str]:
    """For a service that is started on this machine alone."""
    return ["--server-name", "127.0.0.1", "--server-port", str(free_port())]
