"""The OpenAPI document is true: generated requests, good and bad, get declared answers and never a 5xx.

Schemathesis is loaded by the test: it takes a second of every run of the quick suite, which leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from app.api.property_descriptions import DESCRIPTIONS
from tests.api.conftest import Api


def operations(api: Api) -> Iterator[Any]:
    """Every operation of the document. (Schemathesis's own pytest plugin does not run under pytest 9.2.)"""
    import schemathesis

    for result in schemathesis.openapi.from_url(f"{api.url}/openapi.json").get_all_operations():
        yield result.ok()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_generated_requests_get_declared_answers(api: Api, mode: str):
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    wanted = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    n_operations = 0
    for operation in operations(api):
        n_operations += 1

        @settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=GenerationMode[mode]))
        def answers_as_declared(case: Any) -> None:
            case.call_and_validate(checks=wanted, timeout=10)

        with suppress(Unsatisfiable):  # an operation without inputs cannot be asked wrongly
            answers_as_declared()
    assert n_operations > 15


def test_operations_have_short_ids_and_no_status_that_never_comes(api: Api):
    ids = [o["operationId"] for path in api.app.openapi()["paths"].values() for o in path.values()]
    assert len(set(ids)) == len(ids) > 15
    assert max(map(len, ids)) <= 32
    for path in api.app.openapi()["paths"].values():
        assert all("422" not in operation["responses"] for operation in path.values())


def undescribed(node: Any, where: str) -> Iterator[str]:
    """Where a schema has a property that nothing is said of."""
    if isinstance(node, list):
        for n, item in enumerate(node):
            yield from undescribed(item, f"{where}/{n}")
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield from (f"{where}.{name}" for name, schema in properties.items() if not schema.get("description"))
        for key, item in node.items():
            yield from undescribed(item, f"{where}/{key}")


def test_every_property_and_parameter_is_described(api: Api):
    document = api.app.openapi()
    assert list(undescribed(document, "")) == []
    operations = [(path, operation) for path, methods in document["paths"].items() for operation in methods.values()]
    for path, operation in operations:
        assert operation["description"], path
        assert all(parameter.get("description") for parameter in operation.get("parameters", [])), path


def test_no_description_of_an_answer_is_left_over(api: Api):
    schemas = api.app.openapi()["components"]["schemas"]
    used = {name for schema in schemas.values() for name in schema.get("properties", {})}
    used |= {f"{schema}.{name}" for schema, value in schemas.items() for name in value.get("properties", {})}
    assert set(DESCRIPTIONS) - used == set()


def test_octets_are_first_of_all_bytes_as_in_openais_document(api: Api):
    answers = [
        (path, list(answer["content"]))
        for path, methods in api.app.openapi()["paths"].items()
        for operation in methods.values()
        for answer in operation["responses"].values()
        if any(not mime.startswith(("application/json", "text/")) for mime in answer.get("content", {}))
    ]
    assert {path for path, _ in answers} > {"/v1/audio/speech", "/v1/audio/edits", "/v1/sessions/{session_id}/export"}
    assert [path for path, kinds in answers if kinds[0] != "application/octet-stream"] == []


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The bodies of an operation as the docs page opens with them: JSON, and forms in which no file is chosen."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        yield {"json": content["application/json"]["example"]}
    form = content.get("multipart/form-data", {}).get("schema", {}).get("properties", {})
    if "payload" in form:
        yield {"files": {name: (None, field.get("example", "")) for name, field in form.items()}}


def test_the_examples_of_the_docs_page_are_answered(api: Api):
    paths = api.app.openapi()["paths"]
    with api.http() as http:
        session = http.post("/v1/sessions").json()["id"]
        sent = [
            http.post(path.format(session_id=session), **body).status_code
            for path in (
                "/v1/audio/speech",
                "/v1/audio/speech/upload",
                "/v1/audio/speech/reading",
                "/v1/audio/edits",
                "/v1/sessions/{session_id}/takes",
                "/v1/sessions/{session_id}/replay",
            )
            for body in bodies(paths[path]["post"])
        ]
    assert sent == [200] * 5 + [202] * 4


def test_every_text_and_list_that_can_be_sent_has_a_limit(api: Api):
    assert [where for where, schema in sent_parts(api.app.openapi()) if not is_bounded(schema)] == []


def is_bounded(schema: dict[str, Any]) -> bool:
    kinds = {schema.get("type")} | {option.get("type") for option in schema.get("anyOf", ())}
    is_short = {"maxLength", "enum", "const"} & set(schema) or schema.get("format") == "binary"
    options = [option for option in schema.get("anyOf", ()) if option.get("type") in ("string", "array")]
    return bool(
        not kinds & {"string", "array"}
        or is_short
        or "maxItems" in schema
        or (options and all(is_bounded(option) for option in options))
    )


def sent_parts(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schemas of all parameters, bodies and their properties, by where they stand."""
    for path, item in document["paths"].items():
        for method, call in item.items():
            for parameter in call.get("parameters", []):
                yield from parts_of(f"{method} {path} {parameter['name']}", parameter["schema"])
            for kind, content in call.get("requestBody", {}).get("content", {}).items():
                yield from parts_of(f"{method} {path} {kind}", content["schema"])


def parts_of(where: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield where, schema
    for option in schema.get("anyOf", ()):
        yield from ((f"{where}|", part) for _, part in parts_of(where, option) if part is not option)
    for name, part in schema.get("properties", {}).items():
        yield from parts_of(f"{where}.{name}", part)
    if "items" in schema:
        yield from parts_of(f"{where}[]", schema["items"])
