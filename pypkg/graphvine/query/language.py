"""The language as data, for editors that complete and explain it: keywords, functions with signatures, procedures."""

from __future__ import annotations

from typing import NamedTuple

from graphvine.query.functions.aggregates import AGGREGATES
from graphvine.query.functions.catalog import FUNCTIONS
from graphvine.query.functions.signature import Aggregate, Function
from graphvine.query.procedures import BUILT_IN

KEYWORDS = tuple(
    "ALL AND AS ASC ASCENDING BY CALL CASE CONTAINS COUNT CREATE DELETE DESC DESCENDING DETACH DISTINCT DROP ELSE END"
    " ENDS EXISTS EXPLAIN FALSE FOR FOREACH IN INDEX IS LIMIT MATCH MERGE NOT NULL ON OPTIONAL OR ORDER PROFILE REMOVE"
    " RETURN SET SHOW SKIP STARTS THEN TRUE UNION UNWIND WHEN WHERE WITH XOR YIELD".split()
)
"""What the grammar reserves or gives a meaning in some place."""

_SPELLED = {
    name.lower(): name
    for name in (
        "elementId startNode endNode valueType isEmpty isNaN toBoolean toBooleanList toBooleanOrNull toFloat"
        " toFloatList toFloatOrNull toInteger toIntegerList toIntegerOrNull toLower toUpper toString toStringList"
        " toStringOrNull randomUUID percentileCont percentileDisc stDev stDevP"
        " duration.inDays duration.inMonths duration.inSeconds"
        " datetime.fromEpoch datetime.fromEpochMillis db.propertyKeys db.relationshipTypes"
    ).split()
}
"""Names with a capital inside, as people write them; all others are lower case."""


class Described(NamedTuple):
    """A function, aggregate or procedure. name: as people write it. signature: its arguments and what it gives."""

    name: str
    signature: str
    kind: str


_FORMS = (
    Described("shortestPath", "((a)-[*]-(b)) → Path", "form"),
    Described("allShortestPaths", "((a)-[*]-(b)) → Paths", "form"),
    Described("all", "(x IN List WHERE …) → Boolean", "form"),
    Described("any", "(x IN List WHERE …) → Boolean", "form"),
    Described("none", "(x IN List WHERE …) → Boolean", "form"),
    Described("single", "(x IN List WHERE …) → Boolean", "form"),
    Described("reduce", "(sum = 0, x IN List | sum + x) → Any", "form"),
)
"""What looks like a function and has a grammar of its own."""


def functions() -> list[Described]:
    """Return every function, aggregate and form, by name."""
    aggregates = {name: _describe(name, each, "aggregate") for name, each in AGGREGATES.items()}
    plain = {name: _describe(name, each, "function") for name, each in FUNCTIONS.items()}
    forms = {each.name.lower(): each for each in _FORMS}
    return [each for _, each in sorted((aggregates | plain | forms).items())]


def procedures() -> list[Described]:
    """Return every procedure that CALL knows without anybody's help."""
    found = []
    for name, procedure in sorted(BUILT_IN.items()):
        given = ", ".join(f"{key}: {kind.name}" for key, kind in procedure.inputs)
        answers = ", ".join(f"{key}: {kind.name}" for key, kind in procedure.outputs)
        found.append(Described(_SPELLED.get(name, name), f"({given}) → {answers}", "procedure"))
    return found


def _describe(name: str, what: Function | Aggregate, kind: str) -> Described:
    most = min(what.most, what.least + 2, max(len(what.accepts), what.least))
    needed = [_argument(what, position) for position in range(what.least)]
    possible = [_argument(what, position) for position in range(what.least, most)]
    inside = ", ".join(needed) + "".join(
        f"[, {each}]" if needed or at else f"[{each}]" for at, each in enumerate(possible)
    )
    more = ", …" if what.most > max(most, 4) else ""
    return Described(_SPELLED.get(name, name), f"({inside}{more}) → {what.returns.name}", kind)


def _argument(what: Function | Aggregate, position: int) -> str:
    names = what.accepts[position] if position < len(what.accepts) else None
    if not names:
        return "Any"
    return "Number" if {"Integer", "Float"} <= names else " | ".join(sorted(names))
