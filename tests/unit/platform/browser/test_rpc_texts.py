"""What a page and its peer say about a text, and that both end in the same one whoever was first."""

from __future__ import annotations

import asyncio
import random

import msgspec
import pytest
from tests.unit.peer.kit import Neighbourhood, run, until

from graphvine.errors import GraphvineError, InvalidValue
from graphvine.platform.browser.rpc import encode
from graphvine.platform.browser.rpc_texts import TextBridges, people, show


class Page:
    """A page that shows a text, the way an editor does: its own edits at once, those of others mapped behind them."""

    def __init__(self, graph, target="note"):
        self.graph = graph
        self.bridges = TextBridges()
        self.text = None
        self.revision = 0
        self.cursors = []
        self.history = [False, False]
        self.task = asyncio.ensure_future(self.bridges.perform("text", 1, graph, [target, "body"], self.take))

    def take(self, item):
        item = msgspec.msgpack.decode(encode(item))  # as the page gets it
        if "text" in item:
            self.text = item["text"]
        elif "edits" in item:
            for at, deleted, text in item["edits"]:
                wide = self.text.encode("utf-16-le")
                wide = wide[: 2 * at] + text.encode("utf-16-le") + wide[2 * (at + deleted) :]
                self.text = wide.decode("utf-16-le")
        elif "history" in item:
            self.history = item["history"]
        else:
            self.cursors = item["cursors"]
        self.revision = item["revision"]

    async def say(self, verb, *args):
        return await self.bridges.perform(f"text_{verb}", 2, self.graph, [1, *args], None)

    async def type(self, at, deleted, text):
        taken = await self.say("edit", self.revision, [[at, deleted, text]])
        if taken:
            self.text = self.text[:at] + text + self.text[at + deleted :]
        return taken

    async def close(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def pages():
    there = Neighbourhood()
    graphs = [await there.profile(name).open(kind="memory") for name in ("ada", "bob")]
    both = [Page(graph) for graph in graphs]
    await asyncio.sleep(0.1)
    return both


async def end(*pages):
    for page in pages:
        await page.close()
        await page.graph.close()


def test_pages_end_in_the_same_text_whoever_was_first():
    async def main():
        ada, bob = both = await pages()
        dice = random.Random(3)
        refused = 0
        for _ in range(200):
            page = dice.choice(both)
            at = dice.randint(0, len(page.text))
            if not await page.type(at, dice.randint(0, min(1, len(page.text) - at)), dice.choice("abc")):
                refused += 1
            await asyncio.sleep(dice.choice([0, 0, 0.002]))
        await until(lambda: ada.text == bob.text == str(ada.graph.text("note", "body")))
        await ada.say("flush")
        assert (await ada.graph.get("note"))["body"] == ada.text
        await end(*both)

    run(main())


def test_an_edit_of_an_older_text_is_not_taken():
    async def main():
        ada, bob = await pages()
        await ada.type(0, 0, "hello")
        await until(lambda: bob.text == "hello")
        assert not await bob.say("edit", 0, [[0, 0, "x"]])
        assert await bob.say("edit", bob.revision, [[0, 0, "x"]])
        with pytest.raises(InvalidValue):
            await bob.say("edit", bob.revision, [[99, 0, "x"]])
        await end(ada, bob)

    run(main())


def test_wide_characters_count_as_javascript_counts_them():
    async def main():
        ada, bob = await pages()
        ada.graph.text("note", "body").insert(0, "a😀b")
        assert ada.text == "a😀b"
        await until(lambda: bob.text == "a😀b")
        assert await bob.say("edit", bob.revision, [[3, 0, "🎉"], [5, 1, ""]])
        await until(lambda: ada.text == "a😀🎉")
        ada.graph.text("note", "body").delete(1)
        assert ada.text == "a🎉"
        await end(ada, bob)

    run(main())


def test_undo_and_redo_come_back_as_changes():
    async def main():
        ada, bob = await pages()
        assert not await ada.say("undo")
        assert ada.history == [False, False]
        await ada.type(0, 0, "one")
        assert ada.history == [True, False]
        await ada.say("checkpoint")
        await ada.type(3, 0, " two")
        assert await ada.say("undo")
        assert (ada.text, ada.history) == ("one", [True, True])
        assert await ada.say("redo")
        assert (ada.text, ada.history) == ("one two", [True, False])
        await until(lambda: bob.text == "one two")
        assert bob.history == [False, False], "it is not Bob's to undo"
        assert await ada.say("undo")
        assert await ada.say("undo")
        assert (ada.text, ada.history) == ("", [False, True])
        await end(ada, bob)

    run(main())


def test_cursors_of_others_are_where_they_belong():
    async def main():
        ada, bob = await pages()
        await ada.type(0, 0, "😀 hello")
        await show(ada.graph, "set", {"name": "Ada", "color": "#123456", "age": 7})
        await until(lambda: bob.text == "😀 hello")
        await ada.say("select", 3, 8)
        await until(lambda: bool(bob.cursors))
        assert bob.cursors == [
            {
                "peer": ada.graph.status.peer,
                "author": ada.graph.status.author,
                "anchor": 3,
                "head": 8,
                "name": "Ada",
                "color": "#123456",
            }
        ]
        assert await bob.say("edit", bob.revision, [[0, 0, "> "]])
        await until(lambda: bob.cursors[0]["anchor"] == 5)
        await ada.say("select", None, None)
        await until(lambda: bob.cursors == [])
        await ada.say("select", 1, 1)
        await until(lambda: bob.cursors != [])
        await ada.close()
        await until(lambda: bob.cursors == [])
        assert ada.graph.presence.mine == {"name": "Ada", "color": "#123456", "age": 7}
        await end(ada, bob)

    run(main())


def test_nonsense_about_cursors_is_left_out():
    async def main():
        ada, bob = await pages()
        key = bob.graph.text("note", "body").key
        for values in ({"anchor": "x", "head": "y"}, {"anchor": 7}, {}, {"anchor": "..1", "head": ".0.1"}):
            await show(ada.graph, "set", {"text": key, **values})
            await asyncio.sleep(0.5)
            assert bob.cursors == []
        await show(ada.graph, "set", {"text": key, "anchor": ".0.1", "head": ".0.0", "name": 7})
        await until(lambda: bool(bob.cursors))
        assert "name" not in bob.cursors[0]
        await end(ada, bob)

    run(main())


def test_presence_for_pages():
    async def main():
        ada, bob = await pages()
        seen = []

        async def watch():
            async for others in people(bob.graph):
                seen.append([person["values"] for person in others])  # noqa: PERF401

        task = asyncio.ensure_future(watch())
        await show(ada.graph, "set", {"name": "Ada"})
        await show(ada.graph, "update", {"color": "red"})
        await until(lambda: seen[-1:] == [[{"name": "Ada", "color": "red"}]])
        await show(ada.graph, "leave")
        await until(lambda: seen[-1] == [])
        with pytest.raises(InvalidValue):
            await show(ada.graph, "shout")
        task.cancel()
        await end(ada, bob)

    run(main())


def test_texts_of_edges_and_closed_ones():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        edge = await graph.link("a", "T", "b")
        page = Page(graph, {"edge": edge})
        await asyncio.sleep(0)
        await page.type(0, 0, "x")
        await page.say("flush")
        assert (await graph.get_edge(edge))["body"] == "x"
        await page.close()
        with pytest.raises(InvalidValue, match="closed"):
            await page.say("undo")
        for wrong in ({"edge": 7}, 7, None, {}):
            with pytest.raises(GraphvineError):
                await TextBridges().perform("text", 1, graph, [wrong, "body"], print)
        await graph.close()

    run(main())


def test_the_call_ends_with_the_graph():
    async def main():
        ada, bob = await pages()
        await ada.say("select", 0, 0)
        await ada.graph.close()
        await asyncio.wait_for(ada.task, 5)
        await end(bob)

    run(main())
