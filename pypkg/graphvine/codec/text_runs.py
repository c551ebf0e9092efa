"""The body of a text operation: events of one agent, that is of the writer who signs, in one session.

::

    body    = [session, seq, agents, segments]
    session = number of 32 bits, another one each time the writer begins to edit a text afresh
    seq     = number of the first event; 0 for an agent's first
    agents  = [bin(16) ...]       other agents that are named below, see `agent_of`
    segment = [parents, edits]    events that follow one another; each segment follows the one before
    parents = [agent, number, agent, number ...]: heads of the version that the first event was made in; agent 0 is the
              agent itself, others count from 1; or nil: the agent's event before, and nothing else
    edit    = [position, deleted, text]

`deleted` characters go from `position` on, then `text` comes in there. Negative: backwards, and without text. Positions
count code points. The name of no other agent can be signed for: it follows from the envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Annotated, Final

import msgspec

from graphvine.errors import InvalidValue
from graphvine.limits import MAX_TEXT_EDITS
from graphvine.model.transaction import WriterKey

AGENT_BYTES: Final = 16
MAX_SESSION: Final = 2**32 - 1
# Largest sequence number, position and count.
MAX_NUMBER: Final = 2**40

_Agent = Annotated[bytes, msgspec.Meta(min_length=AGENT_BYTES, max_length=AGENT_BYTES)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
_Signed = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Edits = tuple[tuple[int, int, str], ...]
# Versions: the last event of each agent that counts, by the agent's name.
Names = tuple[tuple[bytes, int], ...]


class Segment(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """Events that follow one another. See the module."""

    parents: tuple[_Count, ...] | None
    edits: Annotated[tuple[tuple[_Count, _Signed, str], ...], msgspec.Meta(min_length=1)]


class TextRun(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """The body. See the module."""

    session: Annotated[int, msgspec.Meta(ge=0, le=MAX_SESSION)]
    seq: _Count
    agents: tuple[_Agent, ...]
    segments: Annotated[tuple[Segment, ...], msgspec.Meta(min_length=1)]

    def unpacked(self, agent: bytes) -> list[tuple[int, Names | None, Edits]]:
        """Return (number of the first event, parents by name, edits) of each segment. agent: who signed."""
        names = (agent, *self.agents)
        result: list[tuple[int, Names | None, Edits]] = []
        seq = self.seq
        for segment in self.segments:
            flat = segment.parents
            named = None if flat is None else tuple((names[flat[i]], flat[i + 1]) for i in range(0, len(flat), 2))
            result.append((seq, named, segment.edits))
            seq += events_in(segment.edits)
        return result

    def end(self) -> int:
        """Return the number after that of the last event."""
        return self.seq + sum(events_in(segment.edits) for segment in self.segments)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(TextRun)


def agent_of(writer: WriterKey, session: int) -> bytes:
    """Return the name of a writer's agent in one session: the same for everybody."""
    return blake2b(writer.author + writer.writer + session.to_bytes(4, "big"), digest_size=AGENT_BYTES).digest()


def events_in(edits: Iterable[tuple[int, int, str]]) -> int:
    """Return how many events edits are."""
    return sum(abs(deleted) + len(text) for _, deleted, text in edits)


def encode_text_run(
    session: int, agent: bytes, seq: int, segments: Sequence[tuple[Names | None, Sequence[tuple[int, int, str]]]]
) -> bytes:
    """Return a body. agent: our own name; segments: (parents by name, edits) each."""
    index_by_agent = {agent: 0}
    packed = []
    for parents, edits in segments:
        flat: list[int] | None = None
        if parents is not None:
            flat = []
            for name, number in parents:
                flat += (index_by_agent.setdefault(name, len(index_by_agent)), number)
        packed.append((flat, edits))
    return _encoder.encode((session, seq, list(index_by_agent)[1:], packed))


def decode_text_run(body: bytes) -> TextRun:
    """Return the body, or raise InvalidValue or an error of msgspec. Works on any bytes."""
    run = _decoder.decode(body)
    seq, agents = run.seq, len(run.agents)
    count = sum(len(segment.edits) for segment in run.segments)
    if count > MAX_TEXT_EDITS:
        raise InvalidValue(f"{count:,} edits of a text in one operation")
    for place, segment in enumerate(run.segments):
        parents = segment.parents
        if parents is not None:
            _check_parents(parents, agents, seq)
        elif place:
            raise InvalidValue("a text segment that goes on with the one before is part of it")
        for _, deleted, text in segment.edits:
            if deleted <= 0 and (deleted < 0) == bool(text):
                raise InvalidValue("a text edit that does nothing, or two things backwards")
        seq += events_in(segment.edits)
    return run


def _check_parents(parents: tuple[int, ...], agents: int, seq: int) -> None:
    if len(parents) % 2:
        raise InvalidValue("text events with half a parent")
    if any(index > agents for index in parents[::2]):
        raise InvalidValue("text events that build on an agent without a name")
    if any(not index and number >= seq for index, number in zip(parents[::2], parents[1::2], strict=True)):
        raise InvalidValue("text events that build on themselves")
