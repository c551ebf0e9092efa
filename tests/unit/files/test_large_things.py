"""What is large in a file is taken in piece by piece: no piece is looked at twice, and between pieces others run."""

from __future__ import annotations

import json
import re

import pytest

from graphvine.errors import FileError
from graphvine.files import csv_rows, gun_read, json_items
from graphvine.files.csv_read import CsvReader
from graphvine.files.csv_rows import MAX_CELLS, CsvRows
from graphvine.files.graphml_read import MAX_DECLARED, GraphMLReader
from graphvine.files.gun_read import GunReader
from graphvine.files.json_items import JsonItems
from graphvine.files.json_ld_read import JsonLdReader
from graphvine.files.records import MAX_KEYS, RECORDS_PER_SLICE, SLICE_CHARACTERS, WIDE_CHARACTERS

PIECE = 32 * 1024


def pieces(text: str, size: int = PIECE) -> list[bytes]:
    data = text.encode()
    return [data[start : start + size] for start in range(0, len(data), size)]


def items(text: str, size: int = PIECE) -> list[object]:
    reader = JsonItems()
    found = [item.value for piece in pieces(text, size) for item in reader.feed(piece)]
    return found + [item.value for item in reader.finish()]


class Counting:
    """A pattern that counts the characters it went over, all of them where it waits for an end."""

    def __init__(self, pattern: re.Pattern[str], seen: list[int]) -> None:
        self._pattern = pattern
        self._seen = seen
        self._waits = pattern not in (json_items._ELEMENTS, json_items._MEMBERS)

    def match(self, text: str, at: int = 0) -> re.Match[str] | None:
        found = self._pattern.match(text, at)
        self._seen[0] += (found.end() if found else len(text) if self._waits else at) - at
        return found


LARGE = [
    ["x'\n\"\\\U0001f600\u4e00" * 60_000],
    [{"name": "a", "list": ["[{", "]"] * 50_000, "more": {"deep": [[{"text": '"\n' * 100_000}]] * 2}}],
    [{f"p{number}": number for number in range(50_000)}, {"after": 1}],
    [[[], {}, None, True, 1.5, "", [1, [2, {"x": []}]]] * 8_000, "end"],
]


@pytest.mark.parametrize("size", [1_000, PIECE, 10_000_000])
@pytest.mark.parametrize("value", LARGE, ids=["text", "nested", "wide", "flat"])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_large_items_come_whole(value, size, indent, is_ascii):
    assert items(json.dumps(value, indent=indent, ensure_ascii=is_ascii), size) == value


@pytest.mark.parametrize("value", LARGE, ids=["text", "nested", "wide", "flat"])
def test_a_piece_of_json_takes_no_longer_because_of_what_came_before(value, monkeypatch):
    seen = [0]
    for name in ("_BRACKET", "_STRING", "_SCALAR", "_ELEMENTS", "_MEMBERS", "_TEXT_PART"):
        monkeypatch.setattr(json_items, name, Counting(getattr(json_items, name), seen))
    reader, most = JsonItems(), 0
    for piece in pieces(json.dumps(value)):
        seen[0] = 0
        list(reader.feed(piece))
        most = max(most, seen[0])
    assert most <= 6 * (WIDE_CHARACTERS + PIECE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('["' + "a" * 200_000 + "\\ud83d" + "a" * 50 + '"]', "stands for no character"),
        ('["' + "a" * 200_000 + '\\x"]', "escape"),
        ('["' + "a" * 200_000, "cut off"),
        ('["' + "a" * 200_000 + "\\", "cut off"),
        ('[["' + '", "'.join(["a"] * 50_000) + '"}', "closes nothing"),
        ("[[" + "1, " * 50_000 + "1 2]]", "should be"),
        ('[{"a": 1, ' + '"b": [1], ' * 20_000 + '"c" 1}]', "should be"),
        ('[{"a": 1, ' + '"b": [1], ' * 20_000 + "2: 1}]", "name in quotes"),
        ("[" + "[" * 200_000, "nesting of more than"),
        ("[" + "[1, " * 40 + '"' + "a" * 200_000, "nesting of more than"),
        ("[" + "1" * 400_000 + "]", "a name or a number"),
        ('[{"' + "a" * 400_000 + '": 1}]', "a name or a number"),
    ],
    ids=range(12),
)
def test_what_is_wrong_in_something_large_is_refused(text, message):
    with pytest.raises(FileError, match=message):
        items(text)


