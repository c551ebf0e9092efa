"""The modules of the pages that need no page: run by Node's own test runner (`*.test.js` beside this file)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SITE = HERE.parents[1] / "site"


def test_modules_of_the_pages(node_path: str) -> None:
    if not (SITE / "node_modules" / "d3-force").exists():
        pytest.skip("the site's packages are not installed: ./build.sh site installs them")
    files = [str(path) for path in sorted(HERE.glob("*.test.js"))]
    assert files
    done = subprocess.run([node_path, "--test", *files], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
