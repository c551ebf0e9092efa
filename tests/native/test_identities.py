"""The key file: private, whole, and one for all processes."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from graphvine.errors import StorageBlocked, StorageError
from graphvine.platform.native.crypto import NativeCrypto
from graphvine.platform.native.identities import KeyFiles

ROOT = Path(__file__).resolve().parents[2]

LOAD = """
import asyncio, sys
from pathlib import Path
from graphvine.platform.native.identities import KeyFiles
sys.stdin.read(1)
print(asyncio.run(KeyFiles(Path(sys.argv[1])).load_or_create("me")).public.hex())
"""


def load(folder: Path, name: str = "me") -> bytes:
    return asyncio.run(KeyFiles(folder).load_or_create(name)).public


def test_the_same_key_each_time_and_another_per_name(tmp_path: Path) -> None:
    assert load(tmp_path) == load(tmp_path)
    assert load(tmp_path) != load(tmp_path, "Me")
    assert load(tmp_path) != load(tmp_path, "../me")
    assert {path.parent for path in tmp_path.rglob("*.pem")} == {tmp_path}


def test_the_key_signs(tmp_path: Path) -> None:
    async def use() -> None:
        crypto = NativeCrypto()
        key = await KeyFiles(tmp_path).load_or_create("me")
        assert await crypto.verify(key.public, await crypto.sign(key, b"m"), b"m")

    asyncio.run(use())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        load(tmp_path / "new")
    finally:
        os.umask(old)
    (path,) = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "pypkg")}
    processes = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = [process.communicate("x")[0].strip() for process in processes]
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64
    assert len(list(tmp_path.iterdir())) == 1, "no file is left aside"


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_file_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "me.pem").write_bytes(content)
    with pytest.raises(StorageError, match="backup"):
        load(tmp_path)
    assert (tmp_path / "me.pem").read_bytes() == content


def test_a_folder_that_can_not_be_made_is_blocked() -> None:
    with pytest.raises(StorageBlocked, match="GRAPHVINE_HOME"):
        load(Path("/proc/graphvine"))
