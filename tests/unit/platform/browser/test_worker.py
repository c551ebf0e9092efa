"""The two conversions between JavaScript's null and Python's None."""

from __future__ import annotations

from graphvine.platform.browser.worker import with_null, without_null

NULL = object()


def test_none_becomes_null_everywhere_inside() -> None:
    assert with_null({"a": None, "b": [None, {"c": None}], "d": 0}, NULL) == {
        "a": NULL,
        "b": [NULL, {"c": NULL}],
        "d": 0,
    }


def test_null_becomes_none_and_views_become_bytes() -> None:
    arrived = {"a": NULL, "b": [NULL, {"c": memoryview(b"xy")}], "d": ""}
    assert without_null(arrived, NULL) == {"a": None, "b": [None, {"c": b"xy"}], "d": ""}
