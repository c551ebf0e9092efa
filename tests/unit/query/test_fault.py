"""Where errors say they are: the caret stands under what is wrong, whatever has found it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.query.shared import error, graph_of

GIVEN = ("CREATE (:P {_id: 'a', x: 1, s: 'one'})-[:K {_id: 'k'}]->(:P {_id: 'b', x: 2})",)
LONG = "n" * 300
# A text with ¦ in front of what is wrong; its parameters; the words of the message; its type and detail.
CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("RETURN 1 + ¦$p", {"p": object()}, "$p is of the type object", "TypeError InvalidArgumentType"),
    ("UNWIND ¦$p AS x RETURN $p", {"p": [1, {"a": 2**64}]}, "outside 64 bits", "TypeError InvalidArgumentType"),
    ("RETURN ¦$p", {"p": {1: 2}}, "keys that are no text", "TypeError InvalidArgumentType"),
    ("RETURN ¦$p", {"p": list(range(500)) + [object()]}, "of the type object", "TypeError InvalidArgumentType"),
    ("MATCH (n) SET ¦n:A:``", {}, "A label is empty", "SyntaxError InvalidName"),
    ("CREATE ¦(:A:``)", {}, "A label is empty", "SyntaxError InvalidName"),
    (f"MERGE ¦(:{LONG})", {}, "A label has 300 bytes", "SyntaxError InvalidName"),
    (f"MATCH (a) CREATE (a)¦-[:{LONG}]->()", {}, "An edge type has 300 bytes", "SyntaxError InvalidName"),
    (f"MATCH (n) SET ¦n.{LONG} = 1", {}, "A property name has 300 bytes", "SyntaxError InvalidName"),
    ("MATCH (n) SET ¦n[''] = 1", {}, "A property name is empty", "ArgumentError InvalidName"),
    ("MATCH (n) SET ¦n += $p", {"p": {"": 1}}, "A property name is empty", "ArgumentError InvalidName"),
    ("CREATE ¦(:A {``: 1})", {}, "A property name is empty", "ArgumentError InvalidName"),
    ("CREATE (), ¦({_id: $p})", {"p": "i" * 600}, "A vertex id has 600 bytes", "ArgumentError InvalidArgumentValue"),
    ("CREATE ()¦-[:K {_id: $p}]->()", {"p": "i" * 600}, "An edge id has", "ArgumentError InvalidArgumentValue"),
    (f"CREATE INDEX FOR (n:{LONG}) ON (n.x)", {}, "300 bytes", "SyntaxError InvalidName"),
    ("CREATE ()-[:K]->¦({_id: 'b'})", {}, "the id 'b' already", "ConstraintValidationFailed CreateBlockedByConstraint"),
    (
        "MATCH (n {x: 1}) CREATE (n)¦-[:K {_id: 'k'}]->()",
        {},
        "the id 'k' already",
        "ConstraintValidationFailed CreateBlockedByConstraint",
    ),
    ("MATCH (n {x: 1}) DETACH DELETE n CREATE (n)¦-[:K]->()", {}, "was deleted", "EntityNotFound DeletedEntityAccess"),
    ("MATCH (n) DETACH DELETE n SET ¦n.x = 1", {}, "was deleted", "EntityNotFound DeletedEntityAccess"),
    ("MATCH (n) DETACH DELETE n SET ¦n:B", {}, "was deleted", "EntityNotFound DeletedEntityAccess"),
    ("MATCH (n) DETACH DELETE n RETURN n¦:P", {}, "was deleted", "EntityNotFound DeletedEntityAccess"),
    ("UNWIND $p AS l FOREACH (x IN ¦l | CREATE ())", {"p": [3]}, "goes over a list", "TypeError InvalidArgumentType"),
    ("UNWIND $p AS n MATCH (n)¦-[:K]->() RETURN n", {"p": [3]}, "needs a vertex", "TypeError InvalidArgumentType"),
    ("UNWIND $p AS n MATCH (n)¦-[*]->() RETURN n", {"p": [3]}, "needs a vertex", "TypeError InvalidArgumentType"),
    (
        "UNWIND $p AS n MATCH (m) MATCH shortestPath((n)¦-[*]->(m)) RETURN n",
        {"p": [3]},
        "needs a vertex",
        "TypeError InvalidArgumentType",
    ),
    ("UNWIND $p AS k MATCH ()¦-[k]->() RETURN k", {"p": [3]}, "needs an edge", "TypeError InvalidArgumentType"),
    ("UNWIND [9223372036854775807, 1] AS x RETURN ¦sum(x)", {}, "64-bit", "ArithmeticError IntegerOverflow"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parameters", "words", "kind"), CASES, ids=[text[:60] for text, *_ in CASES])
def test_an_error_shows_its_place(text: str, parameters: dict[str, Any], words: str, kind: str) -> None:
    place = max(text.find("¦"), 0)
    found = error("\n  " + text.replace("¦", ""), graph_of(*GIVEN), **parameters)
    assert words in str(found)
    assert f"{found.kind} {found.detail}" == kind
    assert (found.line, found.column) == (2, place + 3)
    *_, shown, caret = str(found).splitlines()
    assert shown[caret.index("^") :][:8] == text.replace("¦", "")[place:][:8]
