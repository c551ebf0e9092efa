"""The asking half of a session: rounds of questions until nothing is missing that the remote peer has.

A *round* asks with our version vector and takes the stream. A *deep* round goes on where digests still differ: to the
writers that differ, inside them to ranges of sequences, and from there to single sequences, which are asked for by
number. That finds what vectors can't name: forks, gaps, and operations that somebody hid from us. A round asks a
bounded number of questions; the session decides when there is another one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from graphvine.effects import Deliver, Effect, SendMessage
from graphvine.errors import ProtocolViolation
from graphvine.model.allowance import Allowance
from graphvine.model.transaction import WriterKey
from graphvine.ports import Rng
from graphvine.sync import params
from graphvine.sync.holdings import Holdings
from graphvine.sync.messages import (
    Ack,
    Answer,
    AskRanges,
    AskWriters,
    Batch,
    Cover,
    Done,
    Have,
    Message,
    Part,
    Question,
    Range,
    RangeDigests,
    Want,
    WriterDigests,
    encode,
    from_digest,
    to_vector,
)
from graphvine.sync.serving import SYNC_PROTOCOL

_STREAM: Final = (Batch, Done)


class UnaskedAnswer(ProtocolViolation):
    """An answer to a question that was not asked, or too many to questions that were given up."""


class StreamOutOfOrder(ProtocolViolation):
    """A stream with a piece missing, doubled, or after its end."""


class WindowOverrun(ProtocolViolation):
    """More batches than the window allows before we acknowledged any."""


class FalseRange(ProtocolViolation):
    """Parts of a range that lie outside of it, or that don't divide it."""


class _Piece:
    """A batch that was delivered upward and is not at the head of the queue of applied ones yet."""

    __slots__ = ("count", "covers", "index", "is_complete", "is_settled", "size")

    def __init__(self, batch: Batch) -> None:
        self.index = batch.index
        self.size = sum(map(len, batch.transactions))
        self.count = len(batch.transactions)
        self.covers = batch.covers
        self.is_settled = False
        self.is_complete = False