def test_what_is_large_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(json_items, "MAX_TEXT_CHARACTERS", 200_000)
    monkeypatch.setattr(json_items, "MAX_ITEM_BYTES", 300_000)
    with pytest.raises(FileError, match="a text of more than 200,000 characters"):
        items('["' + "a" * 400_000)
    with pytest.raises(FileError, match="an item of more than 300,000 characters"):
        items("[[" + "1, " * 200_000)


def rows(text: str, size: int = PIECE) -> list[list[str | None]]:
    reader = CsvRows(",")
    found = [row.cells for piece in pieces(text, size) for row in reader.feed(piece)]
    return found + [row.cells for row in reader.finish()]


LONG_CELLS = ['a"\r\n,\r' * 60_000, "plain" * 60_000, '"' * 300_001, "\r\n" * 100_000, ""]


@pytest.mark.parametrize("size", [7_777, PIECE, 10_000_000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
@pytest.mark.parametrize("text", LONG_CELLS, ids=["mixed", "plain", "quotes", "lines", "empty"])
def test_long_cells_come_whole(text, end, size):
    quoted = '"' + text.replace('"', '""') + '"'
    more = f"{end}x,y,z{end}" if end else ""
    found = rows(f"1,{quoted},{quoted}{more}", size)
    assert found == [["1", text, text], *([["x", "y", "z"]] if end else [])]
    bare = "plain" * 60_000
    assert rows(f"{bare},,{bare}{more}", size)[0] == [bare, None, bare]


def test_the_line_of_a_row_behind_a_long_one_is_right():
    reader = CsvRows(",")
    text = 'a,b\r\n"' + "x\r\n\r\n" * 50_000 + '",1\r\n2,3\r\n4,"5"6'
    lines: list[int] = []

    def read() -> None:
        for piece in pieces(text, 777):
            lines.extend(row.line for row in reader.feed(piece))
        list(reader.finish())

    with pytest.raises(FileError, match="behind the quote") as caught:
        read()
    assert lines == [1, 2, 100_003]
    assert caught.value.line == 100_004


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a,"' + "x" * 200_000 + '"y,b\n', "behind the quote that closes it"),
        ("a," + "x" * 200_000 + '"y,b\n', "in the middle"),
        ('a,"' + "x" * 200_000, "cut off"),
        ('a,"' + "x" * 200_000 + '""', "cut off"),
    ],
    ids=range(4),
)
def test_a_wrong_long_cell_is_refused(text, message):
    with pytest.raises(FileError, match=message):
        rows(text)


@pytest.mark.parametrize("text", LONG_CELLS, ids=["mixed", "plain", "quotes", "lines", "empty"])
def test_a_piece_of_csv_takes_no_longer_because_of_what_came_before(text, monkeypatch):
    seen = [0]
    for name in ("_QUOTED", "_QUOTED_PART"):
        monkeypatch.setattr(csv_rows, name, Counting(getattr(csv_rows, name), seen))
    reader, most = CsvRows(","), 0
    reader._cell = Counting(reader._cell, seen)  # type: ignore[assignment,arg-type]
    reader._plain_part = Counting(reader._plain_part, seen)  # type: ignore[assignment]
    for piece in pieces('1,"' + text.replace('"', '""') + '",2\n'):
        seen[0] = 0
        list(reader.feed(piece))
        most = max(most, seen[0])
    assert most <= 4 * (WIDE_CHARACTERS + PIECE)


