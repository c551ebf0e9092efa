"""Limits fit each other: what one lets through, the next can carry."""

from __future__ import annotations

import re
from pathlib import Path

from graphvine import limits
from graphvine.codec.operations import MAX_OPERATION_BYTES
from graphvine.store.builder import MAX_LEAF_BYTES


def test_what_fits_one_level_fits_the_next():
    assert limits.MAX_VALUE_BYTES < MAX_OPERATION_BYTES < MAX_LEAF_BYTES < limits.MAX_TRANSACTION_BYTES
    assert limits.MAX_TRANSACTION_BYTES < limits.MAX_MESSAGE_BYTES
    assert limits.MAX_FRAME_BYTES <= limits.SEND_QUEUE_SOFT_BYTES < limits.SEND_QUEUE_HARD_BYTES
    assert limits.MAX_MESSAGE_BYTES < limits.SEND_QUEUE_HARD_BYTES
    assert limits.MAX_DRIFT_MS < limits.MAX_HOLD_MS
    assert limits.SOFT_CONNECTIONS < limits.HARD_CONNECTIONS
    assert (limits.MIN_INTEGER, limits.MAX_INTEGER) == (-(2**63), 2**63 - 1)


def test_every_limit_says_its_unit_and_reason():
    lines = Path(limits.__file__).read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[A-Z_]+ = ", line):
            before = lines[number - 1]
            assert before.startswith("# ") or re.match(r"[A-Z_]+ = ", before), f"no comment above {line}"


def test_every_limit_is_used_somewhere():
    package = Path(limits.__file__).parent
    text = "".join(path.read_text() for path in package.rglob("*.py") if path.name != "limits.py")
    unused = [name for name in vars(limits) if name.isupper() and name not in text]
    # What the browser tests hold us to; slices are far shorter.
    assert set(unused) <= {"MAX_STEP_S"}
