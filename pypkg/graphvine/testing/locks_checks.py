"""What every Locks implementation must do. Locks are used by several holders in one tab or process as well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ..ports import Lease, Locks
from .storage_checks import expect

Check = Callable[[Locks], Awaitable[None]]


async def check_a_taken_lock_is_refused(locks: Locks) -> None:
    """Without waiting: None. After release: ours."""
    first = await _take(locks, "a")
    expect(await locks.acquire("a", wait=False) is None, "taken")
    other = await _take(locks, "b/with slash and \u00fc")
    first.release()
    first.release()
    again = await _take(locks, "a", wait=True)
    again.release()
    other.release()


async def check_waiting_ends_with_the_release(locks: Locks) -> None:
    """Whoever waits gets it when it is let go, and not before."""
    first = await _take(locks, "w")
    waiting = asyncio.ensure_future(locks.acquire("w", wait=True))
    for _ in range(5):
        await asyncio.sleep(0)
    expect(not waiting.done(), "still taken")
    first.release()
    second = await asyncio.wait_for(waiting, 10)
    expect(second is not None, "handed over")
    expect(await locks.acquire("w", wait=False) is None, "now the second holds it")
    if second is not None:
        second.release()


async def check_a_cancelled_wait_holds_nothing(locks: Locks) -> None:
    """Giving up while waiting leaves no ghost that gets the lock later."""
    first = await _take(locks, "c")
    waiting = asyncio.ensure_future(locks.acquire("c", wait=True))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    first.release()
    last = await asyncio.wait_for(locks.acquire("c", wait=True), 10)
    expect(last is not None, "free again")
    if last is not None:
        last.release()


async def check_one_at_a_time(locks: Locks) -> None:
    """Twenty that want the same lock hold it one after the other."""
    inside = 0
    worst = 0

    async def visit() -> None:
        nonlocal inside, worst
        lease = await _take(locks, "m", wait=True)
        inside += 1
        worst = max(worst, inside)
        await asyncio.sleep(0)
        inside -= 1
        lease.release()

    await asyncio.gather(*(visit() for _ in range(20)))
    expect(worst == 1, f"{worst} held one lock at once")


async def _take(locks: Locks, name: str, *, wait: bool = False) -> Lease:
    lease = await locks.acquire(name, wait=wait)
    if lease is None:
        raise AssertionError(f"lock {name!r} was not free")
    return lease


CHECKS: Final[tuple[Check, ...]] = (
    check_a_taken_lock_is_refused,
    check_waiting_ends_with_the_release,
    check_a_cancelled_wait_holds_nothing,
    check_one_at_a_time,
)