def steps(reader, data: bytes) -> tuple[list[object], int]:
    """Read a file: the records, and the chances for others to run."""
    found = [each for start in range(0, len(data), PIECE) for each in reader.feed(data[start : start + PIECE])]
    found += reader.finish()
    return [each for each in found if each is not None], sum(each is None for each in found)


def test_a_table_of_as_many_columns_as_we_write_is_read_in_steps():
    heads = "id:ID,:LABEL," + ",".join(f"p{number}:long" for number in range(MAX_KEYS))
    line = "v,L," + ",".join(map(str, range(MAX_KEYS)))
    (vertex,), pauses = steps(CsvReader(), f"{heads}\r\n{line}\r\n".encode())
    assert vertex.properties == {f"p{number}": number for number in range(MAX_KEYS)}
    assert pauses >= 2 * MAX_KEYS // RECORDS_PER_SLICE
    with pytest.raises(FileError, match="more than 10,016 cells"):
        rows("," * MAX_CELLS)


def test_a_set_of_very_many_edges_is_taken_apart_in_steps(monkeypatch):
    count = 30_000
    links = {f"v{number}": {"#": f"v{number}"} for number in range(count)}
    about = {"#": "hub/T", ">": dict.fromkeys(links, 1)}
    dump = {"hub": {"_": {"#": "hub", ">": {"T": 1}}, "T": {"#": "hub/T"}}, "hub/T": {"_": about, **links}}
    looked, most = [0], 0
    real = gun_read._as_text
    monkeypatch.setattr(gun_read, "_as_text", lambda value: looked.__setitem__(0, looked[0] + 1) or real(value))
    reader, edges = GunReader(), 0
    for piece in pieces(json.dumps(dump)):
        for each in reader.feed(piece):
            most, looked[0] = max(most, looked[0]), 0
            edges += each is not None and len(each) == 7
    list(reader.finish())
    assert edges == count
    assert most <= RECORDS_PER_SLICE


@pytest.mark.parametrize("count", [MAX_DECLARED, MAX_DECLARED + 1])
def test_a_document_declares_as_many_keys_as_we_write(count):
    keys = "".join(f'<key id="k{number}" for="node" attr.name="p{number}"/>' for number in range(count))
    data = "".join(f'<data key="k{number}">{number}</data>' for number in range(MAX_KEYS))
    text = f'<graphml>{keys}<graph><node id="v">{data}</node></graph></graphml>'
    if count > MAX_DECLARED:
        with pytest.raises(FileError, match="more than 20,016 keys"):
            steps(GraphMLReader(), text.encode())
        return
    (vertex,), pauses = steps(GraphMLReader(), text.encode())
    assert vertex.properties == {f"p{number}": str(number) for number in range(MAX_KEYS)}
    assert pauses >= MAX_KEYS // RECORDS_PER_SLICE


def test_a_long_text_of_what_xml_cannot_hold_is_read_in_steps():
    text = "\\u0001\\\ufffe\\u0041" * 20_000
    escaped = "".join(f"\\u{ord(each):04x}" if each in "\\\ufffe" else each for each in text)
    data = f'<data key="t">\\u:{escaped}</data>'
    document = f'<graphml><key id="t" attr.name="t"/><graph><node id="v">{data}</node></graph></graphml>'
    (vertex,), pauses = steps(GraphMLReader(), document.encode())
    assert vertex.properties == {"t": text}
    assert pauses >= len(escaped) // (2 * SLICE_CHARACTERS)


def test_a_wide_node_of_json_ld_is_taken_apart_in_steps():
    count = 20_000
    node = {"@id": "v:hub", "T": [{"@id": f"v:{number}"} for number in range(count)]}
    node |= {f"p{number}": number for number in range(count)} | {"words": {"@list": ["w"] * count}}
    (vertex, *edges), pauses = steps(JsonLdReader(), json.dumps({"@graph": [node]}).encode())
    assert len(vertex.properties) == count + 1
    assert len(edges) == count
    assert pauses >= 4 * count // RECORDS_PER_SLICE - 4
