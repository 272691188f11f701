"""Bringing the weights from a stand-in hub: complete, resumed, refused, from the other source."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.engine.errors import PartMissing
from app.engine.parts.transfer import MAX_TRIES
from app.engine.step_audio.weights import find_weights, layout
from app.engine.step_audio.weights.download import download
from app.engine.step_audio.weights.manifest import changed_files, read_manifest, spelling_of
from app.wording.english import english
from tests.engine.step_audio.weights.planted_weights import POINTER, cut, plant_root
from tests.engine.step_audio.weights.stand_in_hub import COMMIT, StandInHub, standing_in
from tests.wording import refused

BASE = layout.MODELS["base"]
SHARD = "model-00001.safetensors"
FLOW = f"{layout.DECODER}/flow.pt"
Bring = Callable[..., list[str]]


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What both hubs publish."""
    root = plant_root(tmp_path_factory.mktemp("hub"), "base", "awq")
    (root / BASE / ".gitattributes").write_text("*.pt filter=lfs\n")
    (root / BASE / "modeling_step1.py").write_text("raise SystemExit('never run')\n")
    return {
        f"stepfun-ai/{folder.name}": {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
        for folder in root.iterdir()
    }


@pytest.fixture
def huggingface(repositories: dict[str, dict[str, bytes]]) -> Iterator[StandInHub]:
    with standing_in() as hub:
        hub.repositories = repositories
        yield hub


@pytest.fixture
def modelscope(repositories: dict[str, dict[str, bytes]]) -> Iterator[StandInHub]:
    with standing_in() as hub:
        hub.repositories = repositories
        yield hub


@pytest.fixture
def bring(tmp_path: Path, huggingface: StandInHub, modelscope: StandInHub, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Download to the test's folder; returns what a person was told."""
    monkeypatch.setenv("HF_ENDPOINT", huggingface.url)
    monkeypatch.setenv("MODELSCOPE_DOMAIN", modelscope.url)

    def run(source: str = "huggingface", variant: str = "base", path: Path = tmp_path) -> list[str]:
        told: list[str] = []
        download(path, source=source, variant=variant, report=lambda note: told.append(english(note)), pause_s=0.001)
        return told

    return run


@pytest.mark.parametrize("source", ["huggingface", "modelscope", "auto"])
def test_a_download_is_whole_and_verified(source: str, bring: Bring, tmp_path: Path) -> None:
    bring(source)
    found = find_weights(tmp_path)
    manifest = read_manifest(found.model)
    assert manifest is not None
    assert manifest.source == ("huggingface" if source == "auto" else source)
    assert manifest.revision == (COMMIT if manifest.source == "huggingface" else "master")
    assert {file.name: file.sha256 for file in manifest.files} == {
        path.relative_to(found.model).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found.model.rglob("*")
        if path.is_file() and path.name != layout.MANIFEST
    }
    assert all(fault is None for _, fault in changed_files(found.model, manifest))


@pytest.mark.parametrize("source", ["huggingface", "modelscope"])
@pytest.mark.parametrize(("date", "spelling"), [("2026-01-28", "first"), ("2026-01-29", "current"), ("", "current")])
def test_the_day_of_the_weights_says_how_they_spell_sounds(
    source: str, date: str, spelling: str, bring: Bring, tmp_path: Path, huggingface: StandInHub, modelscope: StandInHub
) -> None:
    huggingface.date = modelscope.date = date
    bring(source)
    manifest = read_manifest(tmp_path / BASE)
    assert manifest is not None
    assert manifest.weights_date == date
    assert spelling_of(tmp_path / BASE) == spelling


def test_code_and_hidden_files_are_not_brought(bring: Bring, tmp_path: Path) -> None:
    bring()
    assert not (tmp_path / BASE / ".gitattributes").exists()
    assert not list(tmp_path.rglob("*.py"))


@pytest.mark.parametrize(
    ("variant", "models"), [("base", {"base"}), ("bnb", {"base"}), ("awq", {"awq"}), ("all", {"base", "awq"})]
)
def test_each_variant_brings_its_repositories(variant: str, models: set[str], bring: Bring, tmp_path: Path) -> None:
    bring(variant=variant)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {
        layout.TOKENIZER,
        *(layout.MODELS[model] for model in models),
    }
    assert find_weights(tmp_path).variants


def test_a_second_download_asks_for_no_file(bring: Bring, huggingface: StandInHub) -> None:
    bring()
    huggingface.asked.clear()
    told = bring()
    assert huggingface.asked == []
    assert [line.split(":")[1].split(",")[0] for line in told] == [" complete", " complete"]


def test_a_lost_connection_goes_on_where_it_was_cut(bring: Bring, huggingface: StandInHub, tmp_path: Path) -> None:
    huggingface.cut_after = {FLOW: 300}
    bring()
    assert huggingface.ranges_of(FLOW) == ["", "bytes=300-"]
    assert find_weights(tmp_path)


def test_an_ended_program_goes_on_where_it_stopped(bring: Bring, huggingface: StandInHub, tmp_path: Path) -> None:
    content = huggingface.repositories[f"stepfun-ai/{BASE}"][FLOW]
    part = tmp_path / BASE / f"{FLOW}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(content[:123])
    bring()
    assert huggingface.ranges_of(FLOW) == ["bytes=123-"]
    assert not part.exists()


def test_a_part_of_another_revision_is_fetched_again_from_the_start(
    bring: Bring, huggingface: StandInHub, tmp_path: Path
) -> None:
    part = tmp_path / BASE / f"{FLOW}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"another revision")
    bring()
    assert huggingface.ranges_of(FLOW) == ["bytes=16-", ""]
    assert find_weights(tmp_path)


def test_a_part_longer_than_the_file_is_fetched_again(bring: Bring, huggingface: StandInHub, tmp_path: Path) -> None:
    part = tmp_path / BASE / f"{FLOW}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(100_000))
    bring()
    assert huggingface.ranges_of(FLOW) == [""]


def test_a_server_without_ranges_is_borne(bring: Bring, huggingface: StandInHub, tmp_path: Path) -> None:
    huggingface.knows_ranges = False
    huggingface.cut_after = {FLOW: 300}
    bring()
    assert find_weights(tmp_path)


def test_a_busy_server_is_asked_again(bring: Bring, huggingface: StandInHub, tmp_path: Path) -> None:
    huggingface.busy = {FLOW: 2}
    bring()
    assert len(huggingface.ranges_of(FLOW)) == 3
    assert find_weights(tmp_path)


def test_a_server_that_stays_busy_is_given_up_with_its_reason(bring: Bring, huggingface: StandInHub) -> None:
    huggingface.busy = {FLOW: 1000}
    with refused(PartMissing, match=r"Hugging Face: .*flow\.pt: status 503"):
        bring()
    assert len(huggingface.ranges_of(FLOW)) == MAX_TRIES


@pytest.mark.parametrize("name", [SHARD, layout.CONFIG])  # listed with SHA-256, and with git's hash
def test_wrong_bytes_are_refused_and_deleted(name: str, bring: Bring, huggingface: StandInHub, tmp_path: Path) -> None:
    content = huggingface.repositories[f"stepfun-ai/{BASE}"][name]
    huggingface.sent_instead = {name: content[:-1] + bytes([content[-1] ^ 1])}
    with refused(PartMissing, match=rf"{name} has .* instead of .*; what came was deleted"):
        bring()
    assert not list((tmp_path / BASE).glob(f"{name}*"))
    assert read_manifest(tmp_path / BASE) is None
    with pytest.raises(PartMissing):
        find_weights(tmp_path)


def test_more_bytes_than_listed_are_refused(bring: Bring, huggingface: StandInHub) -> None:
    huggingface.sent_instead = {FLOW: bytes(1_000_000)}
    with refused(PartMissing, match="more than the"):
        bring()


def test_auto_falls_to_the_other_hub_when_one_does_not_list(
    bring: Bring, huggingface: StandInHub, modelscope: StandInHub, tmp_path: Path
) -> None:
    huggingface.is_down = True
    bring("auto")
    assert modelscope.asked
    assert find_weights(tmp_path)


def test_auto_goes_on_at_the_other_hub_in_the_middle_of_a_file(
    bring: Bring, huggingface: StandInHub, modelscope: StandInHub, tmp_path: Path
) -> None:
    part = tmp_path / BASE / f"{FLOW}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(huggingface.repositories[f"stepfun-ai/{BASE}"][FLOW][:123])
    huggingface.busy = {FLOW: 1000}
    told = bring("auto")
    assert any("Hugging Face: " in line and "status 503" in line for line in told)
    assert any("from ModelScope" in line for line in told)
    assert modelscope.ranges_of(FLOW) == ["bytes=123-"]
    manifest = read_manifest(find_weights(tmp_path).model)
    assert manifest is not None
    assert manifest.source == "modelscope"


def test_without_any_hub_every_reason_is_told(bring: Bring, huggingface: StandInHub, modelscope: StandInHub) -> None:
    huggingface.is_down = True
    modelscope.repositories = {}
    with pytest.raises(PartMissing) as failed:
        bring("auto")
    assert "Hugging Face: answers with status 503." in english(failed.value)
    assert "ModelScope: answers with status 404." in english(failed.value)


def test_a_hub_that_cannot_be_reached_is_told(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with refused(PartMissing, match="Hugging Face: no answer"):
        bring()


@pytest.mark.parametrize(("variable", "value"), [("ALL_PROXY", "socks5://127.0.0.1:1"), ("HTTPS_PROXY", "what://x")])
def test_a_proxy_that_cannot_be_used_is_told(
    variable: str, value: str, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with refused(PartMissing, match="proxy"):
        bring()


def test_proxies_of_the_environment_are_used(
    bring: Bring, huggingface: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("HTTP_PROXY", huggingface.url)
    huggingface.repositories = {}
    with refused(PartMissing, match="status 404"):  # the proxy's answer: the hub's own name leads nowhere
        bring()


def test_pointers_and_cut_files_are_replaced(bring: Bring, tmp_path: Path) -> None:
    plant_root(tmp_path)
    (tmp_path / BASE / SHARD).write_bytes(POINTER)
    cut(tmp_path / BASE / FLOW)
    told = bring()
    assert any(f"{SHARD} is a Git LFS pointer" in line for line in told)
    assert find_weights(tmp_path)
    assert not list(tmp_path.rglob("*.replaced"))


def test_a_whole_file_that_differs_is_kept_aside(bring: Bring, tmp_path: Path) -> None:
    plant_root(tmp_path)
    own = json.dumps({"model_type": "step1", "trained_by": "me"})
    (tmp_path / BASE / layout.CONFIG).write_text(own)
    bring()
    assert (tmp_path / BASE / "config.json.replaced").read_text() == own
    assert "trained_by" not in (tmp_path / BASE / layout.CONFIG).read_text()


def test_a_disk_too_small_is_told_before_the_first_byte(
    bring: Bring, huggingface: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000))
    with refused(PartMissing, match=r"The download needs .* free"):
        bring()
    assert huggingface.asked == []


def test_two_downloads_into_one_folder_are_refused(bring: Bring, tmp_path: Path) -> None:
    with (tmp_path / ".editx-download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with refused(PartMissing, match="Another download"):
            bring()


def test_a_path_that_leads_out_of_the_folder_is_refused(bring: Bring, huggingface: StandInHub, tmp_path: Path) -> None:
    huggingface.repositories = {f"stepfun-ai/{layout.TOKENIZER}": {"../../escaped.txt": b"x"}}
    with refused(PartMissing, match="cannot be read"):
        bring()
    assert not list(tmp_path.parent.rglob("escaped.txt"))


def test_given_one_of_the_folders_it_completes_that_one(bring: Bring, tmp_path: Path) -> None:
    plant_root(tmp_path)
    cut(tmp_path / BASE / FLOW)
    bring(path=tmp_path / BASE)
    assert find_weights(tmp_path).model == tmp_path / BASE
