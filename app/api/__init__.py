"""The HTTP API under /v1: it translates, the engine works."""
