"""What other programs write, as records: NetworkX, Gephi, yEd, APOC, Neo4j, spreadsheets, GUN, linked data."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from graphvine.errors import FileError
from graphvine.files.csv_read import CsvReader
from graphvine.files.cypher_script import ScriptReader
from graphvine.files.graphml_read import GraphMLReader
from graphvine.files.gun_read import GunReader
from graphvine.files.json_ld_read import JsonLdReader
from graphvine.files.records import EdgeRecord, Statement, VertexRecord
from graphvine.model.temporal import Date, LocalDateTime


def read(reader: Any, data: str | bytes, step: int = 0) -> tuple[list[Any], list[Any]]:
    """Vertices as (id, labels, properties), edges as (type, source, target, properties), the same in any chunks."""
    data = data.encode() if isinstance(data, str) else data
    size = step or max(1, len(data))
    records = [record for at in range(0, len(data), size) for record in reader.feed(data[at : at + size])]
    records += reader.finish()
    vertices = [(r.id, list(r.labels), dict(r.properties)) for r in records if isinstance(r, VertexRecord)]
    edges = [(r.type, r.source, r.target, dict(r.properties)) for r in records if isinstance(r, EdgeRecord)]
    return vertices, edges


# -- GraphML -----------------------------------------------------------------------------------------------------------

NETWORKX = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <key id="d1" for="edge" attr.name="weight" attr.type="double" />
  <key id="d0" for="node" attr.name="color" attr.type="string"><default>yellow</default></key>
  <graph edgedefault="undirected"><data key="d9">whole</data>
    <node id="0"><data key="d0">green</data></node>
    <node id="1" /><!-- plain -->
    <edge source="0" target="1" id="0"><data key="d1">NaN</data></edge>
    <edge source="0" target="1" id="0"><data key="d1"> 1.5 </data></edge>
  </graph>
</graphml>"""


@pytest.mark.parametrize("step", [0, 1, 50])
def test_networkx(step):
    reader = GraphMLReader()
    vertices, edges = read(reader, NETWORKX, step)
    assert vertices == [("0", [], {"color": "green"}), ("1", [], {"color": "yellow"})]
    assert edges == [("EDGE", "0", "1", {}), ("EDGE", "0", "1", {"weight": 1.5})]
    assert reader.warnings.count_by_reason == {
        "data of whole graphs: left out": 1,
        "edges without a type: called EDGE": 2,
        "undirected edges: taken from source to target": 2,
        "numbers that are infinite or none: left out": 1,
    }


def test_apoc():
    text = """<graphml><key id="labels" for="node" attr.name="labels"/><key id="label" for="edge" attr.name="label"/>
    <key id="tags" for="node" attr.name="tags" attr.type="string" attr.list="string"/>
    <graph id="G" edgedefault="directed"><node id="n1" labels=":Person:Admin"><data key="labels">:Person:Admin</data>
    <data key="tags">["a","b"]</data></node>
    <edge id="e1" source="n1" target="n1" label="KNOWS"><data key="label">KNOWS</data></edge></graph></graphml>"""
    reader = GraphMLReader()
    assert read(reader, text) == (
        [("n1", ["Person", "Admin"], {"tags": ["a", "b"]})],
        [("KNOWS", "n1", "n1", {})],
    )
    assert reader.warnings.count_by_reason == {}


def test_yed():
    text = """<graphml xmlns:y="http://www.yworks.com/xml/graphml"><key for="node" id="d6" yfiles.type="nodegraphics"/>
    <graph edgedefault="directed"><node id="n0" yfiles.foldertype="group"><graph id="n0:"><node id="n0::n0">
    <data key="d6">    <y:ShapeNode><y:NodeLabel>One</y:NodeLabel></y:ShapeNode></data></node></graph></node>
    <edge id="e0" source="n0" target="n0::n0"/></graph></graphml>"""
    reader = GraphMLReader(type="LINE")
    vertices, edges = read(reader, text)
    assert vertices == [("n0::n0", [], {"label": "One"}), ("n0", [], {})]
    assert edges == [("LINE", "n0", "n0::n0", {})]
    assert "graphs inside nodes: taken as one flat graph" in reader.warnings.count_by_reason
    assert "drawings of yEd: left out, their labels stay" in reader.warnings.count_by_reason


def test_an_endless_tag_ends(monkeypatch):
    monkeypatch.setattr("graphvine.files.graphml_read.MAX_TEXT_CHARACTERS", 1000)
    monkeypatch.setattr("graphvine.files.graphml_read.MAX_ITEM_BYTES", 2000)
    monkeypatch.setattr("graphvine.files.graphml_read.MAX_TAG_BYTES", 1000)
    reader = GraphMLReader()
    with pytest.raises(FileError, match="has no end"):
        read(reader, "<graphml><node id='" + "x" * 2000, 100)
    reader = GraphMLReader()
    with pytest.raises(FileError, match="a text has more than"):
        read(reader, "<graphml><graph><node id='a'><data key='k'>" + "x\n" * 600, 100)
    reader = GraphMLReader()
    with pytest.raises(FileError, match="an element has more than 2,000 characters"):
        read(reader, "<graphml><graph><node id='a'>" + f"<data key='k'>{'x' * 500}</data>" * 5, 100)


