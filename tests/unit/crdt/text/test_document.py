from __future__ import annotations

import pytest

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.params import MAX_AGENT_BYTES, MAX_EDITS, MAX_UPDATE_BYTES
from graphvine.crdt.text.update import LIST, TEXT
from graphvine.errors import InvalidValue, TooLarge


def test_typing_and_deleting() -> None:
    document = Document(TEXT, b"me")
    document.insert(0, "hello world")
    document.delete(5, 6)
    document.edit([(0, 1, "J"), (5, 0, "!")])
    assert document.content == "Jello!"
    assert len(document) == 6
    assert document.version == ((b"me", 19),)


def test_each_edit_is_one_small_update() -> None:
    document = Document(TEXT, b"me")
    assert len(document.insert(0, "a")) == 14
    follower = Document(TEXT)
    inbox = Inbox(follower)
    inbox.apply(Document(TEXT, b"me").insert(0, "a"))
    inbox.apply(document.edit([(0, 1, "b"), (1, 0, "c")]))
    assert follower.content == document.content == "bc"


def test_a_list_of_elements() -> None:
    document = Document(LIST, b"me")
    follower = Inbox(copy := Document(LIST))
    for update in (document.insert(0, (b"one", b"three")), document.insert(1, (b"two",)), document.delete(0)):
        follower.apply(update)
    assert copy.content == document.content == (b"two", b"three")


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [(0, 0, "")],
        [(4, 0, "x")],
        [(-1, 0, "x")],
        [(2, 2, "")],
        [(0, -1, "")],
        [(0, 3, ""), (0, 1, "")],
        [(0, 0, "fine"), (0, 0, "\udc00")],
        [(0, 0, "x")] * (MAX_EDITS + 1),
    ],
)
def test_edits_that_do_not_fit_change_nothing(edits: list[tuple[int, int, str]]) -> None:
    document = Document(TEXT, b"me")
    document.insert(0, "abc")
    with pytest.raises(InvalidValue):
        document.edit(edits)
    assert (document.content, document.version) == ("abc", ((b"me", 2),))
    document.insert(3, "d")


def test_too_much_at_once_is_refused() -> None:
    document = Document(TEXT, b"me")
    with pytest.raises(TooLarge):
        document.insert(0, "x" * MAX_UPDATE_BYTES)
    with pytest.raises(TooLarge):
        document.edit([(0, 0, "x" * (MAX_UPDATE_BYTES // 3))] * 2)
    assert len(document) == 0


def test_somebody_without_a_name_only_follows() -> None:
    document = Document(TEXT)
    with pytest.raises(InvalidValue, match="sign_as"):
        document.insert(0, "x")
    document.sign_as(b"me")
    document.insert(0, "x")
    for name in (b"", b"m" * (MAX_AGENT_BYTES + 1)):
        with pytest.raises(InvalidValue):
            document.sign_as(name)


def test_watchers_hear_of_each_change_and_who_made_it() -> None:
    document, other = Document(TEXT, b"me"), Document(TEXT, b"you")
    heard = []
    document.watchers.append(lambda edits: heard.append((document.was_local, list(edits))))
    document.edit([(0, 0, "abc"), (1, 1, "X")])
    update = other.insert(0, "z")
    Inbox(document).apply(update)
    Inbox(document).apply(update)
    assert heard == [(True, [(0, 0, "abc", 0), (1, 1, "", 3), (1, 0, "X", 4)]), (False, [(3, 0, "z", 5)])]


def test_a_merge_of_versions_names_all_parents() -> None:
    one, two = Document(TEXT, b"one"), Document(TEXT, b"two")
    a, b = one.insert(0, "a"), two.insert(0, "b")
    Inbox(one).apply(b)
    Inbox(two).apply(a)
    assert one.version == two.version == ((b"one", 0), (b"two", 0))
    merged = one.insert(2, "!")
    assert TEXT.decode(merged).parents == ((b"one", 0), (b"two", 0))
    assert TEXT.decode(one.insert(3, "!")).parents is None
    Inbox(two).apply(merged)
    assert two.content == "ab!"


def test_the_name_of_a_version_in_the_middle() -> None:
    document = Document(TEXT, b"me")
    document.insert(0, "abc")
    assert document.name((1,)) == ((b"me", 1),)
    assert document.number(b"me", 1) == 1
    assert document.name(()) == ()
