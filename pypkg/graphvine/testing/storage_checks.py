"""What every StorageBackend must do. Plain async functions, run on memory, SQLite and IndexedDB alike.

Each check gets `open_backend`, which opens the same (at first empty) storage as often as it is called, and leaves
whatever it opened to the caller to close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ..errors import StorageError
from ..ports import StorageBackend

OpenBackend = Callable[[], Awaitable[StorageBackend]]
Check = Callable[[OpenBackend], Awaitable[None]]


def expect(condition: bool, what: str) -> None:
    """Fail with `what` (an `assert` would vanish under ``python -O`` in somebody's own test run)."""
    if not condition:
        raise AssertionError(what)


async def check_written_values_are_read(open_backend: OpenBackend) -> None:
    """Values come back byte for byte, empty ones too; an absent key is None."""
    backend = await open_backend()
    every_byte = bytes(range(256))
    await backend.write([(b"a", b"1"), (b"empty", b""), (every_byte, every_byte)])
    expect(await backend.read(b"a") == b"1", "a plain value")
    expect(await backend.read(b"empty") == b"", "an empty value is not an absent one")
    expect(await backend.read(every_byte) == every_byte, "every byte in key and value")
    expect(await backend.read(b"b") is None, "an absent key")
    expect(type(await backend.read(b"a")) is bytes, "values are bytes")
    await backend.close()


async def check_later_writes_win_and_none_deletes(open_backend: OpenBackend) -> None:
    """Within one batch as well, in its order."""
    backend = await open_backend()
    await backend.write([(b"k", b"1"), (b"gone", b"1"), (b"k", b"2")])
    await backend.write([(b"gone", None), (b"never", None)])
    expect(await backend.scan(b"") == [(b"k", b"2")], "last write wins, deletes delete")
    await backend.write([(b"k", None), (b"k", b"3"), (b"m", b"1"), (b"m", None)])
    expect(await backend.scan(b"") == [(b"k", b"3")], "the order inside a batch counts")
    await backend.write([])
    await backend.close()


async def check_prefix_is_bytes_not_text(open_backend: OpenBackend) -> None:
    """Keys of 0xff bytes are still inside their prefix; neighbours are not."""
    backend = await open_backend()
    keys = [
        b"u\xff",
        b"v",
        b"v.",
        b"v/",
        b"v/\x00",
        b"v/\xff",
        b"v/\xff\xff\x01",
        b"v0",
        b"\xfe",
        b"\xff",
        b"\xff\xff",
        b"\xff\xff\x00",
    ]
    await backend.write([(key, key) for key in reversed(keys)])
    for prefix in (b"", b"v", b"v/", b"v/\xff", b"v/\xff\xff", b"\xff", b"\xff\xff", b"\xff\xff\xff", b"w"):
        wanted = [(key, key) for key in sorted(keys) if key.startswith(prefix)]
        expect(await backend.scan(prefix) == wanted, f"scan of {prefix!r}")
    await backend.close()


async def check_scan_is_in_key_order(open_backend: OpenBackend) -> None:
    """Bytewise order, shorter before longer, many more records than one step takes."""
    backend = await open_backend()
    keys = [number.to_bytes(2, "big") for number in range(3_000)] + [b"\x00", b"\x05", b""]
    await backend.write([(b"n/" + key, key) for key in reversed(keys)])
    expect(await backend.scan(b"n/") == [(b"n/" + key, key) for key in sorted(keys)], "order of 3,003 keys")
    await backend.close()


async def check_large_values(open_backend: OpenBackend) -> None:
    """Pages, and one value of 8 MiB."""
    backend = await open_backend()
    page = bytes(range(256)) * 768
    await backend.write([(b"p/%03d" % number, page) for number in range(40)])
    found = await backend.scan(b"p/")
    expect([key for key, _ in found] == [b"p/%03d" % number for number in range(40)], "40 pages in order")
    expect(all(value == page for _, value in found), "pages are whole")
    large = page * 43
    await backend.write([(b"large", large)])
    expect(await backend.read(b"large") == large, "8 MiB come back")
    await backend.close()


async def check_values_are_copied(open_backend: OpenBackend) -> None:
    """What the caller does with its buffers afterwards changes nothing."""
    backend = await open_backend()
    value = bytearray(b"before")
    batch: list[tuple[bytes, bytes | None]] = [(b"k", bytes(value))]
    await backend.write(batch)
    batch.append((b"late", b"1"))
    batch.clear()
    found = await backend.scan(b"")
    found.append((b"not", b"there"))
    expect(await backend.scan(b"") == [(b"k", b"before")], "results and batches are not shared")
    await backend.close()


async def check_data_survives_reopening(open_backend: OpenBackend) -> None:
    """What was acknowledged is there after close and open."""
    backend = await open_backend()
    await backend.write([(b"kept", b"1"), (b"dropped", b"1")])
    await backend.write([(b"dropped", None)])
    await backend.close()
    again = await open_backend()
    expect(await again.scan(b"") == [(b"kept", b"1")], "contents after reopening")
    await again.close()


async def check_two_openers_see_one_storage(open_backend: OpenBackend) -> None:
    """Two tabs (or processes): each sees what the other has written once that returned."""
    one, other = await open_backend(), await open_backend()
    await one.write([(b"from/one", b"1")])
    await other.write([(b"from/other", b"2")])
    wanted = [(b"from/one", b"1"), (b"from/other", b"2")]
    expect(await one.scan(b"from/") == wanted, "the first opener sees both")
    expect(await other.scan(b"from/") == wanted, "the second opener sees both")
    await one.close()
    expect(await other.read(b"from/one") == b"1", "closing one leaves the other open")
    await other.close()


async def check_concurrent_writes_all_land(open_backend: OpenBackend) -> None:
    """A hundred writes in flight at once, from two openers."""
    one, other = await open_backend(), await open_backend()
    await asyncio.gather(*((one, other)[number % 2].write([(b"c/%03d" % number, b"x")]) for number in range(100)))
    expect(len(await one.scan(b"c/")) == 100, "all hundred are there")
    await one.close()
    await other.close()


async def check_a_batch_is_seen_whole_or_not_at_all(open_backend: OpenBackend) -> None:
    """A scan beside a running batch sees none of it or all."""
    backend, reader = await open_backend(), await open_backend()
    await backend.write([(b"s/%04d" % number, b"old") for number in range(500)])
    writing = asyncio.ensure_future(backend.write([(b"s/%04d" % number, b"new") for number in range(500)]))
    while not writing.done():
        values = {value for _, value in await reader.scan(b"s/")}
        expect(len(values) == 1, f"a scan saw half a batch: {sorted(values)}")
        await asyncio.sleep(0)  # a storage in memory answers without ever giving the loop a turn
    await writing
    expect({value for _, value in await reader.scan(b"s/")} == {b"new"}, "the batch arrived")
    await backend.close()
    await reader.close()


async def check_usage_counts(open_backend: OpenBackend) -> None:
    """Numbers or None, never an error."""
    backend = await open_backend()
    await backend.write([(b"u", bytes(100_000))])
    usage = await backend.usage()
    expect(usage.usage_bytes is None or usage.usage_bytes >= 0, "usage")
    expect(usage.quota_bytes is None or usage.quota_bytes > 0, "quota")
    expect(isinstance(usage.is_persistent, bool), "whether it may be evicted")
    await backend.close()


async def check_a_closed_backend_says_so(open_backend: OpenBackend) -> None:
    """Closing twice is fine; every other call raises StorageError."""
    backend = await open_backend()
    await backend.close()
    await backend.close()
    calls: list[Awaitable[object]] = [
        backend.write([(b"k", b"v")]),
        backend.read(b"k"),
        backend.scan(b""),
        backend.usage(),
    ]
    for call in calls:
        try:
            await call
        except StorageError:
            continue
        raise AssertionError("a call after close went through")


CHECKS: Final[tuple[Check, ...]] = (
    check_written_values_are_read,
    check_later_writes_win_and_none_deletes,
    check_prefix_is_bytes_not_text,
    check_scan_is_in_key_order,
    check_large_values,
    check_values_are_copied,
    check_data_survives_reopening,
    check_two_openers_see_one_storage,
    check_concurrent_writes_all_land,
    check_a_batch_is_seen_whole_or_not_at_all,
    check_usage_counts,
    check_a_closed_backend_says_so,
)
