"""`graph.text`: between people, over restarts, when it is replaced, and when the disk says no."""

from __future__ import annotations

import asyncio

import pytest
from tests.strategies import transaction
from tests.unit.peer.kit import Neighbourhood, crash, run, until, with_graph

from graphvine import Text
from graphvine.codec.text_runs import encode_text_run
from graphvine.crdt.text_edits import TextEdit
from graphvine.errors import GraphClosed, InvalidValue, StorageFull
from graphvine.model.operation import TEXT
from graphvine.model.transaction import WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.testing.simulated_clock import EPOCH_MS
from graphvine.texts import MAX_BEHIND


async def pair():
    there = Neighbourhood()
    return [await there.profile(name).open(kind="memory") for name in ("ada", "bob")]


async def close(*graphs):
    for graph in graphs:
        await graph.close()


@with_graph
async def test_edits_show_at_once_and_are_what_everybody_reads(graph):
    text = graph.text("note", "body")
    waits = [text.insert(0, "Hello"), text.insert(5, " wörld 😀"), text.delete(0), text.replace(0, 1, "j")]
    assert str(text) == "jllo wörld 😀"
    assert len(text) == 12
    await asyncio.gather(*waits)
    note = await graph.get("note")
    assert note["body"] == "jllo wörld 😀"
    assert await graph.query("MATCH (n) RETURN n.body AS body, size(n.body) AS size") == [
        {"body": str(text), "size": 12}
    ]
    assert graph.text("note", "body") is text
    assert graph.status.sync.transactions <= 2


@with_graph
async def test_what_is_typed_while_a_transaction_is_written_goes_together(graph):
    text = graph.text("note", "body")
    waits = [text.insert(n, "x") for n in range(500)]
    await asyncio.gather(*waits)
    assert graph.status.sync.transactions <= 3
    assert (await graph.get("note"))["body"] == "x" * 500


@with_graph
async def test_a_page_typed_letter_by_letter_does_not_leave_thousands_of_transactions(graph):
    text = graph.text("note", "body")
    for n in range(1_000):
        await text.insert(n, "abcdefghij "[n % 11])
    await text.flush()
    await asyncio.sleep(0.1)
    assert graph.status.sync.transactions < 60
    assert graph.status.sync.transactions > 1  # some day that becomes one; but not at every letter
    assert len((await graph.get("note"))["body"]) == 1_000


def test_two_people_type_at_once_and_find_it_again():
    async def main():
        there = Neighbourhood()
        profiles = [there.profile(name) for name in ("ada", "bob")]
        ada, bob = [await profile.open(kind="memory") for profile in profiles]
        one, two = ada.text("note", "body"), bob.text("note", "body")
        await one.insert(0, "middle")
        await until(lambda: str(two) == "middle")
        for n in range(30):
            one.insert(n, "a")
            two.insert(len(two), "b")
            await asyncio.sleep(0.003)
        await until(lambda: str(one) == str(two) == "a" * 30 + "middle" + "b" * 30)
        await close(ada, bob)
        again = await profiles[0].open()
        assert str(again.text("note", "body")) == "a" * 30 + "middle" + "b" * 30
        assert again.status.sync.transactions <= 32  # Ada's became one when she closed; Bob's came before he closed
        await again.text("note", "body").insert(0, "!")
        assert (await again.get("note"))["body"].startswith("!aaa")
        await again.close()

    run(main())


def test_what_was_typed_apart_is_merged_without_mixing():
    async def main():
        there = Neighbourhood()
        ada, bob = [await there.profile(name).open() for name in ("ada", "bob")]
        await ada.text("note", "body").insert(0, "hello ada")
        await bob.text("note", "body").insert(0, "hello bob")
        for mine, theirs in ((ada, bob), (bob, ada)):
            for encoded in list(theirs._driver.peer.replica.everything()):
                mine._driver.peer.inbox.deliver(b"x" * 32, [encoded], is_durable=False, token=-1)
            mine._driver._work()
        await until(lambda: len(ada.text("note", "body")) == len(bob.text("note", "body")) == 18)
        assert str(ada.text("note", "body")) in ("hello adahello bob", "hello bobhello ada")
        assert str(ada.text("note", "body")) == str(bob.text("note", "body"))
        await close(ada, bob)

    run(main())


