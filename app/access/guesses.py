"""Guesses: wrong keys by the address that sent them, so that nobody tries many.

An address may send FREE wrong keys, and one more every REFILL_S. Beyond that nothing it sends is judged but keys that
it has shown before: who shares an address with somebody who guesses, and was let in, stays in.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

FREE, REFILL_S = 10, 6.0
MAX_ADDRESSES = 10_000  # that are remembered, the last to ask
IPV6_PREFIX = 64  # bits: one caller has all addresses behind them


@dataclass(slots=True)
class _Caller:
    spent_until: float = 0.0  # when all its wrong keys are forgotten
    known: set[str] = field(default_factory=set)  # the names of keys that it has shown


class Guesses:
    """What each address has sent. For the event loop only."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._callers: OrderedDict[str, _Caller] = OrderedDict()

    def wait_s(self, address: str, name: str | None) -> float:
        """Seconds until what the address sent may be judged, 0 for at once; `name` is that of the key, if it is one.

        A guess that may be judged is counted.
        """
        caller = self._caller(address)
        now_s = self._now_s()
        if name in caller.known:
            return 0.0
        spent_s = max(0.0, caller.spent_until - now_s)
        if spent_s > (FREE - 1) * REFILL_S:
            return spent_s - (FREE - 1) * REFILL_S
        if name is None:
            caller.spent_until = now_s + spent_s + REFILL_S
        else:
            caller.known.add(name)
        return 0.0

    def _caller(self, address: str) -> _Caller:
        whose = _network(address)
        caller = self._callers.setdefault(whose, _Caller())
        self._callers.move_to_end(whose)
        if len(self._callers) > MAX_ADDRESSES:
            self._callers.popitem(last=False)
        return caller


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
