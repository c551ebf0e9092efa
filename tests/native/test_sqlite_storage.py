"""SQLite on a real disk: what happens when things go wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from graphvine.errors import InvalidValue, StorageBlocked, StorageError
from graphvine.platform.native.platform import open_storage
from graphvine.platform.native.sqlite_storage import SqliteStorage

ROOT = Path(__file__).resolve().parents[2]


def run_python(code: str, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-u", "-c", code, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "pypkg")}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


WRITE_FOR_EVER = """
import asyncio, sys
from graphvine.platform.native.platform import open_storage
from graphvine.platform.native.sqlite_storage import SqliteStorage
async def main():
    storage = await SqliteStorage.open(sys.argv[1])
    number = 0
    while True:
        await storage.write([(b"n/%08d" % number, b"v" * 500), (b"twin/%08d" % number, b"v")])
        print(number)
        number += 1
asyncio.run(main())
"""


def test_acknowledged_writes_survive_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "graph.sqlite"
    with run_python(WRITE_FOR_EVER, str(path)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    acknowledged = [int(line) for line in lines if line.endswith("\n")]

    async def look() -> None:
        storage = await SqliteStorage.open(path)
        numbers = {int(key[2:]) for key, _ in await storage.scan(b"n/")}
        twins = {int(key[5:]) for key, _ in await storage.scan(b"twin/")}
        assert set(acknowledged) <= numbers
        assert numbers == twins, "a batch was torn"
        assert await storage.read(b"n/%08d" % acknowledged[-1]) == b"v" * 500
        await storage.close()

    asyncio.run(look())


FILL = """
import asyncio, subprocess, sys
from graphvine.errors import StorageFull
from graphvine.platform.native.platform import open_storage
from graphvine.platform.native.sqlite_storage import SqliteStorage
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", sys.argv[1]]).returncode:
    print("no mount"); sys.exit()
async def main():
    storage = await SqliteStorage.open(sys.argv[1] + "/graph.sqlite")
    written = 0
    try:
        while True:
            await storage.write([(b"p/%04d" % written, bytes(50_000)), (b"twin/%04d" % written, b"")])
            written += 1
    except StorageFull as error:
        assert "room" in str(error)
    kept = await storage.scan(b"p/")
    assert len(kept) == written > 5, (len(kept), written)
    assert len(await storage.scan(b"twin/")) == written
    await storage.close()
    again = await SqliteStorage.open(sys.argv[1] + "/graph.sqlite")
    assert len(await again.scan(b"p/")) == written
    await again.close()
    print("good")
asyncio.run(main())
"""


def test_a_full_disk_is_storage_full_and_loses_nothing(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare: can't make a small disk")
    with run_python(FILL, str(tmp_path), before=("unshare", "--user", "--map-root-user", "--mount")) as process:
        output = process.communicate(timeout=60)[0]
    if "no mount" in output or "unshare" in output:
        pytest.skip(f"can't make a small disk: {output}")
    assert output == "good\n"


def test_a_database_held_by_another_program_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphvine.platform.native.sqlite_storage._BUSY_S", 0.1)
    path = tmp_path / "graph.sqlite"

    async def use() -> None:
        storage = await SqliteStorage.open(path)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match=r"Another program has held .*graph\.sqlite"):
            await storage.write([(b"k", b"v")])
        other.execute("ROLLBACK")
        other.close()
        await storage.write([(b"k", b"v")])
        await storage.close()

    asyncio.run(use())


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "graph.sqlite"
    path.write_bytes(b"these are my holiday pictures " * 100)
    with pytest.raises(StorageError, match="no SQLite file"):
        asyncio.run(SqliteStorage.open(path))
    assert path.read_bytes().startswith(b"these are")


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    other = sqlite3.connect(path)
    other.execute("PRAGMA application_id = 7")
    other.execute("CREATE TABLE things (name TEXT)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        asyncio.run(SqliteStorage.open(path))
    assert path.read_bytes() == before


def test_a_damaged_page_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "graph.sqlite"

    async def fill() -> None:
        storage = await SqliteStorage.open(path)
        await storage.write([(b"k%04d" % number, bytes(1000)) for number in range(500)])
        await storage.close()

    async def read() -> None:
        storage = await SqliteStorage.open(path)
        try:
            await storage.scan(b"")
        finally:
            await storage.close()

    asyncio.run(fill())
    data = bytearray(path.read_bytes())
    data[8192:-4096] = b"\xa5" * (len(data) - 8192 - 4096)
    path.write_bytes(data)
    with pytest.raises(StorageError, match="damaged"):
        asyncio.run(read())


@pytest.mark.parametrize("place", ["/proc/graphvine/graph.sqlite", "/dev/null/graph.sqlite"])
def test_a_place_that_can_not_be_written_is_blocked(place: str) -> None:
    with pytest.raises(StorageBlocked, match="GRAPHVINE_HOME"):
        asyncio.run(SqliteStorage.open(place))


def test_a_folder_in_place_of_the_file_is_blocked(tmp_path: Path) -> None:
    (tmp_path / "graph.sqlite").mkdir()
    with pytest.raises(StorageBlocked, match=r"can't be written"):
        asyncio.run(SqliteStorage.open(tmp_path / "graph.sqlite"))


def test_a_path_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(InvalidValue, match="zero character"):
        asyncio.run(open_storage("00" * 32, "a\0b"))


def test_memory_storage_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        storage = await open_storage("00" * 32, ":memory:")
        await storage.write([(b"k", b"v")])
        assert await storage.scan(b"") == [(b"k", b"v")]
        assert (await storage.usage()).is_persistent is False
        await storage.close()

    monkeypatch.chdir(tmp_path)
    asyncio.run(use())
    assert list(tmp_path.iterdir()) == []


def test_the_loop_goes_on_while_the_disk_works(tmp_path: Path) -> None:
    async def use() -> None:
        storage = await SqliteStorage.open(tmp_path / "graph.sqlite")
        turns = 0
        writing = asyncio.ensure_future(storage.write([(b"%06d" % number, bytes(100)) for number in range(20_000)]))
        while not writing.done():
            await asyncio.sleep(0)
            turns += 1
        await writing
        await storage.close()
        assert turns > 10

    asyncio.run(use())
