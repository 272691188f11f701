"""A file of keys: hashed, named, with limits, and read again while the service runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.access import usage as usage_module
from app.access.keys import BadKeyFile, KeyRing, digest_of
from app.access.usage import HOUR_S, Usage


def table(name: str, key: str, more: str = "") -> str:
    return f'[{name}]\nsha256 = "{digest_of(key)}"\n{more}\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.toml"
    path.write_text(table("alice", "a-key", "max_jobs = 4\naudio_s_per_hour = 60"))
    return path


def test_keys_have_names_and_limits(file: Path):
    ring = KeyRing.of(["operator"], file)
    alice, operator = ring.find("a-key"), ring.find("operator")
    assert alice is not None
    assert operator is not None
    assert (alice.name, alice.max_jobs, alice.audio_s_per_hour, alice.sees_all) == ("alice", 4, 60, False)
    assert (operator.name, operator.max_jobs, operator.sees_all) == ("key-1", None, True)
    assert digest_of("a-key") not in repr(alice)


def test_a_changed_file_is_read_again_and_a_faulty_one_changes_nothing(file: Path, caplog: pytest.LogCaptureFixture):
    ring = KeyRing(file=file)
    file.write_text(table("bob", "b-key"))
    ring.refresh()
    assert ring.find("a-key") is None
    assert ring.find("b-key") is not None
    for faulty in ("[bob", table("bob", "b-key", "max_jobs = 0")):
        file.write_text(faulty)
        ring.refresh()
        assert ring.find("b-key") is not None
    file.unlink()
    ring.refresh()
    assert ring.find("b-key") is not None
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 3


def test_a_file_without_keys_lets_nobody_in(file: Path):
    file.write_text("")
    assert KeyRing(file=file).is_needed
    assert not KeyRing().is_needed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[alice]\nsha256 = "secret"\n', "[alice] sha256"),
        ("[alice]\nmax_jobs = 1\n", "[alice] sha256"),
        (table("alice", "k", "max_jobs = 0"), "[alice] max_jobs"),
        (table("alice", "k", "audio_s_per_hour = nan"), "[alice] audio_s_per_hour"),
        (table("alice", "k", "limit = 3"), "[alice] limit"),
        (table('"a b"', "k"), "[a b] name"),
        (table("key-1", "k"), "key-"),
        (table("alice", "k", "sees_all = true"), "sees_all"),
        ("alice = 3\n", "table"),
        ("\x00", "TOML"),
    ],
)
def test_a_faulty_file_is_refused_by_name_and_field_without_what_stands_there(file: Path, text: str, told: str):
    file.write_text(text)
    with pytest.raises(BadKeyFile) as fault:
        KeyRing(file=file)
    assert told in str(fault.value)
    assert "secret" not in str(fault.value)


def test_a_key_waits_until_enough_of_its_last_hour_is_over(monkeypatch: pytest.MonkeyPatch):
    now = [1000.0]
    monkeypatch.setattr(usage_module.time, "monotonic", lambda: now[0])
    usage = Usage()
    assert usage.wait_s("a", 10) == 0
    for _ in range(3):
        usage.note_audio("a", 5)
        now[0] += 100
    assert usage.wait_s("a", 20) == 0
    assert usage.wait_s("a", 15) == HOUR_S - 300
    assert usage.wait_s("a", 10) == HOUR_S - 200
    assert usage.wait_s("b", 10) == 0
    now[0] += HOUR_S - 300
    assert usage.told("a") == (0, 15, 10)
    now[0] += HOUR_S
    assert usage.wait_s("a", 1) == 0


def test_a_file_that_cannot_be_read_is_told(file: Path):
    file.unlink()
    with pytest.raises(BadKeyFile, match="cannot be read"):
        KeyRing(file=file)
