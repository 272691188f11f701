"""Weights are hashed in the background, and what changed is told."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from app.engine import weights_check
from app.engine.backends import BACKENDS
from app.engine.facts.fact import Note, Plain
from app.engine.facts.parts import PartChanged
from app.engine.parts import digests
from app.engine.parts.parts import Parts
from app.engine.parts.table import Part, PartFile
from app.engine.step_audio.weights import layout
from app.engine.step_audio.weights.manifest import Manifest, ManifestFile
from app.engine.weights_check import WeightsCheck
from app.settings import Settings
from app.wording.english import english

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """One verified part on a disk that loses bits: size and times of a file stay, whatever becomes of it."""
    monkeypatch.setattr(digests, "_mark", lambda _: [1, 2, 3])
    (tmp_path / "voice.bin").write_bytes(CONTENT)
    file = PartFile("voice.bin", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), (), "")
    made = Parts(tmp_path, offline=True, table=[Part("voice", ("clone",), (file,))])
    assert made.missing() == {}
    return made


def test_a_file_whose_every_mark_is_the_same_is_seen_to_be_another(parts: Parts, tmp_path: Path, caplog):
    check = WeightsCheck([parts.hash_anew])
    check.look()
    assert check.changed == ()
    (tmp_path / "voice.bin").write_bytes(CONTENT[::-1])
    assert parts.missing() == {}, "what is remembered is trusted between the checks"
    check.look()
    check.look()
    (fault,) = check.changed
    assert isinstance(fault, PartChanged)
    assert parts.missing() == {"voice": fault}
    assert [record.levelname for record in caplog.records] == ["ERROR"], "told once"
    (tmp_path / "voice.bin").write_bytes(CONTENT)
    check.look()
    assert (check.changed, parts.missing()) == ((), {})


def test_it_looks_again_and_again_at_the_lowest_priority_until_it_is_stopped():
    looks, priorities = [threading.Event() for _ in range(3)], set[int]()

    def weights(checkpoint: Callable[[], None]) -> Iterator[Note]:
        priorities.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        next(look for look in looks if not look.is_set()).set()
        while looks[-1].is_set():
            checkpoint()
        yield Plain("x")

    check = WeightsCheck([weights], first_s=0.0, every_s=0.0)
    before = set(threading.enumerate())  # other engines of these tests have such threads too
    check.start()
    (thread,) = set(threading.enumerate()) - before
    assert looks[-1].wait(10)
    check.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert priorities == {weights_check.LOWEST_PRIORITY}
    assert check.changed == (Plain("x"),), "the look that was stopped leaves what the one before it saw"


def test_neural_weights_are_compared_with_their_manifest(tmp_path: Path):
    folder = tmp_path / layout.TOKENIZER
    folder.mkdir()
    (folder / "x.bin").write_bytes(CONTENT)
    file = ManifestFile("x.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    Manifest("here", "some/one", "1", (file,)).write(folder)
    settings = Settings(models_dir=tmp_path)
    n_looks = []
    hashed = partial(BACKENDS["step-audio"].changed_weights, settings)
    assert list(hashed(lambda: n_looks.append(1))) == []
    assert n_looks
    (folder / "x.bin").write_bytes(CONTENT[::-1])
    (fault,) = hashed(lambda: None)
    assert english(fault).startswith(f"{layout.TOKENIZER}/x.bin")
