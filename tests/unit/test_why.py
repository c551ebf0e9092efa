"""Why a property is what it is: who competes, who wins, and the rule in words; losers with their values."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from tests.strategies import transaction
from tests.unit.peer.kit import Neighbourhood, run

from graphvine import why as why_module
from graphvine.crdt.counter import CounterEdit
from graphvine.crdt.edits import Place
from graphvine.crdt.graph import GraphState
from graphvine.crdt.set import SetEdit
from graphvine.errors import InvalidValue
from graphvine.model import steps as steps_module
from graphvine.model.ids import format_key
from graphvine.model.operation import COUNTER, SET
from graphvine.model.stamp import make_time
from graphvine.model.transaction import WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.why import MAX_CONTRIBUTIONS, Why, explain, explain_steps

MARCH = 1_772_359_205_120  # 2026-03-01 10:00:05.120 UTC


def key(author: int, writer: int = 1) -> WriterKey:
    return WriterKey(bytes([author]) * 32, bytes([writer]) * 8)


FIRST = key(1)


class Told:
    """A state that is told writes of one property."""

    def __init__(self) -> None:
        self.state = GraphState()

    def write(
        self, time: int, value: object = None, *, writer: WriterKey = FIRST, after: int = 0, sequence: int = 1, **how
    ) -> Told:
        builder = TransactionBuilder()
        if how.get("delete"):
            builder.delete_vertex("v")
        elif how.get("remove"):
            builder.put_vertex("v", removed=["x"])
        elif how.get("count"):
            builder.edit(Place("v", "x"), COUNTER, CounterEdit).add(how["count"])
        else:
            builder.put_vertex("v", {"x": value})
        self.state.apply(transaction(builder, time, writer=writer, after=after, sequence=sequence))
        return self

    def why(self) -> Why:
        return explain(self.state, "v", "x", is_edge=False)


def test_what_nobody_wrote():
    why = Told().why()
    assert (why.kind, why.winner, why.value) == ("nothing", None, None)
    assert str(why) == "v.x is not there\n  because nobody is known to have written it"
    other = Told()
    other.state.apply(transaction(_put_other(), 5))
    assert other.why().rule == "nobody is known to have written it"


def _put_other() -> TransactionBuilder:
    builder = TransactionBuilder()
    builder.put_vertex("v", {"y": 1})
    return builder


def test_the_newer_stamp_and_how_it_prints():
    why = Told().write(make_time(MARCH), 30).write(make_time(MARCH + 900, 7), 31, writer=key(2)).why()
    assert why.winner is not None
    assert (why.winner.value, why.winner.author, why.winner.counter) == (31, format_key(key(2).author), 7)
    assert why.winner.time == datetime(2026, 3, 1, 10, 0, 6, 20_000, tzinfo=UTC)
    assert [(each.value, each.does) for each in why.losers] == [(30, "put")]
    one, two = (format_key(key(each).author)[:8] for each in (1, 2))
    assert str(why).split("\n") == [
        "v.x is 31",
        f"  wins    31 by {two}… at 2026-03-01 10:00:06.020 UTC",
        f"  loses   30 by {one}… at 2026-03-01 10:00:05.120 UTC",
        "  because its stamp is newer, by 900 ms",
    ]


@pytest.mark.parametrize(
    ("loser", "winner", "rule"),
    [
        ((make_time(5, 1), key(2), 1), (make_time(5, 2), key(1), 1), "same millisecond: its counter is higher"),
        ((make_time(5), key(1), 1), (make_time(5), key(2), 1), "bytes of its author's key are larger"),
        ((make_time(5), key(1, 1), 1), (make_time(5), key(1, 2), 1), "bytes of its writer are larger"),
        ((make_time(5), key(1), 1), (make_time(5), key(1), 2), "its sequence is higher"),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_rule_is_that_which_decided(loser, winner, rule, order):
    told = Told()
    for place in order:
        time, writer, sequence = (loser, winner)[place]
        told.write(time, ("lost", "won")[place], writer=writer, sequence=sequence)
    why = told.why()
    assert why.value == "won"
    assert rule in why.rule
    assert [each.value for each in why.losers] == ["lost"]


def test_without_a_loser_it_says_so():
    why = Told().write(make_time(5), 1).write(make_time(6), 2, after=make_time(5)).why()
    assert (why.value, why.losers) == (2, ())
    assert "had seen what was there before" in why.rule


def test_a_removal_a_delete_and_a_write_after_it():
    told = Told().write(make_time(5), 1).write(make_time(6), remove=True, after=make_time(5))
    why = told.why()
    assert (why.kind, why.winner.does if why.winner else None) == ("nothing", "remove")
    why = told.write(make_time(7), delete=True).why()
    assert (why.kind, why.winner.does if why.winner else None) == ("nothing", "delete")
    assert "it was deleted" in why.rule
    why = told.write(make_time(8), 8).why()
    assert (why.value, why.rule) == (8, "it was written after the delete")
    assert [each.does for each in why.overruling] == ["delete"]


def test_a_mergeable_value_names_what_it_is_made_of():
    told = Told().write(make_time(5), "plain")
    told.write(make_time(6), count=2).write(make_time(7), count=3, writer=key(2)).write(make_time(8), count=4)
    why = told.why()
    assert (why.value, why.kind) == (7, "Counter")
    assert [each.value for each in why.contributions] == [{"total": 4}, {"total": 3}]
    assert [(each.does, each.value) for each in why.overruling] == [("put", "plain")]
    assert "newer than the put" in why.rule
    assert "counts  merge of {'total': 4} by" in str(why)


def test_two_peers_that_write_at_once_and_one_that_reads_and_decides():
    async def main() -> None:
        hood = Neighbourhood()
        alice, bob = hood.profile("alice"), hood.profile("bob")
        mine, other = await alice.open(kind="memory"), await bob.open(kind="memory")
        await asyncio.gather(mine.put("v", {"x": "mine"}), other.put("v", {"x": "other"}))
        for _ in range(500):
            if all([(await graph.losers("v", "x")) for graph in (mine, other)]):
                break
            await asyncio.sleep(0.01)
        values = []
        for graph in (mine, other):
            why = await graph.why("v", "x")
            values.append([why.value, *(each.value for each in await graph.losers("v", "x"))])
        assert values[0] == values[1]
        assert sorted(values[0]) == ["mine", "other"]
        await mine.put("v", {"x": "decided"})
        assert await mine.losers("v", "x") == []
        await mine.link("v", "T", "w", {"x": 1}, edge="e")
        assert (await mine.why(edge="e", property="x")).value == 1
        await mine.close()
        await other.close()

    run(main())


def test_two_writes_at_once_of_one_graph_are_no_conflict():
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        await asyncio.gather(*(graph.put("v", {"x": number}) for number in range(5)))
        assert (await graph.why("v", "x")).value == 4
        assert await graph.losers("v", "x") == []
        await graph.put("v", {"x": 5})
        assert await graph.losers("v", "x") == []
        for bad in ({}, {"vertex": "v", "edge": "e", "property": "x"}, {"vertex": "v"}):
            with pytest.raises(InvalidValue):
                await graph.why(**bad)
        await graph.close()

    run(main())


def test_what_was_merged_into_a_text_is_told_in_words():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        text = graph.text("note", "body")
        await text.insert(0, "Hello 😀")
        await text.apply([(0, 1, "J"), (5, 2, "")])
        await text.delete(0)
        why = await graph.why("note", "body")
        assert [write.value for write in why.contributions] == [
            "1 character deleted",
            "1 character inserted, 3 characters deleted",
            "7 characters inserted",
        ]
        assert str(why).splitlines()[0] == "note.body is 'ello', a Text"
        assert str(why).splitlines()[1].startswith("  counts  1 character deleted by ")
        await graph.close()

    run(main())


def test_a_value_of_very_many_operations_is_explained_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest operations are found a part at a time, and those with much to say are read one by one."""
    monkeypatch.setattr(steps_module, "PART", 50)
    state = GraphState()
    for time in range(1, 401):
        builder = TransactionBuilder()
        builder.edit(Place("v", "x"), SET, SetEdit).add([time])
        state.apply(transaction(builder, time, writer=FIRST, sequence=time))
    builder = TransactionBuilder()
    builder.edit(Place("v", "x"), SET, SetEdit).add([f"{n:060}" for n in range(4_000)])
    state.apply(transaction(builder, 1_000, writer=FIRST, sequence=401))
    looked_at, inner = [], why_module.age
    monkeypatch.setattr(why_module, "age", lambda leaf: looked_at.append(leaf) or inner(leaf))
    monkeypatch.setattr(why_module, "STEP_BYTES", 20_000)
    steps, read, pauses, before = explain_steps(state, "v", "x", is_edge=False), [], 0, 0
    reading = why_module._write
    monkeypatch.setattr(why_module, "_write", lambda leaf, *about: read.append(leaf) or reading(leaf, *about))
    bytes_read = 0
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found = done.value
            break
        pauses += 1
        assert len(looked_at) - before <= MAX_CONTRIBUTIONS + 50
        size = sum(len(leaf.entry.transaction.leaves[leaf.place]) for leaf in read)
        assert size - bytes_read <= 2 * 20_000
        before, bytes_read = len(looked_at), size
    assert pauses > 15
    assert len(found.contributions) == MAX_CONTRIBUTIONS
    assert found == explain(state, "v", "x", is_edge=False)
    assert len(found.value) == 4_400
