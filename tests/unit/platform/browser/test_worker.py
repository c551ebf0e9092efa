"""What comes from JavaScript, as Python has it."""

from __future__ import annotations

from graphvine.platform.browser.worker import without_null

NULL = object()


def test_null_becomes_none_and_views_become_bytes() -> None:
    arrived = {"a": NULL, "b": [NULL, {"c": memoryview(b"xy")}], "d": ""}
    assert without_null(arrived, NULL) == {"a": None, "b": [None, {"c": b"xy"}], "d": ""}


def test_what_nests_deeper_than_a_call_stays_what_it_was() -> None:
    proxy = object()
    assert without_null([proxy, 1, 2.5, True], NULL) == [proxy, 1, 2.5, True]
