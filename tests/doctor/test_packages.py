"""Installed packages against their pins."""

from __future__ import annotations

from importlib.metadata import Distribution
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


class Installed(Distribution):
    """A distribution of that name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read_text(self, filename: str) -> str | None:
        return f"Name: {self._name}\nVersion: 1.0\n" if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


@pytest.mark.parametrize(
    ("names", "is_faulty"), [([EMBEDDED], False), ([FULL], False), ([EMBEDDED, FULL], True), ([], False)]
)
def test_one_onnxruntime_alone_is_right_whichever_it_is(
    names: list[str], is_faulty: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("app.doctor.packages.distributions", lambda: map(Installed, names))
    (tmp_path / "requirements").mkdir()
    for name in {file for files in PIN_FILES.values() for file in files}:
        (tmp_path / name).write_text("")
    faults = [finding for finding in package_findings(tmp_path) if finding.level is Level.FAIL]
    assert bool(faults) == is_faulty


@pytest.mark.parametrize(("chosen", "wanted"), [(EMBEDDED, {"numpy", "onnxruntime"}), (FULL, {"numpy", "torch", FULL})])
def test_an_installed_wheel_knows_its_pins(
    chosen: str, wanted: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = ["numpy==2.4.6", "onnxruntime==1.31.1", "torch==2.13.0; extra == 'gpu'"]
    monkeypatch.setattr("app.doctor.packages.requires", lambda _: rows)
    assert pins(tmp_path, chosen).keys() == wanted
