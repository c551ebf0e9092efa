"""A text as a mergeable value: the document that its live operations make.

Each operation carries events of the agent that its transaction's writer is (see `codec.text_runs`), so nobody can
edit in another's name. A register is a *run* of an agent's numbers. A newer operation of the same agent that holds all
numbers of a run overrules it: this is how a writer replaces the small operations of its typing by one.

The document starts from the plain text that was in the property before, if there was one: everybody has the barrier
that wrote it. Operations come in any order; the engine holds those that lack their past, and they are never dropped,
for the replica has them anyway.

Normally every order of arrival makes the same document, so it is kept up to date operation by operation. Only a liar
can break that: an agent that uses its numbers twice, or an edit outside of its document. Then, so that replicas cannot
be made to differ, the document is what the live operations make *in the order of their stamps*, each refused that
does not fit: a newer one is still added at the end, any other arrival means to build it anew when somebody looks.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterator
from hashlib import blake2b

from graphvine.codec.operations import decode_own_operation
from graphvine.codec.text_runs import AGENT_BYTES, TextRun, agent_of, decode_text_run
from graphvine.crdt.cells import Leaf, is_older
from graphvine.crdt.merged import Merged, body_of
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.held import Held
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.update import FORMAT, TEXT, Update
from graphvine.errors import RemoteError
from graphvine.model.operation import PutEdge, PutVertex
from graphvine.model.transaction import WriterKey

# Bytes of operations from which on a document is not built anew at each arrival, but once in a while (`peer.inbox`).
LARGE_BYTES = 16 * 1024
# Bytes of the newest operations that a build leaves to the next one: most that come late are nearly new.
MARK_BYTES = 4 * 1024
# The part of a large text's weight that copying it counts for.
COPY_SHARE = 64
# Bytes of operations that one step of a build takes in: some milliseconds in a tab.
SLICE_BYTES = 2 * 1024
Run = tuple[bytes, int, int]  # agent, first number, number after the last


class MergedText(Merged):
    """See the module. writers: who signs for each agent. sessions: under which number."""

    __slots__ = (
        "_barrier",
        "_base",
        "_ends",
        "_is_stale",
        "_mark",
        "_reading",
        "_runs",
        "_shown",
        "_tail",
        "_weight",
        "sessions",
        "writers",
    )

    def __init__(self) -> None:
        super().__init__()
        self.writers: dict[bytes, WriterKey] = {}
        self.sessions: dict[bytes, int] = {}
        self._runs: dict[bytes, list[tuple[int, int]]] = {}
        self._ends: dict[bytes, int] = {}
        self._barrier: Leaf | None = None
        self._base: Update[str] | None = None
        self._is_stale = False
        self._shown: str | None = None
        self._reading = _Reading(None)
        self._weight = 0  # bytes of the operations that hold runs
        # What the operations up to its `last` make, in a document with trouble; and bytes of the newer operations.
        self._mark: _Reading | None = None
        self._tail = 0

    # -- what a kind defines ------------------------------------------------------------------------------------------

    def apply(self, body: bytes, leaf: Leaf) -> None:
        """Take in a run of events."""
        run = decode_text_run(body)
        writer = leaf.entry.transaction.key
        agent = agent_of(writer, run.session)
        if not self._claim((agent, run.seq, run.end()), leaf):
            return
        self.writers[agent], self.sessions[agent] = writer, run.session
        self._changed(leaf, _size(leaf))
        self._shown = None
        if self._is_stale:
            return
        reading = self._reading
        if reading.is_troubled and reading.last is not None and is_older(leaf, reading.last):
            self._is_stale = True
        else:
            was_troubled = reading.is_troubled
            reading.read(run, agent, leaf)
            # What fits depends on the order now, and only one order counts.
            self._is_stale = reading.is_troubled and not was_troubled

    def bar(self, barrier: Leaf, name: str) -> None:
        """Start from what a plain write put, if that is text."""
        if self._barrier is not None and is_older(barrier, self._barrier):
            return
        self._barrier = barrier
        base = base_of(barrier, name)
        if base != self._base:
            self._base = base
            self._mark = None
            self._is_stale = True
            self._shown = None

    def dropped(self, gone: dict[Hashable, Leaf]) -> None:
        """Some operations are overruled by a barrier: what is left is another document."""
        runs: dict[Run, Leaf] = gone  # type: ignore[assignment]
        for (agent, start, end), leaf in runs.items():
            mine = self._runs[agent]
            del mine[bisect_left(mine, (start, end))]
            if not mine:
                del self._runs[agent]
            self._weight -= _size(leaf)
        self._mark = None
        self._is_stale = True
        self._shown = None

    def view(self) -> str:
        """Return the text; while it is late, as it was before."""
        if self._shown is None or (self._is_stale and not self.is_late):
            self._shown = self.document.content
        return self._shown

    @property
    def is_late(self) -> bool:
        """Whether the document must be built anew, and is too large for that to be done in passing."""
        return self._is_stale and self._weight > LARGE_BYTES

    @property
    def weight(self) -> int:
        """How much there is to build, in bytes."""
        return self._weight if self._mark is None else self._tail + self._weight // COPY_SHARE

    def build(self) -> Iterator[None]:
        """Build the document from the live operations, in the order of their stamps. Nothing may arrive meanwhile."""
        if not self._is_stale:
            return
        old = self._mark
        reading = _Reading(self._base) if old is None else old.copy()
        leaves = {id(leaf): leaf for leaf in self.owners.values() if old is None or is_older(old.last, leaf)}  # type: ignore[arg-type]
        ordered = sorted(leaves.values(), key=_order)
        marked, size, tail = len(ordered), 0, 0
        while marked and tail < MARK_BYTES:
            marked -= 1
            tail += _size(ordered[marked])
        for number, leaf in enumerate(ordered):
            if number == marked and number:
                self._mark, self._tail = reading.copy(), tail
            body = body_of(leaf)
            run = decode_text_run(body)
            reading.read(run, agent_of(leaf.entry.transaction.key, run.session), leaf)
            size += len(body)
            if size > SLICE_BYTES:
                size = 0
                yield
        if not reading.is_troubled:
            self._mark = None
        self._reading, self._is_stale, self._shown = reading, False, None

    # -- for readers --------------------------------------------------------------------------------------------------

    @property
    def document(self) -> Document[str]:
        """The document. Another object when it had to be built anew; while it `is_late`, the one before. Read only."""
        if self._is_stale and not self.is_late:
            for _ in self.build():
                pass
        return self._reading.document

    @property
    def is_troubled(self) -> bool:
        """Whether somebody's operations contradict each other or reach outside of their document."""
        return self._reading.is_troubled

    def runs_of(self, agent: bytes) -> list[tuple[int, int]]:
        """Return the live runs of an agent, each one operation, as (first number, number after the last)."""
        return list(self._runs.get(agent, ()))

    def size_of(self, run: Run) -> int:
        """Return the bytes of the operation that holds a run."""
        return _size(self.owners[run])

    def known_of(self, agent: bytes) -> int:
        """Return how many events of an agent the document has."""
        graph = self.document.recent
        index = graph.known_agent(agent)
        return 0 if index is None else graph.next_seq[index]

    def agents_of(self, writer: WriterKey) -> list[bytes]:
        """Return the agents that a writer signs for and has live operations of."""
        return [agent for agent in self._runs if self.writers[agent] == writer]

    # -- which operations are live ------------------------------------------------------------------------------------

    def _claim(self, run: Run, leaf: Leaf) -> bool:
        """Let `leaf` hold a run, unless a newer operation holds all of it; overrule older ones that it holds all of."""
        agent, start, end = run
        runs = self._runs.setdefault(agent, [])
        if runs and start < self._ends.get(agent, 0):
            for first, last in runs:
                if first > start:
                    break
                if last >= end and is_older(leaf, self.owners[agent, first, last]):
                    return False
            for first, last in runs[bisect_left(runs, (start, 0)) :]:
                if first >= end:
                    break
                if last <= end and is_older(self.owners[agent, first, last], leaf):
                    self._overrule((agent, first, last))
        insort(runs, (start, end))
        self._ends[agent] = max(end, self._ends.get(agent, 0))
        self.owners[run] = leaf
        leaf.holds += 1
        self._weight += self.size_of(run)
        return True

    def _changed(self, leaf: Leaf, size: int) -> None:
        """An operation came or (with a negative size) went: keep the mark true, or forget it."""
        mark = self._mark
        if mark is not None:
            if mark.last is not None and is_older(mark.last, leaf):
                self._tail += size
            else:
                self._mark = None

    def _overrule(self, run: Run) -> None:
        agent, start, end = run
        leaf = self.owners.pop(run)
        self._weight -= _size(leaf)
        self._changed(leaf, -_size(leaf))
        leaf.release()
        self._runs[agent].remove((start, end))
        if self.is_troubled or self._is_stale or self.known_of(agent) < end:
            self._is_stale = True  # what it said may have been refused, or wait; now it must not be said at all


