"""The answering half of a session: streams and digests for a remote peer that asks. One question at a time.

A stream may run ahead of the remote peer's acknowledgements by a window, so that neither our send queue nor its queue
of signatures grows without bound. Asking again for what was streamed and acknowledged before is paid from an
`Allowance`, like every question: it makes answers slow, and in the end it is a violation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial

import msgspec

from graphvine.codec.transactions import decode_header
from graphvine.effects import Effect, SendMessage
from graphvine.errors import ProtocolViolation
from graphvine.limits import MAX_WRITERS
from graphvine.model.allowance import Allowance
from graphvine.model.transaction import WriterKey
from graphvine.sync import params
from graphvine.sync.holdings import Holdings
from graphvine.sync.messages import (
    Ack,
    AskRanges,
    AskWriters,
    Batch,
    Done,
    Have,
    Message,
    Part,
    Question,
    RangeDigests,
    Want,
    WriterDigest,
    WriterDigests,
    encode,
    from_vector,
    to_digest,
    to_vector,
)

SYNC_PROTOCOL = 1


class TooManyQuestions(ProtocolViolation):
    """A remote peer asks far more than any honest one."""


class FalseAck(ProtocolViolation):
    """An acknowledgement of a batch that was never sent."""


class _Outline(msgspec.Struct, array_like=True):
    """Just enough of one of *our own* encoded transactions to know whose it is."""

    header: bytes
    signature: msgspec.Raw
    leaves: msgspec.Raw
    hidden: msgspec.Raw = msgspec.Raw()


_outline_decoder = msgspec.msgpack.Decoder(_Outline)


class _Stream:
    """One answer to `Have` or `Want`, under way. metered: it costs allowance. held: taken but not sent yet."""

    __slots__ = ("count", "covers", "held", "in_flight", "index", "is_metered", "number", "size", "source")

    def __init__(self, number: int, source: Iterator[bytes], covers: dict[WriterKey, int], is_metered: bool) -> None:
        self.number = number
        self.source = source
        self.covers = covers
        self.is_metered = is_metered
        self.index = 0
        self.held: bytes | None = None
        self.in_flight: deque[tuple[int, int, int, dict[WriterKey, int]]] = deque()
        self.size = 0
        self.count = 0

    def has_room(self) -> bool:
        return self.size < params.WINDOW_BYTES and self.count < params.WINDOW_TRANSACTIONS

    def take_batch(self) -> list[bytes]:
        """Return the next transactions, at most `BATCH_BYTES` unless one alone is larger."""
        batch: list[bytes] = []
        size = 0
        while len(batch) < params.BATCH_TRANSACTIONS:
            encoded = self.held if self.held is not None else next(self.source, None)
            self.held = None
            if encoded is None:
                break
            if batch and size + len(encoded) > params.BATCH_BYTES:
                self.held = encoded
                break
            batch.append(encoded)
            size += len(encoded)
        return batch


class Serving:
    """Answers one remote peer about one space.

    sent: transactions put into batches so far.
    """

    def __init__(self, remote: bytes, holdings: Holdings, *, now: float) -> None:
        self.sent = 0
        self._remote = remote
        self._holdings = holdings
        self._allowance = Allowance(params.QUESTIONS_PER_S, params.QUESTIONS_BURST, now=now)
        self._stream: _Stream | None = None
        self._waiting: Question | None = None
        # Highest sequences that the remote peer has acknowledged: below them a stream is a repetition.
        self._given: dict[WriterKey, int] = {}
        self._is_ended = False

    @property
    def is_busy(self) -> bool:
        """Whether the remote peer is in the middle of getting something from us."""
        return self._stream is not None or self._waiting is not None

    def ask(self, question: Question, *, now: float) -> list[Effect]:
        """Answer a question, or keep it until the allowance is there. A new question replaces the one before."""
        self.charge(now=now)
        self._stream = None
        self._waiting = question
        return self.pump(now=now)

    def charge(self, *, now: float) -> None:
        """Count one question, or raise TooManyQuestions."""
        if not self._allowance.spend(1.0, now=now):
            raise TooManyQuestions("asks too much")

    def ack(self, message: Ack, *, now: float) -> list[Effect]:
        """The remote peer has dealt with batches up to an index."""
        stream = self._stream
        if stream is None or message.number != stream.number:
            return []
        if message.index >= stream.index:
            raise FalseAck(f"acknowledges batch {message.index} of {stream.index}")
        while stream.in_flight and stream.in_flight[0][0] <= message.index:
            _, size, count, covers = stream.in_flight.popleft()
            stream.size -= size
            stream.count -= count
            self._given.update(covers)
        return self.pump(now=now)

    def next_wakeup(self) -> float | None:
        """Return when a waiting answer may go on, or None."""
        stream = self._stream
        is_held_up = stream is not None and stream.is_metered and not self._is_ended and stream.has_room()
        return self._allowance.solvent_at() if is_held_up or self._waiting is not None else None

    def pump(self, *, now: float) -> list[Effect]:
        """Go on with what is under way, as far as window and allowance let us."""
        effects: list[Effect] = []
        if self._waiting is not None and self._allowance.is_solvent(now=now):
            question, self._waiting = self._waiting, None
            effects += self._answer(question, now)
        stream = self._stream
        while stream is not None and not self._is_ended and stream.has_room():
            if stream.is_metered and not self._allowance.is_solvent(now=now):
                break
            effects.append(self._next_piece(stream, now))
        if stream is not None and self._is_ended and not stream.in_flight:
            self._stream = None
        return effects

    def _next_piece(self, stream: _Stream, now: float) -> Effect:
        batch = stream.take_batch()
        number, index = stream.number, stream.index
        stream.index += 1
        if not batch:
            self._is_ended = True
            digest = to_digest(self._holdings.digest())
            return self._send(Done(number, index, to_vector(stream.covers), digest), channel=1)
        size = sum(map(len, batch))
        if stream.is_metered:
            self._allowance.spend(size / params.BATCH_BYTES, now=now)
        reached = _reached(batch)
        # Above a gap of our own we can't speak for what lies in it.
        covers = [(key, min(top, stream.covers[key])) for key, top in reached.items() if key in stream.covers]
        stream.in_flight.append((index, size, len(batch), reached))
        stream.size += size
        stream.count += len(batch)
        self.sent += len(batch)
        return self._send(Batch(number, index, batch, to_vector(covers)), channel=1)

    def _answer(self, question: Question, now: float) -> list[Effect]:
        if isinstance(question, Have):
            return self._open_stream(question)
        if isinstance(question, Want):
            key = WriterKey(question.author, question.writer)
            source = (encoded for sequence in question.sequences for encoded in self._holdings.encoded(key, sequence))
            self._stream, self._is_ended = _Stream(question.number, source, {}, is_metered=True), False
            return []
        answer = self._writer_digests(question) if isinstance(question, AskWriters) else self._ranges(question)
        effect = self._send(answer, channel=1)
        self._allowance.spend(len(effect.data) / params.BATCH_BYTES, now=now)
        return [effect]

    def _open_stream(self, question: Have) -> list[Effect]:
        theirs = from_vector(question.vector)
        covers = {key: sequence for key, sequence in self._holdings.vector().items() if sequence > theirs.get(key, 0)}
        is_metered = any(theirs.get(key, 0) < sequence for key, sequence in self._given.items())
        source = self._holdings.beyond(theirs)
        self._stream, self._is_ended = _Stream(question.number, source, covers, is_metered), False
        return []

    def _writer_digests(self, question: AskWriters) -> WriterDigests:
        digests = self._holdings.writer_digests()
        entries = [WriterDigest(key.author, key.writer, to_digest(value)) for key, value in digests.items()]
        return WriterDigests(question.number, entries[:MAX_WRITERS])

    def _ranges(self, question: AskRanges) -> RangeDigests:
        key = WriterKey(question.author, question.writer)
        cut = partial(self._holdings.range_digests, key, singles=params.SINGLES, parts=params.PARTS)
        parts = [Part(low, high, to_digest(total)) for asked in question.ranges for low, high, total in cut(*asked)]
        return RangeDigests(question.number, question.author, question.writer, parts)

    def _send(self, message: Message, channel: int) -> SendMessage:
        return SendMessage(self._remote, SYNC_PROTOCOL, encode(message), channel)


def _reached(batch: list[bytes]) -> dict[WriterKey, int]:
    """Return the highest sequence of each writer in a batch of our own transactions."""
    reached: dict[WriterKey, int] = {}
    for encoded in batch:
        header = decode_header(_outline_decoder.decode(encoded).header)
        key = WriterKey(header.author, header.writer)
        if header.sequence > reached.get(key, 0):
            reached[key] = header.sequence
    return reached
