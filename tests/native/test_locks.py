"""File locks among processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graphvine.errors import StorageBlocked
from graphvine.platform.native.locks import FileLocks

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import asyncio, sys
from pathlib import Path
from graphvine.platform.native.locks import FileLocks
async def main():
    lease = await FileLocks(Path(sys.argv[1])).acquire("compact", wait=False)
    print("held" if lease else "taken", flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


def test_a_lock_is_freed_when_its_process_is_killed(tmp_path: Path) -> None:
    async def use() -> None:
        locks = FileLocks(tmp_path)
        assert await locks.acquire("compact", wait=False) is None
        waiting = asyncio.ensure_future(locks.acquire("compact", wait=True))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        holder.send_signal(signal.SIGKILL)
        lease = await asyncio.wait_for(waiting, 60)
        assert lease is not None
        lease.release()

    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "pypkg")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        asyncio.run(use())


def test_names_are_kept_apart_and_inside_the_folder(tmp_path: Path) -> None:
    async def use() -> None:
        locks = FileLocks(tmp_path / "locks")
        for name in ("a", "A", "../a", "a/b", "", ".", "nul\0"):
            assert await locks.acquire(name, wait=False) is not None

    asyncio.run(use())
    assert [path.name for path in tmp_path.iterdir()] == ["locks"]
    assert len(list((tmp_path / "locks").iterdir())) == 7


def test_a_place_that_can_not_be_written_is_blocked() -> None:
    with pytest.raises(StorageBlocked):
        asyncio.run(FileLocks(Path("/proc/graphvine")).acquire("a", wait=False))
