"""Write docs/api.md from the OpenAPI document and the tables of errors: `make docs`. A test holds it current."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.api import create_api, refusals
from app.api.errors import status_of
from app.api.wording import ENGLISH_OF_THE_API
from app.engine.errors import EngineError
from app.settings import PROJECT, Settings

PAGE = PROJECT / "docs" / "api.md"

HEAD = """# API

Made by `make docs` from the program's own schemas; do not edit. A running service shows the same, to be tried out, at
`/docs`, and as a document at `/openapi.json`. Limits below are those of the default settings.

- **Address** `http://HOST:7860/v1`. **Key**, where the service asks for one: `Authorization: Bearer KEY`.
- **Bodies** are JSON, or forms where files go along. `null` and empty text mean left out, but for `input`. What has no
  effect is told of in `x-warning`, percent-encoded where it is not ASCII.
- **Every answer** has an `x-request-id`, which the log of the service has, too; a client may send its own.
- **Errors** have OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`. `param` names the field, `code` is
  stable, `message` is for people. 429 and 503 say with `Retry-After` in how many seconds it is worth trying again,
  where it is; `x-should-retry: false` tells OpenAI's clients not to.

## Events

With `stream_format: sse` of speech and edits each event is one line `data: {...}` and a blank line:

| `type` | has |
|---|---|
| `speech.audio.delta` | `audio`: the next bytes of the file, in base64 |
| `speech.audio.words` | with `timestamps`: the words whose sound comes next, or all of them at the end |
| `speech.audio.progress` | with `progress`: where the job stands, before there is sound ([queue](queue.md)) |
| `speech.audio.done` | `usage`, `finish_reason`, `timing`, and where there are any `stretches` and `scores` |
| `speech.audio.error` | `error`, as above; the stream ends |

With `stream: true` of transcriptions: `transcript.text.delta` (`delta`), of `diarized_json` also
`transcript.text.segment`, at last `transcript.text.done` (`text`, `usage`), or `transcript.text.error`. The WebSocket
`/v1/audio/speech/stream` has messages of its own: [integrations](integrations.md#text-that-arrives-in-pieces).
"""


def document() -> dict[str, Any]:
    """The OpenAPI document of a service with the default settings."""
    from app.engine.engine import EditXEngine
    from app.engine.parts.parts import Parts
    from app.studio.store import TakeStore
    from app.studio.studio import Studio

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(cache_dir=Path(folder), models_dir=Path(folder), backend="embedded", offline=True)
        engine = EditXEngine.from_settings(settings, Parts.from_settings(settings))
        openapi: dict[str, Any] = create_api(Studio(engine, TakeStore.from_settings(settings)), settings).openapi()
    return openapi


def page() -> str:
    """The whole page."""
    openapi = document()
    by_tag: dict[str, list[str]] = {}
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append(_route(method, path, operation, openapi))
    routes = "".join(f"\n## {tag.capitalize()}\n{''.join(rows)}" for tag, rows in by_tag.items())
    return HEAD + routes + _objects(openapi) + _errors()


def _route(method: str, path: str, operation: dict[str, Any], openapi: dict[str, Any]) -> str:
    told = [f"\n### {method.upper()} {path}\n\n{operation['description']}\n"]
    parameters = [row for row in operation.get("parameters", ()) if row["in"] in ("query", "header")]
    if parameters:
        rows = [(row["name"], row["schema"], row.get("description", "")) for row in parameters]
        told.append(_table("parameter", rows, openapi))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        fields = list(_fields(content["schema"], openapi))
        told.append(_table(f"field of the {'form' if 'form' in kind else 'JSON body'}", fields, openapi))
    done = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    for status, answer in done.items():
        told.append(f"\n**{status}** {_answer(answer)}\n")
        if headers := answer.get("headers"):
            rows = [(name, row["schema"], row.get("description", "")) for name, row in headers.items()]
            told.append(_table("header", rows, openapi))
    failed = [status for status in operation["responses"] if status[0] in "45"]
    told.append(f"\nErrors: {', '.join(failed)}.\n" if failed else "")
    return "".join(told)


def _answer(answer: dict[str, Any]) -> str:
    """What an answer is: the object of its JSON, else its kinds."""
    content = answer.get("content", {})
    schemas = [row.get("schema", {}) for row in content.values()]
    objects = [name for schema in schemas for name in _names_of(schema)]
    if objects:
        return " or ".join(f"[{name}](#{name.lower()})" for name in objects)
    return ", ".join(f"`{kind}`" for kind in content) or "without a body"


def _names_of(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    for inner in (schema.get("items", {}), *schema.get("anyOf", ())):
        yield from _names_of(inner) if inner else ()


def _fields(schema: dict[str, Any], openapi: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    """Fields of a body, those of objects in it with their path."""
    schema = _resolved(schema, openapi)
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        inner = next((one for one in _one_of(field, openapi) if one.get("properties")), None)
        mark = " *required*" if name in required else ""
        yield f"{prefix}{name}{mark}", field, field.get("description", "")
        if inner is not None and name != "check":
            yield from _fields(inner, openapi, f"{prefix}{name}.")


def _one_of(field: dict[str, Any], openapi: dict[str, Any]) -> list[dict[str, Any]]:
    return [_resolved(one, openapi) for one in field.get("anyOf", [field])]


def _resolved(schema: dict[str, Any], openapi: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _table(head: str, rows: list[tuple[str, Any, str]], openapi: dict[str, Any]) -> str:
    if not rows:
        return ""
    lines = [f"\n| {head} | takes | meaning |\n|---|---|---|\n"]
    for name, schema, meaning in rows:
        plain, _, mark = name.partition(" ")
        lines.append(f"| `{plain}`{' ' + mark if mark else ''} | {_kind(schema, openapi)} | {_cell(meaning)} |\n")
    return "".join(lines)


def _kind(schema: dict[str, Any], openapi: dict[str, Any]) -> str:
    """What a value is, with its limits."""
    kinds = dict.fromkeys(_kind_of(one) for one in _one_of(schema, openapi))
    kinds.pop("null", None)
    default = schema.get("default")
    told = " or ".join(kinds)
    return f"{told}; `{default}`" if default not in (None, "") else told


def _kind_of(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("format") == "binary" or "contentMediaType" in schema:
        return "file"
    kind = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}.get(
        schema.get("type", "any"), schema.get("type", "any")
    )
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} {schema['minimum']:g} to {schema['maximum']:.15g}"
    if "maxLength" in schema:
        return f"{kind} of at most {schema['maxLength']:,} characters"
    return kind


def _objects(openapi: dict[str, Any]) -> str:
    told = ["\n## Objects\n\nWhat answers are made of.\n"]
    for name, schema in sorted(openapi["components"]["schemas"].items()):
        fields = [(key, field, field.get("description", "")) for key, field in schema.get("properties", {}).items()]
        if fields:
            meaning = " ".join(schema.get("description", "").split())
            told.append(f"\n### {name}\n\n{meaning}\n{_table('field', fields, openapi)}")
    return "".join(told)


def _errors() -> str:
    """Every failure that has a code of its own."""
    rows = [
        (kind.code, _status(kind), sentence)
        for kind, sentence in ENGLISH_OF_THE_API.items()
        if issubclass(kind, EngineError) and kind is not refusals.Refused
    ]
    told = ["\n## Errors\n\nWhat stands in braces is filled in.\n\n| `code` | status | says |\n|---|---|---|\n"]
    told += [f"| `{code}` | {status} | {_cell(sentence)} |\n" for code, status, sentence in sorted(set(rows))]
    return "".join(told)


def _status(kind: type[EngineError]) -> int:
    """The status of a failure of this kind, whatever its values are."""
    return status_of(kind.__new__(kind))


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
