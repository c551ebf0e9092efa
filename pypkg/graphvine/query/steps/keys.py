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
# Characters of a column from where its texts are hashed with pauses, and of a text that is long by itself.
_HEAVY, _LONG = 262_144, 4_096


def keys_of(columns: list[Values], run: Any) -> Generator[None, None, tuple[Values, bool]]:
    """Return the key of each row, and whether the key of one column is the value itself."""
    keys: list[Values] = []
    is_plain = True
    for column in columns:
        kinds = {*map(type, column)}
        if kinds <= _OWN_KEYS:
            is_heavy = str in kinds and _characters(column, kinds) > _HEAVY
            keys.append((yield from _settled(column, run)) if is_heavy else column)
        else:
            is_plain = False
            keys.append((yield from _mapped(column, run)))
    if len(keys) == 1:
        return keys[0], is_plain
    return list(zip(*keys, strict=True)), False


def _characters(column: Values, kinds: set[type]) -> int:
    if len(kinds) == 1:
        return sum(map(len, column))
    return sum([len(value) for value in column if type(value) is str])


def _settled(column: Values, run: Any) -> Generator[None, None, Values]:
    """Return the same keys. Long texts are hashed here, a few at a time, and equal ones become one and the same.

    So nobody who looks them up afterwards goes over their characters again, in this block or in later ones.
    """
    settled: Values = []
    known: dict[str, str] = run.long_texts
    for value in column:
        key = value
        if type(value) is str and len(value) > _LONG:
            if run.is_due(len(value) >> 4):
                yield None
            key = known.setdefault(value, value)
        settled.append(key)
    return settled


def _mapped(column: Values, run: Any) -> Generator[None, None, Values]:
    """Return the keys of any values. Lists and maps may be large: after each there is a chance to pause.

    Large ones that are equal get one and the same key, so that nobody has to compare them again.
    """
    keys: Values = []
    known: dict[Large, Large] = {}
    for value in column:
        if type(value) is str and len(value) > _LONG and run.is_due(len(value) >> 4):
            yield None
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
