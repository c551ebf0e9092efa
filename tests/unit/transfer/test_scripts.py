"""Scripts: many statements in one transaction, each seeing those before it, and the same graph as one by one."""

from __future__ import annotations

import pytest
from tests.unit.transfer.kit import alone as neighbourhood
from tests.unit.transfer.kit import picture

from graphvine.errors import FileError
from graphvine.store import builder
from graphvine.transfer import scripts

STORY = [
    "CREATE (:P {_id: 'a', name: 'Ann', born: date('1990-01-02')});",
    "CREATE (:P {_id: 'b', name: 'Ben', half: 0.5, whole: 2.0});",
    "MATCH (a:P {name: 'Ann'}), (b:P {name: 'Ben'}) CREATE (a)-[:KNOWS {_id: 'e', since: 1}]->(b);",
    "MERGE (a:P {name: 'Ann'}) SET a.seen = true;",
    "MERGE (c:P {_id: 'c'}) SET c.name = 'Cid', c:Q;",
    "UNWIND [{_id: 'd', n: [1, 2]}, {_id: 'e', n: []}] AS row MERGE (v {_id: row._id}) SET v.n = row.n;",
    "MATCH (:P {name: 'Ann'})-[k:KNOWS*1..2]->(x) SET x.known = 'yes';",
    "MATCH (n) WITH count(n) AS n MATCH (a {_id: 'a'}) SET a.count = n;",
    "MATCH (c {_id: 'c'}) DETACH DELETE c;",
    "MATCH (n) RETURN n LIMIT 1;",
    "MERGE (c:P {_id: 'c'}) SET c.again = 1;",
    "CREATE INDEX FOR (p:P) ON (p.name);",
    "MATCH (b:P {name: 'Ben'}) REMOVE b.half SET b.name = 'Bea';",
    "MATCH (b:P {name: 'Bea'}) SET b.found = 1;",
]


def alone(test):
    """Run a coroutine with a graph of its own."""

    async def main(street):
        graph = await street.profile("a").open()
        result = await test(graph)
        await graph.close()
        return result

    return neighbourhood(main)


def test_a_script_does_what_its_statements_do_one_by_one():
    async def together(graph):
        await graph.import_from("\n".join(STORY).encode(), "cypher")
        return picture(graph)

    async def apart(graph):
        for statement in STORY:
            await graph.query(statement.rstrip(";"))
        return picture(graph)

    assert alone(together) == alone(apart)


def test_thousands_of_statements_are_a_few_transactions():
    async def scenario(graph):
        lines = [f"CREATE (:P {{_id: 'p{n}', n: {n}}});" for n in range(1500)]
        lines += [f"MATCH (a {{_id: 'p{n}'}}), (b {{_id: 'p{n + 1}'}}) CREATE (a)-[:NEXT]->(b);" for n in range(1400)]
        seen = []
        done = await graph.import_from("\n".join(lines).encode(), "cypher", on_progress=seen.append)
        assert (done.vertices, done.edges, done.transactions) == (1500, 1400, 3)
        assert [each.vertices for each in seen] == sorted(each.vertices for each in seen)
        assert len(graph._state.edges) == 1400

    alone(scenario)


@pytest.mark.parametrize("wrong", ["SET v.n = v.n + {a: 1}", "SET v = 5", "CREATE ({_id: 'p1'})"])
def test_of_a_statement_that_fails_nothing_is_in_and_all_before_it_is(wrong):
    async def scenario(graph):
        good = "".join(f"CREATE ({{_id: 'p{n}', n: {n}}});\n" for n in range(5))
        bad = f"UNWIND [{{n: 1}},\n{{n: 2}}] AS row CREATE (v:Half) SET v.n = row.n\nWITH v {wrong};"
        with pytest.raises(FileError, match="A statement can't be run") as caught:
            await graph.import_from((good + bad).encode(), "cypher")
        assert (caught.value.vertices, caught.value.transactions) == (5, 1)
        assert caught.value.line >= 6
        assert sorted(picture(graph)[0]) == [f"p{n}" for n in range(5)]

    alone(scenario)


def test_statements_too_large_together_go_in_one_by_one(monkeypatch):
    monkeypatch.setattr(builder, "MAX_OPERATIONS", 20)

    async def scenario(graph):
        script = "".join(f"CREATE ({{_id: 'p{n}'}});\n" for n in range(30))
        done = await graph.import_from(script.encode(), "cypher")
        assert (done.vertices, done.transactions, len(picture(graph)[0])) == (30, 30, 30)

    alone(scenario)


def test_a_group_ends_where_it_is_large(monkeypatch):
    monkeypatch.setattr(scripts, "GROUP_CHARACTERS", 200)

    async def scenario(graph):
        script = "".join(f"CREATE ({{_id: 'p{n}', text: '{'x' * 60}'}});\n" for n in range(9))
        assert (await graph.import_from(script.encode(), "cypher")).transactions == 3

    alone(scenario)
