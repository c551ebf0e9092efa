"""One call that makes, edits or reads a large mergeable value works in steps; one that fails changes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally

import pytest
from tests.unit.peer.kit import with_graph

from graphvine import List, Map, Set, editors, vertex
from graphvine.crdt import list as list_module
from graphvine.crdt import map as map_module
from graphvine.crdt import set as set_module
from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model import steps
from graphvine.model.temporal import Date, to_python
from graphvine.peer import commits
from graphvine.vertex import read_each, read_steps

PART = 10
COUNT = 95
KEYS = {f"k{number:03}": number for number in range(COUNT)}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(steps, "PART", PART)
    monkeypatch.setattr(editors, "PART", PART)


@pytest.fixture
def looked_at(monkeypatch):
    """How many values were checked or said."""
    seen: Tally[str] = Tally()

    def count(module, name, what):
        inner = getattr(module, name)

        def counting(*args):
            seen[what] += 1
            return inner(*args)

        monkeypatch.setattr(module, name, counting)

    count(set_module, "check_element", "set")
    count(map_module, "check_name", "map")
    count(list_module, "check_item", "list")
    return seen


async def most_at_once(work, looked_at):
    """Run to the end; return what one turn of the loop looked at, at most, and altogether."""
    task = asyncio.ensure_future(work)
    most = total = 0
    while not task.done():
        looked_at.clear()
        await asyncio.sleep(0)
        most, total = max(most, looked_at.total()), total + looked_at.total()
    await task
    return most, total


CALLS = {
    "add": lambda graph: graph.set("v", "set").add(*range(COUNT)),
    "discard": lambda graph: graph.set("v", "set").discard(*range(COUNT)),
    "put": lambda graph: graph.map("v", "map").put(KEYS),
    "remove": lambda graph: graph.map("v", "map").remove(*KEYS),
    "append": lambda graph: graph.list("v", "list").append(*range(COUNT)),
    "insert": lambda graph: graph.list("v", "list").insert(0, *range(COUNT)),
    "put a set": lambda graph: graph.put("v", {"set": Set(range(COUNT))}),
    "put a map": lambda graph: graph.put("v", {"map": Map(KEYS)}),
    "put a list": lambda graph: graph.put("v", {"list": List(range(COUNT))}),
    "link": lambda graph: graph.link("v", "T", "w", {"list": List(range(COUNT)), "map": Map(KEYS)}),
}


@pytest.mark.parametrize("name", CALLS)
def test_one_call_looks_at_a_part_in_each_step(name, looked_at):
    @with_graph
    async def story(graph):
        most, total = await most_at_once(CALLS[name](graph), looked_at)
        assert most <= PART
        assert total >= COUNT

    story()


@with_graph
async def test_what_was_made_in_steps_is_all_there(graph):
    for name in ("add", "put", "append", "insert"):
        await CALLS[name](graph)
    found = await graph.get("v")
    assert found["set"] == list(range(COUNT))
    assert found["map"] == KEYS
    assert found["list"] == [*range(COUNT), *range(COUNT)]
    await graph.list("v", "list").delete(5, COUNT)
    for name in ("discard", "remove"):
        await CALLS[name](graph)
    found = await graph.get("v")
    assert (found["set"], found["map"]) == ([], {})
    assert found["list"] == [*range(5), *range(5, COUNT)]


@with_graph
async def test_elements_stand_where_the_index_was_when_it_was_called(graph):
    await graph.put("v", {"list": List(["first", "last"])})
    large = asyncio.ensure_future(graph.list("v", "list").insert(1, *range(COUNT)))
    await asyncio.sleep(0)
    await graph.list("v", "list").insert(0, "new")
    assert not large.done()
    await large
    assert graph.list("v", "list").value == ["new", "first", *range(COUNT), "last"]


@with_graph
async def test_a_mistake_at_the_end_changes_nothing(graph):
    for work in (
        graph.set("v", "x").add(*range(COUNT), [1]),
        graph.map("v", "x").put({**KEYS, "z": object()}),
        graph.list("v", "x").append(*range(COUNT), [1]),
        graph.put("v", {"a": 1, "x": List([*range(COUNT), [1]])}),
    ):
        with pytest.raises(InvalidValue):
            await work
    with pytest.raises(TooLarge):
        await graph.list("v", "x").append(*range(MAX_SHOWN_ENTRIES + 1))
    assert await graph.get("v") is None


@with_graph
async def test_what_is_put_may_change_while_it_is_looked_at(graph):
    entries = dict(KEYS)
    putting = asyncio.ensure_future(graph.map("v", "map").put(entries))
    await asyncio.sleep(0)
    entries["more"] = 1
    await putting
    assert graph.map("v", "map").value == KEYS


def counted(generator):
    """Return in how many steps it came to its end, and what it returned."""
    count = 1
    while True:
        try:
            next(generator)
        except StopIteration as done:
            return count, done.value
        count += 1


@pytest.mark.parametrize("is_exact", [False, True])
def test_a_large_map_is_read_in_steps(is_exact, monkeypatch):
    monkeypatch.setattr(vertex, "SLICE", PART)
    lists = {key: [number, number] for key, number in KEYS.items()}
    dates = [Date(number) for number in range(COUNT)]

    @with_graph
    async def story(graph):
        await graph.put("v", {"map": Map(lists), "dates": dates, "flat": Map(KEYS)})
        cell = graph._state.vertices["v"]
        for reading in (read_steps(cell, exact=is_exact), read_each([cell], exact=is_exact)):
            count, found = counted(reading)
            found = found if isinstance(found, vertex.Vertex) else found[0]
            assert count > 3 * COUNT // PART  # entries of three values each; the flat one is copied at once
            read = found["map"].entries if is_exact else found["map"]
            assert read == lists
            assert read["k000"] is not cell.properties["map"]["k000"]
            assert found["dates"] == (dates if is_exact else list(map(to_python, dates)))
            assert (found["flat"].entries if is_exact else found["flat"]) == KEYS

    story()


@with_graph
async def test_a_burst_shares_transactions_of_a_bounded_size(graph):
    before = graph._driver.peer.replica.transaction_count
    commits_before, commits.MAX_JOINED = commits.MAX_JOINED, PART
    try:
        await asyncio.gather(*(graph.put(f"v{number}") for number in range(COUNT)))
    finally:
        commits.MAX_JOINED = commits_before
    assert graph._driver.peer.replica.transaction_count - before >= COUNT // PART
    assert len(await graph.vertices()) == COUNT


def test_a_key_behind_all_does_not_make_the_view_anew(monkeypatch):
    @with_graph
    async def story(graph):
        await graph.put("v", {"map": Map(KEYS)})
        await graph.get("v")
        monkeypatch.setattr(map_module.Ordered, "keys", lambda *_: pytest.fail("the view was made anew"))
        for key in ("l", "m", "k000", "l"):
            await graph.map("v", "map").put({key: 1})
            assert list((await graph.get("v"))["map"])[:COUNT] == list(KEYS)
        assert list((await graph.get("v"))["map"])[COUNT:] == ["l", "m"]
        monkeypatch.undo()
        await graph.map("v", "map").put({"a": 1})
        assert next(iter((await graph.get("v"))["map"])) == "a"

    story()