def test_deltas_tell_what_changes_and_whose():
    async def main():
        ada, bob = await pair()
        one, two = ada.text("note", "body"), bob.text("note", "body")
        seen = []

        async def watch():
            async for edits in two.edits():
                seen.extend(tuple(edit) for edit in edits)

        task = asyncio.ensure_future(watch())
        await asyncio.sleep(0.01)
        await one.insert(0, "abc")
        await until(lambda: len(seen) == 1)
        two.delete(1)
        one.insert(3, "d")
        await until(lambda: len(seen) == 3)
        assert seen == [(0, 0, "abc", False), (1, 1, "", True), (2, 0, "d", False)]
        await close(bob, ada)
        await asyncio.wait_for(task, 1)

    run(main())


@with_graph
async def test_a_reader_far_behind_gets_the_whole_text(graph):
    text = graph.text("note", "body")
    await text.insert(0, "start ")
    stream = text.edits()
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    for n in range(MAX_BEHIND + 1):
        text.insert(n, "x")
    assert await first == [(0, 6, str(text), False)]
    await stream.aclose()


def test_undo_takes_back_what_i_typed_and_nothing_else():
    async def main():
        ada, bob = await pair()
        one, two = ada.text("note", "body"), bob.text("note", "body")
        assert one.undo() is None
        await one.insert(0, "one ")
        await until(lambda: str(two) == "one ")
        await two.insert(4, "two ")
        await until(lambda: str(one) == "one two ")
        one.checkpoint()
        one.insert(8, "three")
        await one.undo()
        assert str(one) == "one two "
        await one.undo()
        assert str(one) == "two "
        assert one.undo() is None
        await one.redo()
        await until(lambda: str(two) == "one two ")
        await close(ada, bob)

    run(main())


@with_graph
async def test_cursors_follow_and_anchors_mean_the_same_to_everybody(graph):
    text = graph.text("note", "body")
    await text.insert(0, "hello world")
    cursor, sticky = text.cursor(6), text.cursor(6, after=False)
    word = text.anchor(6)
    text.insert(0, "> ")
    assert (cursor.pos, sticky.pos, text.position(word)) == (8, 8, 8)
    text.insert(8, "big ")
    assert (cursor.pos, sticky.pos, text.position(word)) == (8, 12, 8)
    text.delete(0, 10)
    assert text.position(word) == cursor.pos == 0
    assert text.position(text.anchor(0)) == 0
    assert text.position(text.anchor(len(text), after=False)) == len(text)
    text.drop_cursor(cursor)
    for nonsense in ("", "a.b", "!!.1.1", "QUJD.x.1", "QUJD.1.1"):
        assert text.position(nonsense) is None


@with_graph
async def test_versions_can_be_read_and_compared(graph):
    text = graph.text("note", "body")
    await text.insert(0, "hello")
    first = text.version
    await text.replace(0, 1, "J")
    await text.insert(5, "!")
    assert await text.at(first) == "hello"
    assert await text.diff(first) == [(0, 1, "J", False), (5, 0, "!", False)]
    assert await text.diff(text.version, first) == [(0, 1, "h", False), (5, 1, "", False)]
    for nonsense in ("", "x", "!!"):
        with pytest.raises(InvalidValue):
            await text.at(nonsense)
    with pytest.raises(InvalidValue, match="not seen"):
        await text.at("kZLEBGFiY2QB")


def test_authors_are_told_apart():
    async def main():
        ada, bob = await pair()
        await ada.put("note", {"body": "plain "})
        one, two = ada.text("note", "body"), bob.text("note", "body")
        await one.insert(6, "ada ")
        await until(lambda: str(two) == "plain ada ")
        await two.insert(10, "bob")
        await until(lambda: str(one) == "plain ada bob")
        me, other = ada.status.author, bob.status.author
        assert await one.authors() == await two.authors() == [(0, 6, ""), (6, 10, me), (10, 13, other)]
        await close(ada, bob)

    run(main())


@with_graph
async def test_utf16_offsets(graph):
    text = graph.text("note", "body")
    await text.apply([(0, 0, "a😀b😀c")])
    assert text.to_utf16(3) == 4
    assert text.from_utf16(4) == 3
    await text.apply([(1, 2, "x"), (2, 0, "🎉"), (4, 1, "")], utf16=True)
    assert str(text) == "ax🎉😀c"
    with pytest.raises(InvalidValue):
        text.apply([(0, 1, ""), (99, 1, "")], utf16=True)
    assert str(text) == "ax🎉😀c"


