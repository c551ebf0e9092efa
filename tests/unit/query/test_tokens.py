from __future__ import annotations

import pytest

from graphvine.query.fault import Fault
from graphvine.query.tokens import END, FLOAT, INTEGER, MAX_QUERY_CHARACTERS, NAME, STRING, tokenize


def test_numbers_and_ranges_are_told_apart() -> None:
    tokens = tokenize("1..3 1.5 .5 1e3 0x1F 0o17")
    assert [(token.kind, token.value) for token in tokens if token.kind in (INTEGER, FLOAT)] == [
        (INTEGER, 1), (INTEGER, 3), (FLOAT, 1.5), (FLOAT, 0.5), (FLOAT, 1000.0), (INTEGER, 31), (INTEGER, 15),
    ]  # fmt: skip


def test_comments_and_space_are_skipped() -> None:
    assert [token.kind for token in tokenize("a // b\n/* c\n d */ e")] == [NAME, NAME, END]


def test_strings_and_their_escapes() -> None:
    assert [
        token.value for token in tokenize(r"'a\'b' " + '"x\\n" ' + r"'\u00e9\U0001F600'") if token.kind == STRING
    ] == [
        "a'b",
        "x\n",
        "é😀",
    ]


@pytest.mark.parametrize(
    ("text", "detail", "at"),
    [
        ("RETURN 'abc", "UnexpectedSyntax", 7),
        ("RETURN `abc", "UnexpectedSyntax", 7),
        ("/* abc", "UnexpectedSyntax", 0),
        ("RETURN 1 — 2", "InvalidUnicodeCharacter", 9),
        ("RETURN #", "UnexpectedSyntax", 7),
        (r"RETURN '\u12'", "InvalidUnicodeLiteral", 8),
        (r"RETURN '\ud800'", "InvalidUnicodeLiteral", 8),
        (r"RETURN '\q'", "UnexpectedSyntax", 8),
        ("RETURN 99999999999999999999", "IntegerOverflow", 7),
        ("RETURN " + "9" * 5000, "IntegerOverflow", 7),
        ("RETURN 1e999", "FloatingPointOverflow", 7),
    ],
)
def test_what_is_no_token_is_refused_at_its_place(text: str, detail: str, at: int) -> None:
    with pytest.raises(Fault) as caught:
        tokenize(text)
    assert (caught.value.detail, caught.value.at) == (detail, at)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(Fault):
        tokenize("x" * (MAX_QUERY_CHARACTERS + 1))
    with pytest.raises(Fault):
        tokenize("+" * 500_000)
