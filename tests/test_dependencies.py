"""The rules on dependencies that a careless upgrade would break."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import distributions

import pytest

from app.settings import PROJECT

RUN_TIME = "requirements.txt"
NO_DEPS = "requirements-nodeps.txt"
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+]+")
NEVER = {"onnxruntime", "torchaudio"}  # the first shadows onnxruntime-gpu, the second is not needed and ties torch
COPYLEFT = {"praat-parselmouth", "phonemizer", "phonemizer-fork", "espeakng-loader", "piper-tts", "pyworld"}


def pins(file: str) -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in (PROJECT / file).read_text(encoding="utf-8").splitlines())
    return {canonical(line.split("==")[0]): line for line in lines if line}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def installed() -> dict[str, list[str]]:
    """Every installed package with the names it requires without extras."""
    return {
        canonical(package.name): [
            canonical(re.split(r"[^A-Za-z0-9._-]", need, maxsplit=1)[0])
            for need in package.requires or []
            if "extra ==" not in need and "extra==" not in need
        ]
        for package in distributions()
    }


@pytest.mark.parametrize("file", [RUN_TIME, NO_DEPS, "requirements-dev.txt", "constraints.txt"])
def test_every_requirement_is_pinned_exactly(file: str) -> None:
    assert [line for line in pins(file).values() if not PIN.fullmatch(line)] == []


def test_exactly_one_onnxruntime_is_installed_and_it_is_the_gpu_one() -> None:
    assert [name for name in installed() if name.startswith("onnxruntime")] == ["onnxruntime-gpu"]


def test_only_packages_installed_without_dependencies_ask_for_onnxruntime() -> None:
    assert {name for name, needs in installed().items() if "onnxruntime" in needs} <= set(pins(NO_DEPS))


def test_what_is_installed_without_dependencies_finds_the_rest_in_the_requirements() -> None:
    packages = installed()
    needed = {need for name in pins(NO_DEPS) for need in packages[name]} - NEVER
    assert needed <= set(pins(RUN_TIME))


@pytest.mark.parametrize("name", sorted(NEVER | COPYLEFT))
def test_unwanted_packages_are_not_installed(name: str) -> None:
    assert name not in installed()


def test_the_installed_packages_are_the_pinned_ones() -> None:
    found = {canonical(package.name): package.version for package in distributions()}
    for file in (RUN_TIME, NO_DEPS):
        for name, pin in pins(file).items():
            assert found[name].split("+")[0] == pin.split("==")[1], f"{name}: set up again"


def test_constraints_and_requirements_agree() -> None:
    constraints = pins("constraints.txt")
    for file in (RUN_TIME, "requirements-dev.txt"):
        for name, pin in pins(file).items():
            if name != "torch":  # its build differs by machine; requirements.txt alone pins it
                assert canonical(constraints[name]) == canonical(pin)