# -- JSON-LD -----------------------------------------------------------------------------------------------------------


def test_linked_data():
    document = {
        "@context": [
            "https://schema.org/",
            {
                "ex": "http://example.org/",
                "id": "@id",
                "type": "@type",
                "knows": {"@id": "ex:knows", "@type": "@id"},
                "born": {"@id": "ex:born", "@type": "http://www.w3.org/2001/XMLSchema#date"},
                "tags": {"@id": "ex:tags", "@container": "@list"},
            },
        ],
        "@graph": [
            {
                "id": "ex:alice",
                "type": "Person",
                "name": {"@value": "Alice", "@language": "en"},
                "knows": ["ex:bob", "ex:carol"],
                "born": "2000-01-02",
                "tags": ["only"],
                "seen": {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": "1970-01-01T00:00:01"},
                "address": {"street": "Main", "city": {"name": "Graz"}},
                "nothing": None,
                "many": ["x", 1],
                "raw": {"@type": "@json", "@value": {"a": [1]}},
                "@reverse": {"likes": {"id": "ex:dave"}},
            }
        ],
    }
    reader = JsonLdReader()
    vertices, edges = read(reader, json.dumps(document), 7)
    alice = "http://example.org/alice"
    assert vertices[0] == (
        alice,
        ["Person"],
        {
            "name": "Alice",
            "born": Date(10958),
            "tags": ["only"],
            "seen": LocalDateTime(0, 10**9),
            "many": ["x", 1],
            "raw": '{"a":[1]}',
        },
    )
    assert [each[0] for each in vertices[1:]] == [f"{alice}/address/0", f"{alice}/address/0/city/0"]
    assert sorted((type_, source, target) for type_, source, target, _ in edges) == [
        ("address", alice, f"{alice}/address/0"),
        ("city", f"{alice}/address/0", f"{alice}/address/0/city/0"),
        ("knows", alice, "http://example.org/bob"),
        ("knows", alice, "http://example.org/carol"),
        ("likes", "http://example.org/dave", alice),
    ]
    assert reader.warnings.count_by_reason == {
        "contexts that lie elsewhere: not fetched, names stay as written": 1,
        "languages of texts: left out": 1,
    }


@pytest.mark.parametrize("text", ['{"@id": "a", "x": 1}', '[{"@id": "a", "x": 1}]', '{"@graph": {"@id": "a", "x": 1}}'])
def test_one_node_in_any_frame(text):
    assert read(JsonLdReader(), text) == ([("a", [], {"x": 1})], [])


def test_a_node_without_an_id_has_the_same_one_each_time():
    first, second = (read(JsonLdReader(), '[{"x": 1}]')[0][0][0] for _ in range(2))
    assert first == second
    assert first != read(JsonLdReader(), '[{"x": 2}]')[0][0][0]


# -- CSV ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 1, 3])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_neo4j_headers(step, end):
    rows = [
        "\ufeffpersonId:ID(Person),name,age:int,tags:string[],born:date,:LABEL,skip:IGNORE,at:point{crs:WGS-84}",
        '1,"Ann ""A"", B",30,a;b,1970-01-02,Person;Admin,x,p',
        "",
        '2,"two\nlines",,,,,,',
    ]
    reader = CsvReader()
    vertices, edges = read(reader, end.join(rows), step)
    assert vertices == [
        (
            "Person/1",
            ["Person", "Admin"],
            {"personId": "1", "name": 'Ann "A", B', "age": 30, "tags": ["a", "b"], "born": Date(1), "at": "p"},
        ),
        ("Person/2", [], {"personId": "2", "name": "two\nlines"}),
    ]
    assert edges == []
    assert reader.warnings.count_by_reason == {"columns of the unknown type 'point': taken as text": 1}


def test_gephi():
    reader = CsvReader()
    _, edges = read(reader, "Source,Target,Type,Id,Label,Weight\na,b,Undirected,0,,1.0\n")
    assert edges == [("EDGE", "a", "b", {"Weight": "1.0"})]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_plain_tables_with_any_delimiter(mark):
    text = f'key{mark}kind{mark}"a{mark}b"\n1{mark}Dog{mark}"x{mark}y"\n2{mark}{mark}""\n'
    vertices, _ = read(CsvReader(id="key", label="kind"), text)
    assert vertices == [("1", ["Dog"], {f"a{mark}b": f"x{mark}y"}), ("2", [], {f"a{mark}b": ""})]


def test_a_label_or_type_for_every_row():
    assert read(CsvReader(label="Dog"), "id,n\n1,2\n")[0] == [("1", ["Dog"], {"n": "2"})]
    assert read(CsvReader(type="LIKES"), "from,to\na,b\n")[1] == [("LIKES", "a", "b", {})]
    with pytest.raises(FileError, match="There is no column 'nope'"):
        read(CsvReader(id="nope"), "id,n\n1,2\n")


def zipped(files: dict[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return held.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("step", [0, 1, 100])
def test_a_zip_of_anybody(method, step):
    files = {"readme.md": "hello", "d/people.CSV": "id:ID\na\nb\n", "e.csv": ":START_ID,:END_ID,:TYPE\na,b,T\n"}
    reader = CsvReader()
    vertices, edges = read(reader, zipped(files, method), step)
    assert [each[0] for each in vertices] == ["a", "b"]
    assert edges == [("T", "a", "b", {})]
    assert reader.warnings.count_by_reason == {"files in the zip that are no tables: left out": 1}


def test_every_wrong_byte_of_a_zip_is_noticed_or_harmless():
    """Names and times are not looked at; nothing else may change what is read."""
    data = zipped({"v.csv": "id:ID,t\n" + "".join(f"{n},{n * n}\n" for n in range(40))})
    whole = read(CsvReader(), data)
    start = data.index(b"v.csv") + 5
    for at in range(start, data.index(b"PK\x01\x02")):
        broken = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        try:
            assert read(CsvReader(), broken) == whole
        except FileError:
            continue


def test_a_packed_bomb_grows_no_further_than_a_row(monkeypatch):
    monkeypatch.setattr("graphvine.files.csv_rows.MAX_ITEM_BYTES", 200_000)
    bomb = zipped({"v.csv": "id:ID\n" + "a" * 50_000_000})
    assert len(bomb) < 60_000
    with pytest.raises(FileError, match="A row has more than 200,000 characters"):
        read(CsvReader(), bomb)


# -- Cypher ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 1, 5])
def test_scripts_of_others_are_cut_into_statements(step):
    text = (
        ":begin\nCREATE CONSTRAINT x FOR (n:P) REQUIRE n.id IS UNIQUE;\n:commit\n// a ; comment\n"
        "CREATE (n {t: 'semi;colon \\' \" `'}); /* and; */ MATCH (`odd;name`)\nRETURN 1 / 2 ; RETURN 'end'"
    )
    reader = ScriptReader()
    data = text.encode()
    size = step or len(data)
    statements = [each for at in range(0, len(data), size) for each in reader.feed(data[at : at + size])]
    statements += reader.finish()
    assert statements == [
        Statement("CREATE INDEX x IF NOT EXISTS FOR (x:P) ON (x.id)", 2),
        Statement("CREATE (n {t: 'semi;colon \\' \" `'})", 5),
        Statement("MATCH (`odd;name`)\nRETURN 1 / 2", 5),
        Statement("RETURN 'end'", 6),
    ]
    assert sum(reader.warnings.count_by_reason.values()) == 1


# -- GUN ---------------------------------------------------------------------------------------------------------------

GUN = {
    "mark": {
        "_": {"#": "mark", ">": {"name": 2, "age": 1, "boss": 1, "pets": 1, "gone": 1, "home": 1}},
        "name": "Mark",
        "age": 23.5,
        "boss": {"#": "fluffy"},
        "pets": {"#": "mark/pets"},
        "home": {"#": "mark/home"},
        "gone": None,
    },
    "mark/pets": {"_": {"#": "mark/pets", ">": {"fluffy": 1, "old": 2}}, "fluffy": {"#": "fluffy"}, "old": None},
    "mark/home": {"_": {"#": "mark/home", ">": {"city": 1}}, "city": "Graz"},
}


@pytest.mark.parametrize(
    "frame", [lambda graph: graph, lambda graph: {"#": "id1", "put": graph}, lambda graph: [{"put": graph}]]
)
def test_a_gun_graph_in_any_frame(frame):
    vertices, edges = read(GunReader(), json.dumps(frame(GUN)), 9)
    assert vertices == [("mark", [], {"name": "Mark", "age": 23.5}), ("mark/home", [], {"city": "Graz"})]
    assert sorted(edges) == [
        ("boss", "mark", "fluffy", {}),
        ("home", "mark", "mark/home", {}),
        ("pets", "mark", "fluffy", {}),
    ]


@pytest.mark.parametrize("flip", [False, True])
def test_the_larger_state_wins_whatever_the_order(flip):
    nodes = [
        {"a": {"_": {"#": "a", ">": {"x": 2, "y": 1, "z": 1}}, "x": "new", "y": "old", "z": "b"}},
        {"a": {"_": {"#": "a", ">": {"x": 1, "y": 2, "z": 1}}, "x": "old", "y": None, "z": "a"}},
    ]
    vertices, _ = read(GunReader(), json.dumps([{"put": node} for node in (nodes[::-1] if flip else nodes)]))
    held: dict[str, Any] = {}
    for _, _, properties in vertices:
        held |= properties
    assert (held["x"], held["z"]) == ("new", "b")
