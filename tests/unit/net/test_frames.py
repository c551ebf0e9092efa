"""Messages to frames and back: every split, back-pressure, and frames of an attacker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import MalformedMessage
from graphvine.limits import MAX_FRAME_BYTES, MAX_MESSAGE_BYTES
from graphvine.net.frames import FIRST, MAX_WHOLE_BYTES, MORE, PACK, WHOLE, Message, Reassembler, SendQueue
from graphvine.net.params import HIGH_WATER_BYTES, LOW_WATER_BYTES

sizes = st.one_of(
    st.integers(0, 50),
    st.sampled_from(
        [4095, 4096, 4097, MAX_WHOLE_BYTES - 1, MAX_WHOLE_BYTES, MAX_WHOLE_BYTES + 1, 16_383, 32_757, 100_000]
    ),
)
messages = st.builds(
    lambda protocol, size, fill: (protocol, bytes([fill]) * size), st.integers(0, 255), sizes, st.integers(0, 255)
)


def first(protocol: int, length: int, data: bytes) -> bytes:
    return bytes((FIRST, protocol)) + length.to_bytes(4, "big") + data


FULL_FIRST = MAX_FRAME_BYTES - 6
FULL_MORE = MAX_FRAME_BYTES - 1


class Wire:
    """A transport's buffer, and the other side."""

    def __init__(self) -> None:
        self.queue = SendQueue()
        self.buffer: list[bytes] = []
        self.reassembler = Reassembler(MAX_MESSAGE_BYTES)
        self.received: list[Message] = []

    @property
    def buffered(self) -> int:
        return sum(map(len, self.buffer))

    def take(self, frames: list[bytes]) -> None:
        """What the driver does with frames: send each, report each."""
        waiting = list(frames)
        while waiting:
            frame = waiting.pop(0)
            assert len(frame) <= MAX_FRAME_BYTES
            self.buffer.append(frame)
            assert self.buffered <= HIGH_WATER_BYTES
            waiting += self.queue.sent(len(frame), self.buffered)

    def flush(self, count: int) -> None:
        """The network takes frames off the buffer; `drained` comes when the low mark is crossed, as in a browser."""
        for _ in range(min(count, len(self.buffer))):
            before = self.buffered
            self.received += self.reassembler.receive(self.buffer.pop(0))
            if before > LOW_WATER_BYTES >= self.buffered:
                self.take(self.queue.drained())


@given(st.lists(st.one_of(messages, st.integers(1, 10)), max_size=40))
def test_whatever_is_pushed_and_however_it_is_flushed_arrives_in_order(steps: list[Message | int]) -> None:
    wire = Wire()
    pushed = [step for step in steps if isinstance(step, tuple)]
    for step in steps:
        if isinstance(step, tuple):
            wire.take(wire.queue.push(*step))
        else:
            wire.flush(step)
    while wire.buffer:
        wire.flush(1)
    assert wire.received == pushed
    assert wire.queue.queued_bytes == 0
    assert not wire.queue.is_blocked
    assert wire.reassembler.held_bytes == 0


@pytest.mark.parametrize("at_once", [0, -1])
def test_no_frame_overtakes_another_whatever_the_driver_does_first(at_once: int) -> None:
    """A transport that holds nothing back, and a driver that performs what follows from a report at once, or last."""
    queue, reassembler = SendQueue(), Reassembler(MAX_MESSAGE_BYTES)
    pushed = [(1, bytes(range(256)) * 1_000), (2, b"small"), (3, bytes(70_000)), (4, b"last")]
    waiting = [frame for message in pushed for frame in queue.push(*message)]
    received = []
    while waiting:
        frame = waiting.pop(0)
        received += reassembler.receive(frame)
        follow = queue.sent(len(frame), 0)
        waiting = follow + waiting if at_once == 0 else waiting + follow
    assert received == pushed


