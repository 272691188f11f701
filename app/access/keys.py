"""Keys: who may use the service, each by a name. What was sent is compared by its hash; no key is kept in clear.

Keys stand in a file of TOML, a table for each, which is looked at again while the service runs:

    [alice]
    sha256 = "…"              # printf %s "$KEY" | sha256sum
    max_jobs = 4              # jobs that run or wait; left out: as everybody
    audio_s_per_hour = 1800   # seconds of sound that are made; left out: any
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0
NAME = r"^[A-Za-z0-9_-]{1,64}$"


class Key(BaseModel):
    """One key: its name, the SHA-256 of what its owner sends, and its limits."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=NAME)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    max_jobs: int | None = Field(default=None, ge=1)
    audio_s_per_hour: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    sees_all: bool = Field(default=False, description="Whether it is the operator's, who sees the use of all keys.")


class BadKeyFile(ValueError):
    """The file of keys cannot be read or understood; the message says where, and holds nothing of a key."""


class KeyRing:
    """The keys that open the service; without any it is open to all."""

    def __init__(self, keys: Iterable[Key] = (), file: Path | None = None) -> None:
        """`file` is read at once. Raises BadKeyFile."""
        self._given = tuple(keys)
        self._file = file
        self._seen = _state_of(file)
        self._looked_at = time.monotonic()
        self._keys = (*self._given, *_keys_in(file)) if file else self._given

    @classmethod
    def of(cls, keys: Iterable[str], file: Path | None = None) -> KeyRing:
        """A ring of these keys, named by their places, and of those in the file. Raises BadKeyFile."""
        given = (Key(name=f"key-{n}", sha256=digest_of(key), sees_all=True) for n, key in enumerate(keys, 1))
        return cls(given, file)

    @property
    def is_needed(self) -> bool:
        """Whether anybody needs a key. A file without keys lets nobody in."""
        return bool(self._keys) or self._file is not None

    @property
    def all(self) -> tuple[Key, ...]:
        """Every key."""
        return self._keys

    @property
    def is_stale(self) -> bool:
        """Whether it is time to look at the file again."""
        return self._file is not None and time.monotonic() - self._looked_at >= LOOK_AGAIN_S

    def refresh(self) -> None:
        """Read the file again if it has changed. What cannot be understood changes nothing, and is told in the log."""
        self._looked_at = time.monotonic()
        if self._file is None or (state := _state_of(self._file)) == self._seen:
            return
        self._seen = state
        try:
            self._keys = (*self._given, *_keys_in(self._file))
        except BadKeyFile as fault:
            logger.error("the keys stay as they were: %s", fault)
        else:
            logger.info("keys were read again: n=%d", len(self._keys))

    def find(self, sent: str) -> Key | None:
        """The key that was sent. Takes as long for a wrong one as for a right one."""
        digest = digest_of(sent)
        matches = [key for key in self._keys if hmac.compare_digest(key.sha256, digest)]
        return matches[0] if sent and matches else None

    def named(self, name: str) -> Key | None:
        """The key of that name, if it is still on the ring."""
        return next((key for key in self._keys if key.name == name), None)


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _state_of(file: Path | None) -> tuple[int, int, int] | None:
    try:
        status = file.stat() if file else None
    except OSError:
        return None
    return status and (status.st_ino, status.st_mtime_ns, status.st_size)


def _keys_in(file: Path) -> list[Key]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        keys = TypeAdapter(list[Key]).validate_python([{"name": name, **table} for name, table in tables.items()])
    except OSError as fault:
        raise BadKeyFile(f"the file of keys cannot be read: {fault.strerror}") from None
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        name = list(tables)[int(first["loc"][0])]
        field = ".".join(map(str, first["loc"][1:]))
        raise BadKeyFile(f"the file of keys: [{name}] {field}: {first['msg']}") from None
    except (ValueError, TypeError):
        raise BadKeyFile("the file of keys is no TOML with a table for each key") from None
    if any(key.sees_all or key.name.startswith("key-") for key in keys):
        raise BadKeyFile("the file of keys: names that begin with 'key-', and 'sees_all', are for --api-key")
    return keys
