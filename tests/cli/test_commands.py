"""Commands against a running service: what is sent, written, told, and the status they end with."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import soundfile

from app.cli.progress import line
from app.cli.tables import table
from tests.api.conftest import Api
from tests.cli.conftest import Done
from tests.fakes import HEARD, tone
from tests.serving import free_port

Run = Callable[..., Done]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "clip.wav", tone(1.0).samples, 24000)
    return tmp_path / "clip.wav"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Lets bytes come on standard input."""

    def come(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return come


def test_say_writes_a_whole_file_and_tells_of_it(asks: Run, tmp_path: Path) -> None:
    done = asks("say", "Hello there.", "--voice", "low_tone", "--seed", "7", "-o", tmp_path / "a.flac", "--json")
    assert (done.status, done.err) == (0, "")
    assert soundfile.info(tmp_path / "a.flac").format == "FLAC"
    row = done.rows[0]
    assert (row["seed"], row["backend"], row["finish_reason"]) == (7, "scripted", "end")
    assert row["seconds"] == pytest.approx(soundfile.info(tmp_path / "a.flac").duration, abs=0.01)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.flac"]


def test_standard_input_is_spoken_to_standard_output(
    asks: Run, typed: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(b"Hello.")
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, write_through=True))
    assert asks("say", "-", "-o", "-").status == 0
    assert out.getvalue().startswith(b"RIFF")


def test_a_text_of_standard_input_is_what_is_spoken(
    asks: Run, api: Api, clip: Path, typed: Callable[[bytes], None], tmp_path: Path
) -> None:
    typed(b"Typed words.")
    assert asks("say", "--from", "-", "-o", tmp_path / "x.wav").status == 0
    typed(b"Typed words.")
    assert asks("clone", clip, "--said", "A tone.", "--from", "-", "-o", tmp_path / "x.wav").status == 0
    assert [job.script.text for job in api.script.clones] == ["Typed words."] * 2
    done = asks("clone", "-", "--from", "-", "-o", tmp_path / "x.wav")
    assert (done.status, "either the recording or the text" in done.err) == (2, True)


def test_clone_sends_the_recording_and_what_is_said_in_it(asks: Run, api: Api, clip: Path, tmp_path: Path) -> None:
    done = asks("clone", clip, "New words.", "--said", "A tone.", "-o", tmp_path / "new.wav")
    assert (done.status, done.out) == (0, "")
    job = api.script.clones[0]
    assert job.script.text == "New words."
    assert job.voice.transcript == "A tone."


def test_edit_does_one_step_after_the_other(asks: Run, api: Api, clip: Path, tmp_path: Path) -> None:
    done = asks("edit", clip, "speed:faster", "emotion:happy", "--intensity", "2", "-o", tmp_path / "e.wav", "--json")
    assert done.status == 0, done.err
    assert [(job.edit.task, job.edit.tag, job.edit.intensity) for job in api.script.edits] == [
        ("speed", "faster", 2.0),
        ("emotion", "happy", 2.0),
    ]


def test_each_step_of_a_chain_gets_what_it_takes(asks: Run, api: Api, clip: Path, tmp_path: Path) -> None:
    words = ("--said", "A tone.", "-o", tmp_path / "e.wav")
    done = asks(
        "edit", clip, "denoise", "paralinguistic", "clone", "--text", "Oh. [Laughter]", "--iterations", "2", *words
    )
    assert done.status == 0, done.err
    assert [(job.edit.task, job.edit.iterations) for job in api.script.edits] == [("denoise", 2), ("paralinguistic", 2)]
    for steps, flag in ((["fillers"], "--intensity"), (["clone"], "--iterations"), (["vad"], "--text")):
        done = asks("edit", clip, *steps, flag, "2", *words)
        assert (done.status, f"{flag}: none of these steps takes it" in done.err) == (2, True), done.err


def test_transcribe_prints_the_text_and_subtitle_captions(asks: Run, clip: Path, tmp_path: Path) -> None:
    assert asks("transcribe", clip).out.startswith(HEARD.strip())
    assert "-->" in asks("subtitle", clip).out
    done = asks("transcribe", clip, "--format", "json", "--json", "-o", tmp_path / "t.json")
    assert done.rows[0]["transcript"] == json.loads((tmp_path / "t.json").read_text())
    assert done.rows[0]["transcript"]["text"].startswith(HEARD.strip())