class Pull:
    """Gets from one remote peer what we lack of one space.

    received: transactions that came. fresh: how many of this round told us something new.
    is_equal: whether the digests were equal at the end of the last stream. is_failed: the round was given up.
    """

    def __init__(self, remote: bytes, holdings: Holdings, rng: Rng, tokens: Iterator[int], *, now: float) -> None:
        self.received = 0
        self.fresh = 0
        self.is_busy = False
        self.is_equal = False
        self.is_failed = False
        self._remote = remote
        self._holdings = holdings
        self._rng = rng
        self._tokens = tokens
        self._number = 0
        self._awaits: tuple[type[Answer], ...] = ()
        self._deadline = 0.0
        self._strays = Allowance(params.STRAYS_PER_S, params.STRAYS_BURST, now=now)
        self._is_over = False
        self._digest_before = 0
        self._is_deep = False
        self._is_shallow_part = False
        # The stream under way: pieces by token, in order.
        self._pieces: dict[int, _Piece] = {}
        self._next_index = 0
        self._done: Done | None = None
        self._is_tainted = False
        self._size = 0
        self._count = 0
        # What a deep round still has to look into.
        self._asks_left = 0
        self._ranges: deque[tuple[WriterKey, int, int]] = deque()
        self._wants: deque[tuple[WriterKey, list[int]]] = deque()
        self._asked: tuple[WriterKey, list[Range]] | None = None
        self._fetched: dict[tuple[WriterKey, int], bytes] = {}

    def begin(self, *, is_deep: bool, now: float) -> list[Effect]:
        """Start a round."""
        self.is_busy, self.is_equal, self.is_failed, self.fresh = True, False, False, 0
        self._digest_before = self._holdings.digest()
        self._is_deep = self._is_shallow_part = is_deep
        self._asks_left = params.ASKS_PER_ROUND
        self._ranges.clear()
        self._wants.clear()
        return [self._ask_stream(Have(self._number + 1, to_vector(self._holdings.vector())), now)]

    def has_progressed(self) -> bool:
        """Tell whether the round brought something that stayed: what is overruled on arrival does not count."""
        return self.fresh > 0 and self._holdings.digest() != self._digest_before

    def is_round_over(self) -> bool:
        """Tell, once for each round, that it has ended."""
        is_over, self._is_over = self._is_over, False
        return is_over

    def next_wakeup(self) -> float | None:
        """Return when the remote peer's silence ends the round; None while we are the ones who are slow."""
        return self._deadline if self.is_busy and not self._pieces else None

    def wake(self, *, now: float) -> list[Effect]:
        """Give the round up if the remote peer is silent."""
        if self.is_busy and not self._pieces and now >= self._deadline:
            self._end(is_failed=True)
        return []

    def receive(self, message: Answer, *, now: float) -> list[Effect]:
        """Take an answer."""
        if message.number > self._number:
            raise UnaskedAnswer(f"answers question {message.number} of {self._number}")
        if message.number < self._number or not self.is_busy:
            if not self._strays.spend(1.0, now=now):
                raise UnaskedAnswer("goes on answering questions that were given up")
            return []
        if not isinstance(message, self._awaits):
            raise UnaskedAnswer(f"answers with {type(message).__name__}")
        self._deadline = now + params.ANSWER_S
        if isinstance(message, Batch):
            return self._take_batch(message)
        if isinstance(message, Done):
            return self._take_done(message, now)
        if isinstance(message, WriterDigests):
            return self._take_writers(message, now)
        return self._take_ranges(message, now)

    def applied(self, token: int, *, is_complete: bool, fresh: int, now: float) -> list[Effect]:
        """A batch was dealt with: see `SyncSession.applied`."""
        piece = self._pieces.get(token)
        if piece is None:
            return []
        self.fresh += fresh
        piece.is_settled, piece.is_complete = True, is_complete
        self._deadline = now + params.ANSWER_S
        last = self._settle()
        if last < 0:
            return []
        effects: list[Effect] = [self._send(Ack(self._number, last))]
        return effects + self._finish_stream(now)

    def _settle(self) -> int:
        """Drop settled pieces from the head of the queue; return the index of the last one, or -1."""
        last = -1
        for token, piece in list(self._pieces.items()):
            if not piece.is_settled:
                break
            del self._pieces[token]
            self._size -= piece.size
            self._count -= piece.count
            self._is_tainted = self._is_tainted or not piece.is_complete
            self._cover(piece.covers)
            last = piece.index
        return last

    def _cover(self, covers: list[Cover]) -> None:
        """Believe what a stream says about itself, unless one of its transactions was refused."""
        if not self._is_tainted:
            for author, writer, sequence in covers:
                self._holdings.cover(WriterKey(author, writer), sequence)

    # -- streams ------------------------------------------------------------------------------------------------------

    def _take_batch(self, message: Batch) -> list[Effect]:
        self._check_index(message.index)
        if self._size >= params.WINDOW_BYTES or self._count >= params.WINDOW_TRANSACTIONS:
            raise WindowOverrun("sends faster than we acknowledge")
        token = next(self._tokens)
        piece = self._pieces[token] = _Piece(message)
        self._size += piece.size
        self._count += piece.count
        self.received += piece.count
        return [Deliver(self._remote, message.transactions, token=token)]

    def _take_done(self, message: Done, now: float) -> list[Effect]:
        self._check_index(message.index)
        self._done = message
        return self._finish_stream(now)

    def _check_index(self, index: int) -> None:
        if self._done is not None or index != self._next_index:
            raise StreamOutOfOrder(f"piece {index} of a stream that is at {self._next_index}")
        self._next_index += 1

    def _finish_stream(self, now: float) -> list[Effect]:
        done = self._done
        if done is None or self._pieces:
            return []
        self._done, self._awaits = None, ()
        self._cover(done.covers)
        self.is_equal = from_digest(done.digest) == self._holdings.digest()
        if self.is_equal or not self._is_deep:
            return self._end()
        if self._is_shallow_part:
            self._is_shallow_part = False
            return [self._ask(AskWriters(self._number + 1), (WriterDigests,), now)]
        return self._go_on(now)

    # -- deeper: writers, ranges, sequences ---------------------------------------------------------------------------

    def _take_writers(self, message: WriterDigests, now: float) -> list[Effect]:
        ours, vector = self._holdings.writer_digests(), self._holdings.vector()
        entries = message.digests
        # A round may not get through all of them: each begins elsewhere.
        first = self._rng.randrange(len(entries)) if entries else 0
        for author, writer, digest in entries[first:] + entries[:first]:
            key = WriterKey(author, writer)
            known = vector.get(key, 0)
            if known and from_digest(digest) != ours.get(key, 0):
                self._ranges.append((key, 1, known))
        return self._go_on(now)

    def _take_ranges(self, message: RangeDigests, now: float) -> list[Effect]:
        key, asked = self._asked or (WriterKey(b"", b""), [])
        if key != (message.author, message.writer):
            raise FalseRange("answers for another writer")
        wanted: list[int] = []
        deeper: list[tuple[WriterKey, int, int]] = []
        for part in _checked(message.parts, asked):
            if from_digest(part.digest) == self._holdings.range_digest(key, part.low, part.high):
                continue
            if part.low < part.high:
                deeper.append((key, part.low, part.high))
            elif self._is_new_claim(key, part):
                wanted.append(part.low)
        # Of one writer, what is asked for stays in ascending order.
        self._ranges.extendleft(reversed(deeper))
        for start in range(0, len(wanted), params.WANTS_PER_ASK):
            self._wants.append((key, wanted[start : start + params.WANTS_PER_ASK]))
        return self._go_on(now)

    def _is_new_claim(self, key: WriterKey, part: Part) -> bool:
        """Note that we are about to fetch a sequence with this digest; False if we did, and it did not help."""
        if self._fetched.get((key, part.low)) == part.digest:
            return False
        if len(self._fetched) >= params.MAX_FETCHED:
            del self._fetched[next(iter(self._fetched))]
        self._fetched[key, part.low] = part.digest
        return True

    def _go_on(self, now: float) -> list[Effect]:
        """Ask the next question of a deep round, or end it."""
        if self._wants:
            key, sequences = self._wants.popleft()
            return [self._ask_stream(Want(self._number + 1, key.author, key.writer, sequences), now)]
        if not self._ranges or not self._asks_left:
            return self._end()
        self._asks_left -= 1
        key = self._ranges[0][0]
        ranges: list[Range] = []
        while self._ranges and self._ranges[0][0] == key and len(ranges) < params.RANGES_PER_ASK:
            _, low, high = self._ranges.popleft()
            ranges.append(Range(low, high))
        self._asked = key, ranges
        return [self._ask(AskRanges(self._number + 1, key.author, key.writer, ranges), (RangeDigests,), now)]

    # -- asking -------------------------------------------------------------------------------------------------------

    def _ask_stream(self, question: Have | Want, now: float) -> Effect:
        self._next_index, self._done, self._is_tainted = 0, None, False
        return self._ask(question, _STREAM, now)

    def _ask(self, question: Question, awaits: tuple[type[Answer], ...], now: float) -> Effect:
        self._number = question.number
        self._awaits = awaits
        self._deadline = now + params.ANSWER_S
        return self._send(question)

    def _end(self, *, is_failed: bool = False) -> list[Effect]:
        self.is_busy, self.is_failed, self._is_over = False, is_failed, True
        self._awaits = ()
        return []

    def _send(self, message: Message) -> SendMessage:
        data = encode(message)
        return SendMessage(self._remote, SYNC_PROTOCOL, data, int(len(data) > params.CONTROL_BYTES))


def _checked(parts: list[Part], asked: list[Range]) -> list[Part]:
    """Return the parts if each lies in a range that was asked for and is smaller, in order, or raise FalseRange.

    No range is cut into more parts than we would: each that is no single sequence costs us two look-ups.
    """
    place = at = wide = 0
    for part in parts:
        while place < len(asked) and part.high > asked[place].high:
            place, at, wide = place + 1, 0, 0
        if place == len(asked) or part.low > part.high or part.low < max(at, asked[place].low):
            raise FalseRange("parts outside of the range")
        if part.low < part.high and part[:2] == asked[place]:
            raise FalseRange("a range that is not divided")
        wide += part.low < part.high
        if wide > params.PARTS:
            raise FalseRange("a range in too many parts")
        at = part.high + 1
    return parts
