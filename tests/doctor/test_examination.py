"""The whole examination, on the embedded engine: real speech, really heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.doctor.trial import TEXT
from app.main import main
from tools.make_tiny_models import make_root


@pytest.mark.slow
def test_a_sound_installation_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--backend", "embedded", "--offline", "--cache-dir", str(tmp_path / "cache"), "--log-level", "warning"]
    assert main(["doctor", *flags]) == 0
    told = capsys.readouterr().out
    for subject in (
        "Python",
        "packages",
        "CUDA device",
        "memory",
        "disk",
        "embedded engine",
        "clone",
        "emotion: happy",
    ):
        assert f"pass  {subject}" in told
    assert "0 failed" in told
    assert not (tmp_path / "cache").exists(), "the doctor leaves nothing behind"


@pytest.mark.slow
def test_an_installation_without_weights_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--backend", "embedded", "--offline", "--models-dir", str(tmp_path), "--log-level", "error"]
    assert main(["doctor", *flags]) == 1
    told = capsys.readouterr().out
    assert "fail  " in told
    assert "python -m app.main prepare" in told


@pytest.mark.slow
def test_noise_is_told_from_speech(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_root(tmp_path)  # random weights in the real formats: everything passes but the ear
    flags = ["--backend", "step-audio", "--device-map", "cpu", "--model-path", str(tmp_path), "--offline"]
    assert main(["doctor", *flags, "--log-level", "error"]) == 1
    told = capsys.readouterr().out
    assert "pass  head of EditX  " in told
    assert "fail  clone  " in told
    assert f"said:  {TEXT}" in told
