from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import encode

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.params import MAX_AGENT_BYTES, MAX_EDITS, MAX_NUMBER, MAX_PARENTS, MAX_UPDATE_BYTES
from graphvine.crdt.text.update import LIST, TEXT, Update
from graphvine.errors import InvalidValue, MalformedMessage

from .sessions import session

GOOD = (1, b"me", 0, None, [(0, 0, "x")])


def test_an_update_comes_back() -> None:
    update = TEXT.decode(encode((1, b"me", 7, [(b"you", 3)], [(2, 1, "é"), (5, -2, "")])))
    assert update == Update(1, b"me", 7, ((b"you", 3),), ((2, 1, "é"), (5, -2, "")))
    assert update.events() == 4


def test_the_bytes_of_an_update() -> None:
    """Golden: what format 1 looks like on the wire, for ever."""
    golden = bytes.fromhex("9501c403616e6e0f9292c403616e6e0e92c403626f620392930001a148930500a12c")
    parents, edits = ((b"ann", 14), (b"bob", 3)), ((0, 1, "H"), (5, 0, ","))
    assert TEXT.decode(golden) == Update(1, b"ann", 15, parents, edits)
    assert encode(Update(1, b"ann", 15, parents, edits)) == golden


def test_a_list_update_comes_back() -> None:
    update = LIST.decode(encode((1, b"me", 0, [], [(0, 0, [b"one", b""])])))
    assert update.edits == ((0, 0, (b"one", b"")),)


def test_the_envelope_may_say_who() -> None:
    update = TEXT.decode(encode((1, b"", 1, [(b"", 0), (b"you", 3)], [(0, 0, "x")])), b"signer")
    assert (update.agent, update.parents) == (b"signer", ((b"signer", 0), (b"you", 3)))
    assert TEXT.decode(encode(GOOD), b"me").agent == b"me"
    with pytest.raises(MalformedMessage, match="another agent"):
        TEXT.decode(encode(GOOD), b"you")
    with pytest.raises(MalformedMessage, match="without agent"):
        TEXT.decode(encode((1, b"", 0, None, [(0, 0, "x")])))


@pytest.mark.parametrize(
    "wire",
    [
        (),
        {},
        None,
        (2, *GOOD[1:]),
        (*GOOD, 1),
        GOOD[:4],
        (1, "me", *GOOD[2:]),
        (1, b"m" * (MAX_AGENT_BYTES + 1), *GOOD[2:]),
        (1, b"me", -1, None, [(0, 0, "x")]),
        (1, b"me", MAX_NUMBER + 1, None, [(0, 0, "x")]),
        (1, b"me", 2**64 - 1, None, [(0, 0, "x")]),
        (1, b"me", 1.5, None, [(0, 0, "x")]),
        (1, b"me", True, None, [(0, 0, "x")]),
        (1, b"me", 0, [(b"a", -1)], [(0, 0, "x")]),
        (1, b"me", 0, [(b"a",)], [(0, 0, "x")]),
        (1, b"me", 0, [(b"a", 0)] * (MAX_PARENTS + 1), [(0, 0, "x")]),
        (1, b"me", 0, None, []),
        (1, b"me", 0, None, [(0, 0, "")]),
        (1, b"me", 0, None, [(3, -2, "x")]),
        (1, b"me", 0, None, [(-1, 0, "x")]),
        (1, b"me", 0, None, [(0, -MAX_NUMBER - 1, "")]),
        (1, b"me", 0, None, [(0, 0, b"x")]),
        (1, b"me", 0, None, [(0, 0, ["x"])]),
        (1, b"me", 0, None, [(0, 1, "")] * (MAX_EDITS + 1)),
    ],
)
def test_what_is_no_update_is_refused(wire: Any) -> None:
    with pytest.raises(MalformedMessage):
        TEXT.decode(encode(wire))


