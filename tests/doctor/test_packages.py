"""Installed packages against their pins."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.doctor.findings import Level
from app.doctor.packages import PIN_FILES, package_findings, pin_fault, pins
from app.settings import PROJECT


def test_every_pinned_package_is_checked() -> None:
    wanted = pins(PROJECT)
    assert wanted["torch"] == "2.13.0"
    assert {"faster-whisper", "onnxruntime-gpu", "gradio"} <= wanted.keys()


@pytest.mark.parametrize(
    ("installed", "level"), [("2.13.0", None), ("2.13.0+cpu", None), ("2.12.1", Level.WARN), (None, Level.FAIL)]
)
def test_a_release_is_judged_by_its_pin(installed: str | None, level: Level | None) -> None:
    fault = pin_fault("torch", "2.13.0", installed)
    assert (fault.level if fault else None) is level
    if fault:
        assert "2.13.0" in fault.seen
        assert "--setup-only" in fault.advice


def test_what_differs_is_named_alone(tmp_path: Path) -> None:
    (tmp_path / PIN_FILES[0]).write_text("numpy==0.1  # old\n\nno-such-package==1.0\n")
    (tmp_path / PIN_FILES[1]).write_text("# nothing\n")
    told = {finding.subject: finding.level for finding in package_findings(tmp_path)}
    assert told == {"Python": Level.PASS, "numpy": Level.WARN, "no-such-package": Level.FAIL}
