"""Identifiers: what is one, what the message says when it is none, and text forms that come back."""

from __future__ import annotations

import base64
import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.errors import InvalidValue, TooLarge
from graphvine.limits import MAX_ID_BYTES, MAX_NAME_BYTES
from graphvine.model.ids import (
    check_id,
    check_name,
    check_text,
    default_edge_id,
    format_key,
    public_space_id,
)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "5",
        "constructor",
        "toString",
        "__proto__",
        "_",
        'a.b/c#d"e>f g',
        "\x00",
        "\x1b",
        "😀",
        "é" * 256,
        "x" * 512,
    ],
)
def test_ids_may_be_any_text(text):
    assert check_id("An id", text) is text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "An id is empty. Give it at least one character."),
        (5, "An id must be text, not int."),
        (None, "An id must be text, not NoneType."),
        (b"a", "An id must be text, not bytes."),
        ("ab\ud800", "An id holds half of a surrogate pair at position 2."),
    ],
)
def test_what_is_no_id_is_named(text, message):
    with pytest.raises(InvalidValue, match="An id") as caught:
        check_id("An id", text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["x" * 513, "é" * 257, "😀" * 129])
def test_sizes_are_bytes_of_utf8(text):
    with pytest.raises(TooLarge) as caught:
        check_id("An id", text)
    assert caught.value.size == len(text.encode())
    assert caught.value.limit == MAX_ID_BYTES
    assert "the limit is 512" in str(caught.value)


def test_names_are_shorter_than_ids():
    assert check_name("A label", "x" * MAX_NAME_BYTES)
    with pytest.raises(TooLarge):
        check_name("A label", "x" * (MAX_NAME_BYTES + 1))


def test_an_enum_of_text_becomes_its_value():
    class Role(str, enum.Enum):  # noqa: UP042
        ADMIN = "admin"

    text = check_text("A role", Role.ADMIN, 10)
    assert type(text) is str
    assert text == "admin"


def test_space_ids_are_32_bytes_and_differ_by_name():
    assert len(public_space_id("a")) == 32
    assert public_space_id("a") == public_space_id("a") != public_space_id("b")
    # The same name leads to the same space in every version.
    assert public_space_id("team-wiki").hex() == "cd9b310fc853f706c6328156f9395733c15834ff5d8a332dac3f8c8093a5b2f4"


@given(st.binary(min_size=32, max_size=32))
def test_the_text_form_of_a_key_is_base32(key):
    text = format_key(key)
    assert len(text) == 52
    assert base64.b32decode(text.upper() + "====") == key


@given(st.lists(st.text(alphabet="\\0a\0", max_size=3), min_size=6, max_size=6))
def test_default_edge_ids_are_one_per_source_type_and_target(parts):
    left, right = tuple(parts[:3]), tuple(parts[3:])
    assert (default_edge_id(*left) == default_edge_id(*right)) == (left == right)


def test_default_edge_ids_never_change():
    assert default_edge_id("alice", "KNOWS", "bob") == default_edge_id("alice", "KNOWS", "bob")
    assert len(default_edge_id("a", "K", "b")) == 26
    assert default_edge_id("a", "K", "b") == "czyozsucnz7mau3k2m7naujbe4"
