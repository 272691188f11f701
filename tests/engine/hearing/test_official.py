"""The official models of faster-whisper: fetched once, whole, from a hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.errors import PartMissing
from app.engine.hearing.official import official_model
from tests.engine.step_audio.weights.stand_in_hub import StandInHub, standing_in

FILES = {"model.bin": b"weights" * 1000, "config.json": b"{}", "vocabulary.json": b"[]", "tokenizer.json": b"{}"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    with standing_in() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.repositories["Systran/faster-whisper-small"] = FILES | {"README.md": b"about", ".gitattributes": b""}
        yield hub


def test_a_model_is_fetched_once_with_the_files_it_needs(hub: StandInHub, tmp_path: Path) -> None:
    home = official_model("small", tmp_path, offline=False)
    assert {path.name: path.read_bytes() for path in home.iterdir()} == FILES
    asked = len(hub.asked)
    assert official_model("small", tmp_path, offline=True) == home
    assert len(hub.asked) == asked


def test_a_name_that_means_another_model_brings_that_one(hub: StandInHub, tmp_path: Path) -> None:
    hub.repositories["mobiuslabsgmbh/faster-whisper-large-v3-turbo"] = FILES
    assert official_model("turbo", tmp_path, offline=False).name == "faster-whisper-large-v3-turbo"


@pytest.mark.slow
def test_a_cut_download_goes_on_where_it_ended(hub: StandInHub, tmp_path: Path) -> None:
    hub.cut_after["model.bin"] = 5000
    home = official_model("small", tmp_path, offline=False)
    assert (home / "model.bin").read_bytes() == FILES["model.bin"]
    assert hub.ranges_of("model.bin") == ["", "bytes=5000-"]


def test_weights_of_other_bytes_are_refused_and_fetched_at_the_next_try(hub: StandInHub, tmp_path: Path) -> None:
    hub.sent_instead["model.bin"] = b"forgery" * 1000
    with pytest.raises(PartMissing):
        official_model("small", tmp_path, offline=False)
    hub.sent_instead.clear()
    assert (official_model("small", tmp_path, offline=False) / "model.bin").read_bytes() == FILES["model.bin"]


@pytest.mark.parametrize("offline", [True, False])
def test_a_model_that_cannot_be_had_is_named(hub: StandInHub, tmp_path: Path, offline: bool) -> None:
    assert "Systran/faster-whisper-medium" not in hub.repositories
    with pytest.raises(PartMissing) as caught:
        official_model("medium", tmp_path, offline=offline)
    assert caught.value.param == "model"
    assert "medium" in str(caught.value)
