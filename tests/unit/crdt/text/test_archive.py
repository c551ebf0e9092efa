from __future__ import annotations

import random
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.crdt.text import archive as archive_module
from graphvine.crdt.text.archive import FORMAT, decode_document, encode_document
from graphvine.crdt.text.columns import compress, pack_integers
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.event_graph import EventGraph
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.update import LIST, TEXT
from graphvine.crdt.text.versions import updates_since
from graphvine.errors import MalformedMessage

from .sessions import Replica, session


def history(document: Document) -> tuple:
    graph, log = document.graph, document.log
    events = []
    for number in range(graph.size):
        row = graph.run_of(number)
        parents = graph.parents[row] if graph.starts[row] == number else (number - 1,)
        events.append((graph.name_of(number), parents, log.ops(number, number + 1)))
    return graph.names, graph.next_seq, graph.last, graph.heads, events


@pytest.mark.parametrize("kind", ["text", "wide", "list"])
def test_a_document_comes_back_with_its_history(kind: str, seed: int) -> None:
    for number in range(4):
        played = session(("archive", kind, seed, number), 60, 3, lists=kind == "list", wide=kind == "wide")
        document = played.settle().document
        data = encode_document(document)
        opened = decode_document(LIST if kind == "list" else TEXT, data)
        assert opened.content == document.content
        assert opened.version == document.version
        assert history(opened) == history(document)
        assert encode_document(opened) == data
        assert opened.elements
        assert encode_document(opened) == data


def test_an_empty_document() -> None:
    opened = decode_document(TEXT, encode_document(Document(TEXT, b"me")), b"me")
    assert opened.content == ""
    opened.insert(0, "first")
    assert history(decode_document(TEXT, encode_document(opened)))[3] == (4,)


def test_work_goes_on_where_it_stopped_without_unpacking() -> None:
    """Local edits, and updates that follow what is known, leave the history packed; a concurrent one does not."""
    for number in range(20):
        played = session(("resume", number), 40, 3)
        source = played.settle()
        twin = decode_document(TEXT, encode_document(source.document), b"agent-0")
        inbox = Inbox(twin)
        one, two = played.replicas[0].document, played.replicas[1].document
        first = one.insert(0, "later ")
        late = two.insert(len(two), " at once")
        second = one.insert(6, "still ")
        assert inbox.apply(first).edits
        assert inbox.apply(second).edits
        assert twin._thaw is not None
        inbox.apply(late)
        for replica in (played.replicas[0], played.replicas[1]):
            for update in (first, second, late):
                replica.inbox.apply(update)
        assert twin.content == one.content == two.content
        assert history(twin)[3:4] == history(one)[3:4] or twin.version == one.version
        assert twin.insert(0, "x") == one.insert(0, "x")


def test_local_edits_after_opening_are_part_of_the_history() -> None:
    document = session("tail", 50).settle().document
    opened = decode_document(TEXT, encode_document(document), b"new agent")
    updates = [opened.insert(0, "a"), opened.insert(1, "b"), opened.delete(0, 1), opened.insert(1, "😀")]
    inbox = Inbox(document)
    for update in updates:
        inbox.apply(update)
    assert document.content == opened.content
    assert history(opened) == history(document)
    again = decode_document(TEXT, encode_document(opened))
    assert (again.content, history(again)) == (opened.content, history(opened))


def test_every_flipped_byte_is_noticed() -> None:
    data = encode_document(session("flip", 40, wide=True).settle().document)
    for place in range(len(data)):
        for mask in (1, 0x80, 0xFF):
            damaged = bytearray(data)
            damaged[place] ^= mask
            with pytest.raises(MalformedMessage):
                decode_document(TEXT, bytes(damaged))


@pytest.mark.parametrize("length", [0, 1, 4, 5, 6, 40, -1])
def test_a_cut_file_is_noticed(length: int) -> None:
    data = encode_document(session("cut", 20).settle().document)
    with pytest.raises(MalformedMessage):
        decode_document(TEXT, data[:length])


def test_a_newer_format_is_refused() -> None:
    data = encode_document(session("newer", 10).settle().document)
    with pytest.raises(MalformedMessage, match="newer"):
        decode_document(TEXT, bytes([FORMAT + 1]) + data[1:])


def sealed(body: bytes) -> bytes:
    return bytes([FORMAT]) + zlib.crc32(body).to_bytes(4, "big") + body


def open_and_look(data: bytes) -> Document[str]:
    """Open a document and unpack its history: all that a deceiver can reach."""
    document = decode_document(TEXT, data)
    document.graph.size  # noqa: B018
    document.elements.runs()
    updates_since(document, {})
    return document


@given(st.integers(0, 12), st.integers(0, 10_000), st.integers(1, 255))
def test_bytes_made_to_deceive_are_refused_or_a_document(number: int, place: int, mask: int) -> None:
    """The checksum is right, the content is not: an error, or some document that holds together."""
    body = bytearray(encode_document(session(("deceive", number), 12, 2).settle().document)[5:])
    body[place % len(body)] ^= mask
    try:
        document = open_and_look(sealed(bytes(body)))
    except MalformedMessage:
        return
    copy = Replica(b"")
    for update in updates_since(document, {}):
        copy.inbox.apply(update)
    assert copy.document.content == document.content


