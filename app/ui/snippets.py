"""The calls that would make a take: as curl and as Python, ready to paste."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, replace
from typing import Any

from app.engine.pronunciations import typed_lexicon
from app.settings import Settings
from app.studio.takes import Step, Take

# The scripts put the page's own address in its place, which may have a path (static/address.js).
ORIGIN = f"http://localhost:{Settings.model_fields['server_port'].default}"
MODEL = "step-audio-editx"
KEY = "YOUR_KEY"


def calls(step: Step, parent: Take, *, needs_key: bool = False, knows_voice: bool = True) -> dict[str, str]:
    """Name of the language -> the call that makes `step` of `parent`. `needs_key`: the reader puts in an API key.
    `knows_voice`: the parent's voice, where it has one, is known to such calls, which come without the page's cookie.
    """
    made = _calls(step, parent if knows_voice else replace(parent, voice=""))
    if needs_key:
        made["curl"] = made["curl"].replace(" \\\n", f" \\\n  -H 'Authorization: Bearer {KEY}' \\\n", 1)
        made["Python"] = made["Python"].replace('api_key="none"', f'api_key="{KEY}"', 1)
    return made


def _calls(step: Step, parent: Take) -> dict[str, str]:
    body = _body(step, parent)
    if parent.voice and step.task == "clone":
        return {"curl": _curl_json(body), "Python": _python(body, None)}
    file_name = f"editx-take-{parent.number}.wav"
    field = "prompt_audio" if step.task == "clone" else "input_audio"
    return {"curl": _curl_upload(body, field, file_name), "Python": _python(body, (field, file_name))}


def _body(step: Step, parent: Take) -> dict[str, Any]:
    own: dict[str, Any] = {"mode": step.task}
    own |= {"check": asdict(step.check)} if step.check else {}
    body: dict[str, Any] = {"model": MODEL, "response_format": "wav", "seed": step.seed}
    if step.task == "clone":
        body["input"] = step.text
        body |= {"voice": parent.voice} if parent.voice else {}
        own |= {"prompt_text": parent.transcript} if parent.transcript and not parent.voice else {}
        lexicon = typed_lexicon(step.pronunciations, "pronunciations")
        own |= {"pronunciations": {entry.word: entry.written for entry in lexicon.entries}} if lexicon.entries else {}
    else:
        own |= {"edit_info": step.tag} if step.tag else {}
        own |= {"n_edit_iter": step.iterations} if step.iterations != 1 else {}
        own |= {"audio_text": parent.transcript} if parent.transcript else {}
        body |= {"input": step.text} if step.text else {}
    body |= {"speed": step.speed} if step.speed != 1 else {}
    own |= {"intensity": step.intensity} if step.intensity != 1 else {}
    own |= {"model_variant": step.variant} if step.variant else {}
    return {**body, "step_audio": own}


def _curl_json(body: dict[str, Any]) -> str:
    data = json.dumps(body, ensure_ascii=False)
    return (
        f"curl {ORIGIN}/v1/audio/speech \\\n  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(data)} \\\n  -o take.wav"
    )


def _curl_upload(body: dict[str, Any], field: str, file_name: str) -> str:
    data = json.dumps(body, ensure_ascii=False)
    # -F would end the text at the first semicolon; --form-string takes it as it is.
    return (
        f"curl {ORIGIN}/v1/audio/speech/upload \\\n  --form-string {shlex.quote(f'payload={data}')} \\\n"
        f"  -F {field}_file=@{file_name} \\\n  -o take.wav"
    )


def _python(body: dict[str, Any], file: tuple[str, str] | None) -> str:
    extra = {"seed": body["seed"]}
    own = dict(body["step_audio"])
    lines = ["from openai import OpenAI", ""]
    if file is not None:
        lines = ["import base64", "from pathlib import Path", *lines]
        lines.append(f'clip = base64.b64encode(Path("{file[1]}").read_bytes()).decode()')
    shown = repr({**extra, "step_audio": own})
    if file is not None:
        shown = shown[:-2] + f", '{file[0]}_base64': clip" + "}}"
    speed = f",\n    speed={body['speed']}" if "speed" in body else ""
    lines += [
        f'client = OpenAI(base_url="{ORIGIN}/v1", api_key="none")',
        "speech = client.audio.speech.create(",
        f"    model={MODEL!r},",
        f"    input={body.get('input', '')!r},",
        f"    voice={body.get('voice', '')!r},",
        f"    response_format='wav'{speed},",
        f"    extra_body={shown},",
        ")",
        'speech.write_to_file("take.wav")',
    ]
    return "\n".join(lines)
