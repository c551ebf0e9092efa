"""The large work that `tests.bench.steps` measures."""

from __future__ import annotations

import asyncio
import contextlib
from base64 import urlsafe_b64encode
from typing import Any

import msgspec

from graphvine import Counter, List, Map, Set, Text
from graphvine.api import Graph
from tests.bench.comparing import compare
from tests.bench.steps import Meter, alone, at_once, fill, profiles, turns, until

HUB = 100_000


async def undo(meter: Meter) -> None:
    graph = await alone()
    await graph.put("v", {"t": Text("")})
    text = graph.text("v", "t")
    with meter.phase("type 30,000 scattered edits"):
        for number in range(30_000):
            text.insert((number * 7919) % (len(text) + 1), "x")
            if not number % 50:
                await asyncio.sleep(0)
        await text.flush()
    await text.close()
    await turns()
    with meter.phase("open the text"):
        text = graph.text("v", "t")
        await turns()
    with meter.phase("edit it"):
        await text.insert(5, "hello")
    with meter.phase("undo at once"):
        text.undo()
        await turns()
        await text.flush()
    version = text.version
    with meter.phase("undo again, typed and undone"):
        await text.insert(9, "world")
        await turns()
        text.undo()
        await text.flush()
    with meter.phase("authors"):
        await text.authors()
        await turns()
    with meter.phase("at an old version"):
        await text.insert(0, "abc")
        await turns()
        await text.at(version)
        await turns()
    with meter.phase("diff"):
        await text.diff(version)
        await turns()
    first = text._local.document
    old = urlsafe_b64encode(msgspec.msgpack.encode(first.name((5_000,)))).decode()
    with meter.phase("at event 5,000 of 30,000"):
        await text.at(old)
        await turns()
    with meter.phase("diff from event 5,000"):
        await text.diff(old)
        await turns()
    await graph.close()


async def properties(meter: Meter, count: int = 100_000) -> None:
    graph = await alone()
    watching = asyncio.ensure_future(_watch(graph, None))
    await turns()
    with meter.phase(f"write {count} properties"):
        for start in range(0, count, 1_000):
            await graph.put("v", {f"p{n}": n for n in range(start, start + 1_000)}, labels=["L"])
    with meter.phase("read it"):
        await turns()
        await graph.get("v")
        await turns()
    with meter.phase("read it exactly"):
        await graph.get("v", exact=True)
        await turns()
    with meter.phase("one more property"):
        await graph.put("v", {"q": 1})
    for name in ("graphvine", "cypher", "graphml", "jsonld", "csv", "gun"):
        with meter.phase(f"export {name}"):
            async for _ in graph.export(name):
                await asyncio.sleep(0)
    with meter.phase("index on one of them"):
        await graph.query("CREATE INDEX i FOR (v:L) ON (v.p7)")
    with meter.phase("delete it"):
        await graph.delete("v")
        await turns()
    with meter.phase("make it again"):
        await graph.put("v", {"p1": 1})
    watching.cancel()
    await graph.close()


