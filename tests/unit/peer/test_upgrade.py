"""An older storage opens, is rewritten, and is whole at every moment on the way."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.strategies import picture
from tests.unit.peer.kit import Neighbourhood, Profile, run

from graphvine.errors import FormatTooNew, StorageError
from graphvine.peer import upgrade as upgrade_module
from graphvine.store import pages
from graphvine.testing.memory_storage import MemoryDisk

VECTORS = Path(__file__).resolve().parents[2] / "vectors"


def golden(version: int) -> dict[bytes, bytes]:
    pairs = json.loads((VECTORS / f"store-{version}.json").read_text())["values"]
    return {bytes.fromhex(key): bytes.fromhex(value) for key, value in pairs}


def versions(profile: Profile) -> set[int]:
    return {value[0] for key, value in profile.disk.values.items() if key.startswith((pages.PAGES, pages.RECORDS))}


async def facts(profile: Profile) -> Any:
    graph = await profile.open()
    found = picture(graph._driver.peer.replica.state), graph.status.storage.damaged
    await graph.close()
    return found


def test_a_storage_of_version_1_opens_and_is_version_2_afterwards() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        profile.disk.values = golden(1)
        assert versions(profile) == {1}
        graph = await profile.open()
        alice = await graph.get("alice")
        assert (alice["name"], alice["age"], [edge.target for edge in alice.edges]) == ("Alice", 31, ["bob"])
        assert (await graph.get("bob"))["tags"] == ["a", 1, 2.5, None]
        assert len(await graph.vertices("N")) == 20
        assert [row["name"] for row in await graph.query("SHOW INDEXES")] == ["ages"]
        assert profile.disk.values[pages.FORMAT_KEY] == bytes([pages.FORMAT])
        assert versions(profile) == {pages.FORMAT}
        await graph.put("new")
        await graph.close()
        graph = await profile.open()
        assert graph.status.sync.vertices == 24
        await graph.close()

    run(main())


class FailingDisk(MemoryDisk):
    """Loses power at one write. left: writes until then."""

    left = 10**9

    def commit(self, batch: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise StorageError("The power is off.")
        super().commit(batch)


@pytest.mark.parametrize("writes", range(9))
def test_wherever_it_stops_nothing_is_lost_and_the_next_start_goes_on(
    monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr(upgrade_module, "BATCH_BYTES", 1)  # a batch for each value

    async def main() -> None:
        whole = Neighbourhood().profile("alice")
        whole.disk.values = golden(1)
        wanted = await facts(whole)
        profile = Neighbourhood().profile("alice")
        profile.disk = disk = FailingDisk()
        disk.values = golden(1)
        disk.left = writes
        with suppress(StorageError):  # the power goes off later than that: in a write of the session itself
            assert await facts(profile) == wanted
            assert writes > 5
        before = dict(disk.values)
        disk.left = 10**9
        if writes < 5:
            assert before[pages.FORMAT_KEY] == (b"\1\2" if writes else b"\1")
        assert await facts(profile) == wanted
        assert versions(profile) == {2}

    run(main())


def test_an_older_graphvine_keeps_away_from_an_upgrade_that_is_under_way() -> None:
    """The version of the whole says where it goes before any value is of that version."""

    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        profile.disk.values = golden(1) | {pages.FORMAT_KEY: bytes([1, pages.FORMAT + 1])}
        before = dict(profile.disk.values)
        with pytest.raises(FormatTooNew) as caught:
            await profile.open()
        assert (caught.value.found, caught.value.supported) == (pages.FORMAT + 1, pages.FORMAT)
        assert profile.disk.values == before
        profile.disk.values[pages.FORMAT_KEY] = bytes([1, pages.FORMAT])
        await facts(profile)
        assert profile.disk.values[pages.FORMAT_KEY] == bytes([pages.FORMAT])
        assert versions(profile) == {pages.FORMAT}

    run(main())


def test_damage_stays_where_it_is_and_the_rest_is_rewritten() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        profile.disk.values = golden(1)
        key = next(key for key in profile.disk.values if key.startswith(pages.RECORDS))
        damaged = profile.disk.values[key][:-1] + b"?"
        profile.disk.values[key] = damaged
        assert (await facts(profile))[1] == 1
        assert profile.disk.values[key] == damaged
        assert versions(profile) == {1, 2}
        assert (await facts(profile))[1] == 1

    run(main())


def test_a_full_disk_keeps_nobody_out() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        profile.disk.values = golden(1)
        profile.disk.limit_bytes = profile.disk.size_bytes
        graph = await profile.open()
        assert (await graph.get("alice"))["age"] == 31
        assert profile.disk.values[pages.FORMAT_KEY] == b"\1"
        profile.disk.limit_bytes = None
        await graph.close()
        await facts(profile)
        assert versions(profile) == {2}

    run(main())


def test_two_tabs_that_open_at_once_upgrade_once() -> None:
    async def main() -> None:
        profile = Neighbourhood().profile("alice")
        profile.disk.values = golden(1)
        one, other = await asyncio.gather(profile.open(), profile.open())
        assert versions(profile) == {2}
        for graph in (one, other):
            assert (await graph.get("alice"))["age"] == 31
            await graph.close()

    run(main())
