"""What every storage must do, on those that CPython can run. IndexedDB: tests/browser/test_storage.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from graphvine.platform.memory import MemoryStorage
from graphvine.platform.native.sqlite_storage import SqliteStorage
from graphvine.ports import StorageBackend
from graphvine.testing import storage_checks
from graphvine.testing.memory_storage import MemoryDisk


def memory(folder: Path) -> storage_checks.OpenBackend:
    values: dict[bytes, bytes] = {}

    async def open_backend() -> StorageBackend:
        return MemoryStorage(values)

    return open_backend


def simulated(folder: Path) -> storage_checks.OpenBackend:
    return MemoryDisk().open


def sqlite(folder: Path) -> storage_checks.OpenBackend:
    async def open_backend() -> StorageBackend:
        return await SqliteStorage.open(folder / "deep" / "er" / "graph.sqlite")

    return open_backend


@pytest.mark.parametrize("kind", [memory, simulated, sqlite], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("check", storage_checks.CHECKS, ids=lambda check: check.__name__)
def test_storage(
    kind: Callable[[Path], storage_checks.OpenBackend], check: storage_checks.Check, tmp_path: Path
) -> None:
    asyncio.run(check(kind(tmp_path)))


def test_every_check_is_in_the_list() -> None:
    named = {value for name, value in vars(storage_checks).items() if name.startswith("check_")}
    assert named == set(storage_checks.CHECKS)
