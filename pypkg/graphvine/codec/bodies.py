"""Bodies of merge operations: bytes of one closed type for each kind of mergeable value.

::

    counter = total: int (64 bits)        what this writer has added altogether, see `crdt.counter`

`check_body` looks at a stranger's body before anything is applied; what passes is decoded again where it is merged.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from graphvine.errors import InvalidValue
from graphvine.limits import MAX_INTEGER, MAX_MERGE_BYTES, MIN_INTEGER
from graphvine.model.operation import COUNTER

_encoder = msgspec.msgpack.Encoder()
_counter_decoder = msgspec.msgpack.Decoder(int)


def encode_counter(total: int) -> bytes:
    """Return the body that sets a writer's total."""
    return _encoder.encode(total)


def decode_counter(body: bytes) -> int:
    """Return a writer's total. Raises InvalidValue."""
    total = _counter_decoder.decode(body)
    if MIN_INTEGER <= total <= MAX_INTEGER:
        return total
    raise InvalidValue("a counter beyond 64 bits")


# How a body of each kind is checked: the decoder raises InvalidValue or msgspec's errors.
CHECKS: dict[int, Callable[[bytes], object]] = {COUNTER: decode_counter}


def check_body(kind: int, body: bytes) -> None:
    """Raise InvalidValue, or an error of msgspec, unless `body` is one of its kind."""
    if len(body) > MAX_MERGE_BYTES:
        raise InvalidValue(f"a merge of {len(body):,} bytes")
    check = CHECKS.get(kind)
    if check is None:
        raise InvalidValue(f"a mergeable value of unknown kind {kind}")
    check(body)
