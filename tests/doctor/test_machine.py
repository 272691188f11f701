"""The machine: what each state of device, driver and torch means."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.doctor import machine
from app.doctor.findings import Finding, Level
from app.doctor.machine import (
    CudaDevice,
    CudaFacts,
    cuda_findings,
    disk_finding,
    memory_finding,
)
from app.settings import Settings

ARCHITECTURES = ("sm_75", "sm_80", "sm_90a", "compute_120")
GB = 10**9


def device(*capability: int) -> CudaDevice:
    return CudaDevice("RTX", (capability[0], capability[1]), 10 * GB, 24 * GB)


def finding_of(facts: CudaFacts, **settings: str) -> Finding:
    (found,) = cuda_findings(facts, Settings.model_validate(settings))
    return found


@pytest.mark.parametrize(
    ("facts", "seen", "level", "level_if_asked_for"),
    [
        (CudaFacts(None, None), "no NVIDIA driver", Level.PASS, Level.FAIL),
        (CudaFacts("13.0", None), "no NVIDIA driver", Level.PASS, Level.FAIL),
        (CudaFacts(None, "580.1"), "built for the CPU", Level.WARN, Level.FAIL),
        (CudaFacts("13.0", "470.2"), "can use no device", Level.WARN, Level.FAIL),
        (CudaFacts("13.0", "580.1", ARCHITECTURES, (device(6, 1),)), "architecture 6.1", Level.WARN, Level.FAIL),
        (CudaFacts("13.0", "580.1", ARCHITECTURES, (device(7, 5),)), "no bfloat16", Level.WARN, Level.WARN),
        (CudaFacts("13.0", "580.1", ARCHITECTURES, (device(8, 6),)), "10.0 GB of 24.0 GB free", Level.PASS, Level.PASS),
    ],
)
def test_each_state_of_cuda_has_its_level(facts: CudaFacts, seen: str, level: Level, level_if_asked_for: Level) -> None:
    assert seen in finding_of(facts).seen
    assert finding_of(facts).level is level
    assert finding_of(facts, backend="step-audio", device_map="cuda").level is level_if_asked_for
    assert level is Level.PASS or finding_of(facts).advice


def test_the_cpu_is_a_warning_unless_it_was_asked_for() -> None:
    nothing = CudaFacts(None, None)
    assert finding_of(nothing, backend="step-audio").level is Level.WARN
    assert finding_of(nothing, backend="step-audio", device_map="auto").level is Level.WARN
    assert finding_of(nothing, backend="step-audio", device_map="cpu").level is Level.PASS


@pytest.mark.parametrize(
    ("capability", "has_kernels"),
    [
        ((8, 6), True),  # sm_80 runs on every 8.x
        ((7, 0), False),  # sm_75 is newer
        ((9, 0), True),
        ((10, 0), False),  # neither 9.0 nor 12.0 serve it
        ((12, 0), True),
        ((13, 0), True),  # compiled on the spot from compute_120
    ],
)
def test_kernels_run_on_the_architectures_that_they_can(capability: tuple[int, int], has_kernels: bool) -> None:
    facts = CudaFacts("13.0", "580.1", ARCHITECTURES, (device(*capability),))
    assert (finding_of(facts).level is Level.PASS) == has_kernels


def test_float16_is_fine_where_bfloat16_is_not() -> None:
    facts = CudaFacts("13.0", "580.1", ARCHITECTURES, (device(7, 5),))
    assert finding_of(facts, torch_dtype="float16").level is Level.PASS


@pytest.mark.parametrize(("available", "level"), [(3 * GB, Level.PASS), (GB, Level.WARN), (None, Level.WARN)])
def test_memory_is_judged_by_what_is_needed(available: int | None, level: Level) -> None:
    assert memory_finding(available, 2 * GB).level is level


def test_disk_space_is_that_of_a_folder_to_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    for free_bytes, level in ((5 * GB, Level.PASS), (GB, Level.WARN)):
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda _, free=free_bytes: usage._replace(free=free))
        assert disk_finding(tmp_path / "not" / "yet").level is level
