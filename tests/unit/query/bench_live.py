"""``python -m tests.unit.query.bench_live``: CPU time of changes while 1,000 live queries are open."""

from __future__ import annotations

import time
from typing import Any

from tests.unit.query.live_world import LiveWorld

from graphvine.query.live.query import LiveQuery
from graphvine.store.builder import TransactionBuilder


def main() -> None:
    world = LiveWorld()
    world.graph.run("UNWIND range(0, 9999) AS x CREATE (:Person {name: 'P' + x, age: x % 80, team: x % 1000})", {})
    world.graph.run("MATCH (a:Person), (b:Person {age: 7}) WHERE a.team = b.team CREATE (a)-[:KNOWS]->(b)", {})
    world.flush()
    for number in range(999):
        world.open(f"MATCH (p:Topic{number})-[:ABOUT{number}]->(q) RETURN p.title, q.name ORDER BY p.title LIMIT 10")
    world.open("MATCH (p:Person)-[:KNOWS]->(q) WHERE p.age > 70 RETURN p.name AS name, q.name ORDER BY name LIMIT 10")
    world.open("MATCH (p:Person) RETURN p.age, count(*), avg(p.team)")
    report("unrelated change, all queries asked", *timed(world, lambda n: ("City", f"c{n}", {"zip": n})))
    report("related change", *timed(world, lambda n: ("Person", f"x{n}", {"name": f"X{n}", "age": n % 80, "team": n})))


def timed(world: LiveWorld, vertex: Any) -> tuple[float, float]:
    asked = told = 0.0
    for number in range(200):
        label, id_, properties = vertex(number)
        builder = TransactionBuilder()
        builder.put_vertex(id_, properties, [label])
        world.graph.apply(builder)
        changes, world.graph.state.changes = world.graph.state.changes or [], []
        start = time.process_time()
        affected: dict[LiveQuery, Any] = world.queries.affected(changes)
        middle = time.process_time()
        for query, part in affected.items():
            query.changed(part)
        asked, told = asked + middle - start, told + time.process_time() - middle
    return asked / 200, told / 200


def report(name: str, asked: float, told: float) -> None:
    print(f"{name:40} finding the queries {asked * 1e6:7.1f} us, keeping them true {told * 1e6:8.1f} us")


if __name__ == "__main__":
    main()
