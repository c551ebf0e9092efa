"""Messages to frames and back, and the queues in between. No clock.

A link has two channels, both reliable and ordered: 0 for what is small and urgent, 1 for bulk. A message is one
protocol byte and any bytes. It travels in frames of at most `limits.MAX_FRAME_BYTES`; their first byte is the kind::

    0 whole   protocol (1 byte), data                       one message in one frame
    1 first   protocol (1 byte), length (4 bytes), data     the beginning of a message of `length` bytes of data
    2 more    data                                          the next part; the message is over when `length` is reached
    3 pack    (length (2 bytes), protocol (1 byte), data)*  several small messages; length counts protocol and data

Integers are big-endian. Because a channel keeps its order, parts need no numbers, and a message is never interrupted
by another one of its channel. Everything else is `MalformedMessage`: an unknown kind, an empty part, more than was
announced, a `first` frame that could have been a `whole` one, a pack of one, and a `first` or `more` frame that does
not end its message and yet is not full. The last rule bounds the number of parts, and so the memory that an attacker
gets us to use beyond the bytes that he sends. Nothing is allocated for announced bytes, only for received ones.

Sending: a channel's queue hands out frames while the transport holds less than `HIGH_WATER_BYTES`; the rest waits.
The transport says what it holds after each frame (`sent`) and when it has fallen below the low mark (`drained`).
"""

from __future__ import annotations

from collections import deque
from typing import Final

from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_FRAME_BYTES
from graphvine.net.params import HIGH_WATER_BYTES, LOW_WATER_BYTES

WHOLE: Final = 0
FIRST: Final = 1
MORE: Final = 2
PACK: Final = 3

# Bytes before the data in a whole, first and more frame, and before the data of one message in a pack.
WHOLE_HEADER: Final = 2
FIRST_HEADER: Final = 6
MORE_HEADER: Final = 1
PACK_HEADER: Final = 3
# Bytes of data of the largest message that fits in one frame.
MAX_WHOLE_BYTES: Final = MAX_FRAME_BYTES - WHOLE_HEADER
# Messages up to here are worth packing with their neighbours when they have to wait anyway.
_SMALL_BYTES: Final = 4 * 1024

_WHOLE_PREFIX: Final = tuple(bytes((WHOLE, protocol)) for protocol in range(256))
_MORE_PREFIX: Final = bytes((MORE,))
_PACK_PREFIX: Final = bytes((PACK,))

Message = tuple[int, bytes]


