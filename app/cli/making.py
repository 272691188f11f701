"""`say`, `clone`, `edit`, `rewrite`: commands that make sound."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from app.cli.asked import Asked
from app.cli.client import Client, opened, warnings_of
from app.cli.commands import STANDARD
from app.cli.files import SOUNDS, TEXTS, Work, each, format_of, require_no_terminal, works
from app.cli.statuses import WRONG_USE, CommandFailed
from app.engine.edits import takes

SPEECH, UPLOAD, EDITS = "audio/speech", "audio/speech/upload", "audio/edits"
TOLD: Mapping[str, tuple[str, Callable[[str], Any]]] = {  # header: its name in JSON, and what it is
    "x-audio-seconds": ("seconds", float),
    "x-seed": ("seed", int),
    "x-backend": ("backend", str),
    "x-finish-reason": ("finish_reason", str),
    "x-rewrite": ("rewrite", json.loads),
}


def say(asked: Asked) -> int:
    """Speak texts in a voice of the library."""
    options = asked.options

    def do(client: Client, work: Work) -> dict[str, Any]:
        body = _body(asked, input=_text(asked, work), voice=options.voice, instructions=options.instructions)
        return _sent(client, SPEECH, work, json={"model": "step-audio-editx", **body})

    return _each_text(asked, do)


def clone(asked: Asked) -> int:
    """Speak texts in the voice of a recording."""
    if asked.options.clip == STANDARD and STANDARD in (asked.options.text, str(asked.options.source)):
        raise CommandFailed("standard input gives either the recording or the text", WRONG_USE)
    clip = Work(None, None) if asked.options.clip == STANDARD else works(asked.options.clip, STANDARD, SOUNDS, "")[0]
    recording = clip.read()

    def do(client: Client, work: Work) -> dict[str, Any]:
        step = _given(mode="clone", prompt_text=asked.options.said)
        payload = _body(asked, input=_text(asked, work), step_audio=step)
        return _sent(client, UPLOAD, work, **_form(payload, "prompt_audio_file", clip.name, recording))

    return _each_text(asked, do)


def edit(asked: Asked) -> int:
    """Do the same steps to each recording."""
    return _each_recording(asked, {"audio_text": asked.options.said, "steps": _steps(asked)})


def rewrite(asked: Asked) -> int:
    """Change words of a recording."""
    options = asked.options
    return _each_recording(asked, {"audio_text": options.said, "steps": [{"task": "rewrite", "text": options.text}]})


def _each_text(asked: Asked, do: Callable[[Client, Work], dict[str, Any]]) -> int:
    options = asked.options
    if (options.text is None) == (options.source is None):
        raise CommandFailed("give either TEXT or --from", WRONG_USE)
    source = options.source
    form = format_of(options.format, options.output, source, "wav")
    todo = works(source, options.output, TEXTS, f".{form}")
    require_no_terminal(todo, options.json)
    with opened(asked) as client:
        return each(todo, lambda work: do(client, work), again=options.again, as_json=options.json)


def _each_recording(asked: Asked, wanted: dict[str, Any]) -> int:
    options = asked.options
    form = format_of(options.format, options.output, options.clip, "wav")
    todo = works(options.clip, options.output, SOUNDS, f".{form}")
    require_no_terminal(todo, options.json)
    payload = _body(asked, **wanted)
    with opened(asked) as client:

        def do(work: Work) -> dict[str, Any]:
            return _sent(client, EDITS, work, **_form(payload, "input_audio_file", work.name, work.read()))

        return each(todo, do, again=options.again, as_json=options.json)


def _text(asked: Asked, work: Work) -> str:
    text: str | None = asked.options.text
    if text is not None and text != STANDARD:
        return text
    try:
        return work.read().decode()
    except UnicodeDecodeError:
        raise CommandFailed(f"{work.name} is not UTF-8", WRONG_USE) from None


def _steps(asked: Asked) -> list[dict[str, Any]]:
    """The steps, each with those of the options that it takes. Raises CommandFailed for one that none of them takes."""
    options = asked.options
    more = _given(intensity=options.intensity, iterations=options.iterations, text=options.text)
    steps = []
    for word in options.steps:
        task, _, tag = word.partition(":")
        fields = {name: value for name, value in more.items() if takes(task, name)}
        steps.append(_given(task=task, info=tag or None) | fields)
    for name in more:
        if not any(name in step for step in steps):
            raise CommandFailed(f"--{name}: none of these steps takes it", WRONG_USE)
    return steps


def _body(asked: Asked, **fields: Any) -> dict[str, Any]:
    options = asked.options
    form = format_of(options.format, options.output, getattr(options, "source", None) or _clip(asked), "wav")
    return _given(
        response_format=form,
        sample_rate=options.sample_rate,
        seed=options.seed,
        speed=getattr(options, "speed", None),
        stream=False if options.output != STANDARD else None,  # true sizes in a file; a pipe hears it at once
        **fields,
    )


def _clip(asked: Asked) -> str | None:
    """Whose folder decides about names: of `clone` the texts do."""
    return None if asked.command == "clone" else getattr(asked.options, "clip", None)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _form(payload: dict[str, Any], field: str, name: str, data: bytes) -> dict[str, Any]:
    return {"data": {"payload": json.dumps(payload, ensure_ascii=False)}, "files": {field: (name, data)}}


def _sent(client: Client, path: str, work: Work, **parts: Any) -> dict[str, Any]:
    """Ask, and write what comes; what is told of it."""
    if work.target is not None:
        answer = client.post(path, **parts)
        with work.writing() as file:
            file.write(answer.content)
        return _told(answer)
    with client.streamed(path, **parts) as answer, work.writing() as file:
        for piece in answer.iter_bytes():
            file.write(piece)
            file.flush()
        return _told(answer)


def _told(answer: httpx.Response) -> dict[str, Any]:
    told = {name: read(answer.headers[header]) for header, (name, read) in TOLD.items() if header in answer.headers}
    return told | {"warnings": warnings_of(answer)}
