"""The graph workload in Graphvine: Cypher on an open graph, in the worker. Runs in the tab, as text."""

from __future__ import annotations

LOAD = """
import json
data = json.loads({data!r})
import time
start = time.perf_counter()
async with graph.transaction() as tx:
    for number in range(data["cities"]):
        tx.put(f"c{{number}}", {{}}, labels=["City"])
    for number in range(data["tags"]):
        tx.put(f"t{{number}}", {{}}, labels=["Tag"])
    for id, name, age, city in data["persons"]:
        tx.put(id, {{"name": name, "age": age}}, labels=["Person"])
        tx.link(id, "LIVES_IN", f"c{{city}}")
    for low, high in data["knows"]:
        tx.link(f"p{{low}}", "KNOWS", f"p{{high}}")
async with graph.transaction() as tx:
    for person, tag in data["interests"]:
        tx.link(f"p{{person}}", "INTERESTED_IN", f"t{{tag}}")
    for id, author, likes in data["posts"]:
        tx.put(id, {{"likes": likes}}, labels=["Post"])
        tx.link(f"p{{author}}", "WROTE", id)
loaded = (time.perf_counter() - start) * 1000
loaded
"""

# QUESTIONS stands for a text of JSON.
ASK = """
import json, time

questions = json.loads(QUESTIONS)

async def lookup(ids):
    text = "MATCH (p:Person {_id: $id}) RETURN p.name AS name, p.age AS age"
    rows = []
    for id in ids:
        (row,) = await graph.query(text, {"id": id})
        rows.append([row["name"], row["age"]])
    return rows

async def friends(ids):
    text = "MATCH (p:Person {_id: $id})-[:KNOWS]-()-[:KNOWS]-(f) WHERE f <> p RETURN DISTINCT id(f) AS f"
    return [sorted(row["f"] for row in await graph.query(text, {"id": id})) for id in ids]

async def shortest(pairs):
    text = "MATCH q = shortestPath((a:Person {_id: $a})-[:KNOWS*]-(b:Person {_id: $b})) RETURN length(q) AS n"
    found = []
    for a, b in pairs:
        rows = await graph.query(text, {"a": a, "b": b})
        found.append(rows[0]["n"] if rows else None)
    return found

async def top(count):
    text = ("MATCH (p:Person)-[:WROTE]->(m:Post) RETURN id(m) AS m, m.likes AS likes, p.name AS name "
            "ORDER BY likes DESC LIMIT $count")
    return [[row["m"], row["likes"], row["name"]] for row in await graph.query(text, {"count": count})]

async def triangles(_):
    text = ("MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person), (a)-[:KNOWS]->(c) "
            "RETURN count(*) AS n")
    return (await graph.query(text))[0]["n"]

async def insert(people):
    await graph.query(
        "UNWIND $people AS one MATCH (f:Person {_id: one[3]}) "
        "CREATE (:Person {_id: one[0], name: one[1], age: one[2]})-[:KNOWS]->(f)", {"people": people})

async def single(people):
    text = "MATCH (f:Person {_id: $f}) CREATE (:Person {_id: $id, name: $name, age: $age})-[:KNOWS]->(f)"
    for id, name, age, f in people:
        await graph.query(text, {"id": id, "name": name, "age": age, "f": f})

async def timed(run, what):
    start = time.perf_counter()
    answer = await run(questions[what])
    return answer, (time.perf_counter() - start) * 1000

answers, times = {}, {}
questions["triangles"] = None
for run in (lookup, friends, shortest, top, triangles):
    what = run.__name__
    answers[what], first = await timed(run, what)
    times[what] = min(first, (await timed(run, what))[1])
before = len(graph._state.by_label["Person"])
for run in (insert, single):
    what = run.__name__
    _, times[what] = await timed(run, what)
    answers[what] = len(graph._state.by_label["Person"]) - before
json.dumps({"answers": answers, "times": times})
"""