class Reassembler:
    """One channel's incoming frames to messages.

    limit_bytes: of data in one message. It may be raised later, when we know who is on the other side.
    """

    __slots__ = ("_have", "_length", "_parts", "_protocol", "limit_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._parts: list[memoryview] = []
        self._protocol = 0
        self._length = 0
        self._have = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of a message that is not complete yet."""
        return self._have

    def receive(self, frame: bytes) -> list[Message]:
        """Return the messages that this frame completes, in order. Raises MalformedMessage."""
        size = len(frame)
        if not WHOLE_HEADER <= size <= MAX_FRAME_BYTES:
            raise MalformedMessage(f"a frame of {size:,} bytes")
        kind = frame[0]
        if kind == MORE:
            return self._more(frame, size)
        if self._parts:
            raise MalformedMessage("a message that interrupts another one")
        if kind == WHOLE:
            if size - WHOLE_HEADER > self.limit_bytes:
                raise MalformedMessage(f"a message of {size - WHOLE_HEADER:,} bytes")
            return [(frame[1], frame[WHOLE_HEADER:])]
        if kind == FIRST:
            return self._first(frame, size)
        if kind == PACK:
            return _unpack(frame, size, self.limit_bytes)
        raise MalformedMessage(f"a frame of unknown kind {kind}")

    def _first(self, frame: bytes, size: int) -> list[Message]:
        length = int.from_bytes(frame[2:FIRST_HEADER], "big")
        if size != MAX_FRAME_BYTES:
            raise MalformedMessage("a first part that is not a full frame")
        if not MAX_WHOLE_BYTES < length <= self.limit_bytes:
            raise MalformedMessage(f"a message of {length:,} bytes in parts")
        self._protocol = frame[1]
        self._length = length
        self._parts.append(memoryview(frame)[FIRST_HEADER:])
        self._have = size - FIRST_HEADER
        return []

    def _more(self, frame: bytes, size: int) -> list[Message]:
        if not self._parts:
            raise MalformedMessage("a part of no message")
        have = self._have + size - MORE_HEADER
        if have > self._length:
            raise MalformedMessage("a message longer than announced")
        if have < self._length and size != MAX_FRAME_BYTES:
            raise MalformedMessage("a part that is not a full frame")
        self._parts.append(memoryview(frame)[MORE_HEADER:])
        self._have = have
        if have < self._length:
            return []
        data = b"".join(self._parts)
        self._parts.clear()
        self._have = 0
        return [(self._protocol, data)]


def _unpack(frame: bytes, size: int, limit_bytes: int) -> list[Message]:
    messages: list[Message] = []
    position = 1
    while position < size:
        start = position + 2
        end = start + int.from_bytes(frame[position:start], "big")
        if not start < end <= size:
            raise MalformedMessage("a pack that does not add up")
        if end - start - 1 > limit_bytes:
            raise MalformedMessage(f"a message of {end - start - 1:,} bytes")
        messages.append((frame[start], frame[start + 1 : end]))
        position = end
    if len(messages) < 2:
        raise MalformedMessage("a pack of one")
    return messages


class SendQueue:
    """One channel's outgoing messages to frames, no faster than the transport takes them.

    queued_bytes: data that waits here, not counting what the transport holds.
    """

    __slots__ = ("_buffered", "_messages", "_offset", "_unreported", "queued_bytes")

    def __init__(self) -> None:
        self.queued_bytes = 0
        self._messages: deque[Message] = deque()
        self._offset = 0
        self._buffered = 0
        self._unreported = 0

    @property
    def is_blocked(self) -> bool:
        """Whether messages wait for the transport."""
        return bool(self._messages)

    def push(self, protocol: int, data: bytes) -> list[bytes]:
        """Queue a message; return the frames that may go out now."""
        size = len(data) + WHOLE_HEADER
        if (
            size <= MAX_FRAME_BYTES
            and not self._messages
            and self._buffered + self._unreported + size <= HIGH_WATER_BYTES
        ):
            self._unreported += size
            return [_WHOLE_PREFIX[protocol] + data]
        self._messages.append((protocol, data))
        self.queued_bytes += len(data)
        return self._pump()

    def sent(self, size: int, buffered: int) -> list[bytes]:
        """The transport took a frame of `size` bytes and holds `buffered` now; return what may go out next.

        Nothing follows until every frame handed out is reported: it could overtake those that are still to be sent.
        """
        self._unreported = max(0, self._unreported - size)
        self._buffered = buffered
        return self._pump() if self._messages and not self._unreported else []

    def drained(self) -> list[bytes]:
        """The transport holds less than the low mark; return what may go out next."""
        self._buffered = min(self._buffered, LOW_WATER_BYTES)
        return self._pump() if self._messages and not self._unreported else []

    def _pump(self) -> list[bytes]:
        frames: list[bytes] = []
        while self._messages:
            room = min(MAX_FRAME_BYTES, HIGH_WATER_BYTES - self._buffered - self._unreported)
            frame = self._next_frame(room)
            if frame is None:
                break
            self._unreported += len(frame)
            frames.append(frame)
        return frames

    def _next_frame(self, room: int) -> bytes | None:
        protocol, data = self._messages[0]
        size = len(data)
        if size > MAX_WHOLE_BYTES:
            return self._part(protocol, data, size) if room == MAX_FRAME_BYTES else None
        if size <= _SMALL_BYTES and len(self._messages) > 1:
            packed = self._pack(room)
            if packed is not None:
                return packed
        if size + WHOLE_HEADER > room:
            return None
        self._messages.popleft()
        self.queued_bytes -= size
        return _WHOLE_PREFIX[protocol] + data

    def _part(self, protocol: int, data: bytes, size: int) -> bytes:
        start = self._offset
        if start:
            prefix = _MORE_PREFIX
        else:
            prefix = bytes((FIRST, protocol)) + size.to_bytes(4, "big")
        end = min(size, start + MAX_FRAME_BYTES - len(prefix))
        self.queued_bytes -= end - start
        self._offset = end
        if end == size:
            self._offset = 0
            self._messages.popleft()
        return b"".join((prefix, memoryview(data)[start:end]))

    def _pack(self, room: int) -> bytes | None:
        parts = [_PACK_PREFIX]
        total = 1
        count = 0
        for protocol, data in self._messages:
            total += PACK_HEADER + len(data)
            if total > room or len(data) > _SMALL_BYTES:
                break
            parts += (len(data) + 1).to_bytes(2, "big"), bytes((protocol,)), data
            count += 1
        if count < 2:
            return None
        for _ in range(count):
            self.queued_bytes -= len(self._messages.popleft()[1])
        return b"".join(parts)
