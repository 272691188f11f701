"""Installed packages against their pins."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.doctor.findings import Level
from app.doctor.packages import EMBEDDED, FULL, PIN_FILES, package_findings, pin_fault, pins
from app.settings import PROJECT


def test_every_pinned_package_is_checked() -> None:
    wanted = pins(PROJECT, FULL)
    assert wanted["torch"] == "2.13.0"
    assert {"faster-whisper", "onnxruntime-gpu", "gradio"} <= wanted.keys()
    assert {"faster-whisper", "onnxruntime", "gradio"} <= (embedded := pins(PROJECT, EMBEDDED)).keys()
    assert not {"torch", "onnxruntime-gpu"} & embedded.keys()


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
    first, second = (tmp_path / file for file in PIN_FILES[FULL])
    second.parent.mkdir()
    first.write_text("-r requirements/more.txt\nnumpy==0.1  # old\n\n")
    (second.parent / "more.txt").write_text("no-such-package==1.0\n")
    second.write_text("# nothing\n")
    told = {finding.subject: finding.level for finding in package_findings(tmp_path)}
    assert told == {"Python": Level.PASS, "numpy": Level.WARN, "no-such-package": Level.FAIL}
