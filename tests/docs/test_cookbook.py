"""Each call of docs/cookbook.md does what stands above it, against the running service."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from app.settings import PROJECT
from tests.listening import heard, wav_bytes
from tests.serving import Service

pytestmark = pytest.mark.slow

BLOCKS = re.findall(r"```bash\n(.*?)```", (PROJECT / "docs/cookbook.md").read_text(encoding="utf-8"), re.DOTALL)
ADDRESS, *CALLS = BLOCKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, load_clip) -> Path:
    folder = tmp_path_factory.mktemp("cookbook")
    (folder / "me.wav").write_bytes(wav_bytes(load_clip("ref_en_male")))
    return folder


@pytest.mark.parametrize("call", CALLS, ids=lambda call: re.search(r"-o (\S+)", call)[1])
def test_a_call_makes_the_files_it_names(call: str, service: Service, folder: Path) -> None:
    head = ADDRESS.replace("http://localhost:7860", service.base_url)
    done = subprocess.run(["bash", "-euc", head + call], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in re.findall(r"-o (\S+)", call):
        data = (folder / name).read_bytes()
        assert data, name
        if name.endswith((".wav", ".mp3")):
            assert heard(data).duration_s > 0.5
