"""The rules on dependencies that a careless upgrade would break."""

from __future__ import annotations

import ast
import re
import sys
import sysconfig
from functools import cache
from importlib.metadata import distributions, packages_distributions

import pytest

from app.settings import PROJECT
from tests.embedded_set import brought_along, canonical, needs, pins
from tests.trees import code_of, nodes_of

BASE, EMBEDDED, FULL = "requirements/base.txt", "requirements/embedded.txt", "requirements.txt"
EMBEDDED_NO_DEPS, FULL_NO_DEPS = "requirements/embedded-nodeps.txt", "requirements/full-nodeps.txt"
DEVELOPMENT = "requirements-dev.txt"
HEAVY = {"torch", "triton", "transformers", "librosa", "funasr", "openai-whisper", "bitsandbytes"}
COPYLEFT = {"praat-parselmouth", "phonemizer", "phonemizer-fork", "espeakng-loader", "piper-tts", "pyworld"}
NEVER = COPYLEFT | {"onnxruntime", "torchaudio"}
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+]+")
# What packages installed without dependencies ask for, and the service never reaches: docs/dependencies.md says why.
LEFT_OUT = {
    *("onnxruntime", "triton"),
    *("hydra-core", "jaconv", "jamo", "kaldiio", "modelscope", "omegaconf", "oss2", "rapidfuzz", "requests"),
    *("tensorboardx", "torch-complex", "umap-learn"),
}
# Listed, and imported by no file of ours: by those that docs/dependencies.md names.
IMPORTED_BY_OTHERS = {
    **dict.fromkeys(("misaki", "pypinyin"), "their lists are read as files"),
    "setuptools": "jieba imports pkg_resources",
    **dict.fromkeys(("ctranslate2", "tokenizers"), "faster-whisper"),
    "fastapi-offline": "its scripts are read as files",
    "websockets": "uvicorn serves sockets by it",
    "librosa": "the card of the project",
    **dict.fromkeys(("tiktoken", "more-itertools", "numba"), "openai-whisper"),
}


@cache
def imported() -> frozenset[str]:
    """Packages that a file of the program imports."""
    modules = packages_distributions()
    names: set[str] = set()
    for file in code_of():
        for node in nodes_of(file):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module)
            elif isinstance(node, ast.Constant) and node.value == "funasr.models.scama.encoder":
                names.add(node.value)  # imported by name, as the whole package takes ten seconds
    tops = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"app"}
    return frozenset(canonical(package) for top in tops for package in modules[top])


@cache
def installed() -> dict[str, str]:
    """Versions of the packages in this environment, without what setuptools carries along and shows once it is used."""
    here = [sysconfig.get_path(name) for name in ("purelib", "platlib")]
    return {canonical(package.name): package.version for package in distributions(path=here)}


@pytest.mark.parametrize("file", [EMBEDDED, FULL, EMBEDDED_NO_DEPS, FULL_NO_DEPS, DEVELOPMENT, "constraints.txt"])
def test_every_requirement_is_pinned_exactly(file: str) -> None:
    assert [line for line in pins(file).values() if not PIN.fullmatch(line)] == []


@pytest.mark.parametrize(("file", "wanted"), [(EMBEDDED, "onnxruntime"), (FULL, "onnxruntime-gpu")])
def test_each_set_has_one_onnxruntime(file: str, wanted: str) -> None:
    assert [name for name in brought_along(set(pins(file))) if name.startswith("onnxruntime")] == [wanted]


def test_exactly_one_onnxruntime_is_installed_and_it_is_the_gpu_one() -> None:
    assert [name for name in installed() if name.startswith("onnxruntime")] == ["onnxruntime-gpu"]


def test_the_embedded_set_brings_nothing_heavy() -> None:
    assert brought_along(set(pins(EMBEDDED)) | set(pins(EMBEDDED_NO_DEPS))) & HEAVY == set()


def test_what_is_installed_without_dependencies_finds_the_rest_in_its_set() -> None:
    for file, rest in ((EMBEDDED, EMBEDDED_NO_DEPS), (FULL, FULL_NO_DEPS)):
        asked = {need for name in pins(rest) for need in needs(name)}
        assert asked - LEFT_OUT <= brought_along(set(pins(file)))


@pytest.mark.parametrize("name", sorted(NEVER))
def test_unwanted_packages_are_not_installed(name: str) -> None:
    assert name not in installed()


@pytest.mark.slow
def test_every_listed_package_is_imported() -> None:
    listed = set(pins(FULL)) | set(pins(FULL_NO_DEPS)) | set(pins(EMBEDDED)) - {"onnxruntime"}
    assert listed - imported() == set(IMPORTED_BY_OTHERS)
    about = (PROJECT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert [name for name in IMPORTED_BY_OTHERS if name not in about] == []


def test_every_import_is_listed() -> None:
    listed = set(pins(FULL)) | set(pins(FULL_NO_DEPS)) | {"onnxruntime-gpu"}
    # starlette is what fastapi is made of
    assert imported() - listed == {"starlette"}


def test_the_installed_packages_are_the_pinned_ones() -> None:
    for file in (FULL, FULL_NO_DEPS):
        for name, pin in pins(file).items():
            assert installed()[name].split("+")[0] == pin.split("==")[1], f"{name}: set up again"


def test_constraints_and_requirements_agree() -> None:
    constraints = pins("constraints.txt")
    for file in (EMBEDDED, FULL, DEVELOPMENT):
        for name, pin in pins(file).items():
            if name != "torch":  # its build differs by machine; requirements.txt alone pins it
                assert canonical(constraints[name]) == canonical(pin)
