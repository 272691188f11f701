"""The command line and the application as a whole."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from app.engine.library.voices import PRESETS
from app.main import _limit_name_lookups, app_over, exposure, main, start_block
from app.settings import PROJECT, Settings
from tests.fakes import Script, scripted_engine, scripted_studio
from tests.serving import Service, free_port, real_service, scripted_service

HEAVY = {"torch", "gradio", "onnxruntime", "numpy", "scipy", "fastapi", "starlette", "uvicorn", "ctranslate2", "httpx"}
HELP_MODULES = """
import sys
from app.main import main
try:
    main(["--help"])
finally:
    print("modules:", " ".join({name.split(".")[0] for name in sys.modules}))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=120)


def test_help_loads_nothing_heavy() -> None:
    done = run("-c", HELP_MODULES)
    assert "--server-port" in done.stdout
    loaded = set(done.stdout.split("modules:")[1].split())
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--server-port", "0"], "--server-port"),
        (["--server-prot", "80"], "--server-prot"),
        (["--backend", "embedded", "--lexicon", "LICENSE"], "--lexicon: line 1: A line is 'word = pronunciation'."),
        (["--backend", "step-audio"], "python -m app.main download"),
    ],
)
def test_wrong_use_ends_with_status_2_and_no_traceback(
    flags: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--server-name", "127.0.0.1", "--server-port", str(free_port()), "--cache-dir", str(tmp_path)]
    with pytest.raises(SystemExit) as end:
        sys.exit(main([*where, *flags]))
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert named in told
    assert "Traceback" not in told


def test_a_port_in_use_is_told_with_advice(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["--server-name", "127.0.0.1", "--server-port", str(port)]) == 1
    told = capsys.readouterr().err
    assert f"127.0.0.1:{port}" in told
    assert "--server-port" in told


def test_a_name_that_is_no_address_of_this_machine_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--server-name", "192.0.2.1"]) == 1
    assert "192.0.2.1" in capsys.readouterr().err


def test_prepare_without_parts_or_network_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", "--offline", "--models-dir", str(tmp_path)]) == 1
    output = capsys.readouterr()
    assert "kokoro" in output.out
    assert "parts are not ready" in output.err


def test_the_start_block_tells_who_answers_why_and_where(tmp_path: Path) -> None:
    settings = Settings(server_port=7999, cache_dir=tmp_path)
    block = start_block(scripted_engine(Script(), tmp_path, PRESETS), settings)
    assert "scripted, because asked for with --backend" in block
    assert "http://localhost:7999/v1" in block
    assert "http://localhost:7999/docs" in block
    assert "--api-key closes it" in block


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, ["make speech on the page", "over the API", "give --api-key"]),
        ({"ui": False}, ["over the API"]),
        ({"api_keys": ("k",), "public_page": True}, ["make speech on the page", "leave out --public-page"]),
        ({"api_keys": ("k",)}, []),
        ({"api_keys": ("k",), "wyoming_port": 10200}, ["over the Wyoming port", "leave out --wyoming-port"]),
        ({"server_name": "127.0.0.1", "wyoming_port": 10200}, []),
        ({"server_name": "::1"}, []),
    ],
)
def test_a_start_on_a_public_address_without_keys_says_what_is_open(settings: dict[str, Any], told: list[str]) -> None:
    warning = exposure(Settings(**settings))
    assert bool(warning) == bool(told)
    assert all(words in warning for words in told)
    assert ("on the page" in warning) == ("make speech on the page" in told)


def test_the_start_block_says_what_is_off_and_what_has_no_effect(tmp_path: Path) -> None:
    engine = scripted_engine(Script(), tmp_path, PRESETS)
    settings = Settings(
        ui=False, server_name="::1", wyoming_port=10200, api_keys=("k",), torch_dtype="float16", cache_dir=tmp_path
    )
    block = start_block(engine, settings)
    assert "off (--no-ui)" in block
    assert "http://[::1]:7860/v1  (key needed)" in block
    assert "tcp://[::1]:10200  (no key)" in block
    assert "http://[::1]:7860/metrics  (key needed)" in block
    opened = start_block(engine, Settings(api_keys=("k",), public_metrics=True, cache_dir=tmp_path))
    assert "/metrics  (open: --public-metrics)" in opened
    assert "--torch-dtype: only the backend step-audio uses them" in block


@pytest.mark.parametrize(
    ("ui", "api"), [pytest.param(True, True, marks=pytest.mark.slow), (False, True), (True, False)]
)
def test_page_and_api_can_be_left_out_and_probes_stay(
    tmp_path: Path, ui: bool, api: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(ui=ui, api=api, cache_dir=tmp_path)
    app = app_over(scripted_studio(scripted_engine(Script(), tmp_path, PRESETS), tmp_path), settings)
    monkeypatch.setattr(TypeAdapter, "__init__", None)  # no schema is built on the event loop, not at the first request
    with TestClient(app) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/").status_code == (200 if ui else 404)
        assert client.get("/v1/models").status_code == (200 if api else 404)
        assert client.get("/docs").status_code == (200 if api else 404)


@pytest.mark.slow
def test_wrong_use_ends_the_process_with_status_2() -> None:
    done = run("-m", "app.main", "--server-prot", "80")
    assert done.returncode == 2
    assert "--server-prot" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_stopped_service_ends_in_seconds_though_jobs_run(tmp_path: Path) -> None:
    with scripted_service(tmp_path, ["--no-ui"]) as service:
        service.wait_until("/readyz")
        job = threading.Thread(target=ask_for_speech, args=(service, "forever."))
        job.start()
        service.wait_for_jobs(lambda running, _: running == 1)
        assert service.stop(limit_s=15) < 10
        job.join(10)
        log = service.log.read_text()
    assert "Traceback" not in log


@pytest.mark.slow
def test_each_request_is_one_log_line_with_its_id(tmp_path: Path) -> None:
    with scripted_service(tmp_path, ["--no-ui"]) as service:
        service.wait_until("/readyz")
        httpx.get(service.base_url + "/v1/models", headers={"x-request-id": "my-id"})
        service.stop(limit_s=15)
        lines = service.log.read_text().splitlines()
    asked = [line for line in lines if "/v1/models" in line]
    assert len(asked) == 1
    assert re.search(r"request method=GET path=/v1/models status=200 seconds=[\d.]+ request_id=my-id$", asked[0])
    assert not [line for line in lines if "/readyz" in line and " request " in line], "probes do not fill the log"


@pytest.mark.slow
def test_the_real_service_answers_at_once_and_becomes_ready(tmp_path: Path) -> None:
    with real_service(tmp_path) as service:
        assert service.wait_until("/healthz").json() == {"status": "ok"}
        ready = service.wait_until("/readyz").json()
        assert ready["backend"] == "embedded"
        assert "<gradio-app" in httpx.get(service.base_url + "/", timeout=30).text
        assert service.stop(limit_s=15) < 10
        log = service.log.read_text()
    assert "backend" in log
    assert "because" in log


def ask_for_speech(service: Service, text: str) -> None:
    try:
        httpx.post(service.base_url + "/v1/audio/speech", json={"model": "tts-1", "voice": "alloy", "input": text})
    except httpx.TransportError:
        return  # the service went away, as the test wants


def test_lookups_of_names_end_with_their_fetch_unless_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RES_OPTIONS", raising=False)
    _limit_name_lookups(15.0)
    assert os.environ["RES_OPTIONS"] == "timeout:5 attempts:1"
    _limit_name_lookups(1.0)
    assert os.environ["RES_OPTIONS"] == "timeout:5 attempts:1"
