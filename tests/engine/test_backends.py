"""Which backend answers, on which device, and what is said when it cannot be had."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch
from fastapi.testclient import TestClient

from app import main
from app.cache.token_cache import TokenCache
from app.doctor.findings import Finding, Level
from app.doctor.machine import CudaFacts, cuda_findings
from app.doctor.weights import weight_findings
from app.engine.backend import Backend, BackendStatus
from app.engine.backends import BACKENDS, Resources, choose_backend
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError, InvalidRequest, PartMissing, Unavailable
from app.engine.facts.fact import Note, Plain
from app.engine.facts.reasons import AskedFor, NoBitsandbytes
from app.engine.hearing.transcribers import Transcribers
from app.engine.parts.parts import Parts
from app.engine.step_audio import device as devices
from app.engine.step_audio.backend import StepAudioBackend
from app.main import app_over, start_block
from app.settings import PROJECT, Settings
from app.wording.english import english
from tests.fakes import Script, ScriptedBackend, scripted_studio
from tests.wording import refused


def choose(**settings):
    wanted = Settings(offline=True, **settings)
    parts = Parts.from_settings(wanted)
    return choose_backend(
        wanted, Resources(parts, TokenCache(None, 10, 10**6), Transcribers.from_settings(wanted, parts))
    )


@pytest.fixture(autouse=True)
def own_switch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """TF32 as it was, after each test."""
    monkeypatch.setattr(devices, "_tf32", devices._Tf32())
    switches = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [switch.allow_tf32 for switch in switches]
    yield
    for switch, was in zip(switches, before, strict=True):
        switch.allow_tf32 = was


def test_auto_without_weights_is_the_embedded_engine_and_imports_no_torch(tmp_path):
    program = (
        "import sys; from app.engine.backends import best; from app.settings import Settings; "
        f"print(best(Settings(model_path={str(tmp_path)!r})), 'torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "EmbeddedEntry object" in said.stdout
    assert "NoWeights" in said.stdout
    assert said.stdout.endswith("False\n")


@pytest.mark.parametrize(
    ("n_devices", "device_map", "name"), [(0, "cuda", "embedded"), (1, "cuda", "step-audio"), (1, "cpu", "embedded")]
)
def test_auto_takes_the_neural_backend_where_its_weights_and_a_device_are(
    tiny_root, monkeypatch, n_devices, device_map, name
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: n_devices > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n_devices)
    backend, because = choose(model_path=tiny_root, device_map=device_map)
    assert backend.name == name
    assert "CUDA device" in english(because)


def test_asked_for_it_runs_on_the_cpu_with_a_warning(tiny_root, caplog):
    with caplog.at_level(logging.WARNING):
        backend, because = choose(backend="step-audio", model_path=tiny_root)
    assert backend.name == "step-audio"
    assert because == AskedFor()
    assert any("runs on the CPU" in record.message for record in caplog.records)


def test_missing_weights_are_listed_with_the_command_that_gets_them(tmp_path):
    with pytest.raises(PartMissing) as fault:
        choose(backend="step-audio", model_path=tmp_path)
    assert str(tmp_path) in english(fault.value)
    assert "Step-Audio-Tokenizer" in english(fault.value)
    assert "app.main download" in english(fault.value)


@pytest.mark.parametrize(
    ("settings", "error", "told"),
    [
        ({"device_map": "cuda:7"}, Unavailable, "--device-map cuda:7"),
        ({"device_map": "cuda"}, Unavailable, "0 CUDA devices"),
    ],
)
def test_what_cannot_be_had_is_told_at_the_start(tiny_root, settings, error: type[EngineError], told):
    with refused(error, told):
        choose(backend="step-audio", model_path=tiny_root, **settings)


def test_quantization_picks_the_default_variant(tiny_root: Path, tmp_path: Path):
    for quantization, variant in (("none", "base"), ("int4", "bnb"), ("awq-4bit", "awq")):
        backend, _ = choose(backend="step-audio", model_path=tiny_root, quantization=quantization)
        assert backend.variant_for(None) == variant
    for name in ("Step-Audio-Tokenizer", "Step-Audio-EditX"):
        (tmp_path / name).symlink_to(tiny_root / name)
    with refused(InvalidRequest, match="'awq' is not available"):
        choose(backend="step-audio", model_path=tmp_path, quantization="awq-4bit")


def test_without_bitsandbytes_its_variant_is_absent(tiny_root, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    backend, _ = choose(backend="step-audio", model_path=tiny_root)
    assert isinstance(backend, StepAudioBackend)
    assert backend.status().variants == ("base", "awq")
    assert backend.status().absent_variants["bnb"] == NoBitsandbytes()


def test_free_memory_is_what_the_machine_can_give():
    assert 10**8 < devices.free_bytes(torch.device("cpu")) < 10**14


def test_products_are_exact_for_as_long_as_anybody_needs_it():
    devices._tf32.turn_on()
    seen = [torch.backends.cuda.matmul.allow_tf32]
    with devices.exact_products():
        with devices.exact_products():
            seen.append(torch.backends.cuda.matmul.allow_tf32)
        seen.append(torch.backends.cudnn.allow_tf32)
    seen.append(torch.backends.cudnn.allow_tf32)
    assert seen == [True, False, False, True]


def test_without_tf32_the_switch_is_left_alone():
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    with devices.exact_products():
        assert (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) == before


# ---- a third backend ------------------------------------------------------------------------------------------------


class Third(ScriptedBackend):
    """A backend of its own kind: as the scripted one, in two variants."""

    name = "third"

    def status(self) -> BackendStatus:
        return BackendStatus(
            self.name, ("small", "large"), absent_variants={"huge": Plain("too large for this machine")}
        )


class ThirdEntry:
    """What the table knows of it."""

    name = "third"
    own_settings = ("threads",)

    def __init__(self) -> None:
        self.fetched_for: list[Settings] = []
        self.downloaded_for: list[Settings] = []
        self.lacking: list[EngineError] = []

    def why_best(self, settings: Settings) -> Note | None:
        return Plain("it is a test") if settings.threads == 3 else None

    def fetch(self, settings: Settings, report: Callable[[Note], None]) -> None:
        report(Plain("fetched"))
        self.fetched_for.append(settings)

    def wants_cuda(self, settings: Settings) -> bool:
        return settings.threads == 3

    def lacks(self, settings: Settings) -> list[EngineError]:
        del settings
        return self.lacking

    def download(self, settings: Settings, report: Callable[[Note], None]) -> None:
        report(Plain("downloaded"))
        self.downloaded_for.append(settings)

    def changed_weights(self, settings: Settings, checkpoint: Callable[[], None]) -> Iterator[Note]:
        del settings, checkpoint
        yield Plain("third.bin is another")

    def make(self, settings: Settings, resources: Resources) -> Backend:
        del settings, resources
        return Third(Script())


@pytest.fixture
def third(monkeypatch: pytest.MonkeyPatch) -> ThirdEntry:
    """The one line that adds a backend: here in front of the others."""
    entry, others = ThirdEntry(), dict(BACKENDS)
    monkeypatch.setattr("app.engine.backends.BACKENDS", {entry.name: entry} | others)
    monkeypatch.setattr("app.main.BACKENDS", {entry.name: entry} | others)
    return entry


@pytest.fixture
def client_of(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """A started service with these settings."""
    with ExitStack() as stack:

        def started(**settings: Any) -> TestClient:
            given = Settings(cache_dir=tmp_path, offline=True, **settings)
            engine = EditXEngine.from_settings(given, Parts.from_settings(given))
            return stack.enter_context(TestClient(app_over(scripted_studio(engine, tmp_path), given)))

        yield started


@pytest.mark.usefixtures("third")
@pytest.mark.parametrize("settings", [{"backend": "third"}, {"threads": 3}])
def test_a_third_backend_is_chosen_served_and_listed(client_of, settings: dict[str, Any]):
    client = client_of(ui=False, **settings)
    ready = client.get("/readyz").json()
    assert (ready["backend"], ready["variants"]) == ("third", ["small", "large"])
    assert ready["absent_variants"] == {"huge": "too large for this machine"}
    assert ready["changed_weights"] == []
    client.app.state.service.engine.weights.look()
    assert client.get("/readyz").json()["changed_weights"] == ["third.bin is another"]
    assert "step-audio-editx-large" in [model["id"] for model in client.get("/v1/models").json()["data"]]
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello.", "response_format": "wav"}
    answer = client.post("/v1/audio/speech", json=body)
    assert (answer.status_code, answer.headers["x-backend"]) == (200, "third")


@pytest.mark.usefixtures("third")
def test_the_start_says_what_a_third_backend_says_of_itself(tmp_path: Path):
    settings = Settings(backend="third", torch_dtype="float16", threads=4, cache_dir=tmp_path, offline=True)
    block = start_block(EditXEngine.from_settings(settings, Parts.from_settings(settings)), settings)
    assert "third, because asked for with --backend" in block
    assert "small, large; without huge: too large for this machine" in block
    assert "--torch-dtype: only the backend step-audio uses them" in block
    embedded = Settings(backend="embedded", threads=4, cache_dir=tmp_path, offline=True)
    block = start_block(EditXEngine.from_settings(embedded, Parts.from_settings(embedded)), embedded)
    assert "--threads: only the backend third uses them" in block
    assert "without" not in block, "one model answers for all variants"


@pytest.mark.usefixtures("third")
def test_the_command_line_knows_a_third_backend(capsys: pytest.CaptureFixture[str]):
    main._check_backend("third")
    assert main.main(["--backend", "fourth"]) == main.WRONG_USE
    assert "--backend: 'fourth' is no backend; there is: auto, third, step-audio, embedded" in capsys.readouterr().err


@pytest.mark.parametrize(("backend", "n_fetches"), [("third", 1), ("auto", 1), ("embedded", 0)])
def test_only_backends_that_may_answer_fetch_before_a_start(third: ThirdEntry, backend: str, n_fetches: int):
    main._fetch_missing_weights(Settings(backend=backend, offline=True))
    assert len(third.fetched_for) == n_fetches


@pytest.mark.parametrize(("backend", "level"), [("third", Level.FAIL), ("auto", Level.PASS)])
def test_the_doctor_tells_what_a_third_backend_lacks(third: ThirdEntry, tmp_path: Path, backend: str, level: Level):
    settings = Settings(backend=backend, models_dir=tmp_path, cache_dir=tmp_path, offline=True)
    parts = Parts.from_settings(settings)

    def told() -> Finding:
        return next(found for found in weight_findings(settings, parts) if found.subject == "backend third")

    assert told().level is Level.PASS
    third.lacking.append(PartMissing(Plain("its weights are not here")))
    assert told().level is level
    assert "its weights are not here" in told().seen


@pytest.mark.usefixtures("third")
@pytest.mark.parametrize(("threads", "level"), [(3, Level.WARN), (4, Level.PASS)])
def test_the_doctor_asks_for_a_device_where_a_third_backend_wants_one(threads: int, level: Level):
    (found,) = cuda_findings(CudaFacts(None, None), Settings(backend="third", threads=threads))
    assert found.level is level


def test_the_download_command_brings_the_weights_of_a_third_backend(
    third: ThirdEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.main.BACKENDS", {"third": third})
    assert main.main(["download", "--cache-dir", str(tmp_path)]) == main.DONE
    assert len(third.downloaded_for) == 1