@pytest.mark.parametrize(
    "edits",
    [
        [(0, 1, "")],
        [(1, 0, "x")],
        [(-1, 0, "x")],
        [(0, -1, "")],
        [(0, 0)],
        [("0", 0, "x")],
        [(0, 0, b"x")],
        [1],
        [(0, 0, "\ud800")],
    ],
)
def test_what_does_not_fit_is_an_error_and_changes_nothing(edits):
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        text = graph.text("note", "body")
        with pytest.raises(InvalidValue):
            text.apply(edits)
        assert str(text) == ""
        await text.apply([])
        await graph.close()
        with pytest.raises(GraphClosed):
            text.insert(0, "x")
        with pytest.raises(GraphClosed):
            graph.text("note", "body")

    run(main())


@with_graph
async def test_put_begins_a_text_where_none_is(graph):
    await graph.put("note", {"title": "T", "body": Text("hello 😀")}, labels=["Note"])
    text = graph.text("note", "body")
    assert str(text) == "hello 😀"
    await text.insert(0, "> ")
    await graph.put("note", {"body": Text("something else")})
    assert str(text) == (await graph.get("note"))["body"] == "> hello 😀"
    await graph.put("plain", {"body": "old"})
    await graph.put("plain", {"body": Text("new")})
    assert (await graph.get("plain"))["body"] == str(graph.text("plain", "body")) == "new"
    async with graph.transaction() as tx:
        tx.put("plain", {"body": "x"})
        tx.put("plain", {"body": Text("y")})
        tx.put("other", {"body": Text("y"), "more": 1})
        tx.put("other", {"body": Text("z")})
    assert (await graph.get("plain"))["body"] == str(graph.text("plain", "body")) == "y"
    assert (await graph.get("other")).properties == {"body": "y", "more": 1}
    with pytest.raises(InvalidValue):
        await graph.put("note", {"body": Text(7)})


@with_graph
async def test_texts_of_edges(graph):
    edge = await graph.link("a", "KNOWS", "b", {"how": Text("well")})
    text = graph.text(name="how", edge=edge)
    await text.insert(0, "very ")
    assert (await graph.get_edge(edge))["how"] == "very well"
    await graph.unlink(edge)
    assert str(text) == ""
    with pytest.raises(InvalidValue, match="no edge"):
        graph.text(name="how", edge="nobody")


@with_graph
async def test_a_text_that_is_replaced_goes_on_from_there(graph):
    text = graph.text("note", "body")
    await text.insert(0, "long text")
    cursor = text.cursor(9)
    seen = []
    stop = text.listen(lambda edits, is_local: seen.append((edits, is_local)))
    await graph.query("MATCH (n) SET n.body = 'short text'")
    assert str(text) == "short text"
    assert seen == [([(0, 4, "short")], False)]
    assert cursor.pos == 10
    await text.insert(5, "er")
    assert (await graph.get("note"))["body"] == "shorter text"
    await text.undo()
    await graph.delete("note")
    assert str(text) == ""
    await text.insert(0, "again")
    assert (await graph.get("note"))["body"] == "again"
    stop()
    await graph.put("note", remove=["body"])
    assert str(text) == ""
    await graph.put("note", {"body": 7})
    await text.insert(0, "seven")
    assert (await graph.get("note"))["body"] == "seven"


def test_typing_while_somebody_replaces_the_text_loses_nothing():
    async def main():
        ada, bob = await pair()
        one, two = ada.text("note", "body"), bob.text("note", "body")
        await one.insert(0, "old")
        await until(lambda: str(two) == "old")
        await asyncio.sleep(1)
        two.insert(3, " typed")
        await ada.put("note", {"body": "new"})
        await until(lambda: "new" in str(two) and str(one) == str(two))
        await two.insert(len(two), "!")
        await until(lambda: str(one) == str(two) and str(one).endswith("!"))
        await close(ada, bob)

    run(main())


def test_a_crash_loses_only_what_was_not_awaited():
    async def main():
        profile = Neighbourhood().profile("ada")
        graph = await profile.open()
        text = graph.text("note", "body")
        await text.insert(0, "kept ")
        text.insert(5, "perhaps ")
        await crash(graph)
        graph = await profile.open()
        text = graph.text("note", "body")
        assert str(text).startswith("kept ")
        await text.insert(0, "and ")
        assert (await graph.get("note"))["body"] == str(text)
        await graph.close()

    run(main())


