"""The HTTP API under /v1: it translates, the engine works."""

from app.api.create import create_api

__all__ = ["create_api"]
