"""What each network address may use, and that remembering it is bounded."""

from __future__ import annotations

import pytest

from graphvine_relay.addresses import Addresses, address_key
from graphvine_relay.limits import Limits


@pytest.mark.parametrize(
    ("remote", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_who_counts_as_one(remote: str, key: str) -> None:
    assert address_key(remote) == key


def test_a_flood_of_addresses_is_bounded_and_forgotten() -> None:
    addresses = Addresses(Limits(addresses=100, dials_per_s=1))
    accepted = 0
    for number in range(1000):
        if addresses.dial(str(number), now=0):
            addresses.hang_up(str(number))
            accepted += 1
    assert accepted == len(addresses) == 100
    assert not addresses.dial("late", now=0.5), "their buckets are not full again"
    assert addresses.dial("late", now=2)
    assert len(addresses) == 1


def test_addresses_with_connections_are_not_forgotten() -> None:
    addresses = Addresses(Limits(addresses=4, connections_per_address=1))
    assert addresses.dial("a", now=0)
    for number in range(8):
        if addresses.dial(str(number), now=number * 100.0):
            addresses.hang_up(str(number))
    assert not addresses.dial("a", now=10_000)
    addresses.hang_up("a")
    assert addresses.dial("a", now=10_000)
