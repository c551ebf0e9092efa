"""Watchers: slow readers lose steps, never the end; what came and went costs nothing."""

from __future__ import annotations

import asyncio

from tests.strategies import transaction
from tests.unit.peer.kit import run

from graphvine.crdt.graph import Change, GraphState
from graphvine.peer.watchers import BATCH, Pending, Watcher
from graphvine.store.builder import TransactionBuilder

AUTHOR = b"a" * 32


class Scene:
    """A state and the watchers that hear of it."""

    def __init__(self, *watchers: Watcher) -> None:
        self.state = GraphState()
        self.watchers = watchers
        self._time = 0

    def do(self, *calls) -> None:
        self._time += 1
        builder = TransactionBuilder()
        for name, *arguments in calls:
            getattr(builder, name)(*arguments)
        self.state.changes = changes = []
        self.state.apply(transaction(builder, self._time, sequence=self._time))
        for watcher in self.watchers:
            watcher.tell(changes, AUTHOR, is_local=True)


def told(watcher: Watcher) -> list[tuple[str, list[str], bool]]:
    async def first() -> list[Pending]:
        async for batch in watcher.take():
            return batch
        return []

    return [(each.cell.id, list(each.names), each.exists) for each in run(first())]


def test_changes_of_one_vertex_fold():
    watcher = Watcher(None)
    scene = Scene(watcher)
    for number in range(1000):
        scene.do(("put_vertex", "v", {"x": number, f"p{number % 3}": number}))
    assert len(watcher.pending) == 1
    assert told(watcher) == [("v", ["x", "p0", "p1", "p2"], True)]


def test_what_came_and_went_is_never_told_and_costs_nothing():
    watcher = Watcher(None)
    scene = Scene(watcher)
    scene.do(("put_vertex", "stays"))
    for number in range(500):
        scene.do(("put_vertex", f"v{number}", {"x": 1}, ["L"]), ("put_edge", f"e{number}", "T", f"v{number}", "stays"))
        scene.do(("delete_vertex", f"v{number}"))
    assert len(watcher.pending) == 1
    assert told(watcher) == [("stays", [], True)]


def test_what_was_known_and_went_is_told():
    watcher = Watcher(None)
    scene = Scene(watcher)
    scene.do(("put_vertex", "v", {"x": 1}))
    assert told(watcher) == [("v", ["x"], True)]
    scene.do(("delete_vertex", "v"))
    scene.do(("put_vertex", "v"))
    scene.do(("delete_vertex", "v"))
    assert told(watcher) == [("v", ["x"], False)]


def test_an_edge_concerns_its_source_and_itself():
    of_source, of_target, of_edge, of_other = (Watcher(id_) for id_ in ("a", "b", "e", "c"))
    scene = Scene(of_source, of_target, of_edge, of_other)
    scene.do(("put_vertex", "a"), ("put_vertex", "b"))
    for watcher in (of_source, of_target):
        told(watcher)
    scene.do(("put_edge", "e", "T", "a", "b", {"x": 1}))
    assert told(of_source) == told(of_edge) == [("e", [], True)]
    assert not of_target.pending
    assert not of_other.pending
    scene.do(("put_edge", "e", "T", "a", "b", {"x": 2}))
    assert told(of_source) == [("e", ["x"], True)]


def test_a_vertex_and_an_edge_of_one_id_are_two():
    watcher = Watcher("x")
    scene = Scene(watcher)
    scene.do(("put_vertex", "x"), ("put_edge", "x", "T", "x", "x"))
    assert [each.is_vertex for each in watcher.pending.take(9)] == [True, False]


def test_many_come_in_batches_and_closing_ends_it():
    async def main():
        watcher = Watcher(None)
        scene = Scene(watcher)
        scene.do(*(("put_vertex", f"v{n}") for n in range(2 * BATCH + 1)))
        sizes = []
        async for batch in watcher.take():
            sizes.append(len(batch))
            if len(sizes) == 2:
                watcher.close()
        assert sizes == [BATCH, BATCH]
        async for _ in watcher.take():
            raise AssertionError("closed")

    run(main())


def test_what_is_told_while_reading_comes_in_its_turn():
    """What was read already comes again, at the end; what was not is told once, as it is then."""

    async def main():
        watcher = Watcher(None)
        scene = Scene(watcher)
        scene.do(*(("put_vertex", f"v{n}") for n in range(2 * BATCH)))
        batches = watcher.take()
        first = await anext(batches)
        gone = f"v{BATCH + 7}"
        scene.do(("put_vertex", "v0", {"x": 1}), ("put_vertex", f"v{BATCH}", {"x": 1}), ("delete_vertex", gone))
        assert len(watcher.pending) == BATCH  # one came and went, one more
        rest = await anext(batches)
        assert [each.cell.id for each in first] == [f"v{n}" for n in range(BATCH)]
        assert [each.cell.id for each in rest] == [f"v{n}" for n in range(BATCH, 2 * BATCH) if f"v{n}" != gone] + ["v0"]
        assert list(rest[0].names) == ["x"]
        assert not watcher.pending

    run(main())


def test_a_reader_waits_for_something_to_happen():
    async def main():
        watcher = Watcher(None)
        scene = Scene(watcher)
        reading = asyncio.ensure_future(anext(watcher.take()))
        await asyncio.sleep(1)
        assert not reading.done()
        watcher.tell([], AUTHOR, is_local=True)
        await asyncio.sleep(1)
        assert not reading.done()
        scene.do(("put_vertex", "v", {"x": 1}))
        (pending,) = await reading
        assert (pending.author, pending.is_local) == (AUTHOR, True)

    run(main())


def test_a_rival_that_takes_over_is_told_as_what_is_there_now():
    watcher = Watcher(None)
    scene = Scene(watcher)
    scene.do(("put_vertex", "a"), ("put_edge", "e", "T", "a", "a"))
    told(watcher)
    scene.do(("put_edge", "e", "U", "a", "a"))
    (pending,) = watcher.pending.take(9)
    assert pending.exists
    assert pending.cell is scene.state.edges["e"]
    assert isinstance(Change(pending.cell, None, False), tuple)


def test_what_is_told_in_parts_is_read_when_it_is_whole():
    whole = asyncio.Event()
    watcher = Watcher(None, whole.wait)
    scene = Scene(watcher)

    async def main() -> list[tuple[str, bool]]:
        scene.do(("put_vertex", "a"), ("put_vertex", "b"))
        batches = watcher.take()
        first = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(1)
        assert not first.done()
        scene.do(("delete_vertex", "a"))  # the rest of it
        whole.set()
        return [(each.cell.id, each.exists) for each in await first]

    assert run(main()) == [("b", True)]
