"""The operations: each changes one entity, and nothing else.

An operation may set several properties and labels of its entity; each property and each label is merged on its own.
The bytes of one encoded operation are one leaf of its transaction's Merkle tree, so an operation is also the unit that
can be dropped once everything it says has been overruled. Values over `OWN_OPERATION_BYTES` therefore get an operation
of their own.
"""

from __future__ import annotations

from sys import float_info
from typing import TYPE_CHECKING, Annotated

import msgspec

from graphvine.limits import MAX_INTEGER, MIN_INTEGER

if TYPE_CHECKING:
    from graphvine.model.values import Scalar, Value

    Plain = Value
    PlainScalar = Scalar
else:
    # What most properties hold, and msgspec can check on its own. Bytes, temporal values and lists come another way
    # (`codec.operations`).
    _Integer = Annotated[int, msgspec.Meta(ge=MIN_INTEGER, le=MAX_INTEGER)]
    _Float = Annotated[float, msgspec.Meta(ge=-float_info.max, le=float_info.max)]  # so neither infinite nor NaN
    Plain = PlainScalar = None | bool | _Integer | _Float | str

# A value larger than this is worth dropping on its own, so it travels in its own operation.
OWN_OPERATION_BYTES = 1024


class PutVertex(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=0, gc=False):
    """Create the vertex, or change some of its properties and labels.

    removed, unlabelled: names that this operation takes away. after: the largest time among the writes that it
    replaces, as its writer saw them; 0 when it replaces none.
    """

    id: str
    labels: list[str] = []
    properties: dict[str, Plain] = {}
    removed: list[str] = []
    unlabelled: list[str] = []
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


class PutEdge(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=1, gc=False):
    """Create the edge, or change some of its properties. Type and both ends are part of what the edge *is*.

    after: as in `PutVertex`.
    """

    id: str
    type: str
    source: str
    target: str
    properties: dict[str, Plain] = {}
    removed: list[str] = []
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


class DeleteVertex(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=2, gc=False):
    """Hide everything older about the vertex, its edges in both directions included."""

    id: str


class DeleteEdge(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=3, gc=False):
    """Hide everything older about the edge."""

    id: str


# The kinds of mergeable values. A number is for ever; bodies are in `codec.bodies`, rules in `crdt.kinds`.
COUNTER, SET, MAP, LIST, TEXT = 1, 2, 3, 4, 5
KIND_NAMES = {COUNTER: "Counter", SET: "Set", MAP: "Map", LIST: "List", TEXT: "Text"}


class MergeVertex(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=4, gc=False):
    """Merge something into a mergeable value of a vertex, which thereby exists.

    name: the property that readers see it as. kind: of the values above. body: bytes of a closed type for each kind.
    """

    id: str
    name: str
    kind: int
    body: bytes


class MergeEdge(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag_field="op", tag=5, gc=False):
    """Merge something into a mergeable value of an edge, which thereby exists."""

    id: str
    type: str
    source: str
    target: str
    name: str
    kind: int
    body: bytes


Put = PutVertex | PutEdge
Merge = MergeVertex | MergeEdge
Operation = Put | DeleteVertex | DeleteEdge | Merge


def merge_units(body: bytes) -> int:
    """Return about how much work a merge is, in puts of a vertex: an entry takes four bytes and more."""
    return len(body) >> 3
