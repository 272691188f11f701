"""The command line where it brings weights: what downloads, what never does, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.step_audio.weights import find_weights, layout
from app.engine.step_audio.weights.download import is_complete
from app.main import main
from tests.engine.step_audio.weights.planted_weights import plant_root
from tests.engine.step_audio.weights.stand_in_hub import StandInHub, standing_in
from tests.serving import free_port


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    """A hub with everything, which both sources name."""
    root = plant_root(tmp_path / "published", "base", "awq")
    with standing_in() as hub:
        hub.repositories = {
            f"stepfun-ai/{folder.name}": {
                path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
            }
            for folder in root.iterdir()
        }
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("MODELSCOPE_DOMAIN", hub.url)
        yield hub


@pytest.mark.parametrize("source", ["huggingface", "modelscope", "auto"])
def test_download_brings_the_weights_and_says_so(
    source: str, hub: StandInHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = tmp_path / "models"
    assert main(["download", "--source", source, "--variant", "all", "--models-dir", str(models)]) == 0
    assert list(find_weights(models).variants) == ["base", "awq", "bnb"]
    assert f"The weights in {models} are complete. Variants: base, awq, bnb." in capsys.readouterr().out
    assert hub.asked


@pytest.mark.usefixtures("hub")
def test_download_completes_the_folder_that_model_path_names(tmp_path: Path) -> None:
    root = plant_root(tmp_path / "mine")
    (root / layout.TOKENIZER / "linguistic_tokenizer.npy").unlink()
    assert main(["download", "--model-path", str(root / layout.MODELS["base"])]) == 0
    assert is_complete(root, "base")


@pytest.mark.parametrize(("flags", "named"), [(["--offline"], "--offline"), (["--source", "local"], "--source")])
def test_download_refuses_what_forbids_it(
    flags: list[str], named: str, hub: StandInHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["download", "--models-dir", str(tmp_path / "models"), *flags]) == 2
    assert capsys.readouterr().err.startswith(f"editx: {named}:")
    assert hub.asked == []


def test_a_failed_download_ends_with_status_1_and_the_reason(
    hub: StandInHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.is_down = True
    assert main(["download", "--models-dir", str(tmp_path / "models")]) == 1
    told = capsys.readouterr().err
    assert "Hugging Face: answers with status 503" in told
    assert "ModelScope: answers with status 503" in told


def test_a_start_downloads_when_a_hub_is_named_and_the_neural_backend_asked_for(
    hub: StandInHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.is_down = True
    assert serve(tmp_path, "--source", "huggingface") == 1
    assert "Hugging Face: answers with status 503" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [[], ["--source", "local"], ["--source", "huggingface", "--offline"]])
def test_a_start_downloads_nothing_unasked(
    flags: list[str], hub: StandInHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(tmp_path, *flags) != 0
    assert hub.asked == []
    assert "python -m app.main download" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("there", "complete"),
    [((), set()), (("base",), {"base", "bnb"}), (("awq",), {"awq"}), (("base", "awq"), {"base", "awq", "bnb", "all"})],
)
def test_complete_is_what_the_variant_needs(tmp_path: Path, there: tuple[str, ...], complete: set[str]) -> None:
    if there:
        plant_root(tmp_path, *there)
    assert {variant for variant in ("base", "awq", "bnb", "all") if is_complete(tmp_path, variant)} == complete


def serve(folder: Path, *flags: str) -> int:
    """Start the service with the neural backend, without weights; it must end by itself."""
    where = ["--server-name", "127.0.0.1", "--server-port", str(free_port()), "--cache-dir", str(folder / "cache")]
    return main(["--backend", "step-audio", "--models-dir", str(folder / "models"), *where, *flags])
