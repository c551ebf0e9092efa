from __future__ import annotations

from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.params import MAX_RUN
from graphvine.crdt.text.sequence import BACKSPACE, DELETE, INSERT


def log_of(*steps: tuple[int, int | str]) -> OpLog[str]:
    log = OpLog("")
    for pos, what in steps:
        if isinstance(what, str):
            log.insert(pos, what)
        else:
            log.delete(pos, what)
    return log


def test_typing_on_is_one_row() -> None:
    log = log_of((3, "a"), (4, "b"), (5, "cd"), (3, "e"))
    assert (log.start, log.pos, log.content, log.size) == ([0, 4], [3, 3], ["abcd", "e"], 5)


def test_a_long_run_starts_a_new_row() -> None:
    log = log_of(*((index, "x") for index in range(MAX_RUN + 5)))
    assert [len(content) for content in log.content] == [MAX_RUN, 5]


def test_deleting_and_backspacing_are_runs() -> None:
    log = log_of((9, 1), (9, 2), (5, 1), (4, 1), (3, 1), (3, 1))
    assert log.kind == [DELETE, BACKSPACE, DELETE]
    assert (log.start, log.pos) == ([0, 3, 6], [9, 5, 3])


def test_one_deletion_at_the_next_place_down_needs_a_single_one_before() -> None:
    assert log_of((9, 2), (8, 1)).kind == [DELETE, DELETE]
    assert log_of((9, 1), (8, 2)).kind == [DELETE, DELETE]


def test_backspace_of_many_is_a_row_and_of_one_goes_on() -> None:
    log = OpLog("")
    log.backspace(5, 3)
    log.backspace(2, 1)
    assert (log.kind, log.size) == ([BACKSPACE], 4)


def test_parts_of_rows() -> None:
    log = log_of((3, "abcd"), (9, 1), (8, 1), (7, 1), (0, 3))
    assert log.ops(0, 10) == [
        (0, INSERT, 3, 4, "abcd"),
        (4, BACKSPACE, 9, 3, ""),
        (7, DELETE, 0, 3, ""),
    ]
    assert log.ops(1, 3) == [(1, INSERT, 4, 2, "bc")]
    assert log.ops(3, 6) == [(3, INSERT, 6, 1, "d"), (4, BACKSPACE, 9, 2, "")]
    assert log.ops(5, 6) == [(5, BACKSPACE, 8, 1, "")]
    assert log.ops(8, 9) == [(8, DELETE, 0, 1, "")]
    assert log.ops(4, 4) == []
    assert log.lengths() == [4, 3, 3]


def test_an_older_log_goes_first() -> None:
    past = log_of((0, "abc"))
    log = OpLog("")
    log.size = 3
    log.insert(3, "d")
    log.prepend(past)
    assert log.ops(0, 4) == [(0, INSERT, 0, 3, "abc"), (3, INSERT, 3, 1, "d")]
