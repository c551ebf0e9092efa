"""Updates from strangers: late, twice, wrong on purpose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import encode

from graphvine.crdt.text import inbox as inbox_module
from graphvine.crdt.text.archive import decode_document, encode_document
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.merge import replay
from graphvine.crdt.text.params import MAX_HELD, MAX_NUMBER
from graphvine.crdt.text.update import TEXT
from graphvine.crdt.text.versions import content_at, updates_since
from graphvine.errors import MalformedMessage, ProtocolViolation, RemoteError

from .sessions import Replica, session


def raw(agent: bytes, seq: int, parents: Any, *edits: tuple[int, int, str]) -> bytes:
    return encode((1, agent, seq, parents, edits))


def state(document: Document[str]) -> tuple[Any, ...]:
    """Everything that an update could change."""
    graph, log = document.graph, document.log
    columns = (graph.starts, graph.parents, graph.solo, graph.agent_start, graph.agent_of, graph.agent_seq)
    rows = (log.start, log.kind, log.pos, log.content)
    return (
        document.content,
        document.version,
        len(document),
        graph.size,
        log.size,
        [list(column) for column in columns],
        [list(row) for row in rows],
        dict(zip(graph.names, graph.next_seq, strict=True)),
    )


@pytest.fixture
def shared() -> Replica:
    """A document "hello world" by "one", with a concurrent "!" by "two" at its end."""
    replica = Replica(b"")
    replica.inbox.apply(raw(b"one", 0, None, (0, 0, "hello")))
    replica.inbox.apply(raw(b"one", 5, None, (5, 0, " world")))
    replica.inbox.apply(raw(b"two", 0, [(b"one", 4)], (5, 0, "!")))
    assert replica.document.content == "hello world!"
    return replica


def test_an_update_says_what_it_did(shared: Replica) -> None:
    assert shared.inbox.apply(raw(b"three", 0, [(b"one", 4)], (0, 1, "J"))).edits == [(0, 1, "", 12), (0, 0, "J", 13)]
    assert shared.document.content == "Jello world!"


@pytest.mark.parametrize(
    "wrong",
    [
        raw(b"two", 1, None, (13, 0, "x")),
        raw(b"two", 1, None, (12, 1, "")),
        raw(b"two", 1, None, (0, 13, "")),
        raw(b"two", 1, None, (3, -5, "")),
        raw(b"two", 1, None, (12, -1, "")),
        raw(b"two", 1, None, (3, 0, "")),
        raw(b"two", 1, None, (3, -1, "x")),
        raw(b"", 1, None, (3, 0, "x")),
    ],
)
@pytest.mark.parametrize("is_stored", [False, True])
def test_an_update_that_goes_on_is_looked_at_like_any_other(shared: Replica, wrong: bytes, is_stored: bool) -> None:
    """By its numbers it is the next of the agent who was last, which is the short way."""
    shared.inbox.apply(raw(b"two", 1, [(b"one", 10), (b"two", 0)], (12, 0, "!"), (12, 1, "")))
    wrong = wrong.replace(b"\x01\xc0", b"\x03\xc0")
    document = decode_document(TEXT, encode_document(shared.document)) if is_stored else shared.document
    inbox, before = Inbox(document), document.content
    with pytest.raises(MalformedMessage):
        inbox.apply(wrong)
    assert (document.content, document.recent.size) == (before, 14)
    assert inbox.apply(raw(b"two", 3, None, (12, 0, "?"))).edits == [(12, 0, "?", 14)]
    assert inbox.apply(raw(b"two", 4, None, (0, 2, ""))).edits == [(0, 2, "", 15)]
    assert document.content == "llo world!?" == content_at(document, document.version)
    assert replay(document.graph, document.log).content() == "llo world!?"


def test_early_updates_wait(shared: Replica) -> None:
    later = raw(b"one", 13, None, (14, 0, "?"))
    middle = raw(b"one", 11, [(b"one", 10), (b"two", 0)], (12, 0, "!!"))
    applied = shared.inbox.apply(later)
    assert (applied.edits, applied.refused) == ([], [])
    assert shared.inbox.missing == [(b"one", 12)]
    shared.inbox.apply(raw(b"four", 0, [(b"one", 13), (b"nobody", 7)], (0, 0, "x")))
    assert len(shared.inbox) == 2
    assert len(shared.inbox.apply(middle).edits) == 2
    assert shared.document.content == "hello world!!!?"
    assert shared.inbox.missing == [(b"nobody", 7)]


def test_a_held_update_that_turns_out_wrong_is_reported_and_gone(shared: Replica) -> None:
    shared.inbox.apply(raw(b"evil", 0, [(b"one", 11)], (500, 0, "x")))
    shared.inbox.apply(raw(b"evil", 1, None, (0, 0, "y")))
    applied = shared.inbox.apply(raw(b"one", 11, None, (11, 0, ".")))
    assert [(name, type(error)) for name, error in applied.refused] == [((b"evil", 0), MalformedMessage)]
    assert shared.document.content == "hello world.!"
    assert shared.inbox.missing == [(b"evil", 0)]


def test_known_updates_change_nothing(shared: Replica) -> None:
    before = state(shared.document)
    for known in (
        raw(b"one", 0, None, (0, 0, "hello")),
        raw(b"one", 0, [], (0, 0, "hell")),
        raw(b"one", 2, [(b"one", 1)], (2, 0, "llo wor")),
        raw(b"one", 0, None, (0, 0, "he"), (2, 0, "llo world")),
        raw(b"two", 0, [(b"one", 4), (b"one", 2)], (5, 0, "!")),
    ):
        assert shared.inbox.apply(known).edits == []
    assert state(shared.document) == before


def test_the_new_part_of_a_known_update_is_taken(shared: Replica) -> None:
    shared.inbox.apply(raw(b"one", 8, None, (8, 0, "rld"), (0, 2, "J")))
    assert shared.document.content == "Jllo world!"
    shared.inbox.apply(raw(b"one", 11, None, (0, 2, "Je"), (0, 0, ">")))
    assert shared.document.content == ">Jello world!"


@pytest.mark.parametrize(
    "reused",
    [
        raw(b"one", 0, None, (0, 0, "jello")),
        raw(b"one", 0, None, (0, 0, "hellx world")),
        raw(b"one", 1, None, (0, 0, "ello")),
        raw(b"one", 0, None, (0, 0, "hel"), (0, 1, "")),
        raw(b"one", 5, [(b"two", 0)], (5, 0, " world")),
        raw(b"one", 5, [(b"unknown", 0)], (5, 0, " world")),
        raw(b"one", 5, [], (5, 0, " world")),
        raw(b"two", 0, [(b"one", 5)], (5, 0, "!")),
        raw(b"two", 0, None, (5, 0, "!")),
    ],
)
def test_numbers_used_twice_are_refused(shared: Replica, reused: bytes) -> None:
    before = state(shared.document)
    with pytest.raises(ProtocolViolation):
        shared.inbox.apply(reused)
    assert state(shared.document) == before
    assert len(shared.inbox) == 0


def test_a_chain_that_joins_what_was_apart_is_refused() -> None:
    """The agent's events 0 and 1 are known, but 1 was made after somebody else's event too."""
    replica = Replica(b"")
    replica.inbox.apply(raw(b"one", 0, None, (0, 0, "a")))
    replica.inbox.apply(raw(b"two", 0, [(b"one", 0)], (0, 0, "b")))
    replica.inbox.apply(raw(b"one", 1, [(b"two", 0)], (1, 0, "c")))
    with pytest.raises(ProtocolViolation):
        replica.inbox.apply(raw(b"one", 0, None, (0, 0, "a"), (1, 0, "c")))


def test_deletions_one_by_one_and_backwards_are_the_same_events() -> None:
    replica = Replica(b"")
    replica.inbox.apply(raw(b"one", 0, None, (0, 0, "abcdef")))
    replica.inbox.apply(raw(b"one", 6, None, (4, 1, ""), (3, 1, ""), (2, 1, "")))
    assert replica.inbox.apply(raw(b"one", 6, None, (4, -3, ""))).edits == []
    with pytest.raises(ProtocolViolation):
        replica.inbox.apply(raw(b"one", 6, None, (2, 3, "")))
    assert replica.document.content == "abf"


HOSTILE = [
    raw(b"evil", 0, [(b"one", 4)], (6, 0, "x")),  # past the end in that version, though not in ours
    raw(b"evil", 0, [(b"one", 4)], (5, 1, "")),
    raw(b"evil", 0, [(b"one", 4)], (0, 6, "")),
    raw(b"evil", 0, [(b"one", 4)], (0, MAX_NUMBER, "")),
    raw(b"evil", 0, [(b"one", 4)], (4, -6, "")),
    raw(b"evil", 0, [(b"one", 4)], (MAX_NUMBER, -1, "")),
    raw(b"evil", 0, [(b"one", 4)], (0, 0, "fine"), (10, 0, "not fine")),
    raw(b"evil", 0, None, (1, 0, "x")),
    raw(b"evil", 0, [], (0, 1, "")),
    raw(b"evil", 0, [(b"one", 10), (b"two", 0)], (13, 0, "x")),
    raw(b"one", 11, None, (12, 0, "x")),  # 11 elements in its author's version
    raw(b"two", 1, None, (0, 7, "")),
    raw(b"evil", 3, [(b"evil", 3)], (0, 0, "x")),  # builds on itself
    raw(b"evil", 0, [(b"evil", 9)], (0, 0, "x")),
]


@pytest.mark.parametrize("index", range(len(HOSTILE)))
def test_a_hostile_update_changes_nothing(shared: Replica, index: int) -> None:
    before = state(shared.document)
    try:
        applied = shared.inbox.apply(HOSTILE[index])
    except MalformedMessage:
        pass
    else:
        assert applied.edits == []  # waits for ever, within bounds
        assert len(shared.inbox) == 1
    assert state(shared.document) == before
    shared.inbox.apply(raw(b"two", 1, None, (0, 6, "HELLO!")))
    assert shared.document.content == "HELLO! world"


def test_only_the_first_kind_of_hostile_update_waits(shared: Replica) -> None:
    waiting = 0
    for update in HOSTILE:
        try:
            shared.inbox.apply(update)
            waiting += 1
        except MalformedMessage:
            pass
    assert waiting == 1
    assert len(shared.inbox) == 1


def test_an_update_that_its_envelope_names_waits_with_that_name(shared: Replica) -> None:
    shared.inbox.apply(raw(b"", 1, [(b"", 0)], (1, 0, "b")), b"signer")
    assert shared.inbox.missing == [(b"signer", 0)]
    shared.inbox.apply(raw(b"", 0, [], (0, 0, "a")), b"signer")
    assert "ab" in shared.document.content


def test_a_flood_of_early_updates_is_bounded(shared: Replica) -> None:
    for seq in range(MAX_HELD + 5):
        shared.inbox.apply(raw(b"flood", 2 * seq + 1, None, (0, 0, "x")))
    assert (len(shared.inbox), shared.inbox.dropped) == (MAX_HELD, 5)


def test_a_cycle_waits_and_is_bounded(shared: Replica) -> None:
    before = state(shared.document)
    shared.inbox.apply(raw(b"x", 0, [(b"y", 0)], (0, 0, "x")))
    shared.inbox.apply(raw(b"y", 0, [(b"x", 0)], (0, 0, "y")))
    assert state(shared.document) == before
    assert shared.inbox.missing == [(b"x", 0), (b"y", 0)]


def test_too_many_agents_are_refused(shared: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MAX_AGENTS", 3)
    shared.inbox.apply(raw(b"three", 0, [], (0, 0, "x")))
    with pytest.raises(ProtocolViolation, match="agents"):
        shared.inbox.apply(raw(b"four", 0, [], (0, 0, "x")))
    shared.inbox.apply(raw(b"three", 1, None, (0, 0, "x")))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [0, 1, 3, 2], [3, 2, 1, 0]])
def test_an_agent_that_forgets_itself_is_refused(order: list[int]) -> None:
    """Whatever came in between, and also when its update was held."""
    updates = [
        raw(b"base", 0, None, (0, 0, "ab")),
        raw(b"evil", 0, [(b"base", 1)], (1, 0, "1")),
        raw(b"evil", 1, [(b"base", 1)], (1, 0, "2")),
        raw(b"good", 0, [(b"evil", 0)], (2, 0, "3")),
    ]
    replica = Replica(b"")
    refused = []
    for index in order:
        try:
            refused += [error for _, error in replica.inbox.apply(updates[index]).refused]
        except MalformedMessage as error:
            refused.append(error)
    assert replica.document.content == "a13b"
    assert [str(error) for error in refused] == ["agent 6576696c forgot what it did before number 1"]
    replica.inbox.apply(raw(b"evil", 1, [(b"good", 0)], (0, 1, "")))  # it knows of its own event through another's
    assert replica.document.content == "13b"


def test_a_version_with_many_heads_can_be_merged() -> None:
    replica = Replica(b"me")
    replica.inbox.apply(raw(b"base", 0, None, (0, 0, "ab")))
    for index in range(300):
        replica.inbox.apply(raw(b"agent-%03d" % index, 0, [(b"base", 1)], (1, 0, f"{index:03d}")))
    assert replica.document.content == "a" + "".join(f"{index:03d}" for index in range(300)) + "b"
    other = Replica(b"")
    merged = replica.document.insert(0, "x")
    for update in updates_since(replica.document, {}):
        other.inbox.apply(update)
    assert other.inbox.apply(merged).edits == []
    assert other.document.content == replica.document.content
    assert len(other.document.version) == 1


names = st.sampled_from([b"one", b"two", b"new", b"evil"])
numbers = st.one_of(st.integers(0, 14), st.just(MAX_NUMBER))
edits = st.lists(
    st.tuples(numbers, st.one_of(st.integers(-9, 14), st.just(-MAX_NUMBER)), st.sampled_from(["", "x", "yz", "😀"])),
    min_size=1,
    max_size=3,
)
attacks = st.builds(
    lambda name, seq, parents, made: encode((1, name, seq, parents, made)),
    names,
    numbers,
    st.one_of(st.none(), st.lists(st.tuples(names, numbers), max_size=3)),
    edits,
)


@given(st.lists(attacks, max_size=12))
def test_any_updates_are_applied_whole_held_or_refused_without_a_trace(updates: list[bytes]) -> None:
    replica = Replica(b"")
    replica.inbox.apply(raw(b"one", 0, None, (0, 0, "hello")))
    replica.inbox.apply(raw(b"two", 0, [(b"one", 2)], (1, 0, "!")))
    for update in updates:
        before = state(replica.document)
        try:
            replica.inbox.apply(update)
        except RemoteError:
            assert state(replica.document) == before
    document = replica.document
    assert len(document) == len(document.content)
    copy = Replica(b"")
    for update in updates_since(document, {}):
        assert copy.inbox.apply(update).refused == []
    assert copy.document.content == document.content
    assert copy.document.version == document.version


@given(st.integers(0, 30), st.data())
def test_a_flipped_byte_in_a_session_is_refused_or_an_update(number: int, data: st.DataObject) -> None:
    played = session(("flip", number), 15, 2)
    replica = Replica(b"")
    for update in played.updates:
        damaged = bytearray(update)
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] ^= data.draw(st.integers(1, 255))
        try:
            replica.inbox.apply(bytes(damaged))
        except RemoteError:
            pass
        try:
            replica.inbox.apply(update)
        except RemoteError:
            pass
    assert len(replica.document) == len(replica.document.content)


def test_following_a_list() -> None:
    document = session("a list", 30, lists=True).settle().document
    assert all(isinstance(element, bytes) for element in document.content)
    assert Inbox(Document(TEXT)).missing == []
