"""The openai-whisper part, run on a tiny planted checkpoint in the package's own format."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from app.engine.errors import Cancelled, PartMissing
from app.engine.hearing.openai_whisper import OpenAIWhisper
from app.engine.hearing.transcriber import TranscriberOptions
from app.engine.job import JobControl
from app.engine.sound.audio import Audio
from tests.wording import refused

pytestmark = pytest.mark.slow  # torch and the package's compiled alignment take seconds to come up

TEXT = " Bonjour tout le monde"
ANY = TranscriberOptions(language=None, prompt=None, temperature=0.0)


@pytest.fixture(scope="module")
def window() -> Audio:
    return Audio(0.1 * np.random.default_rng(0).standard_normal(5 * 16000).astype(np.float32), 16000)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that detects French and writes TEXT from 0.2 to 4 s."""
    from whisper.tokenizer import get_tokenizer

    from tests.engine.hearing.planted_whisper import save_planted

    tokenizer = get_tokenizer(multilingual=True, language="fr", task="transcribe")
    begin = tokenizer.timestamp_begin
    written = [begin + 10, *tokenizer.encode(TEXT), begin + 200, tokenizer.eot]
    # Position 0 is asked for the language; the opening of three tokens ends at position 2.
    path = tmp_path_factory.mktemp("planted") / "planted.pt"
    save_planted(path, {0: tokenizer.to_language_token("fr"), **{2 + n: token for n, token in enumerate(written)}})
    return path


@pytest.fixture(scope="module")
def planted(checkpoint: Path) -> OpenAIWhisper:
    return OpenAIWhisper("planted", checkpoint.parent, offline=True, threads=2)


@pytest.fixture
def model_host(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands in for the package's download host: serves what lies in the folder given, under the checkpoint's hash."""
    import whisper

    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    served = tmp_path / "host" / digest
    served.mkdir(parents=True)
    handler = partial(_QuietHandler, directory=str(tmp_path / "host"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{digest}/tiny.pt"
        monkeypatch.setitem(whisper._MODELS, "tiny", address)
        yield served
        server.shutdown()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """The test run's output is no place for it."""


class _StopsAtCheckpoint(JobControl):
    """Is cancelled when it is asked for the nth time."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self._left = n

    def checkpoint(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.cancel()
        super().checkpoint()


def test_a_checkpoint_on_disk_is_heard_with_language_times_and_words(planted: OpenAIWhisper, window: Audio) -> None:
    (segment,) = planted.transcribe(window, ANY, JobControl())
    assert segment.text == TEXT
    assert segment.language == "fr"
    assert 0 <= segment.start_s < segment.end_s <= window.duration_s
    assert [word.text for word in segment.words] == TEXT.split()
    edges_s = [time_s for word in segment.words for time_s in (word.start_s, word.end_s)]
    assert edges_s == sorted(edges_s)
    assert segment.avg_logprob > -1


def test_the_language_of_a_sound_is_asked_for_by_itself(planted: OpenAIWhisper, window: Audio) -> None:
    for sound in (window.slice_s(0.0, 1.5), Audio(np.tile(window.samples, 8), 16000)):
        probs = planted.language_probs(sound, JobControl())
        assert max(probs, key=probs.__getitem__) == "fr"
        assert sum(probs.values()) == pytest.approx(1.0, abs=1e-3)
    with pytest.raises(Cancelled):
        planted.language_probs(window, _StopsAtCheckpoint(3))


def test_temperature_and_language_reach_the_decoder(planted: OpenAIWhisper, window: Audio) -> None:
    (segment,) = planted.transcribe(window, TranscriberOptions("de", None, 0.7), JobControl())
    assert (segment.temperature, segment.language) == (0.7, "de")


def test_a_prompt_reaches_the_decoder(planted: OpenAIWhisper, window: Audio) -> None:
    """It moves every position, so the planted text is no longer all that is said."""
    segments = planted.transcribe(window, TranscriberOptions("fr", "Il a dit", 0.0), JobControl())
    assert "".join(segment.text for segment in segments) != TEXT


def test_a_job_stops_inside_the_network_and_the_next_one_runs(planted: OpenAIWhisper, window: Audio) -> None:
    with pytest.raises(Cancelled):
        list(planted.transcribe(window, ANY, _StopsAtCheckpoint(10)))
    assert [segment.text for segment in planted.transcribe(window, ANY, JobControl())] == [TEXT]


def test_an_official_model_is_downloaded_once(
    model_host: Path, checkpoint: Path, tmp_path: Path, window: Audio
) -> None:
    (model_host / "tiny.pt").write_bytes(checkpoint.read_bytes())
    folder = tmp_path / "whisper"
    (segment,) = OpenAIWhisper("tiny", folder, offline=False, threads=2).transcribe(window, ANY, JobControl())
    assert segment.text == TEXT
    (model_host / "tiny.pt").unlink()
    again = OpenAIWhisper("tiny", folder, offline=True, threads=2)
    assert [s.text for s in again.transcribe(window, ANY, JobControl())] == [TEXT]


def test_a_download_with_wrong_bytes_is_refused_and_tried_again(
    model_host: Path, checkpoint: Path, tmp_path: Path, window: Audio
) -> None:
    whisper = OpenAIWhisper("tiny", tmp_path / "whisper", offline=False, threads=2)
    (model_host / "tiny.pt").write_bytes(b"not the weights")
    with refused(PartMissing, match=r"'tiny'.*bytes"):
        list(whisper.transcribe(window, ANY, JobControl()))
    (model_host / "tiny.pt").write_bytes(checkpoint.read_bytes())
    with pytest.warns(UserWarning, match="SHA256"):
        assert [s.text for s in whisper.transcribe(window, ANY, JobControl())] == [TEXT]


def test_a_host_without_the_file_is_a_clear_error(model_host: Path, tmp_path: Path, window: Audio) -> None:
    assert not list(model_host.iterdir())
    with refused(PartMissing, match=r"'tiny'.*connection"):
        list(OpenAIWhisper("tiny", tmp_path, offline=False, threads=2).transcribe(window, ANY, JobControl()))


def test_offline_mode_names_the_absent_file(tmp_path: Path, window: Audio) -> None:
    with refused(PartMissing, match=r"small\.pt.*offline"):
        list(OpenAIWhisper("small", tmp_path, offline=True, threads=2).transcribe(window, ANY, JobControl()))


def test_offline_mode_refuses_a_wrong_hash(tmp_path: Path, window: Audio) -> None:
    (tmp_path / "small.pt").write_bytes(b"not the weights")
    with refused(PartMissing, match="wrong SHA-256"):
        list(OpenAIWhisper("small", tmp_path, offline=True, threads=2).transcribe(window, ANY, JobControl()))
