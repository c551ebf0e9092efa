"""What every Locks must do, on CPython. Web Locks: tests/browser/test_storage.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from graphvine.platform.native.locks import FileLocks
from graphvine.testing import locks_checks


@pytest.mark.parametrize("check", locks_checks.CHECKS, ids=lambda check: check.__name__)
def test_file_locks(check: locks_checks.Check, tmp_path: Path) -> None:
    asyncio.run(check(FileLocks(tmp_path / "locks")))


def test_every_check_is_in_the_list() -> None:
    named = {value for name, value in vars(locks_checks).items() if name.startswith("check_")}
    assert named == set(locks_checks.CHECKS)
