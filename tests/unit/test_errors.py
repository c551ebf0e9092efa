"""Every error says what happened and what to do, and the tree in the docstring is the tree in the code."""

from __future__ import annotations

import inspect

import pytest

from graphvine import errors


def classes() -> list[type[Exception]]:
    return [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.GraphvineError)]


def test_the_docstring_draws_the_whole_tree():
    drawn: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        name = line.strip("│ ├└─").split(" ")[0]
        if not hasattr(errors, name):
            continue
        depth = line.index(name)
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if stack:
            drawn[name] = stack[-1][1]
        stack.append((depth, name))
    real = {each.__name__: each.__bases__[0].__name__ for each in classes() if each is not errors.GraphvineError}
    assert drawn == real


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_each_has_a_docstring(kind):
    assert inspect.getdoc(kind)


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (errors.TooLarge("v.x", 5000, 4096), ["v.x has 5,000 bytes", "the limit is 4,096", "Split it"]),
        (errors.GraphClosed(), ["closed", "graphvine.open()"]),
        (errors.StorageFull(), ["no room", "Nothing saved before is lost", "Free some space"]),
        (errors.StorageBlocked(), ["private window", "Allow site data", '":memory:"']),
        (errors.StorageDamaged(b"k", "wrong checksum"), ["b'k'", "damaged", "wrong checksum"]),
        (errors.FormatTooNew(2, 1), ["format 2", "up to 1", "Update Graphvine"]),
        (errors.StorageFull("special"), ["special"]),
        (errors.StorageBlocked("special"), ["special"]),
    ],
)
def test_messages_say_what_and_what_to_do(error, parts):
    for part in parts:
        assert part in str(error)


def test_errors_carry_data():
    assert (errors.TooLarge("x", 2, 1).size, errors.TooLarge("x", 2, 1).limit) == (2, 1)
    assert errors.StorageDamaged(b"k", "m").key == b"k"
    assert errors.BadSignature(b"a").author == b"a"
    query = errors.QueryError("SyntaxError", "UnexpectedSyntax", "m", line=2, column=3)
    assert (query.kind, query.detail, query.phase, query.line, query.column) == (
        "SyntaxError", "UnexpectedSyntax", "compile time", 2, 3,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [each for each in classes() if issubclass(each, errors.RemoteError)])
def test_remote_errors_have_a_price(kind):
    assert 0 < kind.penalty <= 100
