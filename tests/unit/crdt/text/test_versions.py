from __future__ import annotations

import random

import pytest

from graphvine.crdt.text import elements, merge, versions
from graphvine.crdt.text.archive import decode_document, encode_document
from graphvine.crdt.text.document import Document, Version
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.params import MAX_UPDATE_BYTES
from graphvine.crdt.text.update import LIST, TEXT
from graphvine.crdt.text.versions import (
    Authored,
    author_steps,
    authors,
    change_steps,
    changes,
    content_at,
    content_steps,
    heads_of,
    updates_since,
    vector_of,
)
from graphvine.errors import InvalidValue

from .sessions import Replica, Session, session


def with_past(seed: object, steps: int = 40, *, lists: bool = False) -> tuple[Document, list[tuple[Version, object]]]:
    """A document, and versions that replicas had on the way with what they saw then."""
    past: list[tuple[Version, object]] = [((), () if lists else "")]
    played = Session(random.Random(f"past {seed}"), 3, wire=LIST if lists else TEXT)
    played.run(steps, after_each=lambda replica: past.append((replica.document.version, replica.document.content)))
    return played.settle().document, past


@pytest.mark.parametrize("lists", [False, True])
def test_any_version_can_be_read(lists: bool, seed: int) -> None:
    document, past = with_past(seed, lists=lists)
    opened = decode_document(LIST if lists else TEXT, encode_document(document))
    for version, content in past:
        assert content_at(document, version) == content
        assert content_at(opened, version) == content
    assert content_at(document, document.version) == document.content


@pytest.mark.parametrize("lists", [False, True])
def test_changes_turn_one_version_into_the_other(lists: bool, seed: int) -> None:
    document, past = with_past(("changes", seed), lists=lists)
    dice = random.Random(seed)
    for _ in range(60):
        (before, old), (after, new) = dice.choice(past), dice.choice(past)
        content = old
        for pos, deleted, inserted in changes(document, before, after):
            assert deleted or inserted
            content = content[:pos] + inserted + content[pos + deleted :]
        assert content == new


def test_changes_are_few_and_joined() -> None:
    document = Replica(b"a").document
    document.insert(0, "hello world")
    before = document.version
    document.insert(5, ",")
    document.delete(7, 5)
    document.insert(7, "there")
    assert changes(document, before, document.version) == [(5, 0, ","), (7, 5, "there")]
    assert changes(document, document.version, before) == [(5, 1, ""), (6, 5, "world")]
    assert changes(document, before, before) == []


def test_unknown_versions_are_refused() -> None:
    document = Replica(b"a").document
    document.insert(0, "abc")
    assert heads_of(document, ((b"a", 0), (b"a", 2))) == (2,)
    for version in (((b"b", 0),), ((b"a", 3),), ((b"a", -1),)):
        with pytest.raises(InvalidValue, match="not seen"):
            content_at(document, version)


def test_who_wrote_what() -> None:
    one, two = Replica(b"one"), Replica(b"two")
    two.inbox.apply(one.document.insert(0, "hello"))
    one.inbox.apply(two.document.insert(2, "XY"))
    one.document.insert(7, "!")
    one.document.delete(0, 1)
    assert authors(one.document) == [Authored(0, 1, b"one"), Authored(1, 3, b"two"), Authored(3, 7, b"one")]
    assert authors(Replica(b"").document) == []


def test_attribution_covers_the_document(seed: int) -> None:
    document = session(("authors", seed), 60).settle().document
    runs = authors(document)
    assert [run.start for run in runs] == [0, *(run.end for run in runs[:-1])]
    assert runs[-1].end == len(document)
    assert all(one.agent != other.agent for one, other in zip(runs, runs[1:], strict=False))


@pytest.mark.parametrize("lists", [False, True])
def test_what_somebody_lacks(lists: bool, seed: int) -> None:
    for number in range(6):
        played = session(("since", seed, number), 40, 3, lists=lists)
        behind = Replica(b"", played.wire)
        some = [index for index in range(len(played.updates)) if played.dice.random() < 0.6]
        for index in some:
            behind.inbox.apply(played.updates[index])
        document = played.settle().document
        updates = updates_since(document, vector_of(behind.document))
        for update in updates:
            assert behind.inbox.apply(update).refused == []
        assert behind.document.content == document.content
        assert behind.document.version == document.version
        assert updates_since(document, vector_of(document)) == []


def test_a_vector_that_knows_more_than_we_do() -> None:
    one, two = Replica(b"one"), Replica(b"two")
    two.inbox.apply(one.document.insert(0, "abc"))
    two.document.insert(3, "d")
    extra = one.document.insert(0, "x")
    assert updates_since(one.document, vector_of(two.document)) == [extra]


def test_catching_up_takes_few_updates_within_the_limit() -> None:
    document = Document(TEXT, b"me")
    for index in range(500):
        document.insert(index, "x")
    assert len(updates_since(document, {})) == 1
    for _ in range(6):
        document.insert(0, "é" * (MAX_UPDATE_BYTES // 5))
    updates = updates_since(document, {})
    assert max(map(len, updates)) <= MAX_UPDATE_BYTES
    copy = Document(TEXT)
    inbox = Inbox(copy)
    for update in updates:
        inbox.apply(update)
    assert copy.content == document.content


@pytest.mark.parametrize("verb", ["authors", "at", "diff"])
def test_the_past_of_a_long_document_is_looked_at_in_steps(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same comes out when edits come in between, and no step merges more than some events."""
    monkeypatch.setattr(versions, "STEP", 50)
    monkeypatch.setattr(elements, "STEP_ELEMENTS", 64)
    monkeypatch.setattr(merge, "STEP_EVENTS", 200)
    document, past = with_past("steps", steps=400)
    before, after = past[len(past) // 3][0], document.version
    steps, at_once = {
        "authors": (author_steps, authors),
        "at": (content_steps, content_at),
        "diff": (change_steps, changes),
    }[verb]
    arguments = {"authors": (), "at": (before,), "diff": (before, after)}[verb]
    expected = at_once(decode_document(TEXT, encode_document(document)), *arguments)
    document.sign_as(b"somebody later")
    work = steps(document, *arguments)
    count = 0
    found = None
    while found is None:
        try:
            next(work)
        except StopIteration as done:
            found = done.value
        count += 1
        if not count % 3 and verb != "authors":
            document.insert(len(document), "later")
    assert found == expected
    assert count > 4