def test_a_folder_is_gone_on_with_where_it_was_left(asks: Run, api: Api, tmp_path: Path) -> None:
    texts, out = tmp_path / "texts", tmp_path / "out"
    (texts / "two").mkdir(parents=True)
    for name, words in (("a.txt", "One."), ("b.txt", "fail"), ("two/c.md", "Three.")):
        (texts / name).write_text(words)
    first = asks("say", "--from", texts, "-o", out, "--format", "mp3", "--json")
    assert first.status == 4
    assert "b.txt" in first.err
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.mp3")) == ["a.mp3", "two/c.mp3"]
    (texts / "b.txt").write_text("Two.")
    api.script.forget()
    second = asks("say", "--from", texts, "-o", out, "--format", "mp3", "--json")
    assert second.status == 0
    assert [job.script.text for job in api.script.clones] == ["Two."]
    assert [row.get("skipped", False) for row in second.rows] == [True, False, True]
    api.script.forget()
    assert asks("say", "--from", texts, "-o", out, "--format", "mp3", "--again").status == 0
    assert len(api.script.clones) == 3


def sounds_in(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, tone(0.5).samples, 24000)
    return folder


def test_recordings_of_one_name_have_results_of_their_own(asks: Run, tmp_path: Path) -> None:
    clips, out = sounds_in(tmp_path / "clips", "a.wav", "a.flac", "b.wav"), tmp_path / "out"
    for n_skipped in (0, 3):
        done = asks("transcribe", clips, "-o", out, "--json")
        assert [row.get("skipped", False) for row in done.rows].count(True) == n_skipped
    assert sorted(path.name for path in out.iterdir()) == ["a.flac.txt", "a.wav.txt", "b.txt"]


def test_results_are_not_taken_for_recordings(asks: Run, tmp_path: Path) -> None:
    clips = sounds_in(tmp_path / "clips", "a.wav")
    for _ in range(2):
        assert asks("edit", clips, "denoise", "--said", "A tone.", "-o", clips / "done").status == 0
    assert [path.relative_to(clips).as_posix() for path in clips.rglob("*.wav")] == ["a.wav", "done/a.wav"]
    sounds_in(clips, "clips/a.wav")
    for output in (clips, tmp_path):
        before = (clips / "a.wav").read_bytes()
        done = asks("edit", clips, "denoise", "--said", "A tone.", "-o", output, "--again")
        assert (done.status, done.err.startswith("editx: -o: ")) == (2, True), done.err
        assert (clips / "a.wav").read_bytes() == before


def test_a_folder_of_one_is_a_folder(asks: Run, tmp_path: Path) -> None:
    texts, out = tmp_path / "texts", tmp_path / "out"
    texts.mkdir()
    (texts / "a.txt").write_text("fail")
    assert asks("say", "--from", texts, "-o", out).status == 4
    (texts / "a.txt").write_text("One.")
    done = [asks("say", "--from", texts, "-o", out, "--json") for _ in range(2)]
    assert [row.rows[0].get("skipped", False) for row in done] == [False, True]


def test_voices_are_added_listed_heard_and_deleted(asks: Run, clip: Path, tmp_path: Path) -> None:
    added = asks("voices", "add", "Ada", clip, "--said", "A tone.", "--language", "en-GB")
    assert added.status == 0, added.err
    id_ = added.out.strip()
    rows = asks("voices", "--json").rows
    assert next(row for row in rows if row["id"] == id_)["language"] == "en-GB"
    assert "low_tone" in asks("voices").out
    assert asks("voices", "hear", "Ada", "-o", tmp_path / "ada.flac").status == 0
    assert soundfile.info(tmp_path / "ada.flac").duration == pytest.approx(1.0, abs=0.01)
    assert asks("voices", "delete", id_).status == 0
    assert asks("voices", "delete", id_).status == 2
    assert asks("voices", "add", "Ada").status == 2


