"""The wire form of an update: some events of one agent, each made right after the one before.

MessagePack array ``[1, agent, seq, parents, edits]``:

* ``1``: the format.
* ``agent``: 0 to 64 bytes. Empty means that the envelope says who (a signed transaction knows its author and writer).
* ``seq``: sequence number of the first event.
* ``parents``: the heads of the version that the first event was made in, as ``[agent, seq]`` pairs (an empty agent is
  the update's own), or nil: the agent's own event before this one and nothing else. ``[]`` is the empty document.
* ``edits``: ``[position, deleted, content]`` each. `deleted` elements go from `position` on, forwards, then `content`
  comes in at `position`. A negative `deleted` goes backwards (position, position - 1, ...), and has no content.

Content is text, or for lists an array of byte strings. Positions count code points, or elements.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, NamedTuple

import msgspec

from graphvine.crdt.text.params import MAX_AGENT_BYTES, MAX_EDITS, MAX_NUMBER, MAX_PARENTS, MAX_UPDATE_BYTES
from graphvine.crdt.text.sequence import Content
from graphvine.errors import InvalidValue, MalformedMessage, TooLarge

FORMAT = 1

_Agent = Annotated[bytes, msgspec.Meta(max_length=MAX_AGENT_BYTES)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
_Signed = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
_Parents = Annotated[tuple[tuple[_Agent, _Count], ...], msgspec.Meta(max_length=MAX_PARENTS)]
_TextEdits = Annotated[tuple[tuple[_Count, _Signed, str], ...], msgspec.Meta(min_length=1, max_length=MAX_EDITS)]
_ListEdits = Annotated[
    tuple[tuple[_Count, _Signed, tuple[bytes, ...]], ...], msgspec.Meta(min_length=1, max_length=MAX_EDITS)
]


class Update(NamedTuple, Generic[Content]):
    """One decoded update. Its numbers are in range; whether it fits any document is not known yet."""

    agent: bytes
    seq: int
    parents: tuple[tuple[bytes, int], ...] | None
    edits: tuple[tuple[int, int, Content], ...]

    def events(self) -> int:
        """Return the number of events."""
        return sum(abs(deleted) + len(content) for _, deleted, content in self.edits)


class _TextWire(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    format: Literal[1]
    agent: _Agent
    seq: _Count
    parents: _Parents | None
    edits: _TextEdits


class _ListWire(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    format: Literal[1]
    agent: _Agent
    seq: _Count
    parents: _Parents | None
    edits: _ListEdits


encode = msgspec.msgpack.Encoder().encode


class Wire(Generic[Content]):
    """How one kind of content travels and is stored. `TEXT` and `LIST` are the two there are."""

    def __init__(self, empty: Content, shape: type[Any]) -> None:
        self.empty: Content = empty
        self._decode = msgspec.msgpack.Decoder(shape).decode

    def decode(self, data: bytes, agent: bytes = b"") -> Update[Content]:
        """Return the update in `data`, or raise MalformedMessage.

        agent: who made it, according to the envelope. An update that names somebody else is refused.
        """
        if len(data) > MAX_UPDATE_BYTES:
            raise MalformedMessage(f"a text update of {len(data):,} bytes is over the limit of {MAX_UPDATE_BYTES:,}")
        try:
            wire = self._decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedMessage(f"not a text update: {error}") from None
        name, parents = wire.agent, wire.parents
        if not name:
            name = agent
            if parents:
                parents = tuple((other or name, seq) for other, seq in parents)
        elif agent and name != agent:
            raise MalformedMessage("a text update names another agent than its envelope")
        if not name:
            raise MalformedMessage("a text update without agent")
        for _, deleted, content in wire.edits:
            if deleted <= 0 and (deleted < 0) == bool(content):
                raise MalformedMessage("a text edit that does nothing, or two things backwards")
        return Update(name, wire.seq, parents, wire.edits)

    def check(self, content: Content) -> None:
        """Raise InvalidValue if local content can't travel."""
        size = 0
        if isinstance(content, str):
            try:
                size = len(content) if content.isascii() else len(content.encode())
            except UnicodeEncodeError as error:
                raise InvalidValue(f"The text holds half of a surrogate pair at position {error.start}.") from None
        else:
            for element in content:
                if not isinstance(element, bytes):
                    raise InvalidValue("List elements are encoded values (bytes).")
                size += len(element) + 5
        if size > MAX_UPDATE_BYTES // 2:
            raise TooLarge("The inserted text", size, MAX_UPDATE_BYTES // 2)

    def pack(self, content: Content) -> bytes:
        """Return content as bytes for storage."""
        return content.encode() if isinstance(content, str) else encode(content)

    def unpack(self, data: bytes) -> Content:
        """Return stored content, or raise MalformedMessage."""
        try:
            if isinstance(self.empty, str):
                return data.decode()
            return msgspec.msgpack.decode(data, type=tuple[bytes, ...])
        except (UnicodeDecodeError, msgspec.DecodeError) as error:
            raise MalformedMessage(f"stored text is damaged: {error}") from None


TEXT: Wire[str] = Wire("", _TextWire)
LIST: Wire[tuple[object, ...]] = Wire((), _ListWire)
