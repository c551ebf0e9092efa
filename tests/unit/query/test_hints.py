"""Who writes another language's words, or Neo4j's own, is told what to write here."""

from __future__ import annotations

import pytest
from tests.tck.graph import ScenarioGraph

from graphvine.errors import QueryError

WORDS = {
    "LOAD CSV FROM 'a.csv' AS row RETURN row": "import_from",
    "LOAD CSV WITH HEADERS FROM 'a.csv' AS row CREATE (:Row)": "graphvine import",
    "USING PERIODIC COMMIT LOAD CSV FROM 'a.csv' AS row RETURN row": "import_from",
    "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS OF 10 ROWS RETURN x": "several queries",
    "CREATE CONSTRAINT names FOR (n:Person) REQUIRE n.name IS UNIQUE": "_id",
    "SHOW CONSTRAINTS": "_id",
    "CREATE FULLTEXT INDEX names FOR (n:Person) ON EACH [n.name]": "CREATE INDEX",
    "CREATE VECTOR INDEX names FOR (n:Person) ON (n.name)": "CREATE INDEX",
    "CREATE DATABASE people": "space",
    "USE people MATCH (n) RETURN n": "space",
    "MATCH (n:Person) USING INDEX n:Person(name) RETURN n": "EXPLAIN",
    "START n = node(1) RETURN n": "MATCH",
    "CYPHER 25 MATCH (n) RETURN n": "Leave it out",
    "SELECT name FROM people": "MATCH",
    "MATCH (n) WHERE n.name LIKE 'a%' RETURN n": "STARTS WITH",
    "MATCH (n) WHERE n.age BETWEEN 1 AND 2 RETURN n": "<=",
    "MATCH (n) RETURN count(*) GROUP BY n.name": "grouped by",
    "MATCH (n) WHERE n.age == 3 RETURN n": "'='",
    "MATCH (n) WHERE n.age != 3 RETURN n": "'<>'",
    "MATCH (n) SET n:$($label)": "written out",
    "MATCH (n) WHERE n.age IS :: INTEGER RETURN n": "toInteger",
    "MATCH (n) WHERE n.age IS TYPED INTEGER RETURN n": "toInteger",
    "OPTIONAL CALL { RETURN 1 AS x } RETURN x": "OPTIONAL MATCH",
    "INSERT (:Person)": "CREATE",
    "MATCH (n) RETURN n; MATCH (m) RETURN m": "One query at a time",
    "RETURN point({x: 1, y: 2})": "two properties",
    "RETURN apoc.text.join(['a'], ',')": "docs/cypher.md",
    "RETURN tointger('1')": "tointeger",
    "CALL db.label()": "db.labels",
    "CALL far.away()": "db.labels, db.propertyKeys, db.relationshipTypes",
    "MATCH (a) ((x)-->(y)){2} (b) RETURN b": "-[:TYPE]->{1,3}",
}


@pytest.mark.parametrize("query", WORDS)
def test_says_what_to_write(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        ScenarioGraph().run(query, {})
    assert WORDS[query] in str(caught.value).split("\n")[0]
    assert caught.value.line == 1, "and where"


def test_a_word_that_is_only_a_name_stays_one() -> None:
    """Hints speak only where a query can't go on."""
    result = ScenarioGraph().run("UNWIND [1] AS filter WITH filter AS like RETURN like AS group", {})
    assert (result.columns, result.rows) == (("group",), [(1,)])
