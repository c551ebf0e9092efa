"""Sums of ranges equal the plain sum whatever came and went, and cost a few blocks however many sequences there are."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphvine.store import sequence_sums
from graphvine.store.sequence_sums import SequenceSums

LAST = 40


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few sequences, so that a dozen of them make every case."""
    monkeypatch.setattr(sequence_sums, "BLOCK", 8)


def check(sums: SequenceSums, model: dict[int, int]) -> None:
    live = sorted(model)
    assert len(sums) == len(live)
    assert sums.total == sum(model.values())
    walked, at = [], sums.next_after(0)
    while at is not None:
        walked.append(at)
        at = sums.next_after(at)
    assert walked == live
    for low in range(LAST + 2):
        assert sums.next_after(low) == min((each for each in live if each > low), default=None)
        for high in range(low, LAST + 2):
            assert sums.between(low, high) == sum(term for each, term in model.items() if low <= each <= high)


def check_cut(sums: SequenceSums, model: dict[int, int], low: int, high: int, singles: int, parts: int) -> None:
    cut = list(sums.divide(low, high, singles=singles, parts=parts))
    inside = {each: model[each] for each in sorted(model) if low <= each <= high}
    if len(inside) <= singles:
        assert cut == [(each, each, term) for each, term in inside.items()]
        return
    assert len(cut) <= parts
    assert (cut[0].low, cut[-1].high) == (low, high)
    assert all(right.low == left.high + 1 for left, right in zip(cut, cut[1:], strict=False))
    counts = []
    for part in cut:
        within = [term for each, term in inside.items() if part.low <= each <= part.high]
        assert part.total == sum(within)
        counts.append(len(within))
    assert max(counts) - min(counts[:-1], default=max(counts)) == 0  # as many in each, the last one excepted
    assert max(counts) == -(-len(inside) // parts)


Step = tuple[int, int, bool]
STEPS = st.lists(st.tuples(st.integers(1, LAST), st.integers(-(2**260), 2**260), st.booleans()), max_size=120)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, cuts=st.lists(st.tuples(*[st.integers(1, LAST)] * 2, st.integers(0, 12), st.integers(1, 9))))
@example(steps=[(n, n, False) for n in range(1, 41)], cuts=[(1, 40, 3, 7)])
@example(steps=[(n, n, False) for n in range(40, 0, -1)] + [(n, 0, True) for n in range(1, 40)], cuts=[(1, 40, 0, 2)])
def test_they_are_the_plain_sums_whatever_came_and_went(small_blocks, steps: list[Step], cuts) -> None:
    """Terms are changed and asked for in between, so that whatever was summed up before has to be found out of date."""
    sums, model = SequenceSums(), {}
    for sequence, delta, is_removal in steps:
        if sequence not in model:
            sums.add(sequence)
            model[sequence] = 0
        elif is_removal:
            sums.remove(sequence)
            del model[sequence]
        if sequence in model:
            sums.change(sequence, delta)
            model[sequence] += delta
        assert sums.between(1, sequence) == sum(term for each, term in model.items() if each <= sequence)
        assert sums.between(sequence, sequence) == model.get(sequence, 0)
    check(sums, model)
    for first, second, singles, parts in cuts:
        check_cut(sums, model, min(first, second), max(first, second), singles, parts)


@pytest.mark.parametrize("order", ["upward", "downward", "shuffled"])
def test_blocks_stay_few_and_small_in_whatever_order_sequences_come_and_go(small_blocks, order: str) -> None:
    numbers = list(range(1, 401))
    if order == "downward":
        numbers.reverse()
    elif order == "shuffled":
        random.Random(3).shuffle(numbers)
    sums = SequenceSums()
    for number in numbers:
        sums.add(number)
        assert_shape(sums)
    for number in numbers:
        sums.remove(number)
        assert_shape(sums)
    assert (len(sums), sums._blocks, sums._lasts) == (0, [], [])


def assert_shape(sums: SequenceSums) -> None:
    sizes = [len(block.keys) for block in sums._blocks]
    assert sum(sizes) == len(sums)
    assert all(0 < size <= sequence_sums.BLOCK for size in sizes)
    assert all(left + right > sequence_sums.BLOCK // 2 for left, right in zip(sizes, sizes[1:], strict=False))


class Counted(int):
    """A term that counts how often one is added to something."""

    added = 0

    def __add__(self, other: int) -> Counted:
        Counted.added += 1
        return Counted(int(self) + int(other))

    __radd__ = __add__


def additions(work) -> int:
    before = Counted.added
    work()
    return Counted.added - before


def test_nothing_is_walked_whole() -> None:
    count = 50_000
    sums = SequenceSums()
    for number in range(1, count + 1):
        sums.add(number)
        sums.change(number, Counted(number))
    blocks = len(sums._blocks)
    assert blocks <= count // sequence_sums.BLOCK + 1
    for block in sums._blocks:
        block.total = Counted(block.total)
    assert additions(lambda: sums.between(1, count - 5)) <= blocks + 2 * sequence_sums.BLOCK
    assert additions(lambda: sums.between(7, count - 9)) <= 2 * sequence_sums.BLOCK
    assert additions(lambda: list(sums.divide(3, count - 3, singles=256, parts=64))) <= 67 * sequence_sums.BLOCK
    assert additions(lambda: list(sums.divide(1_000, 1_255, singles=256, parts=64))) <= 3 * sequence_sums.BLOCK
    assert additions(lambda: sums.between(40, 40)) == 0

    def change_the_end_and_ask() -> None:
        sums.add(count + 1)
        sums.change(count + 1, Counted(1))
        sums.between(20, count + 1)

    assert additions(change_the_end_and_ask) <= 2 * sequence_sums.BLOCK
    ordered = [(low, low + 99) for low in range(1, 40_000, 100)]  # parts in order open each block once
    opened = additions(lambda: [sums.between(*each) for each in ordered])
    assert opened <= (40_000 // sequence_sums.BLOCK + 2) * sequence_sums.BLOCK + 2 * len(ordered)
