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

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Generic, Literal

import msgspec

from graphvine.crdt.text.params import MAX_AGENT_BYTES, MAX_EDITS, MAX_NUMBER, MAX_PARENTS, MAX_UPDATE_BYTES
from graphvine.crdt.text.sequence import Content
from graphvine.errors import InvalidValue, MalformedMessage

FORMAT: Final = 1

_Agent = Annotated[bytes, msgspec.Meta(max_length=MAX_AGENT_BYTES)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
_Signed = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
_Parents = Annotated[tuple[tuple[_Agent, _Count], ...], msgspec.Meta(max_length=MAX_PARENTS)]


class Update(msgspec.Struct, Generic[Content], array_like=True, forbid_unknown_fields=True, frozen=True, gc=False):
    """One decoded update. Its numbers are in range; whether it fits any document is not known yet."""

    format: Literal[1]
    agent: _Agent
    seq: _Count
    parents: _Parents | None
    edits: Annotated[tuple[tuple[_Count, _Signed, Content], ...], msgspec.Meta(min_length=1, max_length=MAX_EDITS)]

    def events(self) -> int:
        """Return the number of events."""
        return sum(abs(deleted) + len(content) for _, deleted, content in self.edits)


encode = msgspec.msgpack.Encoder().encode


class Wire(Generic[Content]):
    """How one kind of content travels and is stored. `TEXT` and `LIST` are the two there are."""

    def __init__(self, empty: Content, shape: type[Any]) -> None:
        self.empty: Content = empty
        self._decode: Callable[[bytes], Update[Content]] = msgspec.msgpack.Decoder(shape).decode

    def decode(self, data: bytes, agent: bytes = b"") -> Update[Content]:
        """Return the update in `data`, or raise MalformedMessage.

        agent: who made it, according to the envelope. An update that names somebody else is refused.
        """
        return self.complete(self.parse(data), agent)

    def parse(self, data: bytes) -> Update[Content]:
        """Return the update in `data` without a look at its edits, or raise MalformedMessage. Next is `complete`."""
        if len(data) > MAX_UPDATE_BYTES:
            raise MalformedMessage(f"a text update of {len(data):,} bytes is over the limit of {MAX_UPDATE_BYTES:,}")
        try:
            return self._decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedMessage(f"not a text update: {error}") from None

    def complete(self, update: Update[Content], agent: bytes) -> Update[Content]:
        """Return what was parsed with the name of its agent, or raise MalformedMessage if an edit makes no sense."""
        if agent or not update.agent:
            update = _sign(update, agent)
        for _, deleted, content in update.edits:
            if deleted <= 0 and (deleted < 0) == bool(content):
                raise MalformedMessage("a text edit that does nothing, or two things backwards")
        return update

    def check(self, content: Content) -> int:
        """Return the size of local content in bytes, or raise InvalidValue if it can't travel."""
        if isinstance(content, str):
            try:
                size = len(content) if content.isascii() else len(content.encode())
            except UnicodeEncodeError as error:
                raise InvalidValue(f"The text holds half of a surrogate pair at position {error.start}.") from None
        else:
            size = 0
            for element in content:
                if not isinstance(element, bytes):
                    raise InvalidValue("List elements are encoded values (bytes).")
                size += len(element) + 5
        return size

    def join(self, updates: Iterable[bytes], agent: bytes = b"") -> list[bytes]:
        """Return the same events in as few updates as possible: for the keystrokes that one transaction carries.

        updates: valid ones, in the order in which they were made. Typing on becomes one edit, and so does deleting on.
        agent:   whom the envelope names; that name is left out.
        """
        joined: list[tuple[Update[Content], list[tuple[int, int, Content]]]] = []
        count = size_bytes = 0
        for data in updates:
            update = self._decode(data)
            is_small = size_bytes + len(data) < MAX_UPDATE_BYTES // 2 and count + update.events() < MAX_EDITS
            if joined and is_small and _is_next(joined[-1][0], count, update):
                edits = joined[-1][1]
                for edit in update.edits:
                    edits[-1:] = _join_edits(edits[-1], edit)
            else:
                joined.append((update, list(update.edits)))
                count = size_bytes = 0
            count += update.events()
            size_bytes += len(data)
        return [
            encode((FORMAT, _short(first.agent, agent), first.seq, _short_all(first.parents, agent), edits))
            for first, edits in joined
        ]

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


def _short(name: bytes, agent: bytes) -> bytes:
    return b"" if name == agent else name


def _short_all(parents: tuple[tuple[bytes, int], ...] | None, agent: bytes) -> list[tuple[bytes, int]] | None:
    return None if parents is None else [(_short(name, agent), seq) for name, seq in parents]


def _is_next(last: Update[Content], count: int, update: Update[Content]) -> bool:
    """Whether an update just goes on after `count` events that start with those of `last`."""
    return update.agent == last.agent and update.parents is None and update.seq == last.seq + count


def _join_edits(first: tuple[int, int, Content], second: tuple[int, int, Content]) -> list[tuple[int, int, Content]]:
    """Return two edits as one, if the events are the same."""
    pos, deleted, content = first
    next_pos, more, added = second
    if content:
        if not more and next_pos == pos + len(content):
            return [(pos, deleted, content + added)]
    elif deleted > 0 and more >= 0 and next_pos == pos:
        return [(pos, deleted + more, added)]
    elif deleted <= 1 and more <= 1 and more and not added and next_pos == pos - abs(deleted):
        return [(pos, -abs(deleted) - abs(more), added)]
    return [first, second]


def _sign(update: Update[Content], agent: bytes) -> Update[Content]:
    """Return an update with the name of the agent that its envelope knows."""
    if update.agent:
        if update.agent != agent:
            raise MalformedMessage("a text update names another agent than its envelope")
        return update
    if not agent:
        raise MalformedMessage("a text update without agent")
    parents = update.parents and tuple((name or agent, seq) for name, seq in update.parents)
    return Update(FORMAT, agent, update.seq, parents, update.edits)


TEXT: Wire[str] = Wire("", Update[str])
LIST: Wire[tuple[object, ...]] = Wire((), Update[tuple[bytes, ...]])