async def owners(meter: Meter, count: int = 20_000) -> None:
    """The same properties written by many transactions of two people, so that each has an owner and a rival."""
    one, two = profiles("alice", "bob")
    alice, bob = await one.open(), await two.open()
    for graph in (alice, bob):
        for start in range(0, count, 1_000):
            await graph.put("v", {f"p{n}": n for n in range(start, start + 1_000)})
    await alice.close()
    await bob.close()
    alice, bob = await one.open(kind="memory"), await two.open(kind="memory")
    with meter.phase("rivals meet"):
        await until(lambda: alice.status.sync.state == "converged" and alice.status.sync.transactions >= count // 500)
    print(len(alice._state.vertices["v"].rivals or ()), "rivals")
    with meter.phase("delete, here and there"):
        await alice.delete("v")
        await until(lambda: not bob._state.vertices)
    await alice.close()
    await bob.close()


async def _watch(graph: Graph, id_: str | None) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        async for _ in graph.change_batches(id_):
            pass


def _spoke(tx: Any, number: int) -> None:
    tx.put(f"v{number}")
    tx.link("hub", "T", f"v{number}")


async def hub(meter: Meter, count: int = HUB) -> None:
    (profile,) = profiles("alice")
    graph = await profile.open()
    with meter.phase(f"make a hub with {count} edges"):
        await graph.put("hub", {"name": "hub"})
        await fill(count, graph, _spoke, 2_500)
    watching = [asyncio.ensure_future(_watch(graph, id_)) for id_ in (None, "hub")]
    await turns()
    with meter.phase("get it"):
        await graph.get("hub")
        await turns()
    with meter.phase("one more edge, watched"):
        await graph.link("hub", "T", "v0", edge="one more")
        await asyncio.sleep(0.2)
    with meter.phase("one property, watched"):
        await graph.put("hub", {"name": "the hub"})
        await asyncio.sleep(0.2)
    with meter.phase("all vertices"):
        await graph.vertices()
        await turns()
    with meter.phase("all edges"):
        await graph.edges()
        await turns()
    with meter.phase("archive"):
        async for _ in graph.export():
            await asyncio.sleep(0)
    with meter.phase("json-ld"):
        async for _ in graph.export("jsonld"):
            await asyncio.sleep(0)
    with meter.phase("gun"):
        async for _ in graph.export("gun"):
            await asyncio.sleep(0)
    with meter.phase("delete it, watched"):
        await graph.delete("hub")
        await asyncio.sleep(0.2)
    with meter.phase("make it again"):
        await graph.put("hub", {"name": "hub"})
        await asyncio.sleep(0.2)
    for each in watching:
        each.cancel()
    await graph.close()
    with meter.phase("open again"):
        graph = await profile.open()
    await graph.close()


async def far_hub(meter: Meter, count: int = HUB) -> None:
    one, two = profiles("alice", "bob")
    alice = await one.open(kind="memory")
    await alice.put("hub", {"name": "hub"})
    await fill(count, alice, _spoke, 2_500)
    bob = await two.open(kind="memory")
    with meter.phase(f"a hub with {count} edges arrives"):
        await until(lambda: len(bob._state.edges) == count)
    watching = [asyncio.ensure_future(_watch(bob, id_)) for id_ in (None, "hub")]
    await turns()
    with meter.phase("its delete arrives"):
        await alice.delete("hub")
        await until(lambda: not bob._state.edges)
        await asyncio.sleep(0.5)
    for each in watching:
        each.cancel()
    await alice.close()
    await bob.close()


def _row(tx: Any, number: int) -> None:
    tx.put(
        f"v{number}",
        {"name": f"name {number}", "age": number % 90, "city": "Graz", "score": number * 0.5, "ok": True},
        labels=["Person"],
    )


async def transaction(meter: Meter, count: int = 100_000) -> None:
    one, two = profiles("alice", "bob")
    alice, bob = await one.open(kind="memory"), await two.open(kind="memory")
    await until(lambda: len(alice.status.peers) == 1 and alice.status.peers[0].state == "ready")
    watching = [asyncio.ensure_future(_watch(each, None)) for each in (alice, bob)]
    for what in ("fresh", "again"):
        tx = alice.transaction()
        for number in range(count):
            _row(tx, number)
        await turns()
        before = bob.status.sync.transactions
        with meter.phase(f"commit {count} operations, {what}"):
            await turns()
            await tx.__aexit__(None, None, None)
            await until(lambda before=before, what=what: bob.status.sync.transactions != before or what == "again")
            await asyncio.sleep(2.0)
    tx = alice.transaction()
    for number in range(count):
        tx.delete(f"v{number}")
    await turns()
    with meter.phase(f"delete {count} in one"):
        await turns()
        await tx.__aexit__(None, None, None)
        await until(lambda: not bob._state.vertices)
    for each in watching:
        each.cancel()
    with meter.phase("close"):
        await alice.close()
        await bob.close()
    with meter.phase("open"):
        alice = await one.open()
    await alice.close()


async def mixed(meter: Meter, count: int = 33_000) -> None:
    """Vertices, edges and counters in one transaction: the long way."""
    graph = await alone()
    tx = graph.transaction()
    for number in range(count):
        _row(tx, number)
        tx.link(f"v{number}", "KNOWS", f"v{number // 2}")
        tx.counter(f"v{number}", "n").add(1)
    await turns()
    with meter.phase("commit vertices, edges and counters"):
        await turns()
        await tx.__aexit__(None, None, None)
    tx = graph.transaction()
    for number in range(count):
        tx.put(f"v{number}", {"age": number})
        tx.counter(f"v{number}", "n").add(1)
        tx.unlink(graph._state.vertices[f"v{number}"].out["KNOWS"].__iter__().__next__().id)
    await turns()
    with meter.phase("deletes and counters"):
        await turns()
        await tx.__aexit__(None, None, None)
    await graph.close()


async def written(meter: Meter, count: int = 50_000) -> None:
    graph = await alone()
    await fill(count, graph, _row)
    told: list[Any] = []
    with meter.phase("query that writes, told"):
        await graph.query("MATCH (p:Person) SET p.age = 1", on_write=told.append)
    print(len(told[0]))
    with meter.phase("query that deletes, told"):
        await graph.query("MATCH (p:Person) DETACH DELETE p", on_write=told.append)
    await graph.close()


async def record(meter: Meter) -> None:
    one, two = profiles("alice", "bob")
    alice, bob = await one.open(kind="memory"), await two.open(kind="memory")
    await until(lambda: len(alice.status.peers) == 1 and alice.status.peers[0].state == "ready")
    for what, make in (
        ("bytes", lambda n: bytes([n]) * (4 << 20)),
        ("text", lambda n: chr(97 + n) * (4 << 20)),
        ("wide text", lambda n: chr(0x4E00 + n) * ((4 << 20) // 3)),
    ):
        tx = alice.transaction()
        for number in range(7):
            tx.put(f"{what}{number}", {"value": make(number)})
        await turns()
        with meter.phase(f"commit 28 MB of {what}, and the other gets it"):
            await turns()
            await tx.__aexit__(None, None, None)
            await until(lambda what=what: f"{what}6" in bob._state.vertices)
            await asyncio.sleep(1.0)
        with meter.phase(f"read them: {what}"):
            await alice.vertices()
            await turns()
    with meter.phase("archive"):
        async for _ in alice.export():
            await asyncio.sleep(0)
    with meter.phase("pack"):
        await alice._driver.disk.compact()
    await alice.close()
    await bob.close()
    with meter.phase("open again"):
        alice = await one.open()
    await alice.close()


async def small(meter: Meter) -> None:
    """One record of 32 MB of 100,000 operations."""
    one, two = profiles("alice", "bob")
    alice, bob = await one.open(kind="memory"), await two.open(kind="memory")
    await until(lambda: len(alice.status.peers) == 1 and alice.status.peers[0].state == "ready")
    tx = alice.transaction()
    for number in range(100_000):
        tx.put(f"v{number}", {"name": f"name {number}" + "x" * 250, "n": number})
    await turns()
    with meter.phase("commit 100,000 operations of 300 bytes"):
        await turns()
        await tx.__aexit__(None, None, None)
        await until(lambda: len(bob._state.vertices) == 100_000)
        await asyncio.sleep(1.0)
    await alice.close()
    await bob.close()
    with meter.phase("open"):
        alice = await one.open()
    await alice.close()


async def values(meter: Meter, count: int = 200_000) -> None:
    one, two = profiles("alice", "bob")
    alice, bob = await one.open(kind="memory"), await two.open(kind="memory")
    watching = [asyncio.ensure_future(_watch(each, None)) for each in (alice, bob)]
    graph = alice
    # A writer is told where readers see no more: several make the large one. Here the limit is lifted.
    import graphvine.editors as editors

    for name in dir(editors):
        if name == "MAX_SHOWN_ENTRIES":
            setattr(editors, name, 10**9)
    for kind, begin in (("set", Set()), ("map", Map()), ("list", List())):
        await graph.put(kind, {"value": begin})
        with meter.phase(f"fill a {kind} with {count} entries"):
            for start in range(0, count if kind != "list" else 60_000, 5_000):
                numbers = range(start, start + 5_000)
                if kind == "set":
                    await graph.set(kind, "value").add(*numbers)
                elif kind == "map":
                    await graph.map(kind, "value").put({f"k{n}": n for n in numbers})
                else:
                    await graph.list(kind, "value").append(*numbers)
        with meter.phase(f"one more in the {kind}"):
            if kind == "set":
                await graph.set(kind, "value").add(-1)
            elif kind == "map":
                await graph.map(kind, "value").put({"a": 1})
            else:
                await graph.list(kind, "value").insert(5, 1)
            await asyncio.sleep(1)
        with meter.phase(f"read the {kind}, both ways"):
            await graph.get(kind)
            await turns()
            await graph.get(kind, exact=True)
            await turns()
        with meter.phase(f"reset the {kind}"):
            await graph.put(kind, {"value": "plain"})
            await until(lambda kind=kind: bob._state.vertices[kind].properties["value"] == "plain")
            await asyncio.sleep(0.5)
    for each in watching:
        each.cancel()
    await alice.close()
    await bob.close()


async def counters(meter: Meter, count: int = 50_000) -> None:
    graph = await alone()
    await graph.put("v", {"n": Counter(1)})
    with meter.phase(f"{count} adds at once"):
        await at_once(graph.counter("v", "n").add(1) for _ in range(count))
    with meter.phase(f"{count} puts at once"):
        await at_once(graph.put(f"v{n}", {"n": 1}) for n in range(count))
    await graph.close()


async def many(meter: Meter, count: int = 100_000) -> None:
    """Very many small transactions: what anti-entropy and packing do with them."""

    one, two = profiles("alice", "bob")
    alice = await one.open(kind="memory")
    for start in range(0, count, 200):
        for n in range(start, start + 200):
            tx = alice.transaction()
            tx.put(f"v{n}", {"n": n})
            finished = tx._builder.finish()
            commits = alice._driver._commits
            await commits._commit_group([finished], [])
        await asyncio.sleep(0)
    await alice.flush()
    replica = alice._driver.peer.replica
    print(replica.transaction_count, "transactions")
    bob = await two.open(kind="memory")
    with meter.phase(f"{count} transactions travel"):
        await until(lambda: len(bob._state.vertices) == count)
    with meter.phase("digests"):
        await turns()
        replica.writer_digests()
        await turns()
    key = next(iter(replica.vector()))
    session = alice._driver.peer._sessions._session_by_peer[bob._opened.peer]
    await compare(meter, session, key, count)
    with meter.phase("pack"):
        async with alice._driver.disk._packing._busy:  # one that is under way counts, too
            pass
        await alice._driver.disk.compact()
    with meter.phase("archive"):
        async for _ in alice.export():
            await asyncio.sleep(0)
    await alice.close()
    await bob.close()
    with meter.phase("open again"):
        alice = await one.open()
    await alice.close()


async def index(meter: Meter, count: int = 100_000) -> None:
    (profile,) = profiles("alice")
    graph = await profile.open()
    await fill(count, graph, _row)
    with meter.phase("create index (few values)"):
        await graph.query("CREATE INDEX age FOR (p:Person) ON (p.age)")
    with meter.phase("create index (many values)"):
        await graph.query("CREATE INDEX name FOR (p:Person) ON (p.name)")
    tx = graph.transaction()
    for number in range(50_000):
        tx.put(f"v{number}", {"age": number})
    await turns()
    with meter.phase("many change"):
        await turns()
        await tx.__aexit__(None, None, None)
    await graph.close()
    with meter.phase("open again"):
        graph = await profile.open()
        await until(lambda: len(graph._driver.peer.replica.indexes.declared()) == 2)
    await graph.close()


async def files(meter: Meter) -> None:
    graph = await alone()
    await graph.put("big", {"text": "x'\n\"" * (1 << 20), "list": [f"word {n}" for n in range(60_000)]})
    await graph.put("wide", {"text": "\u4e00\n" * (1 << 19)})
    await graph.put("bin", {"b": bytes(4 << 20)})
    for name in ("cypher", "graphml", "jsonld", "csv", "gun", "graphvine"):
        chunks: list[bytes] = []
        with meter.phase(f"export {name} with 4 MB values"):
            async for chunk in graph.export(name):
                chunks.append(chunk)
                await asyncio.sleep(0)
        other = await alone()
        with meter.phase(f"import {name}, {sum(map(len, chunks))} bytes"):
            try:
                await other.import_from(chunks, name)
            except Exception as error:
                print("  ", repr(error)[:200])
        await other.close()
    await graph.close()


async def big_hub(meter: Meter) -> None:
    await hub(meter, 1_000_000)


SCENARIOS = [
    undo,
    properties,
    owners,
    hub,
    far_hub,
    transaction,
    mixed,
    written,
    record,
    small,
    values,
    counters,
    many,
    index,
    files,
    big_hub,
]
