"""What comparing ranges of one writer costs, for `tests.bench.steps`."""

from __future__ import annotations

from graphvine.model.transaction import WriterKey
from graphvine.sync import messages, params
from graphvine.sync.session import SyncSession
from tests.bench.steps import Meter, turns


async def compare(meter: Meter, session: SyncSession, key: WriterKey, count: int) -> None:
    """The questions and answers about ranges of one writer, honest and hostile."""
    ranges = [messages.Range(1 + n * 256, 256 + n * 256) for n in range(params.RANGES_PER_ASK)]
    for name, asked in (("16 times all", [messages.Range(1, count)] * len(ranges)), ("16 times 256", ranges)):
        with meter.phase(f"ranges: answer to {name}"):
            await turns()
            session._serving._ranges(messages.AskRanges(1, key.author, key.writer, asked))
            await turns()
    # The worst that somebody may answer: as many parts as are taken, none of them equal to ours.
    number = params.RANGES_PER_ASK * params.PARTS
    width = max(2, count // number)
    parts = [messages.Part(low, low + width - 1, b"x" * 32) for low in range(1, number * width, width)]
    answer = messages.RangeDigests(session._pull._number, key.author, key.writer, parts)
    wide = width * params.PARTS
    session._pull._asked = key, [messages.Range(low, low + wide - 1) for low in range(1, number * width, wide)]
    with meter.phase(f"ranges: {len(parts)} parts that differ"):
        await turns()
        session._pull._take_ranges(answer, 0.0)
        await turns()