def test_tags_are_those_of_the_service_and_of_this_program(asks: Run, editx: Run) -> None:
    assert "emotion:happy" in asks("tags").out
    assert asks("tags", "--json").rows == editx("tags", "--json").rows


def test_bench_tells_of_speed(asks: Run) -> None:
    rows = asks("bench", "--runs", "2", "--clients", "2", "--json").rows
    assert len(rows) == 4
    assert all(0 < row["first_s"] <= row["whole_s"] and row["audio_s"] > 0 for row in rows)
    assert "first sound" in asks("bench", "--runs", "1").out
    assert asks("bench", "--runs", "0").status == 2


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["say", "Hello.", "--voice", "nobody", "-o", "x.wav"], 2, "no voice 'nobody'"),
        (["say", "Hello.", "-o", "x.xyz"], 2, "response_format"),
        (["say", "-o", "x.wav"], 2, "TEXT or --from"),
        (["say", "fail", "-o", "x.wav"], 2, "cannot be"),
        (["say", "bug", "-o", "x.wav"], 1, "server"),
        (["say", "Hello.", "--threads", "1", "-o", "x.wav"], 2, "--threads: without effect"),
        (["transcribe", "no-such-file.wav"], 2, "no-such-file.wav"),
        (["edit", "no-such-file.wav", "denoise", "-o", "x.wav"], 2, "no-such-file.wav"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_status(
    asks: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = asks(*words)
    assert done.status == status, done.err
    assert told in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_is_not_there_ends_with_status_3(editx: Run, tmp_path: Path) -> None:
    done = editx("say", "Hello.", "-o", tmp_path / "x.wav", "--server", f"http://127.0.0.1:{free_port()}")
    assert done.status == 3
    assert "cannot be reached" in done.err
    assert editx("tags", "--server", "localhost:7860").status == 2


@pytest.mark.parametrize("server", ["http://[::1", "http://127.0.0.1:99999", "http://", "ftp://x"])
def test_an_address_that_is_none_is_told(editx: Run, server: str) -> None:
    done = editx("tags", "--server", server)
    assert (done.status, "--server" in done.err) == (2, True), done.err


def test_a_name_that_no_host_can_have_is_told(editx: Run) -> None:
    assert editx("tags", "--server", f"http://{'a' * 70}.example").status == 3


class _OtherService(BaseHTTPRequestHandler):
    """Something that is not EditX: a page, JSON of its own, a redirection."""

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        self.send_response(302 if kind == "moved" else 200)
        self.send_header("content-type", "application/json" if kind == "json" else "text/html; charset=utf-8")
        self.send_header("location", "https://elsewhere.example/") if kind == "moved" else None
        self.end_headers()
        self.wfile.write(b"[]" if kind == "json" else b"<html></html>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


def test_another_service_than_editx_is_told_and_nothing_of_it_is_written(editx: Run, tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _OtherService) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        for kind, status, told in (("page", 1, "is it EditX?"), ("json", 1, "is it EditX?"), ("moved", 2, "elsewhere")):
            for words in (["tags"], ["voices"]):
                done = editx(*words, "--server", f"{base}/{kind}")
                assert (done.status, told in done.err) == (status, True), done.err
        for output in (tmp_path / "x.wav", "-"):
            assert editx("say", "Hello.", "-o", output, "--server", f"{base}/page").status == 1
        server.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_the_key_of_the_settings_opens_a_closed_service(
    editx: Run, tmp_path: Path, presets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.api.conftest import serving

    with serving(tmp_path, presets, api_keys=("secret",)) as api:
        assert editx("voices", "--server", api.url).status == 2
        assert editx("voices", "--server", api.url, "--api-key", "secret").status == 0
        monkeypatch.setenv("EDITX_API_KEY", "secret")
        assert editx("voices", "--server", f"{api.url}/v1/").status == 0


def test_progress_has_a_bar_for_several_and_none_for_one() -> None:
    assert line("a.wav", 0, 1, 3.2) == "a.wav  3 s"
    assert line("a.wav", 6, 12, 1) == "[############............] 6/12  a.wav  1 s"


def test_columns_of_a_table_count_wide_characters_twice() -> None:
    assert table(("a", "b"), [("中文", "x"), ("yz", "z")]) == "a     b\n中文  x\nyz    z\n"
