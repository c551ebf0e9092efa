"""Pages of docs/ that are made from the code say what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_limits_page_is_up_to_date() -> None:
    made = subprocess.run([sys.executable, str(ROOT / "site/build/make_limits.py"), "--check"], check=False)
    assert made.returncode == 0, "run: python site/build/make_limits.py"
