"""The transactions of one writer, and up to which sequence we know all of them."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush, nsmallest

from graphvine.crdt.cells import Entry
from graphvine.limits import MAX_SEQUENCE_GAPS
from graphvine.store.sequence_sums import SequenceSums


class WriterLog:
    """Live transactions of one (author, writer), by sequence.

    complete: every sequence up to here is known: applied, overruled, or said by the writer never to have been (a
    transaction's `previous`). last: the largest sequence ever seen. A sequence has more than one entry only when its
    author signed it twice. sums: the live sequences, and what the transactions of each give to the digest of the
    replica, which keeps it.
    """

    def __init__(self) -> None:
        self.complete = 0
        self.last = 0
        self.sums = SequenceSums()
        self._entries: dict[int, list[Entry]] = {}
        # (previous, sequence) of transactions beyond a gap: a heap.
        self._beyond: list[tuple[int, int]] = []

    def add(self, entry: Entry) -> None:
        """Take in a transaction that is not in here yet."""
        header = entry.transaction.header
        self.last = max(self.last, header.sequence)
        siblings = self._entries.get(header.sequence)
        if siblings is None:
            self._entries[header.sequence] = [entry]
            self.sums.add(header.sequence)
        else:
            siblings.append(entry)
        if header.sequence > self.complete:
            heappush(self._beyond, (header.previous, header.sequence))
            if len(self._beyond) > 2 * MAX_SEQUENCE_GAPS:
                self._beyond = nsmallest(MAX_SEQUENCE_GAPS, self._beyond)  # sorted, so a heap
            self._advance()

    def drop(self, entry: Entry) -> None:
        """Forget a transaction that is overruled as a whole. Its sequence stays known."""
        sequence = entry.transaction.header.sequence
        siblings = self._entries[sequence]
        siblings.remove(entry)
        if not siblings:
            del self._entries[sequence]
            self.sums.remove(sequence)

    def cover(self, sequence: int) -> None:
        """Count everything up to `sequence` as known."""
        if sequence > self.complete:
            self.complete = sequence
            self.last = max(self.last, sequence)
            self._advance()

    def at(self, sequence: int) -> list[Entry]:
        """Return the live transactions with this sequence: none, one, or several forks."""
        return self._entries.get(sequence, [])

    def after(self, sequence: int) -> Iterator[Entry]:
        """Yield live transactions with a larger sequence, in order. Tolerates changes while it runs."""
        following = self.sums.next_after(sequence)
        while following is not None:
            yield from list(self._entries[following])
            following = self.sums.next_after(following)

    def __iter__(self) -> Iterator[Entry]:
        return self.after(0)

    def __len__(self) -> int:
        return len(self.sums)

    def _advance(self) -> None:
        """Follow the chain of `previous` from `complete` as far as it goes."""
        while self._beyond and self._beyond[0][0] <= self.complete:
            self.complete = max(self.complete, heappop(self._beyond)[1])
