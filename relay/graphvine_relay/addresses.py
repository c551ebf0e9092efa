"""What each network address uses of the relay. Pure: `now` is an argument, an address is any text."""

from __future__ import annotations

import ipaddress

from graphvine.model.allowance import Allowance

from .limits import Limits


def address_key(remote: str) -> str:
    """Return the text under which an address is counted: IPv4 whole, IPv6 by its /64, which one customer owns."""
    try:
        address = ipaddress.ip_address(remote.strip().partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class _Usage:
    __slots__ = ("connections", "dials", "frames")

    def __init__(self, limits: Limits, now: float) -> None:
        self.connections = 0
        self.dials = Allowance(limits.dials_per_s, limits.dials_burst, now=now)
        self.frames = Allowance(limits.address_frames_per_s, limits.address_frames_burst, now=now)

    def is_idle(self, now: float) -> bool:
        return self.connections == 0 and self.dials.is_full(now=now) and self.frames.is_full(now=now)


class Addresses:
    """Connections and rates by address, in bounded memory."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._usage_by_address: dict[str, _Usage] = {}
        self._sweep_at_s = 0.0

    def __len__(self) -> int:
        return len(self._usage_by_address)

    def dial(self, address: str, *, now: float) -> bool:
        """Count a new connection, or say False: this address, or the table, has no room for it."""
        usage = self._usage_by_address.get(address)
        if usage is None:
            self._sweep(now)
            if len(self._usage_by_address) >= self._limits.addresses:
                return False
            usage = self._usage_by_address[address] = _Usage(self._limits, now)
        if usage.connections >= self._limits.connections_per_address or not usage.dials.take(now=now):
            return False
        usage.connections += 1
        return True

    def take_frame(self, address: str, *, now: float, cost: float) -> bool:
        """Take from the frames of an address that has a connection."""
        return self._usage_by_address[address].frames.take(now=now, cost=cost)

    def hang_up(self, address: str) -> None:
        """A connection that `dial` counted is gone."""
        self._usage_by_address[address].connections -= 1

    def _sweep(self, now: float) -> None:
        """Forget who is as good as new. At most once a second, so that a flood of addresses can't make it costly."""
        if now < self._sweep_at_s:
            return
        self._sweep_at_s = now + 1.0
        if len(self._usage_by_address) * 2 < self._limits.addresses:
            return
        self._usage_by_address = {
            address: usage for address, usage in self._usage_by_address.items() if not usage.is_idle(now)
        }
