"""Wrong keys are slowed by their address, and who was let in stays in."""

from __future__ import annotations

from app.access import guesses
from app.access.guesses import FREE, MAX_ADDRESSES, REFILL_S, Guesses


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_after_so_many_wrong_keys_nothing_is_judged_until_time_has_passed():
    clock = Clock()
    tried = Guesses(clock)
    assert [tried.wait_s("1.2.3.4", None) for _ in range(FREE)] == FREE * [0.0]
    assert tried.wait_s("1.2.3.4", None) == REFILL_S
    assert tried.wait_s("1.2.3.4", "alice") == REFILL_S  # a right guess is not told from a wrong one
    assert tried.wait_s("4.3.2.1", None) == 0.0
    clock.now_s += REFILL_S
    assert tried.wait_s("1.2.3.4", None) == 0.0
    assert tried.wait_s("1.2.3.4", None) > 0


def test_a_key_that_was_shown_from_an_address_goes_on_to_open():
    tried = Guesses(Clock())
    assert tried.wait_s("1.2.3.4", "alice") == 0.0
    while not tried.wait_s("1.2.3.4", None):
        continue
    assert tried.wait_s("1.2.3.4", "alice") == 0.0
    assert tried.wait_s("1.2.3.4", "bob") > 0


def test_all_addresses_of_one_ipv6_network_are_one_caller():
    tried = Guesses(Clock())
    waits = [tried.wait_s(f"2001:db8::{n:x}", None) for n in range(FREE + 1)]
    assert waits[-1] > 0
    assert tried.wait_s("2001:db8:0:1::1", None) == 0.0


def test_only_so_many_addresses_are_remembered():
    tried = Guesses(Clock())
    for n in range(MAX_ADDRESSES + 5):
        tried.wait_s(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", None)
    assert len(tried._callers) == guesses.MAX_ADDRESSES
