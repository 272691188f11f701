"""The README's examples do what they say: each is run as it stands, against the running service."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import PROJECT
from tests.listening import heard, wav_bytes

pytestmark = pytest.mark.slow

README = (PROJECT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(bash|python)\n(.*?)```", README, re.DOTALL)
CURLS = [code for language, code in BLOCKS if language == "bash" and code.startswith("curl")]
PYTHONS = [code for language, code in BLOCKS if language == "python"]


@pytest.fixture
def folder(tmp_path: Path, load_clip) -> Path:
    (tmp_path / "me.wav").write_bytes(wav_bytes(load_clip("ref_en_male")))
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("code", CURLS, ids=lambda code: re.search(r"-o (\S+)", code)[1])
def test_a_curl_example_makes_the_file_it_names(code, service, folder):
    run(["bash", "-ec", code.replace("http://localhost:7860", service.base_url)], folder)
    made = folder / re.search(r"-o (\S+)", code)[1]
    assert heard(made.read_bytes()).duration_s > 0.8


@pytest.mark.parametrize("code", PYTHONS)
def test_the_python_example_speaks_and_writes_down(code, service, folder):
    said = run([sys.executable, "-c", code.replace("http://localhost:7860", service.base_url)], folder)
    assert "machine" in said.lower()
    assert heard((folder / "whispered.wav").read_bytes()).duration_s > 2


def test_the_readme_names_both_commands_and_its_links_exist():
    assert "./start_unified.sh" in README
    assert "./run_tests.sh" in README
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (PROJECT / target).exists(), target


def test_there_are_examples_to_run():
    assert len(CURLS) >= 3
    assert len(PYTHONS) == 1
