"""Random editing sessions: several agents, small documents, everybody types at the same places."""

from __future__ import annotations

import random
from collections.abc import Callable

from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.update import LIST, TEXT, Wire


class Replica:
    """One agent's document and inbox, and which updates it has."""

    def __init__(self, name: bytes, wire: Wire = TEXT) -> None:
        self.document = Document(wire, name or None)
        self.inbox = Inbox(self.document)
        self.known: set[int] = set()


class Session:
    """Agents that edit and hear of each other late.

    updates: everything that was sent, in order of making.
    """

    def __init__(self, dice: random.Random, agents: int = 3, *, wire: Wire = TEXT, wide: bool = False) -> None:
        self.dice = dice
        self.wire = wire
        self.letters = "ab😀ü\n" if wide else "abcdefgh"
        self.replicas = [Replica(b"agent-%d" % index, wire) for index in range(agents)]
        self.updates: list[bytes] = []

    def run(self, steps: int, *, after_each: Callable[[Replica], None] | None = None) -> Session:
        """Let agents edit and receive at random."""
        dice = self.dice
        for _ in range(steps):
            replica = dice.choice(self.replicas)
            if dice.random() < 0.6:
                self.edit(replica)
            else:
                self.receive(replica, dice.choice(self.replicas), part=dice.random() < 0.3)
            if after_each is not None:
                after_each(replica)
        return self

    def edit(self, replica: Replica) -> None:
        """One to three random edits in one update."""
        dice, size = self.dice, len(replica.document)
        edits = []
        for _ in range(dice.choice([1, 1, 1, 3])):
            pos = dice.randint(0, size)
            count = dice.randint(1, min(3, size - pos)) if pos < size and dice.random() < 0.45 else 0
            letters = "".join(dice.choice(self.letters) for _ in range(dice.randint(0 if count else 1, 3)))
            content = letters if self.wire is TEXT else tuple(letter.encode() for letter in letters)
            edits.append((pos, count, content))
            size += len(letters) - count
        self.send(replica, replica.document.edit(edits))

    def send(self, replica: Replica, update: bytes | None) -> None:
        """Note an update that a replica made."""
        if update is not None:
            replica.known.add(len(self.updates))
            self.updates.append(update)

    def receive(self, replica: Replica, other: Replica, *, part: bool = False) -> None:
        """Bring what one replica has to another, in any order."""
        new = sorted(other.known - replica.known)
        if part:
            new = new[: len(new) // 2]
        if self.dice.random() < 0.5:
            self.dice.shuffle(new)
        self.deliver(replica, new)

    def deliver(self, replica: Replica, which: list[int]) -> None:
        """Apply updates by number."""
        for number in which:
            assert replica.inbox.apply(self.updates[number]).refused == []
        replica.known.update(which)

    def settle(self) -> Replica:
        """Bring everything to everybody; check that all have the same; return one of them."""
        for replica in self.replicas:
            new = [number for number in range(len(self.updates)) if number not in replica.known]
            self.dice.shuffle(new)
            self.deliver(replica, new)
            assert len(replica.inbox) == 0
        first = self.replicas[0].document
        for replica in self.replicas:
            assert replica.document.content == first.content
            assert replica.document.version == first.version
        return self.replicas[0]

    def newcomer(self) -> Replica:
        """A replica that gets every update twice, in random order."""
        replica = Replica(b"", self.wire)
        order = list(range(len(self.updates))) * 2
        self.dice.shuffle(order)
        for number in order:
            replica.inbox.apply(self.updates[number])
        return replica


def session(seed: object, steps: int = 40, agents: int = 3, *, lists: bool = False, wide: bool = False) -> Session:
    """A session that has run, the same one for the same seed."""
    dice = random.Random(f"text session {seed}")
    return Session(dice, agents, wire=LIST if lists else TEXT, wide=wide).run(steps)
