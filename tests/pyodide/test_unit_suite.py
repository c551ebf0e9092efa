"""The pure unit suite again, inside CPython 3.14 in WebAssembly: the interpreter that tabs run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Native programs; and what counts the time of a thread, which WebAssembly does not tell.
NOT_IN_A_TAB = ["tests/unit/platform/native", "tests/unit/test_cli.py", "tests/unit/query/test_slices.py"]
# Each runs into a limit of time; tests/browser/test_hostile_queries.py sends the same queries to real tabs.
IN_TABS_ALREADY = ["tests/unit/query/test_hostile_queries.py"]


@pytest.mark.slow
def test_the_unit_suite_passes_in_pyodide(wheels: list[Path], node_path: str) -> None:
    ignored = [f"--ignore={path}" for path in (*NOT_IN_A_TAB, *IN_TABS_ALREADY)]
    folders = ":".join(sorted({str(wheel.parent) for wheel in wheels}))
    command = [node_path, "tests/run_in_pyodide.mjs", folders, "-q", "tests/unit", *ignored]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-6000:]
    assert re.search(r"\d+ passed", output), output[-2000:]
