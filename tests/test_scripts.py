"""The scripts a stranger runs first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import PROJECT

SCRIPTS = ("start_unified.sh", "run_tests.sh", ".ci/run", "tools/pin_base.sh")


def run(script: str, *flags: str, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROJECT / script, *flags], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_run_as_they_are(script: str) -> None:
    assert os.access(PROJECT / script, os.X_OK)
    assert subprocess.run(["bash", "-n", PROJECT / script]).returncode == 0


def needs_full(tmp_path: Path, *flags: str, path: str = "/usr/bin:/bin", **environ: str) -> str:
    """Why the set-up of a fresh checkout takes the full set of packages; empty if it takes the embedded one."""
    (tmp_path / "tools").mkdir(exist_ok=True)
    (tmp_path / "tools" / "setup.sh").write_bytes((PROJECT / "tools" / "setup.sh").read_bytes())
    command = ["bash", "-c", 'source tools/setup.sh; why_full "$@" || true', "bash", *flags]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env={"PATH": path} | environ, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_machine_without_gpu_and_weights_gets_the_embedded_set(tmp_path: Path) -> None:
    assert needs_full(tmp_path, "--server-port", "8000") == ""


def test_whoever_asks_for_the_full_set_gets_it(tmp_path: Path) -> None:
    assert "--full" in needs_full(tmp_path, "--full")
    assert "asked for" in needs_full(tmp_path, "--backend", "step-audio")
    assert "asked for" in needs_full(tmp_path, EDITX_BACKEND="step-audio")


@pytest.mark.parametrize("flag", ["--models-dir", "--model-path"])
def test_neural_weights_bring_the_full_set(tmp_path: Path, flag: str) -> None:
    weights = tmp_path / "elsewhere" / "Step-Audio-EditX"
    weights.mkdir(parents=True)
    assert "neural weights" in needs_full(tmp_path, flag, str(weights.parent))
    assert "neural weights" in needs_full(tmp_path, f"{flag}={weights.parent}")
    assert "neural weights" in needs_full(tmp_path, "--model-path", str(weights))
    (tmp_path / "models" / "Step-Audio-Tokenizer").mkdir(parents=True)
    assert "neural weights" in needs_full(tmp_path)


def test_an_nvidia_gpu_brings_the_full_set(tmp_path: Path) -> None:
    driver = tmp_path / "bin" / "nvidia-smi"
    driver.parent.mkdir()
    driver.write_text("#!/bin/sh\necho 'GPU 0: stand-in'\n")
    driver.chmod(0o755)
    assert "NVIDIA" in needs_full(tmp_path, path=f"{driver.parent}:/usr/bin:/bin")


def test_the_full_set_stays_once_it_is_there(tmp_path: Path) -> None:
    site = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    (site / "onnxruntime-1.0.dist-info").mkdir(parents=True)
    assert needs_full(tmp_path) == ""
    (site / "onnxruntime_gpu-1.0.dist-info").mkdir()
    assert "before" in needs_full(tmp_path)


def test_help_of_the_start_script_installs_nothing(tmp_path: Path) -> None:
    done = run("start_unified.sh", "--help", folder=tmp_path)
    assert done.returncode == 0
    for flag in ("--local", "--docker", "--full", "--setup-only"):
        assert flag in done.stdout


def test_the_test_script_refuses_what_it_does_not_know() -> None:
    done = run("run_tests.sh", "--fast")
    assert done.returncode == 2
    assert "--quick" in done.stderr


@pytest.mark.slow
def test_the_set_up_leaves_a_command_that_works_from_any_folder(tmp_path: Path) -> None:
    checkout = tmp_path / "a checkout"
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / "tools").mkdir()
    (checkout / "tools" / "setup.sh").write_bytes((PROJECT / "tools" / "setup.sh").read_bytes())
    (checkout / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (checkout / ".venv" / "bin" / "python").chmod(0o755)
    (checkout / "app").symlink_to(PROJECT / "app")
    subprocess.run(["bash", "-euc", "source tools/setup.sh; write_launcher"], cwd=checkout, check=True)
    launcher = checkout / ".venv" / "bin" / "editx"
    done = subprocess.run([launcher, "tags"], cwd="/", capture_output=True, text=True, check=True)
    assert "emotion:happy" in done.stdout
    assert subprocess.run([launcher, "say"], cwd="/", capture_output=True, text=True).stderr.startswith(
        "usage: editx say"
    )
