"""SessionCookies: what keeps one browser's takes apart from another's.

A cookie is a secret of its browser. The service keeps none of them: it recognises its own by their tag, and calls a
session by a public id, made of the cookie by a hash, in folders, logs and addresses.
"""

from __future__ import annotations

import hashlib
import secrets

from app.access.signer import Signer

COOKIE = "editx_session"
PATH = "/"
TOKEN_BYTES = 24
MAX_CHARS = 200
_PURPOSE, _TAB_PURPOSE = "session", "tab"
_TAB = "tab-"


class SessionCookies:
    """Gives out cookies, and recognises those that it gave out."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def new(self) -> str:
        """A cookie that nobody guesses and nobody else can make."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        return f"{token}.{self._signer.tag(_PURPOSE, token)}"

    def of_tab(self, session_id: str) -> str:
        """What stands for a session that one tab has opened by its id, within the service alone: no browser gets it."""
        return f"{_TAB}{session_id}.{self._signer.tag(_TAB_PURPOSE, session_id)}"

    def public_id(self, cookie: str) -> str | None:
        """The id of the cookie's session, as 32 hex digits; None for what this service did not give out."""
        token, _, tag = cookie.partition(".")
        if token.startswith(_TAB):
            session_id = token.removeprefix(_TAB)
            return session_id if self._signer.fits(_TAB_PURPOSE, session_id, tag) else None
        if len(cookie) > MAX_CHARS or not self._signer.fits(_PURPOSE, token, tag):
            return None
        return hashlib.sha256(f"{_PURPOSE}\n{cookie}".encode()).hexdigest()[:32]
