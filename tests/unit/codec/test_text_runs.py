from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphvine.codec.bodies import check_body
from graphvine.codec.text_runs import AGENT_BYTES, agent_of, decode_text_run, encode_text_run
from graphvine.errors import InvalidValue
from graphvine.limits import MAX_MERGE_BYTES, MAX_TEXT_EDITS
from graphvine.model.operation import TEXT
from graphvine.model.transaction import WriterKey

ME, OTHER = b"m" * AGENT_BYTES, b"o" * AGENT_BYTES
ADA = WriterKey(b"a" * 32, b"w" * 8)


def test_a_run_comes_back():
    first, second = [(0, 0, "hello"), (3, -2, "")], [(1, 2, "😀")]
    body = encode_text_run(7, ME, 4, [(((OTHER, 2), (ME, 3)), first), (((ME, 10), (OTHER, 5)), second)])
    run = decode_text_run(body)
    assert (run.session, run.seq, run.end()) == (7, 4, 14)
    assert run.unpacked(ME) == [
        (4, ((OTHER, 2), (ME, 3)), tuple(first)),
        (11, ((ME, 10), (OTHER, 5)), tuple(second)),
    ]


def test_the_first_edits_of_a_text_and_those_that_just_go_on():
    assert decode_text_run(encode_text_run(0, ME, 0, [((), [(0, 0, "a")])])).unpacked(ME)[0][1] == ()
    assert decode_text_run(encode_text_run(0, ME, 1, [(None, [(0, 0, "a")])])).unpacked(ME)[0][1] is None


def test_an_agent_is_named_after_writer_and_session():
    assert agent_of(ADA, 1) != agent_of(ADA, 2) != agent_of(WriterKey(b"a" * 32, b"x" * 8), 2)
    assert len(agent_of(ADA, 2**32 - 1)) == AGENT_BYTES


@pytest.mark.parametrize(
    "body",
    [
        [0, 0, [], []],
        [0, 0, [], [[[], []]]],
        [0, 0, [], [[None, [[0, 0, ""]]]]],
        [0, 0, [], [[None, [[0, -1, "x"]]]]],
        [0, 0, [], [[[0], [[0, 0, "x"]]]]],
        [0, 0, [], [[[1, 0], [[0, 0, "x"]]]]],
        [0, 5, [], [[[0, 5], [[0, 0, "x"]]]]],
        [0, 0, [b"short"], [[[1, 0], [[0, 0, "x"]]]]],
        [0, 0, [], [[None, [[0, 0, "x"]]], [None, [[1, 0, "y"]]]]],
        [2**32, 0, [], [[None, [[0, 0, "x"]]]]],
        [0, -1, [], [[None, [[0, 0, "x"]]]]],
        [0, 2**40 + 1, [], [[None, [[0, 0, "x"]]]]],
        [0, 0, [], [[None, [[-1, 0, "x"]]]]],
        [0, 0, [], [[None, [[0, 2**40 + 1, ""]]]]],
        [0, 0, [], [[None, [[0, 0, b"x"]]]]],
        [0, 0, [], [[None, [[0, 0, "x"]]]], 1],
    ],
)
def test_what_cannot_be_is_refused(body):
    with pytest.raises((InvalidValue, msgspec.MsgspecError)):
        check_body(TEXT, msgspec.msgpack.encode(body))


@given(st.binary(max_size=100))
def test_any_bytes_are_a_run_or_an_error(data):
    try:
        check_body(TEXT, data)
    except (InvalidValue, msgspec.MsgspecError, UnicodeDecodeError):
        return


def test_oversize_is_refused():
    with pytest.raises(InvalidValue, match="edits"):
        check_body(TEXT, encode_text_run(0, ME, 0, [((), [(0, 0, "x")] * (MAX_TEXT_EDITS + 1))]))
    check_body(TEXT, encode_text_run(0, ME, 0, [((), [(0, 0, "x")] * MAX_TEXT_EDITS)]))
    with pytest.raises(InvalidValue, match="bytes"):
        check_body(TEXT, encode_text_run(0, ME, 0, [((), [(0, 0, "x" * MAX_MERGE_BYTES)])]))
