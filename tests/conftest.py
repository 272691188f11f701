"""What many tests need: a clean environment and the test clips."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import pytest

from app.engine.sound.audio import Audio
from tests.serving import Service, real_service

if TYPE_CHECKING:
    import openai

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's idle threads sleep: tests share the machine

# Some 2,000 modules are loaded: the collector looks at them once, and less often at what tests make.
gc.set_threshold(20_000, 20, 100)

CLIPS = Path(__file__).parent / "data" / "clips"


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no later look of the collector need go over it."""
    gc.freeze()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No EDITX_ variable of the machine may reach a test."""
    for name in list(os.environ):
        if name.startswith("EDITX_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One certificate for all HTTP clients: reading every one takes each of them 50 ms, and tests speak plain HTTP."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    file.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture(scope="session")
def clip_facts() -> dict[str, dict[str, Any]]:
    """Per clip: language, text, seconds."""
    rows = json.loads((CLIPS / "transcripts.json").read_text(encoding="utf-8"))["clips"]
    return {row["file"].removesuffix(".flac"): row for row in rows}


@pytest.fixture(scope="session")
def load_clip() -> Callable[[str], Audio]:
    """A test clip by name, such as `ref_en_female`."""
    import soundfile

    def load(name: str) -> Audio:
        samples, rate = soundfile.read(CLIPS / f"{name}.flac", dtype="float32")
        return Audio(samples, rate)

    return load


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole program with the real embedded engine, in a process of its own."""
    flags = ["--offline", "--url-allowed-hosts", "127.0.0.1"]
    with real_service(tmp_path_factory.mktemp("service"), flags) as running:
        running.wait_until("/readyz")
        yield running


@pytest.fixture(scope="session")
def client(service: Service) -> openai.OpenAI:
    """The official client, without retries: a failure must not be hidden by a second try."""
    import openai

    return openai.OpenAI(base_url=f"{service.base_url}/v1", api_key="unused", max_retries=0)


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model root with random weights, in full and in four-bit integers. To be read only."""
    from tools.awq.int4 import Rounding
    from tools.make_tiny_models import make_root
    from tools.quantize_awq import quantise
    from tools.tiny_models.weights import Sizes

    root = tmp_path_factory.mktemp("models")
    make_root(root, 2, Sizes(paraformer_layers=2, layers=1, flow_blocks=1, estimator_depth=1, vocoder_channels=16))
    model = root / "Step-Audio-EditX"
    quantise(model, model.with_name("Step-Audio-EditX-AWQ-4bit"), Rounding(8, True), n_texts=1, max_new_tokens=10)
    return root


@pytest.fixture(scope="module")
def neural(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The program with `--backend step-audio` on the CPU, over a tiny random model."""
    flags = ["--backend", "step-audio", "--model-path", str(tiny_root), "--offline", "--threads", "1"]
    with real_service(tmp_path_factory.mktemp("neural"), flags) as service:
        service.wait_until("/readyz")
        yield service
