"""Walks every route of sessions, edits, checks and word times against a running service, and prints what it heard.

    python -m tools.tour [http://localhost:7860] [--key KEY]

Each line is a call, what it answered, and what Whisper hears in the sound that came of it. The first call that answers
otherwise than it should ends the tour with exit status 1.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import sys
import zipfile
from collections.abc import Iterable
from typing import Any

import httpx
import soundfile
from websockets.sync.client import connect

TEXT = "The ferry leaves the harbour at noon. Please bring two tickets."
MANDARIN = "我们明天早上坐火车去北京。"
WAIT = {"prefer": "wait"}
TIMEOUT_S = 300.0


class Wrong(Exception):
    """A call that answered otherwise than it should."""


class Tour:
    """One walk over one service."""

    def __init__(self, base: str, key: str) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=f"{base.rstrip('/')}/v1", headers=headers, timeout=TIMEOUT_S)

    def walk(self) -> None:
        """All of it. Raises Wrong."""
        clip = self.word_times()
        self.checks()
        self.words_changed(clip)
        session = self.call("POST", "/sessions", 201).headers["location"].removeprefix("/v1")
        first = self.takes(session, clip)
        self.history(session, first)
        self.kept_and_replayed(session, first)
        self.call("DELETE", session)
        self.call("GET", session, 404)

    # ---- single calls -----------------------------------------------------------------------------------------------

    def word_times(self) -> bytes:
        """Times of words of speech, and of words of a stream; returns the spoken clip."""
        for text in (MANDARIN, TEXT):
            body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"}
            told = self.call("POST", "/audio/speech/timestamps", json=body).json()
            clip = base64.b64decode(told["audio"])
            times = " ".join(f"{word['word']}@{word['start']:.2f}" for word in told["words"])
            self.say(f"{told['duration']} s, {len(told['phonemes'] or ())} phonemes: {times}", clip)
        asked = {"stream_format": "sse", "step_audio": {"timestamps": True, "check": {}}}
        events = self.events("/audio/speech", body | asked)
        spoken = [word["word"] for event in events if event["type"] == "speech.audio.words" for word in event["words"]]
        self.say(f"events tell of {' '.join(spoken)}; the last one of {events[-1].get('scores')}")
        self.words_of_a_socket()
        return clip

    def words_of_a_socket(self) -> None:
        """Text in pieces over the WebSocket, and the times of its words in what comes back."""
        address = str(self._http.base_url.join("audio/speech/stream")).replace("http", "ws", 1)
        keys = {name: value for name, value in self._http.headers.items() if name == "authorization"}
        spoken, sound, kind = [], b"", ""
        with connect(address, additional_headers=keys, open_timeout=TIMEOUT_S) as socket:
            socket.send(json.dumps({"model": "tts-1", "voice": "alloy", "response_format": "wav"}))
            for message in (*({"text": piece} for piece in TEXT.partition(". ")), {"end": True}):
                socket.send(json.dumps(message))
            while kind != "done":
                message = socket.recv(TIMEOUT_S)
                if isinstance(message, bytes):
                    sound += message
                    continue
                told = json.loads(message)
                kind = told["type"]
                spoken += [f"{word['word'].strip()}@{word['start']:.2f}" for word in told.get("words") or ()]
                if kind == "error":
                    raise Wrong(str(told))
        print("101 GET    /audio/speech/stream", flush=True)
        if len(spoken) != len(TEXT.split()):
            raise Wrong(f"the socket told of {spoken}")
        self.say(f"the socket tells of {' '.join(spoken)}", sound)

    def checks(self) -> None:
        """A checked answer, and a check out of its limits."""
        body = {"model": "tts-1", "voice": "alloy", "input": TEXT, "response_format": "wav", "stream": False}
        answer = self.call("POST", "/audio/speech", json=body | {"step_audio": {"check": {}}})
        scores = {name: value for name, value in answer.headers.items() if name.startswith("x-check-")}
        self.say(str(scores), answer.content)
        if answer.headers["x-check-verdict"] != "passed":
            raise Wrong("plain speech did not pass its check")
        wrong = self.call("POST", "/audio/speech", 400, json=body | {"step_audio": {"check": {"retries": 99}}})
        self.say(wrong.json()["error"]["message"])

    def words_changed(self, clip: bytes) -> None:
        """Edits in one call: a chain, and where they are offered other words and fillers taken out."""
        steps: list[dict[str, Any]] = [{"task": "denoise"}, {"task": "speed", "info": "faster", "check": {}}]
        self.edited(clip, steps)
        offered = self.call("GET", "/tags").json()["tasks"]
        names = {row["name"] for row in offered}
        if "rewrite" in names:
            steps = [{"task": "rewrite", "text": TEXT.replace("noon", "midnight"), "seed": 1}]
            answer = self.edited(clip, steps)
            stretches = json.loads(answer.headers["x-rewrite"])["stretches"]
            sound = base64.b64encode(clip).decode()
            body = {"input_audio_base64": sound, "audio_text": TEXT, "steps": steps, "stream_format": "sse"}
            last = self.events("/audio/edits", body)[-1]
            self.say(f"stretches: {stretches}")
            if last.get("stretches") != stretches:
                raise Wrong(f"the last event tells of others: {last}")
        if "fillers" in names:
            self.edited(clip, [{"task": "fillers"}])

    def edited(self, clip: bytes, steps: list[dict[str, Any]]) -> httpx.Response:
        """The answer of a chain on a clip."""
        form = {"payload": json.dumps({"audio_text": TEXT, "steps": steps, "stream": False})}
        answer = self.call("POST", "/audio/edits", data=form, files={"input_audio_file": ("clip.wav", clip)})
        self.say(f"after {', '.join(step['task'] for step in steps)}", answer.content)
        return answer

    # ---- a session --------------------------------------------------------------------------------------------------

    def takes(self, session: str, clip: bytes) -> dict[str, Any]:
        """Recordings and takes; returns the recording."""
        form = {"payload": json.dumps({"name": "The clip"})}
        files = {"input_audio_file": ("clip.wav", clip)}
        first: dict[str, Any] = self.call("POST", f"{session}/takes", 201, data=form, files=files, headers=WAIT).json()
        self.call("POST", f"{session}/takes", 202, json={"voice": "alloy"})
        self.same_samples(session, first, clip)
        at = f"{session}/takes/{first['id']}"
        for kind in ("json", "text", "srt", "vtt", "verbose_json"):
            said = self.call("GET", f"{at}/transcript?response_format={kind}").text
            self.say(" | ".join(said.splitlines()[:6])[:160])
        self.say(f"words: {self.call('GET', at).json()['words'][:3]} ...")
        steps = [{"task": "denoise"}, {"task": "style", "info": "news"}, {"task": "paralinguistic", "info": "laugh"}]
        made = self.made(session, {"parent": first["id"], "steps": steps})
        self.heard(session, made)
        three = {"parent": first["id"], "steps": [{"task": "clone", "text": "Once more.", "check": {}}], "n": 3}
        for row in self.made(session, three)["data"]:
            self.say(f"variant of seed {row['steps'][0]['seed']}: {row['scores']['verdict']}")
        streamed = {"parent": first["id"], "steps": [{"task": "clone", "text": TEXT}], "stream_format": "sse"}
        kinds = [event["type"] for event in self.events(f"{session}/takes", streamed | {"timestamps": True})]
        self.say(f"streamed: {', '.join(dict.fromkeys(kinds))}")
        return first

    def made(self, session: str, body: dict[str, Any]) -> dict[str, Any]:
        """What a call that waits has made."""
        answer: dict[str, Any] = self.call("POST", f"{session}/takes", 201, json=body, headers=WAIT).json()
        return answer

    def same_samples(self, session: str, take: dict[str, Any], clip: bytes) -> None:
        """A recording comes back as it was sent; parts and HEAD of it, too."""
        at = f"{session}/takes/{take['id']}/audio"
        for kind in ("wav", "flac"):
            sent, back = (
                soundfile.read(io.BytesIO(data), dtype="int32")[0]
                for data in (clip, self.call("GET", f"{at}?response_format={kind}").content)
            )
            if not (len(sent) == len(back) and bool((sent == back).all())):
                raise Wrong(f"{kind} is not what was sent")
        self.call("GET", at, 206, headers={"range": "bytes=0-99"})
        self.call("HEAD", at)

    def history(self, session: str, first: dict[str, Any]) -> None:
        """Changes, undo and redo, revisions, cancelling and deleting."""
        at = f"{session}/takes/{first['id']}"
        self.call("PATCH", at, json={"name": "Good", "starred": True, "transcript": TEXT})
        self.call("POST", f"{session}/undo")
        self.call("POST", f"{session}/redo")
        revision = int(self.call("GET", session).headers["etag"].strip('"'))
        self.call("PATCH", at, 409, json={"name": "Late"}, headers={"if-match": f'"{revision - 1}"'})
        self.call("POST", f"{at}/select")
        story = {"steps": [{"task": "clone", "text": f"{TEXT} " * 12}]}
        long = self.call("POST", f"{session}/takes", 202, json=story).json()
        cancelled = self.call("POST", f"{session}/takes/{long['id']}/cancel").json()
        self.say(f"cancelled: {cancelled['state']}, {cancelled['seconds']} s of it kept")
        self.call("DELETE", f"{session}/takes/{long['id']}")
        rows = self.call("GET", f"{session}/takes?limit=100").json()["data"]
        self.say(f"{len(rows)} takes: {', '.join(row['state'] for row in rows)}")

    def kept_and_replayed(self, session: str, first: dict[str, Any]) -> None:
        """Recipes, replay and export."""
        last = self.made(session, {"parent": first["id"], "steps": [{"task": "speed", "info": "slower"}]})
        recipe = self.call("GET", f"{session}/takes/{last['id']}/recipe").json()
        sent = {"recipe": recipe, "voice": "alloy"}
        self.heard(session, self.call("POST", f"{session}/replay", 201, json=sent, headers=WAIT).json())
        with zipfile.ZipFile(io.BytesIO(self.call("GET", f"{session}/export").content)) as archive:
            self.say(f"{len(archive.namelist())} files: {', '.join(archive.namelist()[:4])}, ...")
        self.call("GET", "/sessions")

    def heard(self, session: str, take: dict[str, Any]) -> None:
        """Print what is heard in a take."""
        self.say(
            take["name"] or take["steps"][-1]["task"], self.call("GET", f"{session}/takes/{take['id']}/audio").content
        )

    # ---- calls ------------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, status: int = 200, **options: Any) -> httpx.Response:
        """One call. Raises Wrong where another status comes back."""
        answer = self._http.request(method, path, **options)
        print(f"{answer.status_code} {method:6} {path}", flush=True)
        if answer.status_code != status:
            raise Wrong(f"{status} was expected: {answer.text[:400]}")
        return answer

    def events(self, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The events of a stream."""
        lines: Iterable[str] = self.call("POST", path, json=body).text.splitlines()
        return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]

    def say(self, what: str, sound: bytes = b"") -> None:
        """Print what came of a call, and what Whisper hears in its sound."""
        heard = ""
        if sound:
            files = {"file": ("sound", sound)}
            answer = self._http.post("/audio/transcriptions", data={"model": "whisper-1"}, files=files)
            heard = f" | heard: {answer.json()['text']}"
        print(f"           {what}{heard}", flush=True)


def main() -> int:
    """Walk; 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.tour", description=__doc__)
    parser.add_argument("base", nargs="?", default="http://localhost:7860", help="where the service is")
    parser.add_argument("--key", default="", help="an API key, where one is needed")
    asked = parser.parse_args()
    try:
        Tour(asked.base, asked.key).walk()
    except Wrong as wrong:
        print(f"wrong: {wrong}")
        return 1
    print("all as it should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
