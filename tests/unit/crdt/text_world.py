"""Several writers of one text, each with a replica of their own: they type, tell each other late, and replace it."""

from __future__ import annotations

import random

from tests.strategies import NOW, WRITERS, copy, transaction

from graphvine.codec.text_runs import encode_text_run
from graphvine.crdt.edits import Place
from graphvine.crdt.local_text import LocalText
from graphvine.crdt.merged_text import MergedText
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.update import TEXT as WIRE
from graphvine.crdt.text_edits import TextEdit, bodies_of, to_join
from graphvine.model.operation import TEXT
from graphvine.model.transaction import VerifiedTransaction, WriterKey
from graphvine.store.builder import TransactionBuilder
from graphvine.store.replica import Replica

SPACE = b"s" * 32
PLACE = Place("note", "body")
THIRD = WriterKey(bytes([3]) * 32, bytes([3]) * 8)


def text_of(replica: Replica, place: Place = PLACE) -> MergedText | None:
    cells = replica.state.vertices if place.ends is None else replica.state.edges
    cell = cells.get(place.id)
    shared = cell.merged.get(place.name) if cell is not None and cell.merged else None
    merged = shared.kinds.get(TEXT) if shared is not None else None
    assert merged is None or isinstance(merged, MergedText)
    return merged


def shown(replica: Replica, place: Place = PLACE) -> object:
    cells = replica.state.vertices if place.ends is None else replica.state.edges
    cell = cells.get(place.id)
    return None if cell is None else cell.properties.get(place.name)


class Typist:
    """One writer."""

    def __init__(self, world: World, writer: WriterKey) -> None:
        self.world = world
        self.writer = writer
        self.replica = Replica(SPACE)
        self.sequence = 0
        self.local: LocalText | None = None

    def open(self) -> LocalText:
        merged = text_of(self.replica, self.world.place)
        if merged is not None:
            source = merged.document
        else:
            self.blank = getattr(self, "blank", None) or Document(WIRE)
            source = self.blank
        if self.local is None:
            self.local = LocalText(source, self.writer, self.world.session)
        else:
            self.local.catch_up(source, self.writer)
        return self.local

    def type(self, edits: list[tuple[int, int, str]]) -> None:
        self.open().edit(edits)

    def send(self) -> None:
        local = self.open()
        bodies = local.unsent()
        local.sent = local.made
        self.say(bodies)

    def join(self, small: int = 2) -> None:
        """Replace small operations of ours by one."""
        merged = text_of(self.replica, self.world.place)
        if merged is None or merged.is_troubled:
            return
        for agent in merged.agents_of(self.writer):
            for start, end in to_join(merged, agent, small=small, joined=2):
                if end <= merged.known_of(agent):
                    session = self.world.sessions[agent]
                    self.say(bodies_of(merged.document, session, agent, start, end))

    def say(self, bodies: list[bytes]) -> None:
        if bodies:
            builder = TransactionBuilder()
            builder.edit(self.world.place, TEXT, TextEdit).ready += bodies
            self.write(builder)

    def write(self, builder: TransactionBuilder) -> None:
        self.sequence += 1
        self.world.time += 1
        time = (NOW << 16) + self.world.time
        made = transaction(builder, time, sequence=self.sequence, writer=self.writer)
        self.world.sent.append(made)
        self.replica.add(copy(made), None, NOW + 10)

    def hear(self, made: VerifiedTransaction) -> None:
        self.replica.add(copy(made), None, NOW + 10)


class World:
    def __init__(self, seed: int, place: Place = PLACE) -> None:
        self.dice = random.Random(seed)
        self.place = place
        self.sent: list[VerifiedTransaction] = []
        self.time = 0
        self.sessions: dict[bytes, int] = _Sessions()
        self._session = 0
        self.people = [Typist(self, writer) for writer in (*WRITERS, THIRD)]
        if place.ends is not None:
            builder = TransactionBuilder()
            for end in place.ends[1:]:
                builder.put_vertex(end)
            self.people[0].write(builder)
            for person in self.people[1:]:
                person.hear(self.sent[0])

    def session(self) -> int:
        self._session += 1
        return self._session

    def run(self, steps: int, *, barriers: bool = False, liars: bool = False) -> World:
        dice = self.dice
        for _ in range(steps):
            person = dice.choice(self.people)
            what = dice.random()
            if what < 0.4:
                self.edit(person)
            elif what < 0.6:
                person.send()
            elif what < 0.75 and self.sent:
                for made in dice.sample(self.sent, min(3, len(self.sent))):
                    person.hear(made)
            elif what < 0.85:
                person.join()
            elif barriers and what < 0.9:
                self.replace(person)
            elif liars and what < 0.97:
                self.lie(person)
        for person in self.people:
            person.send()
        return self

    def edit(self, person: Typist) -> None:
        dice, size = self.dice, len(person.open().document)
        pos = dice.randint(0, size)
        count = dice.randint(0, min(3, size - pos)) if dice.random() < 0.4 else 0
        letters = "".join(dice.choice("ab😀\n") for _ in range(dice.randint(0 if count else 1, 3)))
        person.type([(pos, count, letters)])

    def replace(self, person: Typist) -> None:
        builder, place = TransactionBuilder(), self.place
        what = self.dice.choice(["put", "put", "remove", "delete", "number"])
        if place.ends is not None:
            put = {place.name: "plain"} if what == "put" else {}
            builder.put_edge(place.id, *place.ends, put, removed=[] if put else [place.name])
        elif what == "delete":
            builder.delete_vertex(place.id)
        else:
            put = {"put": {place.name: "plain 😀"}, "number": {place.name: 7}}.get(what, {})
            builder.put_vertex(place.id, put, removed=[] if put else [place.name])
        person.write(builder)

    def lie(self, person: Typist) -> None:
        """Use numbers twice, reach outside, build on what was never there."""
        dice = self.dice
        agent = b"\0" * 16
        session = dice.choice([0, 0, 1, 2, 3])
        seq = dice.choice([0, 0, 1, 2, 5])
        parents = dice.choice([None, (), ((agent, seq - 1),) if seq else (), ((b"x" * 16, 3),)])
        edits = [(dice.choice([0, 0, 1, 50]), dice.choice([0, 0, 1, -1]), "") for _ in range(dice.randint(1, 2))]
        edits = [(pos, deleted, "" if deleted < 0 else dice.choice("XYZ")) for pos, deleted, _ in edits]
        person.say([encode_text_run(session, agent, seq, [(parents, edits)])])


class _Sessions(dict[bytes, int]):
    """Session by agent, found by trying."""

    def __missing__(self, agent: bytes) -> int:
        from graphvine.codec.text_runs import agent_of

        for session in range(1_000):
            for writer in (*WRITERS, THIRD):
                self[agent_of(writer, session)] = session
        return self[agent]
