from __future__ import annotations

import random
from itertools import islice

import pytest

from graphvine.crdt.text import merge as merge_module
from graphvine.crdt.text import placeholders as placeholders_module
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.elements import Elements
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.params import MAX_UNDO
from graphvine.crdt.text.rope import Rope
from graphvine.crdt.text.undo import UndoStack
from graphvine.crdt.text.update import LIST, TEXT
from graphvine.crdt.text.versions import authors

from .sessions import Replica, Session


def pair() -> tuple[Replica, UndoStack[str], Replica]:
    """Two replicas that share "The cat sat.", and the undo stack of the first."""
    one, two = Replica(b"one"), Replica(b"two")
    two.inbox.apply(one.document.insert(0, "The cat sat."))
    return one, UndoStack(one.document), two


def test_typing_is_one_step_until_a_checkpoint_or_another_place() -> None:
    one, undo, _ = pair()
    for index, letter in enumerate("fat "):
        one.document.insert(4 + index, letter)
    undo.checkpoint()
    one.document.insert(8, "old ")
    one.document.insert(0, "> ")
    assert one.document.content == "> The fat old cat sat."
    seen = []
    while undo.can_undo:
        undo.undo()
        seen.append(one.document.content)
    assert seen == ["The fat old cat sat.", "The fat cat sat.", "The cat sat."]
    assert undo.undo() is None
    while undo.can_redo:
        undo.redo()
    assert one.document.content == "> The fat old cat sat."
    assert undo.redo() is None


def test_deleting_forwards_and_backwards_is_one_step_each() -> None:
    one, undo, _ = pair()
    for _ in range(4):
        one.document.delete(0)
    for pos in (7, 6, 5):
        one.document.delete(pos)
    assert one.document.content == "cat s"
    undo.undo()
    assert one.document.content == "cat sat."
    undo.undo()
    assert one.document.content == "The cat sat."


def test_undo_leaves_the_edits_of_others() -> None:
    one, undo, two = pair()
    update = one.document.insert(4, "big cat")
    two.inbox.apply(update)
    one.inbox.apply(two.document.insert(8, "black "))
    assert one.document.content == "The big black catcat sat."
    two.inbox.apply(undo.undo() or b"")
    assert one.document.content == two.document.content == "The black cat sat."
    two.inbox.apply(undo.redo() or b"")
    assert one.document.content == two.document.content
    assert one.document.content.replace("black ", "") == "The big catcat sat."


def test_undo_does_not_bring_back_what_somebody_else_deleted_too() -> None:
    one, undo, two = pair()
    mine, theirs = one.document.delete(0, 8), two.document.delete(4, 4)
    one.inbox.apply(theirs)
    two.inbox.apply(mine)
    two.inbox.apply(undo.undo() or b"")
    assert one.document.content == two.document.content == "The sat."


def test_undo_of_what_others_deleted_since_goes_on_with_the_step_before() -> None:
    one, undo, two = pair()
    two.inbox.apply(one.document.insert(0, "A"))
    undo.checkpoint()
    two.inbox.apply(one.document.insert(5, "B"))
    one.inbox.apply(two.document.delete(5, 1))
    assert one.document.content == "AThe cat sat."
    undo.undo()
    assert one.document.content == "The cat sat."
    assert not undo.can_undo


def test_what_was_restored_can_be_taken_back_again() -> None:
    """Typed, deleted, restored by undo under new names, and then the typing undone too."""
    one, undo, _ = pair()
    one.document.insert(4, "fat ")
    one.document.delete(4, 4)
    for _ in range(3):
        undo.undo()
        assert one.document.content == "The fat cat sat."
        undo.undo()
        assert one.document.content == "The cat sat."
        undo.redo()
        assert one.document.content == "The fat cat sat."
        undo.redo()
        assert one.document.content == "The cat sat."


def test_a_new_edit_ends_redo() -> None:
    one, undo, _ = pair()
    one.document.insert(0, "x")
    undo.undo()
    one.document.insert(0, "y")
    assert not undo.can_redo
    undo.undo()
    assert one.document.content == "The cat sat."


def test_a_replacement_is_one_step() -> None:
    one, undo, _ = pair()
    one.document.edit([(4, 3, "dog"), (8, 3, "ran"), (4, 1, "D")])
    assert one.document.content == "The Dog ran."
    undo.undo()
    assert one.document.content == "The cat sat."
    undo.redo()
    assert one.document.content == "The Dog ran."


def test_steps_are_bounded() -> None:
    one, undo, _ = pair()
    for _ in range(MAX_UNDO + 5):
        undo.checkpoint()
        one.document.insert(0, "x")
    while undo.can_undo:
        undo.undo()
    assert one.document.content == "xxxxxThe cat sat."


def test_a_closed_stack_records_nothing() -> None:
    one, undo, _ = pair()
    undo.close()
    one.document.insert(0, "x")
    assert not undo.can_undo


def test_undo_in_a_list() -> None:
    replica = Replica(b"one", LIST)
    undo = UndoStack(replica.document)
    replica.document.insert(0, (b"a", b"b", b"c"))
    replica.document.delete(1)
    undo.undo()
    assert replica.document.content == (b"a", b"b", b"c")


@pytest.mark.parametrize("agents", [1, 3])
def test_undo_and_redo_are_each_other_s_reverse(agents: int, seed: int) -> None:
    """From any state, however many steps back and forth: alone, all the way to the start and to the end."""
    for number in range(6):
        played = Session(random.Random(f"undo {agents} {seed} {number}"), agents)
        undo = UndoStack(played.replicas[0].document)
        document = played.replicas[0].document
        played.run(25)
        texts = [document.content]
        while undo.can_undo:
            if undo.undo() is not None:
                texts.append(document.content)
        if agents == 1:
            assert texts[-1] == ""
        forth = [texts.pop()]
        while undo.can_redo:
            if undo.redo() is not None:
                forth.append(document.content)
        assert forth[1:] == texts[::-1]


