"""`voices`: the library of voices."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote

from app.cli.asked import Asked
from app.cli.client import Client, json_of, opened, tell, warnings_of
from app.cli.commands import STANDARD
from app.cli.files import SOUNDS, Work, format_of, print_json, require_no_terminal, works
from app.cli.statuses import DONE, WRONG_USE, CommandFailed
from app.cli.tables import table

PATH = "audio/voices"


def voices(asked: Asked) -> int:
    """List, add, delete or hear voices."""
    options = asked.options
    needed = {"list": 0, "add": 2, "delete": 1, "hear": 1}[options.action]
    given = [word for word in (options.voice, options.clip) if word is not None]
    if len(given) != needed:
        words = ("no name", "a VOICE", "a name and a CLIP")[needed]
        raise CommandFailed(f"voices {options.action}: takes {words}", WRONG_USE)
    run = {"list": _list, "add": _add, "delete": _delete, "hear": _hear}[options.action]
    with opened(asked) as client:
        run(client, asked)
    return DONE


def _list(client: Client, asked: Asked) -> None:
    found = json_of(client.get(PATH), "data")["data"]
    if asked.options.json:
        for voice in found:
            print_json(voice)
        return
    rows = [[voice.get(name, "") for name in ("id", "language", "gender", "source", "description")] for voice in found]
    sys.stdout.write(table(("voice", "language", "gender", "source", "description"), rows))


def _add(client: Client, asked: Asked) -> None:
    options = asked.options
    clip = works(options.clip, STANDARD, SOUNDS, "")[0]
    known = {
        "ref_text": options.said,
        "language": options.language,
        "gender": options.gender,
        "speaker_description": options.description,
        "consent": options.consent,
    }
    fields = {"name": options.voice} | {name: value for name, value in known.items() if value}
    answer = client.post(PATH, data=fields, files={"audio_sample": (clip.name, clip.read())})
    for warning in warnings_of(answer):
        tell(warning)
    _say(asked, json_of(answer, "id"))


def _delete(client: Client, asked: Asked) -> None:
    _say(asked, json_of(client.delete(f"{PATH}/{quote(asked.options.voice, safe='')}"), "id"))


def _hear(client: Client, asked: Asked) -> None:
    options = asked.options
    work = Work(None, works(None, options.output, SOUNDS, "")[0].target)
    require_no_terminal([work], options.json)
    form = format_of(None, options.output, None, "wav")
    answer = client.get(f"{PATH}/{quote(options.voice, safe='')}/preview", response_format=form)
    with work.writing() as file:
        file.write(answer.content)


def _say(asked: Asked, told: dict[str, Any]) -> None:
    if asked.options.json:
        print_json(told)
    else:
        sys.stdout.write(f"{told['id']}\n")
