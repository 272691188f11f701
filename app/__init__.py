"""EditX: self-hosted speech cloning and editing behind a web page and an OpenAI-compatible API."""

__version__ = "0.2.0"