class _Reading:
    """A document, as far as operations were read into it. last: the newest. is_troubled: not all of it did fit."""

    __slots__ = ("_held", "_inbox", "document", "is_troubled", "last")

    def __init__(self, base: Update[str] | None) -> None:
        self.document = Document(TEXT)
        self.is_troubled = False
        self.last: Leaf | None = None
        self._held = Held(keep_all=True)
        self._inbox = Inbox(self.document, self._held)
        if base is not None:
            self._inbox.take(base)

    def copy(self) -> _Reading:
        """Return the same, to read on on its own."""
        twin = _Reading(None)
        twin.document = self.document.copy()
        twin.is_troubled, twin.last = self.is_troubled, self.last
        twin._held = self._held.copy()
        twin._inbox = Inbox(twin.document, twin._held)
        return twin

    def read(self, run: TextRun, agent: bytes, leaf: Leaf) -> None:
        """Give the document the events of a run. What does not fit is trouble."""
        if self.last is None or is_older(self.last, leaf):
            self.last = leaf
        for seq, parents, edits in run.unpacked(agent):
            try:
                if self._inbox.take(Update(FORMAT, agent, seq, parents, edits)).refused:
                    self.is_troubled = True
            except RemoteError:
                self.is_troubled = True


def _size(leaf: Leaf) -> int:
    return len(leaf.entry.transaction.leaves[leaf.place])


def _order(leaf: Leaf) -> tuple[tuple[int, bytes, bytes, int, bytes], int]:
    return leaf.entry.order, leaf.index


def base_of(barrier: Leaf, name: str) -> Update[str] | None:
    """Return the text that a plain write put into a property, as the first update of a document, or None."""
    leaf_bytes = barrier.entry.transaction.leaves[barrier.place]
    operation = decode_own_operation(leaf_bytes)
    value = operation.properties.get(name) if isinstance(operation, (PutVertex, PutEdge)) else None
    if not isinstance(value, str) or not value:
        return None
    place = barrier.entry.transaction.id + barrier.index.to_bytes(4, "big")
    agent = blake2b(b"graphvine/text/base/1\0" + place, digest_size=AGENT_BYTES).digest()
    return Update(FORMAT, agent, 0, (), ((0, 0, value),))
