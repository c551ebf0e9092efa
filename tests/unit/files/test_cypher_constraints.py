"""Constraints of other databases: what became of each is said, and looking up by a unique property stays quick."""

from __future__ import annotations

import time

import pytest
from tests.unit.peer.kit import Neighbourhood, run

from graphvine.files.cypher_constraints import FOREIGN, judge


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("CREATE CONSTRAINT FOR (n:P) REQUIRE n.id IS UNIQUE", "CREATE INDEX IF NOT EXISTS FOR (x:P) ON (x.id)"),
        (
            "create  constraint `my one` if not exists for ( b : `Odd \n Label` )\n require (b.isbn) is node unique",
            "CREATE INDEX `my one` IF NOT EXISTS FOR (x:`Odd \n Label`) ON (x.isbn)",
        ),
        (
            "CREATE CONSTRAINT c ON (n:P) ASSERT n.`a b` IS UNIQUE",
            "CREATE INDEX c IF NOT EXISTS FOR (x:P) ON (x.`a b`)",
        ),
        (
            "CREATE CONSTRAINT FOR ()-[r:OWNS]-() REQUIRE r.no IS RELATIONSHIP UNIQUE",
            "CREATE INDEX IF NOT EXISTS FOR ()-[x:OWNS]-() ON (x.no)",
        ),
        (
            "CREATE CONSTRAINT k FOR (n:P) REQUIRE n.id IS NODE KEY OPTIONS {indexProvider: 'range-1.0'}",
            "CREATE INDEX k IF NOT EXISTS FOR (x:P) ON (x.id)",
        ),
    ],
)
def test_a_unique_property_becomes_an_index(statement, index):
    assert FOREIGN.match(statement)
    assert judge(statement).instead == index
    assert "made an index" in judge(statement).reason


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE CONSTRAINT FOR (n:P) REQUIRE (n.a, n.b) IS UNIQUE", "on P: skipped, an index has one property"),
        ("CREATE CONSTRAINT FOR (n:P) REQUIRE (n.a, n.b) IS NODE KEY", "one property"),
        ("CREATE CONSTRAINT FOR (n:P) REQUIRE n.a IS NOT NULL", "must exist"),
        ("CREATE CONSTRAINT ON (n:P) ASSERT exists(n.a)", "must exist"),
        ("CREATE CONSTRAINT FOR (n:P) REQUIRE n.a IS :: INTEGER", "types"),
        ("CREATE CONSTRAINT FOR (n:P) REQUIRE n.a IS TYPED STRING", "types"),
        ("CREATE CONSTRAINT FOR (n:P) REQUIRE m.a IS UNIQUE", "not known"),
        ("CREATE CONSTRAINT FOR (n:P|Q) REQUIRE n.a IS UNIQUE", "form that is not known"),
        ("CREATE CONSTRAINT", "form that is not known"),
        ("DROP CONSTRAINT x IF EXISTS", "no constraints here"),
        ("CREATE FULLTEXT INDEX t FOR (n:P) ON EACH [n.a]", "indexes of other"),
        ("CREATE LOOKUP INDEX l FOR (n) ON EACH labels(n)", "indexes of other"),
        ("CALL db.awaitIndexes(300)", "indexes of other"),
    ],
)
def test_everything_else_is_skipped_with_its_reason(statement, reason):
    assert FOREIGN.match(statement)
    verdict = judge(statement)
    assert verdict.instead == ""
    assert "skipped" in verdict.reason
    assert reason in verdict.reason


def test_a_long_name_is_cut_in_the_report_only():
    verdict = judge(f"CREATE CONSTRAINT FOR (n:{'L' * 300}) REQUIRE n.a IS UNIQUE")
    assert "L" * 300 in verdict.instead
    assert len(verdict.reason) < 200


@pytest.mark.parametrize("filling", [" ", "(", "`", "a", "n.a,", "IS "])
def test_hostile_statements_are_judged_quickly(filling):
    text = "CREATE CONSTRAINT FOR (n:P) REQUIRE " + filling * 20_000
    started = time.process_time()
    judge(text)
    judge("CREATE CONSTRAINT " + filling * 20_000)
    assert time.process_time() - started < 2


def test_a_script_with_constraints_runs_and_reports_them():
    script = """
        CREATE CONSTRAINT person FOR (p:Person) REQUIRE p.email IS UNIQUE;
        CREATE CONSTRAINT FOR (p:Person) REQUIRE p.name IS NOT NULL;
        CREATE (:Person {email: 'ada@example.org'});
        MATCH (p:Person {email: 'ada@example.org'}) SET p.name = 'Ada';
    """

    async def main():
        graph = await Neighbourhood().profile("ada").open()
        for _ in range(2):  # a second time it is there already
            result = await graph.import_from(script.encode(), "cypher")
            assert result.warnings == {
                "constraint that Person.email is unique: made an index, which finds doubles and refuses none": 1,
                "constraint on Person: skipped, properties that must exist are not checked here": 1,
            }
        rows = await graph.query("SHOW INDEXES")
        assert [(row["name"], row["label"], row["property"]) for row in rows] == [("person", "Person", "email")]
        await graph.query("UNWIND range(1, 50) AS n CREATE (:Person {email: 'same'})")  # doubles are not refused
        plan = (await graph.query("EXPLAIN MATCH (p:Person {email: 'x'}) RETURN p.name AS name")).plan
        assert "IndexSeek" in str(plan)
        await graph.close()

    run(main())