def test_undo_of_one_touches_nothing_of_the_others(seed: int) -> None:
    """What others wrote and is visible is there after undoing everything."""
    for number in range(5):
        played = Session(random.Random(f"others {seed} {number}"), 3)
        undo = UndoStack(played.replicas[0].document)
        played.run(40)
        document = played.settle().document
        before = {run.agent: 0 for run in authors(document)}
        for run in authors(document):
            before[run.agent] += run.end - run.start
        while undo.can_undo:
            played.send(played.replicas[0], undo.undo())
        played.settle()
        after: dict[bytes, int] = {}
        for run in authors(document):
            after[run.agent] = after.get(run.agent, 0) + run.end - run.start
        for agent in (b"agent-1", b"agent-2"):
            assert after.get(agent, 0) >= before.get(agent, 0)


def test_undo_converges(seed: int) -> None:
    """Undo and redo are ordinary edits: everybody ends with the same text."""
    for number in range(4):
        dice = random.Random(f"undo converges {seed} {number}")
        played = Session(dice, 3)
        stacks = [UndoStack(replica.document) for replica in played.replicas]
        for _ in range(60):
            played.run(1)
            index = dice.randrange(3)
            if dice.random() < 0.3:
                played.send(played.replicas[index], stacks[index].undo())
            elif dice.random() < 0.3:
                played.send(played.replicas[index], stacks[index].redo())
        document = played.settle().document
        assert played.newcomer().document.content == document.content


class Doubles:
    """One author's document several times over, somebody else's, and the undo stacks of the first."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.other = Document(TEXT, b"other")
        self.documents = [Document(TEXT, b"me") for _ in range(3)]
        self.inboxes = [Inbox(each) for each in self.documents]
        self.inbox = Inbox(self.other)

    def edits(self, document: Document[str]) -> list[tuple[int, int, str]]:
        size = len(document)
        if size > 4 and self.dice.random() < 0.4:
            return [(self.dice.randint(0, size - 2), 2, "")]
        return [(self.dice.randint(0, size), 0, self.dice.choice("abc") * 3)]

    def theirs(self) -> None:
        update = self.other.edit(self.edits(self.other))
        for inbox in self.inboxes:
            inbox.apply(update)

    def ours(self) -> None:
        edits = self.edits(self.documents[0])
        (update,) = {each.edit(edits) for each in self.documents}
        if self.dice.random() < 0.7:
            self.inbox.apply(update)


def test_a_stack_undoes_the_same_whatever_it_calls_what_was_there(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By place at the beginning, or by the event that inserted it; and the events are found out between edits."""
    monkeypatch.setattr(merge_module, "STEP_EVENTS", 16)
    monkeypatch.setattr(placeholders_module, "STEP_ROWS", 4)
    dice = random.Random(f"ready {seed}")
    world = Doubles(dice)
    for _ in range(60):
        world.theirs()
    stacks = [UndoStack(each) for each in world.documents]
    first = world.documents[0]
    stacks[0]._elements, stacks[0]._before = Elements.of(first.graph, first.log), ""
    steps, taken = world.documents[1].prepare(), 0
    for _ in range(40):
        taken += len(list(islice(steps, dice.randint(0, 2))))
        if dice.random() < 0.2:
            for stack in stacks:
                stack.checkpoint()
        dice.choice([world.theirs, world.ours])()
        assert len({stack.can_undo for stack in stacks}) == 1
    taken += len(list(steps))
    assert taken > 4
    assert world.documents[1].has_elements
    for verb in ("undo", "undo", "redo", "undo", "undo", "redo", "redo"):
        assert len({getattr(stack, verb)() for stack in stacks}) == 1
        assert len({each.content for each in world.documents}) == 1
    assert [each.elements.runs() for each in world.documents] == [world.documents[0].elements.runs()] * 3


def long_past() -> Document[str]:
    document = Document(TEXT, b"me")
    dice = random.Random(1)
    for _ in range(3_000):
        document.edit([(dice.randint(0, len(document)), 0, "word")])
    document.edit([(0, 0, "long" * 5_000)])
    return document


def test_the_first_undo_looks_at_nothing_of_a_long_past(monkeypatch):
    document = long_past()
    before, played = document.content, []
    real = OpLog.ops

    def ops(log, start, end):
        played.append(end - start)
        return real(log, start, end)

    monkeypatch.setattr(OpLog, "ops", ops)
    stack = UndoStack(document)
    document.edit([(2, 30, "new"), (20_000, 5, "")])
    stack.checkpoint()
    document.edit([(7, 4, "")])
    while stack.undo() is not None:
        pass
    assert document.content == before
    while stack.redo() is not None:
        pass
    assert not stack.can_redo
    assert document.content != before
    assert sum(played) < 1_000
    assert not document.has_elements


def test_finding_the_events_of_a_long_past_takes_small_steps(monkeypatch):
    document = long_past()
    spliced = []
    real = Rope.splice
    monkeypatch.setattr(Rope, "splice", lambda rope, edits: spliced.append(edits) or real(rope, edits))
    steps = 0
    for _ in document.prepare():
        events = sum(deleted or len(content) for edits in spliced for _, deleted, content, _ in edits)
        assert events <= 2 * merge_module.STEP_EVENTS
        spliced.clear()
        steps += 1
    assert steps > document.recent.size / merge_module.STEP_EVENTS
    assert list(document.prepare()) == []
    assert document.elements.runs() == Elements.of(document.graph, document.log).runs()
