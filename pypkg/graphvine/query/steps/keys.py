"""What rows are grouped by, a block at a time."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from graphvine.crdt.cells import EdgeCell, VertexCell
from graphvine.query.compile_expressions import CONTAINERS
from graphvine.query.gradual import Large, key_of
from graphvine.query.steps.block import Values
from graphvine.query.values import group_key

# Types whose values are their own keys: no two of them are equal in Python and different in Cypher.
_OWN_KEYS = frozenset((str, int, type(None), VertexCell, EdgeCell))


def keys_of(columns: list[Values], run: Any) -> Generator[None, None, tuple[Values, bool]]:
    """Return the key of each row, and whether the key of one column is the value itself."""
    keys: list[Values] = []
    is_plain = True
    for column in columns:
        if _OWN_KEYS.issuperset(map(type, column)):
            keys.append(column)
        else:
            is_plain = False
            keys.append((yield from _mapped(column, run)))
    if len(keys) == 1:
        return keys[0], is_plain
    return list(zip(*keys, strict=True)), False


def _mapped(column: Values, run: Any) -> Generator[None, None, Values]:
    """Return the keys of any values. Lists and maps may be large: after each there is a chance to pause.

    Large ones that are equal get one and the same key, so that nobody has to compare them again.
    """
    keys: Values = []
    known: dict[Large, Large] = {}
    for value in column:
        key = (yield from key_of(value, run)) if type(value) in CONTAINERS else group_key(value)
        if type(key) is Large:
            key = known.setdefault(key, key)
            if run.is_due(len(value) >> 2):
                yield None
        keys.append(key)
    return keys


def first_places(keys: Values, fresh: Values) -> list[int]:
    """Return where each of some keys stands first."""
    places = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    return [places[key] for key in fresh]