def test_a_full_disk_is_told_to_whoever_waits_and_typing_goes_on():
    async def main():
        profile = Neighbourhood().profile("ada")
        graph = await profile.open()
        text = graph.text("note", "body")
        await text.insert(0, "one ")
        profile.disk.limit_bytes = profile.disk.size_bytes
        with pytest.raises(StorageFull):
            await text.insert(4, "two ")
        text.insert(8, "three ")
        assert str(text) == "one two three "
        await asyncio.sleep(0.1)
        profile.disk.limit_bytes = None
        await asyncio.sleep(10)
        await text.insert(14, "four")
        assert (await graph.get("note"))["body"] == str(text) == "one two three four"
        await graph.close()
        again = await profile.open()
        assert str(again.text("note", "body")) == "one two three four"
        await again.close()

    run(main())


@with_graph
async def test_a_text_that_is_let_go_of_can_be_opened_again(graph):
    text = graph.text("note", "body")
    text.insert(0, "x")
    await text.close()
    again = graph.text("note", "body")
    assert again is not text
    assert str(again) == "x"


def test_many_visits_leave_one_operation_each():
    async def main():
        profile = Neighbourhood().profile("ada")
        for _ in range(5):
            graph = await profile.open()
            text = graph.text("note", "body")
            for _ in range(30):
                await text.insert(len(text), "x")
            await graph.close()
        graph = await profile.open()
        assert graph.status.sync.transactions <= 5
        assert len(graph.text("note", "body")) == 150
        await graph.close()

    run(main())


@with_graph
async def test_large_pastes_and_replacements_everywhere_fit(graph):
    text = graph.text("note", "body")
    await text.insert(0, "paste 😀\n" * 60_000)
    edits = [(n * 8, 1, "P") for n in range(20_000)]
    await text.apply(edits)
    assert (await graph.get("note"))["body"] == str(text)
    assert str(text).startswith("Paste 😀\nPaste")
    await text.delete(0, len(text))
    assert (await graph.get("note"))["body"] == ""
    await text.undo()
    assert len(text) == 480_000


def test_what_is_typed_while_our_writer_is_given_up_is_signed_by_the_next_one():
    async def main():
        street = Neighbourhood()
        left = await street.profile("ada").open(kind="memory")
        right = await street.profile("bob").open(kind="memory")
        text = left.text("note", "body")
        await text.insert(0, "a")
        commits, sign = left._driver._commits, left._driver._commits._crypto.sign
        before = commits.writer
        held = asyncio.Event()

        async def slow(*arguments):
            await held.wait()
            return await sign(*arguments)

        commits._crypto.sign = slow
        first = asyncio.ensure_future(left.put("other"))  # is being signed ...
        await asyncio.sleep(0)
        typed = [text.insert(1, "b"), text.insert(2, "c")]  # ... while this waits for its turn, as the old writer's
        await asyncio.sleep(0)
        commits.use(WriterKey(before.author, b"another."), 0)  # what `Driver` does when somebody has our profile
        held.set()
        await asyncio.gather(first, *typed)
        await text.insert(3, "d")
        assert str(text) == (await left.get("note"))["body"] == "abcd"
        await until(lambda: str(right.text("note", "body")) == "abcd")
        assert {span.author for span in await right.text("note", "body").authors()} == {left.status.author}
        merged = left._texts._source.merged(text.place)
        assert {key.writer for key in merged.writers.values()} == {before.writer, b"another."}
        await close(left, right)

    run(main())


@with_graph
async def test_a_transaction_edits_a_text_with_everything_else(graph):
    await graph.put("note", {"body": "plain 😀"})
    async with graph.transaction() as tx:
        text = tx.text("note", "body")
        assert text.value == "plain 😀"
        text.insert(7, "!")
        text.delete(0)
        text.replace(0, 4, "f[")
        text.apply([(3, 2, ""), (3, 0, "]")], utf16=True)  # the smile is two units
        assert (text.value, str(text), len(text)) == ("f[ ]!", "f[ ]!", 5)
        tx.counter("note", "edits").add(5)
        assert (await graph.get("note"))["body"] == "plain 😀"
    assert (await graph.get("note")).properties == {"body": "f[ ]!", "edits": 5}
    handle = graph.text("note", "body")
    waits = [handle.insert(0, ">")]
    async with graph.transaction() as tx:  # begun before the edit above is signed, and both count
        tx.text("note", "body").insert(5, "?")
        waits.append(handle.insert(1, ">"))
    await asyncio.gather(*waits)
    assert str(handle) == (await graph.get("note"))["body"] == ">>f[ ]!?"
    assert not graph._texts._source.merged(handle.place).is_troubled


