"""Names of test cases."""

from __future__ import annotations

import re


def shown(value: object) -> str:
    """Return `repr(value)` without addresses in memory: processes that share the tests must agree on names."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
