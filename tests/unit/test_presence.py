"""`graph.presence` between real peers on one network."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.peer.kit import Neighbourhood, crash, run, until

from graphvine.errors import GraphClosed, InvalidValue


async def three():
    """Open three people's tabs that find each other."""
    there = Neighbourhood()
    return [await there.profile(name).open(kind="memory") for name in ("ada", "bob", "cleo")]


def names(graph):
    return sorted(person.values.get("name", "") for person in graph.presence.others)


def test_people_see_each_other_and_see_who_leaves():
    async def main():
        ada, bob, cleo = await three()
        ada.presence.set({"name": "Ada", "color": "#1b7a48"})
        bob.presence.set({"name": "Bob"})
        await until(lambda: names(cleo) == ["Ada", "Bob"] and names(ada) == ["Bob"])
        (shown,) = [person for person in bob.presence.others if person.values.get("name") == "Ada"]
        assert (shown.author, shown.peer) == (ada.status.author, ada.status.peer)
        assert ada.presence.mine == {"name": "Ada", "color": "#1b7a48"}
        ada.presence.update({"cursor": "7", "color": None})
        await until(lambda: any(person.values == {"name": "Ada", "cursor": "7"} for person in cleo.presence.others))
        bob.presence.leave()
        await until(lambda: names(cleo) == ["Ada"])
        assert bob.presence.mine is None
        await ada.close()
        await until(lambda: names(cleo) == names(bob) == [], limit_s=1.0)
        await bob.close()
        await cleo.close()

    run(main())


def test_a_killed_tab_is_gone_after_a_while():
    async def main():
        ada, bob, cleo = await three()
        ada.presence.set({"name": "Ada"})
        await until(lambda: names(bob) == names(cleo) == ["Ada"])
        await crash(ada)
        await until(lambda: names(bob) == names(cleo) == [], limit_s=60.0)
        await bob.close()
        await cleo.close()

    run(main())


def test_changes_come_now_and_with_each_difference_and_end_with_the_graph():
    async def main():
        ada, bob, cleo = await three()
        seen = []

        async def watch():
            async for people in bob.presence.changes():
                seen.append([person.values for person in people])  # noqa: PERF401

        watching = asyncio.ensure_future(watch())
        await asyncio.sleep(0.01)
        assert seen == [[]]
        ada.presence.set({"n": 1})
        await until(lambda: seen[-1] == [{"n": 1}])
        ada.presence.set({"n": 2})
        await until(lambda: seen[-1] == [{"n": 2}])
        assert len(seen) == 3
        await bob.close()
        await asyncio.wait_for(watching, 1)
        await ada.close()
        await cleo.close()

    run(main())


def test_nothing_of_it_is_stored():
    async def main():
        profile = Neighbourhood().profile("ada")
        graph = await profile.open()
        graph.presence.set({"name": "Ada"})
        await graph.close()
        again = await profile.open()
        assert again.presence.mine is None
        assert again.status.sync.transactions == 0
        await again.close()

    run(main())


def test_what_cannot_be_shown_and_a_closed_graph_are_errors():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        with pytest.raises(InvalidValue, match="plain|null"):
            graph.presence.set({"name": ["Ada"]})
        await graph.close()
        with pytest.raises(GraphClosed):
            graph.presence.set({"name": "Ada"})

    run(main())
