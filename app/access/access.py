"""Access: which key a request shows, by its header or by the cookie of the sign-in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.access.guesses import FREE, Guesses
from app.access.keys import Key, KeyRing
from app.access.signer import Signer
from app.access.usage import Usage
from app.engine.errors import TooManyGuesses
from app.settings import Settings

SIGN_IN_COOKIE = "editx_key"
SIGNED_IN_S = 7 * 86_400
_PURPOSE = "sign-in"


@dataclass(frozen=True, slots=True)
class Access:
    """The keys of the service, and what signs its cookies."""

    keys: KeyRing
    signer: Signer
    usage: Usage = field(default_factory=Usage)
    guesses: Guesses = field(default_factory=Guesses)

    @classmethod
    def from_settings(cls, settings: Settings) -> Access:
        """The access that the settings describe. Reads and writes files. Raises BadKeyFile."""
        return cls(KeyRing.of(settings.api_keys, settings.key_file), Signer.kept_in(settings.cache_dir))

    def keeps_house(self, key: Key | None) -> bool:
        """Whether who shows this key may delete what nobody owns: the operator; where no keys are asked for, anyone."""
        return key.sees_all if key is not None else not self.keys.is_needed

    def by_header(self, authorization: str, address: str) -> Key | None:
        """The key of an `Authorization: Bearer <key>`. Raises TooManyGuesses."""
        scheme, _, sent = authorization.partition(" ")
        return self.judged(sent.strip(), address) if scheme.lower() == "bearer" else None

    def judged(self, sent: str, address: str) -> Key | None:
        """The key that was sent from an address; None for a wrong one. Raises TooManyGuesses."""
        key = self.keys.find(sent)
        if not self.keys.is_needed:
            return None
        wait_s = self.guesses.wait_s(address, None if key is None else key.name)
        if wait_s:
            raise TooManyGuesses(FREE, wait_s)
        return key

    def by_cookie(self, cookies: Mapping[str, str]) -> Key | None:
        """The key that somebody signed in with, while it is on the ring and the time of the sign-in is not over."""
        name, _, rest = cookies.get(SIGN_IN_COOKIE, "").partition(".")
        ends_at, _, tag = rest.partition(".")
        key = self.keys.named(name)
        if key is None or not self.signer.fits(_PURPOSE, _signed(key, ends_at), tag):
            return None
        return key if int(ends_at) > time.time() else None

    def cookie_for(self, key: Key) -> str:
        """What a browser shows from now on instead of the key. It is of no use once the key is changed."""
        ends_at = str(int(time.time()) + SIGNED_IN_S)
        return f"{key.name}.{ends_at}.{self.signer.tag(_PURPOSE, _signed(key, ends_at))}"


def _signed(key: Key, ends_at: str) -> str:
    return f"{key.name}\n{key.sha256}\n{ends_at}"
