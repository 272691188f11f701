"""Signer: tells what this service gave out from what somebody made up.

The secret lies in the cache folder, so that cookies outlive a restart and hold for all services on one folder.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from pathlib import Path

from app.files import locked, replacing

logger = logging.getLogger(__name__)

SECRET_BYTES = 32


class Signer:
    """Makes and checks tags (HMAC-SHA-256) of texts, with a secret that never leaves the service."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def kept_in(cls, folder: Path) -> Signer:
        """The signer whose secret lies in the folder, made where there is none; on a disk that takes none, for now.

        Reads and writes files.
        """
        try:
            return cls(_secret_in(folder))
        except OSError as fault:
            logger.warning("the secret of cookies is not kept, they end with this process: %s", fault.strerror)
            return cls(secrets.token_bytes(SECRET_BYTES))

    def tag(self, purpose: str, text: str) -> str:
        """The tag of a text, as 64 hex digits; of one purpose it says nothing about another."""
        return hmac.new(self._secret, f"{purpose}\n{text}".encode("utf-8", "replace"), "sha256").hexdigest()

    def fits(self, purpose: str, text: str, tag: str) -> bool:
        """Whether the tag is this signer's for that text."""
        return hmac.compare_digest(self.tag(purpose, text).encode(), tag.encode("utf-8", "replace"))


def _secret_in(folder: Path) -> bytes:
    path = folder / "secret"
    with locked(folder / ".secret-lock"):
        if not path.exists() or len(path.read_bytes()) != SECRET_BYTES:
            with replacing(path) as draft:
                draft.touch(0o600)
                draft.write_bytes(secrets.token_bytes(SECRET_BYTES))
        return path.read_bytes()
