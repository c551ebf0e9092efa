"""The pure unit suite again, inside CPython 3.14 in WebAssembly: the interpreter that tabs run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_IN_A_TAB = ["tests/unit/platform/native", "tests/unit/test_cli.py"]


@pytest.mark.slow
def test_the_unit_suite_passes_in_pyodide(site_folder: Path) -> None:
    sys.path.insert(0, str(ROOT / "site" / "build"))
    from toolchain import CACHE, SITE, node  # type: ignore[import-not-found, unused-ignore]
    from vendor import pyodide_wheels  # type: ignore[import-not-found, unused-ignore]

    tests = CACHE / "wheels-tests"
    pyodide_wheels(SITE / "build" / "vendor-tests.txt", tests)
    ignored = [f"--ignore={path}" for path in NOT_IN_A_TAB]
    command = [node(), "tests/run_in_pyodide.mjs", f"{CACHE / 'wheels'}:{tests}", "-q", "tests/unit", *ignored]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-6000:]
    assert re.search(r"\d+ passed", output), output[-2000:]