@given(st.data())
def test_columns_made_to_deceive_are_refused_or_a_document(data: st.DataObject) -> None:
    """The same, inside the compressed columns."""
    document = session(("columns", data.draw(st.integers(0, 12))), 12, 2).settle().document
    archive = msgspec.msgpack.decode(encode_document(document)[5:])
    column = data.draw(st.integers(3, 8))
    raw = bytearray(zlib.decompress(archive[column][1]))
    if raw:
        place = data.draw(st.integers(0, len(raw) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "double"]))
        if kind == "flip":
            raw[place] ^= data.draw(st.integers(1, 127))
        elif kind == "cut":
            del raw[place]
        else:
            raw[place:place] = raw[place : place + 1]
    archive[column] = compress(bytes(raw))
    try:
        opened = open_and_look(sealed(msgspec.msgpack.encode(archive)))
    except MalformedMessage:
        return
    assert len(opened.content) == len(opened)
    assert encode_document(opened)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (0, 10**9),
        (0, -1),
        (0, 5),
        (1, [[b"agent-0", 10**9, 3]]),
        (1, [[b"", 1, 0]]),
        (1, [[b"a", 1, 0], [b"a", 1, 0]]),
        (1, []),
        (2, [10**8]),
        (2, [-1]),
        (2, []),
        (5, compress(pack_integers([7, 4]))),
        (5, compress(pack_integers([0, 0]))),
        (5, compress(pack_integers([0, 10**9]))),
        (6, compress(pack_integers([4, 1, 1]))),
        (6, compress(pack_integers([0, 0]))),
        (6, compress(pack_integers([10**9, 0]))),
        (6, compress(pack_integers([2, 0, 2, 2, 1, 1]))),
        (6, compress(pack_integers([2, 0, 2, 10**6]))),
        (7, compress(pack_integers([400]))),
        (8, compress(pack_integers([3 << 2 | 3]))),
        (8, compress(pack_integers([0]))),
    ],
)
def test_lies_in_an_archive_are_refused(field: int, value: object) -> None:
    document = Document(TEXT, b"agent-0")
    document.insert(0, "abcd")
    archive = msgspec.msgpack.decode(encode_document(document)[5:])
    archive[field] = value
    with pytest.raises(MalformedMessage):
        open_and_look(sealed(msgspec.msgpack.encode(archive)))


def test_an_archive_whose_content_does_not_fit_its_history_is_refused() -> None:
    document = Document(TEXT, b"agent-0")
    document.insert(0, "abcd")
    document.delete(1, 1)
    archive = msgspec.msgpack.decode(encode_document(document)[5:])
    archive[3], archive[4] = compress(b"ac"), compress(b"bd")
    with pytest.raises(MalformedMessage, match="not what its history makes"):
        open_and_look(sealed(msgspec.msgpack.encode(archive)))


def test_an_archive_with_a_bad_history_leaves_the_document_as_it_was() -> None:
    document = Document(TEXT, b"agent-0")
    document.insert(0, "abcd")
    archive = msgspec.msgpack.decode(encode_document(document)[5:])
    archive[7] = compress(pack_integers([400]))
    opened = decode_document(TEXT, sealed(msgspec.msgpack.encode(archive)), b"me")
    opened.insert(4, "!")
    for _ in range(2):
        with pytest.raises(MalformedMessage):
            opened.graph.size  # noqa: B018
    assert opened.content == "abcd!"


def test_tuples_take_over_where_code_points_end(monkeypatch: pytest.MonkeyPatch) -> None:
    document = session("many", 50).settle().document
    data = encode_document(document)
    monkeypatch.setattr("graphvine.crdt.text.placeholders._CODE_POINTS", 20)
    assert encode_document(document) == data
    opened = decode_document(TEXT, data)
    assert history(opened) == history(document)


def test_size_of_ordinary_typing() -> None:
    """History costs little more than what was typed."""
    dice = random.Random(7)
    words = [("".join(dice.choice("etaoinshrdlu") for _ in range(dice.randint(2, 9)))) for _ in range(300)]
    document = Document(TEXT, b"me")
    for _ in range(2_000):
        word = dice.choice(words) + " "
        for letter in word:
            document.insert(len(document), letter)
    assert len(encode_document(document)) < 0.6 * len(document)


def test_runs_of_several_agents_are_cut_where_agents_change() -> None:
    graph = EventGraph()
    one, two = graph.agent(b"one"), graph.agent(b"two")
    graph.add(one, 3, ())
    graph.add(two, 2, (2,))
    assert archive_module._agent_column(graph) == [0, 3, 1, 2]
    assert archive_module._graph_column(graph) == [5, 0]


# Written by the first release of format 1. Every later one opens it.
GOLDEN = bytes.fromhex(
    "012488a56799169293c403616e6e121593c403626f62041291159214c41c78daf338bc3227275f472129335da1282745e1c3fc190d00578e08"
    "a39204c40c78dacb283fbc0d00054502599206c40e78da63e0676461600600006400189209c41178dae36760616466666265040000de002392"
    "06c40e78da63e0e5e166e0000000a0002d9206c40e78da33e114606561010001c6005b"
)


def test_a_file_of_format_1_opens() -> None:
    document = decode_document(TEXT, GOLDEN)
    assert document.content == "Héllo, big rld 😀"
    assert document.version == ((b"ann", 17),)
    graph = document.graph
    assert (graph.names, graph.next_seq, graph.heads) == ([b"ann", b"bob"], [18, 4], (21,))
    assert "".join(op[4] for op in document.log.ops(0, graph.size)) == "héllo wörld 😀big H,"