def test_a_drain_in_the_middle_of_a_batch_lets_nothing_overtake() -> None:
    queue = SendQueue()
    frames = queue.push(1, bytes(200_000))
    assert len(frames) == 4
    assert queue.sent(len(frames[0]), 16_384) == []
    assert queue.drained() == []
    for frame in frames[1:3]:
        assert queue.sent(len(frame), 0) == []
    assert queue.drained() == []
    assert len(queue.sent(len(frames[3]), 0)) == 4


def test_ten_megabytes_cross() -> None:
    wire = Wire()
    data = bytes(range(256)) * 40_000
    wire.take(wire.queue.push(7, data))
    assert wire.queue.is_blocked
    while wire.buffer:
        wire.flush(1)
    assert wire.received == [(7, data)]


def test_a_message_goes_out_at_once_while_there_is_room() -> None:
    assert SendQueue().push(1, b"hello") == [b"\x00\x01hello"]


def test_a_transport_that_never_reports_gets_no_more_than_the_high_mark() -> None:
    queue = SendQueue()
    frames = queue.push(1, bytes(1_000_000))
    assert sum(map(len, frames)) == HIGH_WATER_BYTES
    assert queue.queued_bytes == 1_000_000 - sum(map(len, frames)) + 6 + 3


def test_a_slow_trickle_below_the_low_mark_never_blocks() -> None:
    """The transport reports no `drained` then: it never crossed the mark."""
    queue = SendQueue()
    for _ in range(100):
        (frame,) = queue.push(1, bytes(10_000))
        assert queue.sent(len(frame), 10_002) == []


def test_small_messages_keep_to_the_high_mark_as_well() -> None:
    queue = SendQueue()
    full = [queue.push(1, bytes(MAX_WHOLE_BYTES)) for _ in range(HIGH_WATER_BYTES // MAX_FRAME_BYTES)]
    assert all(len(frames) == 1 for frames in full)
    assert queue.push(1, b"small") == []
    assert queue.push(2, b"next") == []
    for _ in full:
        frames = queue.sent(MAX_FRAME_BYTES, HIGH_WATER_BYTES)
        assert frames == []
    assert queue.drained() == [bytes((PACK, 0, 6, 1)) + b"small" + bytes((0, 5, 2)) + b"next"]


def test_a_pack_is_no_larger_than_a_frame() -> None:
    wire = Wire()
    pushed = [(1, bytes(100_000)), *[(2, bytes([number]) * 1_000) for number in range(100)]]
    for message in pushed:
        wire.take(wire.queue.push(*message))
    while wire.buffer:
        wire.flush(1)
    assert wire.received == pushed


def test_what_waits_is_packed() -> None:
    wire = Wire()
    wire.take(wire.queue.push(1, bytes(100_000)))
    small = [(2, bytes([number]) * 100) for number in range(50)]
    for message in small:
        wire.take(wire.queue.push(*message))
    frames = 0
    while wire.buffer:
        frames += 1
        wire.flush(1)
    assert wire.received[1:] == small
    assert frames == 8  # seven of the large one, one pack


def test_small_ones_in_front_of_a_large_one_are_packed_without_it() -> None:
    wire = Wire()
    pushed = [(1, bytes(100_000)), (2, b"a"), (2, b"b"), (3, bytes(5_000)), (4, b"c"), (5, bytes(20_000))]
    for message in pushed:
        wire.take(wire.queue.push(*message))
    while wire.buffer:
        wire.flush(1)
    assert wire.received == pushed


# -- attackers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x00",
        bytes((4, 0, 0)),
        bytes((255,)) * 10,
        bytes((4, 0, 1, 7, 0, 1, 7)),
        bytes((WHOLE, 1)) + bytes(MAX_FRAME_BYTES),
        bytes((MORE,)),
        bytes((MORE, 1)),
        bytes((FIRST, 1)),
        bytes((FIRST, 1, 0, 0)),
        first(1, 100_000, b""),
        first(1, 100_000, b"too short a part"),
        first(1, 0, bytes(FULL_FIRST)),
        first(1, MAX_WHOLE_BYTES, bytes(FULL_FIRST)),
        first(1, MAX_MESSAGE_BYTES + 1, bytes(FULL_FIRST)),
        first(1, 2**32 - 1, bytes(FULL_FIRST)),
        bytes((PACK, 0)),
        bytes((PACK, 0, 1)),
        bytes((PACK, 0, 1, 7)),
        bytes((PACK, 0, 0, 0, 1, 7)),
        bytes((PACK, 0, 1, 7, 0, 2, 7)),
        bytes((PACK, 0, 1, 7, 0)),
        bytes((PACK, 255, 255, 7, 7)),
    ],
)
def test_a_wrong_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Reassembler(MAX_MESSAGE_BYTES).receive(frame)