@pytest.mark.parametrize("bad", [b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80"])
def test_text_that_is_not_utf8_is_refused(bad: bytes) -> None:
    data = encode((1, b"me", 0, None, [(0, 0, "?" * len(bad))])).replace(b"?" * len(bad), bad)
    with pytest.raises(MalformedMessage):
        TEXT.decode(data)


def test_too_long_an_update_is_refused_before_it_is_read() -> None:
    with pytest.raises(MalformedMessage, match="over the limit"):
        TEXT.decode(bytes(MAX_UPDATE_BYTES + 1))


def test_deep_nesting_is_refused() -> None:
    for deep in (b"\x91" * 100_000, b"\x95\x01\xc4\x01a\x00" + b"\x91" * 100_000):
        with pytest.raises(MalformedMessage):
            TEXT.decode(deep)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_update_or_refused(data: bytes) -> None:
    for wire in (TEXT, LIST):
        try:
            wire.decode(data)
        except MalformedMessage:
            pass


@given(st.integers(0, 60), st.integers(0, 255))
def test_a_changed_byte_is_an_update_or_refused(place: int, byte: int) -> None:
    data = bytearray(encode((1, b"agent", 300, [(b"other", 70000)], [(500, 3, "some text"), (9, -4, "")])))
    data[place % len(data)] = byte
    try:
        TEXT.decode(bytes(data))
    except MalformedMessage:
        pass


def test_local_content_is_checked() -> None:
    assert TEXT.check("abc") == 3
    assert TEXT.check("aé😀") == 7
    with pytest.raises(InvalidValue, match="surrogate"):
        TEXT.check("a\ud800")
    with pytest.raises(InvalidValue, match="bytes"):
        LIST.check(("not bytes",))
    assert LIST.check((b"ab", b"")) == 12


def test_content_is_packed_for_storage() -> None:
    assert TEXT.unpack(TEXT.pack("é😀")) == "é😀"
    assert LIST.unpack(LIST.pack((b"a", b""))) == (b"a", b"")
    with pytest.raises(MalformedMessage):
        TEXT.unpack(b"\xff")
    with pytest.raises(MalformedMessage):
        LIST.unpack(b"\x91\x91")


def test_keystrokes_join_into_few_edits() -> None:
    document = Document(TEXT, b"me")
    updates = [document.insert(index, letter) for index, letter in enumerate("hello wrld")]
    updates += [document.delete(9), document.delete(8), document.delete(7), document.insert(7, "o")]
    updates += [document.insert(8, "rld"), document.delete(0), document.delete(0), document.edit([(0, 0, "je")])]
    (joined,) = TEXT.join(updates)
    assert TEXT.decode(joined).edits == ((0, 0, "hello wrld"), (9, -3, ""), (7, 0, "orld"), (0, 2, "je"))
    follower = Document(TEXT)
    Inbox(follower).apply(joined)
    for update in updates:
        assert Inbox(follower).apply(update).edits == []
    assert follower.content == document.content == "jello world"


def test_joined_updates_are_the_same_events(seed: int) -> None:
    for number in range(10):
        played = session(("join", seed, number), 60, 3)
        document = played.settle().document
        by_agent: dict[bytes, list[bytes]] = {}
        for update in played.updates:
            by_agent.setdefault(TEXT.decode(update).agent, []).append(update)
        follower = Document(TEXT)
        inbox = Inbox(follower)
        for updates in by_agent.values():
            joined = TEXT.join(updates)
            assert len(joined) <= len(updates)
            for update in joined:
                inbox.apply(update)
        assert follower.content == document.content
        assert follower.version == document.version
        for update in played.updates:
            assert inbox.apply(update).edits == []


def test_joined_updates_keep_an_agent_that_the_envelope_names() -> None:
    updates = [encode((1, b"", 0, [], [(0, 0, "a")])), encode((1, b"", 1, None, [(1, 0, "b")]))]
    assert TEXT.join(updates) == [encode((1, b"", 0, [], [(0, 0, "ab")]))]
    assert TEXT.join([]) == []


def test_joining_leaves_out_the_agent_that_the_envelope_will_name() -> None:
    agent = b"thirty-two bytes of author key, and writer"
    one, two = Document(TEXT, agent), Document(TEXT, b"you")
    to_one = Inbox(one)
    updates = [one.insert(0, "a")]
    to_one.apply(two.insert(0, "b"))
    updates.append(one.insert(1, "c"))
    joined = TEXT.join(updates, agent)
    assert [len(data) for data in joined] == [12, 23]
    assert [TEXT.decode(data, agent) for data in joined] == [TEXT.decode(data) for data in updates]


def test_joined_updates_stay_small() -> None:
    document = Document(TEXT, b"me")
    text = "x" * (MAX_UPDATE_BYTES // 5)
    joined = TEXT.join([document.insert(0, text) for _ in range(6)])
    assert len(joined) > 1
    assert max(map(len, joined)) <= MAX_UPDATE_BYTES