@with_graph
async def test_a_text_of_a_transaction_starts_from_what_the_transaction_puts(graph):
    await graph.put("note", {"body": "before"})
    async with graph.transaction() as tx:
        tx.put("note", {"body": "after"})
        tx.text("note", "body").insert(5, "!")
        tx.put("fresh", {"body": Text("new")})
        tx.text("fresh", "body").insert(0, "a ")
        edge = tx.link("note", "SEES", "fresh")
        tx.text(edge=edge, name="how").insert(0, "well")
        tx.text("nothing", "body").delete(0, 0)
    assert (await graph.get("note"))["body"] == "after!"
    assert (await graph.get("fresh"))["body"] == "a new"
    assert (await graph.get_edge(edge))["how"] == "well"
    assert await graph.get("nothing") is None
    async with graph.transaction() as tx:
        tx.text("note", "body").insert(0, "lost")
        tx.put("note", {"body": "plain wins"})
    assert str(graph.text("note", "body")) == "plain wins"


@pytest.mark.parametrize("edits", [[(9, 0, "x")], [(0, 9, "")], [(-1, 0, "x")], [("0", 0, "x")], [(0, 0, 7)], [1]])
def test_an_edit_that_does_not_fit_leaves_a_transaction_as_it_was(edits):
    @with_graph
    async def check(graph):
        await graph.text("note", "body").insert(0, "abc")
        async with graph.transaction() as tx:
            text = tx.text("note", "body")
            text.insert(3, "d")
            with pytest.raises(InvalidValue):
                text.apply(edits)
            assert text.value == "abcd"
        with pytest.raises(InvalidValue, match="over"):
            text.insert(0, "x")
        assert (await graph.get("note"))["body"] == "abcd"

    check()


def test_typing_goes_on_in_a_large_text_that_strangers_make_late():
    async def main():
        graph = await Neighbourhood().profile("ada").open()
        text = graph.text("note", "body")
        for n in range(24):
            await text.insert(0, f"{n:04}" * 500)
        driver, merged = graph._driver, graph._texts._source.merged(text.place)
        stranger = WriterKey(b"\3" * 32, b"\3" * 8)

        async def say(sequence, *runs):
            builder = TransactionBuilder()
            bodies = builder.edit(text.place, TEXT, TextEdit).ready
            bodies += [encode_text_run(session, b"", 0, segments) for session, segments in runs]
            made = transaction(builder, (EPOCH_MS - 1_000 << 16) + sequence, sequence=sequence, writer=stranger)
            await driver.put_in(made, None, is_durable=True)

        await say(1, (1, [((), [(5, 0, "outside")])]))
        heard, stop = [], text.listen(lambda edits, is_local: heard.append(is_local))
        waits, were_late = [], 0
        for n in range(2, 40):
            await say(n, (n, [((), [(0, 0, "e")])]))
            were_late += merged.is_late
            waits.append(text.insert(len(text), "x"))  # shows at once
            assert str(text).endswith("x")
            await asyncio.sleep(0.01)
        assert merged.is_troubled
        assert were_late > 20
        await asyncio.gather(*waits)
        await asyncio.sleep(60)
        assert not merged.is_late
        assert str(text) == merged.view() == (await graph.get("note"))["body"]
        assert str(text).count("x") == str(text).count("e") == 38
        assert heard.count(True) >= 38
        assert False in heard
        stop()
        await graph.close()

    run(main())


@with_graph
async def test_a_text_hears_of_a_large_transaction_when_it_is_whole(graph):
    from graphvine.crdt import graph as graph_module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_module, "SLICE", 2)
        text = graph.text("note", "body")
        await text.insert(0, "old")
        inbox, heard = graph._driver.peer.inbox, []
        text.listen(lambda edits, is_local: heard.append((inbox.is_open, "".join(edit[2] for edit in edits))))
        async with graph.transaction() as transaction:
            transaction.put("note", {"body": "new"})
            for number in range(9):
                transaction.put(f"v{number}")
        assert heard == [(True, "new")]
        assert str(text) == "new"