def begun(length: int = 3 * MAX_FRAME_BYTES) -> Reassembler:
    reassembler = Reassembler(MAX_MESSAGE_BYTES)
    assert reassembler.receive(first(9, length, bytes(FULL_FIRST))) == []
    return reassembler


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00\x01whole",
        bytes((PACK, 0, 1, 7, 0, 1, 7)),
        first(9, 3 * MAX_FRAME_BYTES, bytes(FULL_FIRST)),
        bytes((MORE,)),
        bytes((MORE, 1)),
        bytes((MORE,)) + bytes(FULL_MORE - 1),
    ],
    ids=["whole", "pack", "first", "empty", "one byte", "one byte short"],
)
def test_a_message_is_not_interrupted_nor_crumbled(frame: bytes) -> None:
    with pytest.raises(MalformedMessage):
        begun().receive(frame)


def test_a_message_ends_where_it_said() -> None:
    rest = 100
    assert begun(FULL_FIRST + rest).receive(bytes((MORE,)) + bytes(rest)) == [(9, bytes(FULL_FIRST + rest))]
    with pytest.raises(MalformedMessage):
        begun(FULL_FIRST + rest).receive(bytes((MORE,)) + bytes(rest + 1))


def test_a_part_after_the_end_belongs_to_no_message() -> None:
    reassembler = begun(FULL_FIRST + 100)
    reassembler.receive(bytes((MORE,)) + bytes(100))
    with pytest.raises(MalformedMessage):
        reassembler.receive(bytes((MORE,)) + bytes(100))


def test_a_message_that_never_ends_is_never_more_than_the_limit() -> None:
    reassembler = Reassembler(200_000)
    with pytest.raises(MalformedMessage):
        reassembler.receive(first(1, 200_001, bytes(FULL_FIRST)))
    reassembler.receive(first(1, 200_000, bytes(FULL_FIRST)))
    part = bytes((MORE,)) + bytes(FULL_MORE)
    for _ in range((200_000 - FULL_FIRST) // FULL_MORE):
        reassembler.receive(part)
    with pytest.raises(MalformedMessage):
        reassembler.receive(part)
    assert 180_000 < reassembler.held_bytes <= 200_000


@pytest.mark.parametrize("limit", [0, 10])
def test_a_limit_holds_for_whole_and_packed_messages(limit: int) -> None:
    data = bytes(limit)
    assert Reassembler(limit).receive(b"\x00\x01" + data) == [(1, data)]
    with pytest.raises(MalformedMessage):
        Reassembler(limit).receive(b"\x00\x01" + data + b"x")
    with pytest.raises(MalformedMessage):
        Reassembler(limit).receive(bytes((PACK, 0, 1, 7, 0, limit + 2, 7)) + data + b"x")


@given(st.lists(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda tail: bytes((PACK,)) + tail))))
def test_any_bytes_are_messages_or_malformed(frames: list[bytes]) -> None:
    reassembler = Reassembler(1_000)
    for frame in frames:
        try:
            got = reassembler.receive(frame)
        except MalformedMessage:
            return
        assert all(len(data) <= 1_000 for _, data in got)
