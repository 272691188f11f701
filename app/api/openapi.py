"""The OpenAPI document, with the limits that this service's settings give, and every property described."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from app.api.property_descriptions import DESCRIPTIONS
from app.api.schemas import LIMIT_BY_SETTING
from app.api.service import Service


def state_limits(app: FastAPI, service: Service) -> None:
    """Make the app's document say, for texts whose limit is a setting, how long they may be."""
    limits = {
        "max_input_chars": service.settings.max_input_chars,
        "max_transcript_chars": service.max_transcript_chars,
        "max_upload_bytes": service.document_bytes,
    }
    made = app.openapi

    def stated() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            _fill_in(document, limits)
            for name, schema in document["components"]["schemas"].items():
                _describe(name, schema)
        return made()

    app.openapi = stated  # type: ignore[method-assign]


def _describe(name: str, schema: dict[str, Any]) -> None:
    """Say what the properties of an answer mean."""
    for key, described in schema.get("properties", {}).items():
        words = DESCRIPTIONS.get(f"{name}.{key}") or DESCRIPTIONS.get(key)
        if words:
            described.setdefault("description", words)


def _fill_in(node: Any, limits: dict[str, int]) -> None:
    if isinstance(node, list):
        for item in node:
            _fill_in(item, limits)
    if isinstance(node, dict):
        if LIMIT_BY_SETTING in node:
            node["maxLength"] = limits[node.pop(LIMIT_BY_SETTING)]
        for item in node.values():
            _fill_in(item, limits)
