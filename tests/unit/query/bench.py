"""``python -m tests.unit.query.bench [PERSONS]``: CPU time of common queries, and the longest slice of each."""

from __future__ import annotations

import sys
import time

from tests.unit.query.social import outside, social_state

from graphvine.query.engine import Engine

QUERIES = {
    "point look-up by id": ("MATCH (p {_id: $id}) RETURN p.name", 2000),
    "look-up by property, no index": ("MATCH (p:Person {name: $name}) RETURN p.age", 5),
    "friends": ("MATCH (p {_id: $id})-[:KNOWS]-(f) RETURN f.name", 500),
    "friends of friends": ("MATCH (p {_id: $id})-[:KNOWS]-()-[:KNOWS]-(f) WHERE f <> p RETURN DISTINCT f.name", 100),
    "3 hops, count": ("MATCH (p {_id: $id})-[:KNOWS*1..3]-(f) RETURN count(DISTINCT f)", 5),
    "shortest path": ("MATCH q = shortestPath((a {_id: $id})-[:KNOWS*]-(b {_id: $other})) RETURN length(q)", 100),
    "top 10 by age": ("MATCH (p:Person) RETURN p.name ORDER BY p.age DESC, p.name LIMIT 10", 5),
    "average age by city": ("MATCH (p:Person)-[:LIVES_IN]->(c) RETURN c.name, avg(p.age) AS a ORDER BY a", 5),
    "count all": ("MATCH (n) RETURN count(n)", 5),
    "triangles": ("MATCH (a:Person)-[:KNOWS]->(b)-[:KNOWS]->(c)-[:KNOWS]->(a) RETURN count(*)", 1),
    "friends of friends, WITH between": (
        "MATCH (p {_id: $id})-[:KNOWS]-(b) WITH p, b MATCH (b)-[:KNOWS]-(f:Person) WHERE f <> p AND f.age > 40 "
        "RETURN count(DISTINCT f)",
        100,
    ),
    "friends in common, top 10": (
        "MATCH (p {_id: $id})-[:KNOWS]-(b)-[:KNOWS]-(f) RETURN f.name, count(b) AS n ORDER BY n DESC LIMIT 10",
        100,
    ),
    "most friends, top 10": ("MATCH (p:Person)-[:KNOWS]-(f) RETURN p.name, count(*) AS n ORDER BY n DESC LIMIT 10", 3),
    "top 10 edges and their ends": (
        "MATCH (p:Person)-[k:KNOWS]->(f:Person) RETURN p.name, f.name, k.since AS s ORDER BY s DESC, p.name LIMIT 10",
        3,
    ),
    "names collected by city": ("MATCH (p:Person)-[:LIVES_IN]->(c) RETURN c.name, collect(p.name)", 3),
    "optional, counted": ("MATCH (p:Person) OPTIONAL MATCH (p)-[:LIVES_IN]->(c) RETURN c.name, count(*)", 3),
    "triangles, undirected": (
        "MATCH (a:Person)-[:KNOWS]-(b)-[:KNOWS]-(c), (a)-[:KNOWS]-(c) WHERE id(a) < id(b) AND id(b) < id(c) "
        "RETURN count(*)",
        1,
    ),
    "create": ("CREATE (:Person {name: $name})", 500),
}


def main() -> None:
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    engine = Engine(social_state(persons), outside(clock=time.process_time))
    parameters = {"id": "p17", "other": "p4711" if persons > 4711 else "p3", "name": "Person 42"}
    for name, (query, times) in QUERIES.items():
        engine.prepare(query)
        longest = 0.0
        start = time.process_time()
        for _ in range(times):
            execution = engine.execute(query, parameters)
            before = time.process_time()
            for _ in execution.steps():
                now = time.process_time()
                longest, before = max(longest, now - before), now
            longest = max(longest, time.process_time() - before)
        each = (time.process_time() - start) / times * 1000
        print(
            f"{name:32} {each:10.3f} ms   {len(execution.result.rows):6} rows   longest slice {longest * 1000:5.1f} ms"
        )


if __name__ == "__main__":
    main()
