"""Keys: who may use the service, each by a name. What was sent is compared by its hash; no key is kept in clear."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its name, and the SHA-256 of what its owner sends."""

    name: str
    digest: str


class KeyRing:
    """The keys that open the service; without any it is open to all."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys = tuple(keys)

    @classmethod
    def of(cls, keys: Iterable[str]) -> KeyRing:
        """A ring of these keys, named by their places."""
        return cls(Key(f"key-{n}", digest_of(key)) for n, key in enumerate(keys, 1))

    @property
    def is_needed(self) -> bool:
        """Whether anybody needs a key."""
        return bool(self._keys)

    def find(self, sent: str) -> Key | None:
        """The key that was sent. Takes as long for a wrong one as for a right one."""
        digest = digest_of(sent)
        matches = [key for key in self._keys if hmac.compare_digest(key.digest, digest)]
        return matches[0] if matches else None

    def named(self, name: str) -> Key | None:
        """The key of that name, if it is still on the ring."""
        return next((key for key in self._keys if key.name == name), None)


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
