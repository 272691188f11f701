"""`transcribe` and `subtitle`: commands that write down what is said."""

from __future__ import annotations

from typing import Any

from app.cli.asked import Asked
from app.cli.client import json_of, opened, warnings_of
from app.cli.files import SOUNDS, Work, each, works

SUFFIXES = {"text": ".txt", "json": ".json", "verbose_json": ".json", "srt": ".srt", "vtt": ".vtt"}


def transcribe(asked: Asked) -> int:
    """Write down each recording, as text, as JSON or as subtitles."""
    options = asked.options
    todo = works(options.clip, options.output, SOUNDS, SUFFIXES[options.format])
    path = "audio/translations" if options.translate else "audio/transcriptions"
    fields = {"model": options.model, "response_format": options.format}
    fields |= {"language": options.language} if options.language else {}
    fields |= {"prompt": options.prompt} if options.prompt else {}
    with opened(asked) as client:

        def do(work: Work) -> dict[str, Any]:
            answer = client.post(path, data=fields, files={"file": (work.name, work.read())})
            text = answer.text.rstrip("\n")
            if work.target is not None or not options.json:
                with work.writing() as file:
                    file.write(f"{text}\n".encode())
            is_json = "json" in options.format
            return {"transcript": json_of(answer, "text") if is_json else text, "warnings": warnings_of(answer)}

        return each(todo, do, again=options.again, as_json=options.json)
